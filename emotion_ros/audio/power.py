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

"""Power of audio over time."""

import numpy as np

from emotion_ros.arrays import Float64, Int16

FRAME = 512
"""Samples at 16 kHz over which power is measured: 32 ms."""


def frame_power(samples: Int16) -> Float64:
    """Measure the power of each frame; an incomplete one at the end is left out.

    Args:
        samples: one dimension, 16 kHz.

    Returns:
        Mean squares: float64, shape (frames,).

    """
    frames = samples[:len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return (frames.astype(np.float64) ** 2).mean(axis=1)
