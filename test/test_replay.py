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

"""A bag gives the same results as the live run, message by message, at any rate."""

import json
import math
import subprocess
import time

import pytest
import rclpy
from rclpy.serialization import deserialize_message
from rosbags.rosbag2 import Reader
from rosgraph_msgs.msg import Clock

from emotion_ros.bags import STORAGES
from emotion_ros.bags.annotate import annotate
from emotion_ros.bags.types import EMOTION_STAMPED, store_of
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.msg import AudioFrame, EmotionStamped, VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.speech.segmenter import Segmentation
from harness import OFTEN, Executable, Listener, nanoseconds, wait_until
from synthetic_bags import write_bag

TOPICS = {'/audio': AudioFrame, '/emotion': EmotionStamped}


@pytest.fixture(scope='module')
def live(speech_file):
    """A live run at real time: {topic: [(time of arrival [ns], serialized message)]}."""
    recorded = {topic: [] for topic in TOPICS}
    with Listener() as listener:
        for topic, message_type in TOPICS.items():
            listener.node.create_subscription(
                message_type, topic, lambda data, topic=topic:
                recorded[topic].append((time.time_ns(), bytes(data))), qos.AUDIO_HEARD, raw=True)
        with Executable('emotion_pipeline', file=speech_file, wait_matching_subscriptions=2,
                        interim_interval=0.8) as pipeline:
            pipeline.wait_for('end of')
            wait_until(lambda: finals(recorded['/emotion']) == 2, what='two utterances')
    return recorded


def finals(recorded):
    return sum(deserialize_message(data, EmotionStamped).final for _, data in recorded)


@pytest.fixture(scope='module', params=STORAGES)
def bag(request, live, tmp_path_factory):
    """The live run in a rosbag2."""
    return write_bag(
        tmp_path_factory.mktemp('bag') / 'run',
        {topic: (f'emotion_ros/msg/{TOPICS[topic].__name__}', messages)
         for topic, messages in live.items()}, storage=request.param)


def fields(data):
    """Every field of a serialized EmotionStamped, as text: NaN differs from itself."""
    message = deserialize_message(data, EmotionStamped)
    return {name: str(getattr(message, name)) for name in message.get_fields_and_field_types()}


def test_bag_can_be_read_with_the_rosbags_library(bag, live):
    with Reader(bag) as reader:
        store = store_of(EMOTION_STAMPED)
        heard = [store.deserialize_cdr(data, connection.msgtype)
                 for connection, _, data in reader.messages()
                 if connection.topic == '/emotion']
    expected = [deserialize_message(data, EmotionStamped) for _, data in live['/emotion']]
    assert [message.emotion for message in heard] == [message.emotion for message in expected]
    assert [list(message.probabilities) for message in heard] == [
        list(message.probabilities) for message in expected]


def test_replay_gives_the_same_messages(bag, live):
    fast = any('.db3' in path.suffixes for path in bag.iterdir())   # the other one at three times
    with Reader(bag) as reader:
        audio = [(arrival, data) for connection, arrival, data in reader.messages()
                 if connection.topic == '/audio']
    replayed = []
    with Listener() as listener:
        publisher = listener.node.create_publisher(AudioFrame, 'audio', qos.AUDIO)
        listener.node.create_subscription(
            EmotionStamped, 'emotion', lambda data: replayed.append((0, bytes(data))),
            qos.RESULTS, raw=True)
        with Executable('emotion_classifier', diagnostics=OFTEN), \
                Executable('feature_extractor', diagnostics=OFTEN, interim_interval=0.8):
            wait_until(lambda: publisher.get_subscription_count() == 1)
            listener.wait_for_subscribers(emotion_classifier=1, feature_extractor=1)
            begun = time.monotonic()
            for number, (arrival, data) in enumerate(audio):
                if not fast:
                    due = begun + (arrival - audio[0][0]) / 3e9
                    time.sleep(max(0.0, due - time.monotonic()))
                elif number % 100 == 99:
                    while not publisher.wait_for_all_acked(rclpy.duration.Duration()):
                        time.sleep(0.001)
                publisher.publish(data)
            wait_until(lambda: finals(replayed) == 2, what='two utterances')
    expected = live['/emotion']
    assert len(expected) > 2, 'the live run had no interim results'
    assert [fields(data) for _, data in replayed] == [fields(data) for _, data in expected]


