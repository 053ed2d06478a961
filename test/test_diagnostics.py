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

"""What the nodes say of themselves on /diagnostics."""

import itertools
import os
from pathlib import Path
import statistics

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import pytest
import rclpy
from std_msgs.msg import String

from conftest import CLIPS
from emotion_ros.audio.file_source import FileSource
from emotion_ros.features.opensmile_live import _LIBRARY
from emotion_ros.msg import AudioFrame, EmotionStamped, VoiceFeatures
from emotion_ros.nodes import audio_capture, emotion_classifier, feature_extractor, qos
from emotion_ros.nodes.diagnostics import REMEMBERED, Counts, Delays, Level, shown
from emotion_ros.nodes.messages import frame_to_message
from emotion_ros.nodes.mood import MoodNode
from harness import OFTEN, Executable, Listener, nanoseconds, wait_until

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR

KEYS = {
    'audio_capture: state': {
        'state', 'source', 'device', 'device state', 'device rate [Hz]', *audio_capture.COUNTERS},
    'feature_extractor: state': {
        'state', 'features', 'publishers of audio', 'muted', *feature_extractor.COUNTERS,
        'results waiting', 'subscribers to voice_features', 'end of utterance to features p50 [ms]',
        'end of utterance to features p95 [ms]'},
    'emotion_classifier: state': {
        'state', 'model', 'speakers known', *emotion_classifier.COUNTERS, 'features waiting',
        'subscribers to emotion', 'features to emotion p50 [ms]', 'features to emotion p95 [ms]'},
}

COUNTERS = {
    'audio_capture: state': audio_capture.COUNTERS,
    'feature_extractor: state': feature_extractor.COUNTERS,
    'emotion_classifier: state': emotion_classifier.COUNTERS}


class Heard:
    """A listener to /diagnostics; a context manager."""

    def __enter__(self):
        self.listener = Listener().__enter__()
        self.node = self.listener.node
        self._messages = self.listener.subscribe(DiagnosticArray, '/diagnostics', 100)
        return self

    def __exit__(self, *error):
        self.listener.__exit__(*error)

    def said(self, name):
        """What a node has said: [(stamp [s], status, {key: value})]."""
        return [(nanoseconds(message.header.stamp) / 1e9, status,
                 {entry.key: entry.value for entry in status.values})
                for message in list(self._messages) for status in message.status
                if status.name == name]

    def wait_for(self, condition, *, name='feature_extractor: state', what='it'):
        """Wait for something to be said from now on; return the status and the values."""
        before = len(self.said(name))
        found = []

        def is_said():
            found[:] = [(status, values) for _, status, values in self.said(name)[before:]
                        if condition(status, values)]
            return found
        wait_until(is_said, timeout=10.0, what=what)
        return found[0]


@pytest.fixture(scope='module')
def pipeline(speech_file):
    """All that the three nodes said while two people spoke to them: {name: list}, see Heard."""
    with Heard() as heard, Executable(
            'emotion_pipeline', file=speech_file, speed=2.0,
            wait_matching_subscriptions=2) as running:
        running.wait_for('ready')
        wait_until(lambda: heard.said('audio_capture: state'), what='the first word')
        heard.listener.subscribe(AudioFrame, 'audio', qos.AUDIO)   # now the file starts
        running.wait_for('end of')
        heard.wait_for(lambda status, values: values['emotions published'] == '2',
                       name='emotion_classifier: state', what='two emotions')
        for name in KEYS:
            heard.wait_for(lambda *_: True, name=name, what='its last word')
        return {name: heard.said(name) for name in KEYS}


@pytest.mark.parametrize('name', KEYS)
def test_a_node_speaks_once_a_second(pipeline, name):
    stamps = [stamp for stamp, _, _ in pipeline[name]]
    assert len(stamps) >= 5
    # A busy computer delays some.
    assert 0.8 < statistics.median(b - a for a, b in itertools.pairwise(stamps)) < 1.2


@pytest.mark.parametrize('name', KEYS)
def test_a_node_says_the_same_keys_each_time(pipeline, name):
    for _, status, values in pipeline[name]:
        assert set(values) == KEYS[name]
        assert len(status.values) == len(values), 'a key is there twice'
        assert status.hardware_id


