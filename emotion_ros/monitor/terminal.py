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

"""Where a view is shown: in a terminal or by a server."""

from contextlib import contextmanager
import os
import sys

from emotion_ros.errors import EmotionError

LOOPBACK = '127.0.0.1'
"""Address that only this machine reaches."""

SERVED = 'TEXTUAL_DRIVER'
"""Environment variable that is set if a server shows the view."""


def import_app():
    """Import monitor.app.MonitorApp.

    Raises:
        EmotionError: textual is not installed.

    """
    try:
        import textual  # noqa: F401 (first, so that it is what is missing, and not what it needs)

        from emotion_ros.monitor.app import MonitorApp
    except ModuleNotFoundError as error:
        raise EmotionError(f'{error.name} is not installed: pip install textual') from None
    return MonitorApp


def import_server():
    """Import monitor.web.serve.

    Raises:
        EmotionError: textual-serve is not installed.

    """
    try:
        import textual_serve  # noqa: F401 (first, as above)

        from emotion_ros.monitor.web import serve
    except ModuleNotFoundError as error:
        name = error.name.replace('_', '-')
        raise EmotionError(f'{name} is not installed: pip install textual-serve') from None
    return serve


@contextmanager
def undisturbed(stream=2):
    """Keep output that bypasses Python, such as that of DDS, from disturbing the view.

    Args:
        stream: number of the one that leads to the terminal or server.

    """
    before = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
    sys.stdout.flush()
    saved = os.dup(1), os.dup(2)
    terminal = os.fdopen(os.dup(stream), 'w', encoding='utf-8', errors='backslashreplace')
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = terminal
    try:
        yield
    finally:
        terminal.flush()
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = before
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        for number in (*saved, nowhere):
            os.close(number)
        terminal.close()
