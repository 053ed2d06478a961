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

"""Corpora in audformat, the format of audb: a folder with db.yaml, tables and sound files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotion_ros.corpora.clip import SPLITS, Clip, Dropped
from emotion_ros.corpora.corpus import Corpus
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import fault_of

HEADER = 'db.yaml'

_NAMES = {'speaker': ('speaker',), 'emotion': ('emotion',), 'language': ('language',),
          'sex': ('sex', 'gender'), 'arousal': ('arousal',), 'valence': ('valence',)}
"""Columns, or attributes of speakers, that are read."""

_SEX = {'female': 'f', 'f': 'f', 'male': 'm', 'm': 'm'}


@dataclass(frozen=True)
class AudformatCorpus(Corpus):
    """A database in audformat.

    Emotion and speaker are columns of its tables; language, sex, arousal and valence, if known, are
    columns or attributes of the speakers. A table whose split is 'train', 'dev' or 'test', or whose
    name ends in one of these, defines the split of its files.

    Args:
        name, title, language, layout, license, commercial, citation: see Corpus.
        acted: actors play the emotions.

    """

    acted: bool = False

    def read(self, folder: Path) -> Iterator[Clip | Dropped]:
        """Read the tables.

        Args:
            folder: with HEADER.

        Yields:
            Clip or Dropped, in the order of the paths.

        Raises:
            EmotionError: it is not a database, or no table has emotions and speakers.

        """
        import audformat
        fault = fault_of(Path(folder, HEADER))
        if fault:
            raise EmotionError(f'corpus {self.name}: {str(folder)!r} must be a folder with '
                               f'{HEADER}: {fault}')
        try:
            database = audformat.Database.load(str(folder))
            files = _Files(database)
            files.collect()
        except Exception as error:   # with a broken table, audformat may raise anything
            raise EmotionError(f'corpus {self.name}: {str(folder)!r} is not a database in '
                               f'audformat: {type(error).__name__} '
                               f'{" ".join(str(error).split())}') from error
        for name in ('emotion', 'speaker'):
            if not any(name in values for values in files.values.values()):
                raise EmotionError(f'corpus {self.name}: {str(folder)!r} must have a table with '
                                   f'a column {name}, its tables are {", ".join(database.tables)}')
        for file, values in sorted(files.values.items()):
            yield self._clip(Path(folder, file), values)

    def _clip(self, path: Path, values: dict[str, Any]) -> Clip | Dropped:
        fault = fault_of(path)
        missing = [name for name in ('emotion', 'speaker') if not values.get(name)]
        if values.get('segmented'):
            return Dropped(
                path, 'segments of files are not supported; cut the file into clips first')
        if missing or fault:
            return Dropped(path, f'{missing[0]} is unknown' if missing else fault)
        return Clip(path, values['emotion'], f'{self.name}/{values["speaker"]}',
                    values.get('language', ''), self.name, arousal=values.get('arousal'),
                    valence=values.get('valence'), sex=values.get('sex', ''),
                    split=values.get('split', ''))


class _Files:
    """What the tables of a database say about its files.

    Args:
        database: audformat.Database.

    """

    def __init__(self, database: Any) -> None:
        self._database = database
        self.values: dict[str, dict[str, Any]] = {}
        """{file: {name of _NAMES, 'split' or 'segmented': value}}."""

    def collect(self) -> None:
        """Read all tables; a later one does not override an earlier one."""
        for name in self._database.tables:
            table = self._database[name]
            split = table.split_id or name.rpartition('.')[2]
            for index, row in zip(table.index, table.df.to_dict('records'), strict=True):
                file, segmented = index, False
                if table.is_segmented:
                    file, start, end = index
                    segmented = start.total_seconds() > 0 or end == end   # NaT: to the end
                values = self.values.setdefault(file, {})
                for key, value in self._known(row):
                    values.setdefault(key, value)
                if segmented:
                    values['segmented'] = True
                if split in SPLITS:
                    values.setdefault('split', split)
        for values in self.values.values():
            for key, value in self._known(self._labels_of(values.get('speaker'))):
                values.setdefault(key, value)
            languages = self._database.languages
            if len(languages) == 1:
                values.setdefault('language', languages[0][:2])

    def _labels_of(self, speaker: str | None) -> dict[str, Any]:
        """Return the attributes of a speaker in the schemes."""
        scheme = self._database.schemes.get('speaker')
        labels = getattr(scheme, 'labels', None)
        found = labels.get(speaker) if isinstance(labels, dict) else None
        return found if isinstance(found, dict) else {}

    def _known(self, row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, columns in _NAMES.items():
            for column in columns:
                value = row.get(column)
                if value is None or value != value or str(value).strip() == '':
                    continue
                if name in ('arousal', 'valence'):
                    yield name, self._scaled(column, float(value))
                elif name == 'sex':
                    yield name, _SEX.get(str(value).lower(), '')
                else:
                    yield name, str(value)

    def _scaled(self, column: str, value: float) -> float:
        """Scale a rating to -1 to 1 by the bounds of its scheme, if it has any."""
        scheme = self._database.schemes.get(column)
        low, high = getattr(scheme, 'minimum', None), getattr(scheme, 'maximum', None)
        return value if low is None or high is None else 2 * (value - low) / (high - low) - 1


AUDFORMAT = AudformatCorpus(
    name='audformat',
    title='a database in audformat, such as audb loads it',
    language='',
    layout=f'a folder with {HEADER}, tables with the columns emotion and speaker, and the sound '
           'files',
    license='that of the database',
    commercial=None,
    citation='')
