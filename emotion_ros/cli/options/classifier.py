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

"""Options that select the model, the people it knows, and its threshold."""

import argparse

from emotion_ros.errors import complain
from emotion_ros.files.paths import DEFAULT_MODEL
from emotion_ros.model.backends import BACKENDS
from emotion_ros.model.classifier import EmotionClassifier


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the options of a model to an argparse.ArgumentParser."""
    parser.add_argument('--model', default=DEFAULT_MODEL, metavar='MODEL',
                        help='folder of the model, or the name of an installed one: default or '
                             'open (default: %(default)s)')
    parser.add_argument('--backend', default='litert', choices=BACKENDS,
                        help='program that runs the network (default: %(default)s)')


def add_classifier(parser: argparse.ArgumentParser) -> None:
    """Add the options that classifier() reads to an argparse.ArgumentParser."""
    add_model(parser)
    parser.add_argument('--confidence-threshold', type=_fraction, metavar='0..1',
                        help='threshold below which the emotion is "unknown" '
                             "(default: the model's)")
    parser.add_argument('--profiles', default='', metavar='DIR',
                        help='folder of the voice profiles that `emotion-ros enroll` makes '
                             '(default: none)')
    parser.add_argument('--speaker', default='', metavar='NAME',
                        help='who speaks, if that is known; otherwise, the voice decides')


def classifier(arguments: argparse.Namespace) -> EmotionClassifier:
    """Make the model.classifier.EmotionClassifier that the options ask for.

    What is wrong with voice profiles is printed.

    Raises:
        EmotionError: the model cannot be used.

    """
    made, faults = _classifier(arguments)
    for fault in faults:
        complain(fault)
    return made


def quiet_classifier(arguments: argparse.Namespace) -> EmotionClassifier:
    """Make another one; what is wrong with voice profiles was printed before."""
    return _classifier(arguments)[0]


def _classifier(arguments: argparse.Namespace) -> tuple[EmotionClassifier, list[str]]:
    made = EmotionClassifier(arguments.model, backend=arguments.backend,
                             confidence_threshold=arguments.confidence_threshold)
    made.speaker = arguments.speaker
    return made, made.load_voices(arguments.profiles)


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f'must be 0 to 1, got {text!r}')
    return value
