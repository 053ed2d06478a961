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

"""The nodes in one process on one executor; audio_capture only if it provides the audio."""

from emotion_ros.errors import EmotionError
from emotion_ros.nodes import audio_capture, emotion_classifier, feature_extractor, mood
from emotion_ros.nodes.audio_capture import AudioCapture
from emotion_ros.nodes.audio_input import AUDIO_FRAME
from emotion_ros.nodes.emotion_classifier import EmotionClassifier
from emotion_ros.nodes.feature_extractor import FeatureExtractor
from emotion_ros.nodes.mood import MoodNode
from emotion_ros.nodes.run import run

PARAMETERS = (*audio_capture.PARAMETERS, *feature_extractor.PARAMETERS,
              *emotion_classifier.PARAMETERS, *mood.PARAMETERS)


def _nodes():
    """Make the nodes, subscribers first; each is started before the next one is made."""
    classifier = EmotionClassifier()
    if classifier.value('mood'):
        yield MoodNode()
    yield classifier
    extractor = FeatureExtractor()
    yield extractor
    given, wanted = extractor.features, classifier.features
    if given and not set(wanted) <= set(given):
        raise EmotionError(f'feature_extractor gives {", ".join(given)}, '
                           f'but the model of emotion_classifier takes {", ".join(wanted)}')
    if extractor.value('audio_type') == AUDIO_FRAME:
        yield AudioCapture()


def main():
    """Run the nodes."""
    return run(_nodes, __doc__, PARAMETERS)
