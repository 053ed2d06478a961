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

"""How the code is laid out: what imports what, and how long files and functions are."""

import ast
from graphlib import TopologicalSorter
import re

from conftest import REPOSITORY

PACKAGE = REPOSITORY / 'emotion_ros'
MODULES = {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob('*.py'))}

MAX_FILE, MAX_FUNCTION = 350, 60
"""Lines: files and functions have fewer."""


def room(path):
    """Name the folder of the package that a file is in, or the file itself at the top."""
    return path.relative_to(PACKAGE).parts[0].removesuffix('.py')


def imported(tree):
    """Name what a module imports, also within functions: 'emotion_ros.audio.frame.Frame'."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f'{node.module}.{alias.name}' for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def rooms():
    """Give {room: set of the rooms that it imports}."""
    found = {}
    for path, tree in MODULES.items():
        if path.parent == PACKAGE and path.name in ('__init__.py', '__main__.py'):
            continue
        own = found.setdefault(room(path), set())
        own.update(name.split('.')[1] for name in imported(tree)
                   if name.startswith('emotion_ros.'))
    return {name: others & set(found) - {name} for name, others in found.items()}


def test_imports_between_rooms_have_no_circle():
    found = rooms()
    assert 'audio' in found['speech'] and 'model' in found['nodes']
    TopologicalSorter(found).prepare()   # raises CycleError, which names the rooms


def test_only_nodes_import_ros_and_the_doctor_tries_to():
    ros = re.compile(r'(rclpy|\w+_(msgs|interfaces)|emotion_ros\.(msg|srv))\b')
    users = {room(path) for path, tree in MODULES.items()
             if any(ros.match(name) for name in imported(tree))}
    assert users == {'doctor', 'nodes'}


def test_only_what_talks_to_people_prints():
    users = {room(path) for path, tree in MODULES.items() for node in ast.walk(tree)
             if isinstance(node, ast.Name) and node.id == 'print'}
    assert users == {'cli', 'display', 'errors', 'monitor', 'nodes'}


def test_files_and_functions_are_short():
    files = *MODULES, *REPOSITORY.glob('benchmarks/*.py')
    long = [path.name for path in files if len(path.read_text().splitlines()) >= MAX_FILE]
    long += [f'{path.name}: {node.name}' for path, tree in MODULES.items()
             for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
             and node.end_lineno - node.lineno + 1 >= MAX_FUNCTION]
    assert not long
