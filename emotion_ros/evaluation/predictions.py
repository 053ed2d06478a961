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

"""What a classifier answered to clips whose emotion is known."""

from dataclasses import dataclass, replace

import numpy as np

NO_PREDICTION = -1
"""The class that stands for a clip in which no speech was heard."""

_OF_CLIPS = ('targets', 'probabilities', 'confidence', 'speakers', 'corpora', 'has_speech',
             'affect', 'rated')


@dataclass(frozen=True)
class Predictions:
    """Clips and what was predicted of them.

    Args:
        labels: [str]: the classes that are told apart, in order.
        targets: int, shape (clips,): number of the true class.
        probabilities: float32, shape (clips, classes).
        confidence: float32, shape (clips,), 0 to 1: the learned confidence.
        speakers: str, shape (clips,), with the corpus before it: 'emodb/03'.
        corpora: str, shape (clips,).
        has_speech: bool, shape (clips,): False where the voice detector found no speech. Nothing is
            answered there, which counts as wrong; the probabilities are equal, the confidence
            is 0.
        affect: float32, shape (clips, 2): arousal and valence, -1 to 1; NaN where they are not
            told, or no speech was heard.
        rated: float32, shape (clips, 2): the same as people rated them; NaN where nobody did.

    """

    labels: list
    targets: np.ndarray
    probabilities: np.ndarray
    confidence: np.ndarray
    speakers: np.ndarray
    corpora: np.ndarray
    has_speech: np.ndarray
    affect: np.ndarray
    rated: np.ndarray

    def __len__(self):
        return len(self.targets)

    @property
    def predicted(self):
        """Numbers of the likeliest classes, NO_PREDICTION where no speech was heard."""
        return np.where(self.has_speech, self.probabilities.argmax(axis=1), NO_PREDICTION)

    @property
    def right(self):
        """Whether each prediction is the true class: bool, shape (clips,)."""
        return self.predicted == self.targets

    @property
    def max_softmax(self):
        """The greatest probability of each clip: float32, shape (clips,)."""
        return self.probabilities.max(axis=1)

    def select(self, chosen):
        """Give some of the clips.

        Args:
            chosen: bool, shape (clips,), or the numbers of the clips.

        Returns:
            Predictions.

        """
        return replace(self, **{name: getattr(self, name)[chosen] for name in _OF_CLIPS})

    def by_corpus(self):
        """Give {corpus: Predictions}, sorted."""
        return {str(corpus): self.select(self.corpora == corpus)
                for corpus in np.unique(self.corpora)}


def concatenate(parts):
    """Put predictions together, such as those of the folds of a cross-validation.

    Args:
        parts: [Predictions], at least one, all with the same labels.

    Returns:
        Predictions.

    Raises:
        ValueError: the labels differ.

    """
    labels = parts[0].labels
    if any(part.labels != labels for part in parts):
        raise ValueError('predictions of different labels cannot be put together')
    return Predictions(labels, **{name: np.concatenate([getattr(part, name) for part in parts])
                              for name in _OF_CLIPS})
