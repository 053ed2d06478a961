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

"""Real nodes on real topics."""

from array import array
import itertools
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import DescribeParameters, SetParameters
import rclpy
import soundfile
from std_msgs.msg import Bool

from conftest import CLIPS, REPOSITORY, read_clip
from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.file_source import FileSource
from emotion_ros.msg import AudioFrame, EmotionStamped, VoiceFeatures
from emotion_ros.nodes import behavior, emotion_pipeline, feature_extractor, qos
from emotion_ros.nodes.messages import frame_to_message
from emotion_ros.nodes.parameters import declare
from harness import (
    EXECUTABLES,
    OFTEN,
    Executable,
    Listener,
    feature_matrices,
    nanoseconds,
    refusal,
    wait_until,
)
from lifecycle_manager import Manager


@pytest.fixture
def listener():
    """A listener to all topics."""
    with Listener() as found:
        yield found


def finals(messages):
    return [message for message in messages if message.final]


def origin(audio):
    """Time at which the source started [ns]."""
    return nanoseconds(audio[0].header.stamp) - sample_time(audio[0].first_sample)


@pytest.mark.parametrize('executables', [
    ['emotion_pipeline'], ['emotion_classifier', 'feature_extractor', 'audio_capture']],
    ids=['composed', 'three processes'])
def test_voice_in_emotion_out_in_another_process(listener, speech_file, executables):
    emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
    audio = listener.subscribe(AudioFrame, 'audio', qos.AUDIO)
    speaking = listener.subscribe(Bool, 'person_speaking', qos.LATCHED_HEARD)
    *others, last = executables
    running = [Executable(name, diagnostics=OFTEN) for name in others]
    listener.wait_for_subscribers(**dict.fromkeys(others, 1))
    running.append(Executable(last, file=speech_file, speed=4.0, wait_matching_subscriptions=2,
                              frame_id='left_ear'))
    try:
        running[-1].wait_for('end of')
        wait_until(lambda: len(finals(emotions)) == 2, what='two utterances')
        # The first ones are missed where the topic is found late.
        wait_until(lambda: speaking and not speaking[-1].data, what='that nobody speaks')
        said = [message.data for message in speaking]
        assert said == [False, True, False, True, False][-len(said):]
    finally:
        for executable in running:
            executable.__exit__(None)
    first, second = finals(emotions)
    assert (first.utterance, second.utterance) == (1, 2)
    for message in emotions:
        assert message.header.frame_id == 'left_ear'
        assert list(message.labels) == ['neutral', 'anger', 'disgust', 'fear', 'happiness',
                                        'sadness', 'surprise']
        assert sum(message.probabilities) == pytest.approx(1, abs=1e-5)
        assert message.model.startswith('default ')
    heard = nanoseconds(first.header.stamp) - origin(audio)
    assert 0.2e9 < heard < 0.9e9, 'the clip begins after 0.5 s'
    assert audio[0].first_sample == 0
    for before, after in itertools.pairwise(audio):
        assert after.first_sample == before.first_sample + len(before.data)


def test_frames_of_a_quiet_room_are_joined(listener, tmp_path):
    quiet, talk = tmp_path / 'quiet.wav', read_clip(CLIPS[0])
    room = np.random.default_rng(0).normal(0, 30, 4 * SAMPLE_RATE).astype(np.int16)
    soundfile.write(quiet, np.concatenate([room, talk]), SAMPLE_RATE)
    lengths = {}
    for duration in (0.192, 0.0):
        audio = listener.subscribe(AudioFrame, 'audio', qos.AUDIO)
        with Executable('audio_capture', file=quiet, speed=4.0,
                        steady_frame_duration=duration).wait_for('end of'):
            wait_until(lambda: audio and audio[-1].first_sample >= len(room) + len(talk),
                       what='all of it')
        lengths[duration] = {len(message.data) for message in audio}
    assert {512, 3072} <= lengths[0.192] <= set(range(512, 3073, 512))
    assert lengths[0.0] == {512}


BAD_FRAMES = [
    {'sample_rate': 0}, {'sample_rate': 2**32 - 1}, {'channels': 0}, {'channels': 65535},
    {'channels': 3}, {'data': array('h')}, {'data': array('h', bytes(2 * 200_000))},
    {'nanosec': 2**32 - 1}, {'sec': -5}, {'sec': 2**31 - 1}, {'first_sample': 2**64 - 1}]