@pytest.mark.parametrize('name', KEYS)
def test_counters_never_go_back(pipeline, name):
    for counter in COUNTERS[name]:
        counts = [float(values[counter]) for _, _, values in pipeline[name]]
        assert counts == sorted(counts), counter


@pytest.mark.parametrize('name', KEYS)
def test_all_is_well_while_nothing_is_wrong(pipeline, name):
    # Before the file starts, audio may not have found its publisher.
    said = [(status.level, status.message) for _, status, _ in pipeline[name]][1:]
    assert set(said) == {(OK, 'OK')}


def test_the_counts_are_those_of_what_happened(pipeline, speech):
    capture, extractor, classifier = (pipeline[name][-1][2] for name in KEYS)
    assert extractor['frames'] == capture['frames published']
    assert int(extractor['frames']) >= len(speech) / 512
    assert extractor['utterances'] == classifier['emotions published'] == '2'
    # Of each utterance there are features at the pause, too.
    assert extractor['results published'] == classifier['features'] == '4'
    for values, warnings in ((capture, audio_capture.WARNINGS),
                             (extractor, feature_extractor.WARNINGS),
                             (classifier, emotion_classifier.WARNINGS)):
        assert {values[name] for name in warnings} == {'0'}
        assert values['state'] == 'active'


def test_a_missing_microphone_is_an_error():
    with Heard() as heard, Executable(
            'audio_capture', diagnostics=OFTEN, device='no such device', wait_for_device=True):
        status, values = heard.wait_for(   # the first may precede the search for the device
            lambda status, _: status.level == ERROR, name='audio_capture: state', what='an error')
    assert 'microphone' in status.message
    assert values['device state'] == 'lost'


@pytest.fixture(scope='module')
def extractor():
    """A feature_extractor: (its process, what it says, its features, a writer of audio)."""
    with Heard() as heard, Executable('feature_extractor', diagnostics=OFTEN) as running:
        running.wait_for('ready')
        heard.wait_for(lambda status, _: status.level == WARN
                       and status.message == 'audio must have one publisher, got 0',
                       what='audio without a publisher')
        features = heard.listener.subscribe(VoiceFeatures, 'voice_features', qos.RESULTS)
        writer = heard.node.create_publisher(AudioFrame, 'audio', qos.AUDIO_HEARD)
        wait_until(lambda: writer.get_subscription_count() == 1
                   and heard.node.count_publishers('voice_features') == 1)
        heard.wait_for(lambda status, _: status.level == OK, what='one publisher')
        yield running, heard, features, writer


STAMPS = itertools.count(10**18, 60 * 10**9)


def frames_of(clip):
    """Frames of a clip, later than all before."""
    return [frame_to_message(frame, 'ear') for frame in FileSource(clip).frames(stamp=next(STAMPS))]


def grown_by(extractor, frames):
    """Publish frames; tell which counters of trouble grew by how much, when all is counted."""
    _, heard, _, writer = extractor
    _, before = heard.wait_for(lambda status, _: status.level == OK, what='a quiet moment')
    for frame in frames:
        writer.publish(frame)
    _, after = heard.wait_for(
        lambda _, values: int(values['frames']) == int(before['frames']) + len(frames),
        what='all frames')
    grown = {name: float(after[name]) - float(before[name])
             for name in (*feature_extractor.WARNINGS, 'sound lost [s]', 'utterances truncated')}
    # The clip begins earlier in the samples of the source than the one before it ended.
    grown['gaps: the source started again'] -= 1
    return {name: value for name, value in grown.items() if value}


def test_a_healthy_clip_is_no_trouble(extractor):
    _, heard, _, writer = extractor
    writer.publish(frames_of(CLIPS[0])[0])   # for the next one to start again after it
    assert grown_by(extractor, frames_of(CLIPS[0])) == {}


def test_lost_sound_is_counted_and_cuts_the_utterance(extractor):
    *_, features, _ = extractor
    frames = frames_of(CLIPS[0])
    features.clear()
    grown = grown_by(extractor, frames[:20] + frames[25:])
    assert grown == {'gaps: sound was lost': 1, 'sound lost [s]': pytest.approx(0.16, abs=0.001),
                     'utterances truncated': 1}
    wait_until(lambda: sum(message.final for message in features) == 2, what='both parts')
    cut, rest = [message for message in features if message.final]
    assert cut.final and cut.truncated
    assert rest.final and not rest.truncated


