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

"""What is expressed over minutes."""

from dataclasses import replace
import math

from builtin_interfaces.msg import Duration
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from emotion_ros.features.extractor import Utterance
from emotion_ros.model.classifier import Emotion
from emotion_ros.mood.moods import MAX_MOODS, MAX_UTTERANCES, Moods, MoodTracker
from emotion_ros.msg import EmotionStamped, Mood as MoodMessage
from emotion_ros.nodes import qos
from harness import Executable, Listener, wait_until

S = 10**9   # ns
NOW = 10**18
LABELS = ['neutral', 'anger', 'sadness']


def said(*, end=0.0, label='anger', confidence=0.5, duration=2.0, arousal=0.5, valence=-0.5,
         labels=LABELS):
    """Make an utterance that ends at a time [s], and its emotion."""
    probabilities = np.full(len(labels), 0.1, np.float32)
    probabilities[labels.index(label)] = 1.1 - 0.1 * len(labels)
    length = round(duration * S)
    return (Utterance(1, 0, NOW + round(end * S) - length, length, True, False),
            Emotion(label, labels, probabilities, confidence, 0.0, arousal, valence))


def tracker(*utterances, half_life=60.0):
    found = MoodTracker(half_life)
    for utterance in utterances:
        found.update(*utterance)
    return found


def test_one_utterance_is_the_mood():
    mood = tracker(said()).mood()
    assert (mood.utterances, mood.since_last, mood.emotion) == (1, 0, 'anger')
    assert mood.labels == tuple(LABELS)
    assert mood.probabilities == pytest.approx([0.1, 0.8, 0.1])
    assert (mood.arousal, mood.valence) == pytest.approx((0.5, -0.5))
    assert mood.weight == pytest.approx(0.5 * 2.0)
    assert math.isnan(mood.arousal_trend), 'there was none before'


def test_an_utterance_counts_half_as_much_after_each_half_life():
    mood = tracker(said(valence=1.0), said(end=60.0, valence=-1.0)).mood()
    assert mood.valence == pytest.approx((0.5 - 1.0) / 1.5)
    assert mood.weight == pytest.approx(1.5)
    assert mood.valence_trend == pytest.approx(mood.valence - 1.0)


def test_an_utterance_counts_by_its_confidence_and_its_length():
    mood = tracker(said(valence=1.0, confidence=0.9, duration=3.0),
                   said(valence=-1.0, confidence=0.1, duration=1.0)).mood()
    assert mood.valence == pytest.approx((2.7 - 0.1) / 2.8)
    assert tracker(said(valence=1.0), said(valence=-1.0, confidence=0.0)).mood().valence == 1.0


def test_an_utterance_that_comes_twice_counts_once():
    once, twice = tracker(said(), said(end=1.0)), tracker(said(), said(end=1.0), said(), said())
    assert (twice.mood().utterances, twice.mood().weight) == (2, once.mood().weight)


def test_silence_makes_a_mood_weaker_until_it_is_forgotten():
    found = tracker(said())
    weak = found.mood(NOW + 120 * S)
    assert weak.weight == pytest.approx(0.25)
    assert weak.since_last == 120 * S
    assert weak.arousal == pytest.approx(0.5)
    gone = found.mood(NOW + 601 * S)
    assert (gone.utterances, gone.labels, gone.emotion) == (0, (), '')
    assert math.isnan(gone.arousal)


def test_what_a_model_does_not_tell_is_not_told():
    mood = tracker(said(arousal=math.nan), said(end=1.0, arousal=0.25)).mood()
    assert mood.arousal == 0.25
    assert math.isnan(tracker(said(valence=math.nan)).mood().valence)


def test_another_model_or_another_time_begins_anew():
    other = ['calm', 'anger']
    assert tracker(said(), said(end=1.0, labels=other)).mood().labels == tuple(other)
    assert tracker(said(), said(end=-700.0)).mood().utterances == 1


def test_a_wrong_stamp_does_no_harm_for_long():
    found = tracker(said(), said(end=10**8), said(end=1.0), said(end=2.0))
    assert found.mood().utterances == 2


UTTERANCES = st.lists(st.builds(
    said, end=st.integers(0, 3).map(lambda number: 30.0 * number),
    label=st.sampled_from(LABELS), confidence=st.floats(0, 1), duration=st.floats(0, 1e6),
    arousal=st.floats(-1, 1) | st.just(math.nan), valence=st.floats(-1, 1)), max_size=12,
    unique_by=lambda told: (told[0].stamp, told[0].duration))


