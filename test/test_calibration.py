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

"""The calibration of probabilities and of the confidence."""

import numpy as np
import pytest

pytest.importorskip('keras', reason='Keras is not installed: requirements-train.txt')

from emotion_ros.training.calibration import (  # noqa: E402
    MIXED,
    WEIGHTS,
    fit_confidence_calibration,
    fit_weights,
    probabilities,
    synthetic_ood,
)
from emotion_ros.training.network import functional_values  # noqa: E402
from synthetic import FULL, SMALL, content, each, names, voice  # noqa: E402


def drawn(logits, draw):
    """Draw the class of each example by its probabilities."""
    return np.array([draw.choice(3, p=row) for row in probabilities([logits], [1])])


def test_temperature_is_found():
    draw = np.random.default_rng(0)
    logits = draw.normal(scale=2, size=(4000, 3))
    targets = drawn(logits, draw)
    assert fit_weights([3 * logits], targets)[0] == pytest.approx([1 / 3], rel=0.1)
    assert fit_weights([logits / 2], targets)[0] == pytest.approx([2], rel=0.1)


def test_weights_of_parts_are_found():
    draw = np.random.default_rng(0)
    one, other, useless = draw.normal(scale=2, size=(3, 8000, 3))
    targets = drawn(0.5 * one + 1.5 * other, draw)
    assert fit_weights([one, other], targets)[0] == pytest.approx([0.5, 1.5], rel=0.1)
    found, loss = fit_weights([one, other, useless - 0.2 * one], targets)
    right = probabilities([one, other, useless - 0.2 * one], found)[np.arange(8000), targets]
    assert loss == pytest.approx(-np.log(right).mean())
    assert found[2] == pytest.approx(0, abs=0.03)
    assert fit_weights([-one, other], targets)[0][0] == WEIGHTS[0]


def test_sure_and_right_logits_have_a_finite_weight():
    logits = 100 * np.eye(3)
    assert WEIGHTS[0] <= fit_weights([logits], np.arange(3))[0][0] <= WEIGHTS[1]


def test_probabilities():
    found = probabilities(np.array([[[0, 2 * np.log(3)]], [[1, 1]]], np.float32), [0.5, 2])
    np.testing.assert_allclose(found, [[0.25, 0.75]], rtol=1e-6)


# Out-of-distribution

@pytest.mark.parametrize('features', [SMALL, FULL], ids='+'.join)
def test_synthetic_ood_mixes_functionals_of_several(features):
    values = [voice(name, features) for name in names(takes='ab')]
    before = list(map(content, values))
    unlike = synthetic_ood(values, features, np.random.default_rng(0))
    assert list(map(content, values)) == before
    assert [each(np.shape, entry) for entry in unlike] == [each(np.shape, entry)
                                                           for entry in values]
    for entry, other in zip(values, unlike):
        for name in features[1:]:
            assert (entry[name] == other[name]).all()
    old, new = (functional_values(features, part) for part in (values, unlike))
    same = (old == new).mean(axis=1)
    assert same.max() > 0.5 and same.min() < 0.2 and same.max() < 1 - MIXED[0] + 0.15
    for column in range(0, old.shape[1], 100):   # each value is one that somebody had
        assert set(new[:, column]) <= set(old[:, column])


# Confidence

def answers(count, draw, *, sounds=False):
    """Make what is said of speech: the sure answers are right; or of sounds, which are novel."""
    greatest = draw.uniform(0.5, 0.95, size=count)
    right = draw.random(count) < greatest
    novelty = draw.normal(3 if sounds else 0, 0.5, size=(count, 1))
    said = {'confidence': draw.uniform(0.3, 0.9, size=(count, 1)),
            'probabilities': np.stack([greatest, 1 - greatest], axis=1), 'novelty': novelty}
    return said, np.full(count, -1) if sounds else np.where(right, 0, 1)


def test_confidence_is_the_probability_of_being_right():
    draw = np.random.default_rng(0)
    speech, targets = answers(4000, draw)
    sounds, none = answers(1000, draw, sounds=True)
    calibration = fit_confidence_calibration([(speech, targets, 1), (sounds, none, 0.2)])
    of_speech, of_sounds = (np.asarray(calibration(**said))[:, 0] for said in (speech, sounds))
    assert of_sounds.mean() < 0.15 and of_speech.mean() > 0.6
    right = speech['probabilities'].argmax(axis=1) == targets
    for low, high in ((0.5, 0.65), (0.65, 0.8), (0.8, 1)):
        chosen = (low < of_speech) & (of_speech < high)
        assert right[chosen].mean() == pytest.approx(of_speech[chosen].mean(), abs=0.06)
    assert abs(calibration.coefficients[0]) < 0.15   # this confidence tells nothing


@pytest.mark.parametrize('helps', [False, True])
def test_the_branch_counts_if_it_helps_where_it_was_not_fitted(helps):
    draw = np.random.default_rng(0)
    parts = []
    for place in range(3):   # a branch that helps in one place is worth nothing in another
        said, targets = answers(1000, draw)
        right = said['probabilities'].argmax(axis=1) == targets
        told = right ^ (draw.random(len(right)) < 0.2)
        said['confidence'] = np.where(told == (helps or place == 0), 0.7, 0.3)[:, np.newaxis]
        parts.append((said, targets, 1))
    calibration = fit_confidence_calibration(parts, test_branch=True)
    assert calibration.coefficients[0] > 1 if helps else calibration.coefficients[0] == 0
    assert calibration.coefficients[1] > 0.5
    assert fit_confidence_calibration(parts).coefficients[0] != 0


@pytest.mark.parametrize('target', [0, -1])
def test_answers_that_are_all_alike_calibrate_nothing(target):
    said, _ = answers(10, np.random.default_rng(0))
    said['probabilities'] = np.tile([0.8, 0.2], (10, 1))
    assert fit_confidence_calibration([(said, np.full(10, target), 1)]) is None
