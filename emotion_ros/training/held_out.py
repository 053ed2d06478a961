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

"""What the parts of a network say of the speakers that they are not trained on."""

from dataclasses import dataclass, replace

import keras
import numpy as np

from emotion_ros.training.calibration import probabilities, strange
from emotion_ros.training.discriminant import Discriminant
from emotion_ros.training.examples import balance
from emotion_ros.training.prediction import predict
from emotion_ros.training.sampling import AUGMENTED_FRACTION, changes_of


def _groups(examples, group_of, members):
    """Give the group of each example's speaker, `members` where {speaker: group} has none."""
    return np.array([group_of.get(speaker, members) for speaker in examples.speakers])


@dataclass(frozen=True)
class LinearFunctions:
    """Linear discriminant functions.

    Args:
        describe: keras.Model: the blocks to {'description': (batch, values)}.
        of_member: a Discriminant for each member, fitted without the group that it does without.
        whole: the Discriminant that was fitted to all speakers.

    """

    describe: keras.Model
    of_member: list
    whole: Discriminant

    @classmethod
    def fitted_to(cls, describe, training, disturbed, group_of, members, classes):
        """Fit to Examples, and to the disturbed ones where they are not None."""
        heard = [(training, 1)] if disturbed is None else [
            (training, 1 - AUGMENTED_FRACTION), (disturbed, AUGMENTED_FRACTION)]
        values = np.concatenate([predict(describe, part.values)['description']
                                 for part, _ in heard])
        targets = np.concatenate([part.targets for part, _ in heard])
        weights = np.concatenate([share / len(part) * balance(part) for part, share in heard])
        groups = np.concatenate([_groups(part, group_of, members) for part, _ in heard])
        changes = None
        if disturbed is not None:
            clean = len(training)
            changes, changed = changes_of(values[:clean], training.clips,
                                        values[clean:], disturbed.clips)
            groups_changed = groups[clean:][changed]

        def without(group):
            chosen = groups != group
            return Discriminant.fitted_to(
                values[chosen], targets[chosen], weights[chosen], classes,
                None if changes is None else changes[groups_changed != group])

        *of_member, whole = map(without, [*range(members), -1])   # -1 is no group
        return cls(describe, of_member, whole)

    def predict(self, values, member):
        """Let the functions of a member answer each example; see HeldOut.

        Returns:
            Logits, float32, shape (examples, classes).

        """
        described = predict(self.describe, values)['description']
        logits = np.zeros((len(values), len(self.whole.bias)), np.float32)
        for number, discriminant in enumerate(self.of_member):
            logits[member == number] = discriminant(described[member == number])
        return logits


@dataclass(frozen=True)
class HeldOut:
    """Examples for the members that are not trained on their speakers.

    Args:
        network: the outputs of the trunk that are trained.
        values: as in Examples.
        targets: int, shape (examples,): number of the class, -1 where there is none.
        member: int, shape (examples,): the one that answers.

    """

    network: keras.Model
    values: np.ndarray
    targets: np.ndarray
    member: np.ndarray

    @classmethod
    def of(cls, network, examples, group_of, members):
        """Choose those of Examples whose speaker is in the group of a member, {speaker: group}."""
        groups = _groups(examples, group_of, members)
        chosen = groups < members
        return cls(network, examples.values[chosen], examples.targets[chosen], groups[chosen])

    def some(self, count, draw):
        """Draw at most so many of the examples."""
        chosen = draw.permutation(len(self.values))[:count]
        return replace(self, values=self.values[chosen], targets=self.targets[chosen],
                       member=self.member[chosen])

    def strange(self, features, draw):
        """Make as many that no answer is right for; see calibration.strange."""
        return replace(self, values=strange(self.values, features, draw),
                       targets=np.full_like(self.targets, -1))

    def predict(self, linear=None):
        """Run the members.

        Args:
            linear: LinearFunctions, or None.

        Returns:
            By name: logits, a list of float32, shape (examples, classes): of the network, and of
            the linear functions; confidence, shape (examples, 1), where there is a confidence
            branch; novelty, shape (examples, 1), where it is measured.

        """
        said = predict(self.network, self.values)
        of_member = np.arange(len(self.values)), self.member
        said['logits'] = [said['logits'][of_member].mean(axis=1)]
        if linear is not None:
            said['logits'].append(linear.predict(self.values, self.member))
        if 'confidence' in said:
            said['confidence'] = said['confidence'][of_member]
        return said


def scores_of(said, weights):
    """Put probabilities in the place of logits; the greatest stand in for a missing confidence."""
    found = probabilities(said['logits'], weights)
    scores = {'confidence': found.max(axis=1, keepdims=True), **said, 'probabilities': found}
    del scores['logits']
    return scores
