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

"""Conversion between messages, of any middleware, and the types of the stages."""

from collections.abc import Callable
from dataclasses import dataclass
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion_ros.arrays import Float32
from emotion_ros.audio.frame import Frame
from emotion_ros.emotions import MAX_LABELS, UNKNOWN
from emotion_ros.features.blocks import MAX_BLOCKS
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.messages import stamps
from emotion_ros.model.backends import AFFECT
from emotion_ros.model.classifier import Emotion
from emotion_ros.mood.moods import Mood

MAX_VALUES = 1_000_000
"""Maximum number of values in an utterance; a minute has at most 890,000."""

MAX_AZIMUTH = 3.1416
"""Azimuth behind the microphones [rad], rounded up."""

ROUNDING = 1e-3
"""Maximum deviation of the sum of probabilities from 1."""

MAX_LABEL = 100
"""Maximum length of a label, or of the name of a speaker [characters]."""

SPEAKER_NAMES = f'printable text of at most {MAX_LABEL} characters'
"""What is_speaker_name accepts."""


Features = VoiceFeatures   # MessageMaker has a field of this name

Message = Any
"""A message of any middleware; the classes of rclpy and rosbags have no type in common."""


@dataclass(frozen=True)
class MessageMaker:
    """Makes messages of the classes of one middleware.

    Args:
        Time, Duration, Header, PoseStamped, Pose, Point, Quaternion, AudioFrame, VoiceFeatures,
            FeatureMatrix, EmotionStamped: the classes.
        array: function that turns a one-dimensional numpy array into the type of a field.

    """

    Time: Callable[..., Message]
    Duration: Callable[..., Message]
    Header: Callable[..., Message]
    PoseStamped: Callable[..., Message]
    Pose: Callable[..., Message]
    Point: Callable[..., Message]
    Quaternion: Callable[..., Message]
    AudioFrame: Callable[..., Message]
    VoiceFeatures: Callable[..., Message]
    FeatureMatrix: Callable[..., Message]
    EmotionStamped: Callable[..., Message]
    array: Callable[[NDArray[Any]], Any]

    def frame(self, frame: Frame, frame_id: str) -> Message:
        """Turn an audio.frame.Frame into an AudioFrame."""
        return self.AudioFrame(
            header=self._header(frame.stamp, frame_id),
            sample_rate=frame.sample_rate,
            channels=frame.samples.shape[1],
            first_sample=frame.first_sample,
            data=self.array(frame.samples.ravel()))

    def features(self, features: Features, frame_id: str) -> Message:
        """Turn features.extractor.VoiceFeatures into a VoiceFeatures message."""
        utterance = features.utterance
        return self.VoiceFeatures(
            header=self._header(utterance.stamp, frame_id),
            duration=self.Duration(**stamps.split(utterance.duration)),
            utterance=utterance.number,
            final=utterance.final,
            truncated=utterance.truncated,
            paused=utterance.paused,
            azimuth=utterance.azimuth,
            azimuth_certainty=utterance.azimuth_certainty,
            features=[self.FeatureMatrix(
                name=name, frames=values.shape[0], dimensions=values.shape[1],
                values=self.array(values.ravel())) for name, values in features.matrices.items()])

    def direction(self, utterance: Utterance, frame_id: str) -> Message:
        """Turn the azimuth of an utterance into a PoseStamped in that direction."""
        half = utterance.azimuth / 2
        return self.PoseStamped(
            header=self._header(utterance.stamp, frame_id),
            pose=self.Pose(
                position=self.Point(x=0.0, y=0.0, z=0.0),
                orientation=self.Quaternion(x=0.0, y=0.0, z=math.sin(half), w=math.cos(half))))

    def emotion(self, emotion: Emotion, features: Message, model: str) -> Message:
        """Turn a model.classifier.Emotion into an EmotionStamped.

        Args:
            emotion: the Emotion.
            features: the VoiceFeatures message of the utterance.
            model: name and version of the model.

        """
        return self.EmotionStamped(
            header=features.header,
            duration=features.duration,
            utterance=features.utterance,
            final=features.final,
            truncated=features.truncated,
            emotion=emotion.emotion,
            labels=emotion.labels,
            probabilities=self.array(emotion.probabilities),
            confidence=emotion.confidence,
            threshold=emotion.threshold,
            arousal=emotion.arousal,
            valence=emotion.valence,
            speaker=emotion.speaker,
            speaker_confidence=emotion.speaker_confidence,
            profile=emotion.profile,
            azimuth=features.azimuth,
            azimuth_certainty=features.azimuth_certainty,
            model=model)

    def _header(self, stamp: int, frame_id: str) -> Message:
        return self.Header(stamp=self.Time(**stamps.split(stamp)), frame_id=frame_id)


