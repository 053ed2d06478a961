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

"""What make does around the programs, with others in their place."""

import os
import pty
import shutil
import subprocess
import sys

import pytest

from conftest import REPOSITORY

ENVIRONMENT = """#!/bin/sh
echo "environment $1"
mkdir -p "$1/bin" && ln -sf {python} "$1/bin/python"
"""
IN_ROS = """#!/bin/sh
shift 2
case $1 in
colcon) echo build ;;
python) echo "range $ROS_AUTOMATIC_DISCOVERY_RANGE, only $ROS_LOCALHOST_ONLY"; exec {run} ;;
esac
"""
WAIT = """#!{python}
import signal, sys
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
print('listening', flush=True)
signal.pause()
"""


@pytest.fixture
def checkout(tmp_path):
    """A checkout with the Makefile and scripts that only tell what they are called for."""
    folder = tmp_path / 'checkout'
    (folder / 'scripts').mkdir(parents=True)
    shutil.copy(REPOSITORY / 'Makefile', folder)
    for name, text in (('environment.sh', ENVIRONMENT.format(python=sys.executable)),
                       ('in_ros.sh', IN_ROS.format(run='true')), ('install.sh', ''),
                       ('mend_wheels.py', '')):
        (folder / 'scripts' / name).write_text(text)
        (folder / 'scripts' / name).chmod(0o755)
    for name in ('requirements.txt', 'requirements-ros.txt'):
        (folder / name).touch()
    return folder


def make(folder, *arguments, **environment):
    """Run make; return the lines that its scripts print."""
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith(('ROS', 'MAKE'))}
    done = subprocess.run(['make', *arguments], cwd=folder, capture_output=True, text=True,
                          env={**clean, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def built(folder):
    """Tell whether make makes the environment, and whether it builds."""
    lines = make(folder, 'build')
    assert ('environment .venv' in lines) <= ('Building emotion_ros ...' in lines)
    return 'environment .venv' in lines, 'Building emotion_ros ...' in lines


def test_a_moved_checkout_is_built_anew(checkout):
    assert built(checkout) == (True, True)
    assert built(checkout) == (False, False)
    (checkout / '.ros' / 'jazzy' / 'build').mkdir()
    moved = checkout.rename(checkout.with_name('moved'))
    assert built(moved) == (True, True)
    assert not (moved / '.ros' / 'jazzy' / 'build').exists(), 'CMake would refuse it'
    assert built(moved) == (False, False)


def test_an_environment_whose_python_is_gone_is_made_anew(checkout):
    built(checkout)
    python = checkout / '.venv' / 'bin' / 'python'
    python.unlink()
    python.symlink_to('/nowhere/python3.9')
    assert built(checkout) == (True, True)
    assert built(checkout) == (False, False)


def test_the_microphone_stays_off_the_network(checkout):
    assert 'range LOCALHOST, only ' in make(checkout, 'run')
    assert 'range LOCALHOST, only ' in make(checkout, 'demo')
    assert 'range SUBNET, only ' in make(
        checkout, 'run', ROS_AUTOMATIC_DISCOVERY_RANGE='SUBNET')
    assert 'range , only 1' in make(checkout, 'run', ROS_DISTRO='humble')


def test_a_shell_finds_the_nodes_and_what_is_installed(checkout):
    (checkout / 'scripts' / 'in_ros.sh').write_text(
        '#!/bin/sh\nshift 2\n'
        'case $1 in colcon) ;; *) PATH="/installed/bin:$PATH" exec "$@" ;; esac\n')
    shell = checkout / 'shell'
    shell.write_text('#!/bin/sh\necho "PATH $PATH"\n')
    shell.chmod(0o755)
    path = make(checkout, 'shell', SHELL=str(shell))[-1]
    nodes = checkout / '.ros' / 'jazzy' / 'install' / 'emotion_ros' / 'lib' / 'emotion_ros'
    assert path.startswith(f'PATH {nodes}:/installed/bin:')


def test_control_c_ends_without_a_word_of_make(checkout):
    waiting = checkout / 'wait.py'
    waiting.write_text(WAIT.format(python=sys.executable))
    waiting.chmod(0o755)
    (checkout / 'scripts' / 'in_ros.sh').write_text(IN_ROS.format(run=waiting))
    built(checkout)
    code, said = in_terminal('make', '-C', checkout, 'run', interrupt_at='listening')
    # Make may find that its child has ended before it waits for it, and says so: bug of Make 4.3.
    races = 'wait: No child processes', 'Waiting for unfinished jobs'
    assert not [line for line in said.splitlines() if '***' in line and not any(
        race in line for race in races)], (code, said)


def in_terminal(*command, interrupt_at=None):
    """Run a command in a terminal, and type Ctrl-C once it says something.

    Returns:
        Its exit code, negative that of a signal, and what it wrote.

    """
    process, terminal = pty.fork()
    if not process:
        os.execvp(command[0], [str(argument) for argument in command])
    said = b''
    try:
        while more := os.read(terminal, 1000):
            said += more
            if interrupt_at and interrupt_at.encode() in said:
                os.write(terminal, b'\x03')
                interrupt_at = None
    except OSError:   # the terminal is closed
        pass
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), said.decode()


PIP = """#!/bin/sh
echo "Collecting $7"
echo "  Downloading wide-1.0-py3-none-any.whl.metadata (2 kB)"
echo "Downloading https://host/packages/wide-1.0-py3-none-any.whl (600 MB)"
echo "  Using cached deep-2.0.tar.gz (3 kB)"
echo "Installing collected packages: wide, deep"
echo "ERROR: no room" >&2
exit {code}
"""


@pytest.mark.parametrize('code', [0, 1])
def test_a_terminal_shows_which_package_comes(tmp_path, code):
    (tmp_path / 'bin').mkdir()
    (tmp_path / 'bin' / 'python').write_text(PIP.format(code=code))
    (tmp_path / 'bin' / 'python').chmod(0o755)
    install = REPOSITORY / 'scripts' / 'install.sh', tmp_path, 'wide'
    found, said = in_terminal(*install)
    shown = ['package 1: wide-1.0-py3-none-any.whl (600 MB)', 'package 2: deep-2.0.tar.gz (3 kB)',
             'installing 2 packages']
    assert found == code and [text for text in shown if text not in said] == [], said
    assert 'package 3' not in said and 'Collecting' not in said
    done = subprocess.run(install, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (code, '')
    assert ('could not be installed' in done.stderr) == bool(code)
    assert done.stderr.count('\n') == code
    assert 'Collecting wide' in (tmp_path / 'pip.log').read_text()
