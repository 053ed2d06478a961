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

"""The losses that teach the confidence branch.

That of DeVries and Taylor 2018, arXiv 1802.04865, and what came after.
"""

from keras import ops

_TINY = 1e-7   # keeps the logarithm finite


def hinted_loss(logits, confidence, targets, hinted):
    """Compute the two parts of the loss for each example.

    The network may ask for the answer: p' = c p + (1 - c) y with its confidence c. What it asks
    for costs -log c. Examples that get no hint are judged by p itself.

    Args:
        logits: float32, shape (batch, members, classes); p is their softmax.
        confidence: float32, shape (batch, members, 1), 0 to 1.
        targets: float32, shape (batch, 1, classes), one-hot: y.
        hinted: float32, shape (batch, 1, 1), 1 for the examples that get a hint, else 0.

    Returns:
        NLL(p') and -log c, each of shape (batch, members).

    """
    probability = ops.sum(targets * ops.softmax(logits), axis=-1)
    trust = ops.squeeze(1 - hinted * (1 - confidence), axis=-1)
    helped = trust * probability + (1 - trust)
    return (-ops.log(ops.maximum(helped, _TINY)),
            -ops.log(ops.maximum(ops.squeeze(confidence, axis=-1), _TINY)))


def true_class_cost(logits, confidence, targets):
    """Compute how far the confidence is from the probability of the true class.

    Corbière and others 2019, arXiv 1910.04851, take this probability for what a confidence should
    be: it is low wherever the answer is wrong. Here the distance is the cross-entropy.

    Args:
        logits, confidence, targets: as in hinted_loss.

    Returns:
        Shape (batch, members). Nothing is learned from it for the logits.

    """
    probability = ops.stop_gradient(ops.sum(targets * ops.softmax(logits), axis=-1))
    confidence = ops.clip(ops.squeeze(confidence, axis=-1), _TINY, 1 - _TINY)
    return -(probability * ops.log(confidence) + (1 - probability) * ops.log(1 - confidence))


class Budget:
    """Holds mean(-log c) at a budget by the weight lambda that it has in the loss.

    Args:
        target: the mean that is held.
        weight: lambda at the start.

    """

    def __init__(self, *, target=0.3, weight=0.1):
        self.target = target
        self.weight = weight

    def update(self, cost):
        """Take the mean(-log c) of a batch: beyond the budget hints become dearer."""
        self.weight *= 1.01 if cost > self.target else 0.99
