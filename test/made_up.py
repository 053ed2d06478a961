"""Made-up speakers and the features of what they say, for the tests of training."""

import numpy as np
import soundfile

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource
from emotion_ros.errors import EmotionError
from emotion_ros.features.opensmile_live import feature_set

SMALL = feature_set('eGeMAPSv02')
FULL = feature_set('ComParE_2016_full')

CODES = 'WEAFTN'   # those of EMO-DB for anger, disgust, fear, happiness, sadness and neutral
SPEAKERS = ('03', '08', '09', '10', '11', '12')
UNHEARD, BROKEN = '15a01Fa', '15a01Wa'
"""Clips of speaker 15: without speech, and without features."""


def voice(name, features=SMALL):
    """Make the values of an utterance; they tell its emotion, its speaker and chance.

    Args:
        name: of a clip of EMO-DB.
        features: FeatureSet.

    Returns:
        float32, shape (frames, dimensions), in scales from 1e-6 to 1e7.

    """
    draw = np.random.default_rng(list(name.encode()))
    heard = _columns(name, features.functionals) + 0.7 * draw.normal(size=features.functionals)
    heard *= _scales(features.functionals)
    heard[3] = 7   # a constant
    values = np.zeros((features.functional_rows, features.dimensions))
    values.flat[:features.functionals] = heard
    if features.descriptors:
        frames = draw.integers(20, 60), features.descriptors
        rows = _columns(name, features.descriptors) + 0.7 * draw.normal(size=frames)
        values = np.vstack([values, rows * _scales(features.descriptors)])
    return values.astype(np.float32)


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

    def compute(samples, feature_set_name, segmentation):
        if read[-1] == UNHEARD:
            return []
        if read[-1] == BROKEN:
            raise EmotionError('openSMILE gave values that are not finite')
        values = voice(read[-1], feature_set(feature_set_name))
        if not np.array_equal(samples, clean):   # augmented
            values *= 1.01
        return [values]

    monkeypatch.setattr(features, '_with_lead', with_lead)
    monkeypatch.setattr(features, '_compute', compute)


def train(corpus, *options):
    """Run `emotion-ros train` on a corpus; options that come later win."""
    from emotion_ros.cli import build_parser
    arguments = build_parser('train').parse_args([
        'train', '--corpus', f'emodb:{corpus}', '--feature-set', SMALL.name, '--jobs', '1',
        '--cache', str(corpus.parent / 'cache'), '--epochs', '3', '--augment', '0', '--simulated-rooms', '0',
        *map(str, options)])
    arguments.run(arguments)
