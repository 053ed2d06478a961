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


"""A classifier whose network is made up: it tells speakers and emotions by numbers."""

import numpy as np
import pytest

from emotion_ros.features.blocks import feature_blocks
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.files.paths import find_model
from emotion_ros.model.backends import BACKENDS
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.voices.recognition import EnrolledVoices, VoiceCalibration

EMBEDDING, VOICE = 8, 4


class StubNetwork:
    """Takes the first two values of the first block: number of the emotion, and of the speaker.

    All that speaker 1 says sounds to it like the third emotion.
    """

    classes = 7
    profile_size = EMBEDDING
    voice_sizes = EMBEDDING, VOICE

    def __init__(self):
        self.runs = []   # embeddings of the profiles

    def run(self, matrices, speaker=None):
        """See model.backends.LiteRtBackend.run."""
        self.runs.append(speaker)
        emotion, person = next(iter(matrices.values()))[0, :2].astype(int) % (self.classes, VOICE)
        scores = np.zeros(self.classes)
        scores[emotion] = 2
        if person == 1:
            scores[2] += 3   # all sounds alike to it
        if speaker is not None:
            scores *= 1.1
        probabilities = np.exp(scores) / np.exp(scores).sum()
        embedding = np.zeros(EMBEDDING)
        embedding[emotion] = 1
        embedding[-1] = person
        return {'probabilities': probabilities.astype(np.float32),
                'confidence': np.float32([0.5]), 'embedding': embedding.astype(np.float32),
                'voice': np.eye(VOICE, dtype=np.float32)[person]}


class NetworkWithoutProfiles(StubNetwork):
    """The same, but speakers cannot be enrolled."""

    profile_size = 0
    voice_sizes = None


def stub_classifier(network=None):
    """Make a model.classifier.EmotionClassifier with a StubNetwork, a new one if none is given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(BACKENDS, 'stub', lambda *_: network or StubNetwork())
        classifier = EmotionClassifier(find_model(), backend='stub')
    classifier.voices = EnrolledVoices(calibration=VoiceCalibration(threshold=0.72))
    return classifier


def utterance(classifier, emotion, person, number=1):
    """Make the features of an utterance.

    Args:
        classifier: stub_classifier().
        emotion: label.
        person: number of the speaker, 0 to 3.
        number: of the utterance, which begins at its second.

    """
    matrices = {}
    for block in feature_blocks(classifier.description.features):
        values = np.zeros((1, block.dimensions), np.float32)
        values[0, :3] = classifier.description.labels.index(emotion), person, number
        matrices[block.name] = values
    return VoiceFeatures(Utterance(number, 0, number * 10**9, 10**9, True, False), matrices)
