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

"""Layers of the network that Keras does not provide.

They scale raw values and process descriptors over time; the layers of the confidence are in
confidence_layers.

Importing this module registers them, so that saved networks load.
"""

from typing import Any

import keras
from keras import KerasTensor, ops
import numpy as np
from numpy.typing import ArrayLike

from emotion_ros.arrays import Float32

NORMAL_QUARTILES = 1.349
"""Distance between the quartiles of a normal distribution, in standard deviations."""


@keras.saving.register_keras_serializable(package='emotion_ros')
class RobustScaling(keras.layers.Layer):
    """Scales raw features to a common range: (value - center) / spread, clipped.

    Features without spread and NaN values become 0.

    Args:
        center: of each feature, in its own unit.
        spread: of each feature, in its own unit; 0 if it is constant.
        limit: outputs are clipped to -limit to limit.

    Example:
        >>> layer = RobustScaling(center=[1.0, 5.0], spread=[2.0, 0.0], limit=3.0)
        >>> layer(np.array([[5.0, 9.0], [100.0, np.nan]])).numpy().tolist()
        [[2.0, 0.0], [3.0, 0.0]]

    """

    def __init__(self, center: ArrayLike, spread: ArrayLike, limit: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.center = np.asarray(center, np.float32)
        self.spread = np.asarray(spread, np.float32)
        self.limit = float(limit)
        self._factor = np.divide(1, self.spread, out=np.zeros_like(self.spread),
                                 where=self.spread > 0)

    @classmethod
    def fitted_to(cls, values: Float32, *, limit: float, **kwargs: Any) -> 'RobustScaling':
        """Create the layer from training values: median and interquartile range.

        If the interquartile range of a feature is 0, because half of its values are equal, its
        standard deviation is used instead.

        Args:
            values: float32, shape (examples, features), finite.
            limit: see the class.
            kwargs: arguments of keras.layers.Layer.

        """
        low, center, high = np.quantile(values.astype(np.float64), [0.25, 0.5, 0.75], axis=0)
        deviation = values.std(axis=0, dtype=np.float64)
        spread = np.where(high > low, (high - low) / NORMAL_QUARTILES, deviation)
        # A feature whose values differ only by rounding is constant.
        constant = deviation <= 1e-6 * np.abs(center)
        return cls(center, np.where(constant, 0, spread), limit, **kwargs)

    def clipped(self, values: Float32) -> Float32:
        """Clip features as the layer does, but keep their own units.

        Args:
            values: float32 array, shape (..., features).

        """
        reach = self.limit * self.spread
        return np.clip(values, self.center - reach, self.center + reach)

    def call(self, inputs: KerasTensor) -> KerasTensor:
        """Scale; inputs and outputs are float32, shape (..., features)."""
        scaled = (inputs - self.center) * self._factor
        return ops.where(ops.isnan(scaled), 0.0, ops.clip(scaled, -self.limit, self.limit))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the class in a form that JSON can store."""
        return super().get_config() | {
            'center': self.center.tolist(), 'spread': self.spread.tolist(), 'limit': self.limit}


@keras.saving.register_keras_serializable(package='emotion_ros')
class PaddingMask(keras.layers.Layer):
    """Masks the rows of NaN that pad the utterances of a batch to the same length."""

    def call(self, inputs: KerasTensor) -> KerasTensor:
        """Mask; (batch, frames, dimensions) to (batch, frames, 1): 1 for data, 0 for padding."""
        return 1 - ops.cast(ops.isnan(inputs[:, :, :1]), inputs.dtype)


@keras.saving.register_keras_serializable(package='emotion_ros', name='Thinned')
class MaskedAveragePooling(keras.layers.Layer):
    """Averages groups of consecutive rows, ignoring masked rows.

    In saved networks, its name is Thinned.

    Args:
        rows: number of rows that are averaged into one.

    """

    def __init__(self, rows: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows = rows

    def call(self, values: KerasTensor, mask: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
        """Average.

        Args:
            values: float32, (batch, frames, channels).
            mask: float32, (batch, frames, 1).

        Returns:
            (batch, ceil(frames / rows), channels) and its mask.

        """
        def mean(part: KerasTensor) -> KerasTensor:
            filled = ops.pad(part, [[0, 0], [0, self.rows - 1], [0, 0]])
            return ops.average_pool(filled, self.rows, strides=self.rows)

        share = mean(mask)
        return mean(values * mask) / ops.maximum(share, 1e-6), ops.cast(share > 0, values.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the class."""
        return super().get_config() | {'rows': self.rows}


_MIN_DEVIATION = 0.1   # added to standard deviations, so that near-constant channels count less


def _count(mask: KerasTensor) -> KerasTensor:
    """Count the frames in a mask, at least 1: (batch, 1, 1)."""
    return ops.maximum(ops.sum(mask, axis=1, keepdims=True), 1)


def _moments(values: KerasTensor, mask: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
    """Return mean and variance over the frames in a mask, each (batch, 1, channels)."""
    count = _count(mask)
    mean = ops.sum(values * mask, axis=1, keepdims=True) / count
    return mean, ops.sum(ops.square(values - mean) * mask, axis=1, keepdims=True) / count


def _standardized(values: KerasTensor, mask: KerasTensor) -> KerasTensor:
    """Return channels with mean 0 and deviation 1 over the frames in a mask; 0 elsewhere."""
    mean, variance = _moments(values, mask)
    return (values - mean) * mask / (ops.sqrt(variance) + _MIN_DEVIATION)


@keras.saving.register_keras_serializable(package='emotion_ros', name='Standardized')
class UtteranceNormalization(keras.layers.Layer):
    """Normalizes each channel of an utterance to mean 0 and standard deviation 1.

    This keeps how the channel changes over time, and removes the constant effects of noise and
    microphones (cepstral mean and variance normalization: Viikki and Laurila 1998,
    https://doi.org/10.1016/S0167-6393(98)00033-8). In saved networks, its name is Standardized.
    """

    def call(self, values: KerasTensor, mask: KerasTensor) -> KerasTensor:
        """Normalize.

        Args:
            values: float32, (batch, frames, channels), with deviations near 1.
            mask: float32, (batch, frames, 1).

        Returns:
            float32, (batch, frames, channels); 0 where the mask is 0.

        """
        return _standardized(values, mask)


@keras.saving.register_keras_serializable(package='emotion_ros', name='MaskedStatistics')
class MaskedStatisticsPooling(keras.layers.Layer):
    """Summarizes channels over time by their mean, standard deviation and maximum.

    In saved networks, its name is MaskedStatistics.
    """

    def call(self, values: KerasTensor, mask: KerasTensor) -> KerasTensor:
        """Pool.

        Args:
            values: float32, (batch, frames, channels).
            mask: float32, (batch, frames, 1).

        Returns:
            float32, (batch, 3 * channels).

        """
        mean, variance = _moments(values, mask)
        maximum = ops.max(values - (1 - mask) * 1e4, axis=1)
        return ops.concatenate([ops.squeeze(mean, axis=1),
                                ops.sqrt(ops.squeeze(variance, axis=1) + 1e-5), maximum], axis=-1)


@keras.saving.register_keras_serializable(package='emotion_ros')
class Correlations(keras.layers.Layer):
    """Computes correlations between channels, simultaneous and delayed.

    Args:
        lag: delay in frames.

    """

    def __init__(self, lag: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lag = lag

    def call(self, values: KerasTensor, mask: KerasTensor) -> KerasTensor:
        """Correlate.

        Args:
            values: float32, (batch, frames, channels), with deviations near 1.
            mask: float32, (batch, frames, 1).

        Returns:
            float32, (batch, channels * (channels - 1) / 2 + channels ** 2): of each pair at the
            same time, and of each channel with each channel `lag` frames later; 0 if there are no
            such frames.

        """
        values = _standardized(values, mask)
        later = ops.pad(values, [[0, 0], [0, self.lag], [0, 0]])[:, self.lag:]
        both = ops.pad(mask, [[0, 0], [0, self.lag], [0, 0]])[:, self.lag:]
        channels = values.shape[-1]
        at_once = ops.reshape(
            ops.matmul(ops.transpose(values, (0, 2, 1)), values) / _count(mask),
            (-1, channels ** 2))
        lagged = ops.matmul(ops.transpose(later, (0, 2, 1)), values) / _count(both)
        pairs = np.ravel_multi_index(np.triu_indices(channels, 1), (channels, channels))
        return ops.concatenate([ops.take(at_once, pairs, axis=1),
                                ops.reshape(lagged, (-1, channels ** 2))], axis=1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the class."""
        return super().get_config() | {'lag': self.lag}


@keras.saving.register_keras_serializable(package='emotion_ros')
class DenseOfEach(keras.layers.Layer):
    """A dense layer for each member of an ensemble, each with its own weights.

    LiteRT's converter cannot take keras.layers.EinsumDense, which is the same, with a bias.

    Args:
        units: number of outputs of each member.

    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape: tuple[int, ...]) -> None:
        """Create the weights for inputs of shape (batch, members, channels)."""
        _, members, channels = shape
        limit = (6 / (channels + self.units)) ** 0.5   # Glorot and Bengio 2010
        self._kernel = self.add_weight(
            name='kernel', shape=(members, channels, self.units),
            initializer=keras.initializers.RandomUniform(-limit, limit))
        self._bias = self.add_weight(
            name='bias', shape=(members, self.units), initializer='zeros')

    def call(self, inputs: KerasTensor) -> KerasTensor:
        """Multiply and add; (batch, members, channels) to (batch, members, units), float32."""
        return ops.sum(ops.expand_dims(inputs, -1) * self._kernel, axis=2) + self._bias

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the class."""
        return super().get_config() | {'units': self.units}
