# Copyright 2026 emotion_ros maintainers
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except
# in compliance with the License. You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software distributed under the License
# is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express
# or implied. See the License for the specific language governing permissions and limitations under
# the License.

"""How far a work is can be seen on a terminal and in a log."""

import io
import itertools
import sys

import pytest

from emotion_ros.display.progress import PERIOD, progress


class Screen(io.StringIO):
    """What is written to a terminal."""

    def isatty(self):
        """See io.IOBase."""
        return True


def test_a_log_gets_a_line_now_and_then(capsys):
    clock = itertools.count(0, PERIOD / 4).__next__
    items = list(progress(range(10), total=10, title='features', unit='clip', clock=clock))
    assert items == list(range(10))
    assert capsys.readouterr().err.splitlines() == [
        'features: clip 3 of 10 after 30 s', 'features: clip 7 of 10 after 60 s']
    list(progress(iter('abcde'), total=None, title='hear', unit='frame', clock=clock))
    assert capsys.readouterr().err == 'hear: frame 3 after 30 s\n'


def test_short_work_leaves_a_log_alone(capsys):
    assert list(progress('ab', total=2, title='features', unit='clip')) == ['a', 'b']
    assert capsys.readouterr().err == ''


def test_a_bar_reaches_its_end(monkeypatch):
    pytest.importorskip('tqdm')
    monkeypatch.setattr(sys, 'stderr', Screen())
    for _ in zip('abc', progress(range(3), total=3, title='features', unit='clip'), strict=True):
        pass
    assert '3/3' in sys.stderr.getvalue().split('\r')[-1]