def message_to_frame(message: Message) -> Frame:
    """Turn an AudioFrame into an audio.frame.Frame.

    Raises:
        ValueError: a value of the message is impossible; the text says which.

    """
    return Frame.from_interleaved(
        message.data,
        channels=message.channels,
        sample_rate=message.sample_rate,
        first_sample=message.first_sample,
        stamp=stamps.join('stamp', message.header.stamp))


def message_to_features(message: Message) -> VoiceFeatures:
    """Turn a VoiceFeatures message into features.extractor.VoiceFeatures.

    Raises:
        ValueError: the message cannot be real; the text says why.

    """
    blocks = message.features
    if not 1 <= len(blocks) <= MAX_BLOCKS:
        raise ValueError(f'there must be 1 to {MAX_BLOCKS} blocks, got {len(blocks)}')
    if message.final and message.paused:
        raise ValueError('final and paused are both true')
    total = sum(len(block.values) for block in blocks)
    if total > MAX_VALUES:   # a network would take minutes and gigabytes
        raise ValueError(f'there must be at most {MAX_VALUES} values, got {total}')
    matrices = {block.name: _matrix(block) for block in blocks}
    if len(matrices) < len(blocks):
        raise ValueError('two blocks have the same name')
    return VoiceFeatures(_utterance(message, paused=message.paused), matrices)


def _matrix(block: Message) -> Float32:
    values = np.frombuffer(block.values, dtype=np.float32)
    if block.frames * block.dimensions != len(values) or not len(values):
        raise ValueError(f'block {block.name[:MAX_LABEL]!r} has frames {block.frames} and '
                         f'dimensions {block.dimensions}, but {len(values)} values')
    return values.reshape(block.frames, block.dimensions)


def message_to_emotion(message: Message) -> tuple[Utterance, Emotion]:
    """Turn an EmotionStamped into an utterance and its emotion.

    Returns:
        features.extractor.Utterance and model.classifier.Emotion.

    Raises:
        ValueError: the message cannot be real; the text says why.

    """
    labels, probabilities = _distribution(message)
    if message.emotion not in (*labels, UNKNOWN):
        raise ValueError(f'emotion must be one of the labels or {UNKNOWN!r}, '
                         f'got {message.emotion[:MAX_LABEL]!r}')
    for name in ('confidence', 'threshold'):
        _check_fraction(name, getattr(message, name))
    for name in AFFECT:
        _check_size(name, getattr(message, name), 1)
    _check_speaker(message)
    return _utterance(message), Emotion(
        message.emotion, labels, probabilities, message.confidence, message.threshold,
        message.arousal, message.valence, message.speaker, message.speaker_confidence,
        message.profile)


def _distribution(message: Message) -> tuple[list[str], Float32]:
    """Check labels and probabilities and return them, the probabilities as float32."""
    labels = list(message.labels)
    probabilities = np.array(message.probabilities, np.float32)
    if not 1 <= len(labels) <= MAX_LABELS or len(probabilities) != len(labels):
        raise ValueError(f'labels and probabilities must be 1 to {MAX_LABELS} each, equally many, '
                         f'got {len(labels)} and {len(probabilities)}')
    longest = max(map(len, labels))
    if longest > MAX_LABEL:
        raise ValueError(f'labels must have at most {MAX_LABEL} characters, got {longest}')
    if len({*labels, UNKNOWN}) <= len(labels):
        raise ValueError(f'labels must be different, and none of them {UNKNOWN!r}')
    for value in probabilities:
        _check_fraction('a probability', value)
    total = probabilities.sum(dtype=float)
    if abs(total - 1) > ROUNDING:
        raise ValueError(f'probabilities must sum to 1, got {total:g}')
    return labels, probabilities


