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

"""The part of a report about clips at a distance and in rooms."""

from emotion_ros import metrics
from emotion_ros.display.tables import draw_table, shown
from emotion_ros.evaluation.affect import measure_affect, with_affect
from emotion_ros.metrics import bootstrap

TITLES = {'distance': 'Distance', 'rooms': 'Rooms'}
"""Titles of the groups of evaluation.conditions.Condition in this part."""

AXES = {'distance': 'distance [m]', 'rooms': 'rooms'}
"""Labels of the axis of a group's values."""

_COLUMNS = {'uar': 'unweighted average recall', 'arousal_auroc': 'arousal: AUROC',
            'ece': 'calibration error', 'no_speech': 'no speech found'}


def condition_content(predictions, conditions):
    """Compute the contents of report.json about conditions.

    Args:
        predictions: Predictions for the clips as recorded.
        conditions: {value of the Condition: Predictions} of one group.

    Returns:
        {value, or 'as recorded': its measures}; distances are written like 0.5.

    """
    return {name: {
        'uar': metrics.unweighted_average_recall(part.targets, part.predicted),
        'interval': bootstrap.intervals(part)['uar'],
        'arousal_auroc': measure_affect(with_affect(part))['arousal_auroc'],
        'ece': metrics.reliability(part).error,
        'no_speech': float((~part.has_speech).mean())}
        for name, part in {'as recorded': predictions, **{
            value if isinstance(value, str) else f'{value:g}': part
            for value, part in conditions.items()}}.items()}


def condition_text(group, content):
    """Write the table of a group.

    Args:
        group: one of TITLES.
        content: result of condition_content.

    """
    unit = ' [m]' if group == 'distance' else ''
    rows = [[f'{group}{unit}', *_COLUMNS.values()]]
    rows += [[name, *(shown(part[column]) for column in _COLUMNS)]
             for name, part in content.items()]
    return draw_table(rows)
