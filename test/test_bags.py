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

"""Bags are annotated without ROS, and nothing that was in them is lost."""

import json
import os
from pathlib import Path
import re
import resource
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from hypothesis import example, given, settings, strategies as st
import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Reader, StoragePlugin
from ruamel.yaml import YAML
import soundfile

from commands import refused, run, run_alone
from conftest import CLIPS
from emotion_ros.audio.file_source import FileSource
from emotion_ros.bags import STORAGES, types
from emotion_ros.bags.annotate import annotate
from emotion_ros.bags.audio_topic import FRAMES, MALFORMED
from emotion_ros.bags.reader import open_bag
from emotion_ros.bags.rosbags_faults import BagWriter
from emotion_ros.enrollment.utterances import utterances_of_bag
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline.pipeline import classify_file
from synthetic_bags import BEGIN, audio, message, write_bag

STRING = 'std_msgs/msg/String'
QOS = Qos(QosHistory.KEEP_LAST, 7, QosReliability.BEST_EFFORT, QosDurability.VOLATILE,
          QosTime(1, 2), QosTime(3, 4), QosLiveliness.AUTOMATIC, QosTime(5, 6), False)
CHATTER = STRING, [(BEGIN + number * 10**8, message(STRING, data=f'word {number}'))
                   for number in range(20)]


@pytest.fixture(scope='module')
def classifier():
    return EmotionClassifier(find_model())


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    """Two words by one person: a sound file."""
    samples, rate = soundfile.read(CLIPS[0], dtype='int16')
    path = tmp_path_factory.mktemp('clip') / 'clip.wav'
    soundfile.write(path, np.concatenate([samples, np.zeros(rate, np.int16), samples]), rate)
    return path


@pytest.fixture(scope='module')
def expected(clip, classifier):
    """What is heard in it: see answers."""
    return [(emotion.emotion, emotion.probabilities.tolist(), np.float32(emotion.confidence),
             utterance.stamp, utterance.duration, utterance.number, utterance.final)
            for utterance, emotion in classify_file(clip, classifier)]


def contents(path):
    """All messages of a bag: {topic: [(bag time, bytes)]}."""
    found = {}
    with Reader(path) as reader:
        for connection, at, data in reader.messages():
            found.setdefault(connection.topic, []).append((at, bytes(data)))
    return found


def answers(path, topic='/emotion'):
    """Results of a bag: what must be the same wherever they come from."""
    store = types.store_of(types.EMOTION_STAMPED)
    found = []
    for _, data in contents(path).get(topic, []):
        result = store.deserialize_cdr(data, types.EMOTION_STAMPED)
        at = result.header.stamp.sec * 10**9 + result.header.stamp.nanosec - BEGIN
        length = result.duration.sec * 10**9 + result.duration.nanosec
        found.append((result.emotion, result.probabilities.tolist(), np.float32(result.confidence),
                      at, length, result.utterance, result.final))
    return found


def described(path):
    """What a bag says of its topics: {topic: type, definition, hash, QoS}."""
    with Reader(path) as reader:
        return {connection.topic: (connection.msgtype, connection.msgdef, connection.digest,
                                   connection.ext) for connection in reader.connections}


@pytest.fixture(scope='module', params=STORAGES)
def bag(request, clip, tmp_path_factory):
    """A bag with sound and something else."""
    return write_bag(tmp_path_factory.mktemp('bag') / 'talk',
                     {'/chatter': CHATTER, '/audio': audio(clip)}, storage=request.param,
                     qos=[QOS])


def test_results_are_those_of_the_sound_file(bag, expected, classifier, tmp_path):
    summary, = annotate(bag, tmp_path / 'out', classifier)
    assert answers(tmp_path / 'out') == expected
    assert (summary.topic, summary.results_topic, summary.utterances, summary.interim,
            summary.warnings) == ('/audio', '/emotion', 2, 0, [])


def test_utterances_are_cut_as_asked(bag, tmp_path):
    code, _, err = run('annotate', bag, tmp_path / 'out', '--max-utterance-duration', '1')
    assert code == 0, err
    found = answers(tmp_path / 'out')
    assert len(found) > 2 and all(length <= 10**9 for _, _, _, _, length, _, _ in found)
    code, out, _ = run('plot', bag, '-o', tmp_path / 'plot.png', '--max-utterance-duration', '1')
    assert code == 0 and f'utterances: {len(found)} in' in out
    assert '--post-roll must be 0 to 1, got 2.0' in refused(
        'plot', bag, '-o', tmp_path / 'plot.png', '--post-roll', '2')
    assert '--post-roll must be at most hang-over, 0.48 s, got 0.9 s' in refused(
        'plot', bag, '-o', tmp_path / 'plot.png', '--post-roll', '0.9')


