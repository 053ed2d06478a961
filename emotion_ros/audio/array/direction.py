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

"""The direction of a voice, by steered response power with phase transform (SRP-PHAT)."""

import math

import numpy as np

from emotion_ros.arrays import Complex128, Float64
from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.array.spectra import FREQUENCIES, covariance, power

BAND = 200.0, 4500.0
"""Frequencies that are used to find the direction [Hz]."""

STEP = 2
"""Step between the azimuths that are tried [degrees]."""

APART = 60
"""Minimum angle between two different directions [degrees]."""

CONTRAST = 0.1
"""Difference between the power of the direction and of any other at which the certainty is
1 - 1 / e; if all channels agree on a direction, its power is 1."""

RISE = 4.0
"""Factor by which the power of a frame must exceed that of the frames before it, as it would have
decayed in a room, for the frame to be an onset."""

DECAY = 0.7
"""Factor by which the power of the past decays from frame to frame."""

LOUDER = 3.0
"""Factor by which the power of an onset must exceed that of the loudest frame of the noise."""

_BINS = np.flatnonzero((FREQUENCIES >= BAND[0]) & (FREQUENCIES <= BAND[1]))
_AZIMUTHS = np.arange(-180, 180, STEP)
_TINY = 1e-9


class OnsetCovariance:
    """Averages the covariances of the channels over the onsets of sound.

    When a sound begins, it has come straight from the mouth; its echoes come later. The average is
    taken at each frequency on its own.

    Args:
        noise: spectra of frames without speech, see spectra.spectra(); there may be none.

    """

    def __init__(self, noise: Complex128) -> None:
        self._floor = LOUDER * _frame_powers(noise).max(axis=1, initial=0.0)
        self._past: Float64 = np.zeros(len(FREQUENCIES))   # power of the last frames, decayed
        self._sum: Complex128 = np.zeros((), np.complex128)
        self._count: Float64 = np.zeros(len(FREQUENCIES))   # number of onsets

    def push(self, found: Complex128) -> None:
        """Take the next frames.

        Args:
            found: see spectra.spectra().

        """
        powers = _frame_powers(found)
        onset = np.zeros(powers.shape, bool)
        for index, now in enumerate(powers.T):
            onset[:, index] = now > np.maximum(RISE * self._past, self._floor)
            self._past = np.maximum(DECAY * self._past, now)
        self._sum = self._sum + covariance(found * onset[:, :, np.newaxis])
        self._count += onset.sum(axis=1)

    def mean(self) -> Complex128:
        """Return the covariance of an onset.

        Returns:
            complex128, shape (frequencies, channels, channels); 0 where there was no onset.

        """
        return self._sum / np.maximum(self._count, 1)[:, np.newaxis, np.newaxis]


class DirectionFinder:
    """Finds the direction from which the channels of an array agree best.

    All frequencies have the same weight, however loud they are (the phase transform), but for the
    fraction of noise in them.

    Args:
        array: geometry.MicrophoneArray.

    """

    def __init__(self, array: MicrophoneArray) -> None:
        radians = np.radians(_AZIMUTHS)
        self._steering = array.steering(radians, FREQUENCIES[_BINS])
        microphones = len(array.positions)
        self._diagonal = np.arange(microphones)
        self._pairs = microphones * (microphones - 1)
        self._behind = None
        if array.normal is not None:
            directions = np.stack([np.cos(radians), np.sin(radians)], axis=1)
            self._behind = directions @ array.normal < -_TINY

    def find(self, heard: Complex128, noise: Complex128 | float) -> tuple[float, float]:
        """Find the direction.

        Args:
            heard: covariance of the channels while somebody speaks; see OnsetCovariance.
            noise: the same while nobody speaks; 0 if it is unknown.

        Returns:
            Azimuth [rad], counterclockwise from x, -pi to pi; certainty: 0 if another direction
            has the same power, approaching 1 the more this direction dominates. Both are NaN if
            nothing is louder than the noise.

        """
        voice = (heard - noise)[_BINS]
        fraction = np.clip(power(voice) / (power(heard[_BINS]) + _TINY), 0, 1)
        if not fraction.any():
            return math.nan, math.nan
        voice = voice / (np.abs(voice) + _TINY) * fraction[:, np.newaxis, np.newaxis]
        voice[:, self._diagonal, self._diagonal] = 0
        steered = self._steering.conj() @ voice
        response = (steered * self._steering).sum(axis=(0, 2)).real
        response /= self._pairs * fraction.sum()
        if self._behind is not None:
            response[self._behind] = response.min()
        peak = int(response.argmax())
        away = np.abs((_AZIMUTHS - _AZIMUTHS[peak] + 180) % 360 - 180) >= APART
        certainty = 1 - math.exp((response[away].max() - response[peak]) / CONTRAST)
        return self._refine(response, peak), certainty

    @staticmethod
    def _refine(power: Float64, peak: int) -> float:
        """Fit a parabola through the peak and its neighbors."""
        before, top, after = power[peak - 1], power[peak], power[(peak + 1) % len(power)]
        bend = 2 * top - before - after
        shift = (after - before) / (2 * bend) if bend > _TINY else 0.0
        degrees = _AZIMUTHS[peak] + STEP * float(np.clip(shift, -0.5, 0.5))
        return math.radians((degrees + 180) % 360 - 180)


def _frame_powers(found: Complex128) -> Float64:
    """Sum the power of the channels; shape (frequencies, frames)."""
    total: Float64 = (np.abs(found) ** 2).sum(axis=2)
    return total
