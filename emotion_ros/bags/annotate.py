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

"""Adding to a bag what the nodes would have published for its audio."""

from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
import logging
import math
import os
from pathlib import Path
import sqlite3
import struct

from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, WriterError

from emotion_ros.audio.resampler import MEAN
from emotion_ros.bags import EXTENSIONS, types
from emotion_ros.bags.audio_topic import FRAMES, plain, sibling
from emotion_ros.bags.reader import open_bag
from emotion_ros.bags.rosbags_faults import BagWriter
from emotion_ros.display.progress import progress
from emotion_ros.errors import ArgumentError, EmotionError, one_line
from emotion_ros.files.output_folder import OutputFolder
from emotion_ros.files.paths import expanded
from emotion_ros.offline.pipeline import Pipeline
from emotion_ros.speech.segmenter import DEFAULT, Segmentation

VERSION = 8
"""Version of bags that are written: the newest that Humble also reads."""

RESULTS = {'emotion': types.EMOTION_STAMPED, 'voice_features': types.VOICE_FEATURES,
           'voice_direction': types.POSE_STAMPED}
"""Topics of the results, beside the audio, and their types."""

_LOGGER = logging.getLogger(__name__)

_FAULTS = sqlite3.Error, WriterError, OverflowError, struct.error
"""What rosbags raises, besides OSError, if it cannot write."""


@dataclass(frozen=True)
class Summary:
    """The outcome for an audio topic.

    Args:
        topic: its name.
        results_topic: name of the topic of its results.
        utterances: results that are final.
        interim: results that are not.
        warnings: [str].

    """

    topic: str
    results_topic: str
    utterances: int
    interim: int
    warnings: list


class _Annotator:
    """Makes the messages of one audio topic."""

    def __init__(self, topic, classifier, features, options):
        self.topic = topic
        self.pipeline = Pipeline(classifier, early=features, counts=topic.counts,
                                 own_voice=topic.own_voice,
                                 reported_speakers=topic.reported_speakers, **options)
        self.emotion = sibling(topic.name, 'emotion')
        self.result_types = {sibling(topic.name, name): kind for name, kind in RESULTS.items()}
        added = {types.EMOTION_STAMPED: True, types.VOICE_FEATURES: features,
                 types.POSE_STAMPED: options['array'] is not None}
        self.types = {name: kind for name, kind in self.result_types.items() if added[kind]}
        self.results = Counter()   # by whether they are final
        self._maker = types.message_maker()
        self._model = classifier.model

    def push(self, connection, time, data):
        """Process a message; yield (topic, bytes) of what the nodes would publish now."""
        heard = self.topic.to_frame(connection, time, data)
        if heard is None:
            return
        frame, frame_id = heard
        for features, emotion in self.pipeline.push(frame):
            message = self._maker.features(features, frame_id)
            messages = {types.VOICE_FEATURES: message}
            if not features.utterance.paused:
                self.results[features.utterance.final] += 1
                messages[types.EMOTION_STAMPED] = self._maker.emotion(emotion, message, self._model)
                if not math.isnan(features.utterance.azimuth):
                    messages[types.POSE_STAMPED] = self._maker.direction(
                        features.utterance, frame_id)
            for topic, name in self.types.items():
                if name in messages:
                    yield topic, types.store_of(name).serialize_cdr(messages[name], name)

    def summary(self):
        """Return the outcome for the topic."""
        return Summary(self.topic.name, self.emotion, self.results[True], self.results[False],
                       self.topic.warnings(speaking=self.pipeline.speaking))


def _check_output(output, path):
    """Check that the output is a new folder outside of the bag at a path."""
    if os.path.lexists(output):
        raise ArgumentError('bag_out', f'{str(output)!r} already exists')
    if Path(path).resolve() in output.resolve().parents:
        raise ArgumentError('bag_out', f'must not be in the bag itself, got {str(output)!r}')
    if output.suffix in EXTENSIONS:
        raise ArgumentError('bag_out', f'must be a folder, got a file name, {str(output)!r}')


