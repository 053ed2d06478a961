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

"""The network on a pretrained speech encoder."""

from dataclasses import dataclass

import keras
from keras import layers, ops
import numpy as np

from emotion_ros.features.blocks import LOG_MEL
from emotion_ros.features.log_mel import BANDS, band_edges
from emotion_ros.model.backends import SPEAKER
from emotion_ros.model.encoder import (
    WINDOW,
    ConvolutionStem,
    LogMelNormalization,
    SpeakerProfile,
    SpectralAugmentation,
    StatisticsPooling,
    TransformerBlock,
)
from emotion_ros.training.prediction import filled
from emotion_ros.training.pretrained import EncoderWeights, read_encoder

BLOCKS = 3
"""Blocks of the encoder that are taken; each of their outputs is described."""

EMBEDDING = 256   # values that describe an utterance, and a speaker's profile
VOICE = 128       # values that tell who speaks
GROUP = 4         # examples of a speaker that come together in training

PIECE = 240       # frames of the pieces of utterances that are trained on: 2.4 s

_LIMIT = 5.0      # of standardized statistics
_DROPOUT = 0.6    # of statistics and of the hidden layer: corpora are few, and all alike within
_FITTED_TO = 512  # examples from which the scale of the statistics is taken


def mel_width() -> np.ndarray:
    """Give the width of each mel band as a share of the spectrum.

    So weighed, the bands' powers sum to about the mean square of the samples: a Hann window of 400
    samples has a sum of squares of 150, and Slaney's bands of 40 Hz a bin have an area of 1 / 40.
    """
    edges = band_edges()
    return ((edges[2:] - edges[:-2]) / 2 / edges[-1] * 40 / 150).astype(np.float32)


@dataclass(frozen=True)
class EncoderNetwork:
    """A network that is about to be trained.

    Args:
        trunk: keras.Model: {'log_mel': (batch, frames, BANDS), 'speaker': (batch, 1, EMBEDDING)}
            to logits, confidence, affect (arousal and valence), embedding and voice.
        describe: keras.Model, the first part of trunk: 'log_mel' to the statistics 'early' and
            'late', (batch, statistics) each.
        head: keras.Model, the second part: these and 'speaker' to what trunk gives.
        pretrained: names of the layers that were pretrained.

    """

    trunk: keras.Model
    describe: keras.Model
    head: keras.Model
    pretrained: frozenset


def build_encoder_network(values: list, classes: int, *, seed: int, blocks: int | None = None,
                          weights: EncoderWeights | None = None) -> EncoderNetwork:
    """Build the network, with the pretrained weights in the encoder.

    Args:
        values: log-mel spectrograms of training utterances, float32, shape (frames, BANDS): the
            scale of the statistics is taken from some of them.
        classes: number of classes.
        seed: of what its layers draw in training.
        blocks: of the encoder that are taken; None for BLOCKS.
        weights: of the encoder; None for those of the installed package.

    """
    log_mel = keras.Input((None, BANDS), name=LOG_MEL)
    speaker = keras.Input((1, EMBEDDING), name=SPEAKER)
    early, statistics, names = _encode(log_mel, blocks or BLOCKS, weights or read_encoder(), seed)
    scaled = [_standardized(part, log_mel, values, name) for part, name in (
        (statistics, 'standardized'), (early, 'early_standardized'))]
    embedding = layers.Dense(EMBEDDING, name='embedding')(layers.Dropout(_DROPOUT)(scaled[0]))
    profile = SpeakerProfile(GROUP, seed=seed, name='profile')(embedding, speaker)
    shift = layers.Dense(EMBEDDING, use_bias=False, name='shift',
                         kernel_initializer=keras.initializers.Identity(-0.5))(profile)
    hidden = layers.LayerNormalization(name='relative')(embedding + shift)
    hidden = layers.Dropout(_DROPOUT)(layers.Activation('gelu', name='hidden')(hidden))
    voice = layers.Dense(VOICE, use_bias=False, name='voice_projection')(
        ops.stop_gradient(scaled[1]))

    def head(name, units, activation=None):
        return layers.Dense(units, activation=activation, name=name, dtype='float32')(hidden)

    outputs = {
        'logits': head('logits', classes),
        'confidence': head('confidence', 1, 'sigmoid'),
        'affect': head('affect', 2, 'tanh'),
        'embedding': embedding,
        'voice': layers.UnitNormalization(name='voice', dtype='float32')(voice)}
    early.name, statistics.name = 'early', 'late'   # Keras wants the names of the dictionary
    described = {'early': early, 'late': statistics}
    return EncoderNetwork(
        trunk=keras.Model({LOG_MEL: log_mel, SPEAKER: speaker}, outputs, name='emotion'),
        describe=keras.Model(log_mel, described),
        head=keras.Model({**described, SPEAKER: speaker}, outputs),
        pretrained=frozenset(names))


def _encode(log_mel, blocks, weights, seed):
    """Run the encoder; gives early and late statistics and the names of its layers."""
    values, mask = LogMelNormalization(mel_width(), name='level', dtype='float32')(log_mel)
    values = SpectralAugmentation(seed=seed, name='spectral_augmentation', dtype='float32')(
        values, mask)
    stem = ConvolutionStem(name='stem')
    hidden, mask = stem(values, mask)
    stem.set_weights(weights.stem)
    pool = StatisticsPooling(name='pooling', dtype='float32')
    parts = [pool(hidden, mask)]
    names = ['stem']
    for number, block_weights in enumerate(weights.blocks[:blocks]):
        block = TransformerBlock(name=f'block_{number}')
        hidden = block(hidden, mask)
        block.set_weights(block_weights)
        parts.append(pool(hidden, mask))
        names.append(block.name)
    return (layers.Concatenate(name='early_statistics')(parts[:2]),
            layers.Concatenate(name='statistics')(parts[1:]), names)


def _standardized(part, log_mel, values, name):
    """Standardize statistics by those of some of the values, and clip them."""
    describe = keras.Model(log_mel, part)
    chosen = values[::-(-len(values) // _FITTED_TO)]
    found = np.concatenate([
        ops.convert_to_numpy(describe.predict_on_batch(batch_of(chosen[start:start + 64], PIECE)))
        for start in range(0, len(chosen), 64)])
    scaled = layers.Normalization(
        mean=found.mean(axis=0), variance=found.var(axis=0) + 1e-6, name=name, dtype='float32')(
        part)
    return layers.ReLU(max_value=2 * _LIMIT, name=f'{name}_clipped')(scaled + _LIMIT) - _LIMIT


def batch_of(values: list, frames: int | None = None) -> np.ndarray:
    """Put spectrograms together; shorter ones have frames of NaN before them.

    Args:
        values: float32, shape (frames, BANDS) each.
        frames: of the batch; None for the most there are, at most the encoder's window.

    Returns:
        float32, shape (utterances, even frames, BANDS).

    """
    longest = min(max(map(len, values)), WINDOW) if frames is None else frames
    longest += longest % 2
    return filled([entry[-longest:] for entry in values], end_counts=True, rows=longest)
