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

"""From frames of any source, possibly with losses, to one 16 kHz stream with marked gaps."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from emotion_ros.arrays import Int16
from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.frame import Frame
from emotion_ros.audio.resampler import MEAN, Resampler

LATE = 2_000_000_000
"""A frame older than the newest by up to this [ns] is late or a duplicate; beyond, time jumped."""

JUMP = 1_000_000_000
"""Maximum deviation of a stamp from the sample count in one frame without a gap [ns]."""


LATE_FRAMES = 'frames late or doubled'
LOST, RESTARTED, JUMPED, CHANGED = GAPS = (
    'gaps: sound was lost', 'gaps: the source started again', 'gaps: time jumped',
    'gaps: rate or channels changed')
LOST_SOUND = 'sound lost [s]'


@dataclass(frozen=True)
class Piece:
    """A piece of 16 kHz audio.

    Args:
        samples: int16, one dimension, or shape (samples, channels) if all channels are kept.
        first_sample: index of the first sample at 16 kHz.
        stamp: capture time of the first sample [ns]; it never decreases between gaps.
        gap: this piece does not continue the previous one; True for the first piece.

    """

    samples: Int16
    first_sample: int
    stamp: int
    gap: bool

    def after(self, count: int) -> 'Piece':
        """Return the part after a number of samples."""
        return Piece(self.samples[count:], self.first_sample + count,
                     self.stamp + sample_time(count), self.gap)


class MonoStream:
    """Joins frames into one stream.

    A frame that continues the previous one is appended. An earlier one (late or a duplicate) is
    dropped. Any other (lost samples, another rate, a restarted source, a jump in time) starts the
    stream again, and its piece is marked as a gap.

    Args:
        counts: Counter of LATE_FRAMES, of gaps by their reason (one of GAPS), and of the missing
            audio [s] as LOST_SOUND, if the index of the samples shows it.
        channel: channel to use, see resampler.Resampler.

    """

    def __init__(self, counts: Counter[str] | None = None, *, channel: int | str = MEAN) -> None:
        self._channel = channel
        self._counts: dict[str, Any] = Counter() if counts is None else counts
        self._last: Frame | None = None     # the newest frame
        self._origin: Frame | None = None   # the first frame since the last gap
        self._resampler: Resampler | None = None
        self._count = 0       # samples given out since the last gap
        self._stamp = 0       # of the newest piece
        self._ended = False   # the source has, see end()

    def push(self, frame: Frame) -> Piece | None:
        """Process a frame.

        Returns:
            The Piece that results (empty while the filter fills), or None if it was dropped.

        """
        gap = self._last is None or not _continues(self._last, frame)
        if gap:
            if self._last is not None and _is_late(self._last, frame):
                self._counts[LATE_FRAMES] += 1
                return None
            self._count_gap(frame)
            self._resampler = Resampler(
                sample_rate=frame.sample_rate, channel=self._channel)
            self._origin = frame
            self._count = 0
        assert self._origin is not None and self._resampler is not None   # since the first gap
        self._last, self._ended = frame, False
        samples = self._resampler.push(frame.samples)
        origin = self._origin
        first_sample = origin.first_sample * SAMPLE_RATE // frame.sample_rate + self._count
        # The filter delays audio, so the piece may begin before the frame.
        begun = (frame.first_sample - origin.first_sample) * 1_000_000_000 // frame.sample_rate
        stamp = frame.stamp - begun + sample_time(self._count)
        if not gap:
            stamp = max(stamp, self._stamp)
        self._stamp = stamp
        self._count += len(samples)
        return Piece(samples, first_sample, stamp, gap)

    def end(self) -> None:
        """Declare that the source has ended, as far as is known, so that a restart is no fault."""
        self._ended = True

    def _count_gap(self, frame: Frame) -> None:
        last = self._last
        if last is None:
            return
        if not _is_alike(last, frame):
            reason = CHANGED
        elif frame.first_sample < last.end_sample:
            reason = RESTARTED
        elif frame.first_sample > last.end_sample and _is_in_time(last, frame):
            reason = LOST
        else:   # what only the index says was lost may be any number
            reason = JUMPED
        if reason == RESTARTED and self._ended:
            return
        self._counts[reason] += 1
        if reason == LOST:
            self._counts[LOST_SOUND] += (
                (frame.first_sample - last.end_sample) / frame.sample_rate)


def _continues(last: Frame, frame: Frame) -> bool:
    if frame.first_sample != last.end_sample or not _is_alike(last, frame):
        return False
    return frame.stamp >= last.stamp and _is_in_time(last, frame)


def _is_in_time(last: Frame, frame: Frame) -> bool:
    """Return whether the time between two frames is that between their samples."""
    expected = last.stamp + (
        frame.first_sample - last.first_sample) * 1_000_000_000 // last.sample_rate
    return abs(frame.stamp - expected) < JUMP


def _is_alike(last: Frame, frame: Frame) -> bool:
    return (frame.sample_rate == last.sample_rate
            and frame.samples.shape[1] == last.samples.shape[1])


def _is_late(last: Frame, frame: Frame) -> bool:
    return (frame.sample_rate == last.sample_rate and frame.first_sample < last.end_sample
            and 0 <= last.stamp - frame.stamp < LATE)
