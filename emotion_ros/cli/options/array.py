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

"""Options of commands that say which channels, or which array, the sound is of."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TypeVar

from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.resampler import MEAN, parse_channel
from emotion_ros.errors import EmotionError

_T = TypeVar('_T', int, float)


def add_array(parser: ArgumentParser) -> None:
    """Add the options that array() and channel() read to an argparse.ArgumentParser."""
    parser.add_argument(
        '--channel', metavar='N', default=MEAN,
        help='channel to use, from 0, or the mean of all (default: %(default)s)')
    parser.add_argument(
        '--array', metavar='NAME|X,Y,Z,...',
        help='array of microphones: a name in config/arrays.yaml, or the position of each [m] '
             '(default: one microphone, or the mean of several)')
    parser.add_argument(
        '--array-channels', metavar='N,...', default='',
        help='channels of the microphones, from 0 (default: those of the array, or all)')


def array(arguments: Namespace) -> MicrophoneArray | None:
    """Make the geometry.MicrophoneArray that the options ask for, or None.

    Raises:
        EmotionError: no such array can be.

    """
    channels = _numbers('--array-channels', arguments.array_channels, int)
    if arguments.array is None:
        if channels:
            raise EmotionError('--array-channels needs --array')
        return None
    positions = arguments.array
    if ',' in positions:
        positions = _numbers('--array', positions, float)
    return MicrophoneArray.select(positions, channels)


def channel(arguments: Namespace) -> int | str:
    """Give the channel that the options ask for: a number, or a text for all of them.

    Raises:
        EmotionError: there can be none such, or an array is given, too.

    """
    found = parse_channel(arguments.channel, name='--channel', words=[MEAN])
    if isinstance(found, int) and arguments.array is not None:
        raise EmotionError('--channel and --array contradict each other')
    return found


def _numbers(option: str, text: str, kind: Callable[[str], _T]) -> list[_T]:
    try:
        return [kind(part) for part in text.split(',')] if text else []
    except ValueError:
        raise EmotionError(
            f'{option} must be numbers separated by commas, got {text!r}') from None
