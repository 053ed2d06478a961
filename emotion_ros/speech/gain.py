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

"""A gain in front of the voice activity detector, which knows voices near a microphone."""

import numpy as np

from emotion_ros.arrays import Float

TARGET = 10 ** (-25 / 20)
"""Level that the loudest is brought to, of full scale: that of speech near a microphone."""

MAX_GAIN = 10 ** (30 / 20)

ABOVE_BACKGROUND = 10 ** (20 / 20)
"""Speech is taken to be so much louder than the background, so that this stays soft."""

RISE = 10 ** (3 * 0.032 / 20)
"""Of the background in a chunk of 32 ms, 3 dB a second; the level falls as fast."""

_SOFTEST = 1e-5   # level of a background: digital silence has none


class Gain:
    """Makes soft sound louder, as much as the loudest of the last moments allows.

    The gain of a chunk depends on this and the chunks before it alone. It is never below 1.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._level = 0.0
        self._background = np.inf

    def apply(self, chunk: Float) -> Float:
        """Amplify the next chunk.

        Args:
            chunk: float, one dimension, full scale -1.0 to 1.0; of 32 ms.

        Returns:
            Float of the same length, clipped to full scale.

        """
        level = float(np.sqrt(np.mean(np.square(chunk, dtype=np.float64))))
        self._level = max(level, self._level / RISE)
        self._background = max(_SOFTEST, min(level, self._background * RISE))
        loudest = max(self._level, self._background * ABOVE_BACKGROUND)
        return np.clip(chunk * min(MAX_GAIN, max(1.0, TARGET / loudest)), -1.0, 1.0)
