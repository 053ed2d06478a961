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

"""Which channels of an array work."""

import numpy as np

from emotion_ros.arrays import Bool, Int16

FRAME = 512
"""Number of samples over which a level is measured: 32 ms at 16 kHz."""

AGREEMENT = 0.5
"""Minimum correlation of a channel's level with the mean of all levels; below it, the channel is
dead."""


def live_channels(samples: Int16) -> Bool:
    """Find the channels whose levels follow those of the others.

    Speech, like any other sound in a room, raises and lowers the levels of all microphones
    together. A channel of zeros, or of noise only, does not follow.

    Args:
        samples: int16, shape (samples, channels), with some speech and a pause.

    Returns:
        bool, shape (channels,); at least one is True.

    """
    count = len(samples) // FRAME
    frames = samples[:count * FRAME].reshape(count, FRAME, -1).astype(np.float64)
    levels = np.log10(frames.var(axis=1) + 1)   # so that a channel of zeros is constant
    levels -= levels.mean(axis=0)
    spread = np.sqrt((levels ** 2).sum(axis=0))
    mean = levels.mean(axis=1)
    together = mean @ levels
    live = together > AGREEMENT * spread * np.sqrt(mean @ mean)
    if not live.any():
        live[spread.argmax()] = True
    return live
