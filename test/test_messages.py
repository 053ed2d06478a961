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

"""Messages become stage types and back, or are refused."""

from array import array
from dataclasses import replace
import math

from builtin_interfaces.msg import Duration, Time
from hypothesis import given, strategies as st
import numpy as np
import pytest

from emotion_ros.audio.frame import Frame
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.messages.conversion import MAX_VALUES
from emotion_ros.model.classifier import Emotion
from emotion_ros.mood.moods import Mood
from emotion_ros.msg import (
    AudioFrame,
    EmotionStamped,
    FeatureMatrix,
    Mood as MoodMessage,
    SpeakerStamped,
    VoiceFeatures as VoiceFeaturesMessage,
)
from emotion_ros.nodes.messages import (
    emotion_to_message,
    features_to_message,
    frame_to_message,
    message_to_emotion,
    message_to_features,
    message_to_frame,
    message_to_mood,
    message_to_speaker,
    mood_to_message,
)

UINT32 = st.integers(0, 2**32 - 1)
TIMES = st.builds(Time, sec=st.integers(-2**31, 2**31 - 1), nanosec=UINT32)
DURATIONS = st.builds(Duration, sec=st.integers(-2**31, 2**31 - 1), nanosec=UINT32)


def test_frame_survives_the_way_through_a_message():
    samples = np.random.default_rng(0).integers(-32768, 32768, (512, 2)).astype(np.int16)
    message = frame_to_message(Frame(samples, 48000, 10**12, 1_700_000_000_999_999_999), 'left ear')
    assert message.header.frame_id == 'left ear'
    assert isinstance(message.data, array)
    frame = message_to_frame(message)
    assert np.array_equal(frame.samples, samples)
    assert (frame.sample_rate, frame.first_sample, frame.stamp) == (
        48000, 10**12, 1_700_000_000_999_999_999)


def test_features_survive_the_way_through_a_message():
    utterance = Utterance(7, 0, 1_700_000_000_000_000_001, 2_500_000_000, False, False,
                          paused=True, azimuth=-1.5, azimuth_certainty=0.25)
    values = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    matrices = {'eGeMAPSv02': values[:1], 'log_mel': values}
    message = features_to_message(VoiceFeatures(utterance, matrices), 'ear')
    assert isinstance(message.features[0].values, array)
    back = message_to_features(message)
    assert back.utterance == utterance
    assert list(back.matrices) == list(matrices)
    for name, values in matrices.items():
        assert np.array_equal(back.matrices[name], values)


def test_emotion_survives_the_way_through_a_message():
    utterance = Utterance(7, 0, 1_700_000_000_000_000_001, 2_500_000_000, False, True,
                          azimuth=-1.5, azimuth_certainty=0.25)
    features = features_to_message(
        VoiceFeatures(utterance, {'eGeMAPSv02': np.zeros((1, 5), np.float32)}), 'ear')
    emotion = Emotion('unknown', ['anger', 'fear'], np.float32([0.25, 0.75]), 0.5, 0.75, -1.0, 0.5,
                      'Anna', 0.75, 'Anna 1b2c3d4e')
    back, found = message_to_emotion(emotion_to_message(emotion, features, 'default 0.3.0'))
    assert back == utterance
    assert np.array_equal(found.probabilities, emotion.probabilities)
    assert replace(found, probabilities=None) == replace(emotion, probabilities=None)


def test_what_is_not_known_is_nan_in_messages():
    utterance = Utterance(7, 0, 0, 10**9, True, False)
    features = features_to_message(VoiceFeatures(utterance, {}), 'ear')
    emotion = Emotion('anger', ['anger', 'fear'], np.float32([0.75, 0.25]), 0.5)
    message = emotion_to_message(emotion, features, 'default 0.3.0')
    for value in (features.azimuth, features.azimuth_certainty, message.azimuth,
                  message.azimuth_certainty, message.arousal, message.valence,
                  message.speaker_confidence):
        assert math.isnan(value)
    message_to_emotion(message)


@given(stamp=TIMES, rate=UINT32, channels=st.integers(0, 2**16 - 1),
       first_sample=st.integers(0, 2**64 - 1), count=st.integers(0, 5000))
def test_any_audio_frame_is_taken_or_refused(stamp, rate, channels, first_sample, count):
    message = AudioFrame(sample_rate=rate, channels=channels, first_sample=first_sample)
    message.header.stamp = stamp
    message.data = array('h', bytes(2 * count))
    try:
        frame = message_to_frame(message)
    except ValueError:
        return
    assert frame.samples.size == count
    assert frame.stamp == stamp.sec * 10**9 + stamp.nanosec
    assert 0 <= stamp.nanosec < 10**9


