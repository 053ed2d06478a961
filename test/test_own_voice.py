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

"""The robot does not listen to itself."""

from pathlib import Path
import re
import shutil
import subprocess
import time

from diagnostic_msgs.msg import DiagnosticArray
from hypothesis import given, strategies as st
import numpy as np
import pytest
import rclpy
import soundfile
import soxr
from std_msgs.msg import Bool

from conftest import CLIPS, read_clip
from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.frame import Frame
from emotion_ros.features.extractor import VoiceFeatureExtractor
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.msg import EmotionStamped
from emotion_ros.nodes import qos
from emotion_ros.nodes.messages import message_number
from emotion_ros.nodes.publishers import find_publishers
from emotion_ros.nodes.robot_speaking import TOPIC, RobotSpeaking
from emotion_ros.offline.pipeline import classify_file
from emotion_ros.speech.own_voice import Muting, OwnVoice
from emotion_ros.speech.segmenter import Segmentation
from harness import OFTEN, Executable, Listener, newest, wait_until
from sound_server import TUNE, needs_portaudio

S = 10**9   # ns
NOW = 10**18
BLOCK = 1600   # samples, 0.1 s


class Ear:
    """Hears the robot in blocks of 0.1 s."""

    def __init__(self, **times):
        self.voice = OwnVoice(Muting(**times))
        self.stamp = NOW

    def hear(self, seconds):
        """Hear for a time; return how many seconds of it were muted."""
        muted = 0
        for _ in range(round(seconds * SAMPLE_RATE / BLOCK)):
            muted += self.voice.mute(self.stamp, BLOCK)
            self.stamp += sample_time(BLOCK)
        return round(muted / SAMPLE_RATE, 4)


def test_the_robot_is_muted_while_it_speaks_and_for_a_moment_after():
    ear = Ear(mute_tail=0.25)
    assert ear.hear(1.0) == 0
    ear.voice.tell(True)
    assert ear.hear(2.0) == 2.0
    assert ear.voice.muted
    ear.voice.tell(False)
    assert ear.hear(0.2) == 0.2
    assert ear.voice.muted
    assert ear.hear(1.0) == 0.05
    assert not ear.voice.muted


def test_what_was_said_before_any_sound_holds():
    ear = Ear()
    ear.voice.tell(True)
    assert ear.hear(1.0) == 1.0
    ear = Ear()
    ear.voice.tell(False)
    assert ear.hear(1.0) == 0


def test_it_is_muted_while_any_publisher_speaks():
    ear = Ear(mute_tail=0.0)
    ear.voice.tell(True, 7)
    ear.voice.tell(True, 3)
    ear.voice.tell(False, 8)
    assert ear.hear(1.0) == 1.0
    ear.voice.tell(True, 9)
    ear.voice.tell(False, 4)
    ear.voice.tell(True, 10)   # says it again
    assert ear.hear(1.0) == 1.0
    ear.voice.tell(False, 11)
    assert ear.hear(1.0) == 0


@pytest.mark.parametrize('info, number', [
    ({'publication_sequence_number': 5}, 5), ({'publication_sequence_number': 2**63}, None),
    ({'publication_sequence_number': None}, None), ({}, None)])
def test_numbers_of_messages_may_be_missing(info, number):
    assert message_number(info) == number


def test_publishers_that_nobody_counts_are_one():
    ear = Ear(mute_tail=0.0)
    for speaking in (True, True, True, False):
        ear.voice.tell(speaking)
    assert ear.hear(1.0) == 0


def test_a_publisher_that_died_while_it_spoke_is_forgotten():
    ear = Ear(mute_timeout=5.0)
    ear.voice.tell(True, 1)
    assert ear.hear(9.0) == pytest.approx(5.1)
    ear.voice.tell(True, 2)
    assert ear.hear(4.0) == 4.0
    ear.voice.tell(True, 3)
    assert ear.hear(4.0) == 4.0


def test_sound_of_another_time_begins_anew():
    ear = Ear(mute_tail=5.0)
    ear.hear(1.0)
    ear.voice.tell(True)
    ear.voice.tell(False)
    ear.stamp -= 3600 * S
    assert ear.hear(1.0) == 0


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=40))
def test_the_words_of_several_publishers_never_mix(words):
    """Each says something new each time, with numbers that lie far from those of the others."""
    voice, said = OwnVoice(), {}
    for publisher, speaking in words:
        number, before = said.get(publisher, (1000 * publisher, None))
        if speaking != before:
            said[publisher] = number + 1, speaking
            voice.tell(speaking, number + 1)
        assert voice.speaking == any(speaks for _, speaks in said.values())


def test_strangers_cannot_make_it_remember_more_and_more():
    voice = OwnVoice()
    for number in range(1000):
        voice.tell(True, 10 * number)
    assert len(voice._speakers) <= 64


def finals(samples, size, speaking):
    """Extract from sound; the robot speaks in the frames from and to which `speaking` tells."""
    voice = OwnVoice()
    extractor = VoiceFeatureExtractor(['log_mel'], own_voice=voice,
                                      segmentation=Segmentation(interim_interval=0))
    found = []
    for first in range(0, len(samples), size):
        for at, said in zip(speaking, (True, False), strict=True):
            if first <= at * SAMPLE_RATE < first + size:
                voice.tell(said)
        frame = Frame(samples[first:first + size, np.newaxis], SAMPLE_RATE, first,
                      NOW + sample_time(first))
        found += [pending.result() for pending in extractor.push(frame)]
    return [result for result in found if result.utterance.final]


