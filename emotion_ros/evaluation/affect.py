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

"""The quality of arousal and valence."""

from dataclasses import replace

import numpy as np

from emotion_ros.emotions import AROUSED, UNAROUSED, circumplex
from emotion_ros.metrics import detection
from emotion_ros.metrics.predictions import Predictions


def expected_affect(probabilities: np.ndarray, labels: list[str]) -> np.ndarray:
    """Compute arousal and valence from the probabilities of emotions.

    Args:
        probabilities: float, shape (clips, classes).
        labels: the classes in order.

    Returns:
        Mean position of the labels on the circumplex, weighted by their probabilities, shape
        (clips, 2); labels without a position are ignored, NaN if no label has one.

    """
    places = np.array([circumplex(label) for label in labels])
    known = ~np.isnan(places[:, 0])
    weights = probabilities[:, known]
    with np.errstate(invalid='ignore'):
        return weights @ places[known] / weights.sum(axis=1, keepdims=True)


def with_affect(predictions: Predictions) -> Predictions:
    """Add arousal and valence from the probabilities to predictions that have none."""
    if not np.isnan(predictions.affect).all():
        return predictions
    affect = expected_affect(predictions.probabilities, predictions.labels)
    return replace(predictions, affect=affect.astype(np.float32))


def concordance(told: np.ndarray, rated: np.ndarray) -> float | None:
    """Compute the concordance correlation coefficient (Lin 1989).

    Args:
        told, rated: float, shape (clips,).

    Returns:
        1 if both are equal, 0 if they are unrelated; None for fewer than two clips, or if
        neither varies.

    """
    if len(told) < 2:
        return None
    spread = told.var() + rated.var() + (told.mean() - rated.mean()) ** 2
    covariance = np.mean((told - told.mean()) * (rated - rated.mean()))
    return float(2 * covariance / spread) if spread > 0 else None


def measure_affect(predictions: Predictions) -> dict:
    """Measure arousal and valence over the clips with speech.

    Args:
        predictions: at least one.

    Returns:
        arousal_auroc: how well arousal separates clips of AROUSED emotions from UNAROUSED ones,
        area under the ROC curve, 0.5 if it is uninformative. arousal_ccc, valence_ccc: concordance
        with ratings. rated: number of clips with ratings. A measure is None if there is nothing to
        compare, or if the model does not give the value.

    """
    told = ~np.isnan(predictions.affect).any(axis=1)
    predictions = predictions.select(predictions.has_speech & told)
    truth = [predictions.labels[target] for target in predictions.targets]
    aroused, unaroused = (np.isin(truth, sorted(group)) for group in (AROUSED, UNAROUSED))
    arousal = predictions.affect[:, 0].astype(float)
    rated = ~np.isnan(predictions.rated).any(axis=1)
    concordances = [concordance(predictions.affect[rated, axis].astype(float),
                                predictions.rated[rated, axis].astype(float)) for axis in (0, 1)]
    return {'arousal_auroc': detection(arousal[aroused], arousal[unaroused])['auroc'],
            'arousal_ccc': concordances[0], 'valence_ccc': concordances[1],
            'rated': int(rated.sum())}
