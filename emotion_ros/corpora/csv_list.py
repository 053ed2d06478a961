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

"""Any recordings, listed in a CSV file."""

from collections.abc import Iterator, Sequence
import csv
from dataclasses import dataclass
import os
from pathlib import Path

from emotion_ros.corpora.clip import SEXES, SPLITS, Clip, Dropped
from emotion_ros.corpora.corpus import Corpus
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import fault_of
from emotion_ros.files.spreadsheet import Rows, fault_in, read_rows

COLUMNS = ('path', 'emotion', 'speaker')
OPTIONAL = ('language', 'sex', 'split')

OTHER_NAMES = {'path': ('file', 'filename', 'filepath', 'file_path', 'wav', 'audio'),
               'emotion': ('label', 'class', 'category'),
               'speaker': ('speaker_id', 'actor', 'subject', 'person')}
"""Columns that may be meant if one is missing."""


_SEX = {'': '', **dict.fromkeys(('f', 'female', 'w', 'woman'), 'f'),
        **dict.fromkeys(('m', 'male', 'man'), 'm')}
_SPLIT = {'': '', 'train': 'train', 'training': 'train', 'test': 'test',
          **dict.fromkeys(('dev', 'devel', 'val', 'valid', 'validation'), 'dev')}


@dataclass(frozen=True)
class CsvCorpus(Corpus):
    """Sound files of any name, one per row of a CSV file.

    The columns are path (absolute, or relative to the folder of the CSV file), emotion, speaker
    and, if known, language, sex (f or m; also female, male, w and the like) and split (train, dev
    or test). Other columns are ignored.

    Args:
        name, title, language, layout, license, commercial, citation: see Corpus.
        acted: actors play the emotions.

    """

    acted: bool = False

    def read(self, path: Path) -> Iterator[Clip | Dropped]:
        """Read the list.

        Args:
            path: Path of the CSV file, with a header; see read_rows.

        Yields:
            Clip or Dropped, in the order of the rows.

        Raises:
            EmotionError: the file cannot be read or lacks a column.

        """
        rows = None
        try:
            rows = read_rows(path)
            self._check_columns(path, rows.fieldnames or ())
            yield from self._clips(path, rows)
        except OSError as error:
            raise EmotionError(
                f'corpus {self.name}: cannot read {str(path)!r}: {error.strerror}') from error
        except csv.Error as error:
            line = rows.last_line + 1 if rows else 1
            raise EmotionError(
                f'corpus {self.name}: {str(path)!r} line {line}: {fault_in(error)}') from error

    def _check_columns(self, path: Path, names: Sequence[str]) -> None:
        """Check that no column is missing."""
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            meant = [f'{other!r} to {name!r}' for name in missing
                     for other in OTHER_NAMES[name] if other in names]
            raise EmotionError(f'corpus {self.name}: {str(path)!r} has no column {missing[0]!r}, '
                               f'its columns must be {", ".join(COLUMNS)}, got '
                               f'{", ".join(names)[:200]!r}'
                               + (f'; rename {" and ".join(meant)}' if meant else ''))

    def _clips(self, path: Path, rows: Rows) -> Iterator[Clip | Dropped]:
        seen: set[Path] = set()
        for row in rows:
            values = {name: (row.get(name) or '').strip() for name in (*COLUMNS, *OPTIONAL)}
            clip = _found(path.parent, values['path'])
            sex = _SEX.get(values['sex'].lower())
            split = _SPLIT.get(values['split'].lower())
            empty = [name for name in COLUMNS if not values[name]]
            if empty:
                yield Dropped(clip, f'line {rows.line_num} of {path}: {empty[0]} is empty')
            elif fault := fault_of(clip):
                yield Dropped(clip, f'line {rows.line_num} of {path}: {fault}')
            elif sex is None or split is None:
                wrong = 'sex' if sex is None else 'split'
                yield Dropped(clip, f'line {rows.line_num} of {path}: {wrong} must be one of '
                              f'{", ".join(SEXES if sex is None else SPLITS)}, '
                              f'got {values[wrong]!r}')
            elif clip in seen:
                yield Dropped(clip, f'line {rows.line_num} of {path}: the file is listed twice')
            else:
                seen.add(clip)
                yield Clip(clip, values['emotion'], f'{self.name}/{values["speaker"]}',
                           values['language'], self.name, sex=sex, split=split)


def _found(folder: Path, name: str) -> Path:
    """Find a file; if there is none, replace the backslashes of Windows by slashes."""
    path = folder / name
    other = folder / name.replace('\\', '/')
    return other if not os.path.isfile(path) and os.path.isfile(other) else path


CSV = CsvCorpus(
    name='csv',
    title='recordings of your own',
    language='',
    layout='a CSV file with the columns path, emotion, speaker and optionally language, sex '
           'and split',
    license='that of the recordings',
    commercial=None,
    citation='')
