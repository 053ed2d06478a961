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

"""Sound of other packages, whose messages are built from the same definitions."""

import time

from diagnostic_msgs.msg import DiagnosticArray
import pytest

from conftest import CLIPS
from emotion_ros.audio.file_source import FileSource
from emotion_ros.msg import AudioFrame, EmotionStamped, VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.nodes.messages import frame_to_message
from harness import OFTEN, Executable, Listener, nanoseconds, wait_until
from interface_packages import environment_with
from relay import Relay

BEGIN = 1_700_000_000 * 10**9
SAMPLES, BYTES = 'audio_common_msgs/AudioStamped', 'audio_common_msgs/AudioDataStamped'
RAW = 'foxglove_msgs/RawAudio'
PACKAGES = {SAMPLES: 'mgonzs13/audio_common_msgs', BYTES: 'ros_drivers/audio_common_msgs',
            RAW: 'foxglove_msgs'}
EMPTY = {SAMPLES: 'format must be one of', BYTES: 'got 0 samples',
         RAW: "format must be 'pcm-s16', got ''"}
"""What is wrong with a message that nobody has filled."""


@pytest.fixture(scope='session')
def surroundings(tmp_path_factory):
    """Function that gives the environment in which a type of message can be used."""
    return lambda audio_type: environment_with(
        PACKAGES[audio_type], tmp_path_factory.mktemp('workspace'))


def clip(begin=BEGIN):
    """Give the frames of a clip: 16 kHz, one channel."""
    return FileSource(CLIPS[0]).frames(stamp=begin)


def header(frame):
    """Give the header of a frame's message."""
    sec, nanosec = divmod(frame.stamp, 10**9)
    return {'stamp': {'sec': sec, 'nanosec': nanosec}, 'frame_id': 'their_ear'}


def with_samples(frame, **info):
    """Make the fields of an AudioStamped of a frame, its format changed by info."""
    return {'header': header(frame), 'audio': {
        'audio_data': {'int16_data': frame.samples[:, 0].tolist()},
        'info': {'format': 8, 'channels': 1, 'rate': frame.sample_rate,
                 'chunk': len(frame.samples), **info}}}


def with_bytes(frame):
    """Make the fields of an AudioDataStamped of a frame."""
    return {'header': header(frame), 'audio': {
        'data': list(frame.samples.astype('<i2').tobytes())}}


def raw(frame, **changes):
    """Make the fields of a RawAudio of a frame."""
    return {'timestamp': header(frame)['stamp'], 'data': with_bytes(frame)['audio']['data'],
            'format': 'pcm-s16', 'sample_rate': frame.sample_rate, 'number_of_channels': 1,
            **changes}


MAKERS = {SAMPLES: with_samples, BYTES: with_bytes, RAW: raw}


def info(**changes):
    """Make the fields of an AudioInfo of the frames of with_bytes()."""
    return {'channels': 1, 'sample_rate': 16000, 'sample_format': 'S16LE',
            'coding_format': 'wave', **changes}


def send(relay, audio_type, topic, *messages):
    """Publish messages of a type, as its driver does."""
    relay.publish(audio_type.replace('/', '/msg/'), topic, *messages, reliable=audio_type == BYTES)


def play(relay, audio_type, topic, frames):
    """Publish frames as messages of a type."""
    send(relay, audio_type, topic, *map(MAKERS[audio_type], frames))


def meet(relay, audio_type, executable, *, namespace=''):
    """Send messages without sound until a node finds nothing else wrong with them.

    Topics keep no order among each other: the format of bytes is known then. And the node hears
    the relay then: what is written with best effort before is lost.
    """
    if audio_type == BYTES:
        relay.publish('audio_common_msgs/msg/AudioInfo', f'{namespace}/audio_info', info())

    def met():
        send(relay, audio_type, f'{namespace}/audio', {})
        time.sleep(0.5)
        return EMPTY[audio_type] in executable.output

    wait_until(met, what='the nodes to find each other')


