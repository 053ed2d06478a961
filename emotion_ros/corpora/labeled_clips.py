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

"""Clips with the classes of a network."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotion_ros.arrays import Int
from emotion_ros.corpora.clip import Clip


@dataclass(frozen=True)
class LabeledClips:
    """Clips, each with a class.

    Args:
        clips: [Clip], whose emotions are all in `mapping`.
        labels: the classes in order.
        mapping: {emotion: class}.

    """

    clips: Sequence[Clip]
    labels: Sequence[str]
    mapping: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.clips)

    @property
    def classes(self) -> list[str]:
        """The class of each clip."""
        return [self.mapping[clip.emotion] for clip in self.clips]

    @property
    def targets(self) -> Int:
        """The index of the class of each clip: int, shape (clips,)."""
        return np.array([self.labels.index(label) for label in self.classes], int)

    @property
    def corpora(self) -> list[str]:
        """The corpus of each clip."""
        return [clip.corpus for clip in self.clips]

    @property
    def speakers(self) -> list[str]:
        """The speaker of each clip."""
        return [clip.speaker for clip in self.clips]

    def select(self, indices: Iterable[int]) -> 'LabeledClips':
        """Select clips by their indices."""
        return replace(self, clips=[self.clips[index] for index in indices])
