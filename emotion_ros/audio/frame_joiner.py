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

"""Longer frames while nobody speaks, because each frame wakes every subscriber."""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from emotion_ros.audio.frame import Frame

WINDOW = 2.0
"""Time for which audio must be steady [s]: longer than any hang-over, so that the end of speech is
not delayed."""

RANGE = 2.5
"""In steady audio, no frame is louder than the quietest fifth of the window by more than this
factor (8 dB). A fifth is shorter than the default hang-over, so the end of loud, even audio shows
in time.
"""

SILENCE = 16.0
"""Levels below this are treated as this: root mean square, full scale 32768."""


def join_steady(frames: Iterable[Frame], duration: float) -> Iterator[Frame]:
    """Join frames while the audio is steady; other frames are passed on at once.

    Frames that are held back are passed on if the source ends, fails, or has lost audio.

    Args:
        frames: iterable of Frame, all of one rate.
        duration: maximum length of a joined frame [s]; longer frames stay as they are.

    Yields:
        Frame: the same samples in the same order.

    """
    held: list[Frame] = []
    count = 0
    levels = _Levels()
    try:
        for frame in frames:
            length, longest = len(frame.samples), duration * frame.sample_rate
            if held and (frame.first_sample != held[-1].end_sample or count + length > longest):
                yield _join(held)
                held, count = [], 0
            levels.add(frame)
            held.append(frame)
            count += length
            if not levels.steady or count + length > longest:
                yield _join(held)
                held, count = [], 0
    except Exception:
        if held:
            yield _join(held)
        raise
    if held:
        yield _join(held)


class _Levels:
    """The levels of the last WINDOW of audio.

    Attributes:
        steady: whether that audio was steady.

    """

    def __init__(self) -> None:
        self.steady = False
        self._levels: deque[tuple[float, float]] = deque()   # with the length of the frame [s]
        self._heard = 0.0        # sum of these

    def add(self, frame: Frame) -> None:
        """Process the next frame."""
        wave = frame.samples.ravel().astype(np.float32)
        length = len(frame.samples) / frame.sample_rate
        self._levels.append((max(SILENCE, float(np.sqrt(wave @ wave / len(wave)))), length))
        self._heard += length
        while self._heard - self._levels[0][1] >= WINDOW:
            self._heard -= self._levels.popleft()[1]
        ordered = sorted(self._levels)
        self.steady = (self._heard >= WINDOW
                       and ordered[-1][0] < RANGE * ordered[len(ordered) // 5][0])


def _join(frames: list[Frame]) -> Frame:
    first = frames[0]
    if len(frames) == 1:
        return first
    return Frame(np.concatenate([frame.samples for frame in frames]), first.sample_rate,
                 first.first_sample, first.stamp)
