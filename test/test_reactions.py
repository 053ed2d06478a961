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

"""When a robot reacts, and when it does not."""

from collections import Counter
import dataclasses
import math

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
import pytest

from emotion_ros.behavior.reactions import (
    AHEAD,
    DOUBLED,
    ELSEWHERE,
    OLD,
    REACTIONS,
    UNSURE,
    Reaction,
    ReactionPolicy,
    Reactor,
)
from emotion_ros.errors import EmotionError
from emotion_ros.mood.moods import Mood

S = 10**9   # ns
NOW = 10**18

CHEER_UP = Reaction('cheer_up', 'sadness', command='sing')
CALM_DOWN = Reaction('calm_down', 'anger', command='be quiet')
EASY = {'agreement': 1, 'utterances': 1, 'hold': 0.0, 'cool_down': 0.0}


def reactor(**options):
    """Make a Reactor to sadness and anger; its reactions are soon over, unless a test says."""
    reactions = options.pop('reactions', [CHEER_UP, CALM_DOWN])
    counts = options.pop('counts', None)
    return Reactor(reactions, ReactionPolicy(**options), counts=counts)


class Talk:
    """Somebody who talks to a Reactor, an utterance of two seconds every five.

    Args:
        found: the Reactor.
        lasting: whether a reaction lasts until the test says that it is over.

    """

    def __init__(self, found, *, lasting=False):
        self.reactor = found
        self.now = NOW
        self._lasting = lasting

    def say(self, *emotions, confidence=0.9, pause=5.0, late=0.1, length=2.0,
            **place):
        """Say utterances, all of one kind; give the names of the reactions, None where none is."""
        names = []
        for emotion in emotions:
            self.now += round(pause * S)
            end = self.now - round(late * S)
            names.append(self._name(self.reactor.update(
                emotion, confidence=confidence, start=end - round(length * S), end=end,
                now=self.now, **place)))
        return names

    def feel(self, *valences, emotion='sadness', pause=10.0, silence=1.0, late=0.1, utterances=3,
             speaker='', frame_id='ear'):
        """Be in moods, one after the other; give the names of the reactions."""
        names = []
        for valence in valences:
            self.now += round(pause * S)
            mood = Mood(self.now - round(late * S), utterances, round(silence * S), 60.0, 1.0,
                        ('neutral', emotion), (0.3, 0.7), 0.2, valence, speaker=speaker)
            names.append(self._name(
                self.reactor.update_mood(mood, now=self.now, frame_id=frame_id)))
        return names

    def _name(self, found):
        if found and not self._lasting:
            self.reactor.done(self.now)
        return found and found.name

    def counts(self):
        """What the Reactor has counted, without zeros."""
        return dict(self.reactor._counts)


@pytest.fixture
def talk():
    """Talk to a Reactor with the options given, see Talk."""
    def make(*, lasting=False, **options):
        return Talk(reactor(**options), lasting=lasting)
    return make


def test_the_default_reacts_to_the_second_of_two_that_agree(talk):
    assert talk().say('sadness', 'sadness') == [None, 'cheer_up']


@pytest.mark.parametrize('sector, inside, outside', [
    ((-30, 30), (-30, 0, 29.9), (-31, 31, 180, math.nan)),
    ((150, -150), (150, 180, -180, -151), (0, 149, -149, math.nan)),
    ((300, 60), (-60, 0, 59), (61, -61)),
    ((-180, 180), (0, 45, 179, -179), (math.nan,)),
    ((360, 0), (0, 1, -90), (math.nan,)),
    ((), (0, -120, math.nan), ()),
])
def test_a_sector_is_the_only_place_that_counts(talk, sector, inside, outside):
    own = [Reaction('cheer_up', 'sadness', sound='happy_tune', sector=sector)]
    for degrees in inside:
        found = talk(reactions=own, **EASY)
        assert found.say('sadness', azimuth=math.radians(degrees)) == ['cheer_up'], degrees
    for degrees in outside:
        found = talk(reactions=own, **EASY)
        assert found.say('sadness', azimuth=math.radians(degrees)) == [None], degrees
        assert found.counts() == {ELSEWHERE: 1}


