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

"""The command `emotion-ros evaluate`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from emotion_ros.cli.options import training as options
from emotion_ros.cli.options.values import numbers
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import find_model
from emotion_ros.model.saved_model import read_description

SNR = (0.0, 5.0, 10.0, 20.0)
"""Signal-to-noise ratios of the evaluation [dB], unless the user gives others."""

DISTANCES = 0.1, 10.0
"""Minimum and maximum distance [m]."""

UTTERANCES = 0, 100
"""Minimum and maximum number of utterances that a speaker is enrolled with."""

AUGMENT = 2
"""Augmented copies that cross-validation trains on if there is noise; otherwise none."""


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of the command.

    Args:
        parser: of argparse.

    """
    parser.description = ('Evaluate a model on speakers that it was not trained on, or cross-'
                          'validate a way of training; write a report with plots.')
    options.add_corpora(parser)
    parser.add_argument(
        '--classes', metavar='A,B,C',
        help='emotions to distinguish (default: those of the model, or all in the recordings); '
             'the others count as out-of-distribution')
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument('--model', metavar='MODEL', type=find_model,
                      help='folder of the model to evaluate, or the name of an installed one')
    what.add_argument(
        '--cross-validate', choices=('corpora', 'speakers', 'random'),
        help='corpora: train on all corpora but one and test on that one, the best measure for '
             'unknown speakers; speakers: folds of speakers; random: folds of random clips, which '
             'reproduces published tables but says nothing about new speakers')
    parser.add_argument(
        '--folds', type=int, metavar='N',
        help='number of folds; with as many as there are speakers, one is left out at a time '
             '(default: 5)')
    parser.add_argument(
        '--seeds', type=int, metavar='N',
        help='repeat the cross-validation this many times, with one seed after the other, and '
             'report mean and standard deviation (default: 1)')
    parser.add_argument('--report', required=True, metavar='DIR', help='folder for the report')
    parser.add_argument(
        '--ood', action='append', default=[], metavar='PATH',
        help='sound file without emotional speech, or a folder of them; may be given several '
             'times')
    parser.add_argument(
        '--distance', metavar='A,B,C', type=numbers('--distance', *DISTANCES),
        help='evaluate at these distances [m], in simulated rooms that training never uses')
    parser.add_argument(
        '--rooms', action='append', default=[], metavar='PATH',
        help='evaluate in a room: an impulse response, or a folder of them; may be given several '
             'times')
    parser.add_argument(
        '--compare', choices=('svm',),
        help='also train a support vector machine, on the same features and folds')
    parser.add_argument(
        '--enroll', metavar='A,B,C', type=numbers('--enroll', *UTTERANCES, int), default=(),
        help='with --model: also evaluate it with speakers enrolled, each with this many '
             'utterances of every emotion, such as 0,1,3,5')
    parser.add_argument(
        '--enroll-neutral', metavar='A,B', default=(),
        type=numbers('--enroll-neutral', *UTTERANCES, int),
        help='the same with this many neutral utterances, such as 5,10')
    options.add_pictures(parser)
    options.add_recipe(
        parser, augment=f'{AUGMENT} with --noise, otherwise 0')
    options.add_extraction(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Evaluate as the arguments say, write the report and print its table.

    Of several recordings of noise every second one is for training and the others are for the
    test; of a single one the first half is for training and the second for the test.

    Args:
        arguments: of the parser.

    Raises:
        EmotionError: an option or a corpus cannot be used; nothing was written.

    """
    options.check(arguments)
    if arguments.model is not None:
        for option in ('folds', 'seeds', 'compare', 'network', 'seed', 'epochs', 'augment',
                       'impulse_responses', 'simulated_rooms'):
            if getattr(arguments, option) not in (None, []):
                raise EmotionError(f'--{option.replace("_", "-")} needs --cross-validate')
    elif arguments.enroll or arguments.enroll_neutral:
        raise EmotionError('--enroll and --enroll-neutral need --model')
    if arguments.seeds is not None and arguments.seeds < 1:
        raise EmotionError(f'--seeds must be at least 1, got {arguments.seeds}')
    if arguments.cross_validate == 'corpora':
        _across(arguments)
        return
    evaluate_model, cross_validate, AdditionalTests, find_ood = options.import_training(_load)
    if arguments.snr is not None and not arguments.noise:
        raise EmotionError('--snr needs --noise')
    recipe = options.recipe(arguments, augment=AUGMENT if arguments.noise else 0)
    noise = recipe.noise
    if noise is not None and arguments.model is None:
        training, noise = (noise.halves() if len(noise.paths) == 1 else
                           (noise.select(slice(1, None, 2)), noise.select(slice(0, None, 2))))
        recipe = replace(recipe, noise=training)
    find_ood(arguments.ood, [])   # refused before rooms are simulated
    additional = AdditionalTests(
        conditions=_conditions(arguments, noise, SNR if arguments.snr is None else arguments.snr),
        ood=arguments.ood,
        compare=arguments.compare == 'svm',
        pictures=arguments.pictures,
        enrollments=_enrollments(arguments))
    common = {'report': arguments.report, 'classes': arguments.classes,
              'renames': arguments.renames}
    if arguments.model is not None:
        if arguments.features is None:
            arguments.features = ','.join(read_description(arguments.model).features)
        evaluate_model(arguments.corpora, folder=arguments.model, additional=additional,
                       extraction=options.extraction(arguments), **common)
        return
    cross_validate(arguments.corpora, scheme=arguments.cross_validate, count=arguments.folds,
                   seeds=arguments.seeds or 1, recipe=recipe, additional=additional,
                   extraction=options.extraction(arguments), **common)


def _enrollments(arguments: Namespace) -> tuple[Any, ...]:
    """Give the enrollment.gains.Enrollment that the options ask for."""
    from emotion_ros.enrollment.gains import Enrollment
    return (*(Enrollment(count) for count in arguments.enroll),
            *(Enrollment(count, neutral=True) for count in arguments.enroll_neutral))


def _conditions(arguments: Namespace, noise: Any, ratios: Sequence[float]) -> list[Any]:
    """Give the conditions.Condition that the options ask for."""
    from emotion_ros.evaluation.conditions import at_distances, in_noise, in_rooms
    return [
        *(in_noise(noise, ratios) if noise else []),
        *(at_distances(arguments.distance, arguments.cache, arguments.jobs)
          if arguments.distance is not None else []),
        *in_rooms(arguments.rooms)]


def _across(arguments: Namespace) -> None:
    """Cross-validate by corpora; all of the noise is for the training."""
    for option in ('folds', 'seeds', 'compare', 'ood', 'distance', 'rooms'):
        if getattr(arguments, option):
            raise EmotionError(f'--{option} needs --model, or --cross-validate speakers or random')
    cross_validate_corpora = options.import_training(_load_across)
    cross_validate_corpora(
        arguments.corpora, report=arguments.report, classes=arguments.classes,
        renames=arguments.renames, pictures=arguments.pictures,
        extraction=options.extraction(arguments),
        recipe=options.recipe(arguments, augment=AUGMENT if arguments.noise else 0))


def _load_across() -> Any:
    from emotion_ros.evaluation.across import cross_validate_corpora
    return cross_validate_corpora


def _load() -> tuple[Any, ...]:
    from emotion_ros.evaluation.additional_tests import AdditionalTests
    from emotion_ros.evaluation.cross_validate import cross_validate
    from emotion_ros.evaluation.evaluate import evaluate_model
    from emotion_ros.evaluation.ood import find_ood
    return evaluate_model, cross_validate, AdditionalTests, find_ood
