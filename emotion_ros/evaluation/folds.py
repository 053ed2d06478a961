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

"""The folds of a cross-validation."""

import numpy as np
from sklearn.model_selection import StratifiedKFold

from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.training.examples import speakers_by_corpus

FOLDS = 5


def folds_by_speakers(clips, count, *, seed):
    """Assign the speakers of each corpus to folds.

    Args:
        clips: [corpora.clip.Clip].
        count: number of folds; None for FOLDS, or fewer if a corpus has fewer speakers. If it is
            the number of speakers, one is left out at a time.
        seed: of the draw.

    Returns:
        For each fold, the indices of its clips: int, sorted.

    Raises:
        EmotionError: there are more folds than speakers, or fewer than two.

    """
    by_corpus = speakers_by_corpus([clip.corpus for clip in clips],
                                   [clip.speaker for clip in clips])
    smallest = min(by_corpus, key=lambda corpus: len(by_corpus[corpus]))
    limit = len(by_corpus[smallest])
    if limit < 2:
        raise EmotionError(f'corpus {smallest} must have at least 2 speakers for folds of '
                           f'speakers, got {limit}')
    count = min(FOLDS, limit) if count is None else count
    if not 2 <= count <= limit:
        raise ArgumentError('folds', f'must be 2 to {limit}, the number of speakers of {smallest}, '
                                     f'got {count}')
    rng = np.random.default_rng(seed)
    fold_of = {speaker: index % count for speakers in by_corpus.values()
               for index, speaker in enumerate(rng.permutation(speakers))}
    numbers = np.array([fold_of[clip.speaker] for clip in clips])
    return [np.flatnonzero(numbers == number) for number in range(count)]


def random_folds(classes, count, *, seed):
    """Assign clips to folds at random, with the same share of every class in each.

    Args:
        classes: of each clip.
        count: number of folds; None for FOLDS.
        seed: of the draw.

    Returns:
        See folds_by_speakers.

    Raises:
        EmotionError: a class has fewer clips than there are folds.

    """
    count = FOLDS if count is None else count
    names, counts = np.unique(classes, return_counts=True)
    if not 2 <= count <= counts.min():
        raise ArgumentError('folds', f'must be 2 to {counts.min()}, the number of clips of '
                                     f'{names[counts.argmin()]}, got {count}')
    splits = StratifiedKFold(count, shuffle=True, random_state=seed)
    return [test for _, test in splits.split(np.zeros(len(classes)), classes)]
