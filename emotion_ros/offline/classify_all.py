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

"""What a saved model says of many utterances."""

from collections.abc import Sequence

import numpy as np

from emotion_ros.arrays import Float32
from emotion_ros.display.progress import progress
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.model.classifier import EmotionClassifier

ANY = Utterance(1, 0, 0, 0, True, False)
"""Stands for an utterance whose time does not matter."""


def classify_all(classifier: EmotionClassifier, values: Sequence[dict[str, Float32]],
                 ) -> tuple[Float32, Float32, Float32]:
    """Run a saved model on utterances as the robot does.

    Args:
        classifier: the model.
        values: {name of a block: float32, shape (frames, dimensions)} of each utterance.

    Returns:
        Probabilities, float32, shape (utterances, classes), confidence, shape (utterances,), and
        arousal and valence, shape (utterances, 2), NaN if the model does not tell them.

    """
    emotions = [
        classifier.classify(VoiceFeatures(ANY, entry))
        for entry in progress(values, total=len(values), title='predictions', unit='utterance')]
    return (np.array([emotion.probabilities for emotion in emotions], np.float32),
            np.array([emotion.confidence for emotion in emotions], np.float32),
            np.array([(emotion.arousal, emotion.valence) for emotion in emotions], np.float32))
