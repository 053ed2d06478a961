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

"""Audio from a file."""

from collections.abc import Iterator
import logging
from os import PathLike
from pathlib import Path

import numpy as np
import soundfile

from emotion_ros.arrays import Float32, Int16
from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.ffmpeg_file import LOST, FfmpegFile
from emotion_ros.audio.frame import MAX_CHANNELS, Frame
from emotion_ros.audio.joined_file import AUDIO_SIZE, JoinedFile
from emotion_ros.audio.resampler import ALL, MEAN, Resampler, check_channel
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import fault_of

SAMPLE_RATES = 1000, 1_000_000
"""Minimum and maximum sample rate of a file [Hz]."""

TRAILING_SILENCE = 1.6
"""Silence appended to a file [s], longer than any hang-over, so that its last utterance ends."""


_LOGGER = logging.getLogger(__name__)

_UNKNOWN_FORMAT = 1   # of libsndfile's errors


class SoundFile:
    """A sound file, in its own form.

    Its content decides the format, not its name. A file joined from several is read completely.

    Args:
        path: file of any format, rate and number of channels that soundfile reads, or FFmpeg if the
            package av is installed; also a video.

    Attributes:
        path: of the file.
        sample_rate: of each channel [Hz].
        channels: number of channels.
        duration: its length [s].

    Raises:
        EmotionError: the file is missing, unreadable or empty.

    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = str(path)
        fault = fault_of(path)
        if fault:
            raise self._unreadable(fault)
        size = Path(path).stat().st_size
        if not size:
            raise EmotionError(f'sound file {self.path!r} is empty')
        with self._open() as file:
            self.sample_rate, self.channels = file.samplerate, file.channels
            length = file.frames
        if self.channels > MAX_CHANNELS:
            raise EmotionError(f'sound file {self.path!r} must have 1 to {MAX_CHANNELS} channels, '
                               f'got {self.channels}')
        lowest, highest = SAMPLE_RATES
        if not lowest <= self.sample_rate <= highest:
            raise EmotionError(f'sound file {self.path!r} must have a sample rate of {lowest} to '
                               f'{highest} Hz, got {self.sample_rate}')
        if not length:
            raise EmotionError(f'sound file {self.path!r} is empty' + (
                f': its header states no audio, but its {size} bytes may contain some of a killed '
                'recorder' if size > AUDIO_SIZE else ''))
        self.duration = length / self.sample_rate

    def blocks(self) -> Iterator[Float32]:
        """Read the file.

        Yields:
            float32, shape (samples, channels), full scale -1.0 to 1.0.

        Raises:
            EmotionError: the file is broken further on.

        """
        count = 0
        with self._open() as file:
            try:
                while len(block := file.read()):
                    count += len(block)
                    yield block
            except soundfile.SoundFileError as error:
                raise EmotionError(f'sound file {self.path!r} is broken after '
                                   f'{count / self.sample_rate:.1f} s: {_reason(error)}') from error
            if file.left > AUDIO_SIZE:
                _LOGGER.warning('sound file %r: %d bytes are beyond the length in its header '
                                'and are ignored', self.path, file.left)
            short = count < (self.duration - LOST) * self.sample_rate and not file.of_film
            if count and (short or file.missing > AUDIO_SIZE):
                _LOGGER.warning('sound file %r is truncated: it ends after %.1f s, before the end '
                                'that its header states', self.path, count / self.sample_rate)

    def _open(self) -> JoinedFile | FfmpegFile:
        try:
            try:
                return JoinedFile(self.path)
            except soundfile.LibsndfileError as error:
                if error.code != _UNKNOWN_FORMAT:
                    raise
            return FfmpegFile(self.path)
        except soundfile.SoundFileError as error:
            raise self._unreadable(_reason(error)) from error
        except OSError as error:
            raise self._unreadable(error.strerror) from error

    def _unreadable(self, reason: str | None) -> EmotionError:
        return EmotionError(f'sound file {self.path!r} cannot be read: {reason}')


class FileSource:
    """A sound file as a stream of 16 kHz frames, then TRAILING_SILENCE.

    Args:
        path: see SoundFile.
        frame_duration: length of a frame [s].
        channel: channel to use, the mean, or all; see resampler.Resampler.
        array: array.geometry.MicrophoneArray whose microphones are the channels of the frames, in
            place of `channel`; or None.

    Attributes:
        path: of the file.
        sample_rate, duration: see SoundFile; without the appended silence.

    Raises:
        EmotionError: see SoundFile.

    """

    def __init__(self, path: str | PathLike[str], *, frame_duration: float = 0.032,
                 channel: int | str = MEAN, array: MicrophoneArray | None = None) -> None:
        self._file = SoundFile(path)
        self._array = array
        self._channel = channel if array is None else ALL
        try:
            check_channel(self._channel, self._file.channels)
            if array is not None:
                array.check(self._file.channels)
        except (EmotionError, ValueError) as error:
            raise EmotionError(f'sound file {self._file.path!r}: {error}') from error
        self.path = self._file.path
        self.sample_rate, self.duration = self._file.sample_rate, self._file.duration
        self._frame_samples = round(frame_duration * SAMPLE_RATE)

    def frames(self, *, stamp: int = 0) -> Iterator[Frame]:
        """Read the file.

        Args:
            stamp: capture time of the first sample [ns].

        Yields:
            Frame: 16 kHz, each frame_duration long; silence fills the last one.

        Raises:
            EmotionError: the file is broken further on.

        """
        first_sample = 0
        parts = self._resampled()
        held = next(parts)
        for samples in parts:
            held = np.concatenate([held, samples])
            while len(held) >= self._frame_samples:
                frame = Frame(held[:self._frame_samples], SAMPLE_RATE, first_sample,
                              stamp + sample_time(first_sample))
                yield self._array.frame_of(frame) if self._array else frame
                held = held[self._frame_samples:]
                first_sample += self._frame_samples

    def samples(self) -> Int16:
        """Read the file at once, without the appended silence.

        Returns:
            int16, one dimension, 16 kHz; of one channel or the mean.

        Raises:
            EmotionError: the file is broken further on.

        """
        samples = np.concatenate([frame.samples[:, 0] for frame in self.frames()])
        return samples[:round(self.duration * SAMPLE_RATE)]

    def _resampled(self) -> Iterator[Int16]:
        """Yield the whole file, then silence: int16, shape (samples, channels)."""
        channels = self._file.channels if self._channel == ALL else 1
        resampler = Resampler(sample_rate=self.sample_rate, channel=self._channel)
        for block in self._file.blocks():
            yield resampler.push(block).reshape(-1, channels)
        rest = resampler.push(np.zeros((0, self._file.channels), np.float32), last=True)
        yield rest.reshape(-1, channels)
        silence = round(TRAILING_SILENCE * SAMPLE_RATE) + self._frame_samples - 1
        yield np.zeros((silence, channels), np.int16)


def _reason(error: soundfile.SoundFileError) -> str:
    text = getattr(error, 'error_string', str(error)).strip().rstrip('.')
    return text.removeprefix('Error : ')
