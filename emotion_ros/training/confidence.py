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

"""Losses of the confidence branch: DeVries and Taylor 2018 (arXiv 1802.04865), and later ones."""

from keras import ops

BUDGET = 0.3   # of mean(-log c): DeVries and Taylor 2018, arXiv 1802.04865
WEIGHT = 0.1   # of -log c in the loss at first: lambda
CHANGES = 1.01, 0.99   # of this weight after a batch, above and within the budget

_TINY = 1e-7   # keeps the logarithm finite


def hinted_loss(logits, confidence, targets, hinted):
    """Compute the two parts of the loss for each example.

    The network may ask for a hint: p' = c p + (1 - c) y with its confidence c. Hints cost -log c.
    Examples without a hint use p itself.

    Args:
        logits: float32, shape (batch, members, classes); p is their softmax.
        confidence: float32, shape (batch, members, 1), 0 to 1.
        targets: float32, shape (batch, 1, classes), one-hot: y.
        hinted: float32, shape (batch, 1, 1): 1 for examples that get a hint, else 0.

    Returns:
        NLL(p') and -log c, each of shape (batch, members).

    """
    probability = ops.sum(targets * ops.softmax(logits), axis=-1)
    kept = ops.squeeze(1 - hinted * (1 - confidence), axis=-1)
    helped = kept * probability + (1 - kept)
    return (-ops.log(ops.maximum(helped, _TINY)),
            -ops.log(ops.maximum(ops.squeeze(confidence, axis=-1), _TINY)))


def true_class_cost(logits, confidence, targets):
    """Compute how far the confidence is from the probability of the true class.

    Corbière and others 2019 (arXiv 1910.04851) propose this probability as the target of the
    confidence: it is low wherever the prediction is wrong. Here the distance is the cross-entropy.

    Args:
        logits, confidence, targets: as in hinted_loss.

    Returns:
        Shape (batch, members). No gradient flows into the logits.

    """
    probability = ops.stop_gradient(ops.sum(targets * ops.softmax(logits), axis=-1))
    confidence = ops.clip(ops.squeeze(confidence, axis=-1), _TINY, 1 - _TINY)
    return -(probability * ops.log(confidence) + (1 - probability) * ops.log(1 - confidence))


class Budget:
    """Holds mean(-log c) at BUDGET by adjusting its weight lambda in the loss."""

    def __init__(self):
        self.weight = WEIGHT

    def update(self, cost):
        """Update with mean(-log c) of a batch."""
        self.weight *= CHANGES[0] if cost > BUDGET else CHANGES[1]
