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

"""Predictions as a table: predictions.csv, one row per clip."""

import csv
from pathlib import Path

import numpy as np

from emotion_ros.errors import EmotionError
from emotion_ros.metrics.predictions import Predictions

PREDICTIONS = 'predictions.csv'

NO_SPEECH = ''
"""Value in the column `predicted` for a clip without speech."""

PROBABILITY = 'probability of '
"""Prefix of the names of the columns with probabilities."""

COLUMNS = ('clip', 'digest', 'speaker', 'corpus', 'language', 'sex', 'fold', 'emotion',
           'predicted', 'confidence', 'arousal', 'valence')


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write predictions.csv: COLUMNS and the probability of each class, with 4 decimal places.

    Unknown values are empty, such as a language, a fold if there are none, or the arousal if the
    model does not give it.
    """
    labels = predictions.labels
    with path.open('w', encoding='utf-8', errors='backslashreplace', newline='') as file:
        rows = csv.writer(file)
        rows.writerow([*COLUMNS, *(f'{PROBABILITY}{label}' for label in labels)])
        for index, predicted in enumerate(predictions.predicted):
            heard = predictions.has_speech[index]
            rows.writerow([
                *(str(getattr(predictions, name)[index]) for name in (
                    'names', 'digests', 'speakers', 'corpora', 'languages', 'sexes')),
                predictions.folds[index] or '', labels[predictions.targets[index]],
                labels[predicted] if heard else NO_SPEECH,
                _number(predictions.confidence[index]),
                *map(_number, predictions.affect[index]),
                *map(_number, predictions.probabilities[index])])


def read_predictions(path: Path) -> Predictions:
    """Read predictions.csv.

    Returns:
        Predictions without ratings.

    Raises:
        EmotionError: there is no such file, or it is not a table of predictions.

    """
    try:
        with path.open(encoding='utf-8', newline='') as file:
            rows = list(csv.DictReader(file))
        labels = [name.removeprefix(PROBABILITY) for name in rows[0]
                  if name.startswith(PROBABILITY)]
        affect = np.array([[row[name] or 'nan' for name in ('arousal', 'valence')]
                           for row in rows], np.float32)
        probabilities = np.array([[row[f'{PROBABILITY}{label}'] for label in labels]
                                  for row in rows], np.float32)
        confidence = np.array([row['confidence'] for row in rows], np.float32)
        if not (np.isfinite(probabilities).all() and np.isfinite(confidence).all()):
            raise ValueError('probabilities and confidence must be finite')
        return Predictions(
            labels=labels,
            targets=np.array([labels.index(row['emotion']) for row in rows]),
            probabilities=probabilities,
            confidence=confidence,
            has_speech=np.array([row['predicted'] != NO_SPEECH for row in rows]),
            affect=affect, rated=np.full_like(affect, np.nan),
            folds=np.array([row['fold'] or 0 for row in rows], int),
            **{field: np.array([row[column] for row in rows], str) for field, column in (
                ('names', 'clip'), ('digests', 'digest'), ('speakers', 'speaker'),
                ('corpora', 'corpus'), ('languages', 'language'), ('sexes', 'sex'))})
    except OSError as error:
        raise EmotionError(f'cannot read {str(path)!r}: {error.strerror}') from error
    except (csv.Error, IndexError, KeyError, TypeError, ValueError) as error:
        raise EmotionError(f'{str(path)!r} must be a table of predictions, as in a report: '
                           f'{type(error).__name__} {error}') from error


def _number(value: float) -> str:
    return '' if np.isnan(value) else f'{value:.4f}'
