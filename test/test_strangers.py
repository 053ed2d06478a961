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


"""Strangers send nonsense on the topics and to the service that test_attack.py leaves alone."""

from array import array
from collections import Counter
from contextlib import suppress
from functools import partial
import math
import time

from builtin_interfaces.msg import Duration
from hypothesis import strategies as st
import pytest
from rclpy._rclpy_pybind11 import RCLError
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Bool, String

from attack import DDS_LINE, TEXTS, UINT32, attack, rubbish
from conftest import CLIPS
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource
from emotion_ros.msg import AudioFrame, EmotionStamped, Mood, SpeakerStamped
from emotion_ros.nodes import qos
from emotion_ros.nodes.messages import frame_to_message
from emotion_ros.srv import Classify
from harness import Executable, Listener, wait_until

TOPICS = {EmotionStamped: 'emotion', Mood: 'mood', SpeakerStamped: 'speaker',
          Bool: 'robot_speaking'}
LABELS = ['neutral', 'anger', 'sadness']
NUMBERS = st.floats(width=32) | st.sampled_from([0.0, 0.5, 1.0, -1.0])
SECONDS = st.integers(-2**31, 2**31 - 1) | st.integers(0, 3)
EXAMPLES = 300


def fill(message, seconds, nanoseconds, frame_id, **fields):
    """Give a message a header and fields."""
    message.header.stamp.sec, message.header.stamp.nanosec = seconds, nanoseconds
    message.header.frame_id = frame_id
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def strange(kind, **fields):
    """Messages of a kind with any values."""
    return st.builds(fill, st.builds(kind), SECONDS, UINT32, TEXTS, **fields)


DURATIONS = st.builds(Duration, sec=SECONDS, nanosec=UINT32)
ANSWERS = {
    'labels': st.just(LABELS) | st.lists(TEXTS, max_size=4),
    'probabilities': st.just([0.1, 0.2, 0.7]) | st.lists(NUMBERS, max_size=5),
    'arousal': NUMBERS, 'valence': NUMBERS, 'speaker': TEXTS}
MESSAGES = st.one_of(
    strange(EmotionStamped, emotion=TEXTS | st.sampled_from(LABELS), confidence=NUMBERS,
            threshold=NUMBERS, duration=DURATIONS, utterance=UINT32, final=st.booleans(),
            azimuth=NUMBERS, **ANSWERS),
    strange(Mood, utterances=UINT32, since_last=DURATIONS, half_life=NUMBERS, weight=NUMBERS,
            arousal_trend=NUMBERS, valence_trend=NUMBERS, **ANSWERS),
    strange(SpeakerStamped, speaker=TEXTS), st.builds(Bool, data=st.booleans()))
REQUESTS = st.builds(
    Classify.Request, path=TEXTS | st.sampled_from(['', '/', '/dev/zero', '/proc/self/mem']),
    samples=st.lists(st.integers(-2**15, 2**15 - 1), max_size=9).map(lambda few: array('h', few)),
    sample_rate=UINT32)


