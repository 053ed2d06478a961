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

"""The level of audio."""

import math

import numpy as np

from emotion_ros.audio.resampler import to_float

FLOOR = -96.0
"""Lowest level that is shown [dBFS]: the range of 16 bits."""

INTEGRATION = 0.3
"""Time over which the mean power is taken [s], as a volume meter does."""

FALL = 20.0
"""The peak falls by this much a second [dB]."""

HOLD = 1.0
"""Time for which clipping is shown [s]."""


class LevelMeter:
    """RMS and peak of a sound [dBFS]; 0 is full scale.

    Time is measured in samples, so the levels do not depend on how fast the audio arrives.

    Attributes:
        peak: of the newest samples, or a decaying one from before.

    """

    def __init__(self):
        self._power = 0.0
        self._since_clip = HOLD   # s
        self.peak = FLOOR

    @property
    def clipped(self):
        """Whether full scale was reached recently."""
        return self._since_clip < HOLD

    @property
    def rms(self):
        """Root of the mean power."""
        return amplitude_to_dbfs(math.sqrt(self._power))

    def push(self, samples, sample_rate):
        """Process the next samples.

        Args:
            samples: int16, shape (samples, channels); at least one.
            sample_rate: [Hz].

        """
        duration = len(samples) / sample_rate
        full = samples.max() == 32767 or samples.min() == -32768
        self._since_clip = 0.0 if full else self._since_clip + duration
        samples = to_float(samples)
        keep = math.exp(-duration / INTEGRATION)
        self._power = keep * self._power + (1 - keep) * float(np.mean(samples ** 2))
        peak = amplitude_to_dbfs(float(np.abs(samples).max()))
        self.peak = max(peak, self.peak - FALL * duration, FLOOR)


def amplitude_to_dbfs(amplitude: float) -> float:
    """Turn an amplitude, 1.0 is full scale, into dBFS, FLOOR at least."""
    return max(FLOOR, 20 * math.log10(amplitude)) if amplitude > 0 else FLOOR
