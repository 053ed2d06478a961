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

"""The life cycle of the nodes, moved through the services that lifecycle managers use."""

import itertools
import signal
import time

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
import pytest
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
import soundfile
from std_msgs.msg import Bool

from conftest import CLIPS
from emotion_ros.audio.file_source import FileSource
from emotion_ros.msg import AudioFrame, EmotionStamped, VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.nodes.messages import frame_to_message
from harness import OFTEN, Executable, nanoseconds, newest, wait_until
from lifecycle_manager import NODES, Manager, ends_quickly
from sound_server import LOST, RECORDING, needs_portaudio

PATHS = {   # the transitions that lead to a state
    'unconfigured': [], 'inactive': ['configure'], 'active': ['configure', 'activate'],
    'finalized': ['configure', 'activate', 'shutdown']}
SILENT_SOURCE = {'wait_matching_subscriptions': 1000}   # so that a file is never played


@pytest.fixture
def manager(listener):
    """A lifecycle manager."""
    return Manager(listener)


class Speaker:
    """Speaks to the one node that hears, a minute after what was said before."""

    def __init__(self, listener):
        self._publisher = listener.node.create_publisher(AudioFrame, 'audio', qos.AUDIO)
        self._minutes = itertools.count(start=10**18, step=60 * 10**9)

    def listeners(self):
        """Count the nodes that hear."""
        return self._publisher.get_subscription_count()

    def speak(self, seconds=float('inf')):
        """Say an utterance, or its beginning."""
        wait_until(lambda: self.listeners() == 1, what='the node')
        begun = next(self._minutes)
        for frame in FileSource(CLIPS[0]).frames(stamp=begun):
            if frame.stamp - begun < seconds * 1e9:
                self._publisher.publish(frame_to_message(frame, 'ear'))

    def begin(self):
        """Begin an utterance; it stays open."""
        self.speak(seconds=1.5)


@pytest.fixture
def speaker(listener):
    """Somebody who speaks."""
    return Speaker(listener)


def nodes_of(executable):
    return NODES if executable == 'emotion_pipeline' else [executable]


def source_of(executable, speech_file):
    """The parameters that give sound to an executable which takes some."""
    if executable in ('emotion_pipeline', 'audio_capture'):
        return {'file': speech_file}
    return {}


@pytest.mark.parametrize('executable', ['emotion_pipeline', *NODES, 'behavior'])
def test_nodes_are_moved_through_all_states(
        manager, listener, speech_file, executable):
    diagnostics = listener.subscribe(DiagnosticArray, '/diagnostics', 10)
    with Executable(executable, autostart=False, diagnostics=OFTEN,
                    **source_of(executable, speech_file)) as process:
        process.wait_for('waiting for a lifecycle manager')
        for node in nodes_of(executable):
            assert manager.state(node) == 'unconfigured'
            for transition, state in [
                    ('configure', 'inactive'), ('activate', 'active'), ('deactivate', 'inactive'),
                    ('activate', 'active'), ('deactivate', 'inactive'),
                    ('cleanup', 'unconfigured'), ('configure', 'inactive'),
                    ('activate', 'active'), ('shutdown', 'finalized')]:
                manager.move(node, transition)
                assert manager.state(node) == state
        for node in nodes_of(executable):
            wait_until(lambda node=node: newest(
                diagnostics, f'{node}: state')[1].get('state') == 'finalized', what='the diagnosis')


def test_transition_that_does_not_fit_the_state_changes_nothing(manager, listener):
    client = listener.node.create_client(ChangeState, 'audio_capture/change_state')
    with Executable('audio_capture', autostart=False) as process:
        assert client.wait_for_service(20.0)
        answer = client.call_async(ChangeState.Request(
            transition=Transition(id=Transition.TRANSITION_ACTIVATE)))
        wait_until(answer.done, what='an answer')
        assert not answer.result().success
        process.wait_for('a request failed')
        assert manager.state('audio_capture') == 'unconfigured'
        manager.move('audio_capture', 'configure')


@pytest.mark.parametrize('state, number', list(zip(
    PATHS, itertools.cycle([signal.SIGINT, signal.SIGTERM]))))
def test_pipeline_ends_quickly_in_every_state(manager, speech_file, state, number):
    pipeline = Executable('emotion_pipeline', autostart=False, file=speech_file)
    for node in NODES:
        manager.move(node, *PATHS[state])
    assert manager.states() == [state] * 3
    assert ends_quickly(pipeline, number)


@pytest.mark.parametrize('executable, number', list(zip(
    [*NODES, 'behavior'], itertools.cycle([signal.SIGTERM, signal.SIGINT]))))
