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


"""Enrolling a speaker: from utterances to a profile, and what the profile is worth."""

import csv
from dataclasses import dataclass, replace
import os
from pathlib import Path

import numpy as np

from emotion_ros.audio.file_source import FileSource
from emotion_ros.errors import EmotionError
from emotion_ros.features.extractor import VoiceFeatures
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline import extract
from emotion_ros.paths import fault_of
from emotion_ros.voices.adaptation import centered_log
from emotion_ros.voices.profile import Utterances, VoiceProfile

LABEL_COLUMNS = 'utterance', 'emotion'
"""Columns of a list of labels."""

MOST_PARTS = 10
"""Profiles that are made to measure what one is worth."""


@dataclass(frozen=True)
class LabeledUtterance:
    """An utterance of the speaker, and what it expresses.

    Args:
        emotion: a label of the model.
        features: features.extractor.VoiceFeatures.

    """

    emotion: str
    features: VoiceFeatures


@dataclass(frozen=True)
class Worth:
    """What a profile is worth: each utterance is classified with a profile of all the others.

    Args:
        utterances: how many there are; 0 where too few to tell.
        as_stranger: of them, how many are right without a profile.
        with_profile: how many are right with it.
        recognized: how many have a voice that is recognized.

    """

    utterances: int
    as_stranger: int
    with_profile: int
    recognized: int

    def told(self) -> str:
        """Tell it in a line."""
        if not self.utterances:
            return 'one utterance alone does not tell what the profile is worth'
        return (f'of {self.utterances} utterances, each with a profile of the others: '
                f"{self.with_profile} right, {self.as_stranger} as a stranger's; the voice is "
                f'recognized in {self.recognized}')


def check_emotion(emotion: str, classifier: EmotionClassifier) -> None:
    """Check that the model tells an emotion.

    Raises:
        EmotionError: it does not.

    """
    labels = classifier.description.labels
    if emotion not in labels:
        raise EmotionError(f'EMOTION must be one of {", ".join(labels)}, got {emotion[:100]!r}')


def utterances_of_file(path: str | Path, emotion: str,
                       classifier: EmotionClassifier) -> list[LabeledUtterance]:
    """Hear the utterances of a sound file; none where nobody speaks in it.

    Raises:
        EmotionError: the file cannot be read, or the model does not tell this emotion.

    """
    check_emotion(emotion, classifier)
    return [LabeledUtterance(emotion, features)
            for features in extract(FileSource(path).frames(), classifier.description.features)
            if features.utterance.final]


def utterances_of_bag(path: str | Path, labels: dict, classifier: EmotionClassifier, *,
                      topic: str | None = None) -> list[LabeledUtterance]:
    """Hear the utterances of a bag that somebody labeled, numbered as annotate numbers them.

    Args:
        path: of the bag.
        labels: {number of the utterance: emotion}; see read_labels.
        classifier: of the model.
        topic: with the sound; needed where there are several.

    Raises:
        EmotionError: the bag cannot be read, or has no such utterance.

    """
    from emotion_ros.bags.reader import open_bag
    for emotion in labels.values():
        check_emotion(emotion, classifier)
    with open_bag(path) as bag:
        audio = bag.audio_topic(topic)
        frames = (heard[0] for heard in (
            audio.to_frame(*message) for message in bag.messages(audio.connections)) if heard)
        found = [LabeledUtterance(labels[features.utterance.number], features)
                 for features in extract(frames, classifier.description.features,
                                         counts=audio.counts, own_voice=audio.own_voice)
                 if features.utterance.final and features.utterance.number in labels]
    missing = set(labels) - {entry.features.utterance.number for entry in found}
    if missing:
        raise EmotionError(f'bag {str(path)!r} has no utterance {min(missing)}, which --labels '
                           'names')
    return found


