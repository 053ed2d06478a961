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

"""Recalls, precisions and the confusion matrix, by scikit-learn.

Clips without speech count as wrong.
"""

from collections.abc import Callable

import numpy as np
from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score

from emotion_ros.arrays import Float64, Int
from emotion_ros.metrics.predictions import NO_PREDICTION, Predictions


def recalls(targets: Int, predicted: Int, labels: list[str]) -> dict[str, float]:
    """Compute the recall of each class that occurs.

    Args:
        targets, predicted: shape (clips,).
        labels: in order.

    Returns:
        {label: recall, 0 to 1}.

    """
    return _of_each(recall_score, targets, predicted, labels, np.unique(targets))


def unweighted_average_recall(targets: Int, predicted: Int) -> float:
    """Compute the mean of the recalls of the classes that occur, 0 to 1.

    A prediction outside these classes counts as wrong.
    """
    return float(recall_score(targets, predicted, labels=np.unique(targets), average='macro'))


def precisions(targets: Int, predicted: Int, labels: list[str]) -> dict[str, float]:
    """Compute the precision of each class that is predicted: the fraction that is right.

    Args:
        targets, predicted: shape (clips,).
        labels: in order.

    Returns:
        {label: precision, 0 to 1}.

    """
    classes = np.unique(predicted)
    return _of_each(precision_score, targets, predicted, labels, classes[classes != NO_PREDICTION])


def f1_scores(targets: Int, predicted: Int, labels: list[str]) -> dict[str, float]:
    """Compute the F1 of each class that occurs: the harmonic mean of precision and recall.

    Args:
        targets, predicted: shape (clips,).
        labels: in order.

    Returns:
        {label: F1, 0 to 1}; 0 for a class that is never predicted.

    """
    return _of_each(f1_score, targets, predicted, labels, np.unique(targets))


def _of_each(score: Callable[..., Float64], targets: Int, predicted: Int, labels: list[str],
             classes: Int) -> dict[str, float]:
    """Compute a score of scikit-learn for some of the classes, by label."""
    if not len(classes):
        return {}
    values = score(targets, predicted, labels=classes, average=None, zero_division=0)
    return {labels[index]: float(value) for index, value in zip(classes, values, strict=True)}


def confusion(predictions: Predictions) -> Int:
    """Count the predictions of each class.

    Returns:
        Shape (classes, classes): true classes in rows, predicted ones in columns. If some clips
        have no speech, one more column counts them.

    """
    classes = len(predictions.labels)
    counts = confusion_matrix(predictions.targets, predictions.predicted,
                              labels=[*range(classes), NO_PREDICTION])[:classes]
    return counts if not predictions.has_speech.all() else counts[:, :classes]
