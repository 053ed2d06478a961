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

"""The microphone on one host and the rest on another, joined by a cable that may be pulled."""

from contextlib import contextmanager
import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
import soundfile

from conftest import CLIPS, REPOSITORY, read_clip
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.mono_stream import GAPS, LATE_FRAMES, LOST, LOST_SOUND
from emotion_ros.features.extractor import VoiceFeatureExtractor
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.nodes.messages import emotion_to_message, features_to_message
from harness import EXECUTABLES, Executable, ReadProcess, nanoseconds, newest, wait_until
from print_messages import TOPICS

PULLED = 5.0
"""Time for which the cable is out [s]."""

ENVIRONMENT = {
    'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET',
    'ROS_DOMAIN_ID': '101',
    'FASTDDS_BUILTIN_TRANSPORTS': 'UDPv4',   # the hosts are one machine: no shared memory
}


def ip(*arguments):
    """Run ip; return what it prints."""
    done = subprocess.run(['ip', *arguments], capture_output=True, text=True, check=True)
    return done.stdout


class Host:
    """A network namespace with one cable.

    Args:
        name: of the namespace.
        folder: for its files.

    """

    def __init__(self, name, folder):
        self.name = name
        self._folder = folder

    def executable(self, name, *arguments, **parameters):
        """Start an executable of the package on this host."""
        script = self._folder / f'{name}_on_{self.name}'
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {EXECUTABLES / name} "$@"\n')
        script.chmod(0o755)
        return Executable(script, *arguments, environment=ENVIRONMENT, **parameters)

    def cable(self, state):
        """Set the cable up or down."""
        ip('-n', self.name, 'link', 'set', 'cable', state)

    @property
    def received(self):
        """Bytes that came through the cable."""
        found, = json.loads(ip('-n', self.name, '-s', '-j', 'link', 'show', 'cable'))
        return found['stats64']['rx']['bytes']


class Ears(ReadProcess):
    """A listener on a host: {topic: [message]}; a context manager."""

    def __init__(self, host):
        self.heard = {topic: [] for topic in TOPICS}
        super().__init__(
            ['ip', 'netns', 'exec', host.name, sys.executable,
             REPOSITORY / 'test' / 'print_messages.py'],
            self._read, text=True, env={**os.environ, **ENVIRONMENT})

    def _read(self, output):
        for line in output:
            topic, _, data = line.partition(' ')
            message_type, _ = TOPICS[topic]
            self.heard[topic].append(deserialize_message(bytes.fromhex(data), message_type))

    def finals(self):
        """Give the final emotions."""
        return [message for message in self.heard['emotion'] if message.final]

    def count(self, name, *, node='feature_extractor'):
        """Give the newest value of a node on /diagnostics; 0 before the first."""
        return float(newest(self.heard['/diagnostics'], f'{node}: state')[1].get(name, 0))


@pytest.fixture
def hosts(tmp_path):
    """Two hosts joined by a cable."""
    if shutil.which('ip') is None:
        pytest.skip('there is no ip command: apt-get install iproute2')
    names = [f'emotion_{os.getpid()}_{letter}' for letter in 'ab']
    try:
        try:
            for name in names:
                ip('netns', 'add', name)
            ip('link', 'add', 'cable', 'netns', names[0], 'type', 'veth',
               'peer', 'name', 'cable', 'netns', names[1])
            for number, name in enumerate(names, start=1):
                ip('-n', name, 'address', 'add', f'10.77.0.{number}/24', 'dev', 'cable')
                for link in ('lo', 'cable'):
                    ip('-n', name, 'link', 'set', link, 'up')
        except subprocess.CalledProcessError as error:
            pytest.skip(f'no network namespaces here, they need root: {error.stderr.strip()}')
        # A node that starts before the addresses are settled never finds the others.
        wait_until(lambda: not any('tentative' in ip('-n', name, 'address') for name in names),
                   what='the cable')
        yield [Host(name, tmp_path) for name in names]
    finally:
        for name in names:
            subprocess.run(['ip', 'netns', 'delete', name], capture_output=True)


def expected(frames):
    """Give the messages that the nodes should send for frames: (VoiceFeatures, EmotionStamped)."""
    classifier = EmotionClassifier(find_model())
    extractor = VoiceFeatureExtractor(classifier.description.features)
    found = []
    for frame in frames:
        for pending in extractor.push(frame):
            features = pending.result()
            message = features_to_message(features, 'microphone')
            found.append((message, None if message.paused else emotion_to_message(
                classifier.classify(features), message, classifier.model)))
    return found


