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

"""The service that classifies a file or samples while the node hears live."""

from array import array
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from conftest import CLIPS
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.msg import EmotionStamped, VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.offline.pipeline import classify_file
from emotion_ros.speech.segmenter import DEFAULT
from emotion_ros.srv import Classify
from harness import Executable, Listener, feature_matrices, nanoseconds, wait_until

NAME = 'emotion_classifier/classify'


@pytest.fixture(scope='module')
def node():
    """A classifier with whole numbers for a float and a text, and somebody who asks."""
    with Listener() as listener, Executable(
            'emotion_classifier', confidence_threshold=0, speaker=7) as executable:
        executable.wait_for('ready')
        yield listener, executable


def ask(node, **fields):
    """Ask for a sound."""
    return node[0].call(Classify, NAME, Classify.Request(**fields))


def samples_of(path):
    """Read a file as samples for a request."""
    return array('h', soundfile.read(path, dtype='int16')[0].tobytes())


def numbers(emotions):
    """What is the same wherever it comes from."""
    return [(emotion.utterance, nanoseconds(emotion.header.stamp), nanoseconds(emotion.duration),
             emotion.emotion, list(emotion.probabilities)) for emotion in emotions]


def test_file_and_samples_are_classified_as_the_command_does(node, speech_file):
    response = ask(node, path=str(speech_file))
    assert (response.success, response.message) == (True, '')
    expected = [
        (utterance.number, utterance.stamp, utterance.duration, emotion.emotion,
         emotion.probabilities.tolist()) for utterance, emotion in classify_file(
             speech_file, EmotionClassifier(find_model(), confidence_threshold=0.0),
             segmentation=replace(DEFAULT, interim_interval=0.0))]
    assert numbers(response.emotions) == expected and len(expected) == 2
    assert all(emotion.final and emotion.threshold == 0.0 and emotion.speaker == '7'
               for emotion in response.emotions)
    same = ask(node, samples=samples_of(speech_file), sample_rate=SAMPLE_RATE)
    assert numbers(same.emotions) == expected
    silence = ask(node, samples=array('h', bytes(2000)), sample_rate=8000)
    assert (silence.success, silence.message, silence.emotions) == (True, '', [])


def test_what_cannot_be_classified_is_said_in_a_line(node, tmp_path):
    long, rubbish = tmp_path / 'long.flac', tmp_path / 'rubbish.wav'
    soundfile.write(long, np.zeros(601 * 8000, np.int16), 8000)
    rubbish.write_bytes(b'RIFF' + bytes(100))
    some = array('h', bytes(2000))
    for fields, words in [
            ({}, 'one of path and samples must be given, got neither'),
            ({'path': str(CLIPS[0]), 'samples': some}, 'got both'),
            ({'path': '/no/such.wav'}, "'/no/such.wav' cannot be read: there is no such file"),
            ({'path': '/dev/zero'}, 'it is not a regular file'),
            ({'path': str(tmp_path)}, 'it is not a regular file'),
            ({'path': str(rubbish)}, 'cannot be read'),
            ({'path': 'x' * 100_000}, 'cannot be read'),
            ({'path': '\x1b[2J\n[FATAL] all is lost'}, 'cannot be read'),
            ({'path': str(long)}, 'the file must be at most 600 s long, got 601 s'),
            ({'samples': some}, 'sample_rate must be 8000 to 192000 Hz, got 0'),
            ({'samples': some, 'sample_rate': 2**32 - 1}, 'got 4294967295'),
            ({'samples': array('h', bytes(2 * 61 * 8000)), 'sample_rate': 8000},
             'samples must be at most 60 s long, got 61 s')]:
        response = ask(node, **fields)
        assert not response.success and not response.emotions, fields
        assert words in response.message and '\n' not in response.message, response.message
    assert 'Traceback' not in node[1].output


def test_a_long_file_holds_up_nobody_and_too_many_requests_are_refused(node, tmp_path):
    listener, _ = node
    path = tmp_path / 'long.wav'
    soundfile.write(path, np.tile(samples_of(CLIPS[0]), 60), SAMPLE_RATE)
    emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
    publisher = listener.node.create_publisher(VoiceFeatures, 'voice_features', qos.FEATURES)
    wait_until(lambda: publisher.get_subscription_count() == 1, what='the node')
    wait_until(lambda: listener.node.count_publishers('emotion') == 1, what='the node')
    client = listener._client(Classify, NAME)
    ask(node)
    futures = [client.call_async(Classify.Request(path=str(path)))]
    publisher.publish(VoiceFeatures(utterance=1, final=True, features=feature_matrices()))
    wait_until(lambda: emotions, what='the live result')
    assert not futures[0].done(), 'the live result was held up'
    futures += [client.call_async(Classify.Request()) for _ in range(9)]
    wait_until(lambda: sum(future.done() for future in futures[1:]) >= 4, what='refusals')
    assert not futures[0].done()
    wait_until(lambda: all(future.done() for future in futures), timeout=60.0, what='all')
    assert futures[0].result().success and len(futures[0].result().emotions) >= 5
    messages = [future.result().message for future in futures[1:]]
    assert 1 <= sum('busy: at most 4 requests can wait' in message for message in messages) <= 5
