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

"""The scenes of soak.py: some seconds of sound each, and what is heard in them alone."""

from collections import Counter
from dataclasses import dataclass, replace
import math

import numpy as np
import soxr

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import TRAILING_SILENCE
from emotion_ros.features.extractor import UTTERANCES
from emotion_ros.nodes.messages import emotion_to_message, features_to_message
from emotion_ros.offline.pipeline import extract
import measuring

SLOT = 8, 25
"""Scenes begin at multiples of 8/25 s: whole samples at every rate, and whole chunks at 16 kHz both
of the audio and of the slower audio in which speech is detected."""

BEGIN = 1_700_000_000_000_000_000
"""Capture time of the first sample [ns]."""


@dataclass
class Scene:
    """Some seconds of sound, and what is heard in it.

    Args:
        name: what it is.
        frames: Frames in the order in which they come, as if time began with them.
        answers: (features.extractor.VoiceFeatures, model.classifier.Emotion) heard in it alone.
        counts: Counter of what its extractor counted.

    """

    name: str
    frames: list
    answers: list = None
    counts: Counter = None

    @property
    def format(self):
        """Rate and channels."""
        return self.frames[0].sample_rate, self.frames[0].samples.shape[1]

    @property
    def slots(self):
        """Slots from its begin to that of the next scene, with the sound lost between."""
        ends = max(frame.end_sample for frame in self.frames) / self.frames[0].sample_rate
        return math.ceil(ends * SLOT[1] / SLOT[0]) + 2

    @property
    def duration(self):
        """Time to the begin of the next scene [s]."""
        return self.slots * SLOT[0] / SLOT[1]

    def hear_alone(self, classifier):
        """Note the answers, without ROS."""
        self.counts = Counter()
        names = classifier.description.features
        self.answers = [(features, classifier.classify(features))
                        for features in extract(self.frames, names, early=True,
                                                counts=self.counts)]
        assert sum(features.utterance.final for features, _ in self.answers) == self.utterances

    @property
    def utterances(self):
        """Number of utterances."""
        return self.counts[UTTERANCES]

    @property
    def emotions(self):
        """Number of answers; those at pauses are not published."""
        return sum(not features.utterance.paused for features, _ in self.answers)

    def frames_from(self, slot):
        """Give the frames of the scene when it begins at a slot."""
        stamp = BEGIN + slot * SLOT[0] * 1_000_000_000 // SLOT[1]
        first_sample = slot * SLOT[0] * self.frames[0].sample_rate // SLOT[1]
        for frame in self.frames:
            yield replace(frame, first_sample=first_sample + frame.first_sample,
                          stamp=stamp + frame.stamp)

    def messages_from(self, slot, *, utterance, model):
        """Give the messages expected when the scene begins at a slot, after so many utterances."""
        stamp = BEGIN + slot * SLOT[0] * 1_000_000_000 // SLOT[1]
        for features, emotion in self.answers:
            message = features_to_message(replace(features, utterance=replace(
                features.utterance, number=utterance + features.utterance.number,
                stamp=stamp + features.utterance.stamp)), 'soak')
            yield message, None if message.paused else emotion_to_message(emotion, message, model)


def silence(seconds):
    """Give digital silence."""
    return np.zeros(round(seconds * SAMPLE_RATE))


def noise(generator, count, *, color, level):
    """Give noise whose power falls with frequency to the power of color: 0 is white, 1 pink."""
    spectrum = np.fft.rfft(generator.standard_normal(count))
    spectrum[1:] *= np.arange(1, len(spectrum)) ** (-color / 2)
    spectrum[0] = 0
    found = np.fft.irfft(spectrum, count)
    return found * 10 ** (level / 20) / found.std()


def frames(samples, *, sample_rate=SAMPLE_RATE, channels=1, frame_duration=0.032):
    """Cut sound (float, 16 kHz, full scale 1.0) into frames of another rate and channels."""
    if sample_rate != SAMPLE_RATE:
        samples = soxr.resample(samples, SAMPLE_RATE, sample_rate)
    samples = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
    samples = np.repeat(samples[:, np.newaxis], channels, axis=1)
    return measuring.frames(samples, sample_rate, duration=frame_duration)


def make_scenes(generator):
    """Make the scenes; together they last some minutes."""
    clips = [measuring.sound(path) / 32768 for path in measuring.CLIPS]

    def talk(level, color=None, noise_level=None):
        parts = []
        for number in generator.permutation(len(clips)):
            parts += [silence(generator.uniform(0.7, 3.0)), clips[number] * 10 ** (level / 20)]
        sound = np.concatenate([*parts, silence(TRAILING_SILENCE)])
        if color is not None:
            sound += noise(generator, len(sound), color=color, level=noise_level)
        return sound

    def with_losses():
        found = frames(talk(0))
        for begin in generator.integers(0, len(found) - 100, 4):
            del found[begin:begin + generator.integers(1, 30)]
        return found

    def in_disorder():
        found = frames(talk(0))
        for place in generator.integers(0, len(found) - 60, 8):
            found.insert(place + generator.integers(1, 20), found[place])   # doubled
        for place in generator.integers(0, len(found) - 60, 4):
            found.insert(place + generator.integers(1, 20), found.pop(place))   # late
        return found

    monologue = np.concatenate([
        silence(0.5), *(clips[number] for number in generator.integers(0, len(clips), 22)),
        silence(TRAILING_SILENCE)])
    return [
        Scene('talk', frames(talk(0))),
        Scene('talk in pink noise', frames(talk(-12, 1, -60))),
        Scene('quiet talk in brown noise', frames(talk(-24, 2, -60))),
        Scene('talk, 48 kHz, two channels', frames(
            talk(-6), sample_rate=48000, channels=2, frame_duration=0.01)),
        Scene('talk, 44.1 kHz', frames(talk(-6), sample_rate=44100, frame_duration=0.1)),
        Scene('talk, frames lost', with_losses()),
        Scene('talk, frames late and doubled', in_disorder()),
        Scene('monologue', frames(monologue)),
        Scene('noise', frames(np.concatenate([*(
            noise(generator, 7 * SAMPLE_RATE, color=color, level=-25) for color in (0, 1, 2)),
            silence(TRAILING_SILENCE)]))),
        Scene('silence', frames(silence(20))),
    ]