def test_what_is_said_elsewhere_is_no_vote(talk):
    found = talk(reactions=[Reaction('cheer_up', 'sadness', command='cheer', sector=(-30, 30))])
    assert found.say('sadness', azimuth=0.0) == [None]
    assert found.say('sadness', azimuth=1.0) == [None]
    assert found.say('sadness', azimuth=0.1) == ['cheer_up']


def test_a_voice_from_elsewhere_speaks_against_nobody(talk):
    found = talk(reactions=[Reaction('cheer_up', 'sadness', command='cheer', sector=(-30, 30))])
    assert found.say('sadness', azimuth=0.0) == [None]
    assert found.say('neutral', 'neutral', azimuth=3.0) == [None, None]
    assert found.say('sadness', azimuth=0.0) == ['cheer_up']


@pytest.mark.parametrize('sector', [
    (1.0,), (0, 10, 20), (0, 361), (-400, 0), (math.nan, 0), (30, 30)])
def test_a_sector_that_cannot_be_is_refused(sector):
    with pytest.raises(EmotionError, match=r"'cheer_up' must have a sector \[from, to\]"):
        Reaction('cheer_up', 'sadness', command='cheer', sector=sector)


UNHAPPY = Reaction('comfort', valence=(-1.0, -0.4), command='comfort')
EXCITED = Reaction('slow_down', 'anger', arousal=(0.5, 1.0), command='breathe')


@pytest.mark.parametrize('reaction, emotion, affect, begins', [
    (UNHAPPY, 'neutral', {'valence': -0.4}, True), (UNHAPPY, 'sadness', {'valence': -1.0}, True),
    (UNHAPPY, 'sadness', {'valence': -0.39}, False), (UNHAPPY, 'sadness', {}, False),
    (UNHAPPY, 'unknown', {'valence': -0.9}, False),
    (EXCITED, 'anger', {'arousal': 0.5}, True), (EXCITED, 'anger', {'arousal': 0.4}, False),
    (EXCITED, 'fear', {'arousal': 0.9}, False)])
def test_arousal_and_valence_are_conditions(talk, reaction, emotion, affect, begins):
    assert talk(reactions=[reaction], **EASY).say(emotion, **affect) == [
        reaction.name if begins else None]


def test_valence_that_is_low_for_a_minute(talk):
    found = talk(reactions=[UNHAPPY], hold=60.0)
    assert found.say(*['neutral'] * 12, valence=-0.5) == [None] * 12   # 57 s
    assert found.say('fear', valence=-0.5) == ['comfort']
    found = talk(reactions=[UNHAPPY], hold=60.0)
    found.say(*['neutral'] * 11, valence=-0.5)
    found.say('neutral', 'neutral', valence=0.1)
    assert found.say(*['neutral'] * 4, valence=-0.5) == [None] * 4


def test_of_several_reactions_that_could_begin_the_first_one_does(talk):
    also = dataclasses.replace(CHEER_UP, name='also')
    found = talk(reactions=[UNHAPPY, CHEER_UP, also], **{**EASY, 'cool_down': 60.0})
    assert found.say(*['sadness'] * 4, valence=-0.5) == ['comfort', 'cheer_up', 'also', None]


@pytest.mark.parametrize('changes, words', [
    ({'valence': (0.5,)}, 'range of valence'), ({'arousal': (0.5, 0.4)}, 'range of arousal'),
    ({'valence': (-1.1, 0)}, 'within -1 to 1'), ({'arousal': (math.nan, 0)}, 'range of arousal'),
    ({'on_mood': True, 'sector': (0, 10)}, 'no sector')])
def test_conditions_that_cannot_be_are_refused(changes, words):
    with pytest.raises(EmotionError, match=words):
        dataclasses.replace(CHEER_UP, **changes)