SMALL = st.integers(0, 4)
MATRICES = st.builds(
    FeatureMatrix, name=st.sampled_from(['log_mel', 'eGeMAPSv02', '', '\x1b[2J']),
    frames=SMALL | UINT32, dimensions=SMALL | UINT32,
    values=st.lists(st.floats(width=32), max_size=16).map(lambda values: array('f', values)))


@given(stamp=TIMES, duration=DURATIONS, matrices=st.lists(MATRICES, max_size=3))
def test_any_voice_features_are_taken_or_refused(stamp, duration, matrices):
    message = VoiceFeaturesMessage(duration=duration, features=matrices)
    message.header.stamp = stamp
    try:
        features = message_to_features(message)
    except ValueError:
        return
    assert len(features.matrices) == len(matrices)
    for block in matrices:
        assert features.matrices[block.name].shape == (block.frames, block.dimensions)


LABELS = st.sampled_from(['anger', 'fear', 'unknown', '', 'x' * 101, '\x1b[2J'])


@given(stamp=TIMES, duration=DURATIONS, emotion=LABELS, labels=st.lists(LABELS, max_size=4),
       probabilities=st.lists(st.floats(width=32), max_size=4), confidence=st.floats(width=32),
       threshold=st.floats(width=32), arousal=st.floats(width=32), valence=st.floats(width=32),
       speaker_confidence=st.floats(width=32), speaker=LABELS, profile=LABELS)
def test_any_emotion_is_taken_or_refused(
        stamp, duration, emotion, labels, probabilities, **others):
    message = EmotionStamped(duration=duration, emotion=emotion, labels=labels,
                             probabilities=array('f', probabilities), **others)
    message.header.stamp = stamp
    try:
        utterance, found = message_to_emotion(message)
    except ValueError:
        return
    assert utterance.duration >= 0
    assert found.emotion in (*found.labels, 'unknown')
    assert len(set(found.labels)) == len(found.labels) == len(found.probabilities) > 0
    assert ((0 <= found.probabilities) & (found.probabilities <= 1)).all()
    assert 0 <= found.confidence <= 1 and 0 <= found.threshold <= 1
    assert not abs(found.arousal) > 1 and not abs(found.valence) > 1
    assert not abs(found.speaker_confidence - 0.5) > 0.5
    assert max(len(found.speaker), len(found.profile)) <= 100


@pytest.mark.parametrize('changes, words', [
    ({'labels': ['a']}, 'got 1 and 2'),
    ({'labels': [], 'probabilities': array('f')}, 'got 0 and 0'),
    ({'labels': ['a'] * 65, 'probabilities': array('f', [0.0] * 65)}, 'got 65 and 65'),
    ({'labels': ['a', 'b' * 101]}, 'got 101'),
    ({'labels': ['a', 'a']}, 'must be different'),
    ({'labels': ['a', 'unknown']}, "none of them 'unknown'"),
    ({'emotion': 'c'}, "got 'c'"),
    ({'probabilities': array('f', [1.5, 0.0])}, 'a probability must be 0 to 1, got 1.5'),
    ({'probabilities': array('f', [0.5, 0.4])}, 'must sum to 1, got 0.9'),
    ({'confidence': float('nan')}, 'confidence must be 0 to 1, got nan'),
    ({'threshold': 1.5}, 'threshold must be 0 to 1, got 1.5'),
    ({'arousal': -1.5}, 'arousal must be -1 to 1, or NaN, got -1.5'),
    ({'azimuth': 4.0}, 'got 4.0'),
    ({'azimuth_certainty': -0.5}, 'azimuth_certainty must be 0 to 1, or NaN, got -0.5'),
    ({'valence': float('inf')}, 'valence must be -1 to 1, or NaN, got inf'),
    ({'speaker': 'a' * 101}, 'speaker must have at most 100 characters, got 101'),
    ({'profile': 'a' * 101}, 'profile must have at most 100 characters, got 101'),
    ({'speaker_confidence': 2.0}, 'speaker_confidence must be 0 to 1, or NaN, got 2.0')])
def test_what_is_wrong_with_an_emotion_is_named(changes, words):
    good = {'labels': ['a', 'b'], 'probabilities': array('f', [0.5, 0.5]), 'emotion': 'a'}
    message_to_emotion(EmotionStamped(**good))
    with pytest.raises(ValueError, match=words):
        message_to_emotion(EmotionStamped(**{**good, **changes}))


