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

"""The audio from one direction, by MVDR: minimum noise, without distortion of that direction.

A Wiener filter makes softer what noise is left.
"""

import numpy as np

from emotion_ros.arrays import Complex128, Float64
from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.array.spectra import FRAME, FREQUENCIES, HOP, WINDOW, power

MEASURED = 0.9
"""Fraction of measured noise, from before the utterance, in the noise model of the weights; the
rest is diffuse."""

LOADING = 0.003
"""Self-noise of the microphones, relative to the other noise [power]."""

KEPT = 0.3
"""Minimum gain of the Wiener filter: noise becomes up to 10 dB softer."""

SMOOTHING = 0.95
"""Weight of the frame before in the estimate of the signal-to-noise ratio."""

_TINY = 1e-9


def mvdr_weights(array: MicrophoneArray, azimuth: float,
                 noise: Complex128 | None = None) -> Complex128:
    """Compute the weights for a direction.

    Args:
        array: geometry.MicrophoneArray.
        azimuth: of the voice [rad].
        noise: covariance of the channels while nobody speaks, see spectra.covariance(); None if it
            is unknown.

    Returns:
        complex128, shape (frequencies, microphones); the sum of the weighted spectra is the audio.

    """
    against = array.diffuse_coherence(FREQUENCIES).astype(np.complex128)
    if noise is not None:
        mean = power(noise) / len(array.positions)
        against = (1 - MEASURED) * against + MEASURED * noise / (mean[:, None, None] + _TINY)
    against += LOADING * np.eye(len(array.positions))
    steering = array.steering(np.array([azimuth]), FREQUENCIES)[:, 0, :, None]
    solved = np.linalg.solve(against, steering)
    return (solved / (steering.conj().swapaxes(1, 2) @ solved))[:, :, 0].conj()


def noise_left(weights: Complex128, noise: Complex128) -> Float64:
    """Compute the power of the noise that weights let through.

    Args:
        weights: see mvdr_weights().
        noise: covariance of the channels while nobody speaks.

    Returns:
        float64, shape (frequencies,).

    """
    left = weights[:, np.newaxis] @ noise @ weights.conj()[:, :, np.newaxis]
    found: Float64 = left[:, 0, 0].real
    return found


class WienerFilter:
    """Makes known noise softer, where and when there is little else.

    The signal-to-noise ratio is estimated from this frame and from the output of the frame before
    (the decision-directed estimate of Ephraim and Malah 1984, doi 10.1109/TASSP.1984.1164453), so
    that the noise that is left does not twitter.
    """

    def __init__(self) -> None:
        self._voice = np.zeros(len(FREQUENCIES))   # power of the last frame, filtered

    def push(self, found: Complex128, noise: Float64) -> Complex128:
        """Filter the spectra of the next frames.

        Args:
            found: complex128, shape (frequencies, frames).
            noise: mean power of the noise in a frame, float64, shape (frequencies,).

        Returns:
            complex128, of the same shape.

        """
        noise = noise + _TINY
        filtered = np.empty_like(found)
        for index, frame in enumerate(found.T):
            heard = np.abs(frame) ** 2
            ratio = (SMOOTHING * self._voice
                     + (1 - SMOOTHING) * np.maximum(heard - noise, 0)) / noise
            gain = ratio / (1 + ratio)
            self._voice = gain ** 2 * heard
            filtered[:, index] = np.maximum(gain, KEPT) * frame
        return filtered


class OverlapAdd:
    """Turns spectra of frames that overlap by half into audio."""

    def __init__(self) -> None:
        self._rest = np.zeros(HOP)   # second half of the newest frame

    def push(self, found: Complex128) -> Float64:
        """Process the spectra of the next frames.

        Args:
            found: complex128, shape (frequencies, frames).

        Returns:
            float64, HOP samples for each frame.

        """
        frames = np.fft.irfft(found, FRAME, axis=0).T * WINDOW
        heads, tails = frames[:, :HOP], frames[:, HOP:]
        sound = heads + np.concatenate([self._rest[np.newaxis], tails[:-1]])
        self._rest = tails[-1]
        return sound.ravel()