def test_what_the_model_never_tells_is_said():
    assert UNHAPPY.lacks(['anger'], math.nan, -0.1) == ''
    assert 'the model does not give valence' in UNHAPPY.lacks(['anger'], 0.1, math.nan)
    assert "emotion is 'sadness', the emotions of the model are 'anger'" in CHEER_UP.lacks(
        ['anger'], 0.0, 0.0)


GLOOMY = dataclasses.replace(UNHAPPY, on_mood=True)


def test_a_mood_that_is_held_starts_a_reaction(talk):
    found = talk(reactions=[GLOOMY], hold=60.0)
    assert found.feel(*[-0.5] * 6) == [None] * 6   # 50 s
    assert found.feel(-0.5, -0.5) == ['comfort', None], 'then it cools down'
    assert talk(reactions=[GLOOMY], hold=60.0).feel(-0.5, -0.5, -0.5, 0.1, *[-0.5] * 6)[-1] is None


def test_utterances_and_moods_start_reactions_of_their_own(talk):
    found = talk(reactions=[CHEER_UP, GLOOMY], **{**EASY, 'cool_down': 60.0})
    assert found.say('sadness', valence=-0.9) == ['cheer_up']
    assert found.feel(-0.5) == ['comfort']
    found.say('sadness', valence=-0.9)
    assert found.reactor.reason == '15.0 s ago cheer_up was over'
    mood = dataclasses.replace(CHEER_UP, on_mood=True)
    assert talk(reactions=[mood], **EASY).feel(0.0) == ['cheer_up']
    assert talk(reactions=[mood], **EASY).feel(0.0, emotion='anger') == [None]


@pytest.mark.parametrize('gates, mood, reason', [
    ({'agreement': 3, 'utterances': 3}, {'utterances': 2},
     'it is based on 2 utterances; 3 are required'),
    ({'confidence': 0.8}, {}, 'there is no reaction to it'),
    ({}, {'silence': 31.0}, 'the last utterance ended 31.1 s ago'),
    ({}, {'late': 1000.0}, 'the last utterance ended 1001.0 s ago'),
    ({}, {'late': -1000.0}, 'the last utterance ended -999.0 s ago'),
    ({}, {'utterances': 0}, 'the last utterance ended 1.1 s ago')])
def test_a_mood_must_be_sure_recent_and_based_on_enough(talk, gates, mood, reason):
    found = talk(reactions=[GLOOMY], **{**EASY, **gates})
    assert found.feel(-0.5, **mood) == [None]
    assert found.reactor.reason == reason
    assert found.counts() == {}, 'silence is no fault'


def test_each_person_at_each_microphone_holds_a_mood_alone(talk):
    found = talk(reactions=[GLOOMY], hold=25.0, cool_down=0.0)
    assert [found.feel(-0.5, speaker=speaker, frame_id=frame_id)[0] for speaker, frame_id in 2 * (
        ('Anna', 'left'), ('Bo', 'left'), ('Anna', 'right'))] == 3 * [None] + 3 * ['comfort']


def test_a_gap_between_moods_breaks_what_is_held(talk):
    found = talk(reactions=[GLOOMY], hold=15.0)
    assert found.feel(-0.5, -0.5) == [None, None]
    assert found.feel(-0.5, pause=31.0) == [None]
    assert found.feel(-0.5, -0.5) == [None, 'comfort']


def test_other_gates_hold_from_now_on_and_what_was_heard_stays(talk):
    found = talk(agreement=3)
    assert found.say('sadness', 'sadness') == [None, None]
    found.reactor.change([CHEER_UP, CALM_DOWN], ReactionPolicy(agreement=2, cool_down=10.0))
    assert found.say('sadness') == ['cheer_up']
    with pytest.raises(EmotionError, match='different names'):
        found.reactor.change([CHEER_UP, CHEER_UP], ReactionPolicy())
    assert found.say('sadness', 'sadness') == [None, 'cheer_up']


def test_each_emotion_has_its_reaction(talk):
    assert talk(**EASY).say('anger', 'sadness', 'neutral') == ['calm_down', 'cheer_up', None]


