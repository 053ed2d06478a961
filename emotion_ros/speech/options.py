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
import math

from emotion_ros.speech.segmenter import Segmentation

HELP = {
    'speech_threshold': 'probability from which audio counts as speech',
    'pre_roll': 'audio kept before the first speech [s]',
    'post_roll': 'audio kept after the last speech [s]',
    'hang_over': 'silence that ends an utterance [s]',
    'min_speech_duration': 'less speech than this counts as noise [s]',
    'max_utterance_duration': 'an utterance is cut at this length [s]',
    'interim_interval': 'time between interim results of a long utterance [s], at least 0.25; 0 '
                        'gives none',
}
"""What the fields of Segmentation are, for the help of commands and of parameters."""


def add_segmentation(parser: argparse.ArgumentParser) -> None:
    """Add the options that segmentation() reads."""
    group = parser.add_argument_group('how utterances are cut')
    for field in fields(Segmentation):
        group.add_argument(
            f'--{field.name.replace("_", "-")}', type=_number, default=field.default, metavar='X',
            help=f'{HELP[field.name]} (default: %(default)g)')


def segmentation(arguments: argparse.Namespace) -> Segmentation:
    """Make the Segmentation that the options ask for.

    Raises:
        EmotionError: the durations contradict each other.

    """
    return Segmentation(**{field.name: getattr(arguments, field.name)
                           for field in fields(Segmentation)})


def _number(text):
    value = float(text)
    if not (math.isfinite(value) and 0 <= value <= 3600):
        raise argparse.ArgumentTypeError(f'must be 0 to 3600, got {text}')
    return value
