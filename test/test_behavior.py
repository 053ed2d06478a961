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

"""The node that reacts, on real topics, services and loudspeakers."""

from contextlib import contextmanager
import itertools
import os
import signal
import subprocess
import sys
import time

from builtin_interfaces.msg import Duration, Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from rcl_interfaces.srv import SetParameters
import rclpy
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.task import Future
from rosgraph_msgs.msg import Clock
import soundfile
from std_msgs.msg import Bool, ColorRGBA, String
from std_srvs.srv import Trigger

from conftest import CLIPS, REPOSITORY, read_clip
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.behavior.reactions import AHEAD, OLD, REACTIONS, UNSURE
from emotion_ros.msg import EmotionStamped, Mood, Reaction as ReactionMessage
from emotion_ros.nodes import qos
from emotion_ros.nodes.behavior import (
    COUNTERS,
    EMOTIONS,
    MALFORMED,
    MOODS,
    MOODS_MALFORMED,
    NO_SERVICE,
    NO_SOUND,
)
from harness import OFTEN, Executable, Listener, newest, refusal, wait_until
from lifecycle_manager import Manager, ends_quickly
from sound_server import TUNE, likeness, needs_portaudio

NODE = 'behavior: state'
LABELS = ['neutral', 'anger', 'happiness', 'sadness']
EASY = {'agreement': 1, 'utterances': 1, 'cool_down': 0.0}
QUIET = {'cheer_up.sound': ''}
CALL = {**EASY, **QUIET, 'cheer_up.service': 'wave'}
HOUR = 3600 * 10**9   # ns


def stamp(nanoseconds, kind=Time):
    return kind(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9)


class Person:
    """Somebody whose emotions are published; a context manager."""

    def __enter__(self):
        self.listener = Listener().__enter__()
        self.node = self.listener.node
        self.commands = self.listener.subscribe(String, 'behavior/command', qos.RESULTS)
        self._diagnostics = self.listener.subscribe(DiagnosticArray, '/diagnostics', 10)
        self._publisher = self.node.create_publisher(EmotionStamped, 'emotion', qos.RESULTS)
        self._moods = self.node.create_publisher(Mood, 'mood', qos.RESULTS)
        self._unsure = 0   # shown
        return self

    def __exit__(self, *error):
        self.listener.__exit__(*error)

    @contextmanager
    def meet(self, *arguments, **options):
        """Run the node, see Executable; it listens, and is heard."""
        with Executable('behavior', *arguments, diagnostics=OFTEN, **options) as executable:
            executable.wait_for('ready')
            self.wait_to_be_heard()
            yield executable

    def wait_to_be_heard(self):
        """Wait for the node to listen, and to be heard: endpoints find each other one by one."""
        before = self.counts()[EMOTIONS]

        def is_heard():
            self.show('neutral', final=False)   # which counts for nothing
            time.sleep(0.1)
            return self.counts()[EMOTIONS] > before
        wait_until(is_heard, what='the node')

    def show_until(self, condition, emotion='sadness'):
        """Show an emotion again and again; a service, too, is found after a moment."""
        def is_so():
            self.show(emotion)
            time.sleep(0.1)
            return condition()
        wait_until(is_so, what='it')

    def settle(self):
        """Wait until the node has counted all that was shown."""
        self.show('unknown')
        self.wait_for({UNSURE: self._unsure})

    def message(self, emotion='sadness', *, confidence=0.9, ago=0, end=None, **fields):
        """Make what is published of an utterance of a second that ended a time ago [ns]."""
        end = self.node.get_clock().now().nanoseconds - ago if end is None else end
        message = EmotionStamped(
            final=True, emotion=emotion, confidence=confidence, labels=LABELS,
            probabilities=[0.1, 0.1, 0.1, 0.7], duration=Duration(sec=1))
        message.header.stamp = stamp(end - 10**9)
        for name, value in fields.items():
            setattr(message, name, value)
        return message

    def show(self, *emotions, **options):
        """Show emotions, an utterance each."""
        for emotion in emotions:
            message = self.message(emotion, **options)
            self._unsure += message.final and emotion == 'unknown'
            self._publisher.publish(message)

    def publish(self, message):
        """Publish any message as an emotion."""
        self._publisher.publish(message)

    def heard(self):
        """The texts of the commands."""
        return [message.data for message in self.commands]

    def counts(self):
        """What the node has counted, as it said last."""
        values = newest(self._diagnostics, NODE)[1]
        return {name: int(values.get(name, 0)) for name in COUNTERS}

    def said(self):
        """Level and values of what it said last."""
        return newest(self._diagnostics, NODE)

    def wait_for(self, wanted):
        """Wait until the node has counted so many: {name: count}."""
        try:
            wait_until(lambda: wanted.items() <= self.counts().items())
        except AssertionError:
            raise AssertionError(f'{self.counts()}, not {wanted}') from None

    def wait_for_end(self):
        """Wait until no reaction runs."""
        self._diagnostics.clear()
        wait_until(lambda: self.said()[1].get('running reaction') == '', what='its end')

    def offer(self, name, answer):
        """Offer a std_srvs/Trigger service; `answer` fills the response and may name a Future."""
        async def respond(_, response):
            future = answer(response)
            if future is not None:
                await future
            return response
        self.node.create_service(
            Trigger, name, respond, callback_group=ReentrantCallbackGroup())

    def feel(self, valence, *, labels=LABELS, **fields):
        """Publish a mood that is based on an utterance which has just ended."""
        message = Mood(utterances=2, labels=labels, probabilities=[0.1, 0.1, 0.1, 0.7],
                       half_life=60.0, valence=valence, **fields)
        message.header.stamp = stamp(self.node.get_clock().now().nanoseconds)
        message.header.frame_id = 'ear'
        self._moods.publish(message)