def test_each_reaction_has_a_policy_of_its_own(talk):
    own = [dataclasses.replace(CHEER_UP, policy=ReactionPolicy(
        confidence=0.8, agreement=1, utterances=1, cool_down=0.0)), CALM_DOWN]
    found = talk(reactions=own, agreement=2, utterances=4, cool_down=100.0)
    assert found.say('sadness', 'anger', confidence=0.7) == [None, None]
    assert found.say('sadness', 'sadness', confidence=0.8) == ['cheer_up', 'cheer_up']
    assert found.say('anger', 'anger', confidence=0.7) == ['calm_down', None]
    assert found.say('sadness', confidence=0.9) == ['cheer_up']


def test_two_of_three_agree(talk):
    mixed = 'sadness', 'neutral', 'sadness'
    assert talk(agreement=2, utterances=3).say(*mixed)[-1] == 'cheer_up'
    assert talk(agreement=2, utterances=2).say(*mixed)[-1] is None
    assert talk(agreement=3, utterances=3).say(*mixed, 'sadness')[-1] is None


def test_the_newest_utterance_must_show_the_emotion(talk):
    assert talk(agreement=2, utterances=3, hold=12.0).say(
        'sadness', 'sadness', 'neutral', 'sadness') == [None, None, None, 'cheer_up']


def test_unsure_and_unknown_utterances_change_nothing(talk):
    found = talk(agreement=2, utterances=2, confidence=0.5)
    assert found.say('sadness') == [None]
    assert found.say('anger', 'neutral', 'sadness', confidence=0.49) == [None] * 3
    assert found.say('unknown', confidence=1.0) == [None]
    assert found.say('sadness') == ['cheer_up']
    assert found.counts() == {UNSURE: 4, REACTIONS: 1}


def test_confidence_of_no_number_is_unsure(talk):
    assert talk(**EASY, confidence=0.0).say('sadness', confidence=float('nan')) == [None]


def test_what_the_classifier_names_counts_unless_more_is_asked_for(talk):
    assert talk(**EASY).say('sadness', confidence=0.01) == ['cheer_up']
    assert talk(**EASY).say('unknown', confidence=0.99) == [None]


def test_the_reason_why_nothing_begins_is_told(talk):
    found = talk(agreement=2, utterances=3, hold=12.0, cool_down=60.0, lasting=True)

    def reasons(*emotions, **options):
        return [(found.say(emotion, **options), found.reactor.reason)[1] for emotion in emotions]
    assert reasons('unknown', confidence=0.2) == ['emotions unsure: confidence 0.20']
    assert reasons('sadness', late=99.0) == ['emotions stale: too old, it ended 99.0 s ago']
    assert reasons('neutral', 'sadness', 'sadness', 'sadness', 'sadness') == [
        'there is no reaction to it', '1 of the last 2 utterances show it, 2 must',
        'they have agreed for 7.0 s', '', 'cheer_up is running']
    found.reactor.done(found.now)
    assert reasons('sadness') == ['5.0 s ago cheer_up was over']


def test_confidence_at_the_gate_is_sure(talk):
    assert talk(**EASY, confidence=0.5).say('sadness', confidence=0.5) == ['cheer_up']


def test_an_emotion_must_be_held_from_the_first_utterance_to_the_end_of_the_newest(talk):
    assert talk(**{**EASY, 'hold': 11.9}).say('sadness', 'sadness', 'sadness') == [
        None, None, 'cheer_up']   # 2 s, 7 s, 12 s
    assert talk(**{**EASY, 'hold': 12.1}).say('sadness', 'sadness', 'sadness')[-1] is None
    assert talk(**{**EASY, 'hold': 2.0}).say('sadness') == ['cheer_up']


def test_another_emotion_breaks_what_is_held(talk):
    held = {**EASY, 'hold': 7.0}
    assert talk(**held).say('sadness', 'neutral', 'sadness', 'sadness') == [
        None, None, None, 'cheer_up']