def as_sent(message):
    """Give the content of a message as it is after it was sent, every bit of it, as text.

    As text, NaN equals itself; in a serialized message, the bytes between fields may be anything.
    """
    return repr(deserialize_message(serialize_message(message), type(message)))


def assert_results_are(heard, wanted):
    """Assert that every field of every message is as wanted."""
    for topic, messages in (('emotion', [emotion for _, emotion in wanted if emotion]),
                            ('voice_features', [features for features, _ in wanted])):
        assert list(map(as_sent, heard[topic])) == list(map(as_sent, messages))


def origin(heard):
    """Time at which the source started [ns]."""
    assert heard['audio'][0].first_sample == 0
    return nanoseconds(heard['audio'][0].header.stamp)


@contextmanager
def listening(host):
    """Run the nodes that listen, and Ears, on a host; they have found each other."""
    with Ears(host) as ears, host.executable('emotion_classifier').wait_for('ready'), \
            host.executable('feature_extractor').wait_for('ready'):
        wait_until(lambda: ears.count('subscribers to voice_features') == 2
                   and ears.count('subscribers to emotion', node='emotion_classifier') == 1,
                   what='all to know each other')
        yield ears


def test_two_hosts_give_the_results_of_one(hosts, speech_file):
    near, far = hosts
    with listening(far) as ears, near.executable(
            'audio_capture', file=speech_file, speed=2.0,
            wait_matching_subscriptions=2) as capture:
        capture.wait_for('end of')
        frames = list(FileSource(speech_file).frames(stamp=origin(ears.heard)))
        wait_until(lambda: any(message.first_sample + len(message.data) == frames[-1].end_sample
                               for message in ears.heard['audio']), what='all frames')
        wait_until(lambda: len(ears.finals()) == 2, what='two utterances')
    assert_results_are(ears.heard, expected(frames))
    assert far.received > 2 * sum(frame.samples.nbytes for frame in frames), \
        'the sound, for two subscribers, did not come through the cable'


@pytest.fixture(scope='module')
def long_speech_file(tmp_path_factory):
    """Somebody who speaks for 8 s, then after a pause for a moment more."""
    clips = [read_clip(clip) for clip in CLIPS]
    clips = [clip[:np.flatnonzero(clip)[-1]] for clip in clips]
    path = tmp_path_factory.mktemp('speech') / 'long.wav'
    soundfile.write(path, np.concatenate([
        np.zeros(SAMPLE_RATE // 2, np.int16), *clips, clips[0],
        np.zeros(SAMPLE_RATE, np.int16), clips[0]]), SAMPLE_RATE)
    return path


@pytest.mark.parametrize('depth', [200, 20], ids=['writer keeps 6.4 s', 'writer keeps 0.64 s'])
def test_cable_is_pulled_while_somebody_speaks(hosts, long_speech_file, depth):
    near, far = hosts
    options = {'qos_overrides./audio.publisher.depth': depth, 'steady_frame_duration': 0.0}
    with listening(far) as ears, near.executable(
            'audio_capture', file=long_speech_file, wait_matching_subscriptions=2,
            **options) as capture:
        audio = ears.heard['audio']
        wait_until(lambda: len(audio) > 60, what='the begin of the speech')
        near.cable('down')
        time.sleep(PULLED)
        near.cable('up')
        capture.wait_for('end of')
        frames = list(FileSource(long_speech_file).frames(stamp=origin(ears.heard)))
        wait_until(lambda: ears.count('frames') + ears.count(LOST_SOUND) / 0.032
                   == pytest.approx(len(frames)), what='all frames, heard or counted as lost')
        wait_until(lambda: sum(not message.truncated for message in ears.finals()) == 2
                   or len(ears.finals()) == 3, what='each utterance')
    # What the writer still keeps is sent again when the cable is back, the rest is lost.
    lost = ears.count(LOST_SOUND)
    if depth == 20:
        assert PULLED - 2 < lost < PULLED + 1
    assert [ears.count(name) for name in (LATE_FRAMES, *GAPS)] == [
        lost > 0 if name == LOST else 0 for name in (LATE_FRAMES, *GAPS)]
    # An utterance whose sound stays away is over, and answered; the rest of it is another one.
    assert [message.truncated for message in ears.finals()] in (
        [True, False, False], [False, False])
