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

"""The report of an evaluation: report.json, report.md, predictions.csv and plots."""

from dataclasses import dataclass, field
import json
import logging
from pathlib import Path

from emotion_ros.evaluation import PICTURES
from emotion_ros.evaluation.enrollment import JSON, MARKDOWN
from emotion_ros.evaluation.predictions_table import PREDICTIONS, write_predictions
from emotion_ros.evaluation.report_content import report_content, rounded_content
from emotion_ros.evaluation.report_plots import DRAWN, draw_report
from emotion_ros.evaluation.report_text import cautions, report_text, summary_table
from emotion_ros.files.output_folder import OutputFolder, write_text
from emotion_ros.metrics.predictions import Predictions

_LOGGER = logging.getLogger(__name__)

REPORT = 'report.json'
TEXT = 'report.md'


@dataclass(frozen=True)
class Evaluation:
    """The results of an evaluation of a model or a way of training.

    Args:
        predictions: Predictions, at least one, of all test clips.
        ood: {kind: (confidence, max_softmax)} of the out-of-distribution sounds with speech, both
            float, shape (sounds,); may be empty.
        protocol: of the evaluation: 'scheme', one of SCHEMES, and other facts (command, folds,
            seed, features, versions), as plain values, lists and mappings.
        snr: {signal-to-noise ratio [dB], or plots.CLEAN: Predictions}; may be empty.
        snr_plain: the same after training without noise; may be empty.
        conditions: {group: {value: Predictions}} of the groups in condition_report.TITLES.
        compared: {name: Predictions} of other classifiers, such as 'svm'; may be empty.
        threshold: confidence below which the emotion is "unknown"; None if there is none.
        ood_no_speech: {kind: number of additional sounds, without speech}.
        seeds: {seed: Predictions} of repetitions with other seeds, including this one.
        pictures: format of the plots, one of evaluation.PICTURES.

    """

    predictions: Predictions
    ood: dict
    protocol: dict
    snr: dict = field(default_factory=dict)
    snr_plain: dict = field(default_factory=dict)
    compared: dict = field(default_factory=dict)
    threshold: float | None = None
    ood_no_speech: dict = field(default_factory=dict)
    conditions: dict = field(default_factory=dict)
    seeds: dict = field(default_factory=dict)
    pictures: str = PICTURES[0]


def report_folder(path):
    """Return the OutputFolder of a report."""
    return OutputFolder(path, 'report', 'report', REPORT, files=(
        REPORT, TEXT, PREDICTIONS, JSON, MARKDOWN, *(
            f'{name}.{kind}' for name in (*DRAWN, 'corpora') for kind in PICTURES)))


def write_report(folder, evaluation):
    """Write report.json, report.md, predictions.csv and the plots, completely or not at all.

    Args:
        folder: new, empty, or with a report, which is replaced.
        evaluation: Evaluation.

    Returns:
        The contents of report.json, not yet rounded.

    Raises:
        EmotionError: the folder cannot be written, or contains something else.

    """
    place = report_folder(folder)
    place.check()
    content = report_content(evaluation)
    with place.whole() as new:
        text = json.dumps(rounded_content(content), indent=2, ensure_ascii=False, allow_nan=False)
        write_text(new / REPORT, text + '\n')
        write_predictions(Path(new, PREDICTIONS), evaluation.predictions)
        drawn = draw_report(new, evaluation, content)
        write_text(new / TEXT, report_text(evaluation, content, drawn))
    return content


def finish(folder, evaluation):
    """Write the report and log its table."""
    content = write_report(folder, evaluation)
    _LOGGER.info(summary_table(content))
    for caution in cautions(content):
        _LOGGER.info(f'note: {caution}')
    _LOGGER.info(f'report in {folder}')
