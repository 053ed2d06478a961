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


"""A terminal for tests of what draws on one."""

import os
import shlex
import shutil
import subprocess

import pytest

from harness import EXECUTABLES, wait_until


class Terminal:
    """A command that shows the view, in a terminal of tmux; a context manager.

    Args:
        folder: for what belongs to it.
        command: as a list.

    """

    def __init__(self, folder, command):
        self._folder = folder
        inner = f'echo $$ > {shlex.quote(str(folder / "pid"))}; exec {shlex.join(command)}'
        self._script = (f'echo "what was there before"; sh -c {shlex.quote(inner)}; '
                        'echo "exit code $?"; stty -a; exec cat')

    def tmux(self, *arguments):
        """Run a command of tmux; return its output."""
        environment = {name: value for name, value in os.environ.items()
                       if name not in ('TMUX', 'NO_COLOR', 'COLUMNS', 'LINES')}
        return subprocess.run(
            ['tmux', '-u', '-f', '/dev/null', '-S', str(self._folder / 'socket'), *arguments],
            env=environment, check=True, capture_output=True, text=True).stdout

    def screen(self, *options):
        """What is on the screen."""
        return self.tmux('capture-pane', '-p', *options)

    def wait_for(self, *texts):
        """Wait until all texts are on the screen."""
        wait_until(lambda: all(text in self.screen() for text in texts),
                   what=f'{texts} on the screen')

    @property
    def pid(self):
        """Process of the command."""
        return int((self._folder / 'pid').read_text())

    def check_restored(self):
        """Check that the monitor ended well and left the terminal as it was."""
        self.wait_for('exit code', 'iexten')
        screen = self.screen()
        assert 'exit code 0' in screen, screen
        assert 'what was there before' in screen
        assert 'Level' not in screen
        assert ' icanon' in screen and ' echo ' in screen
        assert self.tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}') == '0 1\n'

    def __enter__(self):
        self.tmux('new-session', '-d', '-x', '80', '-y', '24', self._script)
        self.wait_for('waiting for')
        return self

    def __exit__(self, *_):
        subprocess.run(['tmux', '-S', str(self._folder / 'socket'), 'kill-server'],
                       capture_output=True)


@pytest.fixture
def in_terminal(tmp_path):
    """A function that starts the monitor, or another command, in a terminal."""
    if shutil.which('tmux') is None:
        pytest.skip('tmux is not installed')
    return lambda *arguments, command=(str(EXECUTABLES / 'emotion_monitor'),): Terminal(
        tmp_path, [*command, *arguments])
