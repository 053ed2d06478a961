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

"""EmoTale, a corpus of Danish and English emotional speech with ratings."""

from collections.abc import Iterator
import csv
from dataclasses import replace
from pathlib import Path

from emotion_ros.corpora.clip import Clip, Dropped
from emotion_ros.corpora.named_files import NamedCorpus
from emotion_ros.errors import EmotionError

RATINGS = 'annotations.csv'
"""Arousal (a1_A, a2_A, ...) and valence (a1_V, ...) by rater, 1 to 5, of each file."""

_LANGUAGES = {'DK': 'da', 'EN': 'en'}


class EmoTale(NamedCorpus):
    """The corpus, in whose clips arousal and valence are the means of the raters."""

    def read(self, folder: Path) -> Iterator[Clip | Dropped]:
        """Find the clips below a folder; see NamedCorpus.read.

        Ratings are read from RATINGS in the folder, or in its parent; without that file, clips
        have none.

        Raises:
            EmotionError: also if that file cannot be read.

        """
        ratings = None
        for entry in super().read(folder):
            if ratings is None:
                ratings = _read_ratings(folder)
            if isinstance(entry, Clip):
                arousal, valence = ratings.get(entry.path.stem, (None, None))
                entry = replace(entry, language=_LANGUAGES[entry.path.stem[:2]],
                                arousal=arousal, valence=valence)
            yield entry


def _read_ratings(folder: Path) -> dict[str, tuple[float, float]]:
    """Return {name of a file without extension: (arousal, valence)}, each -1 to 1."""
    path = next((place / RATINGS for place in (folder, folder.resolve().parent)
                 if (place / RATINGS).is_file()), None)
    if path is None:
        return {}
    try:
        with path.open(encoding='utf-8-sig', newline='') as file:
            return {row['file'].rpartition('.')[0]: (_mean(row, '_A'), _mean(row, '_V'))
                    for row in csv.DictReader(file)}
    except OSError as error:
        raise EmotionError(
            f'corpus emotale: cannot read {str(path)!r}: {error.strerror}') from error
    except (csv.Error, UnicodeDecodeError, KeyError, ValueError, ZeroDivisionError) as error:
        raise EmotionError(f'corpus emotale: {str(path)!r} is not a table of ratings: '
                           f'{error!r}') from error


def _mean(row: dict[str, str], kind: str) -> float:
    """Return the mean of the raters, scaled from 1 to 5 to -1 to 1."""
    values = [float(value) for name, value in row.items() if name.endswith(kind) and value]
    return (sum(values) / len(values) - 3) / 2


EMOTALE = EmoTale(
    name='emotale',
    title='EmoTale: enacted speech in Danish and English',
    language='',
    layout='sound files such as wav/DK_004_A_5.wav: language, speaker, emotion, sentence; beside '
           'them annotations.csv with ratings of arousal and valence',
    license='none stated',
    commercial=None,
    citation='Hjuler, Skat-Rørdam, Clemmensen and Das: EmoTale: An Enacted Speech-emotion Dataset '
             'in Danish, ASRU 2025',
    pattern=r'(DK|EN)_(?P<speaker>\d{3})_(?P<emotion>A|B|H|N|S)_(\d)',
    emotions={'A': 'anger', 'B': 'boredom', 'H': 'happiness', 'N': 'neutral', 'S': 'sadness'})