def malformed(diagnostics):
    """Wait for the next word of the feature_extractor; give its count of malformed frames."""
    diagnostics.clear()

    def found():
        return [int(entry.value) for message in diagnostics for status in message.status
                for entry in status.values if entry.key == 'frames malformed']

    wait_until(found, what='diagnostics')
    return found()[0]


def extractor(surroundings, audio_type, **parameters):
    """Start a feature_extractor in the namespace /theirs."""
    return Executable('feature_extractor', '-r', '__ns:=/theirs', audio_type=audio_type,
                      environment=surroundings(audio_type), **parameters).wait_for('ready')


@pytest.mark.parametrize('audio_type', PACKAGES)
def test_same_sound_gives_the_same_features_as_audio_frame(surroundings, audio_type):
    with Listener() as listener, Relay(surroundings(audio_type)) as relay, \
            Executable('feature_extractor', '-r', '__ns:=/ours', interim_interval=0.5) as own, \
            extractor(surroundings, audio_type, interim_interval=0.5) as theirs:
        own.wait_for('ready')
        ours, heard = (listener.subscribe(VoiceFeatures, f'/{name}/voice_features', qos.FEATURES)
                       for name in ('ours', 'theirs'))
        publisher = listener.node.create_publisher(AudioFrame, '/ours/audio', qos.AUDIO_HEARD)
        wait_until(publisher.get_subscription_count)
        for name in ('ours/', 'theirs/'):
            listener.wait_for_subscribers(namespace=name, feature_extractor=1)
        meet(relay, audio_type, theirs, namespace='/theirs')
        for frame in clip():
            publisher.publish(frame_to_message(frame, 'our_ear'))
        play(relay, audio_type, '/theirs/audio', clip())
        wait_until(lambda: heard and heard[-1].final, what='their utterance')
        wait_until(lambda: ours and ours[-1].final, what='our utterance')
    assert len(heard) == len(ours) > 1
    for their, our in zip(heard, ours):
        assert their.header.frame_id == ('' if audio_type == RAW else 'their_ear')
        assert nanoseconds(their.header.stamp) == nanoseconds(our.header.stamp)
        assert their.duration == our.duration
        assert (their.utterance, their.final, their.truncated) == (
            our.utterance, our.final, our.truncated)
        assert their.features == our.features


BAD_STAMPS = (-5, 0), (2**31 - 1, 0), (5, 2**32 - 1)
BAD_SAMPLES = [
    {'format': 0}, {'format': 4}, {'format': -2**31}, {'format': 1}, {'channels': 0},
    {'channels': -1}, {'channels': 2**31 - 1}, {'channels': 3}, {'rate': 0}, {'rate': -1},
    {'rate': 2**31 - 1}]


def rubbish(audio_type, frame):
    """Make messages, each wrong in one field."""
    good = MAKERS[audio_type](frame)
    if audio_type == RAW:
        return [{**good, **changes} for changes in (
            *({'timestamp': {'sec': sec, 'nanosec': nanosec}} for sec, nanosec in BAD_STAMPS),
            *({'data': [1] * length} for length in (0, 1, 300_000)),
            *({'format': text} for text in ('', 'opus', 'PCM-S16', '\n' * 1000)),
            *({name: value} for name in ('sample_rate', 'number_of_channels')
              for value in (0, 2**32 - 1)))]
    found = [{**good, 'header': {'stamp': {'sec': sec, 'nanosec': nanosec}}}
             for sec, nanosec in BAD_STAMPS]
    if audio_type == BYTES:
        return found + [{**good, 'audio': {'data': [1] * length}} for length in (0, 1, 300_000)]
    found += [with_samples(frame, **changes) for changes in BAD_SAMPLES]
    found += [{**good, 'audio': {**good['audio'], 'audio_data': {name: [1] * length}}}
              for name, length in [('int16_data', 0), ('int8_data', 512), ('int16_data', 200_000)]]
    return found


