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

"""The node of the monitor, and its view in a terminal."""

from array import array
import math
import os
import shlex
import signal
import sys
import threading

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
from rclpy.serialization import serialize_message
from std_msgs.msg import String

pytest.importorskip('textual', reason='textual is not installed: requirements-tools.txt')

from conftest import CLIPS  # noqa: E402
from emotion_ros.audio.file_source import FileSource  # noqa: E402
from emotion_ros.files.paths import find_model  # noqa: E402
from emotion_ros.model.saved_model import read_description  # noqa: E402
from emotion_ros.monitor.state import (  # noqa: E402
    AUDIO,
    DIAGNOSTICS,
    EMOTION,
    FEATURES,
    MOOD,
    Monitor,
)
from emotion_ros.msg import (  # noqa: E402
    AudioFrame,
    EmotionStamped,
    FeatureMatrix,
    Mood as MoodMessage,
    VoiceFeatures,
)
from emotion_ros.nodes import qos  # noqa: E402
from emotion_ros.nodes.emotion_monitor import EmotionMonitor, _own_command, listen  # noqa: E402
from emotion_ros.nodes.messages import frame_to_message  # noqa: E402
from harness import Executable, Listener, feature_matrices, wait_until  # noqa: E402
from terminal import in_terminal  # noqa: E402,F401  (fixture)

LABELS = read_description(find_model()).labels


@pytest.fixture
def monitor():
    """A monitor that has heard nothing yet."""
    return Monitor()


@pytest.fixture
def stranger(monitor):
    """A node to publish with, while another hands all to the monitor."""
    with Listener() as listener:
        node = EmotionMonitor(monitor, namespace='/left', context=listener.node.context)
        over = threading.Event()
        thread = threading.Thread(target=listen, args=(node, over))
        thread.start()
        yield listener.node
        over.set()
        thread.join()
        node.destroy_node()


def test_node_drops_what_cannot_be_right_and_takes_the_rest(stranger, monitor):
    wrong = {
        AUDIO: (AudioFrame, [AudioFrame(), AudioFrame(sample_rate=16000, channels=3)]),
        FEATURES: (VoiceFeatures, [
            VoiceFeatures(), VoiceFeatures(features=[FeatureMatrix(frames=2**32 - 1)])]),
        EMOTION: (EmotionStamped, [
            EmotionStamped(), EmotionStamped(labels=['a'], probabilities=array('f', [math.nan]))]),
        MOOD: (MoodMessage, [
            MoodMessage(utterances=1), MoodMessage(speaker='x' * 10**6)]),
        DIAGNOSTICS: (DiagnosticArray, [
            DiagnosticArray(status=[DiagnosticStatus(level=bytes([9]))] * 2)])}
    publishers = {}
    for topic, (kind, messages) in wrong.items():
        name = topic if topic.startswith('/') else f'/left/{topic}'
        publishers[topic] = stranger.create_publisher(kind, name, qos.RESULTS)
        wait_until(lambda: publishers[topic].get_subscription_count() == 1, what=topic)
        for message in messages:
            publishers[topic].publish(message)
    wait_until(lambda: monitor.view().malformed == dict.fromkeys(wrong, 2), what='all to go')
    assert not monitor.view().counts
    publishers[AUDIO].publish(frame_to_message(next(FileSource(CLIPS[0]).frames()), 'ear'))
    publishers[FEATURES].publish(
        VoiceFeatures(features=feature_matrices(), final=True))
    publishers[EMOTION].publish(EmotionStamped(
        labels=LABELS, probabilities=array('f', [0.4, 0.6] + [0.0] * 5), emotion='anger',
        confidence=0.9, final=True))
    publishers[MOOD].publish(MoodMessage(
        labels=['a'], probabilities=array('f', [1.0]), utterances=1, valence=0.5))
    publishers[DIAGNOSTICS].publish(DiagnosticArray(status=[
        DiagnosticStatus(name='/left/ear', level=bytes([1]), message='no')]))
    wait_until(lambda: monitor.view().counts == dict.fromkeys(wrong, 1), what='all to be taken')
    view = monitor.view()
    assert view.newest.likeliest == ('anger', pytest.approx(0.6))
    assert view.reports['/left/ear'].message == 'no'
    assert view.moods[0].mood.valence == 0.5