@pytest.fixture
def person():
    """Somebody who feels."""
    with Person() as found:
        yield found


@pytest.fixture
def beep(tmp_path):
    """A sound of half a second."""
    path = tmp_path / 'beep.wav'
    soundfile.write(path, 0.5 * np.sin(np.arange(12000) / 5), 24000)
    return path


@needs_portaudio
def test_somebody_who_is_sad_hears_the_happy_tune(person, server, mouth):
    speaking = person.listener.subscribe(Bool, 'robot_speaking', qos.LATCHED_HEARD)
    reasons = person.listener.subscribe(ReactionMessage, 'behavior/reaction', qos.RESULTS)
    with server.start().record() as recording, person.meet(environment=mouth) as node:
        person.show('sadness')
        person.show('unknown', 'unknown', 'unknown', confidence=0.2)
        person.settle()
        assert person.counts()[REACTIONS] == 0
        person.show('sadness')
        node.wait_for("cheer_up: somebody shows 'sadness'")
        person.wait_for({REACTIONS: 1})
        assert person.said()[1]['running reaction'] == 'cheer_up'
        person.show(*['sadness'] * 5)
        person.wait_for_end()
        heard = recording.samples
        person.show(*['sadness'] * 5)
        person.settle()
        wait_until(lambda: len(speaking) == 2, what='the end of its own voice')
    assert [message.data for message in speaking] == [True, False]
    assert [(why.name, why.emotion, why.confidence) for why in reasons] == [
        ('cheer_up', 'sadness', pytest.approx(0.9))]
    assert person.heard() == ['cheer_up']
    level, values = person.said()
    assert level == DiagnosticStatus.OK
    assert set(values) == {'state', 'running reaction', 'last reaction', *COUNTERS}
    assert values['last reaction'] == 'cheer_up'
    assert person.counts()[REACTIONS] == 1
    assert likeness(heard, soundfile.read(TUNE, dtype='float32')[0]) > 0.8


