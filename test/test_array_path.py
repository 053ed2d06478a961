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

"""What an array hears, on all ways: in frames, from a file, from a bag, by the nodes."""

import json
import math

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
import soundfile

from conftest import CLIPS, read_clip
from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.array.spectra import HOP
from emotion_ros.audio.array.voice import BLOCK
from emotion_ros.audio.frame import Frame
from emotion_ros.cli import main
from emotion_ros.features.extractor import VoiceFeatureExtractor
from emotion_ros.features.log_mel import LogMel
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.msg import AudioFrame, EmotionStamped
from emotion_ros.nodes import qos
from emotion_ros.offline.pipeline import classify_file
from emotion_ros.speech.segmenter import Segmentation
from harness import Executable, Listener, nanoseconds, refusal, wait_until
from plane_waves import CIRCLE, circle, diffuse_noise, plane_wave, to_int16

AZIMUTHS = -1.2, 2.0
CHANNELS = [1, 2, 3, 4]


@pytest.fixture(scope='module')
def sound():
    """Two people, each from a direction: int16, shape (samples, 4)."""
    parts = [plane_wave(np.concatenate([np.zeros(SAMPLE_RATE), read_clip(clip)]), azimuth)
             for clip, azimuth in zip(CLIPS, AZIMUTHS)]
    heard = np.concatenate(parts)
    return to_int16(heard + diffuse_noise(len(heard), 30))


@pytest.fixture(scope='module')
def six_channels(sound, tmp_path_factory):
    """The same as a file of a board with six channels, of which the first and last are others."""
    path = tmp_path_factory.mktemp('array') / 'six.wav'
    other = np.random.default_rng(0).integers(-9000, 9000, (len(sound), 2)).astype(np.int16)
    soundfile.write(path, np.hstack([other[:, :1], sound, other[:, 1:]]), SAMPLE_RATE)
    return path


@pytest.fixture(scope='module')
def expected(six_channels):
    """What is heard in that file."""
    return [facts(utterance, emotion) for utterance, emotion in classify_file(
        six_channels, EmotionClassifier(find_model()),
        array=MicrophoneArray.select(CIRCLE, CHANNELS))]


def facts(utterance, emotion):
    return (utterance.number, utterance.final, utterance.duration, emotion.probabilities.tolist(),
            np.float32(utterance.azimuth), np.float32(utterance.azimuth_certainty))


def results(samples, extractor, size=512):
    """Yield what an extractor finds in samples, which come in frames of a size."""
    for first in range(0, len(samples), size):
        frame = Frame(samples[first:first + size], SAMPLE_RATE, first, sample_time(first))
        for pending in extractor.push(frame):
            yield pending.result()


def extract(samples, size=512, array=None):
    """Extract from samples in frames of a size; return the final results and the extractor."""
    extractor = VoiceFeatureExtractor(['log_mel'], array=array)
    return [result for result in results(samples, extractor, size)
            if result.utterance.final], extractor


def test_each_utterance_has_its_direction(sound):
    found, extractor = extract(sound, array=circle())
    assert [result.utterance.azimuth for result in found] == [
        pytest.approx(azimuth, abs=math.radians(3)) for azimuth in AZIMUTHS]
    assert all(result.utterance.azimuth_certainty > 0.8 for result in found)
    assert extractor.dead_channels == ()


def test_interim_results_of_an_array_describe_whole_blocks():
    spoken = read_clip(CLIPS[-1])[4000:20000]   # without a pause
    samples = to_int16(plane_wave(np.tile(spoken, 5), 1.0))
    extractor = VoiceFeatureExtractor(
        ['log_mel'], array=circle(), segmentation=Segmentation(interim_interval=0.32))
    first = next(results(samples, extractor))
    assert not first.utterance.final and not first.utterance.paused
    assert first.utterance.duration / 1e9 >= BLOCK * HOP / SAMPLE_RATE
    assert len(first.matrices['log_mel']) == pytest.approx(BLOCK * HOP / 160, abs=4)


