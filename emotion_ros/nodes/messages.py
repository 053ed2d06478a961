"""Messages to the types of the stages and back."""

from array import array

from builtin_interfaces.msg import Duration, Time
import numpy as np

from emotion_ros.audio.frame import Frame
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.model.classifier import Emotion
from emotion_ros.model.saved_model import UNKNOWN
from emotion_ros.msg import AudioFrame
from emotion_ros.msg import EmotionStamped
from emotion_ros.msg import VoiceFeatures as VoiceFeaturesMessage

_SECOND = 1_000_000_000
_LAST = (2**31 - 3600) * _SECOND
"""Latest time that is taken [ns]: an hour before the end of what a message can say."""

MAX_VALUES = 500_000
"""Most values of an utterance that are taken; one of a minute has 410,000 at most."""

ROUNDING = 1e-3
"""By how much the sum of probabilities may differ from 1."""


def _nanoseconds(name, time):
    """Turn a Time or Duration message into nanoseconds [ns]."""
    if time.sec < 0 or time.nanosec >= _SECOND:
        raise ValueError(f'{name} is {time.sec} s {time.nanosec} ns, '
                         'allowed are 0 s or more and 0 ns to 999999999 ns')
    nanoseconds = time.sec * _SECOND + time.nanosec
    if nanoseconds > _LAST:
        raise ValueError(f'{name} is {time.sec} s, allowed is at most {_LAST // _SECOND} s')
    return nanoseconds


def _utterance(message, truncated=False):
    """Give the Utterance of which a VoiceFeatures or EmotionStamped tells."""
    return Utterance(
        number=message.utterance,
        first_sample=0,
        stamp=_nanoseconds('stamp', message.header.stamp),
        duration=_nanoseconds('duration', message.duration),
        final=message.final,
        truncated=truncated)


def _split(nanoseconds):
    # Sound that a filter held back may have begun a moment before time 0.
    sec, nanosec = divmod(max(0, nanoseconds), _SECOND)
    return {'sec': sec, 'nanosec': nanosec}


def frame_to_message(frame, frame_id):
    """Turn an audio.frame.Frame into an AudioFrame."""
    message = AudioFrame()
    message.header.stamp = Time(**_split(frame.stamp))
    message.header.frame_id = frame_id
    message.sample_rate = frame.sample_rate
    message.channels = frame.samples.shape[1]
    message.first_sample = frame.first_sample
    message.data = array('h', frame.samples.tobytes())
    return message


def message_to_frame(message):
    """Turn an AudioFrame into an audio.frame.Frame.

    Raises:
        ValueError: the message cannot be real; the text says why.

    """
    return Frame.from_interleaved(
        message.data,
        channels=message.channels,
        sample_rate=message.sample_rate,
        first_sample=message.first_sample,
        stamp=_nanoseconds('stamp', message.header.stamp))


def features_to_message(features, frame_id):
    """Turn features.extractor.VoiceFeatures into its message."""
    utterance = features.utterance
    message = VoiceFeaturesMessage()
    message.header.stamp = Time(**_split(utterance.stamp))
    message.header.frame_id = frame_id
    message.duration = Duration(**_split(utterance.duration))
    message.utterance = utterance.number
    message.final = utterance.final
    message.truncated = utterance.truncated
    message.feature_set = features.feature_set
    message.frames, message.dimensions = features.values.shape
    message.values = array('f', features.values.tobytes())
    return message


def message_to_features(message):
    """Turn a VoiceFeatures message into features.extractor.VoiceFeatures.

    Raises:
        ValueError: the message cannot be real; the text says why.

    """
    values = np.frombuffer(message.values, dtype=np.float32)
    if len(values) > MAX_VALUES:   # a network would take minutes and gigabytes
        raise ValueError(f'there are {len(values)} values, allowed are {MAX_VALUES}')
    if message.frames * message.dimensions != len(values) or not len(values):
        raise ValueError(f'frames is {message.frames} and dimensions {message.dimensions}, '
                         f'but there are {len(values)} values')
    return VoiceFeatures(_utterance(message, message.truncated), message.feature_set,
                         values.reshape(message.frames, message.dimensions))


def emotion_to_message(emotion, features, model):
    """Turn a model.classifier.Emotion into an EmotionStamped.

    Args:
        emotion: the Emotion.
        features: the VoiceFeatures message that it was heard in.
        model: name and version of the model.

    """
    message = EmotionStamped()
    message.header = features.header
    message.duration = features.duration
    message.utterance = features.utterance
    message.final = features.final
    message.emotion = emotion.emotion
    message.labels = emotion.labels
    message.probabilities = array('f', emotion.probabilities.tobytes())
    message.confidence = emotion.confidence
    message.model = model
    return message


def message_to_emotion(message):
    """Turn an EmotionStamped into the utterance and the model.classifier.Emotion heard in it.

    Raises:
        ValueError: the message cannot be real; the text says why.

    """
    labels, emotion, confidence = list(message.labels), message.emotion, message.confidence
    probabilities = np.array(message.probabilities, np.float32)
    if len(labels) != len(probabilities) or not labels:
        raise ValueError(f'there are {len(labels)} labels and {len(probabilities)} probabilities')
    if not (probabilities.min() >= 0 and abs(probabilities.sum(dtype=float) - 1) <= ROUNDING):
        raise ValueError('the probabilities are not 0 to 1 each and 1 together')
    if not 0 <= confidence <= 1:
        raise ValueError(f'confidence is {confidence}, allowed are 0 to 1')
    if emotion not in (*labels, UNKNOWN):
        raise ValueError(f'emotion is {emotion[:100]!r}, which is none of the labels')
    return _utterance(message), Emotion(emotion, labels, probabilities, confidence)
