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

"""Nodes that cannot keep up drop interim results first, say so, and recover."""

import itertools
import threading
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.parameter import Parameter

from conftest import CLIPS
from emotion_ros.audio.file_source import FileSource
from emotion_ros.features.extractor import PendingFeatures
from emotion_ros.msg import AudioFrame, EmotionStamped, VoiceFeatures
from emotion_ros.nodes import emotion_classifier, feature_extractor, qos
from emotion_ros.nodes.messages import frame_to_message
from harness import Listener, feature_matrices, wait_until


@pytest.fixture
def listener():
    """A listener to all topics."""
    with Listener() as found:
        yield found


@pytest.fixture
def gate():
    """Slow stages wait until it is set."""
    found = threading.Event()
    yield found
    found.set()


@pytest.fixture
def spin(gate):
    """Return a function that makes a node of a class, starts it and spins it in a thread."""
    context = rclpy.Context()
    rclpy.init(context=context)
    executor = SingleThreadedExecutor(context=context)
    nodes = []

    def run():
        try:
            executor.spin()
        except ExternalShutdownException:
            pass

    thread = threading.Thread(target=run)

    def start(node_class, **parameters):
        node = node_class(context=context, parameter_overrides=[
            Parameter(name, value=value) for name, value in parameters.items()])
        nodes.append(node)
        executor.add_node(node)
        node.autostart()
        thread.start()
        return node

    yield start
    gate.set()
    executor.shutdown()
    thread.join()
    for node in nodes:
        node.close()
        # rclpy leaves it to the collector, and so the node is seen by the tests that follow.
        node._state_machine.destroy_when_not_in_use()
        node.destroy_node()
    rclpy.shutdown(context=context)


def matched(node, topic):
    """Whether a node knows the one publisher of a topic that it subscribes to."""
    return [subscription.get_publisher_count() for subscription in node.subscriptions
            if subscription.topic_name == topic] == [1]


def heard_by(listener, node, message_type, topic):
    """Subscribe to what a node publishes; both know each other then. Give the messages."""
    received = listener.subscribe(message_type, topic, qos.RESULTS)
    wait_until(lambda: matched(listener.node, f'/{topic}') and [
        publisher.get_subscription_count() for publisher in node.publishers
        if publisher.topic_name == f'/{topic}'] == [1], what='the listener')
    return received


class Watch:
    """What a node says on /diagnostics."""

    def __init__(self, listener, name):
        self._name = name
        self._heard = listener.subscribe(DiagnosticArray, '/diagnostics', 10)

    @property
    def said(self):
        """All of it: [(level, message, {key: value})]."""
        return [(status.level, status.message, {entry.key: entry.value for entry in status.values})
                for message in self._heard for status in message.status
                if status.name == f'{self._name}: state']

    def wait_for(self, **counts):
        """Wait until it says these counts, `_` for a space; return the newest."""
        wanted = {key.replace('_', ' '): str(value) for key, value in counts.items()}

        def is_said():
            return self.said and wanted.items() <= self.said[-1][2].items()
        wait_until(is_said, what=f'{wanted} of {self.said[-1:]}')
        return self.said[-1][2]

    def warned(self, text):
        """Tell whether there was a warning with a text."""
        return any(level == DiagnosticStatus.WARN and text in message
                   for level, message, _ in self.said)


@pytest.fixture
def classifier(listener, gate, spin, monkeypatch):
    """Give a classifier whose network waits for the gate, and a function that feeds it."""
    class Slow(emotion_classifier.Classifier):
        def classify(self, features, speaker=''):
            gate.wait()
            return super().classify(features, speaker)

    monkeypatch.setattr(emotion_classifier, 'Classifier', Slow)
    node = spin(emotion_classifier.EmotionClassifier)
    publisher = listener.node.create_publisher(VoiceFeatures, 'voice_features', qos.AUDIO_HEARD)
    wait_until(lambda: publisher.get_subscription_count() == 1
               and matched(node, '/voice_features'))
    wait_until(lambda: listener.node.count_publishers('emotion') == 1)
    numbers = itertools.count(1)
    taken = node.counts

    def feed(count, *, final):
        before = taken[emotion_classifier.FEATURES]
        for number in range(count):
            # DDS keeps no more for a reader than a feature_extractor can have waiting.
            wait_until(lambda: taken[emotion_classifier.FEATURES] > before + number - 20)
            publisher.publish(VoiceFeatures(
                features=feature_matrices(), final=final, utterance=next(numbers)))
            assert len(node._backlog) <= emotion_classifier.LIMIT
        wait_until(lambda: taken[emotion_classifier.FEATURES] == before + count)

    feed(1, final=True)
    wait_until(lambda: len(node._backlog) == 0, what='the first to be in work')
    return node, feed


