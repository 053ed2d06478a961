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

"""Tables in Markdown."""

from collections.abc import Sequence


def draw_table(rows: Sequence[Sequence[str]]) -> str:
    """Draw a table that is also readable as plain text.

    Args:
        rows: [[str]], all of the same length; the first is the header.

    Returns:
        Lines of Markdown: the first column aligned left, the others right.

    """
    rows = [[_cell(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ['| ' + ' | '.join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
             + ' |' for row in rows]
    rule = '|' + '|'.join(['-' * (widths[0] + 2), *('-' * (width + 1) + ':'
                                                    for width in widths[1:])]) + '|'
    return '\n'.join([lines[0], rule, *lines[1:]])


def shown(value: float | None, places: int = 3) -> str:
    """Format a number for a table with a number of decimal places; None as ''."""
    return '' if value is None else f'{value:.{places}f}'


def _cell(text: str) -> str:
    return ' '.join(text.replace('|', '\\|').split())
