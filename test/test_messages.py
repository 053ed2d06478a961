"""Messages become stage types and back, or are refused."""

from array import array

from builtin_interfaces.msg import Duration, Time
from hypothesis import given, strategies as st
import numpy as np
import pytest

from emotion_ros.audio.frame import Frame
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.model.classifier import Emotion
from emotion_ros.msg import AudioFrame, EmotionStamped
from emotion_ros.msg import VoiceFeatures as VoiceFeaturesMessage
from emotion_ros.nodes.messages import (
    emotion_to_message, features_to_message, frame_to_message, message_to_emotion,
    message_to_features, message_to_frame)

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
    utterance = Utterance(7, 0, 1_700_000_000_000_000_001, 2_500_000_000, True, False)
    values = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    message = features_to_message(VoiceFeatures(utterance, 'eGeMAPSv02', values), 'ear')
    assert isinstance(message.values, array)
    back = message_to_features(message)
    assert back.utterance == utterance
    assert back.feature_set == 'eGeMAPSv02'
    assert np.array_equal(back.values, values)


def test_emotion_survives_the_way_through_a_message():
    utterance = Utterance(7, 0, 1_700_000_000_000_000_001, 2_500_000_000, False, False)
    features = features_to_message(
        VoiceFeatures(utterance, 'eGeMAPSv02', np.zeros((1, 5), np.float32)), 'ear')
    emotion = Emotion('unknown', ['anger', 'fear'], np.float32([0.25, 0.75]), 0.5)
    back, found = message_to_emotion(emotion_to_message(emotion, features, 'default 0.3.0'))
    assert back == utterance
    assert (found.emotion, found.labels, found.confidence) == ('unknown', ['anger', 'fear'], 0.5)
    assert np.array_equal(found.probabilities, emotion.probabilities)


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


@given(stamp=TIMES, duration=DURATIONS, frames=UINT32, dimensions=UINT32,
       values=st.lists(st.floats(width=32), max_size=20))
def test_any_voice_features_are_taken_or_refused(stamp, duration, frames, dimensions, values):
    message = VoiceFeaturesMessage(frames=frames, dimensions=dimensions, duration=duration)
    message.header.stamp = stamp
    message.values = array('f', values)
    try:
        features = message_to_features(message)
    except ValueError:
        return
    assert features.values.shape == (frames, dimensions)


LABELS = st.sampled_from(['anger', 'fear', 'unknown', '', 'x' * 101, '\x1b[2J'])


@given(stamp=TIMES, duration=DURATIONS, emotion=LABELS, labels=st.lists(LABELS, max_size=4),
       probabilities=st.lists(st.floats(width=32), max_size=4), confidence=st.floats(width=32))
def test_any_emotion_is_taken_or_refused(
        stamp, duration, emotion, labels, probabilities, confidence):
    message = EmotionStamped(duration=duration, emotion=emotion, labels=labels,
                             confidence=confidence, probabilities=array('f', probabilities))
    message.header.stamp = stamp
    try:
        utterance, found = message_to_emotion(message)
    except ValueError:
        return
    assert utterance.duration >= 0
    assert found.emotion in (*found.labels, 'unknown')
    assert len(set(found.labels)) == len(found.labels) == len(found.probabilities) > 0
    assert ((0 <= found.probabilities) & (found.probabilities <= 1)).all()
    assert 0 <= found.confidence <= 1


@pytest.mark.parametrize('changes, words', [
    ({'labels': ['a']}, '1 labels and 2 probabilities'),
    ({'labels': [], 'probabilities': array('f')}, '0 labels'),
    ({'labels': ['a'] * 65, 'probabilities': array('f', [0.0] * 65)}, '65 labels'),
    ({'labels': ['a', 'b' * 101]}, '101 characters'),
    ({'labels': ['a', 'a']}, 'the same'),
    ({'labels': ['a', 'unknown']}, "one is 'unknown'"),
    ({'emotion': 'c'}, "emotion is 'c'"),
    ({'probabilities': array('f', [1.5, 0.0])}, 'a probability is 1.5'),
    ({'probabilities': array('f', [0.5, 0.4])}, 'sum to 0.9'),
    ({'confidence': float('nan')}, 'confidence is nan')])
def test_what_is_wrong_with_an_emotion_is_named(changes, words):
    good = {'labels': ['a', 'b'], 'probabilities': array('f', [0.5, 0.5]), 'emotion': 'a'}
    message_to_emotion(EmotionStamped(**good))
    with pytest.raises(ValueError, match=words):
        message_to_emotion(EmotionStamped(**{**good, **changes}))


def test_length_that_does_not_fit_is_named():
    message = AudioFrame(sample_rate=16000, channels=2, data=array('h', [1, 2, 3]))
    with pytest.raises(ValueError, match='3 samples, not a multiple of 2 channels'):
        message_to_frame(message)
    message = VoiceFeaturesMessage(frames=1, dimensions=88, values=array('f', [0.0] * 87))
    with pytest.raises(ValueError, match='frames is 1 and dimensions 88, but there are 87 values'):
        message_to_features(message)
