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

"""Checks in separate processes, because a broken package may crash or hang its process."""

from dataclasses import asdict
import importlib
import json
from pathlib import Path
import signal
import subprocess
import sys
import tempfile

from emotion_ros.doctor.finding import BROKEN, MISSING, Finding
from emotion_ros.doctor.python import REQUIRED, install
from emotion_ros.errors import one_line
from emotion_ros.files.paths import share

PATIENCE = 30
"""Timeout of a probe [s]; a small computer needs a while to load everything."""

_CODE = """
import sys
sys.path[:] = {path!r}
from emotion_ros.doctor.probe import answer
answer(*sys.argv[1:])
"""


def probe(what, function, *arguments, hang=''):
    """Run a check in a separate process.

    Args:
        what: name of what is checked, in a few words.
        function: 'module:function' that yields Findings.
        arguments: strings to pass to the function.
        hang: remedy to report if the check hangs.

    Returns:
        [Finding].

    """
    with tempfile.TemporaryDirectory() as folder:
        answers, errors = Path(folder, 'answers'), Path(folder, 'errors')
        command = [sys.executable, '-c', _CODE.format(path=sys.path), str(answers), what, function,
                   *arguments]
        # Files instead of pipes, because a leftover process would keep a pipe open.
        with errors.open('wb') as stderr:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr)
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            return [Finding(BROKEN, f'{what}: no result within {PATIENCE} s', hang)]
        if answers.is_file():
            return [Finding(**entry) for entry in json.loads(answers.read_text())]
        lines = errors.read_text(errors='replace').split('\n')
        last = next((line.strip() for line in reversed(lines) if line.strip()), '')
        end = f'ended with code {code}' if code >= 0 else f'crashed, {signal.Signals(-code).name}'
        return [Finding(BROKEN, f'{what}: {end}{last and ": "}{last[:200]}')]


def answer(path, what, function, *arguments):
    """Run a check and write its findings; this runs in the separate process."""
    findings = []
    try:
        module, name = function.split(':')
        for finding in getattr(importlib.import_module(module), name)(*arguments):
            findings.append(finding)
    except ModuleNotFoundError as error:
        findings.append(Finding(MISSING, f'{what}: {error}', install(share(REQUIRED))))
    except Exception as error:
        findings.append(Finding(BROKEN, f'{what}: {one_line(error)}'))
    Path(path).write_text(json.dumps([asdict(finding) for finding in findings]))
