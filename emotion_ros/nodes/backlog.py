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

"""A queue of limited length between two threads."""

from collections import deque
import threading
from typing import Generic, TypeVar

_T = TypeVar('_T')


class Backlog(Generic[_T]):
    """Holds results for a reader; if the reader cannot keep up, interim ones are dropped first.

    Beyond interim_limit, interim results are not accepted. Beyond limit, a final result replaces a
    waiting interim one or, if there is none, the oldest final one.

    Args:
        interim_limit: number of entries beyond which interim results are dropped.
        limit: maximum number of entries.

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
            (entry, final) that was dropped, which may be this entry, or None.

        """
        with self._changed:
            if not final and len(self._entries) >= self._interim_limit:
                return entry, False
            dropped = self._make_room() if len(self._entries) >= self._limit else None
            self._entries.append((entry, final))
            self._changed.notify()
            return dropped

    def _make_room(self) -> tuple[_T, bool]:
        index = next((index for index, (_, final) in enumerate(self._entries) if not final), 0)
        dropped = self._entries[index]
        del self._entries[index]
        return dropped

    def get(self) -> _T | None:
        """Wait for the first entry and remove it; None if the backlog is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._entries or self._closed)
            return self._entries.popleft()[0] if self._entries else None

    def close(self) -> None:
        """Let the reader take the remaining entries; after that, get() returns None."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
