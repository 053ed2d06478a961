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

"""Utterances of a speaker with the emotion that each expresses, from files and bags."""

import csv
from dataclasses import dataclass
from pathlib import Path

from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.resampler import MEAN
from emotion_ros.bags import REQUIREMENTS
from emotion_ros.errors import ArgumentError, EmotionError, packages_of
from emotion_ros.features.extractor import VoiceFeatures
from emotion_ros.files.paths import fault_of
from emotion_ros.files.spreadsheet import fault_in, read_rows
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline.pipeline import extract
from emotion_ros.speech.segmenter import DEFAULT, Segmentation

LABEL_COLUMNS = 'utterance', 'emotion'
"""Columns of a file of labels."""


@dataclass(frozen=True)
class LabeledUtterance:
    """An utterance of the speaker, and what it expresses.

    Args:
        emotion: a label of the model.
        features: features.extractor.VoiceFeatures.

    """

    emotion: str
    features: VoiceFeatures


def check_emotion(emotion: str, classifier: EmotionClassifier) -> None:
    """Check that an emotion is one of the labels of the model.

    Raises:
        EmotionError: it does not.

    """
    labels = classifier.description.labels
    if emotion not in labels:
        raise ArgumentError('emotion', f'must be one of {", ".join(labels)}, got {emotion[:100]!r}')


def utterances_of_file(path: str | Path, emotion: str, classifier: EmotionClassifier, *,
                       channel: int | str = MEAN, array: MicrophoneArray | None = None,
                       segmentation: Segmentation = DEFAULT) -> list[LabeledUtterance]:
    """Extract the utterances of a sound file; none if nobody speaks.

    Args:
        path: of the file.
        emotion: that the speaker expresses.
        classifier: model.classifier.EmotionClassifier.
        channel, array: see audio.file_source.FileSource.
        segmentation: how utterances are cut.

    Raises:
        EmotionError: the file cannot be read, or the model does not have this emotion.

    """
    check_emotion(emotion, classifier)
    return [LabeledUtterance(emotion, features)
            for features in extract(FileSource(path, channel=channel, array=array).frames(),
                                    classifier.description.features, array=array,
                                    segmentation=segmentation)
            if features.utterance.final]


def utterances_of_bag(path: str | Path, labels: dict, classifier: EmotionClassifier, *,
                      topic: str | None = None, channel: int | str = MEAN,
                      array: MicrophoneArray | None = None,
                      segmentation: Segmentation = DEFAULT) -> list[LabeledUtterance]:
    """Extract the labeled utterances of a bag, numbered as annotate numbers them.

    Args:
        path: of the bag.
        labels: {number of an utterance: emotion}; see read_labels.
        classifier: model.classifier.EmotionClassifier.
        topic: audio topic; needed if there are several.
        channel, array: see bags.audio_topic.AudioTopic.
        segmentation: how utterances are cut.

    Raises:
        EmotionError: the bag cannot be read, or lacks one of the utterances.

    """
    with packages_of(REQUIREMENTS):
        from emotion_ros.bags.reader import open_bag
    for number, emotion in labels.items():
        try:
            check_emotion(emotion, classifier)
        except ArgumentError as error:
            raise ArgumentError('labels', f'utterance {number}: {error}') from error
    with open_bag(path) as bag:
        audio = bag.audio_topic(topic, array, channel)
        frames = (heard[0] for heard in (
            audio.to_frame(*message) for message in bag.messages(audio.connections)) if heard)
        found = [LabeledUtterance(labels[features.utterance.number], features)
                 for features in extract(frames, classifier.description.features,
                                         counts=audio.counts, own_voice=audio.own_voice,
                                         array=array, segmentation=segmentation)
                 if features.utterance.final and features.utterance.number in labels]
    missing = set(labels) - {entry.features.utterance.number for entry in found}
    if missing:
        raise EmotionError(f'bag {str(path)!r} has no utterance {min(missing)}, which the labels '
                           'names')
    return found


def read_labels(path: str | Path) -> dict:
    """Read the labels of utterances from a CSV file with the columns LABEL_COLUMNS.

    Returns:
        {number of an utterance: emotion}; rows without an emotion are skipped.

    Raises:
        EmotionError: the file cannot be read, or has other contents.

    """
    fault = fault_of(path)
    if fault:
        raise ArgumentError('labels', f'{str(path)!r} cannot be read: {fault}')
    labels = {}
    try:
        rows = read_rows(path)
        if not set(LABEL_COLUMNS) <= set(rows.fieldnames):
            raise ArgumentError('labels', f'{str(path)!r} must have the columns '
                                f'{", ".join(LABEL_COLUMNS)}, got '
                                f'{", ".join(rows.fieldnames)[:200]!r}')
        for row in rows:
            number, emotion = ((row[name] or '').strip() for name in LABEL_COLUMNS)
            if not emotion:
                continue
            place = f'{str(path)!r} line {rows.line_num}: utterance'
            if not number.isdecimal():
                raise ArgumentError('labels', f'{place} must be a number, got {number[:100]!r}')
            if labels.setdefault(int(number), emotion) != emotion:
                raise ArgumentError('labels', f'{place} {number} must have a single emotion, '
                                    f'got {labels[int(number)]} and {emotion[:100]}')
    except csv.Error as error:
        raise ArgumentError('labels', f'{str(path)!r} cannot be read: {fault_in(error)}') from error
    except (OSError, ValueError) as error:
        raise ArgumentError('labels', f'{str(path)!r} cannot be read: {error}') from error
    if not labels:
        raise ArgumentError('labels', f'{str(path)!r} labels no utterances')
    return labels
