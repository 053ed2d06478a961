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

"""Options of commands that say how utterances are cut."""

import argparse
from dataclasses import fields

from emotion_ros.errors import EmotionError
from emotion_ros.speech.segmenter import Segmentation


def add_segmentation(parser: argparse.ArgumentParser) -> None:
    """Add the options that segmentation() reads."""
    group = parser.add_argument_group('how utterances are cut')
    for field in fields(Segmentation):
        text = field.metadata['description']
        group.add_argument(
            f'--{field.name.replace("_", "-")}', type=float, default=field.default, metavar='X',
            help=f'{text[0].lower()}{text[1:-1]} (default: %(default)g)')


def segmentation(arguments: argparse.Namespace) -> Segmentation:
    """Make the Segmentation that the options ask for.

    Raises:
        EmotionError: a value is not allowed, or durations contradict each other.

    """
    try:
        return Segmentation(**{field.name: getattr(arguments, field.name)
                               for field in fields(Segmentation)})
    except EmotionError as error:
        raise EmotionError(f'--{error}'.replace('_', '-')) from error