def test_one_microphone_tells_no_direction(sound):
    for result in extract(sound[:, :1])[0] + extract(sound)[0]:
        assert math.isnan(result.utterance.azimuth)
        assert math.isnan(result.utterance.azimuth_certainty)


@settings(max_examples=5, deadline=None)
@given(size=st.integers(16, 16000))
def test_frame_size_changes_no_bit(sound, size):
    expected, _ = extract(sound, array=circle())
    found, _ = extract(sound, size, circle())
    assert [result.utterance for result in found] == [result.utterance for result in expected]
    for one, other in zip(found, expected):
        assert np.array_equal(one.matrices['log_mel'], other.matrices['log_mel'])


def test_what_is_described_is_the_voice_without_the_noise(sound):
    clean = np.concatenate([np.zeros(SAMPLE_RATE, np.int16), read_clip(CLIPS[0])])
    hiss = np.random.default_rng(1).normal(0, 1000, len(clean))
    noisy = to_int16(plane_wave(clean, AZIMUTHS[0]) + plane_wave(hiss, 0.8))
    array, _ = extract(noisy, array=circle())
    alone, _ = extract(noisy[:, :1])

    def distance(result):
        utterance = result.utterance
        count = utterance.duration * SAMPLE_RATE // 10**9 - HOP
        plain = LogMel()
        plain.push(clean[utterance.first_sample:][:count])
        values = result.matrices['log_mel']
        rows = min(len(values), len(plain.values()))
        return np.abs(values[:rows] - plain.values()[:rows]).mean()

    assert distance(array[0]) < 0.7 * distance(alone[0])


def test_dead_channel_is_known(sound):
    broken = sound.copy()
    broken[:, 2] = 0
    found, extractor = extract(broken, array=MicrophoneArray.select(CIRCLE, [3, 4, 5, 6]))
    assert extractor.dead_channels == (5,)
    assert [result.utterance.azimuth for result in found] == [
        pytest.approx(azimuth, abs=math.radians(5)) for azimuth in AZIMUTHS]


@pytest.fixture
def classify(monkeypatch):
    """A function that runs `emotion-ros classify` and returns the exit code."""
    def run(*arguments):
        monkeypatch.setattr('sys.argv', ['emotion-ros', 'classify', *map(str, arguments)])
        return main()
    return run


def test_command_hears_the_microphones_of_a_file(classify, six_channels, expected, capsys):
    assert classify('--json', '--array', ','.join(map(str, CIRCLE)),
                    '--array-channels', '1,2,3,4', six_channels) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(entry['utterance'], entry['probabilities'], np.float32(entry['azimuth']))
            for entry in found] == [(number, probabilities, azimuth) for number, _, _,
                                    probabilities, azimuth, _ in expected]


@pytest.mark.parametrize('options, told', [
    (['--csv'], lambda line, azimuth: np.float32(line.split(',')[11]) == azimuth),
    ([], lambda line, azimuth: line.endswith(f' {round(math.degrees(azimuth)):+d} deg')),
], ids=['csv', 'table'])
def test_command_tells_the_direction(classify, six_channels, expected, options, told, capsys):
    assert classify(*options, '--array', ','.join(map(str, CIRCLE)),
                    '--array-channels', '1,2,3,4', six_channels) == 0
    lines = capsys.readouterr().out.rstrip().splitlines()
    azimuths = [azimuth for _, final, _, _, azimuth, _ in expected if final]
    for line, azimuth in zip(lines[-len(azimuths):], azimuths, strict=True):
        assert told(line, azimuth)