def test_late_and_doubled_frames_are_counted(extractor):
    frames = frames_of(CLIPS[0])
    doubled = [*frames[:20], frames[19], frames[10], *frames[20:]]
    assert grown_by(extractor, doubled) == {'frames late or doubled': 2}


def test_reordered_frames_are_a_loss_and_a_late_one(extractor):
    frames = frames_of(CLIPS[0])
    frames[1:3] = frames[2], frames[1]
    assert grown_by(extractor, frames) == {
        'gaps: sound was lost': 1, 'sound lost [s]': pytest.approx(0.032, abs=0.001),
        'frames late or doubled': 1}


def test_malformed_frames_warn_once(extractor):
    _, heard, _, writer = extractor
    heard.wait_for(lambda status, _: status.level == OK, what='a quiet moment')
    writer.publish(AudioFrame())
    status, _ = heard.wait_for(lambda status, _: status.level == WARN, what='a warning')
    assert 'frames malformed: 1' in status.message
    heard.wait_for(lambda status, _: status.level == OK, what='quiet again')


def test_two_publishers_of_audio_warn_with_one_line(extractor):
    running, heard, _, _ = extractor
    text = 'audio must have one publisher, got 2'
    stranger = heard.node.create_publisher(AudioFrame, 'audio', qos.AUDIO)
    for _ in range(2):
        status, values = heard.wait_for(lambda status, _: text in status.message, what=text)
        assert status.level == WARN
        assert values['publishers of audio'] == '2'
    heard.node.destroy_publisher(stranger)
    heard.wait_for(lambda status, _: status.level == OK, what='one publisher')
    assert sum(text in line for line in running.lines) == 1


@pytest.mark.parametrize('kind, profile, reason', [
    (String, qos.AUDIO, "its type is 'std_msgs/msg/String', not 'emotion_ros/msg/AudioFrame'"),
    (AudioFrame, qos.AUDIO_BEST_EFFORT, 'best effort publisher and reliable subscription')])
def test_a_publisher_of_audio_that_does_not_fit_is_a_warning_that_says_why(
        extractor, kind, profile, reason):
    running, heard, _, _ = extractor
    text = f'a publisher of audio is ignored: {reason}'
    with Listener() as other:   # a participant may have one type for a topic
        stranger = other.node.create_publisher(kind, 'audio', profile)
        for _ in range(2):
            status, values = heard.wait_for(lambda status, _: status.message == text, what=text)
            assert (status.level, values['publishers of audio']) == (WARN, '1')
        other.node.destroy_publisher(stranger)
    heard.wait_for(lambda status, _: status.level == OK, what='one publisher')
    assert sum(text in line for line in running.lines) == 1


@pytest.mark.parametrize('node, topic, kind', [
    ('mood', 'emotion', EmotionStamped), ('emotion_classifier', 'voice_features', VoiceFeatures)])
def test_a_publisher_of_results_that_does_not_fit_is_a_warning(node, topic, kind):
    text = f'a publisher of {topic} is ignored: best effort publisher and reliable subscription'
    with Heard() as heard, Executable(node, diagnostics=OFTEN) as running:
        name = f'{node}: state'
        running.wait_for('ready')
        stranger = heard.node.create_publisher(kind, topic, qos.AUDIO_BEST_EFFORT)
        for _ in range(2):
            status, _ = heard.wait_for(
                lambda status, _: status.message == text, name=name, what=text)
            assert status.level == WARN
        heard.node.destroy_publisher(stranger)
        heard.wait_for(lambda status, _: status.level == OK, name=name, what='none')
    assert sum(text in line for line in running.lines) == 1


def test_a_node_that_only_fails_says_so_as_an_error_and_once():
    with Heard() as heard, Executable('emotion_classifier', diagnostics=OFTEN) as running:
        running.wait_for('ready')
        writer = heard.node.create_publisher(VoiceFeatures, 'voice_features', qos.RESULTS)
        wait_until(lambda: writer.get_subscription_count() >= 1)
        status, values = None, {'features malformed': '0'}
        while int(values['features malformed']) < 3:   # until the node has found the writer
            writer.publish(VoiceFeatures())
            status, values = heard.wait_for(
                lambda *_: True, name='emotion_classifier: state', what='its next word')
        count = values['features malformed']
        assert status.level == ERROR
        assert status.message.startswith(f'no results, {count} failures in a row; ')
    assert sum('[ERROR]' in line for line in running.lines) == 1, running.output