def test_voice_in_reaction_out(person, tmp_path):
    angry = [read_clip(clip) for clip in CLIPS if clip.stem == '16a02Wb']
    soundfile.write(tmp_path / 'angry.wav', np.concatenate(4 * angry), SAMPLE_RATE)
    with person.meet(**QUIET, **{'cheer_up.emotion': 'anger'}), \
            Executable('emotion_pipeline', file=tmp_path / 'angry.wav', speed=2.0):
        wait_until(person.heard, what='the command')
    assert person.heard() == ['cheer_up']


def test_interim_stale_unsure_and_malformed_emotions_start_nothing(person):
    with person.meet(**EASY, **QUIET):
        person.show('sadness', final=False)
        person.show('sadness', ago=HOUR)
        person.show('sadness', ago=-HOUR)
        person.show('unknown')
        person.show('sadness', confidence=float('nan'))
        person.settle()
        person.wait_for({MALFORMED: 1, OLD: 1, AHEAD: 1, UNSURE: 2, REACTIONS: 0})
        person.show('sadness', confidence=0.01)   # the classifier was sure enough to name it
        wait_until(person.heard, what='the command')
    assert person.heard() == ['cheer_up']


def test_why_an_utterance_did_not_count_is_said_at_debug(person):
    with person.meet('--log-level', 'behavior:=debug', **QUIET, confidence=0.5) as node:
        for emotion, confidence, reason in (
                ('unknown', 0.3, 'emotions unsure: confidence 0.30'),
                ('sadness', 0.49, 'emotions unsure: confidence 0.49, required 0.50'),
                ('anger', 0.9, 'there is no reaction to it'),
                ('sadness', 0.9, '1 of the last 2 utterances show it, 2 must')):
            person.show(emotion, confidence=confidence)
            node.wait_for(f'{emotion!r}: no reaction, {reason}')


def examples(language):
    """The examples of docs/behavior.md in a language."""
    text = (REPOSITORY / 'docs' / 'behavior.md').read_text()
    return [part.partition('```')[0] for part in text.split(f'```{language}\n')[1:]]


@pytest.fixture
def example(tmp_path):
    """Run the Python example with a number; give what it has printed."""
    running = []

    def run(number):
        (tmp_path / 'example.py').write_text(examples('python')[number])
        with open(tmp_path / 'output', 'w') as output:
            running.append(subprocess.Popen(
                [sys.executable, '-u', tmp_path / 'example.py'], stdout=output))
        return (tmp_path / 'output').read_text
    yield run
    for process in running:
        process.kill()
        process.wait()


def test_reactions_of_the_docs_and_their_service_work(person, example, tmp_path):
    params = tmp_path / 'reactions.yaml'
    params.write_text(examples('yaml')[0])
    printed = example(0)
    wait_until(lambda: ('/wave', ['std_srvs/srv/Trigger'])
               in person.node.get_service_names_and_types(), what='the arm')
    with person.meet('--params-file', params, '-p', 'cheer_up.sound:=""',
                     '-p', 'cool_down:=0.0') as node:
        person.show_until(lambda: "wave answers ''" in node.output)
        assert 'waving' in printed()
        person.show_until(lambda: 'lower your voice' in person.heard(), 'anger')


def test_lamp_of_the_docs_follows_the_emotions(person, example):
    colors = person.listener.subscribe(ColorRGBA, 'lamp', qos.RESULTS)
    example(1)
    wait_until(lambda: person.show('anger', final=False) or colors, what='the lamp')
    assert (colors[0].r, colors[0].g, colors[0].b) == (1, 0, 0)
    assert colors[0].a == pytest.approx(0.9)


def test_node_of_the_docs_retreats_once_it_is_sure(person, example):
    printed = example(2)
    wait_until(lambda: person.node.count_subscribers('emotion'), what='the node')
    for _ in range(10):
        person.show('unknown', confidence=0.3)
        person.publish(EmotionStamped(final=True, confidence=float('nan')))
        time.sleep(0.1)
    assert printed() == ''
    person.show_until(lambda: 'drive back' in printed(), 'anger')
    assert printed().count('drive back') == 1


