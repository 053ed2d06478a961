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

"""When a training ends, and with which weights."""

import numpy as np
import pytest

pytest.importorskip('keras', reason='Keras is not installed: requirements-train.txt')

import keras  # noqa: E402

from emotion_ros.training.early_stopping import EarlyStopping  # noqa: E402

TARGETS = np.array([0, 1, 2, 0, 1, 2, 0, 1])


@pytest.fixture
def network():
    inputs = keras.Input((1,))
    return keras.Model(inputs, keras.layers.Dense(1, use_bias=False)(inputs))


def logits(right, scale=1.0):
    """Answer so many of the eight examples right."""
    answers = np.where(np.arange(len(TARGETS)) < right, TARGETS, (TARGETS + 1) % 3)
    return scale * np.eye(3)[answers]


def run(network, stopping, scores):
    """Count in the weight how many epochs were trained; give the number of the last one."""
    for epoch, score in enumerate(scores, 1):
        network.set_weights([np.full((1, 1), epoch, np.float32)])
        if stopping.ended(epoch, logits(*score), TARGETS):
            return epoch
    return None


def test_it_ends_when_nothing_is_gained_and_goes_back_to_the_best(network):
    stopping = EarlyStopping(network, patience=3)
    assert run(network, stopping, [(4,), (5,), (6,), (5,), (6,), (6,), (8,)]) == 6
    stopping.restore()
    assert network.get_weights()[0] == stopping.epochs == 3
    assert stopping.recall == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)


def test_answers_that_are_too_sure_are_no_loss(network):
    stopping = EarlyStopping(network, patience=3)
    assert run(network, stopping, [(5,), (6, 2.0), (7, 4.0), (7, 6.0)]) is None
    assert stopping.epochs == 3


def test_nothing_is_restored_of_a_training_that_never_was(network):
    before = network.get_weights()[0]
    EarlyStopping(network, patience=1).restore()
    assert network.get_weights()[0] == before