def bad_frame(good, changes):
    """Make a frame wrong in one field."""
    message = AudioFrame(header=good.header, sample_rate=good.sample_rate, channels=good.channels,
                         first_sample=good.first_sample, data=good.data)
    for name, value in changes.items():
        target = message.header.stamp if name in ('sec', 'nanosec') else message
        setattr(target, name, value)
    return message


def test_malformed_frames_are_dropped_and_healthy_speech_is_answered(listener):
    emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
    publisher = listener.node.create_publisher(AudioFrame, 'audio', qos.AUDIO)
    minutes = itertools.count(start=10**18, step=60 * 10**9)

    def speak():
        for frame in FileSource(CLIPS[0]).frames(stamp=next(minutes)):
            publisher.publish(frame_to_message(frame, 'ear'))

    def answered():
        speak()
        time.sleep(1.0)
        return finals(emotions)

    with Executable('emotion_classifier').wait_for('ready'), \
            Executable('feature_extractor').wait_for('ready') as extractor:
        wait_until(answered, what='the nodes to find each other')
        emotions.clear()
        for changes in BAD_FRAMES:
            for frame in list(FileSource(CLIPS[0]).frames())[:3]:
                publisher.publish(bad_frame(frame_to_message(frame, 'ear'), changes))
        extractor.wait_for('frames malformed')
        speak()
        wait_until(lambda: finals(emotions), what='the healthy utterance')
    assert 'Hz, got 0' in extractor.output


def test_a_beginning_that_was_missed_is_said_once(listener):
    publisher = listener.node.create_publisher(AudioFrame, 'audio', qos.AUDIO)
    first, *_, late, later = FileSource(CLIPS[0]).frames(stamp=10**18)
    missed = f'the first frame is {late.first_sample / SAMPLE_RATE:.2f} s into its source'
    for frames, warnings in ([late, first, later], 1), ([first, late], 0):
        with Executable('feature_extractor').wait_for('ready') as extractor:
            wait_until(lambda: publisher.get_subscription_count() == 1)
            for frame in frames:
                publisher.publish(frame_to_message(frame, 'ear'))
            extractor.wait_for('gaps: sound was lost' if warnings == 0 else 'started again')
        assert extractor.output.count('into its source') == warnings
        assert extractor.output.count(missed) == warnings


def test_malformed_features_are_dropped_and_healthy_ones_answered(listener):
    emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
    publisher = listener.node.create_publisher(VoiceFeatures, 'voice_features', qos.RESULTS)

    def features(utterance=1, **changes):
        blocks = feature_matrices()
        for name, value in changes.items():
            setattr(blocks[-1], name, value)
        return VoiceFeatures(features=blocks, final=True, utterance=utterance)

    with Executable('emotion_classifier', diagnostics=OFTEN) as classifier:
        wait_until(lambda: publisher.get_subscription_count() == 1)
        listener.wait_for_subscribers(emotion_classifier=1)
        size = len(feature_matrices()[-1].values)
        for changes in [
                {'name': 'eGeMAPSv02'}, {'name': 'x' * 100_000}, {'frames': 2},
                {'name': feature_matrices()[0].name + '_'},
                {'frames': 2**32 - 1, 'dimensions': 2**32 - 1}, {'dimensions': 0},
                {'values': array('f')}, {'values': array('f', [float('nan')] * size)},
                {'values': array('f', [float('inf')] * size)},
                {'frames': 1, 'dimensions': 5, 'values': array('f', bytes(20))}]:
            publisher.publish(features(**changes))
        publisher.publish(VoiceFeatures(final=True))
        publisher.publish(VoiceFeatures(features=2 * feature_matrices(), final=True))
        publisher.publish(VoiceFeatures(features=feature_matrices(), final=True, paused=True))
        publisher.publish(features(utterance=42))
        wait_until(lambda: emotions, what='the healthy features')
        classifier.wait_for('features malformed')
    assert [message.utterance for message in emotions] == [42]


