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

"""Checks of Python, the required packages, and the installed copies of this package."""

from collections import namedtuple
from importlib.metadata import PackageNotFoundError, distributions, version
import os
from pathlib import Path
import re
import shlex
import sys
import sysconfig

from emotion_ros.doctor.finding import INFO, MISSING, OK, WARNING, Finding
from emotion_ros.files.paths import share

OLDEST = 3, 10
"""Oldest supported version of Python."""

REQUIRED = 'requirements.txt'
OPTIONAL = {'requirements-tools.txt': 'bags, pictures and the monitor',
            'requirements-train.txt': 'emotion-ros train and evaluate'}
"""{requirements file: purpose} of the optional packages."""

REBUILD = 'colcon build --symlink-install --cmake-clean-cache && . install/setup.bash'
"""Command that rebuilds the workspace with a different Python."""

Requirement = namedtuple('Requirement', 'name minimum limit')
_REQUIREMENT = re.compile(r'([\w.-]+)(?:>=([\d.]+))?(?:,?<([\d.]+))?')


def requirements(path):
    """Read the lines 'NAME', 'NAME>=VERSION' and 'NAME>=VERSION,<VERSION' of a requirements file.

    Yields:
        Requirement: the name, the minimum version and the first that is too new, '' for any.

    Raises:
        ValueError: a line has a different form.

    """
    for line in path.read_text().splitlines():
        line = line.partition('#')[0].strip()
        if line:
            found = _REQUIREMENT.fullmatch(line)
            if not found:
                raise ValueError(f'{path}: {line!r} is not NAME>=VERSION')
            yield Requirement(found[1], found[2] or '', found[3] or '')


def install(path):
    """Return the command that installs a requirements file for this Python."""
    arguments = f'-r {shlex.quote(str(path))}{_numpy()}'
    if in_environment() or not _externally_managed():
        return f'{shlex.quote(sys.executable)} -m pip install {arguments}'
    # PEP 668: pip refuses to change the system's Python.
    return ('python3 -m venv --system-site-packages venv && touch venv/COLCON_IGNORE\n'
            f'. venv/bin/activate && pip install {arguments}\n'
            f'{REBUILD}   # where ROS 2 is used')


def _numpy():
    """Return an argument that keeps pip from hiding the system's numpy 1, or ''.

    Other packages of the system were built with that version.
    """
    return " 'numpy<2'" if '1' in _numpy_majors() else ''


def _numpy_majors():
    """Return the major versions of numpy on the path, the one in use first."""
    return [entry.version.partition('.')[0] for entry in distributions(name='numpy')]


def in_environment():
    """Return whether this Python belongs to a virtual environment."""
    return sys.prefix != sys.base_prefix


def _externally_managed():
    return Path(sysconfig.get_path('stdlib'), 'EXTERNALLY-MANAGED').is_file()


def interpreter():
    """Check Python and the virtual environment.

    Yields:
        Finding.

    """
    environment = ', virtual environment' if in_environment() else ''
    text = f'Python {".".join(map(str, sys.version_info[:3]))}, {sys.executable}{environment}'
    if sys.version_info < OLDEST:
        oldest = '.'.join(map(str, OLDEST))
        yield Finding(MISSING, f'{text}; {oldest} or later is needed',
                      'use a newer distribution, or a newer Python where ROS is not needed')
    else:
        yield Finding(OK, text)
    active = os.environ.get('VIRTUAL_ENV')
    if active and Path(active).resolve() != Path(sys.prefix).resolve():
        yield Finding(WARNING, f'the virtual environment {active} is active, but this command does '
                               'not run in it; was it built before?', REBUILD)


def packages():
    """Check the required packages, and summarize the optional ones.

    Yields:
        Finding.

    """
    path = share(REQUIRED)
    lacking = []
    for requirement in requirements(path):
        found, fits = _installed(requirement)
        text = f'{requirement.name} {found or "is not installed"}'
        if fits:
            yield Finding(OK, text)
        else:
            lacking.append(Finding(MISSING, text + _needed(requirement), install(path)))
    yield from lacking
    used, *hidden = _numpy_majors() or [None]
    if used != '1' and '1' in hidden:
        yield Finding(WARNING, f'numpy {used} hides the numpy 1 of the system; packages of the '
                               'system that were built with that (SciPy, cv_bridge) will fail',
                      install(path))
    for name, purpose in OPTIONAL.items():
        path = share(name)
        lacking = [requirement.name for requirement in requirements(path)
                   if not _installed(requirement)[1]]
        if lacking:
            yield Finding(INFO, f'not installed: {", ".join(lacking)}; for {purpose}',
                          install(path))
        else:
            yield Finding(OK, f'all packages for {purpose}')


def _needed(requirement):
    """Say which versions of a package fit, after a comma; '' if all do."""
    bounds = [*([f'{requirement.minimum} or later'] if requirement.minimum else []),
              *([f'before {requirement.limit}'] if requirement.limit else [])]
    return f', {" and ".join(bounds)} is needed' if bounds else ''


def _installed(requirement):
    """Return the installed version of a package, '' for none, and whether it fits."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return '', False
    # The version is None if the metadata is incomplete.
    fits = bool(found) and _numbers(requirement.minimum) <= _numbers(found) and not (
        requirement.limit and _numbers(found) >= _numbers(requirement.limit))
    return found or '?', fits


def _numbers(text):
    return [int(part) for part in re.findall(r'\d+', re.match(r'[\d.]*', text)[0])]


def copies():
    """Check that only one copy of this package is installed.

    Yields:
        Finding.

    """
    found = {}
    for folder in sys.path:
        path = Path(folder, 'emotion_ros', '__init__.py')
        if os.path.isfile(path):   # Path.is_file() may raise here
            found.setdefault(path.resolve(), path.parent)
    used, *others = [f'{folder} ({_version(path)})' for path, folder in found.items()]
    if others:
        yield Finding(WARNING, f'several copies of emotion_ros: {used} is used, not '
                               f'{", ".join(others)}',
                      'pip uninstall emotion_ros, or source one workspace only')
    else:
        yield Finding(OK, f'emotion_ros {used}')


def _version(path):
    found = re.search(r"__version__ = '([^']*)'", path.read_text())
    return found[1] if found else '?'
