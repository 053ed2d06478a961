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

"""Audio messages of other packages, as frames.

Two packages are named audio_common_msgs. In that of https://github.com/ros-drivers/audio_common,
AudioDataStamped or AudioData holds bytes, and AudioInfo on another topic describes their format. In
that of https://github.com/mgonzs13/audio_common, AudioStamped or Audio holds samples and their
format, as does RawAudio of foxglove_msgs. They are distinguished by their fields, so messages of
any middleware work.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion_ros.arrays import Int16
from emotion_ros.audio.capture_clock import CaptureClock
from emotion_ros.audio.frame import Frame
from emotion_ros.audio.resampler import to_int16
from emotion_ros.messages import stamps

TOLERANCE = 80_000_000
"""Maximum delay of a stamp [ns] relative to the samples before it; beyond, audio was lost."""

SAMPLE_FORMATS = {
    'S8': 'i1', 'U8': 'u1', 'S16LE': '<i2', 'S16BE': '>i2', 'U16LE': '<u2', 'U16BE': '>u2',
    'S32LE': '<i4', 'S32BE': '>i4', 'U32LE': '<u4', 'U32BE': '>u4',
    'F32LE': '<f4', 'F32BE': '>f4', 'F64LE': '<f8', 'F64BE': '>f8'}
"""Formats in AudioInfo, by their names in GStreamer, as dtypes of numpy."""

_PORTAUDIO = {1: ('float32_data', '=f4'), 2: ('int32_data', '=i4'), 8: ('int16_data', '=i2'),
              16: ('int8_data', 'i1'), 32: ('uint8_data', 'u1')}
"""Formats in the other AudioInfo, by their numbers in PortAudio: fields and dtypes."""


RAW_FORMAT = 'pcm-s16'
"""The only format of RawAudio: 16 bits, little-endian, interleaved."""


class ForeignAudio:
    """A source of messages that do not count their samples.

    Frames are continuous unless a stamp is delayed by more than TOLERANCE relative to the samples
    before it: then that much audio was lost, and the index of the samples jumps. The stamps of the
    frames follow the samples and are slowly drawn toward those of the messages, so they do not
    jitter; see CaptureClock.
    """

    def __init__(self) -> None:
        # Of plain bytes: sample rate, channels and numpy's dtype.
        self._info: tuple[int, int, str] | None = None
        self._sample_rate = 0    # of the frame before
        self._clock: CaptureClock | None = None
        self._next_sample = 0
        self._next_stamp = 0

    def inform(self, info: Any) -> None:
        """Process an AudioInfo, the format of messages that do not contain it.

        Raises:
            ValueError: the format is not supported; the text says why. The previous one is kept.

        """
        if info.coding_format.lower() != 'wave':
            raise ValueError(f'coding_format must be wave, got {info.coding_format[:100]!r}')
        sample_format = info.sample_format.upper()
        if sample_format not in SAMPLE_FORMATS:
            raise ValueError(f'sample_format must be one of {", ".join(SAMPLE_FORMATS)}, '
                             f'got {info.sample_format[:100]!r}')
        self._info = info.sample_rate, info.channels, SAMPLE_FORMATS[sample_format]

    def frame(self, message: Any, *, received: int) -> Frame:
        """Turn a message into a frame.

        Args:
            message: AudioStamped, AudioDataStamped, Audio, AudioData or RawAudio.
            received: time of its arrival [ns], used if the stamp is missing or 0.

        Returns:
            audio.frame.Frame.

        Raises:
            ValueError: the message is impossible, or its format is unknown; the text says why.

        """
        stamp = 0
        if hasattr(message, 'header'):
            stamp = stamps.join('stamp', message.header.stamp)
            message = message.audio
        elif hasattr(message, 'timestamp'):
            stamp = stamps.join('timestamp', message.timestamp)
        if not stamp:
            stamps.check_time('time of arrival', received)
            stamp = received
        data, sample_rate, channels, dtype = self._content(message)
        frame = Frame.from_interleaved(data, dtype=dtype, channels=channels,
                                       sample_rate=sample_rate, first_sample=0, stamp=stamp)
        return self._place(replace(frame, samples=_to_int16(frame.samples)))

    def _content(self, message: Any) -> tuple[Any, int, int, str]:
        """Return the data of a message without its header, sample rate, channels and dtype."""
        if hasattr(message, 'number_of_channels'):
            if message.format != RAW_FORMAT:
                raise ValueError(
                    f'format must be {RAW_FORMAT!r}, got {message.format[:100]!r}')
            return message.data, message.sample_rate, message.number_of_channels, '<i2'
        if hasattr(message, 'audio_data'):
            info = message.info
            if info.format not in _PORTAUDIO:
                raise ValueError(
                    f'format must be one of {", ".join(map(str, _PORTAUDIO))}, got {info.format}')
            field, dtype = _PORTAUDIO[info.format]
            return getattr(message.audio_data, field), info.rate, info.channels, dtype
        if self._info is None:
            raise ValueError('no AudioInfo has stated the format of the audio')
        sample_rate, channels, dtype = self._info
        return message.data, sample_rate, channels, dtype

    def _place(self, frame: Frame) -> Frame:
        """Assign the index of the first sample to a frame, and a stamp without jitter."""
        begins = frame.sample_rate != self._sample_rate
        if begins or self._clock is None:
            self._sample_rate = frame.sample_rate
            self._clock = CaptureClock(sample_rate=frame.sample_rate, jump=TOLERANCE)
        count = len(frame.samples)
        stamp = self._clock.stamp(count, frame.stamp)
        late = 0 if begins else stamp - self._next_stamp
        lost = late * frame.sample_rate // 1_000_000_000 if late > TOLERANCE else 0
        frame = replace(frame, first_sample=self._next_sample + lost, stamp=stamp)
        self._next_sample = frame.end_sample
        self._next_stamp = stamp + count * 1_000_000_000 // frame.sample_rate
        return frame


def _to_int16(samples: NDArray[Any]) -> Int16:
    """Turn samples of any kind into 16-bit ones; float ones have the full scale -1.0 to 1.0."""
    kind, half = samples.dtype.kind, 2.0 ** (8 * samples.dtype.itemsize - 1)
    if kind == 'f':
        return to_int16(np.clip(samples, -1, 1))
    if samples.dtype.itemsize == 2 and kind == 'i':
        return samples.astype(np.int16)
    return to_int16((samples - (half if kind == 'u' else 0)) / half)
