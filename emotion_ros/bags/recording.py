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

"""The contents of a plot of a recording: a reduced waveform, and the results."""

from dataclasses import dataclass, field
import os
from pathlib import Path

import numpy as np

from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.resampler import MEAN
from emotion_ros.bags import EXTENSIONS, REQUIREMENTS
from emotion_ros.display.progress import progress
from emotion_ros.errors import EmotionError, packages_of
from emotion_ros.messages.conversion import message_to_emotion, message_to_mood
from emotion_ros.mood.moods import Mood, Moods
from emotion_ros.offline.pipeline import Pipeline
from emotion_ros.speech.segmenter import DEFAULT, Segmentation

BLOCKS = 1000
"""Blocks per second, of each of which a waveform keeps the extremes."""


class Waveform:
    """The extremes of a stream of audio, in blocks of a millisecond."""

    def __init__(self):
        self._parts = []

    def add(self, frame):
        """Add the next audio.frame.Frame."""
        begins = np.arange(0, len(frame.samples), max(1, frame.sample_rate // BLOCKS))
        self._parts.append((
            frame.stamp + begins * 1_000_000_000 // frame.sample_rate,
            np.minimum.reduceat(frame.samples.min(axis=1), begins),
            np.maximum.reduceat(frame.samples.max(axis=1), begins)))

    def extremes(self):
        """Return the whole waveform.

        Returns:
            Times of the blocks, int64 [ns]; their minimum and maximum over all channels, int16.

        """
        parts = self._parts or [(np.zeros(0, np.int64), *2 * [np.zeros(0, np.int16)])]
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


@dataclass(frozen=True)
class Recording:
    """A waveform and its results.

    Args:
        times: of the blocks of sound, int64 [ns].
        low, high: their extremes, int16.
        results: [(features.extractor.Utterance, model.classifier.Emotion)], interim ones too.
        labels: of the emotions, in the order of the plot.
        threshold: of the confidence; None if unknown.
        begin, end: of the audio [ns].
        warnings: [str].
        moods: [mood.moods.Mood], recorded or computed.

    """

    times: np.ndarray
    low: np.ndarray
    high: np.ndarray
    results: list
    labels: list
    threshold: float | None
    begin: int
    end: int
    warnings: list = field(default_factory=list)
    moods: list = field(default_factory=list)


def moods_of(results, half_life: float) -> list[Mood]:
    """Compute the mood after each final result; see mood.moods.Moods."""
    moods = Moods(half_life)
    return [moods.update('', utterance, emotion, now=0) for utterance, emotion in results
            if utterance.final]


def is_bag(path):
    """Return whether a path is that of a bag, not of a sound file."""
    return os.path.isdir(path) or Path(path).suffix in EXTENSIONS


def from_file(path, classifier, *, channel=MEAN, array=None,
              segmentation: Segmentation = DEFAULT):
    """Classify a sound file or video.

    Args:
        path: of the file.
        classifier: model.classifier.EmotionClassifier.
        channel, array: of the sound, see audio.file_source.FileSource.
        segmentation: how utterances are cut.

    Returns:
        Recording; time 0 is its first sample.

    Raises:
        EmotionError: the file cannot be read.

    """
    source = FileSource(path, channel=channel, array=array)
    waveform, results = Waveform(), []
    with Pipeline(classifier, array=array, segmentation=segmentation) as pipeline:
        for frame in progress(source.frames(), total=None, title='hear', unit='frame'):
            waveform.add(frame)
            results += [(features.utterance, emotion)
                        for features, emotion in pipeline.push(frame)]
    times, low, high = waveform.extremes()
    end = round(source.duration * 1e9)
    inside = times < end   # silence follows a file
    return Recording(times[inside], low[inside], high[inside], results,
                     classifier.description.labels, classifier.confidence_threshold, 0, end)


def from_bag(path, classifier, *, topic=None, channel=MEAN, array=None,
             segmentation: Segmentation = DEFAULT):
    """Classify an audio topic of a bag, or read the results and moods that it has.

    Args:
        path: of the bag: a folder, or a single file of one.
        classifier: model.classifier.EmotionClassifier.
        topic: its name; needed if there are several.
        channel, array: see bags.audio_topic.AudioTopic.
        segmentation: how utterances are cut if the bag has no results.

    Returns:
        Recording.

    Raises:
        EmotionError: the bag or the topic cannot be used.

    """
    with packages_of(REQUIREMENTS):
        from emotion_ros.bags.reader import open_bag
    with open_bag(path) as bag:
        audio = bag.audio_topic(topic, array, channel)
        recorded = _RecordedResults(bag, audio.name)
        waveform, results = Waveform(), recorded.results
        with Pipeline(classifier, counts=audio.counts, own_voice=audio.own_voice,
                      reported_speakers=audio.reported_speakers, array=array,
                      segmentation=segmentation) as pipeline:
            connections = audio.connections + recorded.connections
            for connection, time, data in progress(
                    bag.messages(connections), title='hear', unit='message',
                    total=sum(connection.msgcount for connection in connections)):
                if connection in recorded.connections:
                    try:
                        recorded.add(connection, data)
                    except ValueError as error:
                        audio.count_malformed(error)
                    continue
                heard = audio.to_frame(connection, time, data)
                if heard is not None:
                    waveform.add(heard[0])
                    if not recorded.emotions:
                        results += [(features.utterance, emotion)
                                    for features, emotion in pipeline.push(heard[0])]
            warnings = audio.warnings(speaking=pipeline.speaking)
    times, low, high = waveform.extremes()
    if not len(times):
        raise EmotionError(f'topic {audio.name!r} has no usable audio: '
                           f'{audio.reason or "it has no messages"}')
    labels, threshold = classifier.description.labels, classifier.confidence_threshold
    if recorded.models - {classifier.model}:
        labels = list(dict.fromkeys(label for _, emotion in results for label in emotion.labels))
    if recorded.emotions:
        threshold = _common_threshold(results)
    return Recording(times, low, high, results, labels, threshold, int(times[0]),
                     int(times.max()) + 1_000_000_000 // BLOCKS, warnings, recorded.moods)


class _RecordedResults:
    """The emotions and moods in a bag that belong to an audio topic.

    Args:
        bag: of reader.open_bag.
        topic: name of the audio topic.

    Attributes:
        emotions: the connections of the emotions; may be empty.
        connections: these and those of the moods.
        results: [(features.extractor.Utterance, model.classifier.Emotion)], as far as added.
        moods: [mood.moods.Mood], as far as added.
        models: names and versions of the models that gave the results.

    Raises:
        EmotionError: the bag has these messages in a form that cannot be read.

    """

    def __init__(self, bag, topic):
        from emotion_ros.bags import audio_topic, types
        self.emotions, self._moods = (
            [connection for connection in bag.connections
             if connection.topic == audio_topic.sibling(topic, name)
             and connection.msgtype == message and connection.msgcount]
            for name, message in (('emotion', types.EMOTION_STAMPED), ('mood', types.MOOD)))
        self.connections = self.emotions + self._moods
        for connection in self.connections:
            audio_topic.check_type(connection)
        self.results, self.moods, self.models = [], [], set()

    def add(self, connection, data):
        """Add a message, as it was recorded; raise ValueError if it is malformed."""
        from emotion_ros.bags import audio_topic
        message = audio_topic.decode(connection, data)
        if connection in self._moods:
            self.moods.append(message_to_mood(message))
        else:
            self.results.append(message_to_emotion(message))
            self.models.add(message.model)


def _common_threshold(results):
    """Return the threshold of [(Utterance, Emotion)]; None if there are several, or none."""
    thresholds = {emotion.threshold for _, emotion in results}
    return thresholds.pop() if len(thresholds) == 1 else None
