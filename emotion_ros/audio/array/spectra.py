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

"""Short-time spectra of several channels, and their covariance."""

import numpy as np

from emotion_ros.arrays import Complex128, Float, Float64, Int16
from emotion_ros.audio import SAMPLE_RATE

FRAME, HOP = 512, 256
"""Number of samples of a frame, and from one frame to the next: 32 and 16 ms."""

FREQUENCIES: Float = np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE)
"""Frequencies of the bins of a spectrum [Hz]."""

WINDOW = np.sqrt(np.hanning(FRAME + 1)[:FRAME])
"""Window before the transform and after its inverse: half-overlapping frames sum to the audio."""


def spectra(samples: Int16) -> Complex128:
    """Transform all complete frames.

    Args:
        samples: shape (samples, channels).

    Returns:
        complex128, shape (frequencies, frames, channels).

    """
    starts = np.arange(0, len(samples) - FRAME + 1, HOP)
    frames = samples[starts[:, None] + np.arange(FRAME)] * WINDOW[:, None]
    return np.ascontiguousarray(np.fft.rfft(frames, axis=1).swapaxes(0, 1))


def covariance(found: Complex128) -> Complex128:
    """Sum the covariances of the channels over all frames.

    Args:
        found: see spectra().

    Returns:
        complex128, shape (frequencies, channels, channels).

    """
    return found.swapaxes(1, 2) @ found.conj()


def power(covariances: Complex128) -> Float64:
    """Sum the power of the channels.

    Args:
        covariances: see covariance().

    Returns:
        float64, shape (frequencies,).

    """
    total: Float64 = np.trace(covariances, axis1=1, axis2=2).real
    return total