@given(UTTERANCES, st.floats(0, 1e4))
@settings(deadline=None)
def test_a_mood_is_bounded(utterances, later):
    mood = tracker(*utterances).mood(NOW + round(later * S))
    assert 0 <= mood.utterances <= len(utterances)
    assert mood.since_last >= 0
    assert 0 <= mood.weight <= 15.0 * len(utterances)
    if mood.utterances:
        assert mood.probabilities.min() >= 0
        assert mood.probabilities.sum() == pytest.approx(1)
    for value in (mood.arousal, mood.valence):
        assert math.isnan(value) or abs(value) <= 1
    for value in (mood.arousal_trend, mood.valence_trend):
        assert math.isnan(value) or abs(value) <= 2


@given(UTTERANCES, st.randoms())
@settings(deadline=None)
def test_the_order_of_arrival_does_not_matter(utterances, random):
    shuffled = random.sample(utterances, len(utterances))
    one, other = tracker(*utterances).mood(), tracker(*shuffled).mood()
    for name, value in vars(one).items():
        if name != 'labels':
            told = getattr(other, name)
            assert told == value if name == 'speaker' else np.allclose(
                value, told, equal_nan=True), name


@given(UTTERANCES)
@settings(deadline=None)
def test_what_is_long_ago_is_forgotten(utterances):
    late = said(end=3000.0, confidence=0.5)
    found, fresh = tracker(*utterances, late).mood(), tracker(late).mood()
    assert found.utterances == 1
    assert (found.arousal, found.valence) == (fresh.arousal, fresh.valence)


def test_each_microphone_has_a_mood_of_its_own():
    moods = Moods()
    moods.update('left', *said(valence=-1.0), now=5 * S)
    assert moods.update('right', *said(valence=1.0), now=6 * S).valence == 1.0
    current = dict(moods.current(11 * S))
    assert {name: mood.valence for name, mood in current.items()} == {'left': -1.0, 'right': 1.0}
    assert current['left'].since_last == 6 * S
    assert len(moods) == 2


def test_each_person_has_a_mood_of_their_own():
    moods = Moods()
    for speaker, valence in (('Anna', -1.0), ('', 1.0)):
        utterance, emotion = said(valence=valence)
        mood = moods.update('ear', utterance, replace(emotion, speaker=speaker), now=0)
        assert (mood.speaker, mood.valence) == (speaker, valence)
    assert {mood.speaker: mood.valence for _, mood in moods.current(0)} == {'Anna': -1, '': 1}


def test_only_so_much_is_kept():
    moods = Moods()
    for number in range(2 * MAX_MOODS):
        moods.update(str(number), *said(), now=0)
    assert len(moods) == MAX_MOODS
    found = tracker(*[said(end=number / 1000) for number in range(MAX_UTTERANCES + 10)])
    assert found.mood().utterances == MAX_UTTERANCES


def test_the_node_tells_a_mood_after_each_utterance_and_as_time_passes():
    with Listener() as listener, Executable('mood', period=0.2, half_life=5.0).wait_for('ready'):
        moods = listener.subscribe(MoodMessage, 'mood', qos.RESULTS)
        publisher = listener.node.create_publisher(EmotionStamped, 'emotion', qos.RESULTS)
        wait_until(lambda: publisher.get_subscription_count() == 1
                   and listener.node.count_publishers('mood') == 1, what='the node')
        message = EmotionStamped(
            final=False, emotion='anger', confidence=0.5, labels=LABELS, arousal=0.5, valence=-0.5,
            probabilities=[0.1, 0.8, 0.1], duration=Duration(sec=2), threshold=0.3)
        message.header.frame_id = 'ear'
        message.header.stamp.sec = 1000
        publisher.publish(message)   # an interim result counts for nothing
        message.confidence = math.nan
        publisher.publish(message)   # nor does what cannot be
        message.confidence, message.final = 0.5, True
        message.header.stamp.sec = 2**31 - 3601
        publisher.publish(message)   # nor is this the end of it
        message.header.stamp.sec = 1000
        publisher.publish(message)

        def told():
            return next((mood for mood in moods if mood.header.stamp.sec == 1002), None)
        wait_until(told, what='a mood')
        assert (told().header.frame_id, told().utterances) == ('ear', 1)
        assert list(told().probabilities) == pytest.approx([0.1, 0.8, 0.1])
        assert told().valence == -0.5
        wait_until(lambda: moods[-1].since_last.nanosec > 0, what='time to pass')
        assert 0 < moods[-1].weight < told().weight