class Scene:
    """The nodes, somebody who sends nonsense to them, and what they say."""

    def __init__(self, listener, nodes):
        self.listener, self.nodes = listener, nodes
        self.publishers = {
            kind: listener.node.create_publisher(
                kind, topic, qos.LATCHED if kind is Bool else qos.AUDIO_HEARD)
            for kind, topic in TOPICS.items()}
        self.audio = listener.node.create_publisher(AudioFrame, 'audio', qos.AUDIO)
        # As bytes: not all are messages.
        self.moods = listener.subscribe(Mood, 'mood', qos.RESULTS, raw=True)
        self.emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS, raw=True)
        self.commands = listener.subscribe(String, 'behavior/command', qos.RESULTS)

    def send(self, kind, message):
        """Publish a message, or bytes that may be none; slowly enough that none is lost."""
        self.publishers[kind].publish(message)
        time.sleep(0.002)

    def check(self):
        """Let the nodes do what they are for: an emotion, its mood, a reaction, a voice."""
        now = self.listener.node.get_clock().now().to_msg()
        moods, emotions = len(self.moods), len(self.emotions)
        frame_id = f'ear {moods}'
        self.commands.clear()
        self.send(EmotionStamped, fill(
            EmotionStamped(), now.sec, now.nanosec, frame_id, emotion='sadness', labels=LABELS,
            probabilities=[0.1, 0.2, 0.7], confidence=0.9, threshold=0.3, final=True,
            duration=Duration(sec=1), arousal=math.nan, valence=math.nan))
        wait_until(lambda: any(mood.header.frame_id == frame_id and mood.utterances == 1
                               for mood in read(Mood, self.moods[moods:])), what='the mood')
        wait_until(lambda: self.commands, what='the reaction')
        # What strangers said of the robot's voice is forgotten while the first clip lasts.
        for since in (20, 10):
            for frame in FileSource(CLIPS[0]).frames(stamp=(now.sec - since) * 10**9):
                self.audio.publish(frame_to_message(frame, frame_id))
                time.sleep(0.002)
        wait_until(lambda: any(heard.header.frame_id == frame_id and heard.model
                               for heard in read(EmotionStamped, self.emotions[emotions:])),
                   what='the answer')


def read(kind, received):
    """Give those that are messages of a kind."""
    for data in received:
        try:
            yield deserialize_message(data, kind)
        except Exception:   # a stranger's; the middleware has several for it
            continue


@pytest.fixture(scope='module')
def scene():
    """The nodes that hear these topics."""
    with Listener() as listener, Executable('mood') as mood, Executable(
            'behavior', agreement=1, utterances=1, cool_down=0.0,
            **{'cheer_up.sound': ''}) as behavior, Executable(
                'emotion_classifier') as classifier, Executable(
                    'feature_extractor', mute_timeout=1.0) as extractor:
        nodes = mood, behavior, classifier, extractor
        for node in nodes:
            node.wait_for('ready')
        found = Scene(listener, nodes)
        # The listener is one of them on two topics.
        hearers = {EmotionStamped: 3, Mood: 2, SpeakerStamped: 1, Bool: 1}
        wait_until(lambda: found.audio.get_subscription_count() and all(
            found.publishers[kind].get_subscription_count() >= count
            for kind, count in hearers.items()), what='the nodes')
        yield found


def test_strange_messages_do_no_harm(scene):
    sent = Counter()

    def send(message):
        sent[type(message)] += 1
        scene.send(type(message), message)

    attack(MESSAGES, EXAMPLES, send)
    assert len(sent) == len(TOPICS)
    scene.check()


def test_bytes_that_are_no_message_do_no_harm(scene):
    def send(kind, data):
        with suppress(RCLError):   # the middleware sends no more bytes than a Bool can have
            scene.send(kind, data)

    for kind in TOPICS:
        attack(rubbish(bytes(serialize_message(kind()))), EXAMPLES // 3, partial(send, kind))
    scene.check()


def test_strange_requests_are_answered_in_a_line(scene):
    def ask(request):
        response = scene.listener.call(Classify, 'emotion_classifier/classify', request)
        assert response.success or response.message
        assert response.message.isprintable()

    attack(REQUESTS, 40, ask)
    samples = array('h', [0] * SAMPLE_RATE)
    assert scene.listener.call(Classify, 'emotion_classifier/classify', Classify.Request(
        samples=samples, sample_rate=SAMPLE_RATE)).success


def test_the_log_is_short_and_harmless(scene):
    for node in scene.nodes:
        assert node.process.poll() is None
        lines = [line for line in node.lines if line.replace(DDS_LINE, '')]
        assert len(lines) < 120, lines[-10:]
        assert all(line.isprintable() and len(line) < 600 for line in lines)