def test_what_the_robot_says_itself_is_not_answered(clip, expected, classifier, tmp_path):
    words = [(BEGIN + round(at * 1e9), message(types.BOOL, data=data))
             for at, data in ((0.0, True), (2.0, False))]
    bag = write_bag(tmp_path / 'talk', {
        '/audio': audio(clip), '/robot_speaking': (types.BOOL, words)})
    annotate(bag, tmp_path / 'out', classifier)
    *_, last = expected
    [(_, _, _, start, length, _, _)] = answers(tmp_path / 'out')
    # The detector of voices remembers nothing from before, so that a border may move by a chunk.
    assert (start, length) == pytest.approx(last[3:5], abs=0.033 * 10**9)
    emotion = classifier.description.labels[0]
    with pytest.raises(EmotionError, match="^labels utterance 1: emotion must be .* got 'joy'$"):
        utterances_of_bag(bag, {1: 'joy'}, classifier)
    [entry] = utterances_of_bag(bag, {1: emotion}, classifier)   # numbered as annotate does
    start = entry.features.utterance.stamp - BEGIN
    assert [(start, 1)] == [(answer[3], answer[5]) for answer in answers(tmp_path / 'out')
                            if answer[6]]


def test_all_that_was_in_the_bag_stays_as_it_was(bag, classifier, tmp_path):
    annotate(bag, tmp_path / 'out', classifier)
    before, after = contents(bag), contents(tmp_path / 'out')
    assert after.pop('/emotion')
    assert after == before
    was, now = described(bag), described(tmp_path / 'out')
    assert now.pop('/emotion')[0] == types.EMOTION_STAMPED
    assert now == was
    assert now['/chatter'][3].offered_qos_profiles == [QOS]


def test_results_come_when_the_silence_has_ended_the_utterance(bag, classifier, tmp_path):
    annotate(bag, tmp_path / 'out', classifier)
    with Reader(tmp_path / 'out') as reader:
        order = [(at, connection.topic) for connection, at, _ in reader.messages()]
    assert order == sorted(order, key=lambda entry: entry[0])
    for (at, _), (*_, stamp, duration, _, _) in zip(
            contents(tmp_path / 'out')['/emotion'], answers(tmp_path / 'out')):
        assert 0.3e9 < at - (BEGIN + stamp + duration) < 0.6e9
        assert (at, '/audio') in order
        assert order.index((at, '/audio')) < order.index((at, '/emotion'))


def test_annotated_bag_is_whole_for_other_readers(bag, classifier, tmp_path):
    annotate(bag, tmp_path / 'out', classifier, features=True)
    with AnyReader([tmp_path / 'out']) as reader:   # compares every hash with its definition
        found = {connection.topic for connection in reader.connections}
        count = sum(1 for _ in reader.messages())
        assert count == reader.message_count
    assert found == {'/audio', '/chatter', '/emotion', '/voice_features'}
    metadata = YAML(typ='safe').load(tmp_path / 'out' / 'metadata.yaml')
    information = metadata['rosbag2_bagfile_information']
    assert information['version'] == 8
    file, = information['relative_file_paths']
    assert {path.name for path in (tmp_path / 'out').iterdir()} == {file, 'metadata.yaml'}
    assert file.startswith('out.')
    assert information['message_count'] == count


def test_definition_has_the_comments_and_the_hash_of_ros(bag, classifier, tmp_path):
    annotate(bag, tmp_path / 'out', classifier)
    _, definition, digest, _ = described(tmp_path / 'out')['/emotion']
    assert '# Calibrated probability of each label' in definition.data
    assert 'MSG: builtin_interfaces/Duration\n' in definition.data
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
    made = [path for prefix in prefixes
            for path in Path(prefix).glob('share/emotion_ros/msg/EmotionStamped.json')]
    if not made:
        pytest.skip('the messages are not built')
    hashes = {entry['type_name']: entry['hash_string']
              for entry in json.loads(made[0].read_text())['type_hashes']}
    assert digest == hashes[types.EMOTION_STAMPED]


def test_features_are_added_where_they_are_wanted(bag, classifier, tmp_path):
    annotate(bag, tmp_path / 'out', classifier, features=True)
    store = types.store_of(types.VOICE_FEATURES)
    found = contents(tmp_path / 'out')
    features = [(at, store.deserialize_cdr(data, types.VOICE_FEATURES))
                for at, data in found['/voice_features']]
    assert [at for at, message in features if not message.paused] == [
        at for at, _ in found['/emotion']]
    assert sum(message.paused for _, message in features) >= sum(
        message.final for _, message in features)
    for _, message in features:
        assert [block.name for block in message.features] == classifier.description.features
        for block in message.features:
            assert block.frames * block.dimensions == len(block.values)
        assert message.header.frame_id == 'ear'


