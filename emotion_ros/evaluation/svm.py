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

"""A support vector machine on functionals, the usual baseline in the literature."""

import numpy as np
from scipy.special import softmax
from sklearn.svm import SVC

from emotion_ros.training.network import functional_scaling, functional_values

COST = 1e-3   # C of the linear kernel


class SupportVectors:
    """A linear support vector machine, with the scaling of the network.

    Args:
        features: names of the blocks, one of which has functionals.
        training: training.examples.Examples, of every class.

    """

    def __init__(self, features, training):
        self._features = features
        values = functional_values(features, training.values)
        self._scaling, self._standardization = functional_scaling(values)
        self._machine = SVC(C=COST, kernel='linear', class_weight='balanced')
        self._machine.fit(self._scaled(values), training.targets)

    def predict(self, values):
        """Predict utterances.

        Args:
            values: list of {block: float32, shape (frames, dimensions)}.

        Returns:
            Softmax of the decision function, float, shape (utterances, classes), which orders the
            classes but is not calibrated; and its maximum as the confidence, shape (utterances,).

        """
        decision = self._machine.decision_function(
            self._scaled(functional_values(self._features, values)))
        if decision.ndim == 1:   # with two classes
            decision = np.stack([-decision, decision], axis=1)
        probabilities = softmax(decision, axis=1)
        return probabilities, probabilities.max(axis=1)

    def _scaled(self, values):
        return self._standardization(self._scaling(values)).numpy()
