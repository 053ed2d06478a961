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
from emotion_ros.audio.array.spectra import FREQUENCIES

BAND = 200.0, 4500.0
"""Frequencies that are used to find the direction [Hz]."""

STEP = 2
"""Step between the azimuths that are tried [degrees]."""

APART = 60
"""Minimum angle between two different directions [degrees]."""

CONTRAST = 0.1
"""Difference between the power of the direction and of any other at which the certainty is
1 - 1 / e; if all channels agree on a direction, its power is 1."""

_BINS = np.flatnonzero((FREQUENCIES >= BAND[0]) & (FREQUENCIES <= BAND[1]))
_AZIMUTHS = np.arange(-180, 180, STEP)
_TINY = 1e-9


class DirectionFinder:
    """Finds the direction from which the channels of an array agree best.

    All frequencies have the same weight, however loud they are (the phase transform), as far as
    they are louder than the noise.

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
            heard: covariance of the channels while somebody speaks, per frame; see
                spectra.covariance().
            noise: the same while nobody speaks.

        Returns:
            Azimuth [rad], counterclockwise from x, -pi to pi; certainty: 0 if another direction
            has the same power, approaching 1 the more this direction dominates.

        """
        voice = (heard - noise)[_BINS]
        voice = voice / (np.abs(voice) + _TINY)
        voice[:, self._diagonal, self._diagonal] = 0
        steered = self._steering.conj() @ voice
        power = (steered * self._steering).sum(axis=(0, 2)).real / (self._pairs * len(_BINS))
        if self._behind is not None:
            power[self._behind] = power.min()
        peak = int(power.argmax())
        away = np.abs((_AZIMUTHS - _AZIMUTHS[peak] + 180) % 360 - 180) >= APART
        certainty = 1 - math.exp((power[away].max() - power[peak]) / CONTRAST)
        return self._refine(power, peak), certainty

    @staticmethod
    def _refine(power: Float64, peak: int) -> float:
        """Fit a parabola through the peak and its neighbors."""
        before, top, after = power[peak - 1], power[peak], power[(peak + 1) % len(power)]
        bend = 2 * top - before - after
        shift = (after - before) / (2 * bend) if bend > _TINY else 0.0
        degrees = _AZIMUTHS[peak] + STEP * float(np.clip(shift, -0.5, 0.5))
        return math.radians((degrees + 180) % 360 - 180)
