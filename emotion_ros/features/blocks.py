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

"""Blocks of features: named matrices, of which a model takes some."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import importlib.metadata

import numpy as np

from emotion_ros import plugins
from emotion_ros.arrays import Float32, Int16
from emotion_ros.errors import EmotionError, one_line


@dataclass(frozen=True)
class FeatureBlock:
    """A matrix of features.

    Args:
        name: in messages, models and commands.
        dimensions: values in a row.
        framed: there is a row for every 10 ms; otherwise, one for the whole utterance.
        opensmile: openSMILE computes it.
        end_counts: in a batch, blocks are aligned at their ends; otherwise, at their beginnings.
        frame: length of a frame [ns], if it is framed.
        compute: for a block of another package (docs/plugins.md): function that computes the
            matrix from the samples of an utterance, int16, one dimension, 16 kHz; else None.

    """

    name: str
    dimensions: int
    framed: bool
    opensmile: bool = True
    end_counts: bool = False
    frame: int = 0
    compute: Callable[[Int16], Float32] | None = None

    @property
    def rows(self) -> str:
        """The number of rows, for error messages."""
        return 'at least 1' if self.framed else '1'

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Check whether a matrix of this shape, (frames, dimensions), can be this block."""
        frames, dimensions = shape
        return dimensions == self.dimensions and (frames >= 1 if self.framed else frames == 1)

    def computed(self, samples: Int16) -> Float32:
        """Compute a block of another package.

        Returns:
            float32, shape (frames, dimensions).

        Raises:
            EmotionError: it failed, or gave invalid values.

        """
        assert self.compute is not None
        try:
            values = np.asarray(self.compute(samples), np.float32)
        except Exception as error:   # of another package: anything may be raised
            raise EmotionError(f'features {self.name!r} failed: {one_line(error)}') from error
        if values.ndim != 2 or not self.fits(values.shape) or not np.isfinite(values).all():
            raise EmotionError(f'features {self.name!r} must be finite and of {self.rows} frames '
                               f'of {self.dimensions} values, got shape {values.shape}')
        return values


LOG_MEL = 'log_mel'

MAX_BLOCKS = 16
"""Maximum number of blocks of features of an utterance."""

BLOCKS = {block.name: block for block in (
    FeatureBlock('ComParE_2016', 6373, framed=False),
    FeatureBlock('ComParE_2016_lld', 65, framed=True, frame=60_000_000),
    FeatureBlock('eGeMAPSv02', 88, framed=False),
    FeatureBlock(LOG_MEL, 80, framed=True, opensmile=False, end_counts=True, frame=25_000_000))}


def own_blocks() -> list[str]:
    """List the names of the blocks that other packages provide; see docs/plugins.md."""
    return [name for name in plugins.plugin_names(plugins.FEATURES) if name not in BLOCKS]


def find_block(name: str) -> FeatureBlock:
    """Find a block of this package or of another one by its name.

    Raises:
        EmotionError: it is unknown, or cannot be used.

    """
    if name in BLOCKS:
        return BLOCKS[name]
    if name not in own_blocks():
        raise EmotionError(f'features must be of {", ".join([*BLOCKS, *own_blocks()])}, '
                           f'got {str(name)[:100]!r}')
    block = plugins.load_plugin(plugins.FEATURES, name, FeatureBlock)
    if block.name != name or block.opensmile or block.compute is None:
        raise EmotionError(f'entry point {name!r} of {plugins.FEATURES} must be a FeatureBlock of '
                           'this name with opensmile=False and a function compute')
    return block


def feature_blocks(names: Sequence[str]) -> list[FeatureBlock]:
    """Find several blocks by their names.

    Args:
        names: of blocks.

    Returns:
        [FeatureBlock], in the same order.

    Raises:
        EmotionError: there are no names, one is unknown, or one occurs twice.

    """
    if not names:
        raise EmotionError('features must be one or more of '
                           f'{", ".join([*BLOCKS, *own_blocks()])}, got none')
    blocks = [find_block(name) for name in names]
    if len(set(names)) < len(names):
        raise EmotionError(f'features must be different blocks, got {", ".join(names)}')
    return blocks


def split_names(text: str) -> list[str]:
    """Split the names of blocks at commas: 'a, b' to ['a', 'b']; '' to []."""
    return [name.strip() for name in text.split(',') if name.strip()]


def opensmile_version() -> str:
    """Version of the installed opensmile package, such as '2.6.0'."""
    return importlib.metadata.version('opensmile')
