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

"""Sound as an array hears it outdoors, where nothing echoes."""

import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.array.geometry import MicrophoneArray

CIRCLE = [0.0325, 0.0, 0.0, 0.0, 0.0325, 0.0, -0.0325, 0.0, 0.0, 0.0, -0.0325, 0.0]
"""Positions of four microphones on a circle of 65 mm [m], as parameters have them."""


def circle():
    """Make the array of CIRCLE."""
    return MicrophoneArray.select(CIRCLE)


def plane_wave(samples, azimuth, array=None):
    """Let a sound come from afar.

    Args:
        samples: int16, one dimension, 16 kHz.
        azimuth: that it comes from [rad].
        array: geometry.MicrophoneArray; that of CIRCLE by default.

    Returns:
        float64, shape (samples, microphones).

    """
    array = array or circle()
    frequencies = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    steering = array.steering(np.array([azimuth]), frequencies)[:, 0]
    return np.fft.irfft(np.fft.rfft(samples)[:, np.newaxis] * steering, len(samples), axis=0)


def diffuse_noise(count, level, array=None, *, waves=12):
    """Make noise that comes from everywhere around.

    Args:
        count: number of samples.
        level: standard deviation of each channel, about.
        array: as above.
        waves: from how many directions.

    Returns:
        float64, shape (samples, microphones).

    """
    rng = np.random.default_rng(1)
    return sum(plane_wave(rng.normal(0, level / np.sqrt(waves), count), azimuth, array)
               for azimuth in np.linspace(-np.pi, np.pi, waves, endpoint=False))


def to_int16(samples):
    """Round to what a device gives."""
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
