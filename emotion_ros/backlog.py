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

"""A queue between two threads that never grows without bound."""

from collections import deque
import threading
from typing import Generic, TypeVar

_T = TypeVar('_T')


class Backlog(Generic[_T]):
    """Holds results on their way to a reader; when it cannot keep up, interim ones go first.

    Beyond interim_limit no interim result is taken. Beyond limit an interim one that waits makes
    room for a final one, and where none waits the oldest final one does.

    Args:
        interim_limit: entries beyond which interim results are dropped.
        limit: entries that are held.

    """

    def __init__(self, *, interim_limit: int, limit: int) -> None:
        self._interim_limit = interim_limit
        self._limit = limit
        self._entries: deque[tuple[_T, bool]] = deque()   # of (entry, final)
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: _T, *, final: bool) -> tuple[_T, bool] | None:
        """Append an entry.

        Returns:
            (entry, final) that was dropped for it, maybe itself, or None.

        """
        with self._changed:
            if not final and len(self._entries) >= self._interim_limit:
                return entry, False
            dropped = self._make_room() if len(self._entries) >= self._limit else None
            self._entries.append((entry, final))
            self._changed.notify()
            return dropped

    def _make_room(self) -> tuple[_T, bool]:
        number = next((number for number, (_, final) in enumerate(self._entries) if not final), 0)
        dropped = self._entries[number]
        del self._entries[number]
        return dropped

    def get(self) -> _T | None:
        """Wait for the first entry and take it; None when the backlog is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._entries or self._closed)
            return self._entries.popleft()[0] if self._entries else None

    def close(self) -> None:
        """Let the reader finish what is held; then get() gives None."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
