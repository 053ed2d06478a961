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

"""Paths that cannot be used, and paths that are no text."""

import os

import pytest

from emotion_ros.errors import EmotionError
from emotion_ros.files import paths
from emotion_ros.files.output_folder import OutputFolder
from emotion_ros.files.paths import expanded, fault_of, readable, share


@pytest.fixture
def place(tmp_path):
    """A folder with something of each kind."""
    (tmp_path / 'file').touch()
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'loop').symlink_to('loop')
    os.mkfifo(tmp_path / 'pipe')
    return tmp_path


@pytest.mark.parametrize('name, as_file, as_folder', [
    ('file', '', 'it is not a folder'),
    ('folder', 'it is not a regular file', ''),
    ('pipe', 'it is not a regular file', 'it is not a folder'),
    ('nothing', 'there is no such file', 'there is no such folder'),
    ('file/below', 'Not a directory', 'Not a directory'),
    ('loop', 'Too many levels of symbolic links', 'Too many levels of symbolic links'),
    ('n' * 256, 'File name too long', 'File name too long'),
    ('zero\0byte', 'embedded null byte', 'embedded null byte')])
def test_the_fault_of_a_path_is_told_and_never_raised(place, name, as_file, as_folder):
    assert fault_of(place / name) == as_file
    assert fault_of(place / name, folder=True) == as_folder


def test_home_folders_are_found_or_the_fault_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    assert expanded('~/model') == tmp_path / 'model'
    with OutputFolder('~/model', 'output', 'model', 'mark').whole():
        pass
    assert (tmp_path / 'model').is_dir()
    with pytest.raises(EmotionError, match="the home folder in '~nobody_at_all/model' is unknown"):
        expanded('~nobody_at_all/model')


@pytest.mark.parametrize('site', ['lib/python3.12/site-packages',
                                  'local/lib/python3.10/dist-packages'])
def test_what_is_installed_is_found_above_the_package(tmp_path, monkeypatch, site):
    package = tmp_path / site / 'emotion_ros'
    monkeypatch.setattr(paths, '__file__', str(package / 'files' / 'paths.py'))
    (tmp_path / 'share' / 'emotion_ros').mkdir(parents=True)
    assert share('models', 'open') == tmp_path / 'share' / 'emotion_ros' / 'models' / 'open'


def test_paths_that_are_no_text_can_be_read():
    assert readable('jörg') == 'jörg'
    assert readable(os.fsdecode(b'j\xf6rg')) == r'j\xf6rg'