@pytest.mark.parametrize('audio_type', PACKAGES)
def test_rubbish_in_every_field_is_dropped_and_counted(surroundings, audio_type):
    good = list(clip())
    bad = rubbish(audio_type, good[0])
    with Listener() as listener, Relay(surroundings(audio_type)) as relay, \
            extractor(surroundings, audio_type, diagnostics=OFTEN) as theirs:
        heard = listener.subscribe(VoiceFeatures, '/theirs/voice_features', qos.FEATURES)
        diagnostics = listener.subscribe(DiagnosticArray, '/diagnostics', 10)
        wait_until(lambda: listener.node.count_publishers('/theirs/voice_features'))
        meet(relay, audio_type, theirs, namespace='/theirs')
        while len({before := malformed(diagnostics) for _ in range(5)}) > 1:
            pass   # some of meet() were still on their way
        send(relay, audio_type, '/theirs/audio', *bad)
        wait_until(lambda: malformed(diagnostics) == before + len(bad))
        play(relay, audio_type, '/theirs/audio', good)
        wait_until(lambda: heard and heard[-1].final, what='the healthy utterance')
        assert malformed(diagnostics) == before + len(bad)


def test_wrong_formats_of_bytes_are_refused_and_the_right_one_stays(surroundings):
    with Listener() as listener, Relay(surroundings(BYTES)) as relay, \
            extractor(surroundings, BYTES) as theirs:
        heard = listener.subscribe(VoiceFeatures, '/theirs/voice_features', qos.FEATURES)
        wait_until(lambda: listener.node.count_publishers('/theirs/voice_features'))
        play(relay, BYTES, '/theirs/audio', list(clip())[:1])
        theirs.wait_for('no AudioInfo has stated the format')
        meet(relay, BYTES, theirs, namespace='/theirs')
        for changes, reason in [({'coding_format': 'mp3'}, "coding_format must be wave, got 'mp3'"),
                                ({'sample_format': 'S24LE'}, "got 'S24LE'")]:
            relay.publish('audio_common_msgs/msg/AudioInfo', '/theirs/audio_info', info(**changes))
            theirs.wait_for(reason)
        play(relay, BYTES, '/theirs/audio', clip(BEGIN + 60 * 10**9))
        wait_until(lambda: heard and heard[-1].final, what='the healthy utterance')


def test_pipeline_leaves_the_microphone_alone_where_the_sound_is_of_others(surroundings):
    environment = surroundings(SAMPLES)
    with Listener() as listener, Relay(environment) as relay, \
            Executable('emotion_pipeline', environment=environment, audio_type=SAMPLES,
                       device='no such device') as pipeline:
        pipeline.wait_for('ready, features')
        emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
        wait_until(lambda: listener.node.count_publishers('emotion'))
        meet(relay, SAMPLES, pipeline)
        play(relay, SAMPLES, '/audio', clip())
        wait_until(lambda: emotions and emotions[-1].final, what='the emotion')
        assert emotions[-1].header.frame_id == 'their_ear'


@pytest.mark.parametrize('audio_type, remedy', [
    (SAMPLES, 'build https://github.com/mgonzs13/audio_common'),
    (BYTES, 'sudo apt install ros-$ROS_DISTRO-audio-common-msgs'),
    (RAW, 'sudo apt install ros-$ROS_DISTRO-foxglove-msgs')])
def test_missing_package_is_one_line(audio_type, remedy):
    check_refusal(audio_type, remedy, None)


def test_other_package_of_the_same_name_is_one_line(surroundings):
    check_refusal(SAMPLES, 'AudioStamped is not installed', surroundings(BYTES))


def check_refusal(audio_type, words, environment):
    """Check that an extractor says in one line that a type of message is missing."""
    extractor = Executable('feature_extractor', environment=environment, audio_type=audio_type)
    assert extractor.finish() == 1
    line, = [line for line in extractor.lines if audio_type in line]
    assert f'parameter audio_type is {audio_type!r}' in line
    assert words in line
    assert 'Traceback' not in extractor.output
