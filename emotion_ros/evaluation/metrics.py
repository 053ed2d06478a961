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

"""How well answers fit the truth.

Clips in which no speech was heard count as wrong in recalls and accuracy. Calibration and the
detection of wrong answers are measured where there was an answer, so without them.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

SCORES = {'confidence': 'confidence', 'max_softmax': 'maximum softmax'}
"""What says how sure an answer is."""

BINS = 15
"""Bins of the calibration error, as in Guo et al. 2017."""

_TRUE_POSITIVES = 0.95


# Recalls and accuracy

def recalls(targets, predicted, labels):
    """Compute the recall of each class that occurs.

    Args:
        targets, predicted: int, shape (clips,).
        labels: in order.

    Returns:
        {label: recall, 0 to 1}.

    """
    return {label: float(np.mean(predicted[targets == number] == number))
            for number, label in enumerate(labels) if np.any(targets == number)}


def unweighted_average_recall(targets, predicted):
    """Compute the mean of the recalls of the classes that occur, 0 to 1.

    An answer that is none of these classes is wrong.
    """
    return float(np.mean([np.mean(predicted[targets == number] == number)
                          for number in np.unique(targets)]))


def precisions(targets, predicted, labels):
    """Compute the precision of each class that is predicted: the part of it that is right.

    Args:
        targets, predicted: int, shape (clips,).
        labels: in order.

    Returns:
        {label: precision, 0 to 1}.

    """
    return {label: float(np.mean(targets[predicted == number] == number))
            for number, label in enumerate(labels) if np.any(predicted == number)}


def f1_scores(targets, predicted, labels):
    """Compute the F1 of each class that occurs: the harmonic mean of precision and recall.

    Args:
        targets, predicted: int, shape (clips,).
        labels: in order.

    Returns:
        {label: F1, 0 to 1}; 0 for a class that is never predicted.

    """
    return {label: float(2 * np.sum((targets == number) & (predicted == number))
                         / (np.sum(targets == number) + np.sum(predicted == number)))
            for number, label in enumerate(labels) if np.any(targets == number)}


def confusion(predictions):
    """Count the answers to each class.

    Args:
        predictions: Predictions.

    Returns:
        int, shape (classes, classes): true classes in rows, answers in columns. Where in some
        clip no speech was heard, one more column counts those.

    """
    classes = len(predictions.labels)
    counts = np.zeros((classes, classes + 1), int)
    # NO_PREDICTION is the last column.
    np.add.at(counts, (predictions.targets, predictions.predicted), 1)
    return counts if not predictions.has_speech.all() else counts[:, :classes]


# Calibration

@dataclass(frozen=True)
class Reliability:
    """How often answers of some probability are right, in bins of the greatest probability.

    Args:
        edges: float, shape (bins + 1,), of the bins; the upper edge belongs to the bin.
        clips: int, shape (bins,).
        probability: float, shape (bins,): mean; NaN in an empty bin.
        accuracy: float, shape (bins,); NaN in an empty bin.

    """

    edges: np.ndarray
    clips: np.ndarray
    probability: np.ndarray
    accuracy: np.ndarray

    @property
    def error(self):
        """The expected calibration error, 0 to 1: Guo et al. 2017, arXiv 1706.04599.

        The mean distance of probability and accuracy, each bin by its clips; None without clips.
        """
        if not self.clips.any():
            return None
        filled = self.clips > 0
        return float(np.average(np.abs(self.probability - self.accuracy)[filled],
                                weights=self.clips[filled]))


def reliability(predictions):
    """Compare the greatest probability of each answer with how often such answers are right.

    Args:
        predictions: Predictions.

    Returns:
        Reliability over the clips in which speech was heard.

    """
    predictions = predictions.select(predictions.has_speech)
    probability = predictions.max_softmax.astype(float)
    edges = np.linspace(0, 1, BINS + 1)
    numbers = np.clip(np.searchsorted(edges, probability) - 1, 0, BINS - 1)

    def sums(values):
        return np.bincount(numbers, weights=values, minlength=BINS)

    clips = np.bincount(numbers, minlength=BINS)
    with np.errstate(invalid='ignore'):
        return Reliability(edges, clips, sums(probability) / clips, sums(predictions.right) / clips)


# Confidence

@dataclass(frozen=True)
class Coverage:
    """What remains when answers below a threshold are held back.

    Args:
        thresholds: float, shape (steps,), falling.
        clips: int, shape (steps,): clips that are answered.
        coverage: float, shape (steps,): part of all clips that are answered, 0 to 1.
        accuracy: float, shape (steps,), of the clips that are answered, 0 to 1.

    """

    thresholds: np.ndarray
    clips: np.ndarray
    coverage: np.ndarray
    accuracy: np.ndarray


def coverage(predictions, score):
    """Raise a threshold over all values of a score.

    Args:
        predictions: Predictions.
        score: float, shape (clips,).

    Returns:
        Coverage; clips in which no speech was heard are never answered.

    """
    right, score = predictions.right[predictions.has_speech], score[predictions.has_speech]
    order = np.argsort(-score, kind='stable')
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True)[:len(score)])
    return Coverage(
        thresholds=score[order][ends],
        clips=ends + 1,
        coverage=(ends + 1) / max(len(predictions), 1),
        accuracy=np.cumsum(right[order])[ends] / (ends + 1))


def operating_point(predictions, score, threshold):
    """Tell what remains at one threshold.

    Args:
        predictions: Predictions, at least one.
        score: float, shape (clips,).
        threshold: below it there is no answer.

    Returns:
        {'coverage': part of all clips that are answered, 'accuracy': of these, None without any}.

    """
    chosen = predictions.has_speech & (score >= threshold)
    return {'coverage': float(chosen.mean()),
            'accuracy': float(predictions.right[chosen].mean()) if chosen.any() else None}


def detection(inside, outside):
    """Compute how well a score tells what to trust from what not to trust.

    The measures are those of DeVries and Taylor 2018, arXiv 1802.04865. What is to be trusted,
    right answers or clips of emotions, should score high; what is not, wrong answers or sounds
    that are no emotion, low.

    Args:
        inside: float, shape (clips,): scores of what is to be trusted.
        outside: float, shape (clips,): scores of what is not.

    Returns:
        Mapping, all values 0 to 1, or all None where one of both is empty:
        auroc: area under the ROC curve, 0.5 for a score that knows nothing.
        aupr: average precision with `outside` as the positive class (AUPR-out).
        aupr_in: average precision with `inside` as the positive class (AUPR-in).
        fpr95: part of `outside` above the threshold that 95 % of `inside` reach.
        detection_error: the least mean of the parts of `inside` and `outside` that lie on the
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


def error_detection(predictions, score):
    """Compute how well a score tells right answers from wrong ones.

    Args:
        predictions: Predictions.
        score: float, shape (clips,).

    Returns:
        See detection.

    """
    heard = predictions.has_speech
    return detection(score[heard & predictions.right], score[heard & ~predictions.right])


def rounded(content):
    """Round the numbers in nested mappings and lists to 4 places, as files keep them."""
    if isinstance(content, dict):
        return {name: rounded(value) for name, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [rounded(value) for value in content]
    return round(content, 4) if isinstance(content, float) else content
