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

"""A gain before the voice activity detector, which was trained on voices near a microphone."""

import numpy as np

from emotion_ros.arrays import Float

TARGET = 10 ** (-25 / 20)
"""Target level of the loudest audio, relative to full scale: speech near a microphone."""

MAX_GAIN = 10 ** (30 / 20)

ABOVE_BACKGROUND = 10 ** (20 / 20)
"""Factor by which speech is assumed to exceed the background, which thus remains soft."""

RISE = 10 ** (3 * 0.032 / 20)
"""Factor by which the background rises in a chunk of 32 ms, 3 dB/s; the level falls as fast."""

_SOFTEST = 1e-5   # lowest level of a background; that of digital silence is 0


class Gain:
    """Amplifies soft audio, as much as the loudest recent audio allows.

    The gain of a chunk depends only on this chunk and those before it. It is at least 1.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all earlier audio."""
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
