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

"""Whether a source that is heard live has ended."""

LIVE = 5_000_000_000
"""A frame of a live source is no older or newer than this [ns] when it is heard, even where the
computer is too slow for a while."""


class LiveSource:
    """Tells that nothing more comes from a live source: its node was deactivated, or is gone.

    Only clocks can tell, so it never tells it of a recording, whose stamps are of another time:
    what is heard there depends on samples and stamps alone.

    Args:
        patience: time without sound [ns].
        clocks: functions that give a time [ns], the first of them that of the stamps. All must
            have gone on for so long, since one alone may jump or run fast.

    """

    def __init__(self, *, patience, clocks):
        self._patience = patience
        self._clocks = clocks
        self._times = None   # when the next frame must be there, of a live source
        self._looks = 0

    def hear(self, frame):
        """Take a frame.

        Args:
            frame: audio.frame.Frame.

        """
        times = [clock() for clock in self._clocks]
        duration = len(frame.samples) * 1_000_000_000 // frame.sample_rate
        is_live = abs(times[0] - frame.stamp - duration) < LIVE
        self._times = [time + self._patience + duration for time in times] if is_live else None
        self._looks = 0

    def has_ended(self):
        """Tell once that it has ended; ask it several times a second.

        Frames that came while this computer was too busy to hear them have their turn between
        two looks.
        """
        if self._times is None or any(
                clock() < time for clock, time in zip(self._clocks, self._times, strict=True)):
            return False
        self._looks += 1
        if self._looks < 2:
            return False
        self._times = None
        return True
