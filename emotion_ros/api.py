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

"""The public Python interface: from sound to emotions in a few lines, without ROS.

Start with `from emotion_ros import load`. What is in this module, and the fields of what it
returns, is stable; all other modules may change with any release.
"""

from dataclasses import dataclass
from numbers import Real
import os
from os import PathLike

import numpy as np
from numpy.typing import ArrayLike

from emotion_ros.arrays import Int16
from emotion_ros.audio.file_source import TRAILING_SILENCE
from emotion_ros.audio.resampler import to_int16
from emotion_ros.errors import EmotionError
from emotion_ros.features.extractor import Utterance
from emotion_ros.model.classifier import Emotion, EmotionClassifier
from emotion_ros.offline.pipeline import (
    Pipeline,
    array_frames,
    classify_file,
    classify_frames,
    whole_rate,
)


@dataclass(frozen=True)
class Result:
    """The emotion of an utterance, or of its beginning so far.

    Args:
        start, end: of the utterance [s], from the first sample.
        emotion: the most probable label, or 'unknown' if the confidence is below the threshold.
        confidence: probability that the most probable label is right, 0 to 1.
        probabilities: {label: calibrated probability}; they sum to 1.
        arousal, valence: -1 to 1; NaN if the model does not give them.
        speaker: name of the enrolled person who speaks; '' for a stranger.
        final: the utterance is over; False for an interim result.
        truncated: it was cut off while the person was speaking.

    """

    start: float
    end: float
    emotion: str
    confidence: float
    probabilities: dict[str, float]
    arousal: float
    valence: float
    speaker: str
    final: bool
    truncated: bool

    @classmethod
    def from_stages(cls, utterance: Utterance, emotion: Emotion) -> 'Result':
        """Make a Result from the outputs of the stages."""
        return cls(
            utterance.stamp / 1e9, (utterance.stamp + utterance.duration) / 1e9, emotion.emotion,
            emotion.confidence,
            dict(zip(emotion.labels, emotion.probabilities.tolist(), strict=True)),
            emotion.arousal, emotion.valence, emotion.speaker, utterance.final,
            utterance.truncated)


class Stream:
    """A stream of audio that gives results while it lasts; a context manager.

    Args:
        classifier: model.classifier.EmotionClassifier.
        sample_rate: samples a second of each channel [Hz], 8000 to 192000.

    Raises:
        EmotionError: the rate cannot be used.

    """

    def __init__(self, classifier: EmotionClassifier, sample_rate: float) -> None:
        self._pipeline = Pipeline(classifier)
        self._sample_rate = whole_rate(sample_rate)
        self._first_sample = 0

    def push(self, samples: ArrayLike) -> list[Result]:
        """Take the next samples; see Recognizer.array.

        Returns:
            [Result] of the utterances that ended in these samples, and interim results.

        Raises:
            EmotionError: the samples cannot be used.

        """
        found: list[Result] = []
        for frame in array_frames(_checked(samples), self._sample_rate,
                                  first_sample=self._first_sample):
            self._first_sample = frame.end_sample
            found += [Result.from_stages(features.utterance, emotion)
                      for features, emotion in self._pipeline.push(frame)]
        return found

    def __enter__(self) -> 'Stream':
        return self

    def __exit__(self, *error: object) -> None:
        self._pipeline.__exit__(*error)


class Recognizer:
    """A loaded model that recognizes emotions; load() makes one.

    Args:
        classifier: model.classifier.EmotionClassifier.

    """

    def __init__(self, classifier: EmotionClassifier) -> None:
        self._classifier = classifier

    @property
    def labels(self) -> list[str]:
        """Labels of the model."""
        return list(self._classifier.description.labels)

    @property
    def model(self) -> str:
        """Name and version of the model."""
        return self._classifier.model

    def file(self, path: str | PathLike[str]) -> list[Result]:
        """Recognize the emotions of the utterances in a sound file or video.

        Args:
            path: of the file: any format, rate and number of channels that soundfile reads.

        Returns:
            [Result] of whole utterances; none where nobody speaks.

        Raises:
            EmotionError: the file cannot be read.

        """
        found = [Result.from_stages(*result)
                 for result in classify_file(_path(path, 'path'), self._classifier)]
        return [result for result in found if result.final]

    def array(self, samples: ArrayLike, sample_rate: float) -> list[Result]:
        """Recognize the emotions of the utterances in an array.

        Args:
            samples: int16, or floats of full scale -1.0 to 1.0; one dimension, or shape (samples,
                channels), whose mean is used.
            sample_rate: samples a second of each channel [Hz], 8000 to 192000.

        Returns:
            [Result] of whole utterances; none where nobody speaks.

        Raises:
            EmotionError: the samples or the rate cannot be used.

        """
        frames = array_frames(_checked(samples), sample_rate, silence=TRAILING_SILENCE)
        return [Result.from_stages(features.utterance, emotion)
                for features, emotion in classify_frames(frames, self._classifier)
                if features.utterance.final]

    def stream(self, sample_rate: float) -> Stream:
        """Begin a stream of audio, such as that of a microphone.

        Args:
            sample_rate: samples a second of each channel [Hz], 8000 to 192000.

        Raises:
            EmotionError: the rate cannot be used.

        """
        return Stream(self._classifier, sample_rate)


def load(model: str | PathLike[str] | None = None, *, threshold: float | None = None,
         profiles: str | PathLike[str] | None = None) -> Recognizer:
    """Load a model.

    Args:
        model: its folder, or the name of an installed one, 'default' or 'open'; None for
            'default'.
        threshold: confidence below which the emotion is 'unknown', 0 to 1; None for the model's
            own.
        profiles: folder of the voice profiles of known people; None for none.

    Raises:
        EmotionError: the model or a profile cannot be used.

    """
    if threshold is not None and not (isinstance(threshold, Real) and 0 <= threshold <= 1):
        raise EmotionError(f'threshold must be 0 to 1, got {threshold!r}')
    classifier = EmotionClassifier('' if model is None else _path(model, 'model'),
                                   confidence_threshold=threshold)
    for fault in classifier.load_voices('' if profiles is None else _path(profiles, 'profiles')):
        raise EmotionError(fault)
    return Recognizer(classifier)


def _path(value: str | PathLike[str], name: str) -> str:
    """Check that an argument is a path.

    Raises:
        EmotionError: it is not a path.

    """
    try:
        return os.fsdecode(value)
    except TypeError:
        raise EmotionError(f'{name} must be a path, got {type(value).__name__}') from None


def _checked(samples: ArrayLike) -> Int16:
    """Turn samples into int16, shape (samples, channels).

    Raises:
        EmotionError: they are not audio samples.

    """
    try:
        samples = np.asarray(samples)
    except ValueError:
        raise EmotionError('samples must be an array, got lists of different lengths') from None
    if samples.ndim == 1:
        samples = samples[:, np.newaxis]
    if samples.ndim != 2:
        raise EmotionError('samples must have one dimension, or shape (samples, channels), '
                           f'got shape {samples.shape}')
    if samples.dtype == np.int16:
        return samples
    if not np.issubdtype(samples.dtype, np.floating):
        raise EmotionError(f'samples must be int16 or floats, got {samples.dtype}')
    if not np.isfinite(samples).all():
        raise EmotionError('samples must be finite, some are not')
    return to_int16(samples)
