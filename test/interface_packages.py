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

"""Packages of messages that not everybody has, built for the tests.

Run as a script, it builds all of them, so that no test has to wait for that.
"""

from concurrent.futures import ThreadPoolExecutor
import fcntl
import hashlib
import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from harness import EXECUTABLES

INTERFACES = Path(__file__).parent / 'interfaces'
WORKSPACE = next((folder for folder in (EXECUTABLES.parents if EXECUTABLES else ())
                  if folder.parent.name == '.ros'), None)
"""The workspace of `make`; None if the tests do not run in it."""


def environment_with(package, cache):
    """Give the environment in which a package of INTERFACES can be used; it is built once.

    Args:
        package: its path below INTERFACES.
        cache: folder for what is built where the tests do not run in the workspace of `make`.

    """
    if shutil.which('colcon') is None:
        pytest.skip('colcon is not installed')
    install = build(package, WORKSPACE or cache) / 'install'
    found = subprocess.run(
        ['bash', '-c', f'. {install}/local_setup.bash && env -0'],
        stdout=subprocess.PIPE, text=True, check=True).stdout
    return dict(entry.split('=', 1) for entry in found.split('\0') if entry)


def build(package, folder):
    """Build a package of INTERFACES if it has changed since it was built.

    Args:
        package: its path below INTERFACES.
        folder: to build in.

    Returns:
        The workspace of the package.

    """
    sources = sorted(path for path in (INTERFACES / package).rglob('*') if path.is_file())
    state = hashlib.sha256(b'\0'.join(
        [sys.version.encode(), *(path.read_bytes() for path in sources)])).hexdigest()
    workspace = folder / 'interfaces' / package
    workspace.mkdir(parents=True, exist_ok=True)
    with open(workspace / 'state', 'a+') as built:
        fcntl.flock(built, fcntl.LOCK_EX)   # two runs may share it
        built.seek(0)
        if built.read() != state:
            built.truncate(0)
            for kind in ('log', 'build', 'install'):
                shutil.rmtree(workspace / kind, ignore_errors=True)
            done = subprocess.run(
                ['colcon', '--log-base', workspace / 'log', 'build',
                 '--base-paths', INTERFACES / package, '--build-base', workspace / 'build',
                 '--install-base', workspace / 'install'],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            assert done.returncode == 0, done.stdout
            built.write(state)
    return workspace


def main():
    """Build all of them in the workspace of `make`."""
    packages = [path.parent.relative_to(INTERFACES) for path in INTERFACES.rglob('package.xml')]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda package: build(package, WORKSPACE), packages))


if __name__ == '__main__':
    main()
