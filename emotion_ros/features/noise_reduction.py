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

"""Noise reduction by RNNoise (https://jmvalin.ca/demo/rnnoise/), piece by piece."""

import ctypes
import weakref

import numpy as np
import soxr

from emotion_ros.arrays import Float32, Int16
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.power import frame_power
from emotion_ros.audio.resampler import to_float, to_int16
from emotion_ros.features.private_import import load_part

KEPT = 0.2
"""Fraction of the noise that is kept, in amplitude: it becomes 14 dB softer."""

QUIET = 22.0
"""Level difference [dB] between the loudest and the softest moment if there is little noise."""

_ROUNDING = 0.1   # mean square that rounding to 16 bits adds, approximately
_RATE = 48000     # of RNNoise [Hz]
_FRAME = 480      # samples at 48 kHz that RNNoise processes at once
_DELAY = 960      # samples at 48 kHz by which RNNoise delays
_FULL_SCALE = 32768.0


# The rest of the package imports matplotlib and PyAV.
_LIBRARY = load_part('pyrnnoise', 'rnnoise.py')
_POINTER = ctypes.POINTER(ctypes.c_float)


class NoiseReducer:
    """Makes the noise in an utterance up to 14 dB softer, if there is much of it.

    The beginning of the utterance decides: if its softest moment is less than QUIET below its
    loudest, there is noise. Otherwise, the audio is passed on unchanged, which takes no time. An
    instance serves one utterance, from its start.
    """

    def __init__(self) -> None:
        self._rnnoise: RNNoise | None = None
        self._begun = False

    def push(self, samples: Int16) -> Int16:
        """Take the next samples.

        Args:
            samples: int16, one dimension, 16 kHz; the first time, at least a tenth of a second.

        Returns:
            int16, one dimension: as much as can be computed by now, from the first sample on.

        """
        if not self._begun:
            self._begun = True
            if is_noisy(samples):
                self._rnnoise = RNNoise()
        return samples if self._rnnoise is None else self._rnnoise.push(samples)


def is_noisy(samples: Int16) -> bool:
    """Check whether the softest moment is less than QUIET below the loudest.

    Args:
        samples: int16, one dimension, 16 kHz, with speech and a moment without.

    """
    power = frame_power(samples) + _ROUNDING
    return bool(len(power) and power.max() < power.min() * 10 ** (QUIET / 10))


class RNNoise:
    """Makes noise softer with RNNoise, which was trained on many voices and noises.

    The output is delayed by up to 80 ms, so the end of an utterance is never output.
    """

    def __init__(self) -> None:
        self._state = _LIBRARY.create()
        weakref.finalize(self, _LIBRARY.destroy, self._state)
        self._up = soxr.ResampleStream(SAMPLE_RATE, _RATE, 1, dtype='float32')
        self._down = soxr.ResampleStream(_RATE, SAMPLE_RATE, 1, dtype='float32')
        self._rest: Float32 = np.zeros(0, np.float32)   # not yet a whole frame
        self._late: Float32 = np.zeros(0, np.float32)   # the input of what RNNoise outputs next
        self._early = _DELAY                   # samples of output before the first input

    def push(self, samples: Int16) -> Int16:
        """Take the next samples; see NoiseReducer.push."""
        heard = np.concatenate([self._rest, self._up.resample_chunk(to_float(samples))])
        whole = len(heard) // _FRAME * _FRAME
        self._rest = heard[whole:]
        reduced = heard[:whole] * _FULL_SCALE
        for start in range(0, whole, _FRAME):
            frame = reduced[start:start + _FRAME].ctypes.data_as(_POINTER)
            _LIBRARY.lib.rnnoise_process_frame(self._state, frame, frame)
        early = min(self._early, whole)
        self._early -= early
        reduced = reduced[early:] / _FULL_SCALE
        late = np.concatenate([self._late, heard[:whole]])
        self._late = late[len(reduced):]
        mixed = KEPT * late[:len(reduced)] + (1 - KEPT) * reduced
        return to_int16(self._down.resample_chunk(mixed))
