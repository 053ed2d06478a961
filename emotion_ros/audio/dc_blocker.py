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

"""Removal of the DC offset that cheap microphones add."""

import math

import numpy as np

from emotion_ros.arrays import Float64, Int16
from emotion_ros.audio import SAMPLE_RATE

CUTOFF = 10.0
"""Frequency [Hz] at which the blocker halves the power: far below any voice."""

_KEPT = math.exp(-2 * math.pi * CUTOFF / SAMPLE_RATE)   # of the output, from sample to sample
_GRID = 512                                             # samples
_POWERS = _KEPT ** np.arange(_GRID)                     # 1.0 down to 0.13


class DcBlocker:
    """First-order high-pass filter: y[n] = x[n] - x[n-1] + KEPT y[n-1], x[-1] = x[0].

    An instance filters one stream. Its output is bit-identical however the stream is cut into
    pieces: the recursion is a running sum of differences that are scaled by powers of KEPT, and it
    is rescaled on a grid of samples, not at the ends of pieces.
    """

    def __init__(self) -> None:
        self._last: Int16 | None = None     # the newest sample
        self._position = 0    # on the grid, of the next sample
        # Of the scaled differences, with what was before the grid point.
        self._sum: Float64 | float = 0.0

    def push(self, samples: Int16) -> Int16:
        """Take the next samples.

        Args:
            samples: int16, one dimension or shape (samples, channels), 16 kHz; may be empty.

        Returns:
            int16 of the same shape, clipped to 16 bits.

        """
        if len(samples) == 0:
            return samples
        first = samples[:1] if self._last is None else self._last
        self._last = samples[-1:]
        differences = np.diff(samples.astype(np.float64), prepend=first, axis=0)
        filtered = np.empty(samples.shape)
        begin = 0
        while begin < len(samples):
            end = min(len(samples), begin + _GRID - self._position)
            powers = _POWERS[self._position:self._position + end - begin]
            terms = differences[begin:end].T / powers
            terms[..., 0] += self._sum
            sums = np.cumsum(terms, axis=-1)   # sequential: a cut changes no bit
            filtered[begin:end] = (sums * powers).T
            self._sum = sums[..., -1]
            self._position += end - begin
            if self._position == _GRID:
                self._sum *= _KEPT ** _GRID
                self._position = 0
            begin = end
        return np.clip(np.rint(filtered), -32768, 32767).astype(np.int16)
