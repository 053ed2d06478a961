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

"""The command `emotion-ros doctor`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
import json

from emotion_ros import __version__
from emotion_ros.doctor import python, ros
from emotion_ros.doctor.checkout import is_built, report_build
from emotion_ros.doctor.finding import BROKEN, MISSING, Finding
from emotion_ros.doctor.probe import probe
from emotion_ros.errors import one_line
from emotion_ros.files.paths import DEFAULT_MODEL

STAGES = 'emotion_ros.doctor.stages'

Check = Callable[[], Iterable[Finding]]


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of the command.

    Args:
        parser: of argparse.

    """
    parser.description = (
        'Check Python, packages, sound, openSMILE, the voice detector, the model and ROS 2, and '
        'say which command installs what is missing. The exit code is 0 if everything that is '
        'needed is there, otherwise 1.')
    parser.add_argument(
        '--model', default=DEFAULT_MODEL, metavar='MODEL',
        help='folder of the model to try, or the name of an installed one (default: %(default)s)')
    parser.add_argument('--json', action='store_true', help='print one JSON object')
    parser.set_defaults(run=run)


def checks(model: str) -> dict[str, Check]:
    """Give the checks in their order.

    Args:
        model: its folder, or the name of an installed one.

    Returns:
        {name: function that gives Findings}.

    """
    return {
        'make': report_build,
        'copies': python.copies,
        'python': python.interpreter,
        'packages': python.packages,
        'sound files': lambda: probe('sound files', f'{STAGES}:sound_files'),
        'openSMILE': lambda: probe('openSMILE', f'{STAGES}:opensmile'),
        'voice detector': lambda: probe('voice detector', f'{STAGES}:voice_detector'),
        'noise reduction': lambda: probe('noise reduction', f'{STAGES}:noise_reduction'),
        'model': lambda: probe('model', f'{STAGES}:model', model),
        'sound devices': lambda: probe(
            'sound devices', f'{STAGES}:sound_devices',
            hang='start the sound server again: systemctl --user restart pipewire, '
                 'or pulseaudio --kill'),
        'ROS 2': ros.ros,
    }


def run(arguments: Namespace) -> int:
    """Check everything and print what was found.

    Args:
        arguments: of the parser.

    Returns:
        Exit code: 1 when something that is needed is missing or broken.

    """
    found = _findings(checks(arguments.model))
    return (_json if arguments.json else _lines)(found)


def _findings(checks: dict[str, Check]) -> Iterator[tuple[str, Finding]]:
    for name, check in checks.items():
        try:
            for finding in check():
                yield name, finding
        except Exception as error:   # one check that fails keeps no other from being done
            yield name, Finding(BROKEN, f'{name}: {one_line(error)}')


def _json(found: Iterable[tuple[str, Finding]]) -> int:
    found = list(found)
    faults = sum(_is_fault(finding) for _, finding in found)
    print(json.dumps({'version': __version__, 'usable': not faults, 'findings': [
        {'check': name, **asdict(finding)} for name, finding in found]}, indent=2))
    return 1 if faults else 0


def _lines(found: Iterable[tuple[str, Finding]]) -> int:
    faults, said = 0, {''}
    for remedy, findings in groupby(found, key=lambda entry: entry[1].remedy):
        for _, finding in findings:
            print(f'{finding.status:<8} {finding.text}', flush=True)
            faults += _is_fault(finding)
        if remedy not in said:
            said.add(remedy)
            for line in remedy.splitlines():
                print(f'         → {line}', flush=True)
    where = ' in this Python' if is_built() else ''
    print(f'\n{"something is missing or broken" if faults else "everything is in place"}{where}')
    return 1 if faults else 0


def _is_fault(finding: Finding) -> bool:
    return finding.status in (MISSING, BROKEN)
