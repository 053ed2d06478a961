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

"""How well a score separates right predictions from wrong ones, and what a threshold leaves.

Clips without speech are left out: nothing is predicted for them.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from emotion_ros.arrays import Float, Int
from emotion_ros.metrics.predictions import Predictions

SCORES = {'confidence': 'confidence', 'max_softmax': 'maximum softmax'}
"""Scores that say how certain a prediction is."""

_TRUE_POSITIVES = 0.95


@dataclass(frozen=True)
class Coverage:
    """What remains when predictions below a threshold are withheld.

    Args:
        thresholds: float, shape (steps,), falling.
        clips: int, shape (steps,): number of clips with a prediction.
        coverage: float, shape (steps,): fraction of all clips with a prediction, 0 to 1.
        accuracy: float, shape (steps,), of these clips, 0 to 1.

    """

    thresholds: Float
    clips: Int
    coverage: Float
    accuracy: Float


def coverage(predictions: Predictions, score: Float) -> Coverage:
    """Sweep a threshold over all values of a score.

    Args:
        predictions: Predictions.
        score: float, shape (clips,).

    Returns:
        Coverage; clips without speech never have a prediction.

    """
    right, score = predictions.right[predictions.has_speech], score[predictions.has_speech]
    order = np.argsort(-score, kind='stable')
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True)[:len(score)])
    return Coverage(
        thresholds=score[order][ends],
        clips=ends + 1,
        coverage=(ends + 1) / max(len(predictions), 1),
        accuracy=np.cumsum(right[order])[ends] / (ends + 1))


def operating_point(predictions: Predictions, score: Float,
                    threshold: float) -> dict[str, float | None]:
    """Compute what remains at one threshold.

    Args:
        predictions: Predictions, at least one.
        score: float, shape (clips,).
        threshold: predictions below it are withheld.

    Returns:
        {'coverage': fraction of all clips with a prediction, 'accuracy': of these; None if there
            are none}.

    """
    chosen = predictions.has_speech & (score >= threshold)
    return {'coverage': float(chosen.mean()),
            'accuracy': float(predictions.right[chosen].mean()) if chosen.any() else None}


def detection(inside: Float, outside: Float) -> dict[str, float | None]:
    """Compute how well a score separates what to trust from what not to trust.

    The measures are those of DeVries and Taylor 2018, arXiv 1802.04865. What can be trusted,
    right predictions or emotional speech, should score high; what cannot, wrong predictions or
    out-of-distribution sounds, low.

    Args:
        inside: float, shape (clips,): scores of what can be trusted.
        outside: float, shape (clips,): scores of what cannot.

    Returns:
        Mapping, all values 0 to 1, or all None if either is empty:
        auroc: area under the ROC curve, 0.5 for an uninformative score.
        aupr: average precision with `outside` as the positive class (AUPR-out).
        aupr_in: average precision with `inside` as the positive class (AUPR-in).
        fpr95: fraction of `outside` above the threshold that 95 % of `inside` reach.
        detection_error: the smallest mean of the fractions of `inside` and `outside` on the
            wrong side of a threshold.

    """
    if not (len(inside) and len(outside)):
        return dict.fromkeys(('auroc', 'aupr', 'aupr_in', 'fpr95', 'detection_error'))
    trusted = np.repeat([True, False], [len(inside), len(outside)])
    score = np.concatenate([inside, outside])
    false, true, _ = roc_curve(trusted, score, drop_intermediate=False)
    return {
        'auroc': float(roc_auc_score(trusted, score)),
        'aupr': float(average_precision_score(~trusted, -score)),
        'aupr_in': float(average_precision_score(trusted, score)),
        'fpr95': float(false[np.argmax(true >= _TRUE_POSITIVES)]),
        'detection_error': float(np.min((1 - true + false) / 2))}


def error_detection(predictions: Predictions, score: Float) -> dict[str, float | None]:
    """Compute how well a score separates right predictions from wrong ones.

    Args:
        predictions: Predictions.
        score: float, shape (clips,).

    Returns:
        See detection.

    """
    heard = predictions.has_speech
    return detection(score[heard & predictions.right], score[heard & ~predictions.right])
