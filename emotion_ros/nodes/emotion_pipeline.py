"""The three nodes in one process on one executor; two where the sound comes from others."""

from emotion_ros.errors import EmotionError
from emotion_ros.nodes import audio_capture, emotion_classifier, feature_extractor
from emotion_ros.nodes.audio_capture import AudioCapture
from emotion_ros.nodes.emotion_classifier import EmotionClassifier
from emotion_ros.nodes.feature_extractor import FeatureExtractor
from emotion_ros.nodes.run import run
from emotion_ros.nodes.sound import OWN

PARAMETERS = (*audio_capture.PARAMETERS, *feature_extractor.PARAMETERS,
              *emotion_classifier.PARAMETERS)


def _nodes():
    """Make the nodes, those that listen first; each has started when the next is asked for."""
    classifier = EmotionClassifier()
    yield classifier
    extractor = FeatureExtractor()
    yield extractor
    given, wanted = extractor.features, classifier.features
    if given and not set(wanted) <= set(given):
        raise EmotionError(f'feature_extractor gives {", ".join(given)}, '
                           f'but the model of emotion_classifier takes {", ".join(wanted)}')
    if extractor.get_parameter('audio_type').value == OWN:
        yield AudioCapture()


def main():
    """Run the nodes."""
    return run(_nodes, __doc__, PARAMETERS)
