"""The layers of the network that Keras does not have: scaling of raw features, calibration.

Importing this module registers them, so that saved networks load.
"""

import keras
from keras import ops
import numpy as np

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
        >>> layer([[5.0, 9.0], [100.0, float('nan')]]).numpy().tolist()
        [[2.0, 0.0], [3.0, 0.0]]

    """

    def __init__(self, center, spread, limit, **kwargs):
        super().__init__(**kwargs)
        self.center = np.asarray(center, np.float32)
        self.spread = np.asarray(spread, np.float32)
        self.limit = float(limit)
        self._factor = np.divide(1, self.spread, out=np.zeros_like(self.spread),
                                 where=self.spread > 0)

    @classmethod
    def fitted_to(cls, values, *, limit, **kwargs):
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

    def call(self, inputs):
        """Scale; inputs and outputs are float32, shape (batch, features)."""
        scaled = (inputs - self.center) * self._factor
        return ops.where(ops.isnan(scaled), 0.0, ops.clip(scaled, -self.limit, self.limit))

    def get_config(self):
        """Give the arguments of the class, as JSON takes them."""
        return super().get_config() | {
            'center': self.center.tolist(), 'spread': self.spread.tolist(), 'limit': self.limit}


@keras.saving.register_keras_serializable(package='emotion_ros')
class Temperature(keras.layers.Layer):
    """Calibrates logits by dividing them (Guo and others 2017, arXiv 1706.04599).

    Args:
        temperature: above 0; above 1 makes the probabilities less sure.

    """

    def __init__(self, temperature, **kwargs):
        super().__init__(**kwargs)
        self.temperature = float(temperature)

    def call(self, inputs):
        """Divide; inputs and outputs are float32, shape (batch, classes)."""
        return inputs / self.temperature

    def get_config(self):
        """Give the arguments of the class."""
        return super().get_config() | {'temperature': self.temperature}
