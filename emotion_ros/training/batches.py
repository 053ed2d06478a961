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

"""Batches of examples for the network on a pretrained encoder."""

from dataclasses import dataclass

import keras
import numpy as np

from emotion_ros.model.backends import SPEAKER
from emotion_ros.training.encoder_network import EMBEDDING, GROUP
from emotion_ros.training.scenes import pieces

HEAD_AUGMENTED_FRACTION = 0.5   # of the examples that have copies, for the head
MIXUP_FRACTION = 0.3   # part of the examples that are mixed with another


@dataclass(frozen=True)
class TrainingSet:
    """What is trained on.

    Args:
        targets: int, shape (examples,).
        affect: float32, shape (examples, 2): arousal and valence.
        speakers: int, shape (examples,): number of the speaker.
        weights: float, shape (examples,): how often each is drawn, in proportion.
        allowed: float32, shape (examples, classes): 1 for the classes that the corpus of the
            example has.
        statistics: of examples and their augmented copies, those of each example before its
            copies; see encoder_network.PretrainedEncoder.describe.
        versions: int, shape (examples,): how many of them belong to each example.
        audio: see examples.Examples.

    """

    targets: np.ndarray
    affect: np.ndarray
    speakers: np.ndarray
    weights: np.ndarray
    allowed: np.ndarray
    statistics: dict
    versions: np.ndarray
    audio: np.ndarray | None = None

    def rows(self) -> list:
        """Return for each example the rows of `statistics` that belong to its versions."""
        return np.split(np.arange(self.versions.sum()), np.cumsum(self.versions)[:-1])


@dataclass(frozen=True)
class Mixture:
    """Examples that are mixed with others of the batch (Zhang and others 2018, 1710.09412).

    Args:
        partner: int, shape (examples,): number of the other.
        share: float32, shape (examples,): of the first; the other has the rest.

    """

    partner: np.ndarray
    share: np.ndarray

    @classmethod
    def drawn(cls, size: int, rng: np.random.Generator) -> 'Mixture':
        """Draw partners and shares for a batch."""
        partner = rng.permutation(size)
        share = np.where(rng.random(size) < MIXUP_FRACTION, rng.uniform(0.5, 1, size), 1)
        return cls(partner, share.astype(np.float32))

    def of(self, values: np.ndarray) -> np.ndarray:
        """Mix values, shape (examples, ...)."""
        share = self.share.reshape(-1, *[1] * (values.ndim - 1))
        return share * values + (1 - share) * values[self.partner]


class Batches(keras.utils.PyDataset):
    """Draws batches: groups of examples of a speaker, mixed.

    Args:
        data: TrainingSet.
        steps: number of batches.
        size: of a batch.
        seed: of what is drawn.

    """

    def __init__(self, data: TrainingSet, *, steps: int, size: int, seed: int):
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
        self._data = data
        self._steps, self._size, self._seed = steps, size, seed
        self._rate = data.weights / data.weights.sum()
        self._of_speaker = {speaker: np.flatnonzero(data.speakers == speaker)
                            for speaker in np.unique(data.speakers)}

    def __len__(self):
        return self._steps

    def __getitem__(self, index):
        rng = np.random.default_rng([self._seed, index])
        data, size = self._data, self._size
        first = rng.choice(len(data.targets), size // GROUP, p=self._rate)
        chosen = []
        for index in first:
            own = self._of_speaker[data.speakers[index]]
            rate = self._rate[own] / self._rate[own].sum()
            others = rng.choice(own, GROUP - 1, replace=len(own) < 2 * GROUP, p=rate)
            chosen += [index, *others]
        chosen = np.array(chosen)
        inputs = self.draw(chosen, rng)
        mixture = Mixture.drawn(size, rng)
        targets = np.eye(data.allowed.shape[1], dtype=np.float32)[data.targets[chosen]]
        hinted = (rng.permutation(size) < size // 2).astype(np.float32)
        return ({SPEAKER: np.zeros((size, 1, EMBEDDING), np.float32),
                 **self.mix(inputs, mixture)},
                {'targets': mixture.of(targets),
                 'affect': mixture.of(data.affect[chosen]),
                 'hinted': hinted[:, None],
                 'speakers': data.speakers[chosen].astype(np.int32),
                 'allowed': data.allowed[chosen]})

    def draw(self, chosen: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Give {input: shape (examples, ...)} of examples, by their numbers."""
        raise NotImplementedError

    def mix(self, inputs: dict[str, np.ndarray], mixture: Mixture) -> dict[str, np.ndarray]:
        """Mix inputs, or say how they are mixed."""
        raise NotImplementedError


class StatisticsBatches(Batches):
    """Statistics of examples or of their copies."""

    def __init__(self, data: TrainingSet, **kwargs):
        super().__init__(data, **kwargs)
        self._rows = data.rows()

    def draw(self, chosen, rng):
        """See Batches."""
        rows = [self._draw_version(self._rows[index], rng) for index in chosen]
        return {name: values[rows] for name, values in self._data.statistics.items()}

    def mix(self, inputs, mixture):
        """See Batches."""
        return {name: mixture.of(values) for name, values in inputs.items()}

    def _draw_version(self, rows, rng):
        original, *copies = rows
        if copies and rng.random() < HEAD_AUGMENTED_FRACTION:
            return copies[rng.integers(len(copies))]
        return original


class AudioBatches(Batches):
    """Pieces of the audio of examples, which become scenes.

    Args:
        data: TrainingSet, with audio.
        frames, changed: see scenes.pieces.

    """

    def __init__(self, data: TrainingSet, frames: int, changed: float, **kwargs):
        super().__init__(data, **kwargs)
        self._frames, self._changed = frames, changed

    def draw(self, chosen, rng):
        """See Batches."""
        return pieces([self._data.audio[index] for index in chosen], self._frames,
                      self._changed, rng)

    def mix(self, inputs, mixture):
        """See Batches."""
        return inputs | {'partner': mixture.partner.astype(np.int32), 'share': mixture.share}