def end(result):
    """Time after an utterance [ns]."""
    return result.utterance.stamp + result.utterance.duration


@pytest.mark.parametrize('size', [160, 1600])
def test_an_utterance_that_the_robot_breaks_into_is_cut_and_the_next_one_heard(size):
    clip = read_clip(CLIPS[0])
    pause = np.zeros(SAMPLE_RATE, np.int16)
    sound = np.concatenate([pause, clip, clip, clip])
    whole, clean = len(clip) / SAMPLE_RATE, finals(sound, size, (99, 99))
    assert not any(result.utterance.truncated for result in clean)
    cut, *later = finals(sound, size, (1.8, 1.0 + 2 * whole))
    assert cut.utterance.truncated
    assert cut.utterance.stamp == clean[0].utterance.stamp
    assert end(cut) <= NOW + 1.8 * S + sample_time(size)
    last, = later
    assert not last.utterance.truncated
    assert end(last) == pytest.approx(end(clean[-1]), abs=0.1 * S)
    assert last.utterance.stamp > NOW + (1.0 + 2 * whole) * S


def test_publishers_of_the_remapped_topic_are_those_that_are_heard_or_ignored():
    with Listener() as mouth:   # a participant of its own
        context = rclpy.Context()
        rclpy.init(context=context)
        ear = rclpy.create_node('ear', context=context, cli_args=[
            '--ros-args', '-r', 'robot_speaking:=/mouth/speaks'])
        speaking = RobotSpeaking(ear)
        mouth.node.create_publisher(Bool, 'robot_speaking', qos.RESULTS)   # of somebody else
        writer = mouth.node.create_publisher(Bool, '/mouth/speaks', qos.LATCHED)
        wait_until(lambda: writer.get_subscription_count()
                   and ear.count_publishers('/mouth/speaks') and ear.count_publishers(TOPIC))
        assert find_publishers(ear, TOPIC).ignored == []
        mouth.node.create_publisher(Bool, '/mouth/speaks', qos.RESULTS)
        wait_until(lambda: find_publishers(ear, TOPIC).ignored)
        assert find_publishers(ear, TOPIC).ignored == [
            'a publisher of robot_speaking is ignored: '
            'volatile publisher and transient local subscription']
        speaking.close()
        ear.destroy_node()
        rclpy.shutdown(context=context)


def speak(text, folder):
    """Let espeak-ng say something: float32, 16 kHz."""
    if shutil.which('espeak-ng') is None:
        pytest.skip('espeak-ng is missing: apt install espeak-ng')
    subprocess.run(['espeak-ng', '-w', folder / 'words.wav', text], check=True)
    words, rate = soundfile.read(folder / 'words.wav', dtype='float32')
    return soxr.resample(words, rate, SAMPLE_RATE)


@needs_portaudio
def test_the_robot_does_not_answer_its_own_tune_and_speech(
        server, served, mouth, listener, tmp_path):
    words = speak('I am so happy to see you all again, what a wonderful day', tmp_path)
    tune, rate = soundfile.read(TUNE, dtype='float32')
    tune = soxr.resample(tune[:rate], rate, SAMPLE_RATE)
    soundfile.write(tmp_path / 'show.wav', np.concatenate([tune, words]), SAMPLE_RATE)
    assert list(classify_file(tmp_path / 'show.wav', EmotionClassifier(find_model()))), \
        'the words are speech'
    # What the robot plays is what its microphone hears.
    both = Path(served['ALSA_CONFIG_PATH']).read_text() + Path(mouth['ALSA_CONFIG_PATH']).read_text(
        ).replace('</usr/share/alsa/alsa.conf>', '')
    both = re.sub(r'pcm\.robot_ear \{.*?\n\}', 'pcm.robot_ear {\n    type pulse\n    server "'
                  f'{server.address}"\n    device "null.monitor"\n}}', both, flags=re.S)
    (tmp_path / 'both.conf').write_text(both)
    environment = {'ALSA_CONFIG_PATH': str(tmp_path / 'both.conf')}
    emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
    speaking = listener.subscribe(Bool, 'robot_speaking', qos.LATCHED_HEARD)
    diagnostics = listener.subscribe(DiagnosticArray, '/diagnostics', 10)

    def told():
        return newest(diagnostics, 'feature_extractor: state')[1]

    server.start()
    with Executable('emotion_pipeline', environment=environment, device='robot_ear',
                    diagnostics=OFTEN) as pipeline, \
            Executable('behavior', environment=environment, output_device='robot_mouth',
                       agreement=1, utterances=1,
                       **{'cheer_up.sound': str(tmp_path / 'show.wav')}).wait_for('ready'):
        pipeline.wait_for('recording from')
        sad = listener.node.create_publisher(EmotionStamped, 'emotion', qos.RESULTS)
        message = EmotionStamped(
            final=True, emotion='sadness', confidence=1.0, labels=['sadness'], probabilities=[1.0])

        def begins():
            message.header.stamp = listener.node.get_clock().now().to_msg()
            sad.publish(message)
            time.sleep(0.1)
            return any(word.data for word in speaking)
        wait_until(begins, what='the sound')
        wait_until(lambda: told().get('muted') == 'true', what='the diagnosis')
        wait_until(lambda: not speaking[-1].data, what='its end')
        wait_until(lambda: told().get('muted') == 'false', what='the diagnosis')
        assert int(told()['utterances']) == 0
    assert all(found.labels == ['sadness'] for found in emotions)