def test_one_failure_is_a_warning_and_a_result_ends_a_streak():
    counts = Counts(['results', 'bad', 'lost'], warnings=['bad', 'lost'], failures=['bad'])
    counts.count_warning('lost', 'frame')
    counts.count_warning('lost', 'frame')
    counts.count_warning('bad', 'rate')
    assert counts.stuck() == ''
    counts.count_warning('bad', 'shape')
    assert counts.stuck() == 'no results, 2 failures in a row; bad: shape'
    counts.result('results')
    assert counts.stuck() == ''
    assert counts == {'results': 1, 'bad': 2, 'lost': 2}


def test_failures_are_an_error_while_the_node_is_active_until_it_is_configured_again():
    context = rclpy.Context()
    rclpy.init(context=context)
    node = MoodNode(context=context)
    node.counts = Counts(['bad'], warnings=[], failures=['bad'])

    def level_after(*transitions):
        for name in transitions:
            getattr(node, f'trigger_{name}')()
        return node._diagnose().level
    assert level_after('configure', 'activate') == Level.OK
    for _ in range(2):
        node.counts.count_warning('bad', 'it')
    assert level_after() == Level.ERROR
    assert level_after('deactivate') == Level.OK
    assert level_after('activate') == Level.ERROR
    assert level_after('deactivate', 'cleanup', 'configure', 'activate') == Level.OK
    node.close()
    node.destroy_node()
    rclpy.shutdown(context=context)


def test_an_openSMILE_that_cannot_begin_is_no_ready_node(tmp_path):
    core = Path(_LIBRARY.__file__).parent
    (tmp_path / 'opensmile' / 'core').mkdir(parents=True)
    (tmp_path / 'opensmile' / '__init__.py').touch()
    for part in ('lib.py', 'bin'):   # and no configuration
        (tmp_path / 'opensmile' / 'core' / part).symlink_to(core / part)
    path = os.pathsep.join([str(tmp_path), os.environ.get('PYTHONPATH', '')])
    running = Executable('feature_extractor', environment={'PYTHONPATH': path},
                         features='eGeMAPSv02')
    assert running.finish() == 1
    assert 'ready' not in running.output
    assert 'openSMILE cannot begin' in running.lines[-1]


def test_delays_tell_their_percentiles():
    delays = Delays()
    for delay in (0.001, 0.002, 0.003):
        delays.add(delay)
    assert delays.values('it') == {'it p50 [ms]': '2.0', 'it p95 [ms]': '2.9'}


def test_no_delays_are_empty_texts():
    assert Delays().values('it') == {'it p50 [ms]': '', 'it p95 [ms]': ''}


def test_old_delays_are_forgotten():
    delays = Delays()
    for delay in [1.0] * 50 + [0.001] * REMEMBERED:
        delays.add(delay)
    assert delays.values('it')['it p95 [ms]'] == '1.0'


def test_news_are_told_once():
    counts = Counts(['lost', 'late', 'other'], warnings=['lost', 'late'])
    assert dict(counts) == {'lost': 0, 'late': 0, 'other': 0}
    assert counts.pop_warnings() == []
    counts['lost'] += 2
    counts['other'] += 1
    assert counts.pop_warnings() == ['lost: 2']
    assert counts.pop_warnings() == []
    counts['lost'] += 1
    counts['late'] += 1
    assert counts.pop_warnings() == ['lost: 3', 'late: 1']


def test_the_first_reason_of_a_trouble_is_told():
    counts = Counts(['bad'], warnings=['bad'])
    for reason in ('rate', ValueError('channels')):
        counts.count_warning('bad', reason)
    assert counts.pop_warnings() == ['bad: 2 (rate)']
    counts['bad'] += 1
    assert counts.pop_warnings() == ['bad: 3']


def test_counts_and_times_are_shown_as_people_read_them():
    assert [shown(value) for value in (3, 0.5, 'litert')] == ['3', '0.500', 'litert']
