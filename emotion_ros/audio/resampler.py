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

"""From any rate and channels to 16 kHz, piece by piece."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
import soxr

from emotion_ros.arrays import Audio, Float, Float32, Int16
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.frame import MAX_CHANNELS
from emotion_ros.errors import EmotionError

MEAN, ALL = 'mean', 'all'
"""Names for the mean of all channels, and for all channels."""


def parse_channel(text: str, *, name: str = 'channel',
                  words: Sequence[str] = (MEAN, ALL)) -> int | str:
    """Parse the channel of a Resampler.

    Args:
        text: an index, from 0, or one of the words.
        name: of the parameter or option, for the message.
        words: that are allowed, of MEAN and ALL.

    Raises:
        EmotionError: it is neither.

    """
    if text in words:
        return text
    if text.isascii() and text.isdigit() and int(text) < MAX_CHANNELS:
        return int(text)
    raise EmotionError(f'{name} must be {", ".join(words)} or a number from 0 to '
                       f'{MAX_CHANNELS - 1}, got {text!r}')


def check_channel(channel: int | str, channels: int) -> None:
    """Check that a channel of a Resampler is one of so many channels.

    Raises:
        EmotionError: it is not.

    """
    if isinstance(channel, int) and channel >= channels:
        allowed = '0' if channels == 1 else f'0 to {channels - 1}'
        raise EmotionError(f'channel must be {allowed}, got {channel}')


def to_int16(samples: ArrayLike) -> Int16:
    """Turn float samples into 16-bit ones, clipped to full scale.

    Args:
        samples: float, full scale -1.0 to 1.0, any shape. NaN becomes 0.

    Returns:
        int16 of the same shape.

    """
    scaled = np.nan_to_num(np.rint(np.asarray(samples, dtype=np.float32) * 32768))
    return np.clip(scaled, -32768, 32767).astype(np.int16)


def to_float(samples: Int16 | Float) -> Float32:
    """Turn 16-bit samples into float ones, full scale -1.0 to 1.0."""
    return samples.astype(np.float32) / np.float32(32768)


class Resampler:
    """Resamples a stream of any rate and channels to 16 kHz.

    A stream that already has 16 kHz, and whose channels are not averaged, is passed on unchanged,
    bit for bit.

    Args:
        sample_rate: of the input [Hz].
        channel: channel to use, from 0; MEAN is the mean of all, ALL keeps all.

    """

    def __init__(self, *, sample_rate: int, channel: int | str = MEAN) -> None:
        self._channel = channel
        self._sample_rate = sample_rate
        self._stream: soxr.ResampleStream | None = None

    def push(self, samples: Audio, *, last: bool = False) -> Int16:
        """Take the next samples of the stream.

        Args:
            samples: int16, or float32 of full scale -1.0 to 1.0; shape (samples, channels), always
                with the same number of channels.
            last: no more samples follow; also output what the filter still holds.

        Returns:
            int16, 16 kHz: as much as can be computed so far; one dimension, or shape (samples,
            channels) with ALL.

        """
        samples = self._select(samples)
        if self._sample_rate == SAMPLE_RATE:
            return (samples.astype(np.int16, copy=False) if samples.dtype == np.int16
                    else to_int16(samples))
        wave = to_float(samples) if samples.dtype == np.int16 else samples
        # The filter must not spread an invalid sample.
        finite = np.nan_to_num(wave, posinf=1.0, neginf=-1.0)
        if self._stream is None:
            channels = 1 if wave.ndim == 1 else wave.shape[1]
            self._stream = soxr.ResampleStream(
                self._sample_rate, SAMPLE_RATE, channels, dtype='float32')
        return to_int16(self._stream.resample_chunk(
            np.ascontiguousarray(finite, np.float32), last=last))

    def _select(self, samples: Audio) -> Audio:
        if isinstance(self._channel, int):
            return samples[:, self._channel]
        if self._channel == ALL:
            return samples
        if samples.shape[1] == 1:
            return samples[:, 0]
        return (to_float(samples) if samples.dtype == np.int16 else samples).mean(axis=1)