def _check_fraction(name: str, value: float) -> None:
    if not 0 <= value <= 1:   # nor is NaN
        raise ValueError(f'{name} must be 0 to 1, got {value}')


def _check_size(name: str, value: float, limit: float) -> None:
    if abs(value) > limit:   # NaN is not
        raise ValueError(f'{name} must be -{limit} to {limit}, or NaN, got {value}')


def _check_name(name: str, text: str) -> None:
    if len(text) > MAX_LABEL:
        raise ValueError(f'{name} must have at most {MAX_LABEL} characters, got {len(text)}')


def _check_speaker(message: Message) -> None:
    _check_name('speaker', message.speaker)
    _check_name('profile', message.profile)
    value = message.speaker_confidence
    if value < 0 or value > 1:   # NaN is neither
        raise ValueError(f'speaker_confidence must be 0 to 1, or NaN, got {value}')


def message_to_mood(message: Message) -> Mood:
    """Turn a Mood message into a mood.moods.Mood.

    Raises:
        ValueError: the message cannot be real; the text says why.

    """
    _check_name('speaker', message.speaker)
    for name in ('half_life', 'weight'):
        value = getattr(message, name)
        if not 0 <= value < math.inf:   # nor is NaN
            raise ValueError(f'{name} must be at least 0, got {value}')
    for name in AFFECT:
        _check_size(name, getattr(message, name), 1)
        _check_size(f'{name}_trend', getattr(message, f'{name}_trend'), 2)
    told: dict[str, Any] = {}
    if message.utterances:
        labels, probabilities = _distribution(message)
        told = {'labels': tuple(labels), 'probabilities': probabilities}
    elif len(message.labels) or len(message.probabilities):
        raise ValueError(f'there are {len(message.labels)} labels and '
                         f'{len(message.probabilities)} probabilities, but no utterances')
    return Mood(
        stamps.join('stamp', message.header.stamp),
        since_last=stamps.join('since_last', message.since_last),
        **{name: getattr(message, name) for name in (
            'utterances', 'half_life', 'weight', 'arousal', 'valence', 'arousal_trend',
            'valence_trend', 'speaker')}, **told)


def is_speaker_name(text: str) -> bool:
    """Return whether a text can be the name of a speaker, or '' for nobody."""
    return len(text) <= MAX_LABEL and text.isprintable()


def message_to_speaker(message: Message) -> tuple[int, str]:
    """Turn a SpeakerStamped into its contents.

    Returns:
        The time from which it applies [ns], and the name of the speaker; '' if unknown.

    Raises:
        ValueError: the message cannot be real; the text says why.

    """
    stamp = stamps.join('stamp', message.header.stamp)
    if not is_speaker_name(message.speaker):
        raise ValueError(f'speaker must be {SPEAKER_NAMES}, got {message.speaker[:MAX_LABEL]!r}')
    return stamp, message.speaker


def _utterance(message: Message, *, paused: bool = False) -> Utterance:
    for name, value, limits in (('azimuth', message.azimuth, (-MAX_AZIMUTH, MAX_AZIMUTH)),
                                ('azimuth_certainty', message.azimuth_certainty, (0, 1))):
        if value < limits[0] or value > limits[1]:   # NaN is neither
            raise ValueError(f'{name} must be {limits[0]:.3g} to {limits[1]:.3g}, or NaN, '
                             f'got {value}')
    return Utterance(
        number=message.utterance,
        first_sample=0,
        stamp=stamps.join('stamp', message.header.stamp),
        duration=stamps.join('duration', message.duration),
        final=message.final,
        truncated=message.truncated,
        paused=paused,
        azimuth=message.azimuth,
        azimuth_certainty=message.azimuth_certainty)
