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

"""The view in a browser; each open page runs in a separate process."""

import asyncio
import logging
import os
import socket
import sys

from aiohttp import web
from textual_serve.server import Server

from emotion_ros.errors import EmotionError

MAX_PAGES = 8
"""Maximum number of open pages, because each takes a process."""

_LEAVE = 5.0   # seconds that the processes of pages have to end

POLICY = ("default-src 'self' data: 'unsafe-inline'; script-src 'self' 'unsafe-inline' "
          "'unsafe-eval'; connect-src 'self' ws://{host}; worker-src 'self' blob:")
"""What the page may load: nothing from other sites, such as textual-serve's font from Google."""


class _OneLine(logging.Formatter):
    """Logs errors without a traceback, because parts may come from a browser."""

    def format(self, record):
        return f'emotion_ros: {record.getMessage()[:300]!r}'


class MonitorServer(Server):
    """Shows the output of a command to everyone who opens the page.

    Other sites cannot access it, because the headers Origin and Host are checked.

    Args:
        command: shell command.
        host: address to listen on.
        port: TCP port.

    """

    def __init__(self, command: str, host: str, port: int) -> None:
        super().__init__(command, host, port, title='emotion monitor')
        self._pages = 0

    def initialize_logging(self) -> None:
        """Log only warnings, one line each."""
        handler = logging.StreamHandler()
        handler.setFormatter(_OneLine())
        logging.basicConfig(level=logging.WARNING, handlers=[handler])

    async def on_startup(self, app: web.Application) -> None:
        """Print the address of the view."""
        print(f'emotion_ros: the view is at {self.public_url}, press Ctrl-C to stop', flush=True)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.on_cleanup.append(_wait_for_children)
        return app

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """Serve the page, which loads its files from the address the browser used."""
        self._check(request)
        self.public_url = f'http://{request.host}'
        response = await super().handle_index(request)
        response.headers['Content-Security-Policy'] = POLICY.format(host=request.host)
        return response

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the content of the page."""
        self._check(request)
        if self._pages == MAX_PAGES:
            raise web.HTTPServiceUnavailable(text=f'{MAX_PAGES} pages are open already')
        self._pages += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self._pages -= 1

    def _check(self, request: web.Request) -> None:
        origin = request.headers.get('Origin', f'http://{request.host}')
        name = request.host.rpartition(':')[0] or request.host
        if origin != f'http://{request.host}' or (
                is_loopback(self.host) and not is_loopback(name.strip('[]'))):
            raise web.HTTPForbidden(text='this page is not for other sites')


async def _wait_for_children(app: web.Application) -> None:
    """Wait until the processes of pages have ended; asyncio complains of those that have not."""
    for _ in range(round(_LEAVE / 0.02)):
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(0)   # asyncio hears of the last one


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine only."""
    return host in ('localhost', '::1') or host.startswith('127.')


def serve(command: str, host: str, port: int) -> None:
    """Serve until Ctrl-C or a signal.

    Raises:
        EmotionError: cannot listen on the host and port.

    """
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise EmotionError(f'cannot serve on {host}:{port}: '
                           f'{error.strerror.partition(" (")[0]}') from None
    if not is_loopback(host):
        print('emotion_ros: everyone who can reach this machine can open the view', file=sys.stderr)
    MonitorServer(command, host, port).serve()