def test_node_is_active_by_itself_and_ends_quickly(manager, speech_file, executable, number):
    process = Executable(executable, **source_of(executable, speech_file))
    wait_until(lambda: manager.state(executable) == 'active')
    assert ends_quickly(process, number)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_that_are_sent_again_do_not_spoil_the_end(listener, number):
    with Executable('feature_extractor').wait_for('ready') as running:
        while running.process.poll() is None:
            running.process.send_signal(number)
            time.sleep(0.005)
        assert running.finish() == 0, running.output


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_pipeline_ends_quickly_while_an_utterance_is_open(
        listener, speaker, speech_file, number):
    features = listener.subscribe(VoiceFeatures, 'voice_features', qos.RESULTS)
    speaking = listener.subscribe(Bool, 'person_speaking', qos.LATCHED_HEARD)
    pipeline = Executable('emotion_pipeline', interim_interval=0.5, **SILENT_SOURCE,
                          file=speech_file)
    speaker.begin()
    wait_until(lambda: features, what='an interim result')
    assert speaking[-1].data
    assert ends_quickly(pipeline, number)
    wait_until(lambda: not speaking[-1].data, what='the end of the speech')
    assert not any(message.final and not message.truncated for message in features)


@needs_portaudio
def test_pipeline_ends_quickly_while_the_microphone_is_missing(served):
    pipeline = Executable(
        'emotion_pipeline', environment=served, device='robot_ear', wait_for_device=True)
    pipeline.wait_for(LOST)
    assert ends_quickly(pipeline, signal.SIGTERM)


@needs_portaudio
def test_microphone_is_closed_while_its_node_is_not_active(
        manager, listener, server, served):
    server.start()
    audio = listener.subscribe(AudioFrame, 'audio', qos.AUDIO)
    emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
    diagnostics = listener.subscribe(DiagnosticArray, '/diagnostics', 10)

    def told(name):
        return newest(diagnostics)[1].get(name)

    with Executable('emotion_pipeline', environment=served, device='robot_ear',
                    diagnostics=OFTEN):
        wait_until(lambda: audio, what='sound')
        assert server.listeners() == 1
        manager.move('audio_capture', 'deactivate')
        assert server.listeners() == 0
        heard = len(audio)
        diagnostics.clear()
        wait_until(lambda: told('device state') == 'closed', what='the diagnosis')
        assert len(audio) - heard <= 1, 'a frame may have been on its way'
        counted = int(told('frames published'))
        assert counted >= heard > 0
        emotions.clear()
        manager.move('audio_capture', 'activate')
        wait_until(lambda: any(message.final for message in emotions), what='an answer')
        assert server.listeners() == 1
        wait_until(lambda: told('device state') == 'open', what='the diagnosis')
        wait_until(lambda: int(told('frames published')) > counted, what='more frames')


@needs_portaudio
def test_microphone_that_is_missing_does_not_keep_its_node_active(
        manager, listener, served):
    diagnostics = listener.subscribe(DiagnosticArray, '/diagnostics', 10)
    with Executable('audio_capture', environment=served, device='robot_ear', diagnostics=OFTEN,
                    wait_for_device=True).wait_for(LOST):
        manager.move('audio_capture', 'deactivate')
        wait_until(lambda: newest(diagnostics)[1].get('device state') == 'closed',
                   what='the diagnosis')


@needs_portaudio
def test_microphone_that_hangs_is_left_behind_and_used_again_once_it_is_closed(
        manager, server, served):
    server.start()
    with Executable('audio_capture', environment=served,
                    device='robot_ear').wait_for(RECORDING) as node:
        server.freeze()
        manager.move('audio_capture', 'deactivate')
        assert not manager.ask('audio_capture', 'activate')
        node.wait_for('hangs: it has not closed yet')
        server.thaw()
        wait_until(lambda: manager.ask('audio_capture', 'activate'), what='the device')
        wait_until(lambda: node.output.count(RECORDING) == 2, what='sound')


def test_utterance_that_is_open_is_published_when_its_node_is_deactivated(
        manager, listener, speaker):
    features = listener.subscribe(VoiceFeatures, 'voice_features', qos.RESULTS)
    with Executable('feature_extractor', interim_interval=0.5):
        speaker.begin()
        wait_until(lambda: features, what='an interim result')
        manager.move('feature_extractor', 'deactivate')
        wait_until(lambda: features[-1].final, what='the final result')
        interim, final = features[-2:]
    assert final.truncated
    assert (interim.utterance, final.utterance) == (1, 1)
    assert interim.header.stamp == final.header.stamp
    assert nanoseconds(final.duration) >= nanoseconds(interim.duration)


def test_utterance_whose_sound_ends_is_answered(manager, listener, tmp_path):
    words = soundfile.read(CLIPS[0], dtype='int16')[0]
    soundfile.write(tmp_path / 'long.wav', np.tile(words, 8), 16000)
    features = listener.subscribe(VoiceFeatures, 'voice_features', qos.RESULTS)
    listener.subscribe(AudioFrame, 'audio', qos.AUDIO)
    with Executable('emotion_pipeline', interim_interval=0.5, file=tmp_path / 'long.wav',
                    wait_matching_subscriptions=2) as process:
        manager.state('audio_capture')
        wait_until(lambda: features, what='an interim result')
        manager.move('audio_capture', 'deactivate')
        wait_until(lambda: features[-1].final, what='the final result')
        assert features[-1].truncated
        manager.move('audio_capture', 'activate')
        wait_until(lambda: features[-1].utterance == 2, what='the next utterance')
    assert 'gaps' not in process.output


