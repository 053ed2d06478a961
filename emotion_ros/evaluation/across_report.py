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

"""The report of a cross-validation by corpora: a matrix, a table of recalls and a plot."""

import json
from pathlib import Path

from emotion_ros import metrics
from emotion_ros.display.plotting import BLUE, GRAY, ORANGE, new_figure, put_legend, save
from emotion_ros.display.tables import draw_table, shown
from emotion_ros.emotions import in_order
from emotion_ros.evaluation.predictions_table import PREDICTIONS, write_predictions
from emotion_ros.evaluation.report import REPORT, TEXT
from emotion_ros.evaluation.report_content import protocol_content
from emotion_ros.evaluation.report_text import protocol_text
from emotion_ros.files.output_folder import write_text

PICTURE = 'corpora'

_COLUMNS = {
    'recall': lambda row: row['uar'],
    'chance': lambda row: row['chance'],
    'accuracy': lambda row: row['accuracy'],
    'ECE': lambda row: row['ece'],
    'arousal AUROC': lambda row: row['arousal_auroc'],
    'arousal CCC': lambda row: row['arousal_ccc'],
    'valence CCC': lambda row: row['valence_ccc'],
    'errors: confidence': lambda row: row['error_auroc']['confidence'],
    'errors: max. softmax': lambda row: row['error_auroc']['max_softmax'],
    'answered': lambda row: row['operating_point']['coverage'],
    'accuracy of these': lambda row: row['operating_point']['accuracy'],
}

_TEXT = """# Evaluation across corpora

{protocol}

## Matrix

{matrix}

Each row is a corpus that the network was not trained on; it was trained on all the others. The \
test clips are those of the classes that it shares with the others; the network may predict any \
class that it was trained on. *recall* is the unweighted average recall, *chance* that of \
guessing, *ECE* the expected calibration error with {bins} bins. *arousal AUROC* says how well \
arousal separates anger, fear, happiness and surprise from sadness, neutral, calm and boredom; \
*CCC* is the concordance with human ratings, if a corpus has them. *errors* are AUROCs for \
separating right predictions from wrong ones. *answered* is the fraction of the clips whose \
confidence reaches the threshold. The threshold, like all of the calibration, comes from the \
other corpora.

![Recall on each corpus; the bars are 95 % intervals.]({picture})

## Recall by class

{recalls}
"""


def write_matrix(place, content, predictions, pictures):
    """Write report.json, report.md, predictions.csv and the plot, completely or not at all.

    Args:
        place: OutputFolder.
        content: {'corpora': {name: row of across.measure}, 'mean': row, 'protocol': mapping}, as
            plain values.
        predictions: predictions.Predictions of all corpora.
        pictures: format of the plot.

    Raises:
        EmotionError: the folder cannot be written.

    """
    content = {**metrics.rounded(content), 'protocol': protocol_content(content['protocol'])}
    picture = f'{PICTURE}.{pictures}'
    with place.whole() as folder:
        write_predictions(Path(folder, PREDICTIONS), predictions)
        write_text(folder / REPORT, json.dumps(
            content, indent=2, ensure_ascii=False, allow_nan=False) + '\n')
        write_text(folder / TEXT, _TEXT.format(
            protocol=protocol_text(content['protocol']), matrix=matrix_table(content),
            bins=metrics.BINS, picture=picture, recalls=_recalls_table(content['corpora'])))
        _draw(Path(folder, picture), content['corpora'])


def matrix_table(content):
    """Draw the matrix: a row for each corpus, and a row of means."""
    rows = [['left out', 'clips', *_COLUMNS]]
    for name, row in content['corpora'].items():
        rows.append([name, str(row['clips']), *(shown(of(row)) for of in _COLUMNS.values())])
    rows.append(['mean', '', *(shown(of(content['mean'])) for of in _COLUMNS.values())])
    return draw_table(rows)


def _recalls_table(corpora):
    labels = in_order({label for row in corpora.values() for label in row['per_class']})
    return draw_table([['left out', *labels], *(
        [name, *(shown(row['per_class'].get(label)) for label in labels)]
        for name, row in corpora.items())])


def _draw(path, corpora):
    figure, axes = new_figure(5.2, 1.2 + 0.34 * len(corpora))
    for place, row in enumerate(corpora.values()):
        low, high = row['interval'] or (row['uar'], row['uar'])
        axes.barh(place, row['uar'], color=BLUE, height=0.62, label='unweighted average recall')
        axes.errorbar(row['uar'], place, xerr=[[max(row['uar'] - low, 0)],
                                               [max(high - row['uar'], 0)]],
                      color='black', capsize=2.5, elinewidth=0.9)
        axes.vlines(row['chance'], place - 0.38, place + 0.38, color=GRAY, label='chance')
        if row['arousal_auroc'] is not None:
            axes.plot(row['arousal_auroc'], place, color=ORANGE, marker='D', markersize=5,
                      linestyle='none', label='AUROC of arousal')
    axes.set_yticks(range(len(corpora)), list(corpora))
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.grid(axis='x', color='0.9')
    axes.set_axisbelow(True)
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    put_legend(figure, list(handles.values()), list(handles), columns=3)
    save(figure, path)