def test_what_is_held_may_outlast_the_utterances_that_are_looked_at(talk):
    assert talk(agreement=2, utterances=2, hold=60.0).say(*['sadness'] * 13)[-2:] == [
        None, 'cheer_up']   # 57 s, 62 s


def test_a_long_pause_breaks_what_is_held(talk):
    found = talk(**{**EASY, 'hold': 7.0}, staleness=30.0)
    found.say('sadness')
    assert found.say('sadness', pause=1000.0) == [None]
    assert found.say('sadness') == ['cheer_up']


def test_old_utterances_agree_with_nobody(talk):
    found = talk(staleness=30.0)
    found.say('sadness')
    assert found.say('sadness', pause=31.0) == [None]
    assert found.say('sadness', pause=29.0) == ['cheer_up']


@pytest.mark.parametrize('late, counted', [
    (29.9, {REACTIONS: 1}), (30.1, {OLD: 1}), (-29.9, {REACTIONS: 1}), (-30.1, {AHEAD: 1}),
    (10.0**9, {OLD: 1})])
def test_stale_utterances_count_for_nothing(talk, late, counted):
    found = talk(**EASY, staleness=30.0)
    found.say('sadness', late=late)
    assert found.counts() == counted


def test_an_utterance_that_comes_twice_counts_once(talk):
    found = talk()
    assert found.say('sadness') == [None]
    assert found.say('sadness', pause=0.0) == [None]
    assert found.say('sadness', pause=1.0, late=3.0) == [None]
    assert found.counts() == {DOUBLED: 2}


def test_a_microphone_whose_clock_is_ahead_does_not_silence_the_others(talk):
    found = talk(**EASY)
    assert found.say('sadness', late=-20.0, frame_id='left') == ['cheer_up']
    assert found.say('sadness', 'sadness', frame_id='right') == ['cheer_up', 'cheer_up']
    assert found.say('sadness', late=-5.0, frame_id='left') == [None]
    assert found.counts() == {REACTIONS: 3, DOUBLED: 1}


def test_nothing_begins_while_a_reaction_runs_nor_it_again_in_the_cool_down_after_its_end(talk):
    found = talk(**{**EASY, 'cool_down': 20.0}, lasting=True)
    assert found.say('sadness', *['anger'] * 20) == ['cheer_up'] + [None] * 20
    assert found.reactor.running == CHEER_UP
    found.reactor.done(found.now)
    assert found.reactor.running is None
    assert found.say('anger') == ['calm_down']
    found.reactor.done(found.now)
    assert found.say(*['sadness'] * 3) == [None, None, 'cheer_up']


def test_what_is_said_meanwhile_counts_afterwards(talk):
    found = talk(agreement=3, utterances=3, cool_down=0.0, lasting=True)
    found.say(*['sadness'] * 3)
    found.say('anger', 'anger')
    found.reactor.done(found.now)
    assert found.say('anger') == ['calm_down']


def test_time_that_is_set_back_forgets_what_was_said_and_begins_the_cool_down_anew(talk):
    found = talk(agreement=2, utterances=2, cool_down=20.0)
    assert found.say('sadness', 'sadness', 'sadness')[1] == 'cheer_up'
    found.now -= 1000 * S
    assert found.say(*['sadness'] * 5) == [None] * 4 + ['cheer_up']


@pytest.mark.parametrize('changes, words', [
    ({'emotion': ''}, "'cheer_up' must be for an emotion"),
    ({'emotion': 'unknown'}, "got 'unknown'"), ({'command': ''}, "'cheer_up' must have a sound")])
def test_reactions_that_cannot_be_are_refused(changes, words):
    with pytest.raises(EmotionError, match=words):
        dataclasses.replace(CHEER_UP, **changes)


@pytest.mark.parametrize('reactions, words', [
    ([], 'at least one reaction'), ([CHEER_UP, CHEER_UP], "got 'cheer_up' 2 times")])
def test_a_reactor_needs_reactions_of_different_names(reactions, words):
    with pytest.raises(EmotionError, match=words):
        Reactor(reactions)


