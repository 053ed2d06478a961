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

"""The layers of a speech encoder: from a log-mel spectrogram to what an utterance is like.

The architecture is that of Whisper's encoder (Radford and others 2022, arXiv 2212.04356), whose
window is 8 s here. Importing this module registers the layers, so that saved networks load.
"""

import keras
from keras import ops
import numpy as np

from emotion_ros.features.log_mel import BANDS, FLOOR
from emotion_ros.model.compact_dense import CompactDense, from_codes, to_codes

WINDOW = 800
"""Frames of the longest sound that is taken in, 8 s; of a longer one the end counts."""

WIDTH = 512
HEADS = 8

_RANGE = 8.0       # orders of magnitude of power below the loudest value that are kept
_LOUDEST = 10.0   # logarithm of the power
_LEVEL = -2.0      # logarithm of the mean power of an utterance of 8 s
_VARIANCE = 1e-5   # added to variances


def _serializable(layer):
    return keras.saving.register_keras_serializable(package='emotion_ros')(layer)


@_serializable
class LogMelNormalization(keras.layers.Layer):
    """Brings the finished spectrogram of an utterance to the level that the encoder knows.

    The energy becomes that of a signal at -20 dB of full scale that fills the window of 8 s; what
    lies more than 80 dB below the loudest value is raised to it. Of more frames than the window
    has, the last count.

    Args:
        width: of each band, as a share of the whole spectrum; shape (bands,), sum about 1.

    """

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = np.asarray(width, np.float32)

    def call(self, log_mel):
        """Normalize.

        Args:
            log_mel: float32, (batch, frames, bands), logarithm to the base 10 of the power. Frames
                of NaN at the start fill a batch.

        Returns:
            float32, (batch, even frames, bands), 0 where there is no frame, and a mask,
            (batch, even frames, 1).

        """
        log_mel = log_mel[:, -WINDOW:]
        odd = ops.shape(log_mel)[1] % 2   # a frame that there is not makes them even
        log_mel = ops.pad(log_mel, [[0, 0], [1, 0], [0, 0]], constant_values=float('nan'))
        log_mel = log_mel[:, 1 - odd:]
        valid = 1 - ops.cast(ops.isnan(log_mel[:, :, :1]), 'float32')
        log_mel = ops.where(ops.isnan(log_mel), float(np.log10(FLOOR)), log_mel)
        log_mel = ops.clip(log_mel, -_LOUDEST, _LOUDEST)   # hostile values; sound is far within
        power = ops.sum(ops.power(10.0, log_mel) * self.width, axis=-1, keepdims=True)
        mean = ops.sum(power * valid, axis=1, keepdims=True) / WINDOW
        level = log_mel - ops.log(ops.maximum(mean, FLOOR)) / np.float32(np.log(10)) + _LEVEL
        loudest = ops.max(level - 1e4 * (1 - valid), axis=(1, 2), keepdims=True)
        return (ops.maximum(level, loudest - _RANGE) + 4) / 4 * valid, valid

    def compute_output_shape(self, log_mel_shape):
        """Give the shapes of spectrogram and mask; their number of frames is not told."""
        return (log_mel_shape[0], None, log_mel_shape[2]), (log_mel_shape[0], None, 1)

    def get_config(self):
        """Give the arguments of the class, as JSON takes them."""
        return super().get_config() | {'width': self.width.tolist()}


def _sinusoids(places):
    """Encode places in time; int (batch, frames) to (batch, frames, WIDTH).

    Sines, then cosines, of wavelengths from 2 pi to 20000 pi frames (Vaswani and others 2017,
    arXiv 1706.03762).
    """
    rates = np.geomspace(1, 1e-4, WIDTH // 2, dtype=np.float32)
    angles = ops.cast(places, 'float32')[..., None] * rates
    return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)


