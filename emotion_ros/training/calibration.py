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

"""Calibration of a trained network by its answers to speakers that it was not trained on."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from sklearn.linear_model import LogisticRegression

from emotion_ros.model.confidence_layers import Trust
from emotion_ros.training.network import functional_block, functional_values

WEIGHTS = 0.1, 10
"""Least and greatest weight of logits: one over the temperature."""

MIXED = 0.3, 1
"""Part of the functionals of a strange sound that are those of other utterances."""


def fit_weights(parts, targets, sample_weight=None):
    """Find the weights by which the sum of logits has the least negative log likelihood.

    Where there is one part this is one over the temperature of Guo and others 2017
    (arXiv 1706.04599).

    Args:
        parts: logits of several kinds, list of float, shape (examples, classes).
        targets: int, shape (examples,).
        sample_weight: of each example, shape (examples,); None for equal ones.

    Returns:
        Weights, float64, shape (parts,), of which only the first is always above 0; and the mean
        negative log likelihood by these weights, float.

    """
    parts = np.asarray(parts, np.float64)
    right = np.arange(len(targets)), targets
    share = np.ones(len(targets)) if sample_weight is None else np.asarray(sample_weight)
    share = share / share.sum()

    def loss(weights):
        logits = np.tensordot(weights, parts, 1)
        surprise = logsumexp(logits, axis=1) - logits[right]
        wrong = softmax(logits, axis=1)
        wrong[right] -= 1
        return share @ surprise, (parts * wrong).sum(axis=2) @ share

    found = minimize(loss, np.full(len(parts), 1 / len(parts)), jac=True,
                     bounds=[WEIGHTS, *[(0, WEIGHTS[1])] * (len(parts) - 1)])
    return found.x, float(found.fun)


def probabilities(parts, weights):
    """Give the probabilities of a weighted sum of logits; see fit_weights."""
    return softmax(np.tensordot(weights, np.asarray(parts, np.float64), 1), axis=1)


def strange(values, features, draw):
    """Make values that no speech has: functionals of several utterances in one.

    Args:
        values: list of {block: float32, shape (frames, dimensions)}.
        features: names of the blocks.
        draw: numpy.random.Generator.

    Returns:
        List of the same shapes. The other blocks are as they were.

    """
    functionals = functional_values(features, values)
    mixed = draw.random(functionals.shape) < draw.uniform(*MIXED, (len(values), 1))
    functionals = np.where(mixed, draw.permuted(functionals, axis=0), functionals)
    name = functional_block(features)
    return [entry | {name: row[np.newaxis]} for entry, row in zip(values, functionals, strict=True)]


def fit_trust(answers):
    """Fit the calibration of the confidence by logistic regression: is the answer right?

    Args:
        answers: [(said, targets, weight)]: confidence, shape (examples, 1), probabilities, shape
            (examples, classes), and novelty, shape (examples, 1), by name; int, shape (examples,),
            -1 where no answer is right; and what these examples weigh together.

    Returns:
        model.confidence_layers.Trust; None where all answers are right, or none is: nothing is to
        be learned from that.

    """
    evidence = np.concatenate([Trust.evidence(**said) for said, _, _ in answers])
    right = np.concatenate(
        [said['probabilities'].argmax(axis=1) == targets for said, targets, _ in answers])
    if right.all() or not right.any():
        return None
    weights = np.concatenate([np.full(len(targets), weight / len(targets))
                              for _, targets, weight in answers])
    fitted = LogisticRegression(C=1000, max_iter=1000).fit(
        evidence, right, sample_weight=weights / weights.mean())
    return Trust(fitted.coef_[0], fitted.intercept_[0], name='trust')
