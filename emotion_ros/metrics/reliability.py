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

"""Calibration: how often predictions of some probability are right."""

from dataclasses import dataclass

import numpy as np

from emotion_ros.arrays import Bool, Float, Int
from emotion_ros.metrics.predictions import Predictions

BINS = 15
"""Bins of the calibration error, as in Guo et al. 2017."""


@dataclass(frozen=True)
class Reliability:
    """How often predictions of a certain probability are right, in bins of the maximum probability.

    Args:
        edges: float, shape (bins + 1,), of the bins; a bin includes its upper edge.
        clips: int, shape (bins,).
        probability: float, shape (bins,): mean; NaN in an empty bin.
        accuracy: float, shape (bins,); NaN in an empty bin.

    """

    edges: Float
    clips: Int
    probability: Float
    accuracy: Float

    @property
    def error(self) -> float | None:
        """The expected calibration error, 0 to 1: Guo et al. 2017, arXiv 1706.04599.

        The mean distance of probability and accuracy, each bin by its clips; None without clips.
        """
        if not self.clips.any():
            return None
        filled = self.clips > 0
        return float(np.average(np.abs(self.probability - self.accuracy)[filled],
                                weights=self.clips[filled]))


def reliability(predictions: Predictions) -> Reliability:
    """Compare the maximum probability of predictions with how often they are right.

    Args:
        predictions: Predictions.

    Returns:
        Reliability over the clips with speech.

    """
    predictions = predictions.select(predictions.has_speech)
    probability = predictions.max_softmax.astype(float)
    edges = np.linspace(0, 1, BINS + 1)
    numbers = np.clip(np.searchsorted(edges, probability) - 1, 0, BINS - 1)

    def sums(values: Float | Bool) -> Float:
        return np.asarray(np.bincount(numbers, weights=values, minlength=BINS), np.float64)

    clips = np.bincount(numbers, minlength=BINS)
    with np.errstate(invalid='ignore'):
        return Reliability(edges, clips, sums(probability) / clips, sums(predictions.right) / clips)
