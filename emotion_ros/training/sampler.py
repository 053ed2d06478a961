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

"""The examples a network is trained on: their order, and which are augmented."""

import numpy as np

from emotion_ros.training.network import functional_block, functional_values
from emotion_ros.training.prediction import batch_of, lengths_of

BUCKET = 16
"""Number of batches sorted by length together, so that each holds utterances of similar length."""

AUGMENTED_FRACTION = 0.6
"""Fraction of the examples that are augmented, if there are augmented copies."""

CHANGED = 0.5
"""Fraction of the examples whose functionals also get a change that augmentation made in another
clip, if there are augmented copies."""


class AugmentedSampler:
    """Draws for each example either the example itself or an augmented copy of the same clip.

    The functionals of half of them also get a random fraction of a change that augmentation made
    in another clip, so that every clip can meet every kind of change.

    Args:
        training: Examples.
        augmented: augmented Examples of the same clips, or None.
        features: names of the blocks of their values.
        scaling: model.layers.RobustScaling of the functionals.
        rng: numpy.random.Generator.

    """

    def __init__(self, training, augmented, features, scaling, rng):
        self._clean = training.values
        self._features = features
        self._rng = rng
        self._augmented = None
        self._changes = ()
        self.values = training.values
        if augmented is not None:
            order = np.argsort(augmented.clips, kind='stable')
            self._augmented = augmented.values[order]
            clips = augmented.clips[order]
            self._first = np.searchsorted(clips, training.clips)
            self._count = np.searchsorted(clips, training.clips, side='right') - self._first
            clean, copies = (scaling.clipped(functional_values(features, values))
                             for values in (training.values, self._augmented))
            self._changes, _ = changes_of(clean, training.clips, copies, clips)

    def draw(self):
        """Draw new `values`.

        Returns:
            Their lengths: int, shape (examples,).

        """
        if self._augmented is not None:
            replaced = self._rng.random(len(self._clean)) < AUGMENTED_FRACTION
            replaced &= self._count > 0
            rows = self._first + self._rng.integers(np.maximum(self._count, 1))
            self.values = self._clean.copy()
            self.values[replaced] = self._augmented[rows[replaced]]
        return lengths_of(self.values)

    def batch(self, chosen):
        """Return the examples with the indices `chosen`; see batch_of."""
        batch = batch_of(self.values[chosen])
        if len(self._changes):
            functionals = batch[functional_block(self._features)]
            changed = np.flatnonzero(self._rng.random(len(functionals)) < CHANGED)
            rows = self._rng.integers(len(self._changes), size=len(changed))
            parts = self._rng.random(len(changed), np.float32)
            for number, row, part in zip(changed, rows, parts, strict=True):
                functionals[number, 0] += part * self._changes[row]
        return batch


def batches_of_like_length(lengths, size, rng):
    """Draw batches of utterances of similar length.

    Args:
        lengths: int, shape (examples,).
        size: of a batch.
        rng: numpy.random.Generator.

    Yields:
        Indices of examples: int, shape (size,). Those that do not fill a batch are left out.

    """
    order = rng.permutation(len(lengths))
    order = order[:len(order) // size * size]
    for start in range(0, len(order), size * BUCKET):
        bucket = order[start:start + size * BUCKET]
        bucket = bucket[np.argsort(lengths[bucket], kind='stable')].reshape(-1, size)
        yield from bucket[rng.permutation(len(bucket))]


def changes_of(clean, clean_clips, augmented, augmented_clips):
    """Subtract from augmented utterances the mean of the clean ones of their clip.

    Args:
        clean, augmented: float32, shape (examples, features).
        clean_clips, augmented_clips: int, shape (examples,): indices of their clips.

    Returns:
        float32, shape (changes, features), and a bool mask of the augmented examples they belong
        to: those whose clip has a clean utterance.

    """
    numbers, places = np.unique(clean_clips, return_inverse=True)
    means = np.zeros((len(numbers), clean.shape[1]), np.float32)
    np.add.at(means, places, clean)
    means /= np.bincount(places)[:, np.newaxis].astype(np.float32)
    known = np.isin(augmented_clips, numbers)
    return augmented[known] - means[np.searchsorted(numbers, augmented_clips[known])], known
