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

"""A live source ends when its sound does; a recording never."""

import numpy as np
import pytest

from emotion_ros.audio.frame import Frame
from emotion_ros.audio.live_source import LiveSource

SECOND = 1_000_000_000
DURATION = 0.032


class Clocks:
    """A clock of stamps and one that never jumps; both go on by hand [s]."""

    def __init__(self):
        self.stamps, self.steady = 1000.0, 5.0
        self.source = LiveSource(patience=SECOND, clocks=(
            lambda: round(self.stamps * SECOND), lambda: round(self.steady * SECOND)))

    def hear(self, age=0.0):
        """Hear a frame that ended so long ago."""
        stamp = round((self.stamps - age - DURATION) * SECOND)
        self.source.update(Frame(np.zeros((512, 1), np.int16), 16000, 0, stamp))

    def wait(self, stamps, steady):
        """Let time go by; look twice."""
        self.stamps += stamps
        self.steady += steady
        return [self.source.has_ended() for _ in range(2)]


@pytest.fixture
def clocks():
    """The clocks and a source."""
    return Clocks()


def test_a_source_that_stops_has_ended_once(clocks):
    assert clocks.wait(10, 10) == [False, False], 'nothing came'
    clocks.hear()
    assert clocks.wait(0.9, 0.9) == [False, False]
    assert clocks.wait(0.2, 0.2) == [False, True]
    assert clocks.wait(10, 10) == [False, False]
    clocks.hear()
    assert clocks.wait(1.1, 1.1) == [False, True]


@pytest.mark.parametrize('age', [-5.1, 5.1, 86400.0])
def test_a_recording_never_ends(clocks, age):
    clocks.hear(age)
    assert clocks.wait(100, 100) == [False, False]


@pytest.mark.parametrize('age', [-4.9, 4.9])
def test_a_computer_that_is_slow_for_a_while_hears_it_all_the_same(clocks, age):
    clocks.hear(age)
    assert clocks.wait(1.1, 1.1) == [False, True]


@pytest.mark.parametrize('stamps, steady', [(100, 0.9), (0, 100)])
def test_a_clock_that_jumps_runs_fast_or_stops_ends_nothing(clocks, stamps, steady):
    clocks.hear()
    assert clocks.wait(stamps, steady) == [False, False]


def test_frames_that_waited_have_their_turn_between_two_looks(clocks):
    clocks.hear()
    clocks.stamps += 2
    clocks.steady += 2
    assert not clocks.source.has_ended()
    clocks.hear(age=0.5)
    assert not clocks.source.has_ended()
