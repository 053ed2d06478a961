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

"""Noise: excerpts of recordings, and generated noise."""

import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.training.effects import change_speed, db_to_amplitude, tilt

CORNER = 50, 1000
"""Range of the frequency above which the spectrum of generated noise falls [Hz]."""

SLOPE = 0, 12
"""Range of its slope there [dB per octave]; white noise has 0, brown noise 6."""

SWELL = 0, 6   # standard deviation of the level of generated noise [dB]
SWELL_TIME = 0.2, 2   # range of the time between changes of level [s]

SPEED = 0.7, 1.4
"""Range of the speed of recorded noise."""

TILT = -4, 4
"""Range of the slope added to the spectrum of recorded noise [dB per octave]."""

PIVOT = 1000   # frequency whose level does not change [Hz]

COLORED = 0.5   # probability that noise is generated, if there are recordings too


def settings():
    """Return the settings that noise depends on besides the recordings, ready for JSON."""
    return [CORNER, SLOPE, SWELL, SWELL_TIME, SPEED, TILT, PIVOT, COLORED]


def draw_noise(recordings, count, rng):
    """Draw noise, recorded or generated.

    Args:
        recordings: recordings.Recordings, or None to generate all noise.
        count: number of samples.
        rng: numpy.random.Generator.

    Returns:
        float32, shape (count,), 16 kHz.

    """
    if recordings is None or rng.random() < COLORED:
        return colored_noise(count, np.exp(rng.uniform(*np.log(CORNER))), rng.uniform(*SLOPE), rng)
    return varied_noise(recordings, count, rng)


def recorded_noise(noise, count, rng):
    """Draw an excerpt of a random recording; one that is too short is repeated.

    Args:
        noise: recordings.Recordings.
        count: number of samples.
        rng: numpy.random.Generator.

    Returns:
        float32, shape (count,), 16 kHz.

    """
    recording = noise.read(rng.integers(len(noise.paths)))
    start = rng.integers(len(recording))
    return np.take(recording, np.arange(start, start + count), mode='wrap')


def varied_noise(noise, count, rng):
    """Draw an excerpt of a recording at a random speed and spectral tilt, as if from elsewhere.

    Arguments and return value are the same as those of recorded_noise.

    """
    if not count:
        return np.zeros(0, np.float32)
    speed = rng.uniform(*SPEED)
    piece = change_speed(recorded_noise(noise, int(count * speed) + 1, rng), speed)[:count]
    piece = np.pad(piece, (0, count - len(piece)))
    return tilt(piece, rng.uniform(*TILT), CORNER[0], PIVOT)


def colored_noise(count, corner, slope, rng):
    """Generate noise like that of motors, wind and traffic, whose spectrum falls with frequency.

    Args:
        count: number of samples.
        corner: frequency above which the power density falls [Hz].
        slope: how fast it falls [dB per octave].
        rng: numpy.random.Generator.

    Returns:
        float32, shape (count,), 16 kHz; its level rises and falls.

    """
    if not count:
        return np.zeros(0, np.float32)
    fallen = tilt(rng.standard_normal(count, np.float32), -slope, corner)
    step = rng.uniform(*SWELL_TIME) * SAMPLE_RATE
    levels = rng.normal(0, rng.uniform(*SWELL), int(count / step) + 2)
    swell = np.interp(np.arange(count), step * np.arange(len(levels)), levels)
    noise = fallen * db_to_amplitude(swell)
    return (noise / np.abs(noise).max()).astype(np.float32)
