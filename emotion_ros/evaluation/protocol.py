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

"""The protocol of an evaluation, for reports."""

from datetime import datetime, timezone
import os
import platform
import shlex
import sys

import keras
import tensorflow as tf

from emotion_ros import __version__
from emotion_ros.features.blocks import opensmile_version


def facts_of_run() -> dict:
    """Return the command as typed, when and where it ran, and what results depend on."""
    return {
        'command': shlex.join(['emotion-ros', *sys.argv[1:]]),
        'date': datetime.now(timezone.utc).isoformat(timespec='minutes'),
        'machine': f'{platform.system()} {platform.machine()}, {_processor()}, '
                   f'{os.cpu_count()} cores',
        'versions': {'emotion_ros': __version__, 'opensmile': opensmile_version(),
                     'keras': keras.version(), 'tensorflow': tf.__version__,
                     'python': platform.python_version()}}


def _processor() -> str:
    """Return the name of the processor from /proc, or otherwise from Python."""
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as file:
            return next(line.partition(':')[2].strip() for line in file
                        if line.startswith('model name'))
    except (OSError, StopIteration):
        return platform.processor() or 'unknown processor'


def settings_of(protocol: dict) -> dict:
    """Return what results depend on: the protocol without the command, time and machine."""
    return {name: value for name, value in protocol.items()
            if name not in ('command', 'date', 'machine')}