HOSTILE = st.text(max_size=10) | st.sampled_from([
    'x' * 100_000, '\n[FATAL] all is lost\n', '\x1b[2J', 'a\u202eb', '%s%n'])
BROKEN = st.one_of(
    st.fixed_dictionaries({'emotion': HOSTILE.filter(lambda text: text not in LABELS)}),
    st.fixed_dictionaries({'confidence': st.sampled_from(
        [float('nan'), float('inf'), -0.001, 1.001, -1e38])}),
    st.fixed_dictionaries({'labels': st.lists(HOSTILE, max_size=9).filter(
        lambda labels: len(labels) != len(LABELS) or 'sadness' not in labels)}),
    st.fixed_dictionaries({'probabilities': st.lists(st.floats(width=32), max_size=9).filter(
        lambda values: len(values) != len(LABELS))}),
    st.fixed_dictionaries({'probabilities': st.sampled_from([
        [float('nan')] * 4, [1e38] * 4, [float('inf'), 0, 0, 0], [-1, 1, 0.5, 0.5], [0] * 4,
        [1] * 4])}),
    st.fixed_dictionaries({'duration': st.builds(
        Duration, sec=st.integers(-2**31, -1), nanosec=st.integers(0, 2**32 - 1))}),
    st.fixed_dictionaries({'stamp': st.builds(
        Time, sec=st.integers(0, 2**31 - 1), nanosec=st.integers(10**9, 2**32 - 1))}),
    st.fixed_dictionaries({'stamp': st.builds(Time, sec=st.integers(2**31 - 3599, 2**31 - 1))}))
"""Fields that make a message one that cannot be."""


def test_malformed_emotions_are_dropped_and_counted_and_healthy_ones_answered(person):
    with person.meet(**EASY, **QUIET) as node:
        sent = itertools.count(1)

        @given(BROKEN, st.booleans())
        @settings(max_examples=200, deadline=None, database=None)
        def attack(fields, final):
            message = person.message(final=final)
            for name, value in fields.items():
                setattr(message.header if name == 'stamp' else message, name, value)
            person.publish(message)
            if next(sent) % 50 == 0:
                person.settle()

        attack()
        person.settle()
        person.wait_for({MALFORMED: next(sent) - 1, REACTIONS: 0})
        person.show('sadness')
        wait_until(person.heard, what='the command')
    assert 'emotions malformed' in node.output
    for line in node.lines:
        assert line.isprintable() and len(line) < 600, line


def test_moods_start_reactions_and_what_began_tells_of_the_mood(person):
    reasons = person.listener.subscribe(ReactionMessage, 'behavior/reaction', qos.RESULTS)
    with person.meet(**EASY, **QUIET, reactions=['comfort', 'cheer_up'], **{
            'comfort.valence': [-1.0, -0.4], 'comfort.on_mood': True,
            'comfort.command': 'comfort'}) as node:
        for wrong in ({'valence': 1.5}, {'valence': float('inf')}, {'labels': []},
                      {'labels': ['x' * 100_000] * 4}, {'speaker': '\n' * 101},
                      {'weight': float('nan')}, {'since_last': Duration(sec=-1)}):
            person.feel(**{'valence': -0.5, **wrong})
        person.wait_for({MOODS: 7, MOODS_MALFORMED: 7, REACTIONS: 0})
        person.feel(-0.3)
        person.feel(-0.5, arousal=0.25)
        wait_until(person.heard, what='the command')
        message = person.message('sadness')
        message.header.frame_id = 'ear'
        person.publish(message)
        wait_until(lambda: len(reasons) == 2, what='the other command')
    assert person.heard() == ['comfort', 'cheer_up']
    on_mood, on_utterance = reasons
    assert (on_mood.name, on_mood.on_mood, on_mood.emotion, on_mood.confidence) == (
        'comfort', True, 'sadness', pytest.approx(0.7))
    assert (on_mood.valence, on_mood.arousal, on_mood.header.frame_id) == (-0.5, 0.25, 'ear')
    assert (on_utterance.name, on_utterance.on_mood) == ('cheer_up', False)
    assert on_utterance.mood == on_mood.mood and on_mood.mood.utterances == 2
    assert all(line.isprintable() and len(line) < 600 for line in node.lines)


