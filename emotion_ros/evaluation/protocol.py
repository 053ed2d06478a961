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
