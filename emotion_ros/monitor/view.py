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

"""What can be shown at a moment."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from emotion_ros.features.extractor import Utterance
from emotion_ros.model.classifier import Emotion
from emotion_ros.mood.moods import Mood


@dataclass(frozen=True)
class AudioLevel:
    """How the sound is now.

    Args:
        rms, peak: [dBFS].
        clipped: whether it was too loud a moment ago.
        speech: probability that the newest chunk is speech, 0 to 1.
        speaking: length of the utterance that is open [s]; None where nobody speaks.
        muted: whether the robot speaks itself, so that nothing is taken for speech.

    """

    rms: float
    peak: float
    clipped: bool
    speech: float
    speaking: float | None
    muted: bool = False


@dataclass(frozen=True)
class SoundColumn:
    """A moment in the picture of the sound.

    Args:
        level: root of the mean power [dBFS].
        bands: float32, shape (log_mel.BANDS,): log10 of the power in each, the lowest first.
        speech: whether an utterance is open.
        muted: whether the robot speaks.

    """

    level: float
    bands: np.ndarray
    speech: bool
    muted: bool


@dataclass(frozen=True)
class Result:
    """What was said of an utterance.

    Args:
        utterance: Utterance.
        emotion: Emotion.
        received: when [s], on the clock of the Monitor.

    """

    utterance: Utterance
    emotion: Emotion
    received: float

    @property
    def likeliest(self):
        """Most probable label, and its probability: the maximum softmax."""
        number = int(self.emotion.probabilities.argmax())
        return self.emotion.labels[number], float(self.emotion.probabilities[number])


@dataclass(frozen=True)
class Span:
    """An utterance on the timeline.

    Args:
        start, end: [s], on the clock of the Monitor.
        emotion: that was heard in it.

    """

    start: float
    end: float
    emotion: str


@dataclass(frozen=True)
class HeardMood:
    """A mood that was told.

    Args:
        frame_id: of the microphone.
        mood: mood.moods.Mood.
        received: when [s], on the clock of the Monitor.

    """

    frame_id: str
    mood: Mood
    received: float


@dataclass(frozen=True)
class HeardReaction:
    """What the robot did.

    Args:
        name: of the reaction.
        emotion: that it was for; '' where it was for arousal and valence.
        on_mood: whether it was for a mood, not for an utterance.
        received: when [s], on the clock of the Monitor.

    """

    name: str
    emotion: str
    on_mood: bool
    received: float


@dataclass(frozen=True)
class Report:
    """What a node said of itself.

    Args:
        level: OK, WARN, ERROR or STALE.
        message: in a few words.
        values: {name: value}.
        received: when [s], on the clock of the Monitor.

    """

    level: int
    message: str
    values: dict
    received: float


@dataclass(frozen=True)
class View:
    """All that can be shown at a moment.

    Args:
        version: counts up whenever anything but the sound changed.
        now: the moment [s], on the clock of the Monitor.
        level: AudioLevel, or None before the first.
        columns: SoundColumn of the last seconds, the newest last.
        silence: time without sound [s].
        counts: messages by topic.
        malformed: messages by topic that were dropped.
        interim: Result of the utterance that is open, or None.
        results: of utterances that are over, the newest first.
        moods: of each person at each microphone the newest HeardMood, the newest first.
        reactions: the newest HeardReaction first.
        spans: on the timeline, the oldest first.
        reports: {node: Report}.

    """

    version: int
    now: float
    level: AudioLevel | None
    columns: tuple
    silence: float
    counts: Counter
    malformed: Counter
    interim: Result | None
    results: tuple
    moods: tuple
    reactions: tuple
    spans: tuple
    reports: dict

    @property
    def newest(self):
        """Result of the utterance that is open, or else of the last one, or None."""
        return self.interim or next(iter(self.results), None)

    @property
    def emotions(self):
        """All emotions and labels in it, a set."""
        results = self.results if self.interim is None else (self.interim, *self.results)
        return {*(span.emotion for span in self.spans),
                *(label for heard in self.moods for label in heard.mood.labels),
                *(label for result in results
                  for label in (result.emotion.emotion, *result.emotion.labels))}
