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

"""The layers of the network that Keras does not have.

They scale raw values, follow descriptors over time, and calibrate; confidence_layers has those of
the confidence.

Importing this module registers them, so that saved networks load.
"""

from typing import Any

import keras
from keras import KerasTensor, ops
import numpy as np
from numpy.typing import ArrayLike

from emotion_ros.arrays import Float32

NORMAL_QUARTILES = 1.349
"""Distance of the quartiles of a normal distribution, in standard deviations."""


@keras.saving.register_keras_serializable(package='emotion_ros')
class RobustScaling(keras.layers.Layer):
    """Brings raw features to a common range: (value - center) / spread, clipped.

    Features without spread, and values that are NaN, become 0.

    Args:
        center: of each feature, in its own unit.
        spread: of each feature, in its own unit; 0 where it is constant.
        limit: outputs are within -limit to limit.

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
        """Make the layer for training values: median, and distance of the quartiles.

        A feature of which half the values are equal has no distance of quartiles; its standard
        deviation takes that place.

        Args:
            values: float32, shape (examples, features), finite.
            limit: as in the class.
            kwargs: of keras.layers.Layer.

        """
        low, center, high = np.quantile(values.astype(np.float64), [0.25, 0.5, 0.75], axis=0)
        deviation = values.std(axis=0, dtype=np.float64)
        spread = np.where(high > low, (high - low) / NORMAL_QUARTILES, deviation)
        # What differs by rounding alone is constant.
        constant = deviation <= 1e-6 * np.abs(center)
        return cls(center, np.where(constant, 0, spread), limit, **kwargs)

    def clipped(self, values: Float32) -> Float32:
        """Clip features as the layer does, but leave them in their own units.

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
        """Give the arguments of the class, as JSON takes them."""
        return super().get_config() | {
            'center': self.center.tolist(), 'spread': self.spread.tolist(), 'limit': self.limit}


@keras.saving.register_keras_serializable(package='emotion_ros')
class Temperature(keras.layers.Layer):
    """Calibrates logits by dividing them (Guo and others 2017, arXiv 1706.04599).

    Args:
        temperature: above 0; above 1 makes the probabilities less sure.

    """

    def __init__(self, temperature: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.temperature = float(temperature)

    def call(self, inputs: KerasTensor) -> KerasTensor:
        """Divide; inputs and outputs are float32, shape (batch, classes)."""
        return inputs / self.temperature

    def get_config(self) -> dict[str, Any]:
        """Give the arguments of the class."""
        return super().get_config() | {'temperature': self.temperature}


@keras.saving.register_keras_serializable(package='emotion_ros')
class PaddingMask(keras.layers.Layer):
    """Tells the rows of utterances from those of NaN that fill a batch of several lengths."""

    def call(self, inputs: KerasTensor) -> KerasTensor:
        """Tell; (batch, frames, dimensions) to (batch, frames, 1): 1 for a row, 0 for none."""
        return 1 - ops.cast(ops.isnan(inputs[:, :, :1]), inputs.dtype)


@keras.saving.register_keras_serializable(package='emotion_ros', name='Thinned')
class MaskedAveragePooling(keras.layers.Layer):
    """Averages every few rows; rows that the mask leaves out do not count.

    Saved networks know it as Thinned.

    Args:
        rows: that become one.

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
        """Give the arguments of the class."""
        return super().get_config() | {'rows': self.rows}


_LEAST_DEVIATION = 0.1   # added to standard deviations, so that what hardly moves tells little


def _count(mask: KerasTensor) -> KerasTensor:
    """Count the frames of a mask, at least 1: (batch, 1, 1)."""
    return ops.maximum(ops.sum(mask, axis=1, keepdims=True), 1)


def _moments(values: KerasTensor, mask: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
    """Give mean and variance over the frames of a mask, each (batch, 1, channels)."""
    count = _count(mask)
    mean = ops.sum(values * mask, axis=1, keepdims=True) / count
    return mean, ops.sum(ops.square(values - mean) * mask, axis=1, keepdims=True) / count


def _standardized(values: KerasTensor, mask: KerasTensor) -> KerasTensor:
    """Give channels less their mean over the frames of a mask, of deviation 1; 0 elsewhere."""
    mean, variance = _moments(values, mask)
    return (values - mean) * mask / (ops.sqrt(variance) + _LEAST_DEVIATION)


@keras.saving.register_keras_serializable(package='emotion_ros', name='Standardized')
class UtteranceNormalization(keras.layers.Layer):
    """Scales each channel of an utterance to mean 0 and standard deviation 1.

    What remains is how the channel changes over time; what noise and microphones do to all of it
    is gone (cepstral mean and variance normalization: Viikki and Laurila 1998,
    https://doi.org/10.1016/S0167-6393(98)00033-8). Saved networks know it as Standardized.
    """

    def call(self, values: KerasTensor, mask: KerasTensor) -> KerasTensor:
        """Normalize.

        Args:
            values: float32, (batch, frames, channels), of deviations about 1.
            mask: float32, (batch, frames, 1).

        Returns:
            float32, (batch, frames, channels); 0 where the mask is.

        """
        return _standardized(values, mask)


@keras.saving.register_keras_serializable(package='emotion_ros', name='MaskedStatistics')
class MaskedStatisticsPooling(keras.layers.Layer):
    """Describes channels over time by their mean, standard deviation and maximum.

    Saved networks know it as MaskedStatistics.
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
        greatest = ops.max(values - (1 - mask) * 1e4, axis=1)
        return ops.concatenate([ops.squeeze(mean, axis=1),
                                ops.sqrt(ops.squeeze(variance, axis=1) + 1e-5), greatest], axis=-1)


@keras.saving.register_keras_serializable(package='emotion_ros')
class Correlations(keras.layers.Layer):
    """Tells which channels rise and fall together, at once and one after the other.

    Args:
        lag: frames that lie between the two in the second case.

    """

    def __init__(self, lag: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lag = lag

    def call(self, values: KerasTensor, mask: KerasTensor) -> KerasTensor:
        """Correlate.

        Args:
            values: float32, (batch, frames, channels), of deviations about 1.
            mask: float32, (batch, frames, 1).

        Returns:
            float32, (batch, channels * (channels - 1) / 2 + channels ** 2): of each pair at once,
            and of each with each `lag` frames later; 0 where there are no such frames.

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
        """Give the arguments of the class."""
        return super().get_config() | {'lag': self.lag}


@keras.saving.register_keras_serializable(package='emotion_ros')
class DenseOfEach(keras.layers.Layer):
    """A dense layer for each of several members, with weights of its own.

    Args:
        units: outputs of each member.

    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the weights for inputs of a shape (batch, members, channels)."""
        _, members, channels = shape
        limit = (6 / (channels + self.units)) ** 0.5   # of Glorot and Bengio 2010
        self._kernel = self.add_weight(
            name='kernel', shape=(members, channels, self.units),
            initializer=keras.initializers.RandomUniform(-limit, limit))
        self._bias = self.add_weight(
            name='bias', shape=(members, self.units), initializer='zeros')

    def call(self, inputs: KerasTensor) -> KerasTensor:
        """Weigh; (batch, members, channels) to (batch, members, units), float32."""
        return ops.sum(ops.expand_dims(inputs, -1) * self._kernel, axis=2) + self._bias

    def get_config(self) -> dict[str, Any]:
        """Give the arguments of the class."""
        return super().get_config() | {'units': self.units}
