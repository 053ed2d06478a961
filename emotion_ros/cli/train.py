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

"""The command `emotion-ros train`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Sequence
import shlex
from typing import Any

from emotion_ros.cli.options import training as options
from emotion_ros.cli.options.values import short_text
from emotion_ros.model.saved_model import ModelDescription

AUGMENT = 2


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of the command.

    Args:
        parser: of argparse.

    """
    parser.description = 'Train a model on recordings of emotional speech.'
    options.add_corpora(parser)
    parser.add_argument(
        '--output', required=True, metavar='DIR', help='folder for the model')
    parser.add_argument(
        '--classes', metavar='A,B,C',
        help='emotions to distinguish (default: those of neutral, anger, disgust, fear, '
             'happiness, sadness and surprise that occur in the recordings); others are left out')
    parser.add_argument(
        '--exclude-speakers', metavar='A,B',
        help='speakers that are used only for the final test, such as emodb/03,ravdess/01 '
             '(default: every fifth of each corpus; with a single speaker, every fifth clip of '
             'each emotion)')
    options.add_recipe(parser, augment=AUGMENT)
    options.add_extraction(parser)
    parser.add_argument(
        '--name', default='emotion', metavar='NAME', type=short_text('--name'),
        help='name of the model (default: %(default)s)')
    parser.add_argument(
        '--model-version', default='0.1.0', metavar='VERSION',
        type=short_text('--model-version'),
        help='version of the model (default: %(default)s)')
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Train as the arguments say and print the results.

    Args:
        arguments: of the parser.

    Raises:
        EmotionError: an option or a corpus cannot be used; nothing was written.

    """
    options.check(arguments)
    train = options.import_training(_load)
    extraction = options.extraction(arguments)
    recipe = options.recipe(arguments, augment=AUGMENT)
    description = train(
        arguments.corpora,
        output=arguments.output,
        extraction=extraction,
        recipe=recipe,
        classes=arguments.classes,
        renames=arguments.renames,
        exclude_speakers=arguments.exclude_speakers,
        name=arguments.name,
        version=arguments.model_version,
        command=_command(
            arguments.corpora, arguments.renames, classes=arguments.classes,
            exclude_speakers=arguments.exclude_speakers, features=','.join(extraction.features),
            name=arguments.name, model_version=arguments.model_version, **recipe.facts()))
    _print_results(description)
    print(f'saved in {arguments.output}')


def _command(corpora: Sequence[str], renames: Sequence[str], *, noise: Sequence[str] = (),
             snr: Sequence[float] = (), impulse_responses: Collection[str] = (),
             **options: Any) -> str:
    """Return the command that trains the model, without the paths of this machine."""
    words = ['emotion-ros', 'train']
    for corpus in corpora:
        name = corpus.partition(':')[0]
        words += ['--corpus', f'{name}:/path/to/{name.partition("=")[0]}']
    for rename in renames:
        words += ['--map', rename]
    for name in noise:
        words += ['--noise', f'/path/to/{name}']
    if impulse_responses:
        words += ['--impulse-responses', '/path/to/impulse-responses']
    if snr:
        words += ['--snr', ','.join(f'{ratio:g}' for ratio in snr)]
    for option, value in options.items():
        if value is not None:
            words += [f'--{option.replace("_", "-")}', str(value)]
    return shlex.join([*words, '--output', '/path/to/model'])


def _print_results(description: ModelDescription) -> None:
    from emotion_ros.training.card import results_table
    training, metrics = description.training, description.metrics
    print(f'temperature {training["temperature"]:.3f}, '
          f'confidence threshold {description.confidence_threshold:.3f}, standard deviation of the '
          'confidence branch over held-out utterances '
          f'{training["confidence_deviation"]:.3f}')
    if metrics:
        print(results_table(metrics, description.labels))


def _load() -> Any:
    from emotion_ros.training.train import train
    return train
