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

"""The progress of a long task: a bar on a terminal, an occasional line in a log."""

from collections.abc import Callable, Iterable, Iterator
import sys
import time
from typing import TypeVar

Item = TypeVar('Item')

PERIOD = 30.0
"""Time between lines in a log [s]."""


def progress(items: Iterable[Item], *, total: int | None, title: str, unit: str,
             clock: Callable[[], float] = time.monotonic) -> Iterable[Item]:
    """Show on stderr how many items have been processed.

    Args:
        items: iterable.
        total: their number; None if it is unknown.
        title: of the task.
        unit: one word for an item.
        clock: function that returns the time [s].

    Returns:
        Iterable of the same items; the bar is complete only if it is consumed to its end.

    """
    if sys.stderr.isatty():
        try:
            from tqdm import tqdm
        except ImportError:   # an optional package
            pass
        else:
            return tqdm(items, total=total, desc=title, unit=unit)
    return _lines(items, total, title, unit, clock)


def _lines(items: Iterable[Item], total: int | None, title: str, unit: str,
           clock: Callable[[], float]) -> Iterator[Item]:
    begun = said = clock()
    for count, item in enumerate(items):
        now = clock()
        if now - said >= PERIOD:
            said = now
            of_all = '' if total is None else f' of {total}'
            print(f'{title}: {unit} {count}{of_all} after {now - begun:.0f} s', file=sys.stderr,
                  flush=True)
        yield item
