"""The three nodes in one process on one executor."""

from emotion_ros.errors import EmotionError
from emotion_ros.nodes.audio_capture import AudioCapture
from emotion_ros.nodes.emotion_classifier import EmotionClassifier
from emotion_ros.nodes.feature_extractor import FeatureExtractor
from emotion_ros.nodes.run import run


def _nodes():
    """Make the nodes, those that listen first."""
    classifier = EmotionClassifier()
    yield classifier
    extractor = FeatureExtractor()
    yield extractor
    if extractor.feature_set != classifier.feature_set:
        raise EmotionError(f'feature_extractor gives {extractor.feature_set!r}, '
                           f'but the model of emotion_classifier takes {classifier.feature_set!r}')
    yield AudioCapture()


def main():
    """Run the nodes."""
    return run(_nodes)
