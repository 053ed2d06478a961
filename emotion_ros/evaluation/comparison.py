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

"""Comparison of two sets of predictions for the same clips."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from emotion_ros.errors import EmotionError
from emotion_ros.evaluation.predictions_table import PREDICTIONS, read_predictions
from emotion_ros.metrics import unweighted_average_recall
from emotion_ros.metrics.bootstrap import interval_of, recall_draws
from emotion_ros.metrics.predictions import Predictions


@dataclass(frozen=True)
class Comparison:
    """The difference between predictions and others for the same clips: these minus the others.

    Args:
        uar, accuracy: differences, -1 to 1.
        uar_interval, accuracy_interval: 95 % intervals, (low, high), from a bootstrap over speakers
            with the same draws for both; None if there is nothing to draw from.
        only_these, only_others: number of clips that only these, or only the others, get right.
        p: of McNemar's exact test: the probability that chance alone divides these clips at least
            as unevenly. It treats clips as independent, which those of a speaker are not.

    """

    uar: float
    accuracy: float
    uar_interval: tuple | None
    accuracy_interval: tuple | None
    only_these: int
    only_others: int
    p: float

    def as_dict(self) -> dict:
        """Return the same as plain values, for report.json."""
        return {
            'uar': self.uar, 'uar_interval': self.uar_interval, 'accuracy': self.accuracy,
            'accuracy_interval': self.accuracy_interval, 'only_these_right': self.only_these,
            'only_others_right': self.only_others, 'mcnemar_p': self.p}


def compare(these: Predictions, others: Predictions) -> Comparison:
    """Compare predictions with others for the same clips, in the same order.

    Raises:
        ValueError: the clips have different classes or speakers.

    """
    truth, other_truth = ([part.labels[target] for target in part.targets]
                          for part in (these, others))
    if truth != other_truth or not np.array_equal(these.speakers, others.speakers):
        raise ValueError('predictions of different clips cannot be compared')
    draws = [recall_draws(part) for part in (these, others)]
    only_these = int((these.right & ~others.right).sum())
    only_others = int((others.right & ~these.right).sum())
    parted = only_these + only_others
    return Comparison(
        uar=(unweighted_average_recall(these.targets, these.predicted)
             - unweighted_average_recall(others.targets, others.predicted)),
        accuracy=float(these.right.mean() - others.right.mean()),
        uar_interval=interval_of(draws[0].uar - draws[1].uar) if draws[0].drawn else None,
        accuracy_interval=(interval_of(draws[0].accuracy - draws[1].accuracy)
                           if draws[0].drawn else None),
        only_these=only_these, only_others=only_others,
        p=float(binomtest(only_these, parted).pvalue) if parted else 1.0)


def compare_reports(folders: list[str]) -> tuple[int, dict, dict]:
    """Compare reports with the first one, on the clips that they all have in common.

    A clip is identified by its audio or, if a report lacks that, by its path.

    Returns:
        Number of clips, {report: unweighted average recall}, and {report: Comparison.as_dict()} of
        all except the first.

    Raises:
        EmotionError: a report has no predictions, the reports have no clip in common, or a clip has
            different classes or speakers in two of them.

    """
    found = {folder: read_predictions(Path(folder, PREDICTIONS)) for folder in folders}
    rows = {folder: {digest or name: row for row, (digest, name) in enumerate(
        zip(part.digests, part.names, strict=True))} for folder, part in found.items()}
    common = sorted(set.intersection(*(set(clips) for clips in rows.values())))
    if not common:
        raise EmotionError(f'{", ".join(folders)} must have clips in common, got none')
    parts = {folder: part.select([rows[folder][clip] for clip in common])
             for folder, part in found.items()}
    first, *others = folders
    compared = {}
    for folder in others:
        try:
            compared[folder] = compare(parts[folder], parts[first]).as_dict()
        except ValueError:
            raise EmotionError(f'{folder} must name the classes and speakers of clips as {first} '
                               'does') from None
    return len(common), {
        folder: unweighted_average_recall(part.targets, part.predicted)
        for folder, part in parts.items()}, compared