def annotate(path, output, classifier, *, topics=(), features=False, replace=False, storage=None,
             channel=MEAN, array=None, segmentation: Segmentation = DEFAULT):
    """Copy a bag and add the results for its audio.

    The contents of the bag stay as they are. A result has the bag time of the message that ended
    its utterance, which is when a node would have published it.

    Args:
        path: of the bag: a folder, or a single file of one.
        output: folder that is made.
        classifier: model.classifier.EmotionClassifier.
        topics: names of the audio topics; all by default.
        features: whether to also add VoiceFeatures.
        replace: whether to drop all results that the bag already has for the audio; otherwise, a
            topic to be added that already has messages is an error.
        storage: one of bags.STORAGES; that of the bag by default.
        channel, array: of the sound, see bags.audio_topic.AudioTopic.
        segmentation: how utterances are cut.

    Returns:
        [Summary], of each topic.

    Raises:
        EmotionError: a bag or a topic cannot be used; nothing was written.

    """
    output = expanded(output)
    _check_output(output, path)
    folder = OutputFolder(output, 'bag_out', 'bag', 'metadata.yaml')
    folder.check()
    with ExitStack() as stack:
        bag = stack.enter_context(open_bag(path))
        annotators = [_Annotator(topic, classifier, features,
                                 {'array': array, 'segmentation': segmentation})
                      for topic in bag.audio_topics(topics, array, channel)]
        for annotator in annotators:
            stack.enter_context(annotator.pipeline)
        kept = _kept(bag, annotators, replace)
        new = stack.enter_context(folder.whole())
        inner = new / output.name   # whose name becomes that of the files
        writer = BagWriter(inner, version=VERSION,
                           storage_plugin=StoragePlugin[(storage or bag.storage).upper()])
        try:
            _write(bag, kept, annotators, writer)
        except _FAULTS as error:
            raise ArgumentError(
                'bag_out', f'{str(output)!r} cannot be written: {one_line(error)}') from error
        for file in inner.iterdir():
            file.rename(new / file.name)
        inner.rmdir()
        if not any(annotator.topic.counts[FRAMES] for annotator in annotators):
            raise EmotionError(f'bag {str(path)!r} has no usable audio: ' + '; '.join(
                f'{annotator.topic.name!r}: {annotator.topic.reason or "no message"}'
                for annotator in annotators))
        return [annotator.summary() for annotator in annotators]


def _kept(bag, annotators, replace):
    """Choose the connections to keep, and check that no topic gets the results of two.

    Raises:
        EmotionError: one does, or the bag already has results.

    """
    added, sources, results = {}, {}, {}
    for annotator in annotators:
        if annotator.emotion in added:
            raise ArgumentError(
                'topic', f'must be one of {sources[annotator.emotion]!r} and '
                f'{annotator.topic.name!r}, which would both have results on '
                f'{annotator.emotion!r}')
        added.update(annotator.types)
        results.update(annotator.result_types)
        sources[annotator.emotion] = annotator.topic.name
    kept = []
    for connection in bag.connections:
        name, known = connection.topic, added.get(connection.topic)
        if known is None:
            # Old features and directions do not belong to new results.
            if not replace or connection.msgtype != results.get(name):
                kept.append(connection)
        elif connection.msgtype != known:
            raise EmotionError(
                f'topic {name!r} of the bag is of {plain(connection.msgtype)}, so {known} cannot '
                'be added there; choose the audio topics')
        elif connection.msgcount and not replace:
            raise ArgumentError('replace', f'is needed: topic {name!r} is already in the bag')
    return kept


def _write(bag, kept, annotators, writer):
    """Write what is kept and the results, in the order of bag time."""
    if bag.compression:
        writer.set_compression(CompressionMode[bag.compression.upper()], CompressionFormat.ZSTD)
    for key, value in bag.custom_data.items():
        writer.set_custom_data(key, value)
    listening = defaultdict(list)
    for annotator in annotators:
        for connection in annotator.topic.connections:
            listening[connection.id].append(annotator)
    with writer:
        copies = _copies(kept, writer)
        results = {}
        for topic, name in (pair for annotator in annotators for pair in annotator.types.items()):
            text, digest = types.added_definition(name)
            results[topic] = writer.add_connection(topic, name, msgdef=text, rihs01=digest)
        count = 0
        for connection, time, data in progress(
                bag.messages(), total=bag.message_count, title='annotate', unit='message'):
            count += 1
            if connection.id in copies:
                writer.write(copies[connection.id], time, data)
            for annotator in listening[connection.id]:
                for topic, message in annotator.push(connection, time, data):
                    writer.write(results[topic], time, message)
    if count != bag.message_count:
        _LOGGER.warning('bag %r: %d messages were read, but its metadata says %d',
                        str(bag.path), count, bag.message_count)


def _copies(kept, writer):
    """Add connections as they are; {id of the old: the new}."""
    copies, added = {}, []
    for old in kept:
        # A bag may have several of one kind, which cannot be written.
        kind = old.topic, old.msgtype, old.ext
        new = next((new for known, new in added if known == kind), None)
        if new is None:
            text, digest, known = types.definition_of(old)
            if not known:
                _LOGGER.warning('topic %r: the bag has no definition of %s; its messages are '
                                'copied without one', old.topic, plain(old.msgtype))
            new = writer.add_connection(
                old.topic, old.msgtype, msgdef=text, rihs01=digest,
                serialization_format=old.ext.serialization_format,
                offered_qos_profiles=old.ext.offered_qos_profiles)
            added.append((kind, new))
        copies[old.id] = new
    return copies
