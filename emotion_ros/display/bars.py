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

"""Bars made of text."""

_PARTS = ' ▏▎▍▌▋▊▉'
_COLUMNS = ' ▁▂▃▄▅▆▇█'


def draw_bar(part: float, width: int) -> str:
    """Draw a number as a bar, exact to an eighth of a character.

    Args:
        part: clipped to 0 to 1.
        width: number of characters for 1.

    Returns:
        Text of at most `width` characters.

    """
    eighths = round(min(max(part, 0.0), 1.0) * width * 8)
    return '█' * (eighths // 8) + _PARTS[eighths % 8].strip()


def draw_column(part: float) -> str:
    """Draw a number, clipped to 0 to 1, as a column of one character, exact to an eighth."""
    return _COLUMNS[round(min(max(part, 0.0), 1.0) * 8)]
