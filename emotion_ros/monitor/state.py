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

"""The messages received on the topics, ready for display."""

from collections import Counter, deque
from dataclasses import replace
import threading
import time

from emotion_ros.audio import sample_time
from emotion_ros.audio.mono_stream import MonoStream
from emotion_ros.monitor.level import LevelMeter
from emotion_ros.monitor.spectrogram import Spectrogram
from emotion_ros.monitor.view import (
    AudioLevel,
    HeardMood,
    HeardReaction,
    Report,
    Result,
    Span,
    View,
)
from emotion_ros.mood.moods import Mood, keep_newest
from emotion_ros.speech.own_voice import OwnVoice
from emotion_ros.speech.segmenter import Segmentation, Segmenter, SpeechEnded, SpeechStarted
from emotion_ros.speech.voice_activity import VoiceActivity

TOPICS = AUDIO, FEATURES, EMOTION, MOOD, REACTION, DIAGNOSTICS = (
    'audio', 'voice_features', 'emotion', 'mood', 'behavior/reaction', '/diagnostics')

RESULTS = 100
"""Maximum number of utterances, and of reactions, that are kept."""

SPANS = 1000
"""Maximum number of utterances on the timeline."""

REPORTERS = 50
"""Maximum number of nodes whose latest diagnostics are kept."""

ENTRIES, TEXT = 50, 200
"""Maximum number of values kept from a message on /diagnostics, and maximum length of a text."""

QUIET = 3.0
"""Time [s] without sound, or without diagnostics from a node, after which the view reports it."""

FORGOTTEN = 20.0
"""Time [s] after which an interim result is hidden unless a newer one arrives."""

OK, WARN, ERROR, STALE = range(4)


class _Remembering:
    """A voice detector that remembers its last result."""

    def __init__(self, detector):
        self._detector = detector
        self.last = 0.0

    def probability(self, chunk):
        self.last = self._detector.probability(chunk)
        return self.last

    def reset(self, first_chunk):
        self._detector.reset(first_chunk)


