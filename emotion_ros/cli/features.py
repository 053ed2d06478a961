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

"""The command `emotion-ros features`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
import os
from typing import Any

from emotion_ros.arrays import Float32
from emotion_ros.cli import feature_table as table
from emotion_ros.cli.classify import sound_and_films
from emotion_ros.cli.options import (
    classifier as classifier_options,
    segmentation as segmentation_options,
)
from emotion_ros.cli.options.output import output_file
from emotion_ros.display.lists import SHOWN, listed
from emotion_ros.display.progress import progress
from emotion_ros.errors import EmotionError, complain
from emotion_ros.features.blocks import BLOCKS, find_block, own_blocks
from emotion_ros.features.extractor import VoiceFeatures
from emotion_ros.speech.segmenter import Segmentation

DEFAULT = 'eGeMAPSv02'

EMBEDDING = 'embedding'
"""What the encoder of a model makes of an utterance, in the place of a block."""


@dataclass(frozen=True)
class _Sound:
    """A sound file, or a clip of a corpus."""

    path: str
    emotion: str = ''
    speaker: str = ''


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of the command.

    Args:
        parser: of argparse.

    """
    parser.description = (
        'Write the features of the utterances in sound files, as a network receives them: each '
        'file is cut into utterances, and noise is reduced for openSMILE. The table looks like '
        "that of openSMILE's own package: file, start, end and a column for each feature.")
    parser.add_argument(
        'sound', nargs='+', metavar='FILE|CORPUS',
        help='sound file, folder of sound files, or corpus as for `emotion-ros train`, such as '
             'emodb:PATH')
    parser.add_argument(
        '-o', '--output', required=True, metavar='FILE',
        help='table to write: .csv, or .npz with the arrays features, columns, files, start and '
             'end [s], and for a corpus also emotion and speaker')
    names = [*BLOCKS, *own_blocks(), EMBEDDING]
    parser.add_argument(
        '--features', default=DEFAULT, choices=names, metavar='NAME',
        help=f'one of {", ".join(names)}; the last comes from the encoder of --model '
             '(default: %(default)s)')
    parser.add_argument(
        '--whole', action='store_true',
        help='treat each file as one utterance and do not reduce noise, like openSMILE itself')
    segmentation_options.add_segmentation(parser)
    classifier_options.add_model(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Write a table of features.

    Args:
        arguments: of the parser.

    Returns:
        Exit code; a file that cannot be read does not keep others from being read.

    Raises:
        EmotionError: an option cannot be used, or there is no speech in any file.

    """
    output = output_file(arguments.output, table.FORMATS)
    segmentation = segmentation_options.segmentation(arguments)
    if arguments.whole and segmentation != Segmentation():
        raise EmotionError('--whole does not cut files, so it takes no options for how utterances '
                           'are cut')
    names, columns, of_block, values_of = _source(arguments)
    sounds = [sound for given in arguments.sound for sound in _sounds(given)]
    parts, silent, code = [], [], 0
    for sound in progress(sounds, total=len(sounds), title='features', unit='file'):
        try:
            found = ([table.whole_of(sound.path, names)] if arguments.whole
                     else table.utterances_of(sound.path, names, segmentation))
        except EmotionError as error:
            code = complain(error)
            continue
        if not found:
            silent.append(sound.path)
        parts += [table.Part(
            sound.path, features.utterance.stamp,
            features.utterance.stamp + features.utterance.duration, values_of(features),
            emotion=sound.emotion, speaker=sound.speaker, **of_block) for features in found]
    if silent:
        print(f'no speech was found in {len(silent)} of {len(sounds)} files: {listed(silent)}')
    if not parts:
        raise EmotionError(f'no speech was found in any of {len(sounds)} files, nothing was '
                           'written')
    table.write_table(output, columns, parts)
    print(f'{sum(len(part.values) for part in parts)} rows of {len(columns)} features of '
          f'{len(parts)} utterances, saved in {output}')
    return code


def _source(arguments: Namespace) -> tuple[
        list[str], list[str], dict[str, Any], Callable[[VoiceFeatures], Float32]]:
    """Find out where features come from.

    Returns:
        Names of the blocks that are computed, names of the columns, arguments of table.Part that
        are of the block, and a function of VoiceFeatures that gives float32, shape (rows, columns).

    Raises:
        EmotionError: the model cannot be used, or has no embedding.

    """
    name = arguments.features
    if name != EMBEDDING:
        block = find_block(name)
        return ([name], table.columns_of(name),
                {'frame': (block.frame or table.HOP) if block.framed else 0,
                 'opensmile': block.opensmile},
                lambda features: features.matrices[name])
    from emotion_ros.model.classifier import EmotionClassifier
    classifier = EmotionClassifier(arguments.model, backend=arguments.backend)
    try:
        size = classifier.voice_network().embedding
    except EmotionError as error:
        raise EmotionError(f'--features {name}: {error}') from None
    return (classifier.description.features, table.numbered(name, size), {},
            lambda features: classifier.describe(features)[EMBEDDING][None])


def _sounds(given: str) -> list[_Sound]:
    """Give the sounds that an argument means; see sound_and_films and registry.read_corpus."""
    if ':' in given and not os.path.lexists(given):
        from emotion_ros.corpora.registry import read_corpus
        clips, dropped = read_corpus(given, argument='sound')
        for entry in dropped[:SHOWN]:
            print(f'  left out {entry.path.name}: {entry.reason}')
        return [_Sound(str(clip.path), clip.emotion, clip.speaker) for clip in clips]
    return [_Sound(path) for path in sound_and_films(given)]