def test_gates_change_while_the_node_is_active_and_reactions_while_it_is_not(person):
    manager = Manager(person.listener)

    def change(name, value):
        found = person.listener.call(SetParameters, 'behavior/set_parameters', (
            SetParameters.Request(parameters=[
                rclpy.Parameter(name, value=value).to_parameter_msg()]))).results[0]
        return found.reason or found.successful

    with person.meet(**QUIET, agreement=3):
        person.show('sadness', 'sadness')
        person.settle()
        assert change('agreement', 9) == (
            'parameter agreement must be at most the number of utterances, 3, got 9')
        assert change('cheer_up.hold', -1.0) == (
            'parameter cheer_up.hold must be 0 to 3600, or empty, got -1.0')
        assert change('cheer_up.valence', [0.5]).startswith("reaction 'cheer_up' must have a range")
        assert 'while the node is unconfigured' in change('reactions', ['calm_down'])
        assert 'while the node is unconfigured' in change('cheer_up.sound', 'happy_tune')
        assert person.heard() == []
        assert change('agreement', 2) is True
        assert change('cheer_up.cool_down', 0.0) is True
        person.show('sadness')
        wait_until(person.heard, what='the command')
        manager.move('behavior', 'deactivate', 'cleanup')
        assert 'must have each name once' in change('reactions', ['calm_down', 'calm_down'])
        assert change('reactions', ['calm_down']) is True
        assert change('calm_down.emotion', 'anger') is True
        assert change('calm_down.command', 'breathe') is True
        manager.move('behavior', 'configure', 'activate')
        person.wait_to_be_heard()
        person.show('anger', 'anger')
        wait_until(lambda: person.heard()[-1] == 'breathe', what='the new command')


def test_staleness_is_told_by_the_clock_of_ros(person):
    clock = person.node.create_publisher(Clock, '/clock', 10)
    now = 1234 * 10**9
    timer = person.node.create_timer(0.01, lambda: clock.publish(Clock(clock=stamp(now))))
    with person.meet(**EASY, **QUIET, use_sim_time=True):
        # The node needs a moment to hear the clock; until then all is stale.
        wait_until(lambda: person.show('sadness') or person.counts()[AHEAD], what='the future')
        late = itertools.count(now)
        wait_until(lambda: person.show('sadness', end=next(late)) or person.heard(),
                   what='the command')
    timer.cancel()


def test_a_service_is_called_and_its_answer_said(person):
    def wave(response):
        response.success, response.message = True, 'waved\n[FATAL]'
    person.offer('wave', wave)
    with person.meet(**CALL) as node:
        person.show_until(lambda: r"wave answers 'waved\n[FATAL]'" in node.output)


def test_a_service_that_refuses_is_counted(person):
    def refuse(response):
        response.success, response.message = False, 'no arms'
    person.offer('wave', refuse)
    with person.meet(**CALL) as node:
        person.show_until(lambda: "(wave refuses: 'no arms')" in node.output)
    assert 'wave answers' not in node.output


def test_a_service_that_is_missing_is_counted_and_the_rest_is_done(person):
    with person.meet(**CALL) as node:
        person.show('sadness')
        node.wait_for('services failed: 1 (wave is not available)')
        wait_until(person.heard, what='the command')
        person.show('sadness')
        person.wait_for({REACTIONS: 2, NO_SERVICE: 2})


def test_nothing_begins_until_a_service_answers_or_its_time_is_up(person):
    held = Future()
    called = []

    def wave(response):
        called.append(response)
        response.success = True
        return held
    person.offer('wave', wave)
    with person.meet(**CALL, service_timeout=3.0) as node:
        person.show_until(lambda: called)
        person.settle()
        begun = person.counts()[REACTIONS]
        person.show(*['sadness'] * 5)
        node.wait_for('(wave did not answer within 3 s)')
        person.wait_for_end()
        assert person.counts()[REACTIONS] == begun
        held.set_result(None)   # too late
        person.show_until(lambda: 'wave answers' in node.output)
        person.settle()
        assert person.counts()[REACTIONS] > begun