@pytest.mark.parametrize('node', ['feature_extractor', 'emotion_classifier'])
def test_node_that_cannot_be_configured_says_why_and_lives(manager, node):
    with Executable(node, autostart=False, model='/nowhere/model') as process:
        for times in (1, 2):
            assert not manager.ask(node, 'configure')
            assert manager.state(node) == 'unconfigured'
            wait_until(lambda times=times: sum(
                '/nowhere/model' in line for line in process.lines) == times, what='the reason')
        assert len([line for line in process.lines if 'ERROR' in line]) == 2
        assert 'Traceback' not in process.output


@needs_portaudio
def test_node_without_its_microphone_stays_inactive_until_it_is_there(
        manager, server, served):
    with Executable('audio_capture', autostart=False, environment=served,
                    device='robot_ear') as node:
        manager.move('audio_capture', 'configure')
        assert not manager.ask('audio_capture', 'activate')
        assert manager.state('audio_capture') == 'inactive'
        node.wait_for('no input device')
        server.start()
        manager.move('audio_capture', 'activate')
        node.wait_for(RECORDING)


def test_parameters_change_when_they_can_and_say_when_that_is(manager, listener):
    def change(node, name, value):
        found = listener.call(SetParameters, f'{node}/set_parameters', SetParameters.Request(
            parameters=[Parameter(name, value=value).to_parameter_msg()])).results[0]
        return found.reason or found.successful

    unconfigured = ('can only be set while the node is unconfigured; '
                    'deactivate and clean it up first')
    with Executable('emotion_classifier').wait_for('ready'), \
            Executable('feature_extractor').wait_for('ready'):
        assert change('feature_extractor', 'hang_over', 1.0) is True
        assert change('feature_extractor', 'mute_tail', 1) is True
        assert 'Max: 1.5, value: 9.0' in change('feature_extractor', 'hang_over', 9.0)
        assert change('feature_extractor', 'hang_over', 0.1) is True
        assert change('feature_extractor', 'post_roll', 0.2) == (
            'parameter post_roll must be at most hang_over, 0.1 s, got 0.2 s')
        assert change('feature_extractor', 'array', [0.0]) == f'parameter array {unconfigured}'
        assert change('feature_extractor', 'array', None) == 'parameter array cannot be deleted'
        assert change('emotion_classifier', 'confidence_threshold', 0.5) is True
        assert change('emotion_classifier', 'autostart', False) == (
            'parameter autostart can only be set at startup; restart the node with another value')
        assert change('emotion_classifier', 'model', '/nowhere') == (
            f'parameter model {unconfigured}')
        manager.move('emotion_classifier', 'deactivate', 'cleanup')
        assert change('emotion_classifier', 'model', '/nowhere') is True
        assert not manager.ask('emotion_classifier', 'configure')
        assert change('emotion_classifier', 'model', '') is True
        manager.move('emotion_classifier', 'configure', 'activate')
        manager.move('feature_extractor', 'deactivate', 'cleanup', 'shutdown')
        assert change('feature_extractor', 'hang_over', 0.5) is True


def test_utterances_are_numbered_on_over_all_transitions(manager, listener, speaker):
    features = listener.subscribe(VoiceFeatures, 'voice_features', qos.RESULTS)
    diagnostics = listener.subscribe(DiagnosticArray, '/diagnostics', 10)
    node = 'feature_extractor'

    def is_answered(*numbers):
        return [message.utterance for message in features if message.final] == list(numbers)

    with Executable(node, diagnostics=OFTEN).wait_for('ready'):
        speaker.speak()
        wait_until(lambda: is_answered(1), what='utterance 1')
        manager.move(node, 'deactivate')
        wait_until(lambda: speaker.listeners() == 0, what='the node to go')
        manager.move(node, 'activate')
        speaker.speak()
        wait_until(lambda: is_answered(1, 2), what='utterance 2')
        manager.move(node, 'deactivate', 'cleanup')
        wait_until(lambda: speaker.listeners() == 0, what='the node to go')
        manager.move(node, 'configure', 'activate')
        speaker.speak()
        wait_until(lambda: is_answered(1, 2, 3), what='utterance 3')
        wait_until(lambda: newest(diagnostics, f'{node}: state')[1].get('utterances') == '3',
                   what='the diagnosis')
    frames = [int(value.value) for message in diagnostics for status in message.status
              for value in status.values if value.key == 'frames']
    assert frames == sorted(frames)
    assert frames[-1] > 0
