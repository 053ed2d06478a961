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

"""Stamps for the samples of a microphone."""


class CaptureClock:
    """Gives each frame of a microphone the time at which its first sample was captured.

    A device counts samples evenly, but its rate is off by some parts per million; the computer's
    clock is right, but each reading of it is delayed by a varying amount. The stamps follow the
    sample count and are slowly drawn toward the readings, so they neither jitter nor drift.
    They increase, unless the computer's clock is set back.

    Args:
        sample_rate: nominal rate of the device [Hz].
        gain: fraction of the difference that is corrected with each frame.
        jump: if the difference exceeds this [ns], the count restarts instead.

    """

    def __init__(self, *, sample_rate: int, gain: float = 0.02, jump: int = 200_000_000) -> None:
        self._sample_rate = sample_rate
        self._gain = gain
        self._jump = jump
        self._next: int | None = None       # stamp of the next frame according to the count
        self._stamp = 0         # of the frame before
        self._measured = 0      # for the frame before

    def stamp(self, count: int, measured: int) -> int:
        """Stamp a frame.

        Args:
            count: samples in the frame.
            measured: reading of the capture time of its first sample [ns].

        Returns:
            The stamp of the first sample [ns].

        """
        if self._next is None or measured < self._measured - self._jump:
            stamp = measured
        elif abs(measured - self._next) > self._jump:
            stamp = max(measured, self._stamp + 1)
        else:
            stamp = self._next + round(self._gain * (measured - self._next))
        self._measured = measured
        self._stamp = stamp
        self._next = stamp + count * 1_000_000_000 // self._sample_rate
        return stamp
