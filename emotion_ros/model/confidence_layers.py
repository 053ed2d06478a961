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

"""The layers of the network that compute and calibrate the confidence.

Importing this module registers them, so that saved networks load.
"""

from typing import Any

import keras
from keras import KerasTensor, ops
import numpy as np
from numpy.typing import ArrayLike

_TINY = 1e-6   # keeps log odds finite


@keras.saving.register_keras_serializable(package='emotion_ros')
class SoftmaxConfidence(keras.layers.Layer):
    """A confidence that starts as the maximum probability and learns to correct it.

    It is sigmoid(log odds of the maximum probability + tanh(hidden kernel + bias)), where kernel
    and bias start at 0. A network soon memorizes its training examples, and an unconstrained branch
    would then learn that every prediction is correct; this one changes the odds by a factor of e at
    most.
    """

    def build(self, hidden_shape: tuple[int, ...], logits_shape: tuple[int, ...]) -> None:
        """Create the weights; see call."""
        self.kernel = self.add_weight(
            name='kernel', shape=(hidden_shape[-1], 1), initializer='zeros')
        self.bias = self.add_weight(name='bias', shape=(1,), initializer='zeros')

    def call(self, hidden: KerasTensor, logits: KerasTensor) -> KerasTensor:
        """Compute the confidence.

        Args:
            hidden: float32, (batch, units), of the layer before the logits.
            logits: float32, (batch, 1, 1, classes); no gradient flows into them.

        Returns:
            float32, (batch, 1), 0 to 1.

        """
        maximum = ops.max(ops.softmax(ops.stop_gradient(logits)), axis=-1)[:, :, 0]
        maximum = ops.clip(maximum, _TINY, 1 - _TINY)
        odds = ops.log(maximum) - ops.log(1 - maximum)
        return ops.sigmoid(odds + ops.tanh(ops.matmul(hidden, self.kernel) + self.bias))


@keras.saving.register_keras_serializable(package='emotion_ros')
class Novelty(keras.layers.Layer):
    """Measures how much an utterance differs from the training set.

    The measure is what the principal components of the training set leave unexplained: functionals
    of speech are correlated in ways that those of other sounds are not.

    Args:
        mean: of the scaled functionals.
        components: principal components, shape (components, functionals), of length 1.

    """

    def __init__(self, mean: ArrayLike, components: ArrayLike, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mean = np.asarray(mean, np.float32)
        self.components = np.asarray(components, np.float32)

    def call(self, inputs: KerasTensor) -> KerasTensor:
        """Measure; (batch, functionals) to (batch, 1), float32: log mean square of the residual."""
        values = inputs - self.mean
        explained = ops.matmul(values, self.components.T)
        left = ops.sum(values ** 2, -1, keepdims=True) - ops.sum(explained ** 2, -1, keepdims=True)
        return ops.log(ops.maximum(left / len(self.mean), 1e-6))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the class in a form that JSON can store."""
        return super().get_config() | {
            'mean': self.mean.tolist(), 'components': self.components.tolist()}


@keras.saving.register_keras_serializable(package='emotion_ros', name='Trust')
class ConfidenceCalibration(keras.layers.Layer):
    """Calibrates the confidence to the probability that the prediction is correct.

    Saved networks know it by its earlier name, Trust.

    Args:
        weights: one for each of the three values of `evidence`.
        bias: added to the weighted sum before the logistic function.

    """

    def __init__(self, weights: ArrayLike, bias: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.coefficients = np.asarray(weights, np.float32)
        self.bias = float(bias)

    @staticmethod
    def evidence(confidence: KerasTensor, probabilities: KerasTensor,
                 novelty: KerasTensor) -> KerasTensor:
        """Combine what the calibration depends on; takes tensors or arrays.

        Args:
            confidence: of the branch, (batch, 1), 0 to 1.
            probabilities: (batch, classes).
            novelty: (batch, 1); see Novelty.

        Returns:
            Log odds of the confidence and of the maximum probability, and the novelty, (batch, 3).

        """
        sure = ops.concatenate([confidence, ops.max(probabilities, -1, keepdims=True)], -1)
        sure = ops.clip(sure, 1e-4, 1 - 1e-4)
        return ops.concatenate([ops.log(sure) - ops.log(1 - sure), novelty], -1)

    def call(self, confidence: KerasTensor, probabilities: KerasTensor,
             novelty: KerasTensor) -> KerasTensor:
        """Calibrate; see evidence. Returns (batch, 1)."""
        evidence = self.evidence(confidence, probabilities, novelty)
        return ops.sigmoid(ops.sum(evidence * self.coefficients, -1, keepdims=True) + self.bias)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the class in a form that JSON can store."""
        return super().get_config() | {'weights': self.coefficients.tolist(), 'bias': self.bias}
