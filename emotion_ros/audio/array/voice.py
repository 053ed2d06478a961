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
from emotion_ros.audio.array.beamformer import OverlapAdd, WienerFilter, noise_left, weights
from emotion_ros.audio.array.channels import live_channels
from emotion_ros.audio.array.direction import DirectionFinder, OnsetCovariance
from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.array.spectra import FREQUENCIES, HOP, covariance, spectra
from emotion_ros.audio.resampler import to_int16

BACKGROUND = 2.0
"""Duration of audio before an utterance in which the noise is measured [s]."""

AIM_AGAIN = 64
"""Number of frames after which the direction is updated, from the utterance so far: 1.024 s."""

MIN_BACKGROUND = 16
"""Minimum number of frames to measure noise."""

FULL_SCALE = 32768


class ArrayVoice:
    """Turns an utterance of several channels into the audio from its direction.

    The first samples must contain enough speech to find the direction, which is updated while the
    utterance lasts. The output is delayed by HOP samples, so the end of an utterance, which is
    silence, is never output. An instance serves one utterance.

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
        self._noise: Complex128 | None = None   # covariance of a frame without speech, if known
        self._heard: OnsetCovariance   # of the utterance so far, from _begin() on
        self._frames = 0   # number of these frames
        self._aim_at = 0   # number of frames at which the direction is updated
        self._weights: Complex128 | None = None
        self._noise_left: Float64 | None = None   # power of the noise that these let through
        self._rest: Int16 = np.zeros((HOP, len(array.positions)), np.int16)
        self._filter = WienerFilter()
        self._sound = OverlapAdd()

    def push(self, samples: Int16) -> Int16:
        """Take the next samples.

        Args:
            samples: int16, shape (samples, microphones), 16 kHz; the first time, enough to find
                the direction.

        Returns:
            int16, one dimension: as much as can be computed so far.

        """
        if self._live is None or self._gains is None:
            self._live, self._gains = self._begin(samples)
        samples = np.concatenate([self._rest, samples[:, self._live]])
        found = spectra(samples) * self._gains
        self._rest = samples[found.shape[1] * HOP:]
        sound: list[Float64] = [np.zeros(0)]
        while found.shape[1]:
            count = (self._aim_at or found.shape[1] + self._frames) - self._frames
            sound.append(self._take(found[:, :count]))
            found = found[:, count:]
        return to_int16(np.concatenate(sound) / FULL_SCALE)

    def _begin(self, samples: Int16) -> tuple[Bool, Float64]:
        """Find the live channels, their gains, and the noise."""
        live = live_channels(np.concatenate([self._background, samples]))
        self.dead = tuple(np.array(self._array.channels)[~live].tolist())
        if self.dead:
            self._array = self._array.subset(live)
        self._rest = self._rest[:, live]
        # Microphones differ by some decibels, which would look like an effect of the direction.
        levels = samples[:, live].std(axis=0)
        gains: Float64 = levels.mean() / levels
        noise = spectra(self._background[:, live]) * gains
        if noise.shape[1] >= MIN_BACKGROUND:
            self._noise = covariance(noise) / noise.shape[1]
        self._heard = OnsetCovariance(noise)
        del self._background   # it is large
        return live, gains

    def _take(self, found: Complex128) -> Float64:
        """Turn the spectra of some frames into audio; update the direction when it is due."""
        begins = self._weights is None
        self._heard.push(found)
        self._frames += found.shape[1]
        if self._weights is None:
            self._weights = self._aim()
        steered: Complex128 = (found @ self._weights[:, :, np.newaxis])[:, :, 0]
        if self._noise_left is not None:
            steered = self._filter.push(steered, self._noise_left)
        sound = self._sound.push(steered)
        if not begins and self._frames == self._aim_at:
            self._weights = self._aim()
        return sound[HOP:] if begins else sound   # the first HOP samples are before the utterance

    def _aim(self) -> Complex128:
        """Find the direction of the utterance so far and return its weights."""
        self._aim_at = self._frames + AIM_AGAIN
        azimuth = 0.0   # any one: microphones above one another cannot tell
        if self._array.tells_azimuth:
            noise = 0 if self._noise is None else self._noise
            self.azimuth, self.certainty = _finder(self._array).find(
                self._heard.mean(), noise)
            azimuth = self.azimuth
        found = (_first_microphone(self._array) if math.isnan(azimuth)
                 else weights(self._array, azimuth, self._noise))
        if self._noise is not None:
            self._noise_left = noise_left(found, self._noise)
        return found


def _first_microphone(array: MicrophoneArray) -> Complex128:
    """Return the weights that choose the first microphone; see beamformer.weights()."""
    first = np.eye(1, len(array.positions), dtype=np.complex128)
    return first.repeat(len(FREQUENCIES), axis=0)


@functools.lru_cache(maxsize=2)
def _finder(array: MicrophoneArray) -> DirectionFinder:
    """Return the DirectionFinder of an array, which is cached."""
    return DirectionFinder(array)
