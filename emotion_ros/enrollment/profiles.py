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

"""From utterances to the profile of a speaker, and what the profile is worth."""

from dataclasses import dataclass, replace

import numpy as np

from emotion_ros.enrollment.utterances import LabeledUtterance
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.voices.adaptation import centered_log
from emotion_ros.voices.profile import Utterances, VoiceProfile

MAX_PARTS = 10
"""Maximum number of profiles that are made to measure the worth of one."""


@dataclass(frozen=True)
class Worth:
    """What a profile is worth: each utterance is classified with a profile of all the others.

    Args:
        utterances: their number; 0 if there are too few.
        judged: number of those whose emotion others express, too.
        as_stranger: number of the judged that are classified correctly without a profile.
        with_profile: number of the judged that are classified correctly with it.
        recognized: number of all whose voice is recognized.

    """

    utterances: int
    judged: int
    as_stranger: int
    with_profile: int
    recognized: int

    def told(self) -> str:
        """Describe it in one line."""
        if not self.utterances:
            return 'with a single utterance, the benefit of the profile cannot be measured'
        recognized = f'the voice is recognized in {self.recognized} of {self.utterances} utterances'
        if not self.judged:
            return ('measuring the benefit of the profile takes two utterances of an emotion; '
                    f'{recognized}')
        return (f'of {self.judged} utterances, each with a profile of the others: '
                f"{self.with_profile} right, {self.as_stranger} as a stranger's; {recognized}")


def make_profile(name: str, utterances: list[LabeledUtterance], classifier: EmotionClassifier,
                 known: VoiceProfile | None = None) -> VoiceProfile:
    """Make the profile of a speaker.

    Args:
        name: of the speaker.
        utterances: at least one.
        classifier: model.classifier.EmotionClassifier.
        known: profile to add them to; None for a new one.

    Raises:
        EmotionError: the model does not use profiles.

    """
    network = classifier.voice_network()
    emotions = dict(known.emotions) if known else {}
    zero = np.zeros(len(network.labels), np.float32)
    for entry in utterances:
        told = classifier.describe(entry.features)
        emotions[entry.emotion] = _with(
            emotions.get(entry.emotion), told['embedding'], told['voice'], zero)
    embedding = VoiceProfile(name, network, emotions).embedding
    # The predictions of the network with the profile, which exists only now.
    scores = {emotion: [entry.scores] * entry.count for emotion, entry in (
        known.emotions if known else {}).items()}
    for entry in utterances:
        told = classifier.describe(entry.features, embedding)
        scores.setdefault(entry.emotion, []).append(centered_log(told['probabilities']))
    return VoiceProfile(name, network, {
        emotion: replace(entry, scores=np.mean(scores[emotion], axis=0, dtype=np.float32))
        for emotion, entry in emotions.items()})


def _with(known, embedding, voice, scores):
    """Add an utterance to known Utterances; None if there are none yet."""
    if known is None:
        return Utterances(1, embedding, voice, scores)
    share = np.float32(1 / (known.count + 1))
    return Utterances(known.count + 1, known.embedding + share * (embedding - known.embedding),
                      known.voice + share * (voice - known.voice), scores)


def measure_worth(name: str, utterances: list[LabeledUtterance],
                  classifier: EmotionClassifier) -> Worth:
    """Measure what a profile is worth, by leave-one-out or, with many utterances, in ten folds.

    Utterances whose emotion no other shows are not judged: their profile would not know it.

    Raises:
        EmotionError: see make_profile.

    """
    if len(utterances) < 2:
        return Worth(0, 0, 0, 0, 0)
    counts = np.zeros(4, int)
    enrolled = classifier.voices
    parts = min(len(utterances), MAX_PARTS)
    try:
        for part in range(parts):
            others = [entry for index, entry in enumerate(utterances) if index % parts != part]
            profile = make_profile(name, others, classifier)
            shown = {entry.emotion for entry in others}
            for entry in utterances[part::parts]:
                classifier.voices = replace(enrolled, profiles=())
                judged = entry.emotion in shown
                stranger = judged and _is_right(classifier.classify(entry.features), entry)
                classifier.voices = replace(enrolled, profiles=(profile,))
                known = judged and _is_right(classifier.classify(entry.features, name), entry)
                counts += [judged, stranger, known,
                           classifier.classify(entry.features).speaker == name]
    finally:
        classifier.voices = enrolled
    return Worth(len(utterances), *map(int, counts))


def _is_right(emotion, entry):
    return emotion.labels[int(np.argmax(emotion.probabilities))] == entry.emotion