def test_the_last_result_is_there_for_late_subscribers_where_it_is_wanted(listener):
    with Executable('emotion_classifier', diagnostics=OFTEN, latched=True):
        emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
        publisher = listener.node.create_publisher(VoiceFeatures, 'voice_features', qos.FEATURES)
        wait_until(lambda: publisher.get_subscription_count() == 1)
        listener.wait_for_subscribers(emotion_classifier=1)
        for number in (1, 2):
            publisher.publish(VoiceFeatures(
                utterance=number, final=True, features=feature_matrices()))
        wait_until(lambda: emotions and emotions[-1].utterance == 2)
        late = listener.subscribe(EmotionStamped, 'emotion', qos.LATCHED_HEARD)
        wait_until(lambda: [message.utterance for message in late] == [1, 2])


@pytest.mark.parametrize('early', [False, True])
def test_the_answer_at_a_pause_is_published_where_it_is_wanted(listener, early):
    emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
    publisher = listener.node.create_publisher(VoiceFeatures, 'voice_features', qos.RESULTS)
    with Executable('emotion_classifier', diagnostics=OFTEN, early=early):
        wait_until(lambda: publisher.get_subscription_count() == 1)
        listener.wait_for_subscribers(emotion_classifier=1)
        for state in ({'paused': True}, {}, {'paused': True}, {'final': True}):
            publisher.publish(VoiceFeatures(features=feature_matrices(), utterance=7, **state))
        wait_until(lambda: finals(emotions), what='the final answer')
    assert [message.final for message in emotions] == [False] * (3 if early else 1) + [True]
    assert all(message.probabilities == emotions[0].probabilities for message in emotions)


@pytest.mark.parametrize('old, new', [
    ('shortest_speech', 'min_speech_duration'), ('longest_utterance', 'max_utterance_duration')])
def test_a_renamed_parameter_can_be_set_by_its_old_name(listener, old, new):
    known = {entry.name: entry for entry in feature_extractor.PARAMETERS}[new]
    for overrides, value in (
            ({}, known.default), ({old: 2.0}, 2.0),
            ({old: 2.0, new: known.default}, known.default)):
        node = rclpy.create_node(
            'renamed', context=listener.node.context, parameter_overrides=[
                rclpy.Parameter(name, value=number) for name, number in overrides.items()])
        assert declare(node, [known]) == {new: value}
        assert node.get_parameter(new).value == value
        assert not node.has_parameter(old), 'the old name is not listed'
        node.destroy_node()


@pytest.mark.parametrize('name, parameters, words', [
    ('emotion_pipeline', {'file': '/nowhere/talk.wav'}, ['/nowhere/talk.wav']),
    ('emotion_pipeline', {'file': __file__}, [__file__]),
    ('emotion_pipeline', {'model': '/nowhere/model'}, ['/nowhere/model']),
    ('emotion_pipeline', {'features': 'eGeMAPSv02'}, ['eGeMAPSv02', 'takes']),
    ('feature_extractor', {'features': 'mine'},
     ["'mine'", 'ComParE_2016, ComParE_2016_lld, eGeMAPSv02']),
    ('feature_extractor', {'hang_over': 99.0}, ['hang_over', '99.0', '0.1 to 1.5']),
    ('feature_extractor', {'hang_over': 'long'}, ['hang_over', 'long', '0.1 to 1.5']),
    ('feature_extractor', {'post_roll': 1.0}, ['post_roll', 'hang_over', '0.48']),
    ('audio_capture', {'autostart': 1}, ['autostart', '1', 'true or false']),
    ('audio_capture', {'speed': -1.0}, ['speed', '-1.0', '0.1 to 20']),
    ('audio_capture', {'frame_duration': float('nan')}, ['frame_duration', 'nan']),
    ('audio_capture', {'wait_matching_subscriptions': 1.5}, ['1.5', '0 to 1000']),
    ('emotion_classifier', {'backend': 'torch'}, ['backend', 'torch', 'litert, tensorflow']),
    ('emotion_classifier', {'confidence_threshold': 2}, ['confidence_threshold', '2', '-1 to 1']),
    ('emotion_classifier', {'speaker': 101 * 'x'}, ['speaker', 'at most 100 characters']),
    ('emotion_pipeline', {'emotion_classifier:hangover': 0.5},
     ['parameter hangover is not known', 'did you mean hang_over?']),
])
def test_what_cannot_be_used_is_one_line_and_exit_code_1(name, parameters, words):
    complaint = refusal(name, **parameters)
    for word in words:
        assert word in complaint


