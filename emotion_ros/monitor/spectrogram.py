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


"""A spectrogram of the audio, with its level."""

from collections import deque

import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.resampler import to_float
from emotion_ros.features.log_mel import LogMel
from emotion_ros.monitor.level import amplitude_to_dbfs
from emotion_ros.monitor.view import SoundColumn

COLUMN = SAMPLE_RATE // 10
"""Samples of a column: 0.1 s."""

COLUMNS = 200
"""Number of columns that are kept."""


class Spectrogram:
    """Keeps the newest columns of a spectrogram.

    A column has a fixed number of samples, however fast and in whatever pieces they arrive.

    Attributes:
        columns: view.SoundColumn, the oldest first.

    """

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.int16)   # samples that do not fill a column yet
        self.columns: deque[SoundColumn] = deque(maxlen=COLUMNS)

    def push(self, samples: np.ndarray, *, speech: bool, muted: bool) -> None:
        """Process the next samples.

        Args:
            samples: int16, one dimension, 16 kHz.
            speech: whether an utterance is open at their end.
            muted: whether the robot speaks at their end.

        """
        samples = np.concatenate([self._rest, samples])
        count = len(samples) // COLUMN
        for column in samples[:count * COLUMN].reshape(count, COLUMN)[-COLUMNS:]:
            mel = LogMel()
            mel.push(column)
            power = np.log10(np.mean(10.0 ** mel.values(), axis=0))
            amplitude = float(np.sqrt(np.mean(to_float(column) ** 2)))
            self.columns.append(SoundColumn(amplitude_to_dbfs(amplitude), power, speech, muted))
        self._rest = samples[count * COLUMN:]