@pytest.mark.parametrize('gate, value, words', [
    ('confidence', 1.1, '-1 to 1, got 1.1'), ('agreement', 0, '1 to 100, got 0'),
    ('hold', math.nan, '0 to 3600, got nan'), ('staleness', 0.0, '0.1 to 3600')])
def test_a_gate_that_is_not_allowed_is_refused(gate, value, words):
    with pytest.raises(EmotionError, match=f'{gate} must be {words}'):
        ReactionPolicy(**{gate: value})


def test_more_agreement_than_utterances_is_refused():
    with pytest.raises(EmotionError, match='agreement must be at most .* 3, got 4'):
        reactor(agreement=4, utterances=3)


SECONDS = st.floats(0, 100).map(lambda seconds: round(seconds, 1))
EMOTIONS = st.sampled_from(['sadness', 'sadness', 'anger', 'neutral', 'unknown'])
GATES = st.fixed_dictionaries({
    'confidence': st.sampled_from([-1.0, 0.0, 0.5, 1.0]),
    'agreement': st.integers(1, 3),
    'utterances': st.integers(3, 4),
    'hold': st.sampled_from([0.0, 0.0, 5.0, 30.0]),
    'cool_down': st.sampled_from([0.0, 10.0, 60.0]),
    'staleness': st.sampled_from([1.0, 30.0, 100.0]),
})


class Conversation(RuleBasedStateMachine):
    """Anything may be heard at any time; each reaction is justified by what was heard."""

    @initialize(gates=GATES)
    def begin(self, gates):
        """Make a robot."""
        self.gates = gates
        self.counts = Counter()
        self.reactor = reactor(**gates, counts=self.counts)
        self.now = NOW
        self.last = 0         # when something was heard
        self.heard = []       # (emotion, start, end) that are sure and were not stale
        self.newest = None    # the last of them
        self.total = 0
        self.running = None
        self.over = {}

    @rule(seconds=SECONDS)
    def wait(self, seconds):
        """Let time pass."""
        self.now += round(seconds * S)

    @rule(seconds=SECONDS)
    def set_back(self, seconds):
        """Let time run back; what was heard later than that is no evidence any more."""
        self.now -= round(seconds * S)
        if self.now < self.last:
            self.heard.clear()
            self.newest = None
            self.over = {name: min(over, self.now) for name, over in self.over.items()}
        self.reactor.update('unknown', confidence=0.0, start=0, end=0, now=self.now)
        self.last = self.now
        self.total += 1

    @rule(emotion=EMOTIONS, confidence=st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0]),
          late=st.floats(-150, 150) | st.just(0.0), length=st.floats(0.3, 15),
          pause=st.floats(0, 20))
    def hear(self, emotion, confidence, late, length, pause):
        """Hear an utterance."""
        self.now += round(pause * S)
        end = self.now - round(late * S)
        start = end - round(length * S)
        found = self.reactor.update(
            emotion, confidence=confidence, start=start, end=end, now=self.now)
        self.last = self.now
        self.total += 1
        gates = self.gates
        sure = confidence >= gates['confidence'] and emotion != 'unknown'
        stale = abs(self.now - end) > gates['staleness'] * S
        if sure and not stale and not self.is_doubled(start):
            self.newest = emotion, start, end
            self.heard.append(self.newest)
        if found is None:
            return
        assert found.emotion == emotion
        assert sure and not stale
        assert self.running is None, 'two at once'
        assert self.now - self.over.get(found.name, -math.inf) >= gates['cool_down'] * S
        fresh = [entry for entry in self.heard[-gates['utterances']:]
                 if self.now - entry[2] <= gates['staleness'] * S]
        agreeing = [entry for entry in fresh if entry[0] == emotion]
        assert len(agreeing) >= gates['agreement']
        assert agreeing[-1] == (emotion, start, end)
        # At least: what is held may have begun before the oldest that is looked at.
        first = min(began for shown, began, _ in self.heard if shown == emotion)
        assert end - first >= gates['hold'] * S
        self.running = found

    def is_doubled(self, start):
        """Whether an utterance does not come after the last one, which still counts."""
        if self.newest is None or self.now - self.newest[2] > self.gates['staleness'] * S:
            return False
        return start <= self.newest[1]

    @precondition(lambda self: self.running is not None)
    @rule()
    def finish(self):
        """Let the reaction be over."""
        self.reactor.done(self.now)
        self.over[self.running.name] = self.now
        self.running = None

    @invariant()
    def tells_what_runs(self):
        """The robot knows what it does."""
        if hasattr(self, 'reactor'):
            assert self.reactor.running == self.running

    @invariant()
    def counts_add_up(self):
        """Each utterance counts, or is counted as one that does not."""
        if hasattr(self, 'reactor'):
            dropped = sum(self.counts[name] for name in (OLD, AHEAD, DOUBLED, UNSURE))
            assert dropped <= self.total
            assert self.counts[REACTIONS] <= self.total - dropped