def test_command_prints_what_it_did(bag, expected, tmp_path):
    code, out, err = run_alone('annotate', bag, tmp_path / 'out')
    assert (code, out, err) == (0, '/audio -> /emotion: utterances: 2, interim results: 0\n', '')
    assert answers(tmp_path / 'out') == expected


@pytest.mark.parametrize('storage', STORAGES)
def test_storage_is_that_of_the_bag_or_the_one_that_is_named(
        bag, storage, expected, classifier, tmp_path):
    annotate(bag, tmp_path / 'same', classifier)
    annotate(bag, tmp_path / 'named', classifier, storage=storage)
    extension = {'mcap': '.mcap', 'sqlite3': '.db3'}
    own = next(path.suffix for path in bag.iterdir() if path.suffix in extension.values())
    assert (tmp_path / 'same' / f'same{own}').is_file()
    assert (tmp_path / 'named' / f'named{extension[storage]}').is_file()
    assert answers(tmp_path / 'named') == expected
    assert contents(tmp_path / 'named')['/chatter'] == CHATTER[1]
    assert described(tmp_path / 'named')['/chatter'] == described(bag)['/chatter']


def test_single_file_of_a_bag_will_do(bag, expected, classifier, tmp_path):
    file, = [path for path in bag.iterdir() if path.suffix != '.yaml']
    annotate(file, tmp_path / 'out', classifier)
    assert answers(tmp_path / 'out') == expected
    assert contents(tmp_path / 'out')['/chatter'] == CHATTER[1]
    was, now = described(bag), described(tmp_path / 'out')
    assert {topic: now[topic] for topic in was} == was


@pytest.mark.parametrize('mode', [CompressionMode.FILE, CompressionMode.MESSAGE])
@pytest.mark.parametrize('storage', STORAGES)
def test_compressed_bag_stays_compressed(clip, mode, storage, expected, classifier, tmp_path):
    packed = write_bag(tmp_path / 'packed', {'/chatter': CHATTER, '/audio': audio(clip)},
                       storage=storage, compression=(mode, CompressionFormat.ZSTD))
    annotate(packed, tmp_path / 'out', classifier)
    assert answers(tmp_path / 'out') == expected
    with Reader(tmp_path / 'out') as reader:
        assert reader.compression_mode == mode.name.lower()


def test_bag_in_several_files_is_one(clip, expected, classifier, tmp_path):
    name, messages = audio(clip)
    middle = len(messages) // 2
    whole = write_bag(tmp_path / 'a', {'/audio': (name, messages[:middle])})
    write_bag(tmp_path / 'b', {'/audio': (name, messages[middle:])})
    (tmp_path / 'b' / 'b.mcap').rename(whole / 'b.mcap')
    metadata = (whole / 'metadata.yaml').read_text().replace(
        'relative_file_paths:\n  - a.mcap', 'relative_file_paths:\n  - a.mcap\n  - b.mcap'
    ).replace(f'message_count: {middle}', f'message_count: {len(messages)}')
    (whole / 'metadata.yaml').write_text(metadata)
    annotate(whole, tmp_path / 'out', classifier)
    assert answers(tmp_path / 'out') == expected
    assert contents(tmp_path / 'out')['/audio'] == messages


def test_notes_in_a_bag_are_kept(bag, classifier, tmp_path):
    noted = shutil.copytree(bag, tmp_path / 'noted')
    metadata = noted / 'metadata.yaml'
    metadata.write_text(metadata.read_text().replace(
        'custom_data: null', 'custom_data: {place: kitchen}'))
    annotate(noted, tmp_path / 'out', classifier)
    assert 'place: kitchen' in (tmp_path / 'out' / 'metadata.yaml').read_text()


def test_every_audio_topic_has_its_own_results(clip, expected, classifier, tmp_path):
    sound = audio(clip)
    both = write_bag(tmp_path / 'bag', {'/left/audio': sound, '/right/ear/sound': sound})
    summaries = annotate(both, tmp_path / 'out', classifier)
    assert [summary.results_topic for summary in summaries] == [
        '/left/emotion', '/right/ear/emotion']
    assert answers(tmp_path / 'out', '/left/emotion') == expected
    assert answers(tmp_path / 'out', '/right/ear/emotion') == expected
    annotate(both, tmp_path / 'one', classifier, topics=['/left/audio'])
    assert set(contents(tmp_path / 'one')) == {'/left/audio', '/left/emotion', '/right/ear/sound'}


