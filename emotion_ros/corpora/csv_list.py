"""Any recordings, listed in a CSV file."""

import csv
from dataclasses import dataclass

from emotion_ros.corpora.clip import Clip, Dropped
from emotion_ros.errors import EmotionError
from emotion_ros.paths import fault_of

COLUMNS = ('path', 'emotion', 'speaker')
SEPARATORS = ',;\t'


@dataclass(frozen=True)
class CsvCorpus:
    """Sound files of any name, one a row of a CSV file.

    The columns are path (absolute, or from the folder of the CSV file), emotion, speaker and,
    where it is known, language. Other columns are left alone. They are separated by one of
    SEPARATORS, since spreadsheets write that of the country.

    Args:
        name, title, language, layout, licence, citation, acted: as in named_files.NamedCorpus.

    """

    name: str
    title: str
    language: str
    layout: str
    licence: str
    citation: str
    acted: bool = False

    def read(self, path):
        """Read the list.

        Args:
            path: Path of the CSV file, UTF-8, with a header.

        Yields:
            Clip or Dropped, in the order of the rows.

        Raises:
            EmotionError: the file cannot be read or lacks a column.

        """
        try:
            with path.open(encoding='utf-8-sig', newline='') as file:
                yield from self._clips(path, self._rows(path, file))
        except OSError as error:
            raise EmotionError(
                f'corpus {self.name}: cannot read {str(path)!r}: {error.strerror}') from error
        except (csv.Error, UnicodeDecodeError) as error:
            raise EmotionError(f'corpus {self.name}: {str(path)!r} is not a CSV file in UTF-8: '
                               f'{error}') from error

    def _rows(self, path, file):
        """Give the csv.DictReader of a file, after its header."""
        header = file.readline()
        file.seek(0)
        rows = csv.DictReader(file, skipinitialspace=True,
                              delimiter=max(SEPARATORS, key=header.count))
        rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
        missing = [name for name in COLUMNS if name not in rows.fieldnames]
        if missing:
            found = ', '.join(rows.fieldnames)[:200]
            raise EmotionError(f'corpus {self.name}: {str(path)!r} has no column {missing[0]!r}, '
                               f'its columns must be {", ".join(COLUMNS)}, got {found!r}')
        return rows

    def _clips(self, path, rows):
        seen = set()
        for row in rows:
            values = {name: (row.get(name) or '').strip() for name in (*COLUMNS, 'language')}
            clip = path.parent / values['path']
            empty = [name for name in COLUMNS if not values[name]]
            if empty:
                yield Dropped(clip, f'line {rows.line_num} of {path}: {empty[0]} is empty')
            elif fault := fault_of(clip):
                yield Dropped(clip, f'line {rows.line_num} of {path}: {fault}')
            elif clip in seen:
                yield Dropped(clip, f'line {rows.line_num} of {path}: the file is listed twice')
            else:
                seen.add(clip)
                yield Clip(clip, values['emotion'], f'{self.name}/{values["speaker"]}',
                           values['language'], self.name)


CSV = CsvCorpus(
    name='csv',
    title='recordings of your own',
    language='',
    layout='a CSV file with the columns path, emotion, speaker and optionally language',
    licence='that of the recordings',
    citation='')
