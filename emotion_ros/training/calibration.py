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

"""Calibration of a trained network by its predictions for held-out speakers."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from emotion_ros.model.confidence_layers import ConfidenceCalibration
from emotion_ros.training.network import functional_block, functional_values

WEIGHTS = 0.1, 10
"""Minimum and maximum weight of logits: one over the temperature."""

_EVIDENCE = [0, 1, 2]   # columns of ConfidenceCalibration.evidence; the first is of the branch

MIXED = 0.3, 1
"""Range of the fraction of functionals that synthetic_ood takes from other utterances."""


def fit_weights(parts, targets, sample_weight=None):
    """Find the weights that minimize the negative log likelihood of the summed logits.

    With a single part this is one over the temperature of Guo and others 2017
    (arXiv 1706.04599).

    Args:
        parts: logits of each kind, list of float, shape (examples, classes).
        targets: int, shape (examples,).
        sample_weight: weight of each example, shape (examples,); None for equal weights.

    Returns:
        Weights, float64, shape (parts,), of which only the first is always above 0; and the mean
        negative log likelihood with these weights, float.

    """
    parts = np.asarray(parts, np.float64)
    right = np.arange(len(targets)), targets
    share = np.ones(len(targets)) if sample_weight is None else np.asarray(sample_weight)
    share = share / share.sum()

    def loss(weights):
        logits = np.tensordot(weights, parts, 1)
        cross_entropy = logsumexp(logits, axis=1) - logits[right]
        wrong = softmax(logits, axis=1)
        wrong[right] -= 1
        return share @ cross_entropy, (parts * wrong).sum(axis=2) @ share

    found = minimize(loss, np.full(len(parts), 1 / len(parts)), jac=True,
                     bounds=[WEIGHTS, *[(0, WEIGHTS[1])] * (len(parts) - 1)])
    return found.x, float(found.fun)


def probabilities(parts, weights):
    """Compute the probabilities of a weighted sum of logits; see fit_weights."""
    return softmax(np.tensordot(weights, np.asarray(parts, np.float64), 1), axis=1)


def synthetic_ood(values, features, rng):
    """Create out-of-distribution values by mixing the functionals of several utterances.

    Args:
        values: list of {block: float32, shape (frames, dimensions)}.
        features: names of the blocks.
        rng: numpy.random.Generator.

    Returns:
        List of the same form; the other blocks do not change.

    """
    functionals = functional_values(features, values)
    mixed = rng.random(functionals.shape) < rng.uniform(*MIXED, (len(values), 1))
    functionals = np.where(mixed, rng.permuted(functionals, axis=0), functionals)
    name = functional_block(features)
    return [entry | {name: row[np.newaxis]} for entry, row in zip(values, functionals, strict=True)]


def fit_confidence_calibration(predictions: list, *, test_branch: bool = False,
                               ) -> ConfidenceCalibration | None:
    """Calibrate the confidence by a logistic regression of whether the prediction is right.

    Args:
        predictions: [(outputs, targets, weight)]. outputs: 'confidence', shape (examples, 1),
            'probabilities', shape (examples, classes), and 'novelty', shape (examples, 1); targets:
            int, shape (examples,), -1 if no class is right; weight: total weight of the examples.
        test_branch: leave each part of predictions out in turn; if the confidence branch does not
            help to tell what is right there, its weight is 0, and the maximum probability decides.

    Returns:
        model.confidence_layers.ConfidenceCalibration; None if all predictions are right or all are
        wrong, because nothing can be learned from that.

    """
    parts = [(np.asarray(ConfidenceCalibration.evidence(**outputs)),
              outputs['probabilities'].argmax(axis=1) == targets,
              np.full(len(targets), weight / len(targets)))
             for outputs, targets, weight in predictions]
    used = _EVIDENCE
    if test_branch:
        used = min(_EVIDENCE, _EVIDENCE[1:], key=lambda used: _loss_left_out(parts, used))
    fitted = _regression(parts, used)
    if fitted is None:
        return None
    weights = np.zeros(len(_EVIDENCE))
    weights[used] = fitted.coef_[0]
    return ConfidenceCalibration(weights, fitted.intercept_[0], name='confidence_calibration')


def _regression(parts, used):
    """Fit to (evidence, right, weights) parts; None if all are right or all are wrong."""
    evidence, right, weights = (np.concatenate(values) for values in zip(*parts, strict=True))
    if right.all() or not right.any():
        return None
    return LogisticRegression(C=1000, max_iter=1000).fit(
        evidence[:, used], right, sample_weight=weights / weights.mean())


def _loss_left_out(parts, used):
    """Give the mean log loss of parts, of each by a regression that is fitted to the others."""
    losses = []
    for index, (evidence, right, _) in enumerate(parts):
        others = parts[:index] + parts[index + 1:]
        fitted = _regression(others, used) if others else None
        if fitted is not None:
            losses.append(log_loss(right, fitted.predict_proba(evidence[:, used]),
                                   labels=fitted.classes_))
    return np.mean(losses) if losses else np.inf