def test_two_topics_with_the_same_results_topic_are_refused(clip, tmp_path):
    sound = audio(clip)
    both = write_bag(tmp_path / 'bag', {'/near': sound, '/far': sound})
    line = refused('annotate', both, tmp_path / 'out')
    assert "--topic must be one of '/near' and '/far', which would both have" in line
    assert not (tmp_path / 'out').exists()
    assert run('annotate', both, tmp_path / 'out', '--topic', '/far')[0] == 0
    assert "--topic must be one of /near, /far, got '/no'" in refused(
        'annotate', both, tmp_path / 'new', '--topic', '/no')


def test_a_topic_without_results_takes_those_of_the_audio(clip, expected, classifier, tmp_path):
    empty = write_bag(tmp_path / 'bag', {
        '/audio': audio(clip), '/emotion': (types.EMOTION_STAMPED, [])})
    annotate(empty, tmp_path / 'out', classifier)
    assert answers(tmp_path / 'out', '/emotion') == expected


def test_results_in_the_bag_are_replaced_only_when_asked(bag, expected, classifier, tmp_path):
    annotate(bag, tmp_path / 'once', classifier, topics=['/audio'])
    line = refused('annotate', tmp_path / 'once', tmp_path / 'twice')
    assert "--replace is needed: topic '/emotion' is already in the bag" in line
    assert not (tmp_path / 'twice').exists()
    annotate(tmp_path / 'once', tmp_path / 'twice', classifier, replace=True)
    assert answers(tmp_path / 'twice') == expected
    assert contents(tmp_path / 'twice') == contents(tmp_path / 'once')


def test_old_features_and_directions_are_dropped_with_their_results(clip, classifier, tmp_path):
    pose = message(types.POSE_STAMPED, header={'stamp': BEGIN, 'frame_id': 'ear'}, pose={
        'position': {'x': 0.0, 'y': 0.0, 'z': 0.0},
        'orientation': {'x': 0.0, 'y': 0.0, 'z': 0.0, 'w': 1.0}})
    bag = write_bag(tmp_path / 'bag', {
        '/audio': audio(clip), '/voice_direction': (types.POSE_STAMPED, [(BEGIN, pose)]),
        '/left/voice_features': CHATTER, '/left/audio': audio(clip)})
    annotate(bag, tmp_path / 'once', classifier, topics=['/audio'], features=True)
    assert {'/voice_features', '/voice_direction'} < set(contents(tmp_path / 'once'))
    annotate(tmp_path / 'once', tmp_path / 'twice', classifier, replace=True)
    assert set(contents(tmp_path / 'twice')) == {
        '/audio', '/emotion', '/left/audio', '/left/emotion', '/left/voice_features'}


def test_topic_of_another_type_is_not_replaced(clip, tmp_path):
    taken = write_bag(tmp_path / 'bag', {'/audio': audio(clip), '/emotion': CHATTER})
    line = refused('annotate', taken, tmp_path / 'out', '--replace')
    assert "'/emotion' of the bag is of std_msgs/msg/String" in line


def test_existing_output_is_refused_and_left_alone(bag, tmp_path):
    folder, file = tmp_path / 'folder', tmp_path / 'file'
    folder.mkdir()
    file.write_text('mine')
    for output in (folder, file):
        assert 'already exists' in refused('annotate', bag, output)
    assert list(folder.iterdir()) == []
    assert file.read_text() == 'mine'
    assert 'BAG_OUT must be a folder' in refused('annotate', bag, tmp_path / 'out.mcap')
    assert 'cannot be written to' in refused('annotate', bag, file / 'out')
    assert 'must not be in the bag itself' in refused('annotate', bag, bag / 'out')
    assert not (bag / 'out').exists()


