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

"""What is said twice is said the same."""

import configparser
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

from catkin_pkg.changelog import get_changelog_from_path
from catkin_pkg.package import parse_package
import pytest
import yaml

from conftest import REPOSITORY
import emotion_ros
from emotion_ros.audio.file_source import TRAILING_SILENCE
from emotion_ros.emotions import EMOTIONS, UNKNOWN
from emotion_ros.nodes import audio_capture, behavior, emotion_classifier, feature_extractor, mood
from emotion_ros.nodes.lifecycle import AUTOSTART
from emotion_ros.speech.segmenter import CHUNK_DURATION
from harness import EXECUTABLES

NODES = {'audio_capture': audio_capture, 'feature_extractor': feature_extractor,
         'emotion_classifier': emotion_classifier, 'behavior': behavior, 'mood': mood}


def test_versions_agree():
    version = xml.parse(REPOSITORY / 'package.xml').findtext('version')
    assert version == emotion_ros.__version__
    changelog = get_changelog_from_path(REPOSITORY / 'CHANGELOG.rst', 'emotion_ros')
    assert version in [released for released, _, _ in changelog.foreach_version()]
    assert all(content for _, _, content in changelog.foreach_version())
    citation = yaml.safe_load((REPOSITORY / 'CITATION.cff').read_text())
    assert citation['version'] == version


def test_the_manifest_is_what_release_tools_take():
    package = parse_package(REPOSITORY / 'package.xml')
    warnings = []
    package.validate(warnings=warnings)
    assert not warnings
    assert all((REPOSITORY / found.file).is_file() for found in package.licenses)


def test_every_entry_point_is_installed_and_can_be_imported():
    config = configparser.ConfigParser()
    config.read(REPOSITORY / 'setup.cfg')
    for line in config['options.entry_points']['ros_executables'].split('\n')[1:]:
        name, target = line.split(' = ')
        module, function = target.split(':')
        assert callable(getattr(__import__(module, fromlist=[function]), function))
        assert (EXECUTABLES / name).is_file()


@pytest.mark.parametrize('node', NODES)
def test_config_holds_every_parameter_with_its_default(node):
    config = yaml.safe_load((REPOSITORY / 'config' / 'emotion.yaml').read_text())
    written = config[f'/**/{node}']['ros__parameters']
    for group in [name for name, value in written.items() if isinstance(value, dict)]:
        written |= {f'{group}.{name}': value for name, value in written.pop(group).items()}
    assert written == {entry.name: entry.default for entry in (AUTOSTART, *NODES[node].PARAMETERS)}


@pytest.mark.parametrize('node', NODES)
def test_documents_hold_every_parameter_with_its_default_and_range(node):
    document = (REPOSITORY / 'docs' / 'parameters.md').read_text()
    for owner, entry in [('all', AUTOSTART), *((node, entry) for entry in NODES[node].PARAMETERS)]:
        row = next((line for line in document.splitlines()
                    if line.startswith(f'| {owner} | `{entry.name}` |')), None)
        assert row, f'{owner} {entry.name}'
        default = f'`{json.dumps(entry.default)}`'
        _, _, _, said, allowed, _, _ = (cell.strip() for cell in row.split('|'))
        assert said in (default, default.replace('"', '')), row
        assert allowed == entry.allowed.replace('a text', 'text'), row


def test_every_file_of_code_says_its_license():
    for folder in ('benchmarks', 'emotion_ros', 'launch', 'scripts', 'test'):
        for path in [*(REPOSITORY / folder).rglob('*.py'), *(REPOSITORY / folder).rglob('*.sh')]:
            assert 'Licensed under the Apache License' in path.read_text()[:200], path


def test_packages_of_which_private_parts_are_used_have_an_upper_bound():
    bounds = {re.split('[<>=]', line)[0]: '<' in line
              for line in (REPOSITORY / 'requirements.txt').read_text().splitlines()}
    sources = '\n'.join(path.read_text() for path in (REPOSITORY / 'emotion_ros').rglob('*.py'))
    used = {*re.findall(r"(?:load|find)_part\(\s*'(\w+)'", sources),
            *re.findall(r'\b(sounddevice)\._', sources)}
    assert used >= {'opensmile', 'pyrnnoise', 'sounddevice'}
    assert all(bounds[package] for package in used)


def test_silence_after_a_file_outlasts_any_hang_over():
    longest, = [entry.maximum for entry in feature_extractor.PARAMETERS
                if entry.name == 'hang_over']
    assert TRAILING_SILENCE > longest + 2 * CHUNK_DURATION


def test_every_common_label_is_a_constant_of_the_message():
    lines = (REPOSITORY / 'msg' / 'EmotionStamped.msg').read_text().splitlines()
    constants = dict(re.fullmatch(r'string (\w+)=(\w+)', line).groups()
                     for line in lines if '=' in line)
    assert constants == {label.upper(): label for label in (*EMOTIONS, UNKNOWN)}


@pytest.mark.parametrize(
    'path', [*REPOSITORY.glob('msg/*.msg'), *REPOSITORY.glob('srv/*.srv')], ids=lambda p: p.stem)
def test_every_message_field_is_commented_and_documented(path):
    lines = path.read_text().splitlines()
    document = (REPOSITORY / 'docs' / 'topics.md').read_text()
    for before, line in zip(lines, lines[1:]):
        if line and not line.startswith(('#', '---')) and '=' not in line:
            assert before.startswith('#'), line
            assert re.search(rf'`{line.split()[1]}`', document), line


def test_tests_are_collected_where_what_training_needs_is_missing(tmp_path):
    # opensmile imports audinterface, which refuses the numpy of older distributions.
    for name in ('audformat', 'audinterface', 'av', 'distributed', 'joblib', 'keras', 'nbclient',
                 'onnx', 'onnxruntime', 'pyroomacoustics', 'sklearn', 'tensorflow', 'tf2onnx'):
        (tmp_path / f'{name}.py').write_text(f'raise ModuleNotFoundError("no {name}")')
    path = os.pathsep.join([str(tmp_path), os.environ.get('PYTHONPATH', '')])
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '--collect-only', '-q', '-p', 'no:cacheprovider',
         '--assert=plain', 'test'],
        cwd=REPOSITORY, env={**os.environ, 'PYTHONPATH': path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert 'test_nodes.py::' in done.stdout and 'test_training.py::' not in done.stdout
