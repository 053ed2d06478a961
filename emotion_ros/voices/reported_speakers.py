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


"""Who speaks, according to another node."""

from bisect import bisect_right, insort
import threading

from emotion_ros.features.extractor import Utterance

REMEMBERED = 100
"""Maximum number of reports that are remembered."""

LATE = 10_000_000_000
"""Time [ns] by which a report may be older than the newest; beyond, time went back."""


class ReportedSpeakers:
    """Remembers reports of who speaks from when on; safe to use from several threads.

    A report may be somewhat late. One from long before the newest (a bag that starts again, a wrong
    stamp before it) replaces those that are later.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reports: list[tuple[int, str]] = []   # (stamp [ns], name), by stamp

    def add(self, stamp: int, speaker: str) -> None:
        """Report who speaks from a stamp [ns] on; '' if that is no longer known."""
        with self._lock:
            if self._reports and stamp < self._reports[-1][0] - LATE:
                self._reports = [report for report in self._reports if report[0] <= stamp]
            insort(self._reports, (stamp, speaker), key=lambda report: report[0])
            del self._reports[:-REMEMBERED]

    def at(self, stamp: int) -> str:
        """Return who speaks at a stamp [ns], by the last report before it; '' if there is none."""
        with self._lock:
            position = bisect_right(self._reports, stamp, key=lambda report: report[0])
            return self._reports[position - 1][1] if position else ''

    def speaker_of(self, utterance: Utterance) -> str:
        """Return who speaks at the end of an utterance."""
        return self.at(utterance.stamp + utterance.duration)
