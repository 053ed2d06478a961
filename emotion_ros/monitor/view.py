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

"""The contents of the view at one moment."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from emotion_ros.features.extractor import Utterance
from emotion_ros.model.classifier import Emotion
from emotion_ros.mood.moods import Mood


@dataclass(frozen=True)
class AudioLevel:
    """The current level of the audio.

    Args:
        rms, peak: [dBFS].
        clipped: whether the audio was clipped a moment ago.
        speech: probability that the newest chunk is speech, 0 to 1.
        speaking: length of the current utterance [s]; None if nobody is speaking.
        muted: whether the robot itself is speaking, so that nothing counts as speech.

    """

    rms: float
    peak: float
    clipped: bool
    speech: float
    speaking: float | None
    muted: bool = False


@dataclass(frozen=True)
class SoundColumn:
    """One column of the spectrogram.

    Args:
        level: root mean square [dBFS].
        bands: float32, shape (log_mel.BANDS,): log10 of the power in each band, lowest first.
        speech: whether the column belongs to an utterance.
        muted: whether the robot is speaking.

    """

    level: float
    bands: np.ndarray
    speech: bool
    muted: bool


@dataclass(frozen=True)
class Result:
    """The result for an utterance.

    Args:
        utterance: Utterance.
        emotion: Emotion.
        received: time of arrival [s], on the clock of the Monitor.

    """

    utterance: Utterance
    emotion: Emotion
    received: float

    @property
    def likeliest(self):
        """The most probable label and its probability, the maximum softmax."""
        index = int(self.emotion.probabilities.argmax())
        return self.emotion.labels[index], float(self.emotion.probabilities[index])


@dataclass(frozen=True)
class Span:
    """An utterance on the timeline.

    Args:
        start, end: [s], on the clock of the Monitor.
        emotion: the recognized emotion.

    """

    start: float
    end: float
    emotion: str


@dataclass(frozen=True)
class HeardMood:
    """A mood received on the topic.

    Args:
        frame_id: of the microphone.
        mood: mood.moods.Mood.
        received: time of arrival [s], on the clock of the Monitor.

    """

    frame_id: str
    mood: Mood
    received: float


@dataclass(frozen=True)
class HeardReaction:
    """A reaction of the robot.

    Args:
        name: name of the reaction.
        emotion: the emotion that triggered it; '' if arousal and valence did.
        on_mood: whether a mood triggered it, rather than an utterance.
        received: time of arrival [s], on the clock of the Monitor.

    """

    name: str
    emotion: str
    on_mood: bool
    received: float


@dataclass(frozen=True)
class Report:
    """The diagnostics of a node.

    Args:
        level: OK, WARN, ERROR or STALE.
        message: summary in a few words.
        values: {name: value}.
        received: time of arrival [s], on the clock of the Monitor.

    """

    level: int
    message: str
    values: dict
    received: float


@dataclass(frozen=True)
class View:
    """Everything that can be shown at one moment.

    Args:
        version: increases whenever anything but the audio changes.
        now: current time [s], on the clock of the Monitor.
        level: AudioLevel, or None before the first audio.
        columns: SoundColumns of the last seconds, newest last.
        silence: time since the last audio [s].
        ignored: why audio of some publishers is ignored; '' if none is.
        counts: number of messages by topic.
        malformed: number of dropped messages by topic.
        interim: Result of the current utterance, or None.
        results: Results of finished utterances, newest first.
        moods: the latest HeardMood of each person at each microphone, newest first.
        reactions: HeardReactions, newest first.
        spans: Spans on the timeline, oldest first.
        reports: {node: Report}.

    """

    version: int
    now: float
    level: AudioLevel | None
    columns: tuple
    silence: float
    ignored: str
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
        """Result of the current utterance, or else of the last one, or None."""
        return self.interim or next(iter(self.results), None)

    @property
    def emotions(self):
        """Set of all emotions and labels in the view."""
        results = self.results if self.interim is None else (self.interim, *self.results)
        return {*(span.emotion for span in self.spans),
                *(label for heard in self.moods for label in heard.mood.labels),
                *(label for result in results
                  for label in (result.emotion.emotion, *result.emotion.labels))}