def test_slow_classifier_skips_interim_results_first(listener, classifier):
    node, feed = classifier
    watch = Watch(listener, 'emotion_classifier')
    feed(40, final=False)
    watch.wait_for(features_waiting=32, interim_results_skipped=8, utterances_dropped=0)
    feed(50, final=True)
    watch.wait_for(features_waiting=64, interim_results_skipped=26, utterances_dropped=0)
    assert watch.warned('interim results skipped: 26')


def test_slow_classifier_drops_the_oldest_utterances_last(listener, classifier, gate):
    node, feed = classifier
    emotions = heard_by(listener, node, EmotionStamped, 'emotion')
    watch = Watch(listener, 'emotion_classifier')
    feed(10, final=False)
    feed(100, final=True)
    watch.wait_for(features_waiting=64, interim_results_skipped=10, utterances_dropped=36)
    assert watch.warned('utterances dropped: 36')
    gate.set()
    wait_until(lambda: len(emotions) == 65, what='all that waited')
    assert [message.utterance for message in emotions] == [1, *range(48, 112)]


def test_classifier_recovers_when_the_load_ends(listener, classifier, gate):
    node, feed = classifier
    emotions = heard_by(listener, node, EmotionStamped, 'emotion')
    feed(100, final=True)
    gate.set()
    wait_until(lambda: len(emotions) == 65, what='all that waited')
    emotions.clear()
    for number in range(1, 21):
        begun = time.monotonic()
        feed(1, final=number % 2 == 0)
        wait_until(lambda: len(emotions) == number, what='an answer')
        assert time.monotonic() - begun < 1.0
    assert [message.utterance for message in emotions] == list(range(102, 122))
    watch = Watch(listener, 'emotion_classifier')
    wait_until(lambda: watch.said and watch.said[-1][0] == DiagnosticStatus.OK)


@pytest.fixture
def extractor(listener, gate, spin, monkeypatch):
    """Give an extractor whose openSMILE waits for the gate, and a function that speaks to it."""
    result = PendingFeatures.result

    def slow(self):
        gate.wait()
        return result(self)

    monkeypatch.setattr(PendingFeatures, 'result', slow)
    monkeypatch.setattr(feature_extractor, 'INTERIM_LIMIT', 4)
    monkeypatch.setattr(feature_extractor, 'LIMIT', 8)
    node = spin(feature_extractor.FeatureExtractor, features='eGeMAPSv02',
                interim_interval=0.5)
    publisher = listener.node.create_publisher(AudioFrame, 'audio', qos.AUDIO_HEARD)
    wait_until(lambda: publisher.get_subscription_count() == 1
               and matched(node, '/audio'))
    wait_until(lambda: listener.node.count_publishers('voice_features') == 1)
    stamps = itertools.count(10**18, 60 * 10**9)

    def speak(count):
        for _ in range(count):
            before = node.counts[feature_extractor.FRAMES]
            frames = list(FileSource(CLIPS[0]).frames(stamp=next(stamps)))
            for frame in frames:
                publisher.publish(frame_to_message(frame, 'ear'))
                assert len(node._backlog) <= 8
            wait_until(lambda: node.counts[feature_extractor.FRAMES] == before + len(frames))

    return node, speak


def test_slow_opensmile_skips_interim_results_first(listener, extractor):
    node, speak = extractor
    watch = Watch(listener, 'feature_extractor')
    speak(4)
    counts = watch.wait_for(utterances=4, utterances_dropped=0)
    assert int(counts['interim results skipped']) > 0
    assert watch.warned('interim results skipped')


def test_extractor_drops_the_oldest_utterances_last_and_recovers(listener, extractor, gate):
    node, speak = extractor
    results = heard_by(listener, node, VoiceFeatures, 'voice_features')
    watch = Watch(listener, 'feature_extractor')
    speak(12)
    counts = watch.wait_for(utterances=12, results_waiting=8)
    dropped = int(counts['utterances dropped'])
    assert 12 - 9 <= dropped <= 12 - 8, 'eight wait, and the one in work may be an interim result'
    assert watch.warned(f'utterances dropped: {dropped}')
    gate.set()
    wait_until(lambda: node.counts[feature_extractor.UTTERANCES] == 12
               and finals(results) == list(range(13 - 8, 13)), what='all that waited')
    results.clear()
    speak(1)
    wait_until(lambda: finals(results) == [13], timeout=2.0, what='the next answer')
    assert [message.final for message in results].count(False) > 0


def finals(messages):
    return [message.utterance for message in messages if message.final]