def test_a_mood_survives_the_way_through_a_message():
    mood = Mood(1_700_000_000_000_000_001, 3, 2_500_000_000, 60.0, 1.5, ('anger', 'fear'),
                np.float32([0.25, 0.75]), -0.5, 0.25, 1.5, math.nan, 'Anna')
    back = message_to_mood(mood_to_message(mood, 'ear'))
    for name, value in vars(mood).items():
        assert np.array_equal(getattr(back, name), value, equal_nan=name == 'valence_trend'), name
    nobody = message_to_mood(mood_to_message(Mood(5, half_life=60.0), 'ear'))
    assert (nobody.stamp, nobody.utterances, nobody.emotion) == (5, 0, '')


@given(stamp=TIMES, since_last=DURATIONS, utterances=UINT32 | st.just(0),
       labels=st.lists(LABELS, max_size=4),
       probabilities=st.lists(st.floats(width=32), max_size=4) | st.just([1.0]),
       half_life=st.floats(width=32), weight=st.floats(width=32), arousal=st.floats(width=32),
       valence=st.floats(width=32), arousal_trend=st.floats(width=32),
       valence_trend=st.floats(width=32), speaker=LABELS)
def test_any_mood_is_taken_or_refused(stamp, since_last, labels, probabilities, **others):
    message = MoodMessage(since_last=since_last, labels=labels,
                          probabilities=array('f', probabilities), **others)
    message.header.stamp = stamp
    try:
        mood = message_to_mood(message)
    except ValueError:
        return
    assert mood.stamp >= 0 and mood.since_last >= 0
    assert (mood.emotion in mood.labels) == (mood.utterances > 0)
    assert len(mood.labels) == len(mood.probabilities)
    assert 0 <= mood.half_life < math.inf and 0 <= mood.weight < math.inf
    assert not abs(mood.arousal) > 1 and not abs(mood.valence) > 1
    assert not abs(mood.arousal_trend) > 2 and not abs(mood.valence_trend) > 2
    assert len(mood.speaker) <= 100


@pytest.mark.parametrize('changes, words', [
    ({'labels': ['a']}, 'got 1 and 2'),
    ({'utterances': 0}, '2 labels and 2 probabilities, but no utterances'),
    ({'probabilities': array('f', [0.5, 0.4])}, 'must sum to 1, got 0.9'),
    ({'half_life': -1.0}, 'half_life must be at least 0, got -1.0'),
    ({'weight': math.nan}, 'weight must be at least 0, got nan'),
    ({'weight': math.inf}, 'weight must be at least 0, got inf'),
    ({'arousal': 1.5}, 'arousal must be -1 to 1, or NaN, got 1.5'),
    ({'valence_trend': -2.5}, 'valence_trend must be -2 to 2, or NaN, got -2.5'),
    ({'since_last': Duration(sec=-1)}, 'since_last'),
    ({'speaker': 'a' * 101}, 'speaker must have at most 100 characters, got 101')])
def test_what_is_wrong_with_a_mood_is_named(changes, words):
    good = {'utterances': 1, 'labels': ['a', 'b'], 'probabilities': array('f', [0.5, 0.5])}
    message_to_mood(MoodMessage(**good))
    with pytest.raises(ValueError, match=words):
        message_to_mood(MoodMessage(**{**good, **changes}))


@given(stamp=TIMES, speaker=LABELS)
def test_any_speaker_is_taken_or_refused(stamp, speaker):
    message = SpeakerStamped(speaker=speaker)
    message.header.stamp = stamp
    try:
        found, name = message_to_speaker(message)
    except ValueError:
        return
    assert found == stamp.sec * 10**9 + stamp.nanosec >= 0
    assert name == speaker and len(name) <= 100 and name.isprintable()


def test_length_that_does_not_fit_is_named():
    message = AudioFrame(sample_rate=16000, channels=2, data=array('h', [1, 2, 3]))
    with pytest.raises(ValueError, match='3 samples, not a multiple of 2 channels'):
        message_to_frame(message)


@pytest.mark.parametrize('features, words', [
    ([FeatureMatrix(name='eGeMAPSv02', frames=1, dimensions=88, values=array('f', [0.0] * 87))],
     "'eGeMAPSv02' has frames 1 and dimensions 88, but 87 values"),
    ([FeatureMatrix(name='log_mel', frames=0, dimensions=80)], "'log_mel' has frames 0"),
    ([FeatureMatrix(name='a', frames=1, dimensions=1, values=array('f', [0.0]))] * 2, 'the same'),
    ([FeatureMatrix(name='log_mel', values=array('f', bytes(4 * (MAX_VALUES + 1))))],
     f'at most {MAX_VALUES} values'),
    ([], '1 to 16 blocks, got 0'), ([FeatureMatrix()] * 17, '1 to 16 blocks, got 17')])
def test_what_is_wrong_with_blocks_is_named(features, words):
    with pytest.raises(ValueError, match=words):
        message_to_features(VoiceFeaturesMessage(features=features))
