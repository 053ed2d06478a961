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

"""Options that the commands `train` and `evaluate` have in common."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
import logging
from typing import TYPE_CHECKING, TypeVar

from emotion_ros import plugins
from emotion_ros.cli.options.values import check_jobs, numbers
from emotion_ros.errors import EmotionError, packages_of
from emotion_ros.evaluation import PICTURES
from emotion_ros.features.blocks import BLOCKS, LOG_MEL, feature_blocks, own_blocks, split_names
from emotion_ros.process.stderr import quiet_tensorflow

if TYPE_CHECKING:   # they need packages for training
    from emotion_ros.training.features import Extraction
    from emotion_ros.training.recipe import Recipe

Loaded = TypeVar('Loaded')

FEATURES = 'ComParE_2016,ComParE_2016_lld'
FEATURES_OF_ENCODER = LOG_MEL
NETWORK = 'ensemble'
NETWORKS = {
    NETWORK: 'several networks in one',
    'encoder': 'a pretrained speech encoder on log_mel, and linear functions of functionals if '
               'they are among the features',
    'mlp': 'three dense layers',
    'devries': 'the same with a confidence branch'}
_OLD_NETWORKS = {'members': NETWORK, 'plain': 'mlp', 'article': 'devries'}
SEED = 0
MAX_SEED = 2**31 - 1
"""Above it, Keras accepts none; repetitions count up from the given one."""

SIMULATED_ROOMS = 200


def add_corpora(parser: ArgumentParser) -> None:
    """Add the options that name recordings and classes."""
    parser.add_argument(
        '--corpus', dest='corpora', action='append', required=True, metavar='NAME:PATH',
        help='recordings: a corpus that `emotion-ros corpora` lists, with its folder, or csv with '
             'a CSV file that has the columns path, emotion and speaker (NAME=csv:PATH gives it a '
             'name); may be given several times')
    parser.add_argument(
        '--map', dest='renames', action='append', default=[], metavar='OLD=NEW',
        help='count one emotion as another; may be given several times (calm counts as neutral '
             'unless it is a class)')


def add_recipe(parser: ArgumentParser, *, augment: int | str) -> None:
    """Add the options that say how a network is trained.

    Args:
        parser: of argparse.
        augment: default of --augment, for people.

    """
    networks = dict.fromkeys(plugins.plugin_names(plugins.NETWORKS), 'from another package')
    networks |= NETWORKS
    parser.add_argument(
        '--network', choices=networks, type=_network,
        help='; '.join(f'{name}: {what}' for name, what in networks.items())
             + f' (default: {NETWORK})')
    parser.add_argument(
        '--seed', type=int, metavar='N',
        help=f'the same seed gives the same model (default: {SEED})')
    parser.add_argument(
        '--epochs', type=int, metavar='N',
        help='maximum number of passes over all recordings; training stops early when it no '
             'longer improves (default: 45, more if there are few recordings). With the network '
             'encoder: the passes that also train the encoder, for which a GPU is needed in '
             'practice (default: 0)')
    parser.add_argument(
        '--augment', '--disturbed', type=int, metavar='N',
        help='copies of each recording with random speed, room, noise, bandwidth, level and '
             f'codec (default: {augment}); --disturbed is the old name')
    parser.add_argument(
        '--noise', action='append', default=[], metavar='PATH',
        help='recording of noise, or a folder of them, to mix in besides generated noise; may be '
             'given several times')
    parser.add_argument(
        '--impulse-responses', action='append', default=[], metavar='PATH',
        help='impulse response of a room, or a folder of them, to use besides simulated and '
             'generated rooms; may be given several times')
    parser.add_argument(
        '--simulated-rooms', type=int, metavar='N',
        help='number of rooms to simulate and choose from; 0 for none (default: '
             f'{SIMULATED_ROOMS})')
    parser.add_argument(
        '--snr', metavar='A,B,C', type=numbers('--snr', -30, 100),
        help='signal-to-noise ratios [dB] (default: 0,5,10,15,20)')


def _network(name: str) -> str:
    """Give a network's name; those of 0.8 are read for one more release."""
    return _OLD_NETWORKS.get(name, name)