def test_one_name_for_all_nodes_is_refused():
    assert 'two nodes are named /ear' in refusal('emotion_pipeline', '-r', '__node:=ear')


def test_ctrl_c_while_modules_are_imported_prints_nothing(tmp_path):
    (tmp_path / 'rclpy.py').write_text('raise KeyboardInterrupt\n')
    done = subprocess.run([EXECUTABLES / 'audio_capture'], capture_output=True, env={
        **os.environ, 'PYTHONPATH': f'{tmp_path}:{os.environ["PYTHONPATH"]}'})
    assert (done.returncode, done.stdout, done.stderr) == (130, b'', b'')


def test_a_process_that_cannot_start_ends_with_one_line_and_exit_code_1():
    executable = Executable('audio_capture', device='no such device')
    assert executable.finish() == 1, executable.output
    complaint, = [line for line in executable.lines if line.startswith('emotion_ros: ')]
    assert 'microphone' in complaint
    assert 'Traceback' not in executable.output


def test_threshold_and_hang_over_can_be_changed_while_running(listener, speech_file):
    emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)

    def set_parameter(name, value):
        request = SetParameters.Request(parameters=[
            rclpy.Parameter(name, value=value).to_parameter_msg()])
        result, = listener.call(SetParameters, f'{node}/set_parameters', request).results
        return result

    with Executable('emotion_pipeline', file=speech_file, speed=4.0,
                    wait_matching_subscriptions=2):
        node = 'emotion_classifier'
        assert set_parameter('confidence_threshold', 1).successful, 'a whole number will do'
        assert not set_parameter('confidence_threshold', 1.5).successful
        assert not set_parameter('confidence_threshold', float('nan')).successful
        node = 'feature_extractor'
        assert set_parameter('hang_over', 0.5).successful
        assert not set_parameter('hang_over', 0.05).successful
        listener.subscribe(AudioFrame, 'audio', qos.AUDIO)   # now the file starts
        wait_until(lambda: len(finals(emotions)) == 2)
    assert {message.emotion for message in emotions} == {'unknown'}


def test_parameters_describe_themselves(listener):
    with Executable('feature_extractor').wait_for('ready'):
        response = listener.call(DescribeParameters, 'feature_extractor/describe_parameters',
                                 DescribeParameters.Request(names=['hang_over']))
    description, = response.descriptors
    assert '[s]' in description.description
    assert not description.read_only
    assert description.floating_point_range[0].from_value == 0.1


def test_namespace_gives_a_second_microphone(listener, speech_file):
    left = listener.subscribe(EmotionStamped, 'left/emotion', qos.RESULTS)
    right = listener.subscribe(EmotionStamped, 'right/emotion', qos.RESULTS)
    for name in ('left/audio', 'right/audio'):
        listener.subscribe(AudioFrame, name, qos.AUDIO)
    waiting = {'wait_matching_subscriptions': 2, 'speed': 5.0}
    with Executable('emotion_pipeline', '-r', '__ns:=/left', file=speech_file, **waiting), \
            Executable('emotion_pipeline', '-r', '__ns:=/right', file=CLIPS[0], **waiting):
        wait_until(lambda: len(finals(left)) == 2 and len(finals(right)) == 1)


def test_sim_time_stamps_the_sound(listener):
    from rosgraph_msgs.msg import Clock
    audio = listener.subscribe(AudioFrame, 'audio', qos.AUDIO)
    clock = listener.node.create_publisher(Clock, '/clock', 10)
    now = rclpy.time.Time(seconds=1234).to_msg()
    with Executable('audio_capture', file=CLIPS[0], use_sim_time=True) as capture:
        capture.wait_for('waiting for /clock')
        timer = listener.node.create_timer(0.01, lambda: clock.publish(Clock(clock=now)))
        wait_until(lambda: len(audio) > 5)
        assert audio[5].header.stamp.sec == 1234
        now.sec = 567   # as where a bag is played again
        Manager(listener).move('audio_capture', 'deactivate', 'activate')
        wait_until(lambda: any(frame.header.stamp.sec == 567 for frame in audio), what='that time')
    timer.cancel()


