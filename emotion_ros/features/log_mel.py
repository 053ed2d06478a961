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

"""The log-mel spectrogram, computed frame by frame while audio arrives.

It is the input of Whisper (Radford and others 2022, arXiv 2212.04356) before normalization, with
frames that begin at 0 ms, 10 ms, ... No frame depends on audio beyond its own 25 ms, so an
unfinished spectrogram is the beginning of the finished one.
"""

import numpy as np

from emotion_ros.arrays import Float, Float32, Float64, Int16
from emotion_ros.audio import SAMPLE_RATE

FRAME = 400   # samples of a frame, 25 ms
HOP = 160     # samples from one frame to the next, 10 ms
BANDS = 80

FLOOR = 1e-10
"""Minimum power of a band, below which all is silence; full scale is an amplitude of 1."""

_FULL_SCALE = 32768.0

# The mel scale of Slaney's Auditory Toolbox (Interval Research, technical report 1998-010): linear
# up to 1000 Hz, above it 27 bands to each factor of 6.4.
_HERTZ = 200 / 3   # of a mel in the linear part
_BEND = 1000.0
_STEP = np.log(6.4) / 27


def _to_hertz(mels: Float) -> Float64:
    bend = _BEND / _HERTZ
    return np.where(mels < bend, mels * _HERTZ, _BEND * np.exp(_STEP * (mels - bend)))


def _to_mels(hertz: float) -> float:
    return hertz / _HERTZ if hertz < _BEND else _BEND / _HERTZ + np.log(hertz / _BEND) / _STEP


def band_edges() -> Float64:
    """Compute the frequencies at which bands begin, peak and end [Hz].

    Returns:
        float64, shape (BANDS + 2,): band b begins at the b-th, peaks at the next, ends at the one
        after that.

    """
    return _to_hertz(np.linspace(0, _to_mels(SAMPLE_RATE / 2), BANDS + 2))


def mel_filters() -> Float64:
    """Make the triangular filters, each of area 1 in Hz, as Slaney's toolbox does.

    Returns:
        float64, shape (BANDS, FRAME // 2 + 1).

    """
    edges = band_edges()
    low, center, high = (edges[start:start + BANDS, np.newaxis] for start in range(3))
    bins = np.arange(FRAME // 2 + 1) * SAMPLE_RATE / FRAME
    rising, falling = (bins - low) / (center - low), (high - bins) / (high - center)
    return np.clip(np.minimum(rising, falling), 0, None) * 2 / (high - low)


WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)) / _FULL_SCALE
"""Factors of the samples of a frame, int16: a Hann window, and full scale becomes 1."""

_FILTERS = mel_filters()


def sample_count(frames: int) -> int:
    """Count the samples of as many frames."""
    return (frames - 1) * HOP + FRAME


class LogMel:
    """The spectrogram of an utterance so far.

    Each frame is computed separately, so that the values do not depend on the pieces in which
    audio arrives.
    """

    def __init__(self) -> None:
        self._rest: Int16 = np.zeros(0, np.int16)   # from the next frame's first sample on
        self._rows: list[Float32] = []

    def push(self, samples: Int16) -> None:
        """Take the next samples: int16, one dimension, 16 kHz."""
        samples = np.concatenate([self._rest, samples])
        start = 0
        while start + FRAME <= len(samples):
            self._rows.append(_row(samples[start:start + FRAME]))
            start += HOP
        self._rest = samples[start:]

    def values(self) -> Float32:
        """Return the spectrogram so far.

        Returns:
            float32, shape (frames, BANDS): log10 of the power in each band. Frame t is of samples
            160 t to 160 t + 399; an incomplete frame is left out; if it is the only one, it is
            filled with silence.

        """
        rows = self._rows or [_row(np.pad(self._rest, (0, FRAME - len(self._rest))))]
        return np.array(rows)


def _row(samples: Int16) -> Float32:
    spectrum = np.fft.rfft(samples * WINDOW)
    power = spectrum.real ** 2 + spectrum.imag ** 2
    # Not matmul: its rounding may depend on the number of threads.
    bands = np.einsum('bf,f->b', _FILTERS, power)
    return np.log10(np.maximum(bands, FLOOR)).astype(np.float32)