def test_two_reactions_to_two_emotions(person):
    with person.meet(**EASY, **QUIET, reactions=['cheer_up', 'calm_down'], **{
            'calm_down.emotion': 'anger', 'calm_down.command': 'be quiet'}):
        person.show('anger', 'neutral', 'sadness')
        wait_until(lambda: len(person.heard()) == 2, what='both commands')
    assert person.heard() == ['be quiet', 'cheer_up']


def test_an_emotion_that_the_model_does_not_know_is_said_once(person):
    with person.meet(**QUIET, **{'cheer_up.emotion': 'sadnes'}) as node:
        person.show(*['sadness'] * 3)
        person.settle()
        node.wait_for("parameter cheer_up.emotion is 'sadnes', the emotions of the model are "
                      "'neutral, anger, happiness, sadness'")
    assert node.output.count("sadnes'") == 2, 'once at the start, once now'


@needs_portaudio
def test_a_sound_falls_silent_at_once_when_the_node_is_deactivated(
        person, server, mouth):
    manager = Manager(person.listener)
    with server.start().record() as recording, person.meet(environment=mouth, **EASY):
        person.show('sadness')
        wait_until(lambda: recording.is_sound(0.2), what='the tune')
        manager.move('behavior', 'deactivate')
        wait_until(lambda: not recording.is_sound(0.2), what='silence', timeout=2.0)
        person.show('sadness')
        manager.move('behavior', 'activate')
        person.wait_to_be_heard()
        person.show('sadness')
        wait_until(lambda: recording.is_sound(0.2), what='the tune')
    assert person.counts()[NO_SOUND] == 0


@needs_portaudio
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_the_node_ends_quickly_while_it_plays_and_waits(
        person, server, mouth, number):
    person.offer('wave', lambda response: Future())   # it never answers
    speaking = person.listener.subscribe(Bool, 'robot_speaking', qos.LATCHED_HEARD)
    with server.start().record() as recording, person.meet(
            environment=mouth, **EASY, **{'cheer_up.service': 'wave'}) as node:
        person.show_until(lambda: recording.is_sound(0.2))
        assert ends_quickly(node, number)
        wait_until(lambda: not recording.is_sound(0.2), what='silence', timeout=2.0)
    wait_until(lambda: len(speaking) == 2, what='the end of its own voice')
    assert [message.data for message in speaking] == [True, False]


@needs_portaudio
def test_the_node_ends_quickly_while_the_loudspeaker_hangs(person, server, mouth):
    with server.start().record() as recording, person.meet(environment=mouth, **EASY) as node:
        person.show('sadness')
        wait_until(lambda: recording.is_sound(0.2), what='the tune')
        server.freeze()
        assert ends_quickly(node, signal.SIGTERM)
        server.thaw()


@needs_portaudio
def test_a_loudspeaker_that_hangs_is_left_behind(person, server, mouth, beep):
    server.start()
    with person.meet(environment=mouth, **{**EASY, 'cheer_up.sound': str(beep)}) as node:
        server.freeze()
        person.show('sadness')
        node.wait_for('sounds failed: 1 (')
        person.wait_for_end()
        person.show('sadness')
        node.wait_for('sounds failed: 2 (')
        wait_until(lambda: len(person.heard()) == 2, what='the commands')
        server.thaw()

        def is_played():
            person.show('sadness')
            person.wait_for_end()
            counts = person.counts()
            return counts[REACTIONS] > counts[NO_SOUND]
        wait_until(is_played, what='a sound')


