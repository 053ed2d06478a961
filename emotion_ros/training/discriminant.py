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

"""Linear discriminant analysis with thousands of features."""

from dataclasses import dataclass

from keras import layers
import numpy as np
from scipy.linalg import solve

SHRINKAGE = 0.5
"""How far the covariance is shrunk toward one without correlations, 0 to 1."""


@dataclass(frozen=True)
class Discriminant:
    """Linear discriminant functions.

    Args:
        kernel: float32, shape (features, classes).
        bias: float32, shape (classes,).

    """

    kernel: np.ndarray
    bias: np.ndarray

    @classmethod
    def fitted_to(cls, values, targets, weights, classes, changes=None):
        """Fit to examples, with equal priors for all classes.

        Regularized as by Friedman 1989 (https://doi.org/10.1080/01621459.1989.10478752): the
        covariance within classes is shrunk toward a multiple of the identity. scikit-learn offers
        the same, but takes no weights and needs minutes for ten thousand features. The changes
        made by augmentation are added to that covariance, so that the functions ignore most of
        them; Hatch and others 2006
        (https://www.isca-archive.org/interspeech_2006/hatch06_interspeech.html) do the same with
        the differences between recordings of a speaker.

        Args:
            values: float32, shape (examples, features); they are overwritten.
            targets: int, shape (examples,).
            weights: float, shape (examples,), above 0.
            classes: number of classes. A class without examples is as likely as the others are on
                average.
            changes: float32, shape (changes, features): what augmentation adds to examples, or
                None.

        """
        shown = np.unique(targets)
        means = np.zeros((classes, values.shape[1]), np.float32)
        for number in shown:
            chosen = targets == number
            means[number] = np.average(values[chosen], axis=0, weights=weights[chosen])
        middle = means[shown].mean(axis=0)
        means[np.setdiff1d(np.arange(classes), shown)] = middle
        factors = np.sqrt(weights / weights.sum())
        for row, target, factor in zip(values, targets, factors, strict=True):
            row -= means[target]
            row *= factor
        if changes is not None:
            values = np.concatenate([values, changes / np.float32(len(changes) ** 0.5)])
        kernel = _solve(values, (means - middle).T)
        bias = -((means + middle) * kernel.T).sum(axis=1) / 2
        bias[np.setdiff1d(np.arange(classes), shown)] = bias[shown].mean()
        return cls(kernel, bias)

    def times(self, factor):
        """Return the functions multiplied by a factor."""
        return Discriminant(self.kernel * np.float32(factor), self.bias * np.float32(factor))

    def added_to(self, logits, description):
        """Add the functions to the logits of a network.

        Args:
            logits: Keras tensor, shape (batch, classes).
            description: Keras tensor of what the functions take, shape (batch, features).

        """
        dense = layers.Dense(len(self.bias), name='discriminant')
        added = layers.Add(name='sum_logits')([logits, dense(description)])
        dense.set_weights([self.kernel, self.bias])
        return added

    def __call__(self, values):
        """Compute log probabilities up to a constant: float32, shape (examples, classes)."""
        return values @ self.kernel + self.bias


def _solve(rows, right):
    """Solve with the shrunk second moments of rows, in the smaller of the two dimensions."""
    shrinkage = np.float32(SHRINKAGE * np.square(rows).sum() / rows.shape[1] or 1)
    small = len(rows) < rows.shape[1]
    matrix = (rows @ rows.T if small else rows.T @ rows) * np.float32(1 - SHRINKAGE)
    matrix.flat[::len(matrix) + 1] += shrinkage
    if not small:
        return solve(matrix, right, assume_a='pos', overwrite_a=True)
    # Woodbury identity
    inner = solve(matrix, rows @ right, assume_a='pos', overwrite_a=True)
    return (right - np.float32(1 - SHRINKAGE) * (rows.T @ inner)) / shrinkage
