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

"""Whether a live audio source has ended."""

from collections.abc import Callable, Sequence

from emotion_ros.audio.frame import Frame

LIVE = 5_000_000_000
"""Maximum age of a frame of a live source on arrival [ns], even on a computer that falls behind."""


class LiveSource:
    """Detects that a live source has stopped: its node was deactivated or has ended.

    This needs clocks. A recording, whose stamps are from another time, never ends this way: its
    results depend only on samples and stamps.

    Args:
        patience: time without audio [ns].
        clocks: functions that return a time [ns]; the first is the clock of the stamps. The
            patience must have elapsed on all of them, since a single one may jump or run fast.

    Attributes:
        patience: it may be changed.

    """

    def __init__(self, *, patience: int, clocks: Sequence[Callable[[], int]]) -> None:
        self.patience = patience
        self._clocks = clocks
        self.reset()

    def reset(self) -> None:
        """Forget the source."""
        self._times: list[int] | None = None   # when the next frame of a live source is due
        self._overdue_calls = 0

    def update(self, frame: Frame) -> None:
        """Process a frame.

        Args:
            frame: audio.frame.Frame.

        """
        times = [clock() for clock in self._clocks]
        duration = len(frame.samples) * 1_000_000_000 // frame.sample_rate
        is_live = abs(times[0] - frame.stamp - duration) < LIVE
        self._times = [time + self.patience + duration for time in times] if is_live else None
        self._overdue_calls = 0

    def has_ended(self) -> bool:
        """Return True once if the source has ended; call it several times per second.

        It takes two calls in a row, so that frames that arrived while the computer was busy are
        processed first.
        """
        if self._times is None or any(
                clock() < time for clock, time in zip(self._clocks, self._times, strict=True)):
            return False
        self._overdue_calls += 1
        if self._overdue_calls < 2:
            return False
        self._times = None
        return True