@needs_portaudio
def test_a_loudspeaker_may_be_missing_come_go_and_come_back(
        person, server, mouth, beep):
    def reactions_with_sound():
        person.show('sadness')
        person.wait_for_end()
        counts = person.counts()
        return counts[REACTIONS] - counts[NO_SOUND]

    with person.meet(environment=mouth, output_device='robot_mouth', **{
            **EASY, 'cheer_up.sound': str(TUNE)}) as node:
        assert 'no output device; trying again for each sound' in node.output
        assert reactions_with_sound() == 0
        node.wait_for('sounds failed: 1 (no loudspeaker found')
        with server.start().record() as recording:
            person.show('sadness')
            wait_until(lambda: recording.is_sound(0.2), what='the tune')
        server.kill()
        node.wait_for('no longer takes audio')
        person.wait_for_end()
        with server.start().record() as recording:
            person.show('sadness')
            wait_until(lambda: recording.is_sound(0.2), what='the tune')
    assert person.counts()[NO_SOUND] == 2
    assert set(person.heard()) == {'cheer_up'}


def test_a_missing_portaudio_is_said_and_commands_go_on(person, tmp_path):
    (tmp_path / 'sounddevice.py').write_text('raise OSError("PortAudio library not found")')
    path = {'PYTHONPATH': f'{tmp_path}{os.pathsep}{os.environ.get("PYTHONPATH", "")}'}
    with person.meet(environment=path, **EASY) as node:
        assert 'sudo apt install libportaudio2' in node.output
        person.show('sadness')
        wait_until(person.heard, what='the command')
        node.wait_for('sounds failed: 1 (cannot reach sound devices: PortAudio')


def test_a_sound_that_is_gone_or_broken_is_counted(person, beep):
    with person.meet(**{**EASY, 'cheer_up.sound': str(beep)}) as node:
        beep.unlink()
        person.show('sadness')
        node.wait_for(f"sounds failed: 1 (sound file '{beep}' cannot be read")
        person.wait_for_end()


@pytest.mark.parametrize('parameters, words', [
    ({'reactions': []}, ['parameter reactions must have at least one name, got none']),
    ({'reactions': 'cheer_up'}, ['reactions', 'cheer_up', 'a list of texts']),
    ({'reactions': [1, 2]}, ['reactions', 'a list of texts']),
    ({'reactions': ['cheer up']}, ['reactions', "'cheer up'", 'letters']),
    ({'reactions': ['cheer_up', 'cheer_up']}, ['reactions', "got 'cheer_up' 2 times"]),
    ({'reactions': ['mine'], 'mine.emotion': 'anger'}, ["'mine' must have a sound"]),
    ({'reactions': ['mine'], 'mine.command': 'x'}, ["'mine' must be for an emotion, a range"]),
    ({'cheer_up.valence': [-2.0, 0.0]}, ["'cheer_up' must have a range of valence", '-2.0']),
    ({'cheer_up.on_mood': True, 'cheer_up.sector': [0.0, 9.0]}, ["'cheer_up'", 'no sector']),
    ({'cheer_up.emotion': True}, ['cheer_up.emotion', 'True', 'text']),
    ({'cheer_up.sound': 'sad_tune'}, ['cheer_up.sound', 'sad_tune', 'happy_tune']),
    ({'cheer_up.sound': '/nowhere/song.wav'}, ['cheer_up.sound', '/nowhere/song.wav']),
    ({'cheer_up.service': 'bad name'}, ['cheer_up.service', 'bad name', 'name of a service']),
    ({'agreement': 4}, ['agreement', '4', '3']),
    ({'agreement': 0}, ['agreement', '0', '1 to 100']),
    ({'cheer_up.hold': -1.0}, ['cheer_up.hold', '-1.0', '0 to 3600, or empty']),
    ({'cheer_up.agreement': 4}, ['cheer_up.agreement', '4', '3']),
    ({'cool_down': float('nan')}, ['cool_down', 'nan']),
])
def test_what_cannot_be_is_one_line_and_exit_code_1(parameters, words):
    complaint = refusal('behavior', **parameters)
    for word in words:
        assert word in complaint
