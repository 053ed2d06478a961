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

"""What the utterances of the last minutes express together."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
import math

import numpy as np

from emotion_ros.features.extractor import Utterance
from emotion_ros.model.backends import AFFECT
from emotion_ros.model.classifier import Emotion

MEMORY = 10
"""An utterance is forgotten after so many half-lives: it counts a thousandth then."""

MAX_UTTERANCES = 1000
"""Newest utterances that count."""

MAX_LENGTH = 15.0
"""Length beyond which an utterance counts no more [s]: a stranger may say that it lasted a day."""

HALF_LIVES = 1.0, 86400.0
"""Shortest and longest half-life that is allowed [s]."""

HALF_LIFE = 60.0
"""Half-life where nobody sets it [s]."""

MAX_MOODS = 64
"""Moods that are kept; of more the one that has heard nothing for the longest is forgotten."""


@dataclass(frozen=True)
class Mood:
    """What the utterances of the last minutes express together, at a moment.

    Args:
        stamp: of the moment [ns].
        utterances: that it stands on; where there are none, nothing is told.
        since_last: time since the last of them ended [ns].
        half_life: time after which an utterance counts half [s].
        weight: sum of what they count [s]: seconds of speech that is sure and has just been heard.
        labels: of the model.
        probabilities: float64, shape (labels,), sum 1.
        arousal, valence: -1 to 1, NaN where the model tells none.
        arousal_trend, valence_trend: what they have gained within the last half-life, -2 to 2; NaN
            where there was no mood before.
        speaker: whose it is; '' for all strangers together.

    """

    stamp: int
    utterances: int = 0
    since_last: int = 0
    half_life: float = 0.0
    weight: float = 0.0
    labels: tuple[str, ...] = ()
    probabilities: np.ndarray | tuple = ()
    arousal: float = math.nan
    valence: float = math.nan
    arousal_trend: float = math.nan
    valence_trend: float = math.nan
    speaker: str = ''

    @property
    def emotion(self) -> str:
        """The most probable label; '' where nothing is told."""
        return self.labels[int(np.argmax(self.probabilities))] if self.labels else ''


@dataclass(frozen=True, order=True)
class _Heard:
    """An utterance; ordered, so that sums do not depend on when it came.

    Args:
        end, start: times at which it ended and began [ns].
        evidence: its confidence times its length [s].
        probabilities: of the labels.
        affect: of AFFECT, NaN where the model tells none.

    """

    end: int
    start: int
    evidence: float
    probabilities: tuple[float, ...]
    affect: tuple[float, ...]


class MoodTracker:
    """Follows the mood at one microphone, utterance by utterance.

    Each utterance counts by its confidence and its length, and half as much after each half-life.
    Time is that of the utterances. One of another model, or from long before the newest (a bag that
    starts again, a wrong stamp), begins anew. One that comes twice counts once.

    Args:
        half_life: see Mood.

    """

    def __init__(self, half_life: float = HALF_LIFE) -> None:
        self.half_life = half_life
        self._labels: tuple[str, ...] = ()
        self._heard: list[_Heard] = []

    @property
    def end(self) -> int:
        """Time at which the newest utterance ended [ns]."""
        return self._heard[-1].end if self._heard else 0

    def update(self, utterance: Utterance, emotion: Emotion) -> None:
        """Take an utterance that is over."""
        end = utterance.stamp + utterance.duration
        labels = tuple(emotion.labels)
        if labels != self._labels or end < self.end - self._memory():
            self._labels, self._heard = labels, []
        if any((heard.start, heard.end) == (utterance.stamp, end) for heard in self._heard):
            return   # it came twice, as where two nodes publish it
        length = min(utterance.duration / 1e9, MAX_LENGTH)
        insort(self._heard, _Heard(
            end, utterance.stamp, emotion.confidence * length,
            tuple(emotion.probabilities.tolist()),
            tuple(getattr(emotion, name) for name in AFFECT)))
        begin = self.end - self._memory()
        self._heard = [heard for heard in self._heard[-MAX_UTTERANCES:] if heard.end >= begin]

    def mood(self, now: int | None = None) -> Mood:
        """Tell the mood.

        Args:
            now: the time [ns], not before the newest utterance ended; None for that.

        """
        now = self.end if now is None else max(now, self.end)
        heard = [heard for heard in self._heard
                 if heard.end >= now - self._memory() and heard.evidence > 0]
        if not heard:
            return Mood(now, half_life=self.half_life)
        weights = self._weights(heard, now)
        affect = self._affect(heard, now)
        before = now - round(self.half_life * 1e9)
        was = self._affect([one for one in heard if one.end <= before], before)
        gains = {f'{name}_trend': affect[name] - was[name] for name in AFFECT}
        probabilities = np.average([one.probabilities for one in heard], axis=0, weights=weights)
        return Mood(now, len(heard), now - heard[-1].end, self.half_life, float(weights.sum()),
                    self._labels, probabilities / probabilities.sum(), **affect, **gains)

    def _memory(self) -> int:
        return round(MEMORY * self.half_life * 1e9)

    def _weights(self, heard: list[_Heard], now: int) -> np.ndarray:
        ages = np.array([(now - one.end) / 1e9 for one in heard])
        return np.array([one.evidence for one in heard]) * 0.5 ** (ages / self.half_life)

    def _affect(self, heard: list[_Heard], now: int) -> dict[str, float]:
        """Mean arousal and valence of those that tell them; NaN where none does."""
        found = {}
        for index, name in enumerate(AFFECT):
            telling = [one for one in heard if math.isfinite(one.affect[index])]
            found[name] = float(np.clip(np.average(
                [one.affect[index] for one in telling],
                weights=self._weights(telling, now)), -1, 1)) if telling else math.nan
        return found


def keep_newest(found: dict, key: object, value: object) -> None:
    """Put a value at the end of a dictionary, of which the MAX_MOODS newest are kept."""
    found.pop(key, None)
    found[key] = value
    if len(found) > MAX_MOODS:
        del found[next(iter(found))]


class Moods:
    """The moods of several people at several microphones.

    Args:
        half_life: see Mood.

    """

    def __init__(self, half_life: float = HALF_LIFE) -> None:
        self._half_life = half_life
        # By frame_id and speaker: the tracker, and when it was updated [ns].
        self._trackers: dict[tuple[str, str], tuple[MoodTracker, int]] = {}

    def __len__(self) -> int:
        return len(self._trackers)

    def update(self, frame_id: str, utterance: Utterance, emotion: Emotion, now: int) -> Mood:
        """Take an utterance that is over.

        Args:
            frame_id: of the microphone.
            utterance, emotion: what was heard.
            now: the time [ns], on any clock.

        Returns:
            The mood of the speaker at the end of their newest utterance.

        """
        key = frame_id, emotion.speaker
        tracker, _ = self._trackers.get(key) or (MoodTracker(self._half_life), now)
        keep_newest(self._trackers, key, (tracker, now))
        tracker.update(utterance, emotion)
        return replace(tracker.mood(), speaker=emotion.speaker)

    def current(self, now: int) -> Iterable[tuple[str, Mood]]:
        """Give (frame_id, mood) of each speaker as time has passed since their last utterance.

        Stamps may be of another day, as those of a bag are; what passes is the time of the clock.

        Args:
            now: the time [ns], on the clock of update().

        """
        for (frame_id, speaker), (tracker, received) in self._trackers.items():
            passed = max(0, now - received)
            yield frame_id, replace(tracker.mood(tracker.end + passed), speaker=speaker)
