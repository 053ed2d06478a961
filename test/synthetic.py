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

"""Made-up speakers and the features of what they say, for the tests of training."""

import numpy as np
import soundfile

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import feature_blocks

SMALL = 'eGeMAPSv02',
FULL = 'ComParE_2016', 'ComParE_2016_lld'

CODES = 'WEAFTN'   # those of EMO-DB for anger, disgust, fear, happiness, sadness and neutral
SPEAKERS = ('03', '08', '09', '10', '11', '12')
UNHEARD, BROKEN = '15a01Fa', '15a01Wa'
"""Clips of speaker 15: without speech, and without features."""


def voice(name, features=SMALL):
    """Make the values of an utterance; they tell its emotion, its speaker and chance.

    Args:
        name: of a clip of EMO-DB.
        features: names of the blocks.

    Returns:
        {block: float32, shape (frames, dimensions)}, in scales from 1e-6 to 1e7.

    """
    draw = np.random.default_rng(list(name.encode()))
    found = {}
    for block in feature_blocks(features):
        shape = draw.integers(20, 60) if block.framed else 1, block.dimensions
        values = _columns(name, block.dimensions) + 0.7 * draw.normal(size=shape)
        values *= _scales(block.dimensions)
        if not block.framed:
            values[:, 3] = 7   # a constant
        found[block.name] = values.astype(np.float32)
    return found


def each(function, *utterances):
    """Apply a function to the values of each block of utterances; {block: its result}."""
    return {name: function(*(matrices[name] for matrices in utterances))
            for name in utterances[0]}


def content(matrices):
    """Give the blocks of an utterance as something to compare, bit for bit."""
    return {name: values.tobytes() for name, values in matrices.items()}


def _columns(name, count):
    return (np.random.default_rng(ord(name[5])).normal(size=count)
            + 0.3 * np.random.default_rng(int(name[:2])).normal(size=count))


def _scales(count):
    return 10 ** np.random.default_rng(1).uniform(-6, 7, size=count)


def names(speakers=SPEAKERS, takes='abcd', codes=CODES):
    """Name clips as EMO-DB does."""
    return [f'{speaker}a01{code}{take}' for speaker in speakers for code in codes
            for take in takes]


def examples(speakers=SPEAKERS, takes='abcd', features=SMALL):
    """Make examples of six classes, one of each clip."""
    from emotion_ros.training.examples import Examples
    clips = names(speakers, takes)
    values = np.empty(len(clips), object)
    values[:] = [voice(clip, features) for clip in clips]
    return Examples(
        values=values,
        targets=np.array([CODES.index(clip[5]) for clip in clips]),
        clips=np.arange(len(clips)),
        speakers=np.array([f'emodb/{clip[:2]}' for clip in clips]),
        corpora=np.array(['emodb'] * len(clips)))


def make_corpus(folder, monkeypatch):
    """Make a folder of EMO-DB names, and make up the features of what is in it.

    Args:
        folder: that is made.
        monkeypatch: of pytest; it replaces how sound is read and features are computed.

    """
    from emotion_ros.training import features
    folder.mkdir()
    for number, name in enumerate([*names(codes=CODES + 'L'), UNHEARD, BROKEN]):
        soundfile.write(folder / f'{name}.wav', np.full(160, number, np.int16), 11025)
    clean = np.random.default_rng(0).integers(-999, 999, SAMPLE_RATE // 4).astype(np.int16)
    read = []   # all is computed in this process, a clip after the other

    def with_lead(path):
        FileSource(path)   # which refuses what is broken
        read.append(path.stem)
        return clean.copy()

    def compute(samples, names):
        if read[-1] == UNHEARD:
            return []
        if read[-1] == BROKEN:
            raise EmotionError('openSMILE gave values that are not finite')
        values = voice(read[-1], names)
        if not np.array_equal(samples, clean):   # augmented
            values = each(lambda block: block * np.float32(1.01), values)
        return [values]

    monkeypatch.setattr(features, 'read_with_lead', with_lead)
    monkeypatch.setattr(features, 'compute_values', compute)


def train(corpus, *options):
    """Run `emotion-ros train` on a corpus; options that come later win."""
    from emotion_ros.cli import build_parser, run
    arguments = build_parser('train').parse_args([
        'train', '--corpus', f'emodb:{corpus}', '--features', *SMALL, '--jobs', '1',
        '--cache', str(corpus.parent / 'cache'), '--epochs', '3', '--augment', '0',
        '--simulated-rooms', '0',
        *map(str, options)])
    run(arguments)
