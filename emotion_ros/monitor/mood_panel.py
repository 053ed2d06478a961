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

"""The panel of moods."""

import math

from rich.text import Text

from emotion_ros.model.backends import AFFECT
from emotion_ros.monitor.lines import bars, fit
from emotion_ros.monitor.marks import printable

SHOWN_MOODS = 4
"""Moods that the panel wants room for."""

STEADY = 0.05
"""Smaller trends are not shown."""

STRANGERS = 'strangers'


def mood(view, setting, width, height):
    """Draw the newest moods, one line per person; see panels."""
    shown = sorted(view.moods[:height], key=lambda heard: (heard.frame_id, heard.mood.speaker))
    several = len({heard.frame_id for heard in view.moods}) > 1
    named = several or len(view.moods) > 1 or any(heard.mood.speaker for heard in shown)
    lines = []
    for index, heard in enumerate(shown):
        line = Text('Mood   ' if index == 0 else ' ' * 7)
        if named:
            microphone = f' at {printable(heard.frame_id, 15)}' if several else ''
            line.append(f'{printable(heard.mood.speaker or STRANGERS, 20)}{microphone}: ')
        lines.append(_describe(line, heard, view.now, setting.marks, width))
    return fit(lines, width, height)


def _describe(line, heard, now, marks, width):
    """Add the contents of a mood to a line, as far as there is room."""
    found = heard.mood
    if not found.utterances:
        return line.append('nobody has spoken for a long time')
    line.append(marks[found.emotion].letter, marks[found.emotion].color)
    line.append(f' {printable(found.emotion, 20)}', 'bold')
    line.append(f' {max(found.probabilities):.2f}')
    for name in AFFECT:
        value = getattr(found, name)
        if math.isfinite(value):
            line.append(f'  {name} ').append(f'{value:+.2f}', 'bold')
            line.append(_arrow(getattr(found, f'{name}_trend')))
    ago = found.since_last / 1e9 + now - heard.received
    line.append(f'  utterances {found.utterances}, last {ago:.0f} s ago')
    return line.append('  ').append(bars(
        found.labels, found.probabilities, width - line.cell_len - 2, marks))


def _arrow(trend):
    """Return the trend of a value; empty without an earlier mood."""
    if math.isnan(trend):
        return ''
    return ' →' if abs(trend) < STEADY else ' ↗' if trend > 0 else ' ↘'
