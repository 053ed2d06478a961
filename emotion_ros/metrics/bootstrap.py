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

"""Confidence intervals of recalls, by a bootstrap over speakers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emotion_ros.arrays import Float, Int
from emotion_ros.metrics.predictions import Predictions

DRAWS = 1000
"""Number of draws of the bootstrap."""

LEVEL = 0.95
"""Fraction of the draws within an interval."""

_SEED = 0


@dataclass(frozen=True)
class RecallDraws:
    """Recalls in draws of speakers; see recall_draws.

    Args:
        recalls: float, shape (DRAWS, classes); NaN if a draw lacks a class.
        accuracy: float, shape (DRAWS,).
        showing: int, shape (classes,): number of speakers with each class, in corpora of several.

    """

    recalls: Float
    accuracy: Float
    showing: Int

    @property
    def drawn(self) -> bool:
        """Whether there is anything to draw from: a corpus with several speakers."""
        return bool(self.showing.any())

    @property
    def uar(self) -> Float:
        """The unweighted average recall of each draw: float, shape (DRAWS,)."""
        return np.nanmean(self.recalls, axis=1)


def recall_draws(predictions: Predictions) -> RecallDraws:
    """Draw speakers with replacement: in each draw, as many from a corpus as it has.

    Each comes with all clips. Equal speakers give equal draws, whatever the predictions are.

    Args:
        predictions: Predictions, at least one.

    Returns:
        RecallDraws.

    """
    rng = np.random.default_rng(_SEED)
    classes = len(predictions.labels)
    right, clips = np.zeros((DRAWS, classes)), np.zeros((DRAWS, classes))
    showing = np.zeros(classes, int)
    for part in predictions.by('corpora').values():
        speakers, numbers = np.unique(part.speakers, return_inverse=True)
        right_of, clips_of = np.zeros((2, len(speakers), classes))
        np.add.at(right_of, (numbers, part.targets), part.right)
        np.add.at(clips_of, (numbers, part.targets), 1)
        times = rng.multinomial(
            len(speakers), np.full(len(speakers), 1 / len(speakers)), size=DRAWS)
        right += times @ right_of
        clips += times @ clips_of
        if len(speakers) > 1:
            showing += (clips_of > 0).sum(axis=0)
    return RecallDraws(
        recalls=np.divide(right, clips, out=np.full_like(right, np.nan), where=clips > 0),
        accuracy=right.sum(axis=1) / clips.sum(axis=1), showing=showing)


def interval_of(values: Float | Sequence[float]) -> tuple[float, float]:
    """Return the percentiles that contain 95 % of the draws: (low, high)."""
    margin = (1 - LEVEL) / 2
    low, high = np.nanquantile(values, [margin, 1 - margin])
    return float(low), float(high)


def intervals(predictions: Predictions) -> dict[str, Any]:
    """Compute 95 % intervals by a bootstrap over speakers; see recall_draws.

    A class that a draw lacks is left out of its mean. The intervals are percentiles of the draws.

    Args:
        predictions: Predictions, at least one.

    Returns:
        {'uar': interval, 'accuracy': interval, 'per_class': {label: interval}}; an interval is
        (low, high), or None where there is nothing to draw from: no corpus has two speakers, or
        fewer than two of them show the class.

    """
    draws = recall_draws(predictions)
    return {
        'uar': interval_of(draws.uar) if draws.drawn else None,
        'accuracy': interval_of(draws.accuracy) if draws.drawn else None,
        'per_class': {label: interval_of(draws.recalls[:, index])
                      if draws.showing[index] > 1 else None
                      for index, label in enumerate(predictions.labels)}}
