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

"""What a report says of how it came about."""

import platform
import shlex
import sys

import keras
import tensorflow as tf

from emotion_ros.features.blocks import opensmile_version


def command_line() -> str:
    """Give the command as it was typed."""
    return shlex.join(['emotion-ros', *sys.argv[1:]])


def versions() -> dict[str, str]:
    """Give the versions of what results depend on."""
    return {'opensmile': opensmile_version(), 'keras': keras.version(),
            'tensorflow': tf.__version__, 'python': platform.python_version()}
