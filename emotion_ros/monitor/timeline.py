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

"""The last minutes, divided into cells."""

import math

SPAN = 300
"""Minimum time that is shown [s]."""


def cell_duration(width):
    """Return the duration of a cell of a timeline: whole seconds.

    Args:
        width: cells.

    """
    return math.ceil(SPAN / width)


def cells(spans, *, now, width):
    """Assign utterances to cells; the last cell contains `now`.

    Cells begin at multiples of their duration, so that the timeline moves by whole cells. A cell
    with several emotions shows the longest, and of equal ones the newest.

    Args:
        spans: view.Span, none before the one that precedes it.
        now: time [s], on the clock of the spans.
        width: cells.

    Returns:
        An emotion or None for each cell.

    """
    duration = cell_duration(width)
    first = math.floor(now / duration) - width + 1
    shares = [{} for _ in range(width)]
    for span in spans:
        begin = max(0, math.floor(span.start / duration) - first)
        end = min(width - 1, math.floor(span.end / duration) - first)
        for cell in range(begin, end + 1):
            left = (first + cell) * duration
            share = min(span.end, left + duration) - max(span.start, left)
            found = shares[cell]
            found[span.emotion] = found.pop(span.emotion, 0) + share
    # max() gives the first of equal ones, and a dict the newest last.
    return [max(reversed(found), key=found.get) if found else None for found in shares]
