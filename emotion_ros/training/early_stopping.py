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

"""Early stopping: training ends when the results for held-out speakers no longer improve."""

import keras
import numpy as np

from emotion_ros.metrics import unweighted_average_recall
from emotion_ros.training.calibration import fit_weights

MIN_GAIN = 1e-3
"""Decrease of the loss that counts as a gain [nats]."""


class EarlyStopping:
    """Keeps the weights with which a network did best on held-out speakers.

    The measure is the negative log likelihood at the best temperature: a network becomes
    overconfident (Guo and others 2017, arXiv 1706.04599) while its predictions still improve.

    Args:
        network: the network whose weights are kept.
        patience: epochs without a gain after which training ends.

    """

    def __init__(self, network: keras.Model, *, patience: int):
        self.epochs = 0
        """Number of epochs after which the network did best."""
        self.recall = 0.0
        """Unweighted average recall at that point."""
        self.last_loss = np.inf
        """Loss after the last epoch [nats]."""
        self.last_recall = 0.0
        """Unweighted average recall after the last epoch."""
        self._network = network
        self._patience = patience
        self._loss = np.inf
        self._weights = network.get_weights()

    def ended(self, epoch: int, logits: np.ndarray, targets: np.ndarray) -> bool:
        """Update with the predictions for held-out speakers after an epoch.

        Args:
            epoch: counted from 1.
            logits: float, shape (examples, classes).
            targets: int, shape (examples,): index of the class.

        Returns:
            Whether training should end, because there was no gain for `patience` epochs.

        """
        _, loss = fit_weights([logits], targets)
        self.last_loss = loss
        self.last_recall = unweighted_average_recall(targets, logits.argmax(axis=1))
        if loss < self._loss - MIN_GAIN:
            self._loss = loss
            self.epochs = epoch
            self.recall = self.last_recall
            self._weights = self._network.get_weights()
        return epoch - self.epochs >= self._patience

    def restore(self) -> None:
        """Restore the weights that did best."""
        self._network.set_weights(self._weights)
