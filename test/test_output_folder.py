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

"""Folders that commands write, completely or not at all."""

import os

import pytest

from emotion_ros.errors import ArgumentError
from emotion_ros.files.output_folder import OutputFolder


def written(path, *names):
    """Write files into a folder as a command does."""
    with OutputFolder(path, 'output', 'model', 'mark', files=('mark', 'plot')).whole() as folder:
        for name in names:
            (folder / name).write_text('new')


def test_what_others_put_into_a_folder_stays_when_it_is_replaced(tmp_path):
    folder = tmp_path / 'folder'
    written(folder, 'mark', 'plot')
    (folder / '.git').mkdir()
    (folder / '.git' / 'config').write_text('mine')
    (folder / 'notes.txt').write_text('mine')
    written(folder, 'mark')
    found = {str(path.relative_to(tmp_path)): path.read_text()
             for path in tmp_path.rglob('*') if path.is_file()}
    assert found == {'folder/mark': 'new', 'folder/.git/config': 'mine',
                     'folder/notes.txt': 'mine'}


def test_after_a_fault_all_is_as_before(tmp_path):
    folder = tmp_path / 'folder'
    written(folder, 'mark')
    (folder / 'notes.txt').write_text('mine')
    with pytest.raises(KeyboardInterrupt):
        with OutputFolder(folder, 'output', 'model', 'mark').whole():
            raise KeyboardInterrupt
    assert sorted(path.name for path in tmp_path.rglob('*')) == ['folder', 'mark', 'notes.txt']


def test_a_mount_point_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(os.path, 'ismount', lambda path: path == tmp_path)
    with pytest.raises(ArgumentError, match='got a mount point; name a folder in it'):
        OutputFolder(tmp_path, 'output', 'model', 'mark').check()
    OutputFolder(tmp_path / 'model', 'output', 'model', 'mark').check()