def add_extraction(parser: ArgumentParser) -> None:
    """Add the options that say where features are computed."""
    parser.add_argument(
        '--features', metavar='A,B',
        help=f'blocks of features: {", ".join([*BLOCKS, *own_blocks()])} (default: {FEATURES}; '
             f'{FEATURES_OF_ENCODER} for the network encoder)')
    parser.add_argument(
        '--jobs', type=int, default=-1, metavar='N',
        help='processes that compute features; -1 for one per core (default: %(default)s)')
    parser.add_argument(
        '--backend', default='loky', choices=('loky', 'dask', 'ray'),
        help='where features are computed: loky on this machine, dask or ray on a cluster that '
             'they are configured for and that sees the same files (default: %(default)s)')
    parser.add_argument(
        '--cache', default='~/.cache/emotion_ros', metavar='DIR',
        help='folder for computed features (default: %(default)s)')


def add_pictures(parser: ArgumentParser) -> None:
    """Add the option that says in which of PICTURES is drawn."""
    parser.add_argument(
        '--pictures', default=PICTURES[0], choices=PICTURES,
        help='format of the plots; text in svg and pdf remains text (default: %(default)s)')


def check(arguments: Namespace) -> None:
    """Check the numbers among the options.

    Raises:
        EmotionError: one is out of its range.

    """
    min_epochs = 0 if arguments.network == 'encoder' else 1
    if arguments.seed is not None and not 0 <= arguments.seed <= MAX_SEED:
        raise EmotionError(f'--seed must be 0 to {MAX_SEED}, got {arguments.seed}')
    for name, minimum in (('epochs', min_epochs), ('augment', 0), ('simulated_rooms', 0)):
        value = getattr(arguments, name)
        if value is not None and value < minimum:
            raise EmotionError(
                f'--{name.replace("_", "-")} must be at least {minimum}, got {value}')
    check_jobs(arguments.jobs)


def import_training(load: Callable[[], Loaded]) -> Loaded:
    """Import what needs the training packages.

    Args:
        load: function that imports and gives something.

    Returns:
        What it gives.

    Raises:
        EmotionError: a package is missing.

    """
    with packages_of('requirements-train.txt'), quiet_tensorflow():
        loaded = load()
    # It warns of every network after the first that it makes a new one.
    logging.getLogger('tensorflow').setLevel(logging.ERROR)
    return loaded


def extraction(arguments: Namespace) -> 'Extraction':
    """Give the features.Extraction that the options ask for."""
    from emotion_ros.training.features import Extraction
    default = FEATURES_OF_ENCODER if arguments.network == 'encoder' else FEATURES
    names = split_names(default if arguments.features is None else arguments.features)
    try:
        feature_blocks(names)
    except EmotionError as error:
        raise EmotionError(f'--{error}') from None
    return Extraction(tuple(names), arguments.cache, arguments.jobs, arguments.backend)


def recipe(arguments: Namespace, *, augment: int) -> 'Recipe':
    """Give the recipe.Recipe that the options ask for.

    Args:
        arguments: of the parser.
        augment: copies that are made unless the user says how many.

    Raises:
        EmotionError: the noise or the impulse responses cannot be used.

    """
    from emotion_ros.training.augmentation import SNR
    from emotion_ros.training.recipe import Recipe
    from emotion_ros.training.recordings import read_noise
    from emotion_ros.training.rooms import read_impulse_responses
    return Recipe(
        seed=SEED if arguments.seed is None else arguments.seed,
        epochs=arguments.epochs,
        network=arguments.network or NETWORK,
        augment=augment if arguments.augment is None else arguments.augment,
        noise=read_noise(arguments.noise) if arguments.noise else None,
        snr=SNR if arguments.snr is None else arguments.snr,
        impulse_responses=read_impulse_responses(arguments.impulse_responses)
        if arguments.impulse_responses else None,
        simulated_rooms=SIMULATED_ROOMS if arguments.simulated_rooms is None
        else arguments.simulated_rooms)