@_serializable
class ConvolutionStem(keras.layers.Layer):
    """Two convolutions over time, the second of stride 2, and the place in the utterance."""

    _KERNELS = 'first', 'second'
    _OTHERS = 'first_bias', 'second_bias'

    def build(self, values_shape, valid_shape=None):
        """Make the weights for inputs of a shape (batch, frames, bands)."""
        self.first = self.add_weight(name='first', shape=(3, values_shape[-1], WIDTH))
        self.first_bias = self.add_weight(name='first_bias', shape=(WIDTH,), initializer='zeros')
        self.second = self.add_weight(name='second', shape=(3, WIDTH, WIDTH))
        self.second_bias = self.add_weight(name='second_bias', shape=(WIDTH,),
                                           initializer='zeros')

    def call(self, values, valid):
        """Convolve.

        Args:
            values: (batch, frames, bands), an even number of frames.
            valid: (batch, frames, 1).

        Returns:
            (batch, frames / 2, WIDTH) and its mask.

        """
        padded = ops.pad(values, [[0, 0], [1, 1], [0, 0]])
        hidden = ops.conv(padded, self.first) + self.first_bias
        hidden = ops.gelu(hidden, approximate=False) * ops.cast(valid, hidden.dtype)
        hidden = ops.pad(hidden, [[0, 0], [1, 0], [0, 0]])
        hidden = ops.conv(hidden, self.second, strides=2) + self.second_bias
        hidden = ops.gelu(hidden, approximate=False)
        valid = valid[:, 1::2]
        frames = ops.shape(hidden)[1]
        missing = frames - ops.cast(ops.sum(valid, axis=(1, 2)), 'int32')   # at the start
        places = ops.maximum(ops.arange(frames) - missing[:, None], 0)
        return hidden + _sinusoids(places), valid

    def compute_output_shape(self, values_shape, valid_shape):
        """Give the shapes of values and mask; their number of frames is not told."""
        return (values_shape[0], None, WIDTH), (values_shape[0], None, 1)

    def save_own_variables(self, store):
        """Save the weights, those of the convolutions in 8 bits."""
        for name in self._KERNELS:
            store[name], store[f'{name}_scale'] = to_codes(getattr(self, name))
        for name in self._OTHERS:
            store[name] = ops.convert_to_numpy(getattr(self, name))

    def load_own_variables(self, store):
        """Load what was saved."""
        for name in self._KERNELS:
            getattr(self, name).assign(from_codes(store[name], store[f'{name}_scale']))
        for name in self._OTHERS:
            getattr(self, name).assign(store[name])


