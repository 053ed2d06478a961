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

"""Sound files that were written to a pipe, left unfinished, or concatenated.

The output of `cat a.mp3 b.mp3`, an Ogg stream that was interrupted and resumed, and a WAV file
whose recorder was killed all contain more audio than libsndfile reads.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
import mmap
import os
from pathlib import Path
import re
import struct
from typing import BinaryIO

import numpy as np
import soundfile

from emotion_ros.arrays import Float32
from emotion_ros.process.stderr import without_lines

BLOCK = 4096
"""Number of samples of each channel that are read at once; in a broken file, one block is lost."""

AUDIO_SIZE = 16384
"""Number of unexplained bytes in a file from which they may be audio."""

_FLAC = b'fLaC\x00\x00\x00\x22', b'fLaC\x80\x00\x00\x22'   # with the header of STREAMINFO
_UNKNOWN_BYTES = 0x7f000000   # from here on, a WAV file does not know its length
_UNKNOWN = 1 << 62   # libsndfile reports more than this if it does not know the length

_NAME = re.compile(rb'[ -~]{4}')   # of a chunk
_NOT_PADDING = re.compile(rb'[^\0]')
_OF_MPG123 = re.compile(rb'Warning: Xing stream size')   # of truncated files, which is said


@dataclass(frozen=True)
class Part:
    """A complete sound file within a file.

    Args:
        start, end: its position [bytes].
        head: replacement for its first bytes.
        missing: number of bytes that its header announces beyond the end of the file.
        left: number of unexplained bytes in it.

    """

    start: int
    end: int
    head: bytes = b''
    missing: int = 0
    left: int = 0


def find_parts(path: str | os.PathLike[str]) -> list[Part]:
    """Find the sound files that a file was concatenated from.

    Args:
        path: of a regular file.

    Returns:
        [Part], mostly a single one, the whole file.

    Raises:
        OSError: it cannot be read.

    """
    whole = [Part(0, Path(path).stat().st_size)]
    with open(path, 'rb') as file:
        if not whole[0].end:
            return whole
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for magic, find in _KINDS.items():
                if data[:len(magic)] == magic:
                    return list(find(data)) or whole
    return whole


def _between(starts: list[int], data: mmap.mmap) -> list[Part]:
    return [Part(start, end) for start, end in zip(starts, [*starts[1:], len(data)], strict=False)]


def _wav_parts(data: mmap.mmap) -> Iterator[Part]:
    """Walk from one RIFF to the next; correct the length of an unfinished one."""
    start = 0
    while data[start:start + 4] == b'RIFF' and data[start + 8:start + 12] == b'WAVE':
        size, = struct.unpack_from('<I', data, start + 4)
        end = start + 8 + size + size % 2
        content, length = _wav_content(data, start)
        if not length and end <= content < len(data):
            length = min(len(data) - content, 0xfffffeff)
            head = b''.join([b'RIFF', struct.pack('<I', content - start - 8 + length),
                             data[start + 8:content - 4], struct.pack('<I', length)])
            yield Part(start, len(data), head)
            return
        missing = content + length - len(data) if length < _UNKNOWN_BYTES else 0
        end = min(max(end, content + length), len(data))
        left = end - _behind_chunks(data, content + length + length % 2, end)
        yield Part(start, end, missing=max(0, missing), left=left)
        start = end


def _wav_content(data: mmap.mmap, start: int) -> tuple[int, int]:
    """Find where the samples of a WAV file begin, and how many bytes its header announces."""
    place = start + 12
    while place + 8 <= len(data):
        name, size = struct.unpack_from('<4sI', data, place)
        if name == b'data':
            return place + 8, size
        place += 8 + size + size % 2
    return len(data), 0


def _behind_chunks(data: mmap.mmap, place: int, end: int) -> int:
    """Return where the chunks that follow the samples of a WAV file end."""
    while place + 8 <= end:
        name, size = struct.unpack_from('<4sI', data, place)
        behind = place + 8 + size + size % 2
        if _NAME.fullmatch(name) is None or size % 2 + end < behind:
            return place
        place = behind
    return end


def _ogg_parts(data: mmap.mmap) -> list[Part]:
    """Walk from page to page; a stream that begins after data of others is a new part."""
    starts, place, beginning = [], 0, False
    while data[place:place + 4] == b'OggS' and place + 27 <= len(data):
        begins = bool(data[place + 5] & 2)
        if begins and not beginning:
            starts.append(place)
        beginning = begins
        table = data[place + 27:place + 27 + data[place + 26]]
        place += 27 + len(table) + sum(table)
        if data[place:place + 4] != b'OggS':   # other data in between: look for the next
            place = data.find(b'OggS', place)
            if place < 0:
                break
    return _between(starts, data)


def _flac_parts(data: mmap.mmap) -> list[Part]:
    starts = []
    for magic in _FLAC:
        place = data.find(magic)
        while place >= 0:
            starts.append(place)
            place = data.find(magic, place + 1)
    return _between(sorted(starts), data)


def _mp3_parts(data: mmap.mmap) -> Iterator[Part]:
    """Walk by the lengths in Xing headers; what follows one without is a single part."""
    start: int | None = 0
    while start is not None:
        length = _xing_length(data, _behind_id3(data, start))
        end = min(_behind_id3(data, start) + length, len(data)) if length else len(data)
        following = _next_mp3(data, end)
        if following is None and len(data) - end <= AUDIO_SIZE:
            end = len(data)
        yield Part(start, end if following is None else following)
        start = following


def _next_mp3(data: mmap.mmap, place: int) -> int | None:
    """Find the MP3 file that begins here, or after an old tag or padding; None if there is none."""
    if data[place:place + 3] == b'TAG':
        place += 128
    if found := _NOT_PADDING.search(data, place):
        place = found.start()
    begin = _behind_id3(data, place)
    sync = data[begin:begin + 2]
    return place if len(sync) == 2 and sync[0] == 0xff and sync[1] & 0xe0 == 0xe0 else None


def _behind_id3(data: mmap.mmap, place: int) -> int:
    while data[place:place + 3] == b'ID3' and place + 10 <= len(data):
        size = 0
        for byte in data[place + 6:place + 10]:
            size = size << 7 | byte & 0x7f
        place += 10 + size
    return place


def _xing_length(data: mmap.mmap, frame: int) -> int | None:
    """Return the length of an MP3 file from its first frame [bytes]; None if it is unknown."""
    for mark in (frame + 4 + 32, frame + 4 + 17, frame + 4 + 9):   # stereo, mono or half the rate
        if data[mark:mark + 4] in (b'Xing', b'Info') and mark + 16 <= len(data):
            flags, _, length = struct.unpack_from('>III', data, mark + 4)
            return length if flags & 3 == 3 else None
    return None


_KINDS: dict[bytes, Callable[[mmap.mmap], Iterable[Part]]] = {   # by their first bytes
    b'RIFF': _wav_parts, b'OggS': _ogg_parts, b'fLaC': _flac_parts, b'ID3': _mp3_parts,
    b'\xff': _mp3_parts}


class _PartFile:
    """A Part of a file as a separate file, for soundfile."""

    def __init__(self, file: BinaryIO, part: Part) -> None:
        self._file, self._part = file, part
        self._place = 0

    def read(self, count: int = -1) -> bytes:
        length = self._part.end - self._part.start
        count = length - self._place if count < 0 else min(count, length - self._place)
        head = self._part.head[self._place:self._place + count]
        self._file.seek(self._part.start + self._place + len(head))
        content = head + self._file.read(max(0, count - len(head)))
        self._place += len(content)
        return content

    def seek(self, offset: int, whence: int = 0) -> int:
        origin = (0, self._place, self._part.end - self._part.start)[whence]
        self._place = max(0, origin + offset)
        return self._place

    def tell(self) -> int:
        return self._place


class ForwardFile(soundfile.SoundFile):
    """A sound file that is only read forward: libsndfile cannot seek in some."""

    def seekable(self) -> bool:
        """See soundfile.SoundFile."""
        return False


class JoinedFile:
    """The parts of a file as one, with the interface that file_source needs.

    Args:
        path: of a regular file.

    Attributes:
        samplerate: of each channel [Hz].
        channels: number of channels.
        frames: number of samples of each channel.
        left: number of unexplained bytes.
        missing: number of bytes that should follow.
        of_film: False; see ffmpeg_file.FfmpegFile.

    Raises:
        soundfile.SoundFileError: a part cannot be read, or its rate or channels differ from those
            of the first.
        OSError: the file cannot be read.

    """

    of_film = False

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._parts = find_parts(path)
        self.frames = 0
        for index, part in enumerate(self._parts):
            with self._open(part) as file:
                form = file.samplerate, file.channels
                if not index:
                    self.samplerate, self.channels = form
                elif form != (self.samplerate, self.channels):
                    raise soundfile.SoundFileError(
                        f'it is joined of {len(self._parts)} files, of which number {index + 1} '
                        f'has {form[0]} Hz and {form[1]} channels, and the first '
                        f'{self.samplerate} Hz and {self.channels}')
                self.frames += file.frames if file.frames < _UNKNOWN else _count(file)
        size = Path(path).stat().st_size
        self.left = size - self._parts[-1].end + sum(part.left for part in self._parts)
        self.missing = self._parts[-1].missing
        self._blocks = self._decode()

    @contextmanager
    def _open(self, part: Part) -> Iterator[ForwardFile]:
        with open(self._path, 'rb') as file:
            whole = (part.start, part.end, part.head) == (0, os.fstat(file.fileno()).st_size, b'')
            source = file.fileno() if whole else _PartFile(file, part)
            mp3 = os.pread(file.fileno(), 3, part.start).startswith((b'ID3', b'\xff'))
            with without_lines(_OF_MPG123) if mp3 else nullcontext():
                opened = ForwardFile(source, closefd=False)
            with opened:
                yield opened

    def _decode(self) -> Generator[Float32, None, None]:
        for part in self._parts:
            with self._open(part) as file:
                yield from _all(file)

    def read(self) -> Float32:
        """Read the next part.

        Returns:
            float32, shape (samples, channels), full scale -1.0 to 1.0; BLOCK samples at most, none
            at the end.

        Raises:
            soundfile.SoundFileError: the file is broken here.

        """
        return next(self._blocks, np.zeros((0, self.channels), np.float32))

    def __enter__(self) -> 'JoinedFile':
        return self

    def __exit__(self, *_: object) -> None:
        self._blocks.close()


def _all(file: ForwardFile) -> Iterator[Float32]:
    while len(block := file.read(BLOCK, dtype='float32', always_2d=True)):
        yield block


def _count(file: ForwardFile) -> int:
    """Count the samples before the end, or before what a killed recorder left broken."""
    count = 0
    try:
        for block in _all(file):
            count += len(block)
    except soundfile.SoundFileError:
        if not count:
            raise
    return count