def test_node_survives_bytes_that_are_no_message(stranger, monitor):
    publisher = stranger.create_publisher(EmotionStamped, '/left/emotion', qos.RESULTS)
    wait_until(lambda: publisher.get_subscription_count() == 1, what='the node')
    good = EmotionStamped(labels=['a'], probabilities=array('f', [1.0]), emotion='a')
    publisher.publish(serialize_message(good)[:-9])
    publisher.publish(good)
    wait_until(lambda: monitor.view().interim, what='the healthy one')


def test_node_tells_why_it_ignores_a_publisher_of_audio(stranger, monitor):
    with Listener() as other:   # a participant may have one type for a topic
        other.node.create_publisher(String, '/left/audio', qos.AUDIO)
        wait_until(lambda: monitor.view().ignored, what='the reason')
        assert monitor.view().ignored == (
            "a publisher of audio is ignored: its type is 'std_msgs/msg/String', not "
            "'emotion_ros/msg/AudioFrame'")
    wait_until(lambda: not monitor.view().ignored, what='its end')


def test_pages_get_the_arguments_of_ros_alone(monkeypatch):
    monkeypatch.setattr(sys, 'argv', [
        'monitor', '--port', '8001', '--ros-args', '-r', '__ns:=/left', '--', '--web',
        '--ros-args', '--log-level', 'warn'])
    assert shlex.split(_own_command()) == [
        sys.executable, 'monitor', '--ros-args', '-r', '__ns:=/left', '--',
        '--ros-args', '--log-level', 'warn']


def test_without_a_terminal_one_line_says_so():
    program = Executable('emotion_monitor')
    assert program.finish() == 1
    assert program.output == (
        'emotion_ros: emotion_monitor needs a terminal')


def test_without_textual_one_line_says_how_to_install_it(tmp_path):
    for name in ('rich', 'textual'):   # the one brings the other
        (tmp_path / f'{name}.py').write_text(f'raise ModuleNotFoundError(name="{name}")')
    path = os.pathsep.join([str(tmp_path), os.environ.get('PYTHONPATH', '')])
    program = Executable('emotion_monitor', environment={'PYTHONPATH': path})
    assert program.finish() == 1
    assert program.output == 'emotion_ros: textual is not installed: pip install textual'


def test_in_a_terminal_it_shows_speech_follows_the_size_and_ends_with_q(in_terminal, speech_file):
    with in_terminal('--ros-args', '-r', '__ns:=/left') as terminal:
        terminal.wait_for('waiting for /left/audio')
        with Executable('emotion_pipeline', '-r', '__ns:=/left', file=speech_file, speed=5.0,
                        wait_matching_subscriptions=2) as pipeline:
            pipeline.wait_for('end of')
            terminal.wait_for('emotion 2', 'Last', 'confidence', *LABELS, 'OK ')
            screen = terminal.screen()
            assert '█' in screen
            for node in ('audio_capture', 'feature_extractor', 'emotion_classifier'):
                assert node in screen
            colors = terminal.screen('-e')
            assert '\x1b[37m\x1b[41mA' in colors, 'anger has its color'
            terminal.tmux('resize-window', '-x', '50', '-y', '20')
            wait_until(lambda: 'Probabilities' not in terminal.screen(), what='the narrow view')
            terminal.wait_for('q  quit', *LABELS)
            terminal.tmux('resize-window', '-x', '120', '-y', '40')
            terminal.wait_for('Probabilities', 'q  quit')
        terminal.wait_for('no sound for')
        terminal.tmux('send-keys', 'q')
        terminal.check_restored()


@pytest.mark.parametrize('how', ['Ctrl-C', 'SIGINT', 'SIGTERM'])
def test_it_ends_by(in_terminal, how):
    with in_terminal() as terminal:
        if how == 'Ctrl-C':
            terminal.tmux('send-keys', 'C-c')
        else:
            os.kill(terminal.pid, getattr(signal, how))
        terminal.check_restored()


def test_it_ends_with_its_terminal(in_terminal):
    with in_terminal() as terminal:
        pid = terminal.pid
        terminal.tmux('kill-server')

    def ended():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    wait_until(ended, what='the end')


def test_what_ros_prints_does_not_disturb_it(in_terminal, monkeypatch):
    monkeypatch.setenv('RCUTILS_CONSOLE_OUTPUT_FORMAT', 'GARBAGE {message}')
    with in_terminal('--ros-args', '--log-level', 'debug') as terminal:
        terminal.wait_for('waiting for /audio', 'q  quit')
        assert 'GARBAGE' not in terminal.screen()
        terminal.tmux('send-keys', 'q')
        terminal.wait_for('GARBAGE', 'exit code 0')
