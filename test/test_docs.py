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

"""Documents name only what there is."""

import argparse
import ast
import configparser
import doctest
from importlib import import_module
from itertools import chain
import os
from pathlib import Path
import re
import shlex
import shutil
import subprocess

import pytest

from conftest import REPOSITORY
from emotion_ros.cli import COMMANDS, build_parser
from emotion_ros.nodes import audio_capture, emotion_classifier, feature_extractor
from emotion_ros.nodes.lifecycle import AUTOSTART

DOCUMENTS = sorted([*REPOSITORY.glob('*.md'), *REPOSITORY.glob('docs/*.md')])
PIPELINE = audio_capture, feature_extractor, emotion_classifier

FOREIGN = {'--delay', '--field', '--filter', '--qos-profile-overrides-path', '--rate', '--ros-args'}
"""Options of other programs that documents name alone."""

OF_NODES = {'--host', '--port', '--web'}
"""Options of executables of ours: of emotion_monitor."""

FOREIGN_ASSIGNED = {
    'audio',    # a topic that is renamed
    'format',   # a parameter of ros-drivers' audio_capture
}

FOLDERS = 'benchmarks|config|docs|emotion_ros|launch|models|msg|resource|scripts|test'

documents = pytest.mark.parametrize('path', DOCUMENTS, ids=lambda path: path.name)


def code(path):
    """Give the code of a document: [(language, text)], pieces of a line as '' too."""
    text = path.read_text()
    blocks = re.findall(r'^```(\w*)\n(.*?)^```$', text, re.M | re.S)
    rest = re.sub(r'^```.*?^```$', '', text, flags=re.M | re.S)
    indented = re.findall(r'^    (?=\S)(.*)', rest, re.M)
    return [*blocks, *(('', piece) for piece in [*re.findall(r'`([^`\n]+)`', rest), *indented])]


def commands(program):
    """Give the commands of documents that begin with `program`: [(document, its words)]."""
    found = []
    for path in DOCUMENTS:
        for language, text in code(path):
            if language in ('', 'sh', 'bash'):
                for line in text.replace('\\\n', ' ').splitlines():
                    for match in re.finditer(
                            rf'(?:^|[\s(`]){re.escape(program)}(?=\s|$)(.*)', line):
                        words = re.split(r'\s(?:&&|\|\||[|&#])(?:\s|$)', match[1])[0]
                        found.append((path.name, shlex.split(words)))
    assert found
    return found


def subparsers(parser):
    """Give {name: parser} of the commands of a parser."""
    return next((action.choices for action in parser._actions
                 if isinstance(action, argparse._SubParsersAction)), {})


@documents
def test_links_lead_somewhere(path):
    for target in re.findall(r'\]\(([^)\s]+)\)', path.read_text()):
        if re.match(r'https?:', target):
            continue
        name, _, heading = target.partition('#')
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        if heading:
            headings = re.findall(r'^#+ (.*)', file.read_text(), re.M)
            assert heading in [re.sub(r'[^\w -]', '', title).strip().lower().replace(' ', '-')
                               for title in headings], target


def test_every_document_can_be_reached_from_the_readme():
    readme = (REPOSITORY / 'README.md').read_text()
    for path in DOCUMENTS:
        name = str(path.relative_to(REPOSITORY))
        assert name == 'README.md' or f']({name})' in readme, name


@documents
def test_files_of_the_repository_that_are_named_exist(path):
    for _, text in code(path):
        for name in re.findall(rf'(?:^|[\s\'"(])((?:{FOLDERS})/[\w./-]*\w)', text):
            if name.endswith('.hpp'):   # colcon makes it of a message
                continue
            interface = re.fullmatch(r'emotion_ros/(?:(srv)/)?([A-Z]\w+)', name)
            kind = (interface and interface[1]) or 'msg'
            file = f'{kind}/{interface[2]}.{kind}' if interface else name
            assert (REPOSITORY / file).exists(), name
        if re.fullmatch(r'test_\w+\.py', text):
            assert any((REPOSITORY / 'test').rglob(text)), text


def test_commands_and_their_options_exist():
    for document, words in commands('emotion-ros'):
        options = [word for word in words if word.startswith('-')]
        parser = build_parser(*words[:1])
        for word in words:
            if word not in subparsers(parser):
                break
            parser = subparsers(parser)[word]
        else:
            word = None
        known = parser._option_string_actions
        where = f'{document}: emotion-ros {shlex.join(words)}'
        if words and not words[0].startswith('-'):
            assert words[0] in COMMANDS, where
        for option in options:
            assert option.partition('=')[0] in known, where


def test_options_that_are_named_alone_exist():
    known = FOREIGN | OF_NODES
    parsers = [build_parser(name) for name in COMMANDS]
    while parsers:
        parser = parsers.pop()
        known |= set(parser._option_string_actions)
        parsers += subparsers(parser).values()
    named = {(path.name, piece.split()[0]) for path in DOCUMENTS for _, piece in code(path)
             if piece.startswith('--')}
    assert named
    assert [entry for entry in named if entry[1] not in known] == []


