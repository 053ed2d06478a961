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

"""Audio: its sources, and the one form in which later stages process it.

Every stage after this package works on 16 kHz mono 16-bit samples.
"""

SAMPLE_RATE = 16000
"""Sample rate of all audio after the resampler [Hz]."""


def sample_time(samples: int) -> int:
    """Duration of a number of samples at 16 kHz [ns], exact.

    Args:
        samples: number of samples; any integer.

    """
    return samples * 1_000_000_000 // SAMPLE_RATE
