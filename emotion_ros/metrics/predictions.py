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

"""What was predicted of test clips."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from emotion_ros.arrays import Bool, Float32, Int, Str

NO_PREDICTION = -1
"""The class of a clip without speech."""


@dataclass(frozen=True)
class Predictions:
    """Clips and what was predicted of them.

    Args:
        labels: [str]: the classes, in order.
        targets: int, shape (clips,): number of the true class.
        probabilities: float32, shape (clips, classes).
        confidence: float32, shape (clips,), 0 to 1: the learned confidence.
        speakers: str, shape (clips,), with the corpus before it: 'emodb/03'.
        corpora: str, shape (clips,).
        has_speech: bool, shape (clips,): False if the voice detector found no speech. Then nothing
            is predicted, which counts as wrong; the probabilities are equal, the confidence is 0.
        affect: float32, shape (clips, 2): arousal and valence, -1 to 1; NaN if the model does
            not give them, or there is no speech.
        rated: float32, shape (clips, 2): the same as people rated them; NaN where nobody did.
        names: str, shape (clips,): paths of the clips; None for ''.
        digests: str, shape (clips,): of their sound; None for ''.
        languages, sexes: str, shape (clips,), '' where they are not known; None for that.
        folds: int, shape (clips,): that the clip was tested in, from 1; 0 where there are none,
            None for that.

    """

    labels: list[str]
    targets: Int
    probabilities: Float32
    confidence: Float32
    speakers: Str
    corpora: Str
    has_speech: Bool
    affect: Float32
    rated: Float32
    names: Str | None = None
    digests: Str | None = None
    languages: Str | None = None
    sexes: Str | None = None
    folds: Int | None = None

    def __post_init__(self) -> None:
        for name in ('names', 'digests', 'languages', 'sexes', 'folds'):
            if getattr(self, name) is None:
                object.__setattr__(self, name, np.zeros(
                    len(self.targets), int if name == 'folds' else 'U1'))

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def predicted(self) -> Int:
        """Indices of the most probable classes; NO_PREDICTION for clips without speech."""
        return np.where(self.has_speech, self.probabilities.argmax(axis=1), NO_PREDICTION)

    @property
    def right(self) -> Bool:
        """Whether each prediction is the true class: bool, shape (clips,)."""
        return self.predicted == self.targets

    @property
    def max_softmax(self) -> Float32:
        """The maximum probability of each clip: float32, shape (clips,)."""
        return self.probabilities.max(axis=1)

    def select(self, chosen: Bool | Int) -> 'Predictions':
        """Give some of the clips.

        Args:
            chosen: bool, shape (clips,), or the numbers of the clips.

        Returns:
            Predictions.

        """
        return replace(self, **{name: getattr(self, name)[chosen] for name in OF_CLIPS})

    def by(self, column: str) -> dict[str, 'Predictions']:
        """Give {value: Predictions} of a column such as 'corpora', sorted."""
        values = getattr(self, column)
        return {str(value): self.select(values == value) for value in np.unique(values)}


OF_CLIPS = tuple(field.name for field in fields(Predictions) if field.name != 'labels')
"""The fields of Predictions that have a value for each clip."""


def concatenate(parts: Sequence[Predictions]) -> Predictions:
    """Concatenate predictions, such as those of the folds of a cross-validation.

    Args:
        parts: [Predictions], at least one, all with the same labels.

    Returns:
        Predictions.

    Raises:
        ValueError: the labels differ.

    """
    labels = parts[0].labels
    if any(part.labels != labels for part in parts):
        raise ValueError('predictions with different labels cannot be combined')
    return Predictions(labels, **{name: np.concatenate([getattr(part, name) for part in parts])
                                  for name in OF_CLIPS})


def with_labels(predictions: Predictions, labels: list[str]) -> Predictions:
    """Add classes to predictions, with probability 0.

    Args:
        predictions: Predictions.
        labels: with all of theirs, in order.

    """
    places = np.array([labels.index(label) for label in predictions.labels])
    probabilities = np.zeros((len(predictions), len(labels)), np.float32)
    probabilities[:, places] = predictions.probabilities
    return replace(predictions, labels=list(labels), probabilities=probabilities,
                   targets=places[predictions.targets])