@pytest.mark.parametrize('number, code', [
    (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_nothing_is_left_after_a_signal(clip, tmp_path, number, code):
    name, messages = audio(clip)
    step = messages[-1][0] - messages[0][0] + 10**9
    lengthy = write_bag(tmp_path / 'bag', {'/audio': (name, [
        (at + round_ * step, data) for round_ in range(100) for at, data in messages])})
    process = subprocess.Popen(
        ['emotion-ros', 'annotate', str(lengthy), str(tmp_path / 'out')],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob('.out.*/new/out/*')):
        assert process.poll() is None and time.monotonic() < deadline, process.stdout.read()
        time.sleep(0.01)
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    assert (process.returncode, output) == (code, '')
    assert [path.name for path in tmp_path.iterdir()] == ['bag']


@pytest.mark.parametrize('storage', STORAGES)
def test_full_disk_is_one_line(bag, storage, tmp_path):
    # Coverage, if it is measured, could not be written either.
    env = {name: value for name, value in os.environ.items() if not name.startswith('COVERAGE')}
    done = subprocess.run(
        ['emotion-ros', 'annotate', bag, tmp_path / 'out', '--storage', storage], env=env,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
        capture_output=True, text=True)
    assert done.returncode == 1
    line, = done.stderr.splitlines()
    assert line.startswith('emotion-ros: BAG_OUT')
    assert list(tmp_path.iterdir()) == []


def test_malformed_messages_are_counted_and_change_no_result(clip, expected, tmp_path):
    name, messages = audio(clip)
    store = types.store_of(name)
    wrong = store.deserialize_cdr(messages[0][1], name)
    wrong.sample_rate = 1
    hostile = [b'', b'\x00', messages[5][1][:50], b'\xff' * 100, messages[5][1][:-7],
               bytes(store.serialize_cdr(wrong, name)),
               messages[0][1][:16] + b'\xff\xff\xff\x7f' + messages[0][1][20:]]
    mixed = [entry for number, (at, data) in enumerate(messages)
             for entry in [(at, data), *((at, bad) for bad in hostile[number - 20:number - 19]
                                         if number >= 20)]]
    broken = write_bag(tmp_path / 'bag', {'/audio': (name, mixed)}, storage='sqlite3')
    code, out, err = run('annotate', broken, tmp_path / 'out')
    assert (code, err) == (0, '')
    assert f'messages malformed: {len(hostile)} (it is not a valid {name}: ' in out
    assert answers(tmp_path / 'out') == expected
    assert [data for _, data in contents(tmp_path / 'out')['/audio']] == [
        data for _, data in mixed]


def test_lost_sound_and_a_cut_end_are_said(clip, tmp_path):
    name, messages = audio(clip)
    spoken = write_bag(tmp_path / 'bag', {'/audio': (name, messages[:20] + messages[25:45])})
    code, out, _ = run('annotate', spoken, tmp_path / 'out')
    assert code == 0
    assert 'gaps: sound was lost: 1' in out
    assert 'the recording ends during an utterance, which is left out' in out


def test_type_of_another_definition_is_refused(clip, tmp_path):
    foreign = write_bag(tmp_path / 'bag', {'/audio': audio(clip)})
    metadata = foreign / 'metadata.yaml'
    metadata.write_text(re.sub('RIHS01_[0-9a-f]{8}', 'RIHS01_00000000', metadata.read_text()))
    line = refused('annotate', foreign, tmp_path / 'out')
    assert "topic '/audio': emotion_ros/msg/AudioFrame has another definition" in line


def without_definitions(path):
    """Make a bag as Humble writes it, which brings no definitions along."""
    database, = path.glob('*.db3')
    with sqlite3.connect(database) as connection:
        connection.executescript(
            'DROP TABLE message_definitions; DROP TABLE metadata; DROP TABLE schema;'
            'ALTER TABLE topics DROP COLUMN type_description_hash;')
    connection.close()
    yaml = YAML(typ='safe')
    metadata = yaml.load(path / 'metadata.yaml')
    information = metadata['rosbag2_bagfile_information']
    information['version'] = 5
    for key in ('custom_data', 'ros_distro'):
        del information[key]
    for topic in information['topics_with_message_count']:
        del topic['topic_metadata']['type_description_hash']
        topic['topic_metadata']['offered_qos_profiles'] = ''
    yaml.dump(metadata, path / 'metadata.yaml')
    return path


def test_bag_without_definitions_gets_them(clip, expected, classifier, tmp_path):
    topics = {'/chatter': CHATTER, '/audio': audio(clip)}
    full = write_bag(tmp_path / 'full', topics)
    old = without_definitions(write_bag(tmp_path / 'old', topics, storage='sqlite3'))
    annotate(old, tmp_path / 'out', classifier)
    assert answers(tmp_path / 'out') == expected
    now = described(tmp_path / 'out')
    for topic, (name, definition, digest, _) in described(full).items():
        assert now[topic][:3] == (name, definition, digest)


def test_messages_of_an_unknown_type_are_copied(clip, tmp_path):
    old = without_definitions(write_bag(
        tmp_path / 'old', {'/chatter': CHATTER, '/audio': audio(clip)}, storage='sqlite3'))
    database, = old.glob('*.db3')
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE topics SET type = 'my_msgs/msg/Mine' WHERE name = '/chatter'")
    connection.close()
    metadata = old / 'metadata.yaml'
    metadata.write_text(metadata.read_text().replace(STRING, 'my_msgs/msg/Mine'))
    code, _, err = run_alone('annotate', old, tmp_path / 'out')
    assert code == 0
    assert err == ("topic '/chatter': the bag has no definition of my_msgs/msg/Mine; its messages "
                   'are copied without one\n')
    assert contents(tmp_path / 'out')['/chatter'] == CHATTER[1]
    with AnyReader([tmp_path / 'out']) as reader:
        assert {connection.msgtype for connection in reader.connections} >= {'my_msgs/msg/Mine'}


def audio_common(clip, name, *, channels=1, rate=None):
    """Make messages of audio_common_msgs that hold a clip, for write_bag."""
    found = []
    for frame in FileSource(clip).frames(stamp=BEGIN):
        samples = np.repeat(frame.samples, channels, axis=1).ravel()
        header = {'stamp': frame.stamp, 'frame_id': 'mic'}
        if name in (types.AUDIO_STAMPED, types.AUDIO):
            sound = {'audio_data': {
                **{f'{kind}_data': np.zeros(0, kind) for kind in (
                    'float32', 'int32', 'int8', 'uint8')}, 'int16_data': samples},
                'info': {'format': 8, 'channels': channels, 'rate': 16000, 'chunk': 512}}
            fields = {'header': header, 'audio': sound} if name == types.AUDIO_STAMPED else sound
        else:
            sound = {'data': samples.view(np.uint8)}
            fields = ({'header': header, 'audio': sound} if name == types.AUDIO_DATA_STAMPED
                      else sound)
        found.append((frame.stamp, message(name, **fields)))
    return name, found


def audio_info(at=BEGIN, *, coding_format='wave', channels=1):
    return types.AUDIO_INFO, [(at, message(
        types.AUDIO_INFO, channels=channels, sample_rate=16000, sample_format='S16LE', bitrate=256,
        coding_format=coding_format))]


@pytest.mark.parametrize('storage', STORAGES)
def test_audio_common_of_mgonzs13_is_heard(clip, storage, expected, classifier, tmp_path):
    bag = write_bag(tmp_path / 'bag', {'/mic/audio': audio_common(clip, types.AUDIO_STAMPED)},
                    storage=storage)
    annotate(bag, tmp_path / 'out', classifier)
    assert answers(tmp_path / 'out', '/mic/emotion') == expected


def test_raw_audio_of_foxglove_is_heard(clip, expected, classifier, tmp_path):
    messages = [(frame.stamp, message(
        types.RAW_AUDIO, timestamp=frame.stamp, data=frame.samples.ravel().view(np.uint8),
        format='pcm-s16', sample_rate=16000, number_of_channels=1))
        for frame in FileSource(clip).frames(stamp=BEGIN)]
    bag = write_bag(tmp_path / 'bag', {'/mic/audio': (types.RAW_AUDIO, messages)})
    annotate(bag, tmp_path / 'out', classifier)
    assert answers(tmp_path / 'out', '/mic/emotion') == expected


@pytest.mark.parametrize('at', [BEGIN, BEGIN + 2 * 10**9], ids=['first', 'late'])
def test_audio_common_of_ros_drivers_is_heard(clip, at, expected, classifier, tmp_path):
    bag = write_bag(tmp_path / 'bag', {
        '/audio': audio_common(clip, types.AUDIO_DATA),
        '/audio_stamped': audio_common(clip, types.AUDIO_DATA_STAMPED),
        '/audio_info': audio_info(at)})
    summary, = annotate(bag, tmp_path / 'out', classifier)   # identical audio is labeled heard once
    assert summary.topic == '/audio_stamped'
    assert answers(tmp_path / 'out') == expected


@pytest.mark.parametrize('name', [types.AUDIO_DATA, types.AUDIO])
def test_sound_without_stamps_has_those_of_the_bag(clip, name, expected, classifier, tmp_path):
    bag = write_bag(tmp_path / 'bag', {
        '/audio': audio_common(clip, name), '/audio_info': audio_info()})
    annotate(bag, tmp_path / 'out', classifier)
    assert answers(tmp_path / 'out') == expected


def test_audio_common_of_humble_is_heard(clip, expected, classifier, tmp_path):
    for number, topics in enumerate([
            {'/audio': audio_common(clip, types.AUDIO_STAMPED)},
            {'/audio': audio_common(clip, types.AUDIO_DATA_STAMPED), '/audio_info': audio_info()}]):
        bag = without_definitions(write_bag(tmp_path / f'bag{number}', topics, storage='sqlite3'))
        annotate(bag, tmp_path / f'out{number}', classifier)
        assert answers(tmp_path / f'out{number}') == expected


@pytest.mark.parametrize('info, reason', [
    ({}, 'AudioDataStamped does not state its format, and its namespace has no topic of '),
    ({'/audio_info': audio_info(coding_format='mp3')}, "coding_format must be wave, got 'mp3'"),
    ({'/audio_info': (types.AUDIO_INFO, [])}, 'there are no messages'),
    ({'/audio_info': audio_info(channels=0)}, "'/audio': channels must be 1 to 64, got 0"),
], ids=['no info', 'mp3', 'empty', 'channels'])
def test_sound_that_cannot_be_read_is_refused(clip, info, reason, tmp_path):
    bag = write_bag(tmp_path / 'bag', {
        '/audio': audio_common(clip, types.AUDIO_DATA_STAMPED), **info})
    assert reason in refused('annotate', bag, tmp_path / 'out')
    assert [path.name for path in tmp_path.iterdir()] == ['bag']


def test_bag_without_sound_tells_what_it_has(tmp_path):
    silent = write_bag(tmp_path / 'bag', {'/chatter': CHATTER})
    line = refused('annotate', silent, tmp_path / 'out')
    assert 'it has /chatter (std_msgs/msg/String)' in line
    assert 'emotion_ros/msg/AudioFrame' in line
    many = write_bag(tmp_path / 'many', {f'/chatter{number}': CHATTER for number in range(30)})
    assert 'and 10 more' in refused('annotate', many, tmp_path / 'out')
    strange = write_bag(tmp_path / 'strange', {
        '/a\x1b[2J\nb': CHATTER, '/\x1b/audio': (types.AUDIO_FRAME, [])}, storage='sqlite3')
    line = refused('annotate', strange, tmp_path / 'out')
    assert line.isprintable()
    assert 'std_msgs/msg/String' in line
    empty = write_bag(tmp_path / 'empty', {})
    assert 'it has no topic at all' in refused('annotate', empty, tmp_path / 'out')
    mute = write_bag(tmp_path / 'mute', {'/audio': (types.AUDIO_FRAME, [])})
    assert "'/audio': no message" in refused('annotate', mute, tmp_path / 'out')


def test_what_is_no_bag_is_one_line(bag, tmp_path):
    content, = [path for path in bag.iterdir() if path.suffix != '.yaml']
    (tmp_path / 'empty').mkdir()
    wrecks = {'nothing': 'there is no such file', 'empty': 'metadata.yaml: there is no such file'}

    def wreck(name, data):
        (tmp_path / name).write_bytes(data)
        wrecks[name] = ''
    data = content.read_bytes()
    for length in (0, 1, 8, 30, 100, len(data) // 2, len(data) - 5000):
        wreck(f'cut{length}{content.suffix}', data[:length])
    wreck('random.mcap', os.urandom(10_000))
    wreck('random.db3', os.urandom(10_000))
    wreck('sound.wav', b'RIFF')
    wrecks['sound.wav'] = 'a file that ends in .db3 or .mcap'
    for name, text in {'words': 'a word', 'list': '[1, 2]', 'broken': '{', 'bytes': '\0',
                       'absurd': 'rosbag2_bagfile_information: {version: 99}',
                       'none': 'rosbag2_bagfile_information: {version: 9, storage_identifier: x}',
                       'type': 'rosbag2_bagfile_information: 5'}.items():
        folder = shutil.copytree(bag, tmp_path / name)
        (folder / 'metadata.yaml').write_text(text)
        wrecks[name] = ''
    lost = shutil.copytree(bag, tmp_path / 'lost')
    (lost / content.name).unlink()
    wrecks['lost'] = 'missing'
    for name, reason in wrecks.items():
        with pytest.raises(EmotionError, match='cannot be read') as error:
            with open_bag(tmp_path / name) as opened:
                list(opened.messages())
        assert reason in str(error.value)
        assert '\n' not in str(error.value)
    assert 'no such file' in refused('annotate', tmp_path / 'nothing', tmp_path / 'out')


def test_a_crashed_recorder_gets_advice_that_helps(clip, tmp_path):
    folder = write_bag(tmp_path / "it's a bag", {'/audio': audio(clip)}, storage='mcap')
    file = folder / f'{folder.name}.mcap'
    file.write_bytes(file.read_bytes()[:-5000])

    def advice(path):
        code, out, err = run('annotate', path, tmp_path / 'out')
        assert (code, out, err.count('\n')) == (1, '', 1)
        return shlex.split(err[err.index('`mcap recover') + 1:err.rindex('`')])
    whole = str(file.with_suffix('.whole.mcap'))
    assert advice(folder) == advice(file) == ['mcap', 'recover', str(file), '-o', whole]
    (folder / 'metadata.yaml').unlink()   # it is written at the end
    assert advice(folder)[:2] == ['mcap', 'recover'], '`ros2 bag reindex` would fail, too'


@pytest.mark.parametrize('storage', STORAGES)
def test_a_name_may_have_any_characters(clip, storage, tmp_path):
    names = 'a#b', 'a?b', 'a%20b', 'ä b'
    bag = write_bag(tmp_path / 'talk', {'/chatter': CHATTER}, storage=storage)
    for name in names:
        file, = bag.glob(f'*.{"db3" if storage == "sqlite3" else storage}')
        folder = shutil.copytree(bag, tmp_path / name)
        described = folder / 'metadata.yaml'
        described.write_text(described.read_text().replace(file.name, f"'{name}{file.suffix}'"))
        single = (folder / file.name).rename(folder / f'{name}{file.suffix}')
        for path in (folder, single):
            with open_bag(path) as opened:
                assert len(list(opened.messages())) == 20
        with BagWriter(folder / f'{name} out', version=8,
                       storage_plugin=StoragePlugin[storage.upper()]) as writer:
            chatter = writer.add_connection('/chatter', STRING, typestore=types.store_of(STRING))
            writer.write(chatter, *CHATTER[1][0])
        with open_bag(folder / f'{name} out') as opened:
            assert len(list(opened.messages())) == 1
    assert {path.name for path in tmp_path.iterdir()} == {'talk', *names}


@pytest.mark.parametrize('storage', STORAGES)
def test_the_quality_of_service_in_metadata_may_be_edited(clip, storage, tmp_path):
    bag = write_bag(tmp_path / 'talk', {'/audio': audio(clip), '/chatter': CHATTER},
                    storage=storage, qos=[QOS])
    path = bag / 'metadata.yaml'
    path.write_text(re.sub('reliability: [a-z_0-9]+', 'reliability: reliable', path.read_text()))
    with open_bag(bag) as opened:
        assert len(list(opened.messages())) == opened.message_count
        assert opened.connections[0].ext.offered_qos_profiles[0].reliability == (
            QosReliability.RELIABLE)


def test_messages_in_a_log_beside_the_file_are_not_left_out_silently(clip, tmp_path):
    folder = write_bag(tmp_path / "it's a bag", {'/audio': audio(clip)}, storage='sqlite3')
    file = folder / f'{folder.name}.db3'
    copies = shutil.copytree(folder, tmp_path / 'crashed')
    with sqlite3.connect(file) as recorder:
        recorder.execute('PRAGMA journal_mode = WAL')
        recorder.execute('DELETE FROM messages WHERE id > 1')
        recorder.commit()
        for part in folder.glob('*.db3*'):   # as where the recorder crashes
            shutil.copy(part, copies / part.name)
    recorder.close()
    file = copies / file.name
    for path in (copies, file):
        line = refused('annotate', path, tmp_path / 'out')
        command = shlex.split(line[line.index('`sqlite3') + 1:line.rindex('`')])
        assert command == ['sqlite3', str(file), 'PRAGMA wal_checkpoint']
    with sqlite3.connect(command[1]) as connection:
        connection.execute(command[2])
    connection.close()
    with open_bag(copies) as opened:
        assert len(list(opened.messages())) == 1


@pytest.fixture(scope='module', params=STORAGES)
def small(request, clip, tmp_path_factory):
    """A bag of a few messages: its file."""
    name, messages = audio(clip)
    folder = write_bag(
        tmp_path_factory.mktemp('small') / 'small',
        {'/audio': (name, messages[:3]), '/chatter': CHATTER}, storage=request.param)
    return next(path for path in folder.iterdir() if path.suffix != '.yaml')


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=5))
@example(changes=[(0.3752855449554401, 0)])   # a topic without a type, in SQLite
def test_a_changed_file_is_read_or_refused(small, changes):
    data = bytearray(small.read_bytes())
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    changed = small.with_stem('changed')
    changed.write_bytes(data)
    try:
        with open_bag(changed) as opened:
            topic, = opened.audio_topics()
            for connection, at, found in opened.messages():
                if connection.topic == topic.name:
                    topic.to_frame(connection, at, found)
                types.definition_of(connection)
    except EmotionError as error:
        assert '\n' not in str(error)
    else:
        assert topic.counts[FRAMES] + topic.counts[MALFORMED] <= 3


@pytest.mark.parametrize('command', [
    'annotate {bag} {folder}/out', 'plot {bag} -o {folder}/a.png'])
def test_missing_package_is_one_line(bag, tmp_path, command):
    program = 'import sys; sys.modules["rosbags"] = None; sys.argv[0] = "emotion-ros"; ' \
              'from emotion_ros.cli import main; sys.exit(main())'
    words = command.format(bag=bag, folder=tmp_path).split()
    done = subprocess.run([sys.executable, '-c', program, *words], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == ('emotion-ros: this needs a package that is missing: rosbags; '
                           'install what requirements-tools.txt lists\n')


def test_other_commands_do_not_wait_for_the_libraries_of_bags():
    program = 'import sys, emotion_ros.cli; ' \
              'print([name for name in ("rosbags", "matplotlib", "tqdm") if name in sys.modules])'
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert done.stdout == '[]\n'
