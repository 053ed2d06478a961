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
        name: as messages, models and commands say it.
        dimensions: values in a row.
        framed: there is a row for every 10 ms; else a single one for the whole utterance.
        opensmile: openSMILE computes it.
        end_counts: in a batch its end lies where those of others do; else its beginning.
        frame: length of a frame [ns], where it is framed.
        compute: of a block of one's own (docs/plugins.md): function of the samples of an
            utterance, int16, one dimension, 16 kHz, that gives the matrix; None for the package's.

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
        """How many rows there are, for messages to people."""
        return 'at least 1' if self.framed else '1'

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Tell whether a matrix of this shape, (frames, dimensions), can be this block."""
        frames, dimensions = shape
        return dimensions == self.dimensions and (frames >= 1 if self.framed else frames == 1)

    def computed(self, samples: Int16) -> Float32:
        """Compute a block of one's own.

        Returns:
            float32, shape (frames, dimensions).

        Raises:
            EmotionError: it failed, or its values are not what a block may be.

        """
        assert self.compute is not None
        try:
            values = np.asarray(self.compute(samples), np.float32)
        except Exception as error:   # it is somebody else's
            raise EmotionError(f'features {self.name!r} failed: {one_line(error)}') from error
        if values.ndim != 2 or not self.fits(values.shape) or not np.isfinite(values).all():
            raise EmotionError(f'features {self.name!r} must be finite and of {self.rows} frames '
                               f'of {self.dimensions} values, got shape {values.shape}')
        return values


LOG_MEL = 'log_mel'

MAX_BLOCKS = 16
"""Most blocks of features of an utterance that are taken."""

BLOCKS = {block.name: block for block in (
    FeatureBlock('ComParE_2016', 6373, framed=False),
    FeatureBlock('ComParE_2016_lld', 65, framed=True, frame=60_000_000),
    FeatureBlock('eGeMAPSv02', 88, framed=False),
    FeatureBlock(LOG_MEL, 80, framed=True, opensmile=False, end_counts=True, frame=25_000_000))}


def own_blocks() -> list[str]:
    """Name the blocks that other packages bring; see docs/plugins.md."""
    return [name for name in plugins.plugin_names(plugins.FEATURES) if name not in BLOCKS]


def find_block(name: str) -> FeatureBlock:
    """Give the block of a name, of the package or of another one.

    Raises:
        EmotionError: it is unknown, or the other package's cannot be used.

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
    """Look blocks up.

    Args:
        names: of blocks.

    Returns:
        [FeatureBlock], in the same order.

    Raises:
        EmotionError: there are none, one is unknown, or one is named twice.

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