Conversation.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestConversation = Conversation.TestCase

UTTERANCES = st.lists(st.tuples(
    EMOTIONS, st.sampled_from([0.2, 0.9]), st.sampled_from([0.0, 0.0, 1000.0, -1000.0])),
    max_size=30)


@given(UTTERANCES, GATES.map(lambda gates: {**gates, 'confidence': 0.5}))
@settings(deadline=None)
def test_what_does_not_count_might_as_well_not_be_said(utterances, gates):
    def reactions(keep):
        found = reactor(**gates)
        names = []
        for number, (emotion, confidence, late) in enumerate(utterances):
            if not keep(emotion, confidence, late):
                continue
            now = NOW + number * 3 * S
            end = now - round(late * S)
            begun = found.update(emotion, confidence=confidence, start=end - S, end=end, now=now)
            if begun:
                names.append((number, begun.name))
                found.done(now)
        return names

    assert reactions(lambda *_: True) == reactions(
        lambda emotion, confidence, late:
        emotion != 'unknown' and confidence >= 0.5 and late == 0)


@given(GATES, st.integers(1, 40))
@settings(deadline=None)
def test_somebody_who_stays_sad_is_cheered_up_again_and_again(gates, count):
    found = Talk(reactor(**{**gates, 'staleness': 30.0}))
    names = found.say(*['sadness'] * count, confidence=1.0)
    begun = [number for number, name in enumerate(names) if name]
    first = max(gates['agreement'] - 1, -(-max(0, gates['hold'] - 2.0) // 5))
    between = max(1, -(-gates['cool_down'] // 5))
    assert begun == list(range(int(first), count, int(between)))


MOOD = st.tuples(st.floats(-1, 1) | st.just(math.nan), st.floats(0, 60), st.floats(0, 100),
                 st.floats(-50, 50), st.integers(0, 4), st.sampled_from(['', 'Anna']))


@given(st.lists(MOOD, max_size=20), GATES)
@settings(deadline=None)
def test_whatever_the_moods_a_reaction_to_one_is_justified(moods, gates):
    found = Talk(reactor(reactions=[GLOOMY], **gates))
    since, last, over = {}, {}, -math.inf
    for valence, pause, silence, late, utterances, speaker in moods:
        begun = found.feel(valence, pause=pause, silence=silence, late=late,
                           utterances=utterances, speaker=speaker)[0]
        stamp = found.now - round(late * S)
        shown = (valence <= -0.4 and utterances >= gates['agreement']
                 and 0.7 >= gates['confidence']
                 and abs(late + silence) <= gates['staleness'] + 1e-6)
        if not shown:
            since.pop(speaker, None)
        elif speaker not in since or found.now - last[speaker] > gates['staleness'] * S:
            since[speaker] = stamp
        since[speaker] = min(since.get(speaker, stamp), stamp)
        last[speaker] = found.now
        if begun:
            assert shown and stamp - since[speaker] >= gates['hold'] * S
            assert found.now - over >= gates['cool_down'] * S
            over = found.now
