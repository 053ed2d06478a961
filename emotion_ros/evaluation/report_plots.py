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

"""The plots of a report."""

from emotion_ros import metrics
from emotion_ros.evaluation import condition_report, plots
from emotion_ros.evaluation.report_content import pooled
from emotion_ros.evaluation.report_text import trainings
from emotion_ros.metrics import bootstrap

DRAWN = ('confusion', 'reliability', 'coverage', 'confidence', 'snr', *condition_report.TITLES,
         'compare')
"""Names of the plots, of which there may be any."""


def draw_report(folder, evaluation, content):
    """Draw all plots for which there are results.

    Args:
        folder: existing Path.
        evaluation: report.Evaluation.
        content: result of report_content.

    Returns:
        {name: (file name, caption)} of each plot.

    """
    predictions = evaluation.predictions
    captions = {}

    def place(name, caption):
        captions[name] = f'{name}.{evaluation.pictures}', caption
        return folder / captions[name][0]

    plots.draw_confusion(place('confusion', 'Predictions for the clips of each class.'),
                         metrics.confusion(predictions), predictions.labels)
    heard = predictions.select(predictions.has_speech)
    if len(heard):
        plots.draw_reliability(
            place('reliability', 'How often predictions of a certain probability are right.'),
            metrics.reliability(predictions))
        point = content['operating_point']
        plots.draw_coverage(
            place('coverage', 'Accuracy when the least confident predictions are rejected.'),
            {title: metrics.coverage(predictions, getattr(predictions, score))
             for score, title in metrics.SCORES.items()},
            [(point['coverage'], point['accuracy'], f'threshold {point["threshold"]:.3f}')]
            if point and point['accuracy'] is not None else [])
        caption = ('How confident it is when it is right and when it is wrong'
                   + (', and for out-of-distribution sounds.' if evaluation.ood else '.'))
        plots.draw_confidence(place('confidence', caption), {
            title: {'right': getattr(heard, score)[heard.right],
                    'wrong': getattr(heard, score)[~heard.right],
                    'out of distribution': pooled(kind[index] for kind in evaluation.ood.values())}
            for index, (score, title) in enumerate(metrics.SCORES.items())})
    if evaluation.snr:
        lines = dict(zip(trainings(content), (
            {plots.CLEAN: evaluation.predictions, **evaluation.snr}, evaluation.snr_plain),
            strict=False))   # not all evaluations have the second
        plots.draw_snr(place('snr', 'Recall in noise; the bars are 95 % intervals.'), {
            name: {ratio: (metrics.unweighted_average_recall(part.targets, part.predicted),
                           bootstrap.intervals(part)['uar']) for ratio, part in line.items()}
            for name, line in lines.items() if line})
    for group in evaluation.conditions:
        plots.draw_conditions(
            place(group, 'Recall, arousal and clips without speech; the bars are 95 % intervals.'),
            content[group], condition_report.AXES[group])
    if 'compare' in content:
        plots.draw_differences(
            place('compare', 'Differences in recall, with 95 % intervals.'),
            {f'network minus {name}': part['difference']
             for name, part in content['compare'].items()})
    return captions