@_serializable
class TransformerBlock(keras.layers.Layer):
    """A block of self-attention and two dense layers, normalized before each.

    Args:
        dense: False for the self-attention alone.

    """

    def __init__(self, dense=True, **kwargs):
        super().__init__(**kwargs)
        self.dense = dense
        self.attention_norm = keras.layers.LayerNormalization(epsilon=_VARIANCE)
        self.query = CompactDense(WIDTH)
        self.key = CompactDense(WIDTH, use_bias=False)
        self.value = CompactDense(WIDTH)
        self.out = CompactDense(WIDTH)
        if dense:
            self.dense_norm = keras.layers.LayerNormalization(epsilon=_VARIANCE)
            self.expand = CompactDense(4 * WIDTH)
            self.contract = CompactDense(WIDTH)

    def build(self, values_shape, valid_shape=None):
        """Make the weights for inputs of a shape (batch, frames, WIDTH)."""
        for layer in (self.attention_norm, self.query, self.key, self.value, self.out):
            layer.build(values_shape)
        if self.dense:
            self.dense_norm.build(values_shape)
            self.expand.build(values_shape)
            self.contract.build((*values_shape[:-1], 4 * WIDTH))

    def call(self, values, valid):
        """Transform; (batch, frames, WIDTH) and its mask to (batch, frames, WIDTH)."""
        normed = self.attention_norm(values)
        attended = ops.dot_product_attention(
            self._heads(self.query(normed)), self._heads(self.key(normed)),
            self._heads(self.value(normed)), mask=ops.transpose(valid, (0, 2, 1))[:, None] > 0.5)
        values = values + self.out(ops.reshape(attended, (-1, ops.shape(values)[1], WIDTH)))
        if not self.dense:
            return values
        hidden = ops.gelu(self.expand(self.dense_norm(values)), approximate=False)
        return values + self.contract(hidden)

    def get_config(self):
        """Give the arguments of the class."""
        return super().get_config() | {'dense': self.dense}

    def _heads(self, values):
        return ops.reshape(values, (-1, ops.shape(values)[1], HEADS, WIDTH // HEADS))


@_serializable
class StatisticsPooling(keras.layers.Layer):
    """Describes how channels run over time: mean and standard deviation."""

    def call(self, values, valid):
        """Describe.

        Args:
            values: (batch, frames, channels).
            valid: (batch, frames, 1).

        Returns:
            float32, (batch, 2 * channels).

        """
        values, valid = ops.cast(values, 'float32'), ops.cast(valid, 'float32')
        count = ops.maximum(ops.sum(valid, axis=1), 1)
        mean = ops.sum(values * valid, axis=1) / count
        variance = ops.sum(ops.square(values - mean[:, None]) * valid, axis=1) / count
        return ops.concatenate([mean, ops.sqrt(variance + _VARIANCE)], axis=-1)


@_serializable
class SpectralAugmentation(keras.layers.Layer):
    """In training, changes a normalized spectrogram as microphones and rooms do; else nothing.

    A smooth random curve over the bands and a raised floor, then masks over bands and frames
    (SpecAugment: Park and others 2019, arXiv 1904.08779).

    Args:
        curve: standard deviation of the curve [normalized log power; 1 is 40 dB].
        floor: levels below the mean between which the floor is drawn [the same unit].
        bands, frames: longest masks; there are two of each.
        seed: of what is drawn.

    """

    _POINTS = 6

    def __init__(self, curve=0.08, floor=(0.4, 1.6), bands=10, frames=25, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.curve, self.floor, self.bands, self.frames = curve, tuple(floor), bands, frames
        self.seed = seed
        self._random = keras.random.SeedGenerator(seed)
        places = np.linspace(0, self._POINTS - 1, BANDS)
        self._spread = np.maximum(
            0, 1 - np.abs(places - np.arange(self._POINTS)[:, None])).astype(np.float32)

    def call(self, values, valid, training=False):
        """Change; (batch, frames, BANDS) and its mask to (batch, frames, BANDS)."""
        if not training:
            return values
        batch, frames = ops.shape(values)[0], ops.shape(values)[1]

        def uniform(shape, low, high):
            return keras.random.uniform(shape, low, high, seed=self._random)

        points = keras.random.normal((batch, self._POINTS), 0, self.curve, seed=self._random)
        values = values + ops.matmul(points, self._spread)[:, None]
        count = ops.maximum(ops.sum(valid, axis=(1, 2), keepdims=True), 1)
        mean = ops.sum(values * valid, axis=(1, 2), keepdims=True) / count / BANDS
        floor = mean - uniform((batch, 1, 1), *self.floor)
        # The sum of two powers, in units of 40 dB.
        scale = float(4 * np.log(10))
        values = ops.logaddexp(values * scale, floor * scale) / scale
        kept = 1.0
        for size, longest, axis in ((BANDS, self.bands, 2), (frames, self.frames, 1)) * 2:
            length = uniform((batch, 1, 1), 0, longest + 1)
            start = uniform((batch, 1, 1), 0, 1) * (ops.cast(size, 'float32') - length)
            place = ops.cast(ops.arange(size), 'float32')
            place = place[None, None] if axis == 2 else place[None, :, None]
            kept = kept * (1 - ops.cast((place >= start) & (place < start + length), 'float32'))
        return (values * kept + mean * (1 - kept)) * valid

    def get_config(self):
        """Give the arguments of the class."""
        return super().get_config() | {
            'curve': self.curve, 'floor': list(self.floor), 'bands': self.bands,
            'frames': self.frames, 'seed': self.seed}


@_serializable
class SpeakerProfile(keras.layers.Layer):
    """What is known of the speaker: in training, of others of the batch; else, what is given.

    In training every `group` examples of a batch in a row are of one speaker. Of each example's
    companions each is known with a drawn probability, and half of the examples are of strangers.

    Args:
        group: examples of a speaker.
        seed: of what is drawn.

    """

    def __init__(self, group, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.group = group
        self.seed = seed
        self._random = keras.random.SeedGenerator(seed)

    def call(self, embedding, profile, training=False):
        """Choose.

        Args:
            embedding: float32, (batch, width).
            profile: float32, (batch, 1, width): the mean embedding of the speaker; 0 for a
                stranger.

        Returns:
            float32, (batch, width): the profile that counts.

        """
        if not training:
            return profile[:, 0]
        width = embedding.shape[-1]
        groups = ops.reshape(ops.stop_gradient(embedding), (-1, self.group, width))
        count = ops.shape(groups)[0]
        share = keras.random.uniform((count, self.group, 1), -1, 1, seed=self._random)
        drawn = keras.random.uniform((count, self.group, self.group), seed=self._random)
        known = ops.cast(drawn < share, 'float32') * (1 - ops.eye(self.group))
        total = ops.sum(known, axis=-1, keepdims=True)
        mean = ops.matmul(known, groups) / ops.maximum(total, 1)
        return ops.reshape(mean, (-1, width))

    def get_config(self):
        """Give the arguments of the class."""
        return super().get_config() | {'group': self.group, 'seed': self.seed}
