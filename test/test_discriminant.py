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

"""Linear discriminant functions, against scikit-learn."""

import numpy as np
import pytest

pytest.importorskip('sklearn', reason='scikit-learn is not installed: requirements-train.txt')
pytest.importorskip('keras', reason='Keras is not installed: requirements-train.txt')

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis  # noqa: E402

from emotion_ros.training.discriminant import SHRINKAGE, Discriminant  # noqa: E402


def material(count, features, classes=3):
    """Draw examples whose features go together; each class has as many."""
    draw = np.random.default_rng(0)
    targets = np.arange(count) % classes
    mixed = draw.normal(size=(features, features)) / np.sqrt(features)
    values = draw.normal(size=(count, features)) @ mixed + draw.normal(
        size=(classes, features))[targets] / 2 + 3
    return values.astype(np.float32), targets


def fitted(values, targets, weights=None, classes=3, changes=None):
    """Fit to a copy."""
    weights = np.ones(len(targets)) if weights is None else weights
    return Discriminant.fitted_to(values.copy(), targets, weights, classes, changes)


def differences(logits):
    return logits - logits.mean(axis=1, keepdims=True)


@pytest.mark.parametrize('count, features', [(300, 20), (60, 200)], ids=['many', 'few'])
def test_functions_are_those_of_scikit_learn(count, features):
    values, targets = material(count, features)
    reference = LinearDiscriminantAnalysis(
        solver='lsqr', shrinkage=SHRINKAGE, priors=np.full(3, 1 / 3)).fit(values, targets)
    fresh = material(count, features)[0][::-1]
    np.testing.assert_allclose(
        differences(fitted(values, targets)(fresh)),
        differences(reference.decision_function(fresh)), atol=2e-3)


@pytest.mark.parametrize('features', [5, 200])
def test_a_weight_counts_like_as_many_examples(features):
    values, targets = material(30, features)
    weights = np.tile([1, 2, 1, 3, 1], 6)
    repeated = np.repeat(np.arange(30), weights)
    np.testing.assert_allclose(
        differences(fitted(values, targets, weights)(values)),
        differences(fitted(values[repeated], targets[repeated])(values)), atol=1e-3)


def test_a_class_without_examples_is_neither_likely_nor_unlikely():
    values, targets = material(60, 10)
    logits = fitted(values, targets, classes=4)(values)
    np.testing.assert_allclose(logits[:, 3], logits[:, :3].mean(axis=1), atol=1e-3)
    np.testing.assert_allclose(differences(logits[:, :3]),
                               differences(fitted(values, targets)(values)), atol=1e-5)


def test_examples_without_deviation_are_no_fault():
    values = np.eye(3, 8, dtype=np.float32)
    logits = fitted(values, np.arange(3))(values)
    assert (logits.argmax(axis=1) == np.arange(3)).all()


def test_a_factor_multiplies_the_logits():
    values, targets = material(60, 10)
    found = fitted(values, targets)
    np.testing.assert_allclose(found.times(0.5)(values), found(values) / 2, rtol=1e-5)


@pytest.mark.parametrize('features', [5, 200])
def test_what_changes_counts_little(features):
    values, targets = material(60, features)
    change = (values[0] - values[1])[np.newaxis]
    without, small, large = (
        np.ptp(differences(change @ fitted(values, targets, changes=changes).kernel))
        for changes in (None, 0.5 * change, 50 * change))
    assert large < 0.05 * without
    assert large < small < without


def test_changes_are_taken_together():
    values, targets = material(60, 20)
    changes = values[:7] - values[7:14]
    found, repeated, none = (
        fitted(values, targets, changes=part).kernel
        for part in (changes, np.concatenate([changes, -changes]), changes[:0]))
    np.testing.assert_allclose(found, repeated, atol=1e-4)
    np.testing.assert_allclose(none, fitted(values, targets).kernel, atol=1e-6)
