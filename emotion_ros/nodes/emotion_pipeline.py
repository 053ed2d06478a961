"""The three nodes in one process on one executor."""

from emotion_ros.errors import EmotionError
from emotion_ros.nodes.audio_capture import AudioCapture
from emotion_ros.nodes.emotion_classifier import EmotionClassifier
from emotion_ros.nodes.feature_extractor import FeatureExtractor
from emotion_ros.nodes.run import run


def _nodes():
    """Make the nodes, those that listen first; each has started when the next is asked for."""
    classifier = EmotionClassifier()
    yield classifier
    extractor = FeatureExtractor()
    yield extractor
    given, wanted = extractor.feature_set, classifier.feature_set
    if given and wanted and given != wanted:
        raise EmotionError(f'feature_extractor gives {given!r}, '
                           f'but the model of emotion_classifier takes {wanted!r}')
    yield AudioCapture()


def main():
    """Run the nodes."""
    return run(_nodes)
