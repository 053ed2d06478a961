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
import hashlib

import keras
from keras import layers, ops
import numpy as np

from emotion_ros.features.blocks import LOG_MEL
from emotion_ros.features.log_mel import BANDS, band_edges
from emotion_ros.model.backends import SPEAKER
from emotion_ros.model.compact_dense import CompactDense
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

BLOCKS = 4
"""Blocks of the encoder that are taken, the last without its dense layers, which do not fit into a
model folder of 25 MB; each of their outputs is described."""

EMBEDDING = 256   # values that describe an utterance, and a speaker's profile
VOICE = 128       # values that tell who speaks
GROUP = 4         # examples of a speaker that come together in training

_LIMIT = 5.0      # of standardized statistics
_DROPOUT = 0.6    # of statistics and of the hidden layer: corpora are few, and all alike within
_SCALED_BY = 8192   # utterances, about, from which the scale of the statistics is taken
_SHAPES = 64      # frames: batches that are described differ in length by as many
_BATCH = 64


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
        head: keras.Model, the part of trunk that follows the encoder: the statistics 'early' and
            'late', (batch, statistics) each, and 'speaker' to what trunk gives.
        pretrained: names of the layers that were pretrained.

    """

    trunk: keras.Model
    head: keras.Model
    pretrained: frozenset


class PretrainedEncoder:
    """The encoder as it was pretrained; it describes each utterance once and remembers that.

    Args:
        weights: of the encoder; None for those of the installed package.

    """

    def __init__(self, weights: EncoderWeights | None = None):
        self.weights = weights or read_encoder()
        log_mel = keras.Input((None, BANDS), name=LOG_MEL)
        early, late, _ = _encode(log_mel, self.weights, seed=0)
        self._model = keras.Model(log_mel, {'early': early, 'late': late})
        self._known = {}   # digest of a spectrogram: its statistics, one after the other

    def describe(self, spectrograms: list) -> dict[str, np.ndarray]:
        """Give the statistics of utterances.

        Args:
            spectrograms: log-mel, float32, shape (frames, BANDS) each.

        Returns:
            {'early' and 'late': float16, shape (utterances, statistics)}.

        """
        digests = [hashlib.sha256(np.ascontiguousarray(values)).digest()
                   for values in spectrograms]
        new = {digest: values for digest, values in zip(digests, spectrograms, strict=True)
               if digest not in self._known}
        order = sorted(new, key=lambda digest: len(new[digest]))
        for start in range(0, len(order), _BATCH):
            chosen = order[start:start + _BATCH]
            longest = min(len(new[chosen[-1]]), WINDOW)
            found = self._model.predict_on_batch(spectrogram_batch(
                [new[digest] for digest in chosen], -(-longest // _SHAPES) * _SHAPES))
            rows = np.concatenate([found['early'], found['late']], axis=1).astype(np.float16)
            self._known.update(zip(chosen, rows, strict=True))
        width = self._model.output['early'].shape[-1]
        rows = np.stack([self._known[digest] for digest in digests])
        return {'early': rows[:, :width], 'late': rows[:, width:]}


def build_encoder_network(encoder: PretrainedEncoder, statistics: dict, classes: int, *,
                          seed: int) -> EncoderNetwork:
    """Build the network, with the pretrained weights in the encoder.

    Args:
        encoder: whose weights it gets.
        statistics: of training utterances, see PretrainedEncoder.describe; their scale is taken.
        classes: number of classes.
        seed: of what its layers draw in training.

    """
    log_mel = keras.Input((None, BANDS), name=LOG_MEL)
    speaker = keras.Input((1, EMBEDDING), name=SPEAKER)
    early, late, names = _encode(log_mel, encoder.weights, seed)
    scaled = [_standardized(part, statistics[part.name], name) for part, name in (
        (late, 'standardized'), (early, 'early_standardized'))]
    embedding = CompactDense(EMBEDDING, name='embedding')(layers.Dropout(_DROPOUT)(scaled[0]))
    profile = SpeakerProfile(GROUP, seed=seed, name='profile')(embedding, speaker)
    shift = CompactDense(EMBEDDING, use_bias=False, name='shift',
                         kernel_initializer=keras.initializers.Identity(-0.5))(profile)
    hidden = layers.LayerNormalization(name='relative')(embedding + shift)
    hidden = layers.Dropout(_DROPOUT)(layers.Activation('gelu', name='hidden')(hidden))
    voice = CompactDense(VOICE, use_bias=False, name='voice_projection')(
        ops.stop_gradient(scaled[1]))

    def head(name, units, activation=None):
        return layers.Dense(units, activation=activation, name=name, dtype='float32')(hidden)

    outputs = {
        'logits': head('logits', classes),
        'confidence': head('confidence', 1, 'sigmoid'),
        'affect': head('affect', 2, 'tanh'),
        'embedding': embedding,
        'voice': layers.UnitNormalization(name='voice', dtype='float32')(voice)}
    return EncoderNetwork(
        trunk=keras.Model({LOG_MEL: log_mel, SPEAKER: speaker}, outputs, name='emotion'),
        head=keras.Model({'early': early, 'late': late, SPEAKER: speaker}, outputs),
        pretrained=frozenset(names))


def _encode(log_mel, weights, seed):
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
    for index, block_weights in enumerate(weights.blocks[:BLOCKS]):
        block = TransformerBlock(dense=index < BLOCKS - 1, name=f'block_{index}')
        hidden = block(hidden, mask)
        block.set_weights(block_weights[:len(block.weights)])
        parts.append(pool(hidden, mask))
        names.append(block.name)
    early = layers.Concatenate(name='early_statistics')(parts[:2])
    late = layers.Concatenate(name='statistics')(parts[1:])
    early.name, late.name = 'early', 'late'   # Keras wants the names of a model's dictionary
    return early, late, names


def _standardized(part, found, name):
    """Standardize statistics by those that were found in some utterances, and clip them."""
    found = found[::-(-len(found) // _SCALED_BY)].astype(np.float32)
    scaled = layers.Normalization(
        mean=found.mean(axis=0), variance=found.var(axis=0) + 1e-6, name=name, dtype='float32')(
        part)
    return layers.ReLU(max_value=2 * _LIMIT, name=f'{name}_clipped')(scaled + _LIMIT) - _LIMIT


def spectrogram_batch(values: list, frames: int | None = None) -> np.ndarray:
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
