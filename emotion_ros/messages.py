"""Messages to the types of the stages and back, whatever middleware their classes are of."""

from dataclasses import dataclass
from typing import Callable

import numpy as np

from emotion_ros import stamps
from emotion_ros.audio.frame import Frame
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.model.classifier import Emotion
from emotion_ros.model.saved_model import UNKNOWN

MAX_VALUES = 500_000
"""Most values of an utterance that are taken; one of a minute has 410,000 at most."""

ROUNDING = 1e-3
"""Difference from 1 that the sum of probabilities may have."""

MAX_LABELS = 64
"""Most labels of a model that are taken."""

MAX_LABEL = 100
"""Characters of the longest label that is taken."""


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
    labels = list(message.labels)
    probabilities = np.array(message.probabilities, np.float32)
    if not 1 <= len(labels) <= MAX_LABELS or len(probabilities) != len(labels):
        raise ValueError(f'there are {len(labels)} labels and {len(probabilities)} probabilities, '
                         f'allowed are 1 to {MAX_LABELS} of both, as many')
    longest = max(map(len, labels))
    if longest > MAX_LABEL:
        raise ValueError(f'a label has {longest} characters, allowed are {MAX_LABEL}')
    if len({*labels, UNKNOWN}) <= len(labels):
        raise ValueError(f'two labels are the same, or one is {UNKNOWN!r}')
    if message.emotion not in (*labels, UNKNOWN):
        raise ValueError(f'emotion is {message.emotion[:MAX_LABEL]!r}, '
                         f'allowed are the labels and {UNKNOWN!r}')
    for name, values in (('a probability', probabilities), ('confidence', [message.confidence])):
        for value in values:
            if not 0 <= value <= 1:   # nor is NaN
                raise ValueError(f'{name} is {value}, allowed is 0 to 1')
    total = probabilities.sum(dtype=float)
    if abs(total - 1) > ROUNDING:
        raise ValueError(f'the probabilities sum to {total:g}, allowed is 1')
    return _utterance(message, False), Emotion(
        message.emotion, labels, probabilities, message.confidence)


def _utterance(message, truncated):
    return Utterance(
        number=message.utterance,
        first_sample=0,
        stamp=stamps.join('stamp', message.header.stamp),
        duration=stamps.join('duration', message.duration),
        final=message.final,
        truncated=truncated)
