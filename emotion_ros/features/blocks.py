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

"""The blocks that features come in: named matrices, of which a model says which it takes."""

from dataclasses import dataclass
import importlib.metadata

from emotion_ros.errors import EmotionError


@dataclass(frozen=True)
class FeatureBlock:
    """A matrix of features.

    Args:
        name: as messages, models and commands say it.
        dimensions: values in a row.
        framed: there is a row for every 10 ms; else a single one for the whole utterance.
        opensmile: openSMILE computes it.
        end_counts: in a batch its end lies where those of others do; else its beginning.

    """

    name: str
    dimensions: int
    framed: bool
    opensmile: bool = True
    end_counts: bool = False

    @property
    def rows(self):
        """How many rows there are, for messages to people."""
        return 'at least 1' if self.framed else '1'

    def fits(self, shape: tuple) -> bool:
        """Tell whether a matrix of this shape, (frames, dimensions), can be this block."""
        frames, dimensions = shape
        return dimensions == self.dimensions and (frames >= 1 if self.framed else frames == 1)


LOG_MEL = 'log_mel'

BLOCKS = {block.name: block for block in (
    FeatureBlock('ComParE_2016', 6373, framed=False),
    FeatureBlock('ComParE_2016_lld', 65, framed=True),
    FeatureBlock('eGeMAPSv02', 88, framed=False),
    FeatureBlock(LOG_MEL, 80, framed=True, opensmile=False, end_counts=True))}


def feature_blocks(names: list) -> list:
    """Look blocks up.

    Args:
        names: of blocks.

    Returns:
        [FeatureBlock], in the same order.

    Raises:
        EmotionError: there are none, one is unknown, or one is named twice.

    """
    known = ', '.join(BLOCKS)
    if not names:
        raise EmotionError(f'features must be one or more of {known}, got none')
    for name in names:
        if name not in BLOCKS:
            raise EmotionError(f'features must be of {known}, got {str(name)[:100]!r}')
    if len(set(names)) < len(names):
        raise EmotionError(f'features must be different blocks, got {", ".join(names)}')
    return [BLOCKS[name] for name in names]


def split_names(text: str) -> list:
    """Split the names of blocks at commas: 'a, b' to ['a', 'b']; '' to []."""
    return [name.strip() for name in text.split(',') if name.strip()]


def opensmile_version() -> str:
    """Version of the installed opensmile package, such as '2.6.0'."""
    return importlib.metadata.version('opensmile')
