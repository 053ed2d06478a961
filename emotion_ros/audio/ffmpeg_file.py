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

"""The audio of videos, and of sound files that soundfile does not support, by FFmpeg."""

from collections.abc import Callable, Iterator
import errno
from os import PathLike
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

import numpy as np
import soundfile

from emotion_ros.arrays import Float32

_P = ParamSpec('_P')
_T = TypeVar('_T')

LOST = 0.5
"""Audio that may be missing at the end [s]: headers are less inaccurate than this."""

GAP = 0.05
"""Minimum time between two packets [s] that is silence and not rounding."""

LONGEST_GAP = 3600.0
"""Maximum jump of the clock of a file [s]; beyond it, the file is broken."""

FORMATS = 'aac', 'ac3', 'amr', 'asf', 'avi', 'flv', 'matroska', 'mov', 'mpeg', 'mpegts', 'wv'
"""Allowed demuxers of FFmpeg. None of them opens other files or addresses."""

_PIECE = 4096   # samples of silence at once
_COUNTED = 'avi', 'mov'   # whose headers are exact; others estimate


class FfmpegFile:
    """A file that FFmpeg reads, with the interface that file_source needs.

    Packets are decoded when they are read, and only those of audio. Time is that of the file's
    clock: audio that begins two seconds after the video is preceded by two seconds of silence, and
    a pause in the audio becomes silence.

    Args:
        path: of the file.

    Attributes:
        samplerate: of each channel [Hz].
        channels: number of channels.
        frames: number of samples of each channel, according to the header.
        left, missing: 0, see joined_file.JoinedFile.
        of_film: whether `frames` is from the length of the whole film, since the header does not
            state that of its audio.

    Raises:
        soundfile.SoundFileError: the package av is missing, or FFmpeg finds no audio in the file;
            the text says which.

    """

    left = missing = 0

    def __init__(self, path: str | PathLike[str]) -> None:
        try:
            import av  # an optional package
        except ImportError as error:
            raise soundfile.SoundFileError(
                'soundfile does not know its format; more, such as m4a and videos, are read with '
                'the package av: pip install av') from error
        self._error = av.FFmpegError
        self._file = open(path, 'rb')
        try:
            # In a name, FFmpeg would interpret the part before a colon as a protocol.
            self._container = self._said(
                av.open, self._file, container_options={'format_whitelist': ','.join(FORMATS)})
            self._open_sound(av)
        except BaseException:
            self._file.close()
            raise

    def _open_sound(self, av: ModuleType) -> None:
        if not self._container.streams.audio:
            raise soundfile.SoundFileError('it has no audio')
        stream = self._container.streams.audio[0]
        self.samplerate, self.channels = stream.rate, stream.channels
        self._to_float = av.AudioResampler('flt')
        self._packed = self._decode(stream)
        self._held = self._next()
        if not len(self._held):
            raise soundfile.SoundFileError('it has no audio')
        ticks = stream.duration
        if self._container.format.name == 'avi':
            ticks = stream.frames   # the count in the header, which FFmpeg does not trust
        if ticks:
            known = self._before + round(ticks * stream.time_base * self.samplerate)
        else:
            known = round((self._container.duration or 0) / av.time_base * self.samplerate)
        self.frames = max(known, len(self._held))
        self.of_film = not ticks and len(self._container.streams) > 1
        counted = set(_COUNTED) & set(self._container.format.name.split(','))
        self._lacking = self.frames if ticks and counted else 0

    def _decode(self, stream: Any) -> Iterator[Float32]:
        """Decode the file; yield float32, shape (samples, channels)."""
        start = self._container.start_time   # us
        due: float | None = None if start is None else start / 1e6   # s, of the next packet
        origin, count = due, 0   # time of the first sample; samples up to now
        self._before = 0   # samples of silence before the first packet
        for frame in self._container.decode(stream):
            begin = due if frame.pts is None else float(frame.pts * frame.time_base)
            if begin is not None:
                due = begin if due is None else due
                origin = begin if origin is None else origin
                if begin - due > LONGEST_GAP:
                    raise soundfile.SoundFileError(f'its clock jumps by {begin - due:.0f} s')
                silence = round((begin - origin) * self.samplerate) - count
                if begin - due > GAP and silence > 0:
                    self._before = self._before or (0 if count else silence)
                    count += silence
                    for first in range(0, silence, _PIECE):
                        yield np.zeros((min(_PIECE, silence - first), self.channels), np.float32)
                due = begin + frame.samples / frame.sample_rate
            for packed in self._to_float.resample(frame):
                if packed.samples:
                    count += packed.samples
                    yield packed.to_ndarray().reshape(-1, self.channels)

    def _said(self, function: Callable[_P, _T], *arguments: _P.args, **options: _P.kwargs) -> _T:
        try:
            return function(*arguments, **options)
        except (self._error, ValueError) as error:
            reason = getattr(error, 'strerror', None) or str(error)
            if getattr(error, 'errno', None) == errno.EINVAL:   # of formats that are not in FORMATS
                reason = 'its format is not supported'
            raise soundfile.SoundFileError(reason) from error

    def read(self) -> Float32:
        """Decode the next part.

        Returns:
            float32, shape (samples, channels), full scale -1.0 to 1.0; none at the end.

        Raises:
            soundfile.SoundFileError: the file is broken here, or shorter than its header says.

        """
        samples = self._held
        if len(samples):
            self._held = self._next()
            self._lacking -= len(samples)
        elif self._lacking > LOST * self.samplerate:
            length = self.frames / self.samplerate
            raise soundfile.SoundFileError(
                f'it breaks off after {length - self._lacking / self.samplerate:.1f} s '
                f'of {length:.1f} s')
        return samples

    def _next(self) -> Float32:
        return self._said(next, self._packed, np.zeros((0, self.channels), np.float32))

    def __enter__(self) -> 'FfmpegFile':
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()
        self._file.close()
