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

"""A few numbers that describe a voice: those of the INTERSPEECH 2009 challenge."""

from dataclasses import dataclass

from emotion_ros.arrays import Float32

BLOCK = 'ComParE_2016'
"""Block of features that contains the numbers."""

_ZCR, _RMS, _F0, _HNR = 4200, 4177, 3658, 3853
_MFCC = tuple(5166 + 23 * index for index in range(12))
"""Indices of the means over an utterance; those of F0 and HNR over its voiced parts."""

_FULL_PITCH = 500.0   # Hz


@dataclass(frozen=True)
class VoiceSummary:
    """Means over an utterance, as openSMILE computes them.

    Args:
        zcr: zero-crossing rate, a fraction of the samples.
        rms: root mean square of the samples, full scale is 1.
        pitch: fundamental frequency of the voiced parts, 1 is 500 Hz; 0 if there are none.
        hnr: logarithm of the harmonics-to-noise ratio of the voiced parts.
        mfcc: mel-frequency cepstral coefficients 1 to 12.

    """

    zcr: float
    rms: float
    pitch: float
    hnr: float
    mfcc: list[float]

    @classmethod
    def from_functionals(cls, values: Float32) -> 'VoiceSummary':
        """Take them from the block, float32, shape (1, 6373)."""
        row = values[0]
        return cls(float(row[_ZCR]), float(row[_RMS]), float(row[_F0]) / _FULL_PITCH,
                   float(row[_HNR]), row[list(_MFCC)].tolist())
