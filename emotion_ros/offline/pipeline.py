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

"""The whole pipeline without ROS: from audio to the emotion of each utterance."""

from collections.abc import Iterable, Iterator, Sequence
import logging
from numbers import Real
from os import PathLike
from typing import Any

import numpy as np

from emotion_ros.arrays import Int16
from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.frame import MAX_SAMPLE_RATE, MIN_SAMPLE_RATE, Frame
from emotion_ros.audio.resampler import MEAN
from emotion_ros.errors import EmotionError
from emotion_ros.features.extractor import (
    PendingFeatures,
    Utterance,
    VoiceFeatureExtractor,
    VoiceFeatures,
)
from emotion_ros.model.classifier import Emotion, EmotionClassifier
from emotion_ros.speech.segmenter import DEFAULT, Segmentation
from emotion_ros.voices.reported_speakers import ReportedSpeakers

BLOCKS = 10
"""Frames per second that arrays are cut into."""

_LOGGER = logging.getLogger(__name__)


def extract(frames: Iterable[Frame], features: Sequence[str], *, early: bool = False,
            **options: Any) -> Iterator[VoiceFeatures]:
    """Compute the features of the utterances in a stream of audio.

    Args:
        frames: iterable of audio.frame.Frame.
        features: names of the blocks of features.blocks to compute.
        early: also yield those at pauses, after which the utterance is probably over.
        options: other arguments of features.extractor.VoiceFeatureExtractor.

    Yields:
        features.extractor.VoiceFeatures, also interim ones. If the features of an utterance cannot
        be computed, it is left out with a warning in the log.

    """
    extractor = VoiceFeatureExtractor(features, **options)
    try:
        for frame in frames:
            yield from _finish(extractor.push(frame), early)
    finally:
        extractor.close()


def _finish(found: Iterable[PendingFeatures], early: bool) -> Iterator[VoiceFeatures]:
    for pending in found:
        if pending.utterance.paused and not early:
            continue
        try:
            features = pending.result()
        except EmotionError as error:
            _LOGGER.warning('utterance %d dropped: %s', pending.utterance.number, error)
            continue
        yield features


class Pipeline:
    """What feature_extractor and emotion_classifier do, one frame after the other.

    A context manager; on exit, an unfinished utterance is discarded.

    Args:
        classifier: model.classifier.EmotionClassifier.
        early: also give the results at pauses, after which the utterance is probably over.
        reported_speakers: ReportedSpeakers, if another node reports who speaks.
        options: other arguments of features.extractor.VoiceFeatureExtractor.

    """

    def __init__(self, classifier: EmotionClassifier, *, early: bool = False,
                 reported_speakers: ReportedSpeakers | None = None, **options: Any) -> None:
        self._classifier = classifier
        self._reported_speakers = reported_speakers or ReportedSpeakers()
        self._early = early
        self._extractor = VoiceFeatureExtractor(classifier.description.features, **options)

    @property
    def speaking(self) -> bool:
        """Whether an utterance is in progress."""
        return self._extractor.speaking

    def push(self, frame: Frame) -> Iterator[tuple[VoiceFeatures, Emotion]]:
        """Take the next audio.frame.Frame.

        Yields:
            (features.extractor.VoiceFeatures, model.classifier.Emotion), also interim results. If
            the features of an utterance cannot be computed, it is left out with a warning in the
            log.

        Raises:
            EmotionError: see EmotionClassifier.classify.

        """
        for features in _finish(self._extractor.push(frame), self._early):
            speaker = self._reported_speakers.speaker_of(features.utterance)
            yield features, self._classifier.classify(features, speaker)

    def __enter__(self) -> 'Pipeline':
        return self

    def __exit__(self, *_: object) -> None:
        self._extractor.close()


def array_frames(samples: Int16, sample_rate: float, *, first_sample: int = 0,
                 silence: float = 0.0) -> Iterator[Frame]:
    """Cut samples into frames.

    Args:
        samples: int16, shape (samples, channels).
        sample_rate: of each channel [Hz], 8000 to 192000.
        first_sample: index of the first sample; index 0 is at time 0.
        silence: duration of silence to append [s].

    Raises:
        EmotionError: the rate or the number of channels is not allowed.

    """
    rate = whole_rate(sample_rate)
    rest = np.zeros((round(silence * rate), samples.shape[1]), np.int16)
    return _frames((samples, rest), rate, first_sample)


def whole_rate(sample_rate: float) -> int:
    """Check a sample rate [Hz] from the user; 44100.0 is as good as 44100.

    Raises:
        EmotionError: it is not allowed.

    """
    if not (isinstance(sample_rate, Real) and MIN_SAMPLE_RATE <= sample_rate <= MAX_SAMPLE_RATE
            and sample_rate == int(sample_rate)):
        raise EmotionError(f'sample_rate must be {MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE} Hz, '
                           f'got {sample_rate!r}')
    return int(sample_rate)


def _frames(parts: Sequence[Int16], sample_rate: int, first_sample: int) -> Iterator[Frame]:
    size = sample_rate // BLOCKS
    for part in parts:
        for begin in range(0, len(part), size):
            stamp = first_sample * 10**9 // sample_rate
            try:
                frame = Frame(part[begin:begin + size], sample_rate, first_sample, stamp)
            except ValueError as error:
                raise EmotionError(str(error)) from error
            yield frame
            first_sample = frame.end_sample


def classify_frames(frames: Iterable[Frame], classifier: EmotionClassifier,
                    **options: Any) -> Iterator[tuple[VoiceFeatures, Emotion]]:
    """Classify the utterances in frames, as the nodes would.

    Args:
        frames: iterable.
        classifier: model.classifier.EmotionClassifier.
        options: other arguments of Pipeline.

    Yields:
        (features.extractor.VoiceFeatures, model.classifier.Emotion), also interim results.

    """
    with Pipeline(classifier, **options) as pipeline:
        for frame in frames:
            yield from pipeline.push(frame)


def classify_file(path: str | PathLike[str], classifier: EmotionClassifier, *,
                  channel: int | str = MEAN, array: MicrophoneArray | None = None,
                  segmentation: Segmentation = DEFAULT) -> Iterator[tuple[Utterance, Emotion]]:
    """Classify the utterances of a sound file, as the nodes would.

    Args:
        path: of the file, see audio.file_source.SoundFile.
        classifier: model.classifier.EmotionClassifier.
        channel, array: see audio.file_source.FileSource.
        segmentation: how utterances are cut.

    Yields:
        (features.extractor.Utterance, model.classifier.Emotion), also interim results.

    Raises:
        EmotionError: the file cannot be read.

    """
    frames = FileSource(path, channel=channel, array=array).frames()
    for features, emotion in classify_frames(
            frames, classifier, array=array, segmentation=segmentation):
        yield features.utterance, emotion