class Monitor:
    """Collects messages and returns views of them; thread-safe.

    No topic carries voice activity, so this class computes it from the audio, with the stages that
    find the utterances and their default settings. Memory use is limited, whatever the number of
    messages.

    Args:
        now: function that returns the time [s].
        voice_activity: see speech.segmenter.Segmenter.

    """

    def __init__(self, *, now=time.monotonic, voice_activity=None):
        self._version = 0
        self._now = now
        self._lock = threading.Lock()
        self._stream = MonoStream()
        self._voice = _Remembering(voice_activity or VoiceActivity())
        self._segmenter = Segmenter(
            Segmentation(interim_interval=0), voice_activity=self._voice)
        self._meter = LevelMeter()
        self._spectrogram = Spectrogram()
        self._own_voice = OwnVoice()
        self._begun = None      # stamp of the current utterance [ns]
        self._end = 0           # end of the newest audio [ns]
        self._level = None
        self._sounded = now()   # time of the last audio
        self._ignored = ''      # why audio is ignored
        self._forget()

    def _forget(self):
        self._counts = Counter()
        self._malformed = Counter()
        self._interim = None
        self._results = deque(maxlen=RESULTS)
        self._moods = {}        # by frame_id and speaker
        self._reactions = deque(maxlen=RESULTS)
        self._spans = deque(maxlen=SPANS)
        self._reports = {}

    def clear(self):
        """Discard everything except the audio."""
        with self._lock:
            self._version += 1
            self._forget()

    def malformed(self, topic):
        """Count an invalid message."""
        with self._lock:
            self._version += 1
            self._malformed[topic] += 1

    def ignored(self, reason):
        """Update why audio of some publishers is ignored; '' if none is."""
        with self._lock:
            self._version += reason != self._ignored
            self._ignored = reason

    def update_audio(self, frame):
        """Process audio.

        Args:
            frame: audio.frame.Frame.

        """
        with self._lock:
            self._counts[AUDIO] += 1
            self._sounded = self._now()
            self._meter.push(frame.samples, frame.sample_rate)
            piece = self._stream.push(frame)
            if piece is not None:
                muted = self._own_voice.mute(piece.stamp, len(piece.samples))
                ended = self._segmenter.flush() if muted else ()
                for event in (*ended, *self._segmenter.push(piece.after(muted))):
                    if isinstance(event, SpeechStarted):
                        self._begun = event.stamp
                    elif isinstance(event, SpeechEnded):
                        self._begun = None
                self._end = piece.stamp + sample_time(len(piece.samples))
                self._spectrogram.push(piece.samples, speech=self._begun is not None,
                                       muted=self._own_voice.muted)
            speaking = None if self._begun is None else (self._end - self._begun) / 1e9
            meter = self._meter
            self._level = AudioLevel(
                meter.rms, meter.peak, meter.clipped, self._voice.last, speaking,
                self._own_voice.muted)

    def robot_speaking(self, speaking: bool, number: int | None = None) -> None:
        """Update whether the robot speaks; see speech.own_voice.OwnVoice.tell."""
        with self._lock:
            self._own_voice.tell(speaking, number)

    def features(self):
        """Count a message with features."""
        with self._lock:
            self._take(FEATURES)

    def emotion(self, utterance, emotion):
        """Add the result for an utterance.

        Args:
            utterance: features.extractor.Utterance.
            emotion: model.classifier.Emotion.

        """
        with self._lock:
            self._take(EMOTION)
            now = self._now()
            if not utterance.final:
                self._interim = Result(utterance, emotion, now)
                return
            self._interim = None
            self._results.appendleft(Result(utterance, emotion, now))
            # Placed by arrival time, because a stamp may be from another day, or wrong.
            start = now - utterance.duration / 1e9
            if self._spans:
                start = max(start, self._spans[-1].end)
            self._spans.append(Span(start, now, emotion.emotion))

    def mood(self, frame_id: str, mood: Mood) -> None:
        """Update the mood of a person at a microphone."""
        with self._lock:
            self._take(MOOD)
            keep_newest(self._moods, (frame_id, mood.speaker),
                        HeardMood(frame_id[:TEXT], mood, self._now()))

    def reaction(self, name: str, emotion: str, on_mood: bool) -> None:
        """Add a reaction of the robot; see HeardReaction."""
        with self._lock:
            self._take(REACTION)
            self._reactions.appendleft(
                HeardReaction(name[:TEXT], emotion[:TEXT], on_mood, self._now()))

    def report(self, node, level, message, values):
        """Update the diagnostics of a node; see Report."""
        with self._lock:
            self._take(DIAGNOSTICS)
            node = node[:TEXT]
            self._reports.pop(node, None)
            self._reports[node] = Report(
                level, message[:TEXT],
                {name[:TEXT]: value[:TEXT] for name, value in list(values.items())[:ENTRIES]},
                self._now())
            if len(self._reports) > REPORTERS:
                self._reports.pop(next(iter(self._reports)))

    def view(self):
        """Return the current View."""
        with self._lock:
            now = self._now()
            if self._interim and now - self._interim.received > FORGOTTEN:
                self._interim = None
            return View(
                version=self._version, now=now, level=self._level,
                columns=tuple(self._spectrogram.columns), silence=now - self._sounded,
                ignored=self._ignored,
                counts=self._counts.copy(), malformed=self._malformed.copy(),
                interim=self._interim, results=tuple(self._results),
                moods=tuple(reversed(self._moods.values())), spans=tuple(self._spans),
                reactions=tuple(self._reactions),
                reports={node: _as_of(now, report) for node, report in self._reports.items()})

    def _take(self, topic):
        self._version += 1
        self._counts[topic] += 1


def _as_of(now, report):
    silence = now - report.received
    if silence <= QUIET:
        return report
    return replace(report, level=STALE, message=f'silent for {silence:.0f} s')
