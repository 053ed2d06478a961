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

"""Noise: pieces of recordings, and generated noise."""

import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.training.effects import change_speed, db_to_amplitude, tilt

CORNER = 50, 1000
"""Frequencies between which that is drawn from which on the spectrum of generated noise falls
[Hz]."""

SLOPE = 0, 12
"""How fast it falls there [dB an octave]; white noise has 0, brown noise 6."""

SWELL = 0, 6   # standard deviation of the level of generated noise [dB]
SWELL_TIME = 0.2, 2   # between two levels of it [s]

SPEED = 0.7, 1.4
"""Factors between which the speed of recorded noise is drawn."""

TILT = -4, 4
"""Slopes between which that is drawn by which the spectrum of recorded noise is made to rise [dB
an octave]."""

PIVOT = 1000   # frequency whose level stays as it is [Hz]

COLORED = 0.5   # probability that noise is generated, where there are recordings too


def settings():
    """Give what drawn noise depends on besides the recordings, as JSON takes it."""
    return [CORNER, SLOPE, SWELL, SWELL_TIME, SPEED, TILT, PIVOT, COLORED]


def draw_noise(recordings, count, rng):
    """Draw noise, recorded or generated.

    Args:
        recordings: recordings.Recordings, or None where all noise is generated.
        count: of samples.
        rng: numpy.random.Generator.

    Returns:
        float32, shape (count,), 16 kHz.

    """
    if recordings is None or rng.random() < COLORED:
        return colored_noise(count, np.exp(rng.uniform(*np.log(CORNER))), rng.uniform(*SLOPE), rng)
    return varied_noise(recordings, count, rng)


def recorded_noise(noise, count, rng):
    """Draw a piece of a drawn recording; one that is too short goes on from its start.

    Args:
        noise: recordings.Recordings.
        count: of samples.
        rng: numpy.random.Generator.

    Returns:
        float32, shape (count,), 16 kHz.

    """
    recording = noise.read(rng.integers(len(noise.paths)))
    start = rng.integers(len(recording))
    return np.take(recording, np.arange(start, start + count), mode='wrap')


def varied_noise(noise, count, rng):
    """Draw a piece of a recording, with speed and tilt of the spectrum drawn: as another place.

    Args and returns as of recorded_noise.

    """
    if not count:
        return np.zeros(0, np.float32)
    speed = rng.uniform(*SPEED)
    piece = change_speed(recorded_noise(noise, int(count * speed) + 1, rng), speed)[:count]
    piece = np.pad(piece, (0, count - len(piece)))
    return tilt(piece, rng.uniform(*TILT), CORNER[0], PIVOT)


def colored_noise(count, corner, slope, rng):
    """Generate noise such as motors, wind and traffic make: it falls toward high frequencies.

    Args:
        count: of samples.
        corner: frequency above which the power density falls [Hz].
        slope: how fast it falls [dB an octave].
        rng: numpy.random.Generator.

    Returns:
        float32, shape (count,), 16 kHz; its level swells and falls.

    """
    if not count:
        return np.zeros(0, np.float32)
    fallen = tilt(rng.standard_normal(count, np.float32), -slope, corner)
    step = rng.uniform(*SWELL_TIME) * SAMPLE_RATE
    levels = rng.normal(0, rng.uniform(*SWELL), int(count / step) + 2)
    swell = np.interp(np.arange(count), step * np.arange(len(levels)), levels)
    noise = fallen * db_to_amplitude(swell)
    return (noise / np.abs(noise).max()).astype(np.float32)
