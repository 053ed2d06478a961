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

"""The view in a browser."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

aiohttp = pytest.importorskip(
    'aiohttp', reason='textual-serve is not installed: requirements-tools.txt')
pytest.importorskip(
    'textual_serve', reason='textual-serve is not installed: requirements-tools.txt')

from harness import EXECUTABLES, wait_until  # noqa: E402

BROWSER = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))),
               None)


def monitor(*arguments, environment=None):
    """Start the monitor; its output is a pipe."""
    return subprocess.Popen(
        [EXECUTABLES / 'emotion_monitor', *map(str, arguments)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})


def free_port():
    """Find a port on which nobody listens."""
    with socket.create_server(('127.0.0.1', 0)) as listening:
        return listening.getsockname()[1]


@pytest.fixture
def address():
    """Host and port of a view of the namespace /left."""
    port = free_port()
    process = monitor('--web', '--port', port, '--ros-args', '-r', '__ns:=/left')
    try:
        assert f'the view is at http://127.0.0.1:{port}' in process.stdout.readline()
        wait_until(lambda: socket.socket().connect_ex(('127.0.0.1', port)) == 0, what='the server')
        yield f'127.0.0.1:{port}'
        process.send_signal(signal.SIGINT)
        assert process.wait(30.0) == 0
        assert 'Traceback' not in process.stdout.read()
    finally:
        process.kill()
        process.wait()


def test_the_page_brings_the_view_and_lets_no_other_site_look(address):
    async def look():
        async with aiohttp.ClientSession() as session:
            async with session.get(f'http://{address}/') as response:
                assert response.status == 200 and f'ws://{address}/ws' in await response.text()
                assert "default-src 'self'" in response.headers['Content-Security-Policy']
            for path in ('', 'ws'):
                for headers in ({'Origin': 'http://elsewhere.example'},
                                {'Host': 'elsewhere.example'}, {'Host': ''}):
                    async with session.get(f'http://{address}/{path}', headers=headers) as refused:
                        assert refused.status in (400, 403), (path, headers)
            async with session.ws_connect(f'ws://{address}/ws?width=-3&height=x') as nonsense:
                await nonsense.send_str('{')   # ends that page alone
            shown = b''
            async with session.ws_connect(f'ws://{address}/ws?width=100&height=30') as page:
                while b'waiting for /left/audio' not in shown:
                    message = await page.receive(30.0)
                    assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT)
                    shown += message.data if isinstance(message.data, bytes) else b''

    asyncio.run(look())


@pytest.mark.skipif(BROWSER is None, reason='Chromium is not installed: apt install chromium')
def test_a_browser_shows_it(address, tmp_path):
    async def evaluate(debugger, expression):
        """Let the one page of the browser compute something."""
        async with aiohttp.ClientSession() as session:
            async with session.get(f'http://{debugger}/json') as response:
                page, = [found for found in await response.json() if found['type'] == 'page']
            async with session.ws_connect(page['webSocketDebuggerUrl']) as connection:
                await connection.send_json({'id': 1, 'method': 'Runtime.evaluate',
                                            'params': {'expression': expression}})
                return (await connection.receive_json())['result']['result'].get('value')

    browser = subprocess.Popen(
        [BROWSER, '--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0',
         f'--user-data-dir={tmp_path}', f'http://{address}/'],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        debugger = next(filter(None, (re.search(r'on ws://([\d.:]+)/', line)
                                      for line in browser.stderr)))[1]

        def drawn():
            time.sleep(0.5)
            return 'first-byte' in asyncio.run(evaluate(debugger, '`${document.body?.className}`'))

        wait_until(drawn, timeout=60.0, what='the view')
        assert asyncio.run(evaluate(debugger, 'document.querySelectorAll("canvas").length')) > 0
    finally:
        browser.terminate()
        browser.wait(20.0)


def refused(*arguments, environment=None):
    """Run the monitor with arguments that it cannot use; give what it says."""
    process = monitor(*arguments, environment=environment)
    output = process.communicate(timeout=30.0)[0]
    assert process.returncode == 1 and 'Traceback' not in output
    return output


def test_what_cannot_be_served_is_one_line(tmp_path):
    for port in (0, -1, 65536):
        assert refused('--web', '--port', port) == (
            f'emotion_ros: --port must be 1 to 65535, got {port}\n')
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        assert refused('--web', '--port', port) == (
            f'emotion_ros: cannot serve on 127.0.0.1:{port}: Address already in use\n')
    assert 'cannot serve on no such host' in refused('--web', '--host', 'no such host')
    (tmp_path / 'textual_serve.py').write_text('raise ModuleNotFoundError(name="textual_serve")')
    path = os.pathsep.join([str(tmp_path), os.environ.get('PYTHONPATH', '')])
    assert refused('--web', environment={'PYTHONPATH': path}) == (
        'emotion_ros: textual-serve is not installed: pip install textual-serve\n')