def test_annotated_bag_holds_the_same_messages_bit_for_bit(bag, live, tmp_path):
    summary, = annotate(bag, tmp_path / 'again', EmotionClassifier(find_model()), replace=True,
                        segmentation=Segmentation(interim_interval=0.8))
    assert (summary.utterances, summary.warnings) == (2, [])
    with Reader(tmp_path / 'again') as reader:
        found = {topic: [] for topic in TOPICS}
        for connection, arrival, data in reader.messages():
            found[connection.topic].append((arrival, data))
    assert found['/audio'] == live['/audio']
    assert [fields(data) for _, data in found['/emotion']] == [
        fields(data) for _, data in live['/emotion']]
    for (foretold, _), (arrival, _) in zip(found['/emotion'], live['/emotion']):
        assert -0.1e9 < arrival - foretold < 1e9, 'it came long before or after'


def told(value):
    return None if math.isnan(value) else value


def test_command_gives_the_same_results(live, speech_file):
    done = subprocess.run(
        ['emotion-ros', 'classify', '--json', str(speech_file)], capture_output=True, text=True)
    expected = [result for result in map(json.loads, done.stdout.splitlines()) if result['final']]
    audio = deserialize_message(live['/audio'][0][1], AudioFrame)
    assert audio.first_sample == 0
    messages = [deserialize_message(data, EmotionStamped) for _, data in live['/emotion']]
    found = []
    for message in messages:
        if message.final:
            start = nanoseconds(message.header.stamp) - nanoseconds(audio.header.stamp)
            found.append({
                'file': str(speech_file), 'start': start / 1e9,
                'end': (start + nanoseconds(message.duration)) / 1e9,
                'utterance': message.utterance, 'final': True, 'truncated': message.truncated,
                'azimuth': told(message.azimuth),
                'azimuth_certainty': told(message.azimuth_certainty),
                'emotion': message.emotion, 'confidence': message.confidence,
                'threshold': pytest.approx(message.threshold, abs=1e-6),
                'arousal': told(message.arousal), 'valence': told(message.valence),
                'speaker': message.speaker,
                'speaker_confidence': told(message.speaker_confidence),
                'profile': message.profile,
                'labels': list(message.labels), 'probabilities': list(message.probabilities)})
    assert expected == found


def test_a_clock_that_pauses_loops_and_changes_its_rate_changes_no_result(live):
    audio = [deserialize_message(data, AudioFrame) for _, data in live['/audio']]
    begun = nanoseconds(audio[0].header.stamp)
    looped = [message for message in audio
              if nanoseconds(message.header.stamp) - begun < 2.3e9]   # while somebody speaks
    with Listener() as listener:
        clock = listener.node.create_publisher(Clock, '/clock', 10)
        publisher = listener.node.create_publisher(AudioFrame, 'audio', qos.AUDIO)
        features = listener.subscribe(VoiceFeatures, 'voice_features', qos.RESULTS)
        emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)

        def play(messages, rates):
            for number, message in enumerate(messages):
                clock.publish(Clock(clock=message.header.stamp))
                publisher.publish(message)
                if number == len(messages) // 3:
                    time.sleep(1.5)   # /clock stands still
                time.sleep(0.032 / rates[number * len(rates) // len(messages)])

        with Executable('emotion_classifier', diagnostics=OFTEN, use_sim_time=True), \
                Executable('feature_extractor', diagnostics=OFTEN, interim_interval=0.8,
                           use_sim_time=True):
            wait_until(lambda: publisher.get_subscription_count() == 1)
            listener.wait_for_subscribers(emotion_classifier=1, feature_extractor=1)
            play(looped, [4.0])
            play(audio, [8.0, 1.0, 20.0])
            wait_until(lambda: sum(message.final for message in emotions) == 3)
    cut = [message for message in features if message.final and message.truncated]
    assert [message.utterance for message in cut] == [1]
    again = [message for message in emotions if message.utterance > 1]
    for message in again:
        message.utterance -= 1
    expected = [deserialize_message(data, EmotionStamped) for _, data in live['/emotion']]
    assert list(map(str, again)) == list(map(str, expected))   # NaN differs from itself
