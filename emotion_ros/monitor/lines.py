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

"""Lines of text for panels."""

from collections.abc import Iterable, Mapping

from rich.text import Text

from emotion_ros.display.bars import draw_bar
from emotion_ros.monitor.marks import Mark


def fit(lines: list[Text], width: int, height: int) -> Text:
    """Cut lines to the room there is."""
    lines = lines[:height]
    for line in lines:
        line.truncate(max(width, 1), overflow='ellipsis' if width > 8 else 'crop')
    return Text('\n').join(lines)


def bar(part: float, width: int, style: str = '') -> Text:
    """Draw a bar that fills its room."""
    return Text(draw_bar(part, width).ljust(width), style)


def bars(labels: Iterable[str], parts: Iterable[float], width: int,
         marks: Mapping[str, Mark]) -> Text:
    """Draw a bar for each emotion behind its letter, side by side; nothing without room for it."""
    line, labels = Text(), list(labels)
    each = width // max(1, len(labels)) - 1
    if each > 0:
        for label, part in zip(labels, parts, strict=True):
            line.append(marks[label].letter).append(bar(part, each, marks[label].ink))
    return line
