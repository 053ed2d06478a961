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

"""Predictions of an ensemble for speakers that its members are not trained on."""

from dataclasses import dataclass, replace

import keras
import numpy as np

from emotion_ros.training.calibration import probabilities, synthetic_ood
from emotion_ros.training.discriminant import Discriminant
from emotion_ros.training.examples import balance
from emotion_ros.training.prediction import predict
from emotion_ros.training.sampler import AUGMENTED_FRACTION, changes_of


def _folds_of(examples, fold_of, members):
    """Return the fold of each example's speaker, or `members` if {speaker: fold} has none."""
    return np.array([fold_of.get(speaker, members) for speaker in examples.speakers])


@dataclass(frozen=True)
class LinearFunctions:
    """Linear discriminant functions.

    Args:
        describe: keras.Model: the blocks to {'description': (batch, values)}.
        of_member: a Discriminant for each member, fitted without the fold held out from it.
        whole: the Discriminant fitted to all speakers.

    """

    describe: keras.Model
    of_member: list
    whole: Discriminant

    @classmethod
    def fitted_to(cls, describe, training, augmented, fold_of, members, classes):
        """Fit to Examples, and to augmented ones unless they are None."""
        parts = [(training, 1)] if augmented is None else [
            (training, 1 - AUGMENTED_FRACTION), (augmented, AUGMENTED_FRACTION)]
        values = np.concatenate([predict(describe, part.values)['description']
                                 for part, _ in parts])
        targets = np.concatenate([part.targets for part, _ in parts])
        weights = np.concatenate([share / len(part) * balance(part) for part, share in parts])
        folds = np.concatenate([_folds_of(part, fold_of, members) for part, _ in parts])
        changes = None
        if augmented is not None:
            clean = len(training)
            changes, changed = changes_of(values[:clean], training.clips,
                                          values[clean:], augmented.clips)
            folds_changed = folds[clean:][changed]

        def without(fold):
            chosen = folds != fold
            return Discriminant.fitted_to(
                values[chosen], targets[chosen], weights[chosen], classes,
                None if changes is None else changes[folds_changed != fold])

        *of_member, whole = map(without, [*range(members), -1])   # -1 is no fold
        return cls(describe, of_member, whole)

    def predict(self, values, member):
        """Predict each example with the functions of its member; see HeldOut.

        Returns:
            Logits, float32, shape (examples, classes).

        """
        described = predict(self.describe, values)['description']
        logits = np.zeros((len(values), len(self.whole.bias)), np.float32)
        for index, discriminant in enumerate(self.of_member):
            logits[member == index] = discriminant(described[member == index])
        return logits


@dataclass(frozen=True)
class HeldOut:
    """Examples, each predicted by a member that is not trained on its speaker.

    Args:
        network: keras.Model with the trained outputs of the trunk.
        values: as in Examples.
        targets: int, shape (examples,): index of the class, -1 if no class is right.
        member: int, shape (examples,): the member that predicts each one.

    """

    network: keras.Model
    values: np.ndarray
    targets: np.ndarray
    member: np.ndarray

    @classmethod
    def select(cls, network, examples, fold_of, members):
        """Choose the Examples whose speaker is held out from a member, by {speaker: fold}."""
        folds = _folds_of(examples, fold_of, members)
        chosen = folds < members
        return cls(network, examples.values[chosen], examples.targets[chosen], folds[chosen])

    def some(self, count, rng):
        """Draw at most `count` of the examples."""
        chosen = rng.permutation(len(self.values))[:count]
        return replace(self, values=self.values[chosen], targets=self.targets[chosen],
                       member=self.member[chosen])

    def synthetic_ood(self, features, rng):
        """Create an equal number of out-of-distribution ones; see calibration.synthetic_ood."""
        return replace(self, values=synthetic_ood(self.values, features, rng),
                       targets=np.full_like(self.targets, -1))

    def predict(self, linear=None):
        """Run the members.

        Args:
            linear: LinearFunctions, or None.

        Returns:
            {name: values}: 'logits', a list of float32, shape (examples, classes), those of the
            network and those of the linear functions; 'confidence', shape (examples, 1), if there
            is a confidence branch; 'novelty', shape (examples, 1), if the network measures it.

        """
        outputs = predict(self.network, self.values)
        of_member = np.arange(len(self.values)), self.member
        outputs['logits'] = [outputs['logits'][of_member].mean(axis=1)]
        if linear is not None:
            outputs['logits'].append(linear.predict(self.values, self.member))
        if 'confidence' in outputs:
            outputs['confidence'] = outputs['confidence'][of_member]
        return outputs


def scores_of(outputs, weights):
    """Replace logits with probabilities, and a missing confidence with their maximum."""
    found = probabilities(outputs['logits'], weights)
    scores = {'confidence': found.max(axis=1, keepdims=True), **outputs, 'probabilities': found}
    del scores['logits']
    return scores
