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

"""Which examples a network is trained on, in which order and how augmented."""

import numpy as np

from emotion_ros.training.network import functional_block, functional_values
from emotion_ros.training.prediction import batch_of, lengths_of

BUCKET = 16
"""Batches that are sorted by length together, so that each holds utterances of like length."""

AUGMENTED_FRACTION = 0.6
"""Part of the examples that are heard disturbed, where there are disturbed ones."""

CHANGED = 0.5
"""Part of the examples whose functionals also change as those of another clip did when disturbed,
where there are disturbed ones."""


class AugmentedSampler:
    """Draws how examples are heard: as they are, or one of the disturbed ones of the same clip.

    Functionals of half of them change some more, by a drawn part of what a disturbance changed in
    another clip: so every clip is heard as disturbed as any other.

    Args:
        training: Examples.
        disturbed: Examples, or None.
        features: names of the blocks of their values.
        scaling: model.layers.RobustScaling of the functionals.
        draw: numpy.random.Generator.

    """

    def __init__(self, training, disturbed, features, scaling, draw):
        self._clean = training.values
        self._features = features
        self._draw = draw
        self._disturbed = None
        self._changes = ()
        self.values = training.values
        if disturbed is not None:
            order = np.argsort(disturbed.clips, kind='stable')
            self._disturbed = disturbed.values[order]
            clips = disturbed.clips[order]
            self._first = np.searchsorted(clips, training.clips)
            self._count = np.searchsorted(clips, training.clips, side='right') - self._first
            clean, copies = (scaling.clipped(functional_values(features, values))
                             for values in (training.values, self._disturbed))
            self._changes, _ = changes_of(clean, training.clips, copies, clips)

    def draw(self):
        """Draw anew what `values` holds.

        Returns:
            Their lengths: int, shape (examples,).

        """
        if self._disturbed is not None:
            replaced = self._draw.random(len(self._clean)) < AUGMENTED_FRACTION
            replaced &= self._count > 0
            rows = self._first + self._draw.integers(np.maximum(self._count, 1))
            self.values = self._clean.copy()
            self.values[replaced] = self._disturbed[rows[replaced]]
        return lengths_of(self.values)

    def batch(self, chosen):
        """Give the examples with the numbers `chosen`; see batch_of."""
        batch = batch_of(self.values[chosen])
        if len(self._changes):
            functionals = batch[functional_block(self._features)]
            changed = np.flatnonzero(self._draw.random(len(functionals)) < CHANGED)
            rows = self._draw.integers(len(self._changes), size=len(changed))
            parts = self._draw.random(len(changed), np.float32)
            for number, row, part in zip(changed, rows, parts, strict=True):
                functionals[number, 0] += part * self._changes[row]
        return batch


def batches_of_like_length(lengths, size, draw):
    """Draw batches of utterances of like length.

    Args:
        lengths: int, shape (examples,).
        size: of a batch.
        draw: numpy.random.Generator.

    Yields:
        Numbers of examples: int, shape (size,). What fills no batch is left out.

    """
    order = draw.permutation(len(lengths))
    order = order[:len(order) // size * size]
    for start in range(0, len(order), size * BUCKET):
        bucket = order[start:start + size * BUCKET]
        bucket = bucket[np.argsort(lengths[bucket], kind='stable')].reshape(-1, size)
        yield from bucket[draw.permutation(len(bucket))]


def changes_of(clean, clean_clips, disturbed, disturbed_clips):
    """Tell what disturbances change: disturbed utterances, less the mean of the clip's clean ones.

    Args:
        clean, disturbed: float32, shape (examples, features).
        clean_clips, disturbed_clips: int, shape (examples,): numbers of their clips.

    Returns:
        float32, shape (changes, features), and which disturbed examples these are of, bool: those
        of clips that have a clean one.

    """
    numbers, places = np.unique(clean_clips, return_inverse=True)
    means = np.zeros((len(numbers), clean.shape[1]), np.float32)
    np.add.at(means, places, clean)
    means /= np.bincount(places)[:, np.newaxis].astype(np.float32)
    known = np.isin(disturbed_clips, numbers)
    return disturbed[known] - means[np.searchsorted(numbers, disturbed_clips[known])], known
