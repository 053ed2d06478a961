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

"""The robot's own voice: which parts of the audio are ignored."""

from dataclasses import dataclass

from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.settings import Settings, setting

MAX_SPEAKERS = 64
"""Maximum number of publishers; beyond it, the oldest is forgotten."""

JUMP = 1_000_000_000
"""Audio that is older than earlier audio by more than this [ns] belongs to another time."""


@dataclass(frozen=True, kw_only=True)
class Muting(Settings):
    """How long audio is muted because the robot speaks.

    Raises:
        EmotionError: a value is not allowed.

    """

    mute_tail: float = setting(
        0.3, 'How long to stay muted after the robot has spoken [s].', 0.0, 5.0)
    mute_timeout: float = setting(
        60.0, 'A publisher of robot_speaking that falls silent while it speaks is forgotten after '
        'this time [s].', 1.0, 3600.0)


DEFAULT = Muting()


@dataclass
class _Speaker:
    """A publisher that reports whether the robot speaks.

    Args:
        number: of its last message, by the publisher's count; None if messages are not counted.
        speaking: what it reported.
        since: audio time of its last report [ns]; None before any audio.

    """

    number: int | None
    speaking: bool
    since: int | None


class OwnVoice:
    """Keeps the robot's own voice from being treated as a person's.

    The robot speaks while any publisher says so, and it can be heard for a moment after that. Time
    is that of the audio, never that of a clock: a report applies from the newest audio on, and its
    duration is measured by the stamps of the audio that follows, so that a bag gives the same
    results.

    Args:
        muting: Muting.

    Attributes:
        muting: it may be changed.
        muted: whether the end of the newest audio was muted.

    """

    def __init__(self, muting: Muting = DEFAULT) -> None:
        self.muting = muting
        self.reset()

    def reset(self) -> None:
        """Forget all publishers."""
        self._speakers: list[_Speaker] = []
        self._now: int | None = None   # time after the newest sound [ns]
        self._until = 0                # time until which the echo is muted [ns]
        self.muted = False

    @property
    def speaking(self) -> bool:
        """Whether the robot speaks, as far as is known."""
        return any(speaker.speaking for speaker in self._speakers)

    def tell(self, speaking: bool, number: int | None = None) -> None:
        """Process the report of a publisher.

        Args:
            speaking: whether the robot speaks.
            number: of the message, by the publisher's count: only this distinguishes publishers.
                None if messages are not counted; then all are treated as one publisher.

        """
        before = self.speaking
        speaker = self._find(speaking, number)
        speaker.number, speaker.speaking, speaker.since = number, speaking, self._now
        if before and not self.speaking and self._now is not None:
            self._until = self._now + round(self.muting.mute_tail * 1e9)

    def _find(self, speaking: bool, number: int | None) -> _Speaker:
        """Find the publisher of a message: the one that sent the message before it."""
        previous = None if number is None else number - 1
        found = [speaker for speaker in self._speakers if speaker.number == previous]
        if found:   # of several, one whose report changes
            return max(found, key=lambda speaker: speaker.speaking != speaking)
        self._speakers = [*self._speakers[1 - MAX_SPEAKERS:], _Speaker(number, False, None)]
        return self._speakers[-1]

    def mute(self, stamp: int, count: int) -> int:
        """Process the time of the next audio at 16 kHz.

        Args:
            stamp: capture time of its first sample [ns].
            count: number of its samples.

        Returns:
            Number of its first samples to ignore.

        """
        if self._now is None or stamp < self._now - JUMP:
            self._until = 0
            for speaker in self._speakers:
                speaker.since = stamp
        for speaker in self._speakers:
            if speaker.since is None:
                speaker.since = stamp
            if stamp - speaker.since > self.muting.mute_timeout * 1e9:
                speaker.speaking = False
        self._now = stamp + sample_time(count)
        if self.speaking:
            muted = count
        else:
            muted = min(max(0, -(-(self._until - stamp) * SAMPLE_RATE // 10**9)), count)
        self.muted = self.speaking or self._until > self._now
        return muted