@pytest.mark.parametrize('arguments, reason', [
    (['--array', '0,0'], 'got 2 numbers'),
    (['--array', 'respeaker'], 'uma_8'),
    (['--array', '1,2'], '--array must be x, y and z of each of 2 to 64 microphones'),
    (['--array', '0,0,0,1,0,0', '--array-channels', '0,0'],
     '--array-channels must be 2 different channels'),
    (['--array', '1,2,x'], "--array must be numbers separated by commas, got '1,2,x'"),
    (['--array-channels', '1'], '--array-channels needs --array'),
    (['--array', 'respeaker_4_mic'], 'channels is 6, the array has 4 microphones'),
])
def test_wrong_options_are_one_line(classify, six_channels, arguments, reason, capsys):
    assert classify(*arguments, six_channels) == 1
    error = capsys.readouterr().err
    assert reason in error and error.count('\n') == 1


def test_bag_is_annotated_as_it_was_heard(six_channels, expected, tmp_path):
    pytest.importorskip('rosbags', reason='rosbags is not installed: requirements-tools.txt')
    from emotion_ros.bags.annotate import annotate
    from emotion_ros.bags.audio_topic import decode
    from emotion_ros.bags.reader import open_bag
    from synthetic_bags import audio, write_bag
    bag = write_bag(tmp_path / 'bag', {'/audio': audio(six_channels, channel='all')})
    annotate(bag, tmp_path / 'out', EmotionClassifier(find_model()),
             array=MicrophoneArray.select(CIRCLE, CHANNELS))
    with open_bag(tmp_path / 'out') as annotated:
        heard = {connection.topic: [] for connection in annotated.connections}
        for connection, _, data in annotated.messages():
            heard[connection.topic].append(decode(connection, data))
    assert [message_facts(message) for message in heard['/emotion']] == expected
    check_directions(heard['/voice_direction'], heard['/emotion'])


def message_facts(message):
    return (message.utterance, message.final, nanoseconds(message.duration),
            list(message.probabilities), np.float32(message.azimuth),
            np.float32(message.azimuth_certainty))


def check_directions(directions, emotions):
    for emotion, direction in zip(emotions, directions, strict=True):
        assert direction.header == emotion.header
        turn = direction.pose.orientation
        assert 2 * math.atan2(turn.z, turn.w) == pytest.approx(emotion.azimuth, abs=1e-6)


def test_nodes_publish_the_direction(six_channels, expected):
    with Listener() as listener:
        emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
        directions = listener.subscribe(PoseStamped, 'voice_direction', qos.RESULTS)
        listener.subscribe(AudioFrame, 'audio', qos.AUDIO)   # the last, the file waits for it
        with Executable('emotion_pipeline', file=six_channels, channel='all', array=CIRCLE,
                        array_channels=CHANNELS, frame_id='head', speed=4.0,
                        wait_matching_subscriptions=2):
            wait_until(lambda: len(emotions) == len(directions) == len(expected))
    assert [message_facts(message) for message in emotions] == expected
    assert {direction.header.frame_id for direction in directions} == {'head'}
    check_directions(directions, emotions)


def test_dead_channel_is_told(sound, tmp_path):
    broken = sound.copy()
    broken[:, 2] = 0
    soundfile.write(tmp_path / 'broken.wav', broken, SAMPLE_RATE)
    with Listener() as listener:
        said = listener.subscribe(DiagnosticArray, '/diagnostics', 10)
        with Executable('emotion_pipeline', file=tmp_path / 'broken.wav', channel='all',
                        array=CIRCLE, speed=4.0) as node:
            node.wait_for('dead channels of the array, ignored: 2')
            wait_until(lambda: any('dead channels of the array, ignored: 2' in status.message
                                   for message in said for status in message.status))


@pytest.mark.parametrize('parameters, reason', [
    ({'array': [0.1, 0.0]}, 'parameter array must be x, y and z of each'),
    ({'array': CIRCLE, 'array_channels': [1, 2]}, 'parameter array_channels must be 4 different'),
    ({'array_channels': [1, 2]}, 'parameter array_channels needs the parameter array'),
    ({'array': 'uma'}, "got 'uma'"),
])
def test_wrong_array_is_one_line_at_the_start(parameters, reason):
    assert reason in refusal('feature_extractor', **parameters)