@pytest.mark.parametrize('arguments', [
    ['--params-file', '/nowhere.yaml'], ['-r', '__ns:=bad name'], ['-p', 'hang_over'], ['--bogus'],
    ['-p', 'use_sim_time:=5'], ['-p', 'qos_overrides./audio.subscription.depth:=-1']])
def test_ros_arguments_that_cannot_be_used_are_said(arguments):
    executable = Executable('feature_extractor', *arguments)
    assert executable.finish() == 1
    assert 'emotion_ros: ' in executable.output
    assert 'Traceback' not in executable.output


@pytest.mark.parametrize('name', ['emotion_pipeline', 'emotion_monitor'])
def test_arguments_that_mean_nothing_are_refused_with_the_way_to_give_them(name):
    done = subprocess.run([EXECUTABLES / name, 'file:=talk.wav'], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == ("emotion_ros: argument 'file:=talk.wav' is not known; parameters are "
                           'given as --ros-args -p file:=talk.wav, see --help\n')


@pytest.mark.parametrize('name, parameters', [
    ('emotion_pipeline', emotion_pipeline.PARAMETERS), ('behavior', behavior.PARAMETERS),
    ('emotion_monitor', ())])
def test_help_tells_of_every_parameter(name, parameters):
    done = subprocess.run([EXECUTABLES / name, '--help'], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.startswith(f'usage: {name} ')
    for parameter in parameters:
        assert f'  {parameter.name}: ' in done.stdout
        assert parameter.allowed in done.stdout


def test_parameter_of_no_type_does_not_end_the_node(listener):
    request = SetParameters.Request(parameters=[Parameter(
        name='confidence_threshold', value=ParameterValue(type=255))])
    with Executable('emotion_classifier').wait_for('ready') as node:
        client = listener.node.create_client(SetParameters, 'emotion_classifier/set_parameters')
        assert client.wait_for_service(10.0)
        client.call_async(request)
        node.wait_for('255')
        response = listener.call(DescribeParameters, 'emotion_classifier/describe_parameters',
                                 DescribeParameters.Request(names=['backend']))
        assert response.descriptors


def test_subscriber_of_the_readme_hears(tmp_path, listener):
    readme = (REPOSITORY / 'README.md').read_text()
    code = readme.partition('```python\n')[2].partition('```')[0]
    assert len(code.split('\n')) < 19
    (tmp_path / 'subscriber.py').write_text(code)
    publisher = listener.node.create_publisher(EmotionStamped, 'emotion', qos.RESULTS)
    with open(tmp_path / 'output', 'w+') as output:
        process = subprocess.Popen(
            [sys.executable, '-u', tmp_path / 'subscriber.py'], stdout=output, stderr=output)
        try:
            wait_until(lambda: publisher.get_subscription_count() == 1)
            publisher.publish(EmotionStamped(final=True, emotion='sadness', confidence=0.75))
            wait_until(lambda: 'somebody is sad, confidence 0.75' in
                       (tmp_path / 'output').read_text(), what='the line')
            process.send_signal(signal.SIGINT)
            assert process.wait(10.0) == 0
            assert 'Traceback' not in (tmp_path / 'output').read_text()
        finally:
            process.kill()
            process.wait()


def test_file_that_breaks_further_on_is_said(listener, tmp_path):
    content = CLIPS[0].read_bytes()
    (tmp_path / 'broken.flac').write_bytes(content[:len(content) // 2])
    node = Executable('audio_capture', file=tmp_path / 'broken.flac', speed=20.0,
                      wait_matching_subscriptions=0)
    assert node.finish() == 1
    complaint, = [line for line in node.lines if line.startswith('emotion_ros: ')]
    assert 'broken.flac' in complaint
    assert 'Traceback' not in node.output


def test_quality_of_service_can_be_overridden(listener, speech_file):
    parameters = {'qos_overrides./audio.publisher.reliability': 'best_effort',
                  'qos_overrides./audio.publisher.depth': 7}
    with Executable('audio_capture', file=speech_file, **parameters):
        wait_until(lambda: listener.node.count_publishers('audio') == 1)
        info, = listener.node.get_publishers_info_by_topic('audio')
        assert info.qos_profile.reliability == rclpy.qos.ReliabilityPolicy.BEST_EFFORT
