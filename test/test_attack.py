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

"""Strangers publish and ask all kinds of nonsense; the nodes go on and answer the healthy."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
import itertools
import os
import re
import time

from builtin_interfaces.msg import Duration, Time
from diagnostic_msgs.msg import DiagnosticArray
from hypothesis import strategies as st
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
import numpy as np
import pytest
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters, SetParametersAtomically
import rclpy
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import Reader

from attack import DDS_LINE, SCALE, TEXTS, UINT16, UINT32, UINT64, attack, rubbish
from conftest import CLIPS
from emotion_ros.audio.file_source import FileSource
from emotion_ros.msg import AudioFrame, EmotionStamped, VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.nodes.messages import frame_to_message
from harness import Executable, Listener, feature_matrices, wait_until
from synthetic_bags import write_bag

NODES = 'emotion_classifier', 'feature_extractor'

DEEP = qos.AUDIO_HEARD
"""For the writers of the attack, so that the middleware loses nothing."""


MEMORY = 90   # MB that a node may grow by: the middleware keeps the room of large messages


SEC = st.integers(-2**31, 2**31 - 1)
BAD_TIMES = st.one_of(
    st.tuples(st.integers(-2**31, -1), UINT32),
    st.tuples(st.integers(2**31 - 3599, 2**31 - 1), UINT32),
    st.tuples(SEC, st.integers(10**9, 2**32 - 1)))
GOOD_TIMES = st.tuples(st.integers(0, 2**31 - 3601), st.integers(0, 10**9 - 1))
GOOD_RATES, GOOD_CHANNELS = st.integers(8000, 192_000), st.integers(1, 64)
LENGTHS = st.integers(0, 700)


def noise(count):
    """Make so many samples, as loud as can be."""
    return array('h', np.random.default_rng(count).integers(
        -32768, 32768, count, np.int16).tobytes())


def audio_frame(stamp, frame_id, sample_rate, channels, first_sample, data):
    message = AudioFrame(
        sample_rate=sample_rate, channels=channels, first_sample=first_sample, data=data)
    message.header.stamp = Time(sec=stamp[0], nanosec=stamp[1])
    message.header.frame_id = frame_id
    return message


def audio_frames(**fields):
    """Frames with any fields, but these."""
    return st.builds(audio_frame, **{
        'stamp': st.tuples(SEC, UINT32), 'frame_id': TEXTS, 'sample_rate': UINT32,
        'channels': UINT16, 'first_sample': UINT64, 'data': LENGTHS.map(noise), **fields})


BROKEN_FRAMES = st.one_of(
    audio_frames(sample_rate=st.integers(0, 7999) | st.integers(192_001, 2**32 - 1)),
    audio_frames(channels=st.just(0) | st.integers(65, 2**16 - 1)),
    audio_frames(data=st.just(array('h'))),
    audio_frames(stamp=BAD_TIMES),
    st.tuples(st.integers(2, 64), st.integers(0, 30)).flatmap(lambda shape: audio_frames(
        channels=st.just(shape[0]), stamp=GOOD_TIMES, sample_rate=GOOD_RATES,
        data=st.just(noise(shape[0] * shape[1] + 1)))),
    audio_frames(channels=st.just(1), stamp=GOOD_TIMES, sample_rate=st.just(8000),
                 data=st.integers(8001, 9000).map(noise)))
"""Each is wrong in one field at least."""

HUGE_FRAME = audio_frame((1, 0), 'stranger', 16000, 1, 0, noise(10**6))
LARGE_FRAME = audio_frame((1, 0), 'stranger', 125_000, 8, 0, noise(10**6))

STRANGE_FRAMES = st.tuples(GOOD_CHANNELS, st.integers(1, 200)).flatmap(lambda shape: audio_frames(
    stamp=GOOD_TIMES, sample_rate=GOOD_RATES, channels=st.just(shape[0]),
    data=st.just(noise(shape[0] * shape[1]))))
"""Each is sound in itself, but none continues the one before."""


def voice_features(stamp, duration, frame_id, utterance, final, features):
    message = VoiceFeatures(
        utterance=utterance, final=final, features=features,
        duration=Duration(sec=duration[0], nanosec=duration[1]))
    message.header.stamp = Time(sec=stamp[0], nanosec=stamp[1])
    message.header.frame_id = frame_id
    return message


pytestmark = pytest.mark.timeout(300 * SCALE)   # the first test waits for the whole attack

HEALTHY = feature_matrices()
SIZE = len(HEALTHY[-1].values)


def values(*numbers):
    """Make values of a healthy number for the last block that repeat these."""
    return array('f', np.resize(np.float32(numbers), SIZE).tobytes())


def blocks_but(**changes):
    """Make the blocks that the model takes, with changes to the last one."""
    blocks = feature_matrices()
    for name, value in changes.items():
        setattr(blocks[-1], name, value)
    return blocks


def features_but(**fields):
    """Features that the model takes, but for these fields."""
    return st.builds(voice_features, **{
        'stamp': GOOD_TIMES, 'duration': GOOD_TIMES, 'frame_id': TEXTS, 'utterance': UINT32,
        'final': st.booleans(), 'features': st.just(HEALTHY), **fields})


def features_with(**changes):
    """Features that the model takes, but for changes to the last block."""
    return features_but(features=st.builds(blocks_but, **changes))


FLOATS = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1,
                  max_size=5)
NO_NUMBERS = st.sampled_from([float('nan'), float('inf'), -float('inf')])
BROKEN_FEATURES = st.one_of(
    features_but(features=st.sampled_from([[], HEALTHY[:-1], 2 * HEALTHY, 9 * HEALTHY])),
    features_but(stamp=BAD_TIMES), features_but(duration=BAD_TIMES),
    features_with(name=TEXTS),
    features_with(frames=UINT32.filter(lambda count: count != HEALTHY[-1].frames)),
    features_with(dimensions=UINT32.filter(lambda count: count != HEALTHY[-1].dimensions)),
    features_with(frames=st.just(2**16), dimensions=st.just(2**16), values=st.just(array('f'))),
    features_with(frames=st.just(2**31), dimensions=st.just(2**31)),
    features_with(values=st.integers(0, SIZE - 1).map(lambda count: array('f', bytes(4 * count)))),
    features_with(values=st.tuples(FLOATS, NO_NUMBERS).map(
        lambda found: values(*found[0], found[1]))))
HUGE_FEATURES = voice_features((1, 0), (1, 0), 'stranger', 1, True, blocks_but(
    frames=16_001, values=array('f', bytes(4 * 16_001 * HEALTHY[-1].dimensions))))
STRANGE_FEATURES = features_with(values=FLOATS.map(lambda found: values(*found)))
"""The model takes these, whatever they mean."""


WRONG_PARAMETERS = st.builds(
    Parameter,
    name=st.sampled_from(['confidence_threshold', 'model', 'hang_over', 'use_sim_time', 'autostart',
                          'qos_overrides./audio.subscription.depth']) | TEXTS,
    value=st.builds(
        ParameterValue, type=st.sampled_from([0, 1, 3, 4, 5, 6, 7, 8, 9, 3, 3, 3]),
        double_value=st.floats(min_value=1.501) | st.floats(max_value=-1.001)
        | st.just(float('nan')),
        bool_value=st.booleans(), string_value=TEXTS, byte_array_value=st.lists(
            st.binary(min_size=1, max_size=1), max_size=3),
        double_array_value=st.lists(st.floats(), max_size=3),
        string_array_value=st.lists(TEXTS, max_size=3)))
"""No one of these may change what the nodes say; use_sim_time alone may be set."""

WRONG_TRANSITIONS = st.builds(
    Transition, id=st.sampled_from([0, 1, 2, 3, 8, 10, 11, 12, 20, 30, 60, 61, 70, 90, 91, 255]),
    label=TEXTS.filter(bool))
"""The labels are of none; where there is one, it is what counts."""


def memory(pid):
    """Give the memory that a process holds [MB]."""
    with open(f'/proc/{pid}/status', encoding='ascii') as file:
        return int(re.search(r'VmRSS:\s+(\d+)', file.read())[1]) // 1024


def answer(message):
    """Take from an EmotionStamped what must not depend on its time and number."""
    return (message.emotion, list(message.labels), list(message.probabilities),
            message.confidence, message.duration, message.final)


class Nodes:
    """Both nodes in processes, and a publisher to each; a context manager.

    Args:
        folder: empty; the nodes' home, working and temporary folder.

    """

    def __init__(self, folder):
        self.folder = folder
        self.sent = Counter()       # hostile messages, by kind
        self.wrong = []             # healthy utterances with another answer than at first
        self.answered = 0
        self._stamps = itertools.count(10**18, 60 * 10**9)
        self._expected = {}

    def __enter__(self):
        environment = {name: str(self.folder) for name in ('HOME', 'TMPDIR', 'XDG_CACHE_HOME')}
        environment['ROS_LOG_DIR'] = str(self.folder / 'log')
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            self.processes = {name: Executable(name, environment=environment) for name in NODES}
        finally:
            os.chdir(before)
        try:
            self._meet()
        except BaseException:
            for process in self.processes.values():
                process.process.kill()
            raise
        return self

    def _meet(self):
        """Wait until all can hear each other."""
        self.listener = Listener().__enter__()
        self.node = self.listener.node
        self.emotions = self.listener.subscribe(EmotionStamped, 'emotion', DEEP)
        self.features = self.listener.subscribe(VoiceFeatures, 'voice_features', DEEP)
        self._diagnostics = self.listener.subscribe(DiagnosticArray, '/diagnostics', 10)
        self.audio = self.node.create_publisher(AudioFrame, 'audio', DEEP)
        self.voice = self.node.create_publisher(VoiceFeatures, 'voice_features', DEEP)
        for process in self.processes.values():
            process.wait_for('ready')
        wait_until(lambda: self.audio.get_subscription_count() == 1
                   and self.voice.get_subscription_count() == 2
                   and self.node.count_publishers('emotion') == 1
                   and self.node.count_publishers('voice_features') == 2, what='the nodes')
        # Features that the listener alone hears would be counted as lost.
        self.listener.wait_for_subscribers(feature_extractor=2, emotion_classifier=1)
        wait_until(self._heard_anew, what='the nodes to find each other')

    def __exit__(self, *error):
        for process in self.processes.values():
            process.__exit__(*error)
        self.listener.__exit__()

    def _heard_anew(self):
        for frame in self.utterance(CLIPS[0])[0]:
            self.audio.publish(frame)
        time.sleep(0.5)
        return self.emotions

    def utterance(self, clip):
        """Make the frames of an utterance, later than all before; and their stamp [s]."""
        stamp = next(self._stamps)
        return [frame_to_message(frame, 'ear')
                for frame in FileSource(clip).frames(stamp=stamp)], stamp // 10**9

    def speak(self, clip):
        """Say a clip and wait for the answer."""
        frames, stamp = self.utterance(clip)
        for frame in frames:
            self.audio.publish(frame)
        self.await_speech(clip, stamp)

    def await_speech(self, clip, stamp):
        """Wait for the answer to a clip with this stamp [s]."""
        self.await_answer(clip, lambda message: message.header.frame_id == 'ear'
                          and 0 <= message.header.stamp.sec - stamp < 30)

    def give_features(self, message, number):
        """Give healthy features and wait for the answer."""
        message.header.frame_id, message.utterance = 'barrier', number
        self.voice.publish(message)
        self.await_answer('features', lambda found: found.header.frame_id == 'barrier'
                          and found.utterance == number)

    def await_answer(self, name, is_it):
        found = []

        def heard():
            found[:] = [message for message in self.emotions[::-1] if is_it(message)]
            return found
        wait_until(heard, timeout=30.0, what=f'the answer to {name}')
        self.answered += 1
        if answer(found[0]) != self._expected.setdefault(name, answer(found[0])):
            self.wrong.append((name, answer(found[0])))

    def send(self, kind, publisher):
        """Return a function that publishes and counts."""
        def send(message):
            publisher.publish(message)
            self.sent[kind] += 1
        return send

    def counts(self, name):
        """Newest counts of a node on /diagnostics."""
        for message in self._diagnostics[::-1]:
            for status in message.status:
                if status.name == f'{name}: state':
                    return {entry.key: entry.value for entry in status.values}
        return {}

    def settled_counts(self, name):
        """Wait until /diagnostics counts no more frames than a second before; give the counts."""
        before = None
        while before != (before := self._next_counts(name)['frames']):
            pass
        return self.counts(name)

    def _next_counts(self, name):
        self._diagnostics.clear()
        wait_until(lambda: self.counts(name), what=f'diagnostics of {name}')
        return self.counts(name)

    def await_count(self, name, key, wanted):
        """Wait until /diagnostics says so; return the counts."""
        wait_until(lambda: self.counts(name).get(key) == str(wanted), timeout=60.0,
                   what=f'{key} {wanted} of {name}')
        return self.counts(name)


@dataclass
class Outcome:
    """What is left after an attack."""

    sent: Counter = field(default_factory=Counter)
    seconds: float = 0.0
    before: dict = field(default_factory=dict)   # memory [MB]
    after: dict = field(default_factory=dict)
    counts: dict = field(default_factory=dict)
    exact: dict = field(default_factory=dict)    # the counts that must be
    output: dict = field(default_factory=dict)
    replies: list = field(default_factory=list)  # to requests for parameters
    transitions: list = field(default_factory=list)
    states: dict = field(default_factory=dict)
    alive: dict = field(default_factory=dict)
    answered: int = 0
    wrong: list = field(default_factory=list)
    written: list = field(default_factory=list)
    logged: int = 0   # bytes


@pytest.fixture(scope='module')
def outcome(tmp_path_factory):
    """An attack on both nodes, in the course of which healthy voices are heard."""
    found = Outcome()
    folder = tmp_path_factory.mktemp('home')
    with Nodes(folder) as nodes:
        for clip in CLIPS:
            nodes.speak(clip)
        _get_warm(nodes)
        found.before = {name: memory(node.process.pid) for name, node in nodes.processes.items()}
        begun = time.monotonic()
        _attack_audio(nodes, found)
        _attack_features(nodes, found)
        _attack_services(nodes, found)
        _attack_with_rubbish(nodes)
        for clip in CLIPS:
            nodes.speak(clip)
        found.seconds = time.monotonic() - begun
        found.after = {name: memory(node.process.pid) for name, node in nodes.processes.items()}
        found.alive = {name: node.process.poll() is None for name, node in nodes.processes.items()}
        found.states = {name: nodes.listener.call(
            GetState, f'{name}/get_state', GetState.Request()).current_state.label
            for name in NODES}
    found.output = {name: node.lines for name, node in nodes.processes.items()}
    found.sent, found.wrong, found.answered = nodes.sent, nodes.wrong, nodes.answered
    files = [path for path in folder.rglob('*') if path.is_file()]
    found.written = [path for path in files if folder / 'log' not in path.parents]
    found.logged = sum(path.stat().st_size for path in files)
    return found


def _get_warm(nodes):
    # Buffers of the largest messages are kept, once and for all.
    for message in (HUGE_FRAME, LARGE_FRAME):
        nodes.send('huge', nodes.audio)(message)
    nodes.send('huge', nodes.voice)(HUGE_FEATURES)
    nodes.speak(CLIPS[0])


def _attack_audio(nodes, found):
    counts = nodes.settled_counts('feature_extractor')
    assert counts['frames malformed'] == '1'   # the huge one
    frames = int(counts['frames'])
    clips = itertools.cycle(CLIPS)
    speech = iter(())
    heard = Counter()
    broken = nodes.send('broken frames', nodes.audio)

    def send(message):
        broken(message)
        if nodes.sent['broken frames'] % 4 == 0:
            speak_on()

    def speak_on():
        nonlocal speech
        frame = next(speech, None)
        if frame is None:
            if heard['clip']:
                clip, stamp = heard['clip']
                nodes.await_speech(clip, stamp)
                attack(STRANGE_FRAMES, 100, nodes.send('strange frames', nodes.audio))
            clip = next(clips)
            messages, stamp = nodes.utterance(clip)
            heard['clip'] = clip, stamp
            heard['frames'] += len(messages)
            speech = iter(messages)
            frame = next(speech)
        nodes.audio.publish(frame)

    attack(BROKEN_FRAMES, 1000, send)
    for message in [HUGE_FRAME] * 10:
        send(message)
        time.sleep(0.1)   # more of these than a busy machine keeps would be lost
    for frame in speech:
        nodes.audio.publish(frame)
    nodes.await_speech(*heard['clip'])
    for message in [LARGE_FRAME] * 10:
        nodes.send('strange frames', nodes.audio)(message)
        time.sleep(0.1)
    found.exact['frames'] = (
        frames + heard['frames'] + nodes.sent['broken frames'] + nodes.sent['strange frames'])
    found.exact['frames malformed'] = 1 + nodes.sent['broken frames']
    nodes.await_count('feature_extractor', 'frames', found.exact['frames'])
    found.counts['feature_extractor'] = nodes.counts('feature_extractor')


def _attack_features(nodes, found):
    # Whatever waits is answered before a count is taken.
    nodes.speak(CLIPS[0])
    nodes.await_count('emotion_classifier', 'features malformed', 1)
    healthy = next(message for message in nodes.features[::-1]
                   if message.header.frame_id == 'ear')
    numbers = itertools.count(10**6)
    nodes.give_features(healthy, next(numbers))
    before = nodes.await_count('emotion_classifier', 'features', len(nodes.features))

    def checked(kind, every):
        send = nodes.send(kind, nodes.voice)

        def send_checked(message):
            send(message)
            if nodes.sent[kind] % every == 0:
                nodes.give_features(healthy, next(numbers))
        return send_checked

    attack(BROKEN_FEATURES, 300, checked('broken features', 20))
    attack(STRANGE_FEATURES, 150, checked('strange features', 10))
    for _ in range(10):
        checked('broken features', 1)(HUGE_FEATURES)
    sent = nodes.sent['broken features'] + nodes.sent['strange features']
    last = next(numbers)
    nodes.give_features(healthy, last)
    found.exact['features malformed'] = 1 + nodes.sent['broken features']
    found.exact['features'] = int(before['features']) + sent + last - 10**6
    nodes.await_count('emotion_classifier', 'features', found.exact['features'])
    found.counts['emotion_classifier'] = nodes.counts('emotion_classifier')


def _attack_services(nodes, found):
    futures = []
    clients = [(nodes.node.create_client(service_type, f'{name}/{service}'), service_type)
               for name in NODES for service, service_type in (
                   ('set_parameters', SetParameters),
                   ('set_parameters_atomically', SetParametersAtomically))]
    assert all(client.wait_for_service(10.0) for client, _ in clients)
    turn = itertools.cycle(clients)

    def send(parameters):
        client, service_type = next(turn)
        futures.append(client.call_async(service_type.Request(parameters=parameters)))
        nodes.sent['parameter requests'] += 1
        wait_until(futures[-1].done, what=f'a reply to {parameters}')
        results = getattr(futures[-1].result(), 'results', None) or [futures[-1].result().result]
        found.replies.append((parameters, results))

    attack(st.lists(WRONG_PARAMETERS, min_size=1, max_size=3), 100, send)
    nodes.speak(CLIPS[1])

    clients = [nodes.node.create_client(ChangeState, f'{name}/change_state') for name in NODES]
    assert all(client.wait_for_service(10.0) for client in clients)
    turn = itertools.cycle(clients)

    def change(transition):
        found.transitions.append(
            next(turn).call_async(ChangeState.Request(transition=transition)))
        nodes.sent['transitions'] += 1
        time.sleep(0.002)   # requests may stay without a reply

    attack(WRONG_TRANSITIONS, 60, change)
    nodes.speak(CLIPS[2])


def _attack_with_rubbish(nodes):
    healthy = {
        nodes.audio: serialize_message(audio_frame((1, 2), 'ear', 16000, 1, 0, noise(100))),
        nodes.voice: serialize_message(voice_features(
            (1, 2), (3, 4), 'ear', 5, True, HEALTHY))}
    for publisher, message in healthy.items():
        send = nodes.send('rubbish', publisher)
        for _ in range(2):
            attack(rubbish(bytes(message)), 150, send)
            nodes.speak(CLIPS[3])
    for message_type, topic in ((AudioFrame, 'audio'), (VoiceFeatures, 'voice_features')):
        stranger = nodes.node.create_publisher(message_type, topic, DEEP)
        wait_until(lambda: stranger.get_subscription_count())
        stranger.publish(b'')
        nodes.speak(CLIPS[3])


def test_the_attack_was_one(outcome):
    assert sum(outcome.sent.values()) > 2_000 * SCALE


def test_the_nodes_live_and_work(outcome):
    assert outcome.alive == dict.fromkeys(NODES, True)
    assert outcome.states == dict.fromkeys(NODES, 'active')


def test_healthy_voices_are_answered_as_ever(outcome):
    assert outcome.answered > 40 * SCALE
    assert outcome.wrong == []


def test_memory_does_not_grow(outcome):
    grown = {name: outcome.after[name] - outcome.before[name] for name in NODES}
    print('\nsent', dict(outcome.sent), 'in', outcome.seconds, 's; memory', outcome.before,
          outcome.after, 'answered', outcome.answered)
    assert max(grown.values()) < MEMORY, grown


def test_everything_dropped_is_counted(outcome):
    # Both tell of 'features': which, and how many.
    counts = {**outcome.counts['feature_extractor'], **outcome.counts['emotion_classifier']}
    assert {name: int(counts[name]) for name in outcome.exact} == outcome.exact


def test_what_is_not_dropped_is_answered(outcome):
    counts = outcome.counts['emotion_classifier']
    unanswered = int(counts['features']) - sum(int(counts[name]) for name in (
        'features malformed', 'emotions published', 'interim results skipped',
        'utterances dropped'))
    assert 0 <= unanswered <= outcome.answered   # the results of pauses, which are kept


def test_every_wrong_parameter_is_refused_with_a_reason(outcome):
    assert len(outcome.replies) == outcome.sent['parameter requests']
    for parameters, results in outcome.replies:
        atomically = len(results) < len(parameters)
        for parameter, result in zip(parameters, results * len(parameters) if atomically
                                     else results):
            harmless = parameter.name == 'use_sim_time'
            assert harmless or (not result.successful and result.reason), parameter


def test_no_wrong_transition_succeeds(outcome):
    assert not any(future.done() and future.result().success for future in outcome.transitions)


def test_the_log_is_not_flooded(outcome):
    for lines in outcome.output.values():
        said = [line for line in lines if line.replace(DDS_LINE, '')]
        assert len(said) < 20 + 3 * outcome.seconds, said[-10:]
    assert outcome.logged < 500 * (20 + 3 * outcome.seconds) * len(NODES)


def test_nothing_of_a_stranger_reaches_the_log_as_it_was(outcome):
    for lines in outcome.output.values():
        for line in lines:
            # The middleware's threads print between each other.
            assert not line.replace(DDS_LINE, '') or line.startswith('['), line
            assert line.isprintable(), repr(line)
            assert len(line) < 600, line


def test_nothing_is_written_but_the_log(outcome):
    assert outcome.written == []
    assert outcome.logged


def test_hostile_bag_does_no_harm(tmp_path):
    home = tmp_path / 'home'
    home.mkdir()
    with Nodes(home) as nodes:
        nodes.speak(CLIPS[0])
        frames, stamp = nodes.utterance(CLIPS[0])
        hostile = []
        attack(BROKEN_FRAMES, 150, lambda message: hostile.append(serialize_message(message)))
        hostile += [serialize_message(frames[0])[:length] for length in range(10, 300, 10)]
        write_bag(tmp_path / 'bag', {'/audio': ('emotion_ros/msg/AudioFrame', [
            (number, data) for number, frame in enumerate(frames)
            for data in [serialize_message(frame), *hostile[number::len(frames)]]])})
        replay(tmp_path / 'bag', nodes.audio)
        nodes.await_speech(CLIPS[0], stamp)
        nodes.await_count('feature_extractor', 'frames malformed', 150)
    assert nodes.wrong == []


def replay(path, publisher):
    """Play a bag as fast as it is taken."""
    with Reader(path) as reader:
        for number, (_, _, data) in enumerate(reader.messages()):
            publisher.publish(bytes(data))
            if number % 100 == 99:
                assert publisher.wait_for_all_acked(rclpy.duration.Duration(seconds=10))