def executables():
    """Give {executable: names of its parameters}."""
    config = configparser.ConfigParser()
    config.read(REPOSITORY / 'setup.cfg')
    targets = re.findall(
        r'^(\w+) = (.*):main$', config['options.entry_points']['ros_executables'], re.M)
    found = {name: [entry.name for entry in (
        AUTOSTART, *getattr(import_module(module), 'PARAMETERS', ()))] for name, module in targets}
    found['emotion_pipeline'] = {*chain(*found.values())}
    return found


def launch_arguments():
    """Give {launch file: names of its arguments}."""
    return {path.name: re.findall(r"DeclareLaunchArgument\(\s*'(\w+)'", path.read_text())
            for path in (REPOSITORY / 'launch').glob('*.launch.py')}


def assigned(words):
    """Give the names in `NAME:=VALUE`."""
    return [match[1] for word in words if (match := re.match(r'(\w+):=', word))]


def test_executables_and_parameters_exist():
    known = executables()
    for document, words in commands('ros2 run emotion_ros'):
        assert words[0] in known, (document, words)
        for name in assigned(words):
            assert name in ('__ns', *FOREIGN_ASSIGNED, *known, *known[words[0]]), (document, words)
    for document, words in commands('ros2 param set'):
        assert words[1] in known[words[0].rpartition('/')[2]], (document, words)


def test_launch_files_and_their_arguments_exist():
    known = launch_arguments()
    for document, words in commands('ros2 launch emotion_ros'):
        assert words[0] in known, (document, words)
        for name in assigned(words):
            assert name in known[words[0]], (document, words)


def test_arguments_and_parameters_that_are_named_alone_exist():
    known = {'__ns', *FOREIGN_ASSIGNED, *executables()}.union(
        *executables().values(), *launch_arguments().values())
    named = {(path.name, name) for path in DOCUMENTS for _, piece in code(path)
             for name in assigned(piece.split())}
    assert named
    assert [entry for entry in named if entry[1] not in known] == []


def test_targets_of_make_exist():
    makefile = (REPOSITORY / 'Makefile').read_text()
    for document, words in commands('make'):
        for word in words:
            if '=' in word:
                assert re.search(rf'\b{word.partition("=")[0]}\b', makefile), (document, words)
            else:
                assert re.search(rf'^{word}:', makefile, re.M), (document, words)


def test_counters_are_those_of_the_nodes():
    text = (REPOSITORY / 'docs' / 'replay_and_debug.md').read_text()
    table = text[text.index('| counter |'):text.index('## Hear it again')]
    named = set(re.findall(r'`([^`]+)`', table)) - {'max_utterance_duration'}
    counters = {name for node in PIPELINE for name in node.COUNTERS}
    warnings = {name for node in PIPELINE for name in node.WARNINGS}
    assert named <= counters
    assert warnings <= named


@documents
def test_code_can_be_read_by_its_language(path):
    for language, text in code(path):
        if language == 'python':
            ast.parse(text)
        elif language in ('sh', 'bash'):
            done = subprocess.run(['bash', '-n'], input=text, text=True, capture_output=True)
            assert not done.stderr


def test_launch_files_of_examples_pass_arguments_that_there_are():
    known, passed = launch_arguments()['emotion.launch.py'], set()
    for path in DOCUMENTS:
        for language, text in code(path):
            for node in ast.walk(ast.parse(text if language == 'python' else '')):
                if isinstance(node, ast.keyword) and node.arg == 'launch_arguments':
                    passed |= set(ast.literal_eval(node.value.func.value))
    assert passed and passed <= set(known)


@pytest.mark.skipif(shutil.which('g++') is None, reason='g++ is not installed')
def test_cpp_of_the_documents_is_right():
    examples = [text for path in DOCUMENTS for language, text in code(path) if language == 'cpp']
    prefixes = [Path(prefix, 'include') for prefix in os.environ['AMENT_PREFIX_PATH'].split(':')]
    folders = [folder for prefix in prefixes if prefix.is_dir() for folder in prefix.iterdir()]
    if not any(folder.name == 'rclcpp' for folder in folders):   # else the real one is there
        folders.append(REPOSITORY / 'test' / 'cpp')
    for text in examples:
        done = subprocess.run(
            ['g++', '-std=c++17', '-Wall', '-Werror', '-fsyntax-only', '-x', 'c++', '-',
             *(word for folder in folders for word in ('-isystem', str(folder)))],
            input=text, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
    assert examples


EXAMPLES = [path for path in sorted((REPOSITORY / 'emotion_ros').rglob('*.py'))
            if '>>> ' in path.read_text()]


@pytest.mark.parametrize('path', EXAMPLES, ids=lambda path: path.stem)
def test_examples_in_docstrings_give_what_they_say(path):
    if 'keras' in path.read_text():
        pytest.importorskip('keras', reason='Keras is not installed: requirements-train.txt')
    name = '.'.join(path.relative_to(REPOSITORY).with_suffix('').parts)
    found = doctest.testmod(import_module(name))
    assert found.attempted and not found.failed
