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

"""Removes late reverberation from the channels of an array."""

import numpy as np

from emotion_ros.arrays import Complex128, Float64
from emotion_ros.audio.array.spectra import FREQUENCIES

DELAY = 2
"""Number of frames before a frame from which none of it is predicted: 32 ms of its own sound and
of early echoes, which help."""

TAPS = 6
"""Number of frames, before these, from which it is predicted."""

LOADING = 0.001
"""Added to the power of the frames that it is predicted from, as a fraction of it."""

FLOOR = 0.001
"""Minimum power of a frame, relative to the mean so far, for its weight."""

_TINY = 1e-9

_UNKNOWNS = 96
"""Maximum number of frames times microphones that a frame is predicted from."""

_PRODUCT = 32768
"""Number of multiplications up to which OpenBLAS multiplies complex matrices in one thread. With
more, threads wait for one another for seconds if the processor has other work."""

_AT_ONCE = 16   # frames, at most: more take much memory


class Dereverberation:
    """Subtracts from each frame what earlier frames predict of it, which is late reverberation.

    At each frequency, all channels of some earlier frames predict each channel by least squares. A
    frame weighs less if it is loud, because it is then mostly direct sound: weighted prediction
    error (Nakatani and others 2010, doi 10.1109/TASL.2010.2052251), with a single iteration, in
    which the power is that of the channels. Everything that was pushed so far counts.

    Args:
        microphones: number of channels.

    """

    def __init__(self, microphones: int) -> None:
        self._taps = max(min(TAPS, _UNKNOWNS // microphones), 1)
        size = self._taps * microphones
        self._past: Complex128 = np.zeros(
            (len(FREQUENCIES), DELAY + self._taps - 1, microphones), np.complex128)
        self._products: Complex128 = np.zeros((len(FREQUENCIES), size, size), np.complex128)
        self._targets: Complex128 = np.zeros(
            (len(FREQUENCIES), size, microphones), np.complex128)
        self._power: Float64 = np.zeros(len(FREQUENCIES))   # sum over the frames so far
        self._frames = 0   # their number
        self._predictor: Complex128 = np.zeros_like(self._targets)

    def push(self, found: Complex128) -> Complex128:
        """Process the next frames, with what they tell of the room.

        Args:
            found: complex128, shape (frequencies, frames, microphones), at least one frame.

        Returns:
            complex128, of the same shape.

        """
        count = found.shape[1]
        joined = np.concatenate([self._past, found], axis=1)
        self._past = joined[:, count:].copy()
        power = self._power_of(joined, count)
        size = self._products.shape[1]
        for part in self._parts(count):
            earlier = self._earlier(joined, part)
            weighted = earlier.conj().swapaxes(1, 2) / power[:, np.newaxis, part]
            self._products += weighted @ earlier
            self._targets += weighted @ found[:, part]
        loading = LOADING * np.trace(self._products, axis1=1, axis2=2).real / size + _TINY
        self._predictor[:] = np.linalg.solve(
            self._products + loading[:, np.newaxis, np.newaxis] * np.eye(size), self._targets)
        return self.apply(joined)

    @property
    def reach(self) -> int:
        """Number of earlier frames needed to process a frame."""
        return self._past.shape[1]

    def apply(self, frames: Complex128) -> Complex128:
        """Process frames, say of noise, with what is known of the room.

        Args:
            frames: complex128, shape (frequencies, frames, microphones), more than `reach` frames.

        Returns:
            complex128, of the same shape, without the first `reach` frames.

        """
        predicted = [self._earlier(frames, part) @ self._predictor
                     for part in self._parts(frames.shape[1] - self.reach)]
        return frames[:, self.reach:] - np.concatenate(predicted, axis=1)

    def _parts(self, count: int) -> list[slice]:
        """Divide frames into parts that are processed at once."""
        step = max(min(_PRODUCT // self._products.shape[1] ** 2, _AT_ONCE), 1)
        return [slice(start, min(start + step, count)) for start in range(0, count, step)]

    def _earlier(self, joined: Complex128, part: slice) -> Complex128:
        """Give what frames are predicted from; shape (frequencies, frames, taps * microphones)."""
        return np.concatenate([joined[:, part.start + tap:part.stop + tap]
                               for tap in reversed(range(self._taps))], axis=2)

    def _power_of(self, joined: Complex128, count: int) -> Float64:
        """Count the last frames in; give the power of each, with its neighbors."""
        power = np.mean(np.abs(joined[:, -count - 1:]) ** 2, axis=2)
        self._power += power[:, 1:].sum(axis=1)
        self._frames += count
        after = np.concatenate([power[:, 2:], power[:, -1:]], axis=1)
        floor = FLOOR * self._power / self._frames + _TINY
        return np.maximum((power[:, :-1] + power[:, 1:] + after) / 3, floor[:, np.newaxis])
