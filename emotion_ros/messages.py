"""Messages to the types of the stages and back, whatever middleware their classes are of."""

from dataclasses import dataclass
from typing import Callable

import numpy as np

from emotion_ros import stamps
from emotion_ros.audio.frame import Frame
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.model.classifier import Emotion

MAX_VALUES = 500_000
"""Most values of an utterance that are taken; one of a minute has 410,000 at most."""


@dataclass(frozen=True)
class MessageMaker:
    """Makes messages of the classes of one middleware.

    Args:
        Time, Duration, Header, AudioFrame, VoiceFeatures, EmotionStamped: the classes.
        array: function that turns a numpy array of one dimension into what a field holds.

    """

    Time: type
    Duration: type
    Header: type
    AudioFrame: type
    VoiceFeatures: type
    EmotionStamped: type
    array: Callable

    def frame(self, frame, frame_id):
        """Turn an audio.frame.Frame into an AudioFrame."""
        return self.AudioFrame(
            header=self._header(frame.stamp, frame_id),
            sample_rate=frame.sample_rate,
            channels=frame.samples.shape[1],
            first_sample=frame.first_sample,
            data=self.array(frame.samples.ravel()))

    def features(self, features, frame_id):
        """Turn features.extractor.VoiceFeatures into its message."""
        utterance = features.utterance
        frames, dimensions = features.values.shape
        return self.VoiceFeatures(
            header=self._header(utterance.stamp, frame_id),
            duration=self.Duration(**stamps.split(utterance.duration)),
            utterance=utterance.number,
            final=utterance.final,
            truncated=utterance.truncated,
            feature_set=features.feature_set,
            frames=frames,
            dimensions=dimensions,
            values=self.array(features.values.ravel()))

    def emotion(self, emotion, features, model):
        """Turn a model.classifier.Emotion into an EmotionStamped.

        Args:
            emotion: the Emotion.
            features: the VoiceFeatures message that it was heard in.
            model: name and version of the model.

        """
        return self.EmotionStamped(
            header=features.header,
            duration=features.duration,
            utterance=features.utterance,
            final=features.final,
            emotion=emotion.emotion,
            labels=emotion.labels,
            probabilities=self.array(emotion.probabilities),
            confidence=emotion.confidence,
            model=model)

    def _header(self, stamp, frame_id):
        return self.Header(stamp=self.Time(**stamps.split(stamp)), frame_id=frame_id)


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
        stamp=stamps.join('stamp', message.header.stamp))


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


def message_to_emotion(message):
    """Turn an EmotionStamped into an utterance and its emotion.

    Returns:
        features.extractor.Utterance, whose truncated is False since the message does not tell it,
        and model.classifier.Emotion.

    Raises:
        ValueError: the message cannot be real; the text says why.

    """
    probabilities = np.frombuffer(message.probabilities, dtype=np.float32)
    if len(message.labels) != len(probabilities) or not len(probabilities):
        raise ValueError(f'there are {len(message.labels)} labels '
                         f'and {len(probabilities)} probabilities')
    numbers = [*probabilities, message.confidence]
    if not all(0 <= number <= 1 for number in numbers):
        raise ValueError('some probabilities, or the confidence, are not within 0 to 1')
    return _utterance(message, False), Emotion(
        message.emotion, list(message.labels), probabilities, message.confidence)


def _utterance(message, truncated):
    return Utterance(
        number=message.utterance,
        first_sample=0,
        stamp=stamps.join('stamp', message.header.stamp),
        duration=stamps.join('duration', message.duration),
        final=message.final,
        truncated=truncated)
