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

"""The voice of one utterance, from the channels of an array."""

import functools
import math

import numpy as np

from emotion_ros.arrays import Bool, Complex128, Float64, Int16
from emotion_ros.audio.array.beamformer import (
    OverlapAdd,
    WienerFilter,
    mvdr_weights,
    noise_left,
)
from emotion_ros.audio.array.channels import live_channels
from emotion_ros.audio.array.dereverberation import Dereverberation
from emotion_ros.audio.array.direction import DirectionFinder, OnsetCovariance
from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.array.spectra import FRAME, FREQUENCIES, HOP, covariance, spectra
from emotion_ros.audio.resampler import to_int16

BACKGROUND = 2.0
"""Duration of audio before an utterance in which the noise is measured [s]."""

BLOCK = 120
"""Number of frames that are processed together: 1.92 s. Room and direction are found in each block,
from the utterance so far."""

MIN_BACKGROUND = 16
"""Minimum number of frames of noise, after dereverberation, to measure it."""

FULL_SCALE = 32768


class ArrayVoice:
    """Turns an utterance of several channels into the audio from its direction.

    It comes in blocks. The last HOP samples of an utterance are never output.
    An instance serves one utterance.

    Args:
        array: geometry.MicrophoneArray.
        background: int16, shape (samples, microphones), 16 kHz: audio before the utterance; may
            be empty.

    Attributes:
        azimuth: of the voice so far [rad], counterclockwise from x; NaN if it is unknown.
        certainty: of the azimuth, 0 to 1; NaN as above.
        dead: channels that are left out because they are dead.

    """

    def __init__(self, array: MicrophoneArray, background: Int16) -> None:
        self.azimuth = self.certainty = math.nan
        self.dead: tuple[int, ...] = ()
        self._array = array
        self._background = background
        self._live: Bool | None = None   # which microphones are live, once that is known
        self._gains: Float64 | None = None   # that equalize their levels
        self._room: Dereverberation   # from _begin() on, as is what follows
        self._noise: Complex128   # frames without speech; there may be too few
        self._heard: OnsetCovariance   # of the utterance so far
        # Not yet processed; the first half frame is before the utterance.
        self._rest: Int16 = np.zeros((HOP, len(array.positions)), np.int16)
        self._filter = WienerFilter()
        self._sound = OverlapAdd()

    def push(self, samples: Int16) -> Int16:
        """Take the next samples.

        Args:
            samples: int16, shape (samples, microphones), 16 kHz.

        Returns:
            int16, one dimension: what the blocks that are now complete contain.

        """
        self._rest = np.concatenate([self._rest, samples])
        sound: list[Int16] = [np.zeros(0, np.int16)]
        while self._waiting >= BLOCK:
            sound.append(self._take(BLOCK))
        return np.concatenate(sound)

    def flush(self) -> Int16:
        """Process what there is of a block, where the person pauses; another begins then.

        The direction is known after this, if there was any speech.

        Returns:
            int16, one dimension.

        """
        return self._take(self._waiting) if self._waiting else np.zeros(0, np.int16)

    @property
    def _waiting(self) -> int:
        """Number of frames that are not yet processed."""
        return (len(self._rest) - FRAME + HOP) // HOP

    def _take(self, count: int) -> Int16:
        """Turn a block of the next frames into audio; it overlaps with the next by half a frame."""
        samples, self._rest = self._rest[:count * HOP + FRAME - HOP], self._rest[count * HOP:]
        begins = self._live is None
        if self._live is None or self._gains is None:
            self._live, self._gains = self._begin(samples)
        found = self._room.push(spectra(samples[:, self._live]) * self._gains)
        self._heard.push(found)
        noise = self._noise_covariance()
        weights = self._aim(noise)
        steered: Complex128 = (found @ weights[:, :, np.newaxis])[:, :, 0]
        if noise is not None:
            steered = self._filter.push(steered, noise_left(weights, noise))
        sound = self._sound.push(steered)
        # The first HOP samples are before the utterance.
        return to_int16((sound[HOP:] if begins else sound) / FULL_SCALE)

    def _begin(self, samples: Int16) -> tuple[Bool, Float64]:
        """Find the live channels, their gains, and the noise."""
        heard = samples[HOP:]
        live = live_channels(np.concatenate([self._background, heard]))
        self.dead = tuple(np.array(self._array.channels)[~live].tolist())
        if self.dead:
            self._array = self._array.subset(live)
        # Microphones differ by some decibels, which would look like an effect of the direction.
        levels = heard[:, live].std(axis=0)
        gains: Float64 = levels.mean() / np.maximum(levels, 1)   # a constant one has none
        self._room = Dereverberation(int(live.sum()))
        self._noise = spectra(self._background[:, live]) * gains
        self._heard = OnsetCovariance(self._noise)
        del self._background
        return live, gains

    def _noise_covariance(self) -> Complex128 | None:
        """Return the covariance of noise as dereverberation leaves it; None if it is unknown."""
        if self._noise.shape[1] < MIN_BACKGROUND + self._room.reach:
            return None
        left = self._room.apply(self._noise)
        return covariance(left) / left.shape[1]

    def _aim(self, noise: Complex128 | None) -> Complex128:
        """Find the direction of the utterance so far and return its weights."""
        azimuth = 0.0   # any one: microphones above one another cannot tell
        if self._array.tells_azimuth:
            self.azimuth, self.certainty = _finder(self._array).find(
                self._heard.mean(), 0 if noise is None else noise)
            azimuth = self.azimuth
        return (_first_microphone(self._array) if math.isnan(azimuth)
                else mvdr_weights(self._array, azimuth, noise))


def _first_microphone(array: MicrophoneArray) -> Complex128:
    """Return the weights that choose the first microphone; see beamformer.mvdr_weights()."""
    first = np.eye(1, len(array.positions), dtype=np.complex128)
    return first.repeat(len(FREQUENCIES), axis=0)


@functools.lru_cache(maxsize=2)
def _finder(array: MicrophoneArray) -> DirectionFinder:
    """Return the DirectionFinder of an array, which is cached."""
    return DirectionFinder(array)
