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

"""A short piece of audio with its position in the stream and in time."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike

from emotion_ros.arrays import Int16

MIN_SAMPLE_RATE = 8000
MAX_SAMPLE_RATE = 192000
MAX_CHANNELS = 64
MAX_DURATION = 1.0
"""Maximum duration of a frame [s]; 200 ms or less are typical."""


@dataclass(frozen=True)
class Frame:
    """A short piece of audio from one source.

    Args:
        samples: int16, shape (samples, channels), full scale -32768 to 32767.
        sample_rate: of each channel [Hz].
        first_sample: index of the first sample since the source started.
        stamp: capture time of the first sample [ns].

    Raises:
        ValueError: a value is impossible; the text says which.

    """

    samples: Int16
    sample_rate: int
    first_sample: int
    stamp: int

    def __post_init__(self) -> None:
        if not MIN_SAMPLE_RATE <= self.sample_rate <= MAX_SAMPLE_RATE:
            raise ValueError(
                f'sample_rate must be {MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE} Hz, '
                f'got {self.sample_rate}')
        count, channels = self.samples.shape
        if not 1 <= channels <= MAX_CHANNELS:
            raise ValueError(f'channels must be 1 to {MAX_CHANNELS}, got {channels}')
        if not 0 < count <= MAX_DURATION * self.sample_rate:
            raise ValueError(
                f'a frame must have 1 sample to {MAX_DURATION:g} s, '
                f'got {count} samples at {self.sample_rate} Hz')

    @classmethod
    def from_interleaved(cls, data: bytes | Int16, *, channels: int, sample_rate: int,
                         first_sample: int, stamp: int, dtype: DTypeLike = np.int16) -> 'Frame':
        """Make a frame of interleaved samples.

        Args:
            data: buffer of samples; their number must be a multiple of channels.
            channels: number of channels.
            sample_rate, first_sample, stamp: as in Frame.
            dtype: of the samples; the caller converts those that are not int16.

        Raises:
            ValueError: as for Frame, or data does not divide into channels.

        """
        samples = np.frombuffer(data, dtype=dtype)
        if not 1 <= channels <= MAX_CHANNELS:
            raise ValueError(f'channels must be 1 to {MAX_CHANNELS}, got {channels}')
        if len(samples) % channels:
            raise ValueError(
                f'data has {len(samples)} samples, not a multiple of {channels} channels')
        return cls(samples.reshape(-1, channels), sample_rate, first_sample, stamp)

    def select_channel(self, channel: int | str) -> 'Frame':
        """Select one channel; a frame with a single channel is returned as it is.

        Args:
            channel: its index, from 0; a text stands for all channels, see resampler.MEAN, ALL.

        Raises:
            ValueError: there is no such channel.

        """
        channels = self.samples.shape[1]
        if isinstance(channel, str) or channels == 1:
            return self
        if channel >= channels:
            raise ValueError(f'channel must be 0 to {channels - 1}, got {channel}')
        return replace(self, samples=np.ascontiguousarray(self.samples[:, [channel]]))

    @property
    def end_sample(self) -> int:
        """Index of the first sample after this frame."""
        return self.first_sample + len(self.samples)
