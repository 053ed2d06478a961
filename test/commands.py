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

"""The emotion-ros command, run by tests."""

from pathlib import Path
import subprocess
import sys
import tempfile

import pytest

from emotion_ros import cli


def run_alone(*arguments):
    """Run emotion-ros in a process of its own; return exit code, stdout and stderr."""
    done = subprocess.run(
        ['emotion-ros', *map(str, arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def run(*arguments):
    """Run emotion-ros in this process, which is quicker; return the same."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        paths = [Path(folder, name) for name in ('stdout', 'stderr')]
        with open(paths[0], 'w') as stdout, open(paths[1], 'w') as stderr:
            for name, value in (('argv', ['emotion-ros', *map(str, arguments)]),
                                ('stdout', stdout), ('stderr', stderr)):
                patch.setattr(sys, name, value)
            try:
                code = cli.main() or 0
            except SystemExit as end:
                code = end.code or 0
        return code, *(path.read_text() for path in paths)


def refused(*arguments):
    """Run a command that must fail; return the one line that says why."""
    code, out, err = run(*arguments)
    assert code == 1
    assert 'Traceback' not in err
    line, = [line for line in err.splitlines() if line.startswith('emotion-ros:')]
    return line
