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

"""Features as a table: a row for each utterance, or for each frame of it."""

from collections.abc import Sequence
import csv
from dataclasses import dataclass
import io
import os
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from emotion_ros.arrays import Float32
from emotion_ros.audio import sample_time
from emotion_ros.audio.file_source import FileSource
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import LOG_MEL, find_block
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.features.log_mel import LogMel
from emotion_ros.files.output_folder import whole_file
from emotion_ros.offline.pipeline import extract
from emotion_ros.speech.segmenter import Segmentation

FORMATS = '.csv', '.npz'

HOP = 10_000_000
"""Time from one frame of a block to the next [ns]."""


@dataclass(frozen=True)
class Part:
    """The rows of an utterance.

    Args:
        file: path of its sound file.
        start, end: of the utterance [ns].
        values: float32, shape (rows, columns).
        frame: length of a frame [ns]; 0 where the only row is of the whole utterance.
        opensmile: openSMILE computed it, which stamps the last of several rows, that of the end of
            the input, as the one before.
        emotion, speaker: of the clip; '' where it is no clip of a corpus.

    """

    file: str
    start: int
    end: int
    values: Float32
    frame: int = 0
    opensmile: bool = False
    emotion: str = ''
    speaker: str = ''

    def times(self) -> list[tuple[int, int]]:
        """Give start and end of each row [ns]; the last ends with the utterance."""
        if not self.frame:
            return [(self.start, self.end)]
        starts = [self.start + row * HOP for row in range(len(self.values))]
        last = starts[-2:][0] if self.opensmile else starts[-1]
        return [*((start, start + self.frame) for start in starts[:-1]), (last, self.end)]


def utterances_of(path: str, names: list[str], segmentation: Segmentation) -> list[VoiceFeatures]:
    """Compute the features of the utterances in a file, as the robot does.

    Args:
        path: of the sound file.
        names: of blocks.
        segmentation: how utterances are cut.

    Raises:
        EmotionError: the file cannot be read.

    """
    return [features for features in extract(FileSource(path).frames(), names,
                                             segmentation=segmentation)
            if features.utterance.final]


def whole_of(path: str, names: list[str]) -> VoiceFeatures:
    """Compute the features of a whole file as openSMILE's own package does: no noise is reduced.

    Raises:
        EmotionError: the file cannot be read, or is too short.

    """
    samples = FileSource(path).samples()
    blocks = [find_block(name) for name in names]
    found = {block.name: block.computed(samples) for block in blocks if block.compute}
    if LOG_MEL in names:
        spectrogram = LogMel()
        spectrogram.push(samples)
        found[LOG_MEL] = spectrogram.values()
    of_opensmile = [block.name for block in blocks if block.opensmile]
    if of_opensmile:
        from emotion_ros.features.opensmile_live import LiveExtraction
        extraction = LiveExtraction(of_opensmile)
        extraction.write(samples)
        extraction.finish()
        try:
            found |= extraction.result()
        except EmotionError as error:
            raise EmotionError(f'sound file {path!r}: {error}') from error
    return VoiceFeatures(Utterance(1, 0, 0, sample_time(len(samples)), True, False), found)


def columns_of(name: str) -> list[str]:
    """Name the columns of a block; those of openSMILE have the names that it gives them."""
    block = find_block(name)
    if block.opensmile:
        from emotion_ros.features.opensmile_live import feature_names
        return feature_names(name)
    return numbered(name, block.dimensions)


def numbered(name: str, count: int) -> list[str]:
    """Name columns as openSMILE numbers those of a group: 'name[0]', ..."""
    return [f'{name}[{index}]' for index in range(count)]


def write_table(path: Path, columns: list[str], parts: Sequence[Part]) -> None:
    """Write a table.

    Args:
        path: of the file, which ends in one of FORMATS.
        columns: their names.
        parts: at least one.

    Raises:
        EmotionError: the file cannot be written.

    """
    write = _write_csv if path.suffix.lower() == '.csv' else _write_npz
    try:
        with whole_file(path) as file:
            os.fchmod(file.fileno(), 0o644)   # else nobody but the owner may read it
            write(file, columns, parts)
    except OSError as error:
        raise EmotionError(f'--output: cannot write {str(path)!r}: {error.strerror}') from error


def _write_csv(file: BinaryIO, columns: list[str], parts: Sequence[Part]) -> None:
    """Write what pandas writes of the table that openSMILE's own package gives."""
    text = io.TextIOWrapper(file, 'utf-8', 'surrogateescape', newline='', write_through=True)
    rows = csv.writer(text, lineterminator='\n')
    rows.writerow(['file', 'start', 'end', *columns])
    for part in parts:
        for (start, end), values in zip(part.times(), part.values, strict=True):
            rows.writerow([part.file, _timedelta(start), _timedelta(end), *map(str, values)])
    text.detach()


def _write_npz(file: BinaryIO, columns: list[str], parts: Sequence[Part]) -> None:
    """Write the arrays features, columns, files, start and end [s], and emotion and speaker."""
    counts = [len(part.values) for part in parts]
    times = np.array([pair for part in parts for pair in part.times()]) / 1e9

    def each(values: list[str]) -> NDArray[Any]:
        return np.repeat(np.array(values), counts)

    arrays: dict[str, Any] = {
        'features': np.concatenate([part.values for part in parts]), 'columns': np.array(columns),
        'files': each([part.file for part in parts]), 'start': times[:, 0], 'end': times[:, 1]}
    if any(part.speaker for part in parts):
        arrays |= {'emotion': each([part.emotion for part in parts]),
                   'speaker': each([part.speaker for part in parts])}
    np.savez_compressed(file, **arrays)


def _timedelta(time: int) -> str:
    """Write a time as pandas does: 1_500_000_000 [ns] is '0 days 00:00:01.500000000'."""
    seconds, rest = divmod(time, 1_000_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f'{days} days {hours:02}:{minutes:02}:{seconds:02}.{rest:09}'