def read_labels(path: str | Path) -> dict:
    """Read the labels of utterances from a CSV file with the columns LABEL_COLUMNS.

    Returns:
        {number of the utterance: emotion}; rows without an emotion are left out.

    Raises:
        EmotionError: the file cannot be read, or holds something else.

    """
    fault = fault_of(path)
    if fault:
        raise EmotionError(f'--labels {str(path)!r} cannot be read: {fault}')
    labels = {}
    try:
        with open(path, newline='', encoding='utf-8-sig') as file:
            rows = csv.DictReader(file, skipinitialspace=True, strict=True)
            if not set(LABEL_COLUMNS) <= set(rows.fieldnames or ()):
                raise EmotionError(f'--labels {str(path)!r} must have the columns '
                                   f'{", ".join(LABEL_COLUMNS)}, got '
                                   f'{", ".join(rows.fieldnames or ())[:200]!r}')
            for row in rows:
                number, emotion = ((row[name] or '').strip() for name in LABEL_COLUMNS)
                if emotion:
                    labels[int(number)] = emotion
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise EmotionError(f'--labels {os.fspath(path)!r} cannot be read: {error}') from error
    if not labels:
        raise EmotionError(f'--labels {str(path)!r} labels no utterance')
    return labels


def make_profile(name: str, utterances: list[LabeledUtterance], classifier: EmotionClassifier,
                 known: VoiceProfile | None = None) -> VoiceProfile:
    """Make the profile of a speaker.

    Args:
        name: of the speaker.
        utterances: at least one.
        classifier: of the model.
        known: profile that they are added to; None for a new one.

    Raises:
        EmotionError: the model takes no profiles.

    """
    network = classifier.voice_network()
    emotions = dict(known.emotions) if known else {}
    zero = np.zeros(len(network.labels), np.float32)
    for entry in utterances:
        told = classifier.describe(entry.features)
        emotions[entry.emotion] = _with(
            emotions.get(entry.emotion), told['embedding'], told['voice'], zero)
    embedding = VoiceProfile(name, network, emotions).embedding
    # How the network speaks of them when it has the profile: only now can it be asked.
    scores = {emotion: [entry.scores] * entry.count for emotion, entry in (
        known.emotions if known else {}).items()}
    for entry in utterances:
        told = classifier.describe(entry.features, embedding)
        scores.setdefault(entry.emotion, []).append(centered_log(told['probabilities']))
    return VoiceProfile(name, network, {
        emotion: replace(entry, scores=np.mean(scores[emotion], axis=0, dtype=np.float32))
        for emotion, entry in emotions.items()})


def _with(known, embedding, voice, scores):
    """Add an utterance to the Utterances that are known, or None."""
    if known is None:
        return Utterances(1, embedding, voice, scores)
    share = np.float32(1 / (known.count + 1))
    return Utterances(known.count + 1, known.embedding + share * (embedding - known.embedding),
                      known.voice + share * (voice - known.voice), scores)


def measure_worth(name: str, utterances: list[LabeledUtterance],
                  classifier: EmotionClassifier) -> Worth:
    """Find out what a profile is worth: by leave-one-out, or by leaving out a tenth of many.

    Raises:
        EmotionError: see make_profile.

    """
    if len(utterances) < 2:
        return Worth(0, 0, 0, 0)
    counts = np.zeros(3, int)
    enrolled = classifier.voices
    parts = min(len(utterances), MOST_PARTS)
    try:
        for part in range(parts):
            others = [entry for number, entry in enumerate(utterances) if number % parts != part]
            profile = make_profile(name, others, classifier)
            for entry in utterances[part::parts]:
                classifier.voices = replace(enrolled, profiles=())
                stranger = _is_right(classifier.classify(entry.features), entry)
                classifier.voices = replace(enrolled, profiles=(profile,))
                counts += [stranger, _is_right(classifier.classify(entry.features, name), entry),
                           classifier.classify(entry.features).speaker == name]
    finally:
        classifier.voices = enrolled
    return Worth(len(utterances), *map(int, counts))


def _is_right(emotion, entry):
    return emotion.labels[int(np.argmax(emotion.probabilities))] == entry.emotion
