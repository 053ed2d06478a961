"""The whole path without ROS: from a sound file to the emotion of each utterance."""

import logging

from emotion_ros.audio.file_source import FileSource
from emotion_ros.errors import EmotionError
from emotion_ros.features.extractor import VoiceFeatureExtractor

_LOGGER = logging.getLogger(__name__)


def extract(frames, feature_set_name, **segmentation):
    """Compute the features of the utterances in a stream of sound.

    Args:
        frames: iterable of audio.frame.Frame.
        feature_set_name: name of the feature set.
        segmentation: arguments of speech.segmenter.Segmenter.

    Yields:
        features.extractor.VoiceFeatures, interim ones too. An utterance without features is left
        out, with a warning in the log.

    """
    extractor = VoiceFeatureExtractor(feature_set_name, **segmentation)
    try:
        for frame in frames:
            for pending in extractor.push(frame):
                try:
                    features = pending.result()
                except EmotionError as error:
                    _LOGGER.warning('utterance %d dropped: %s', pending.utterance.number, error)
                    continue
                yield features
    finally:
        extractor.close()


def classify_file(path, classifier, **segmentation):
    """Classify the utterances of a sound file, as the nodes would.

    Args:
        path: of the file, of any format, rate and channels that soundfile reads, or a video.
        classifier: model.classifier.EmotionClassifier.
        segmentation: arguments of speech.segmenter.Segmenter.

    Yields:
        (features.extractor.Utterance, model.classifier.Emotion), interim results too.

    Raises:
        EmotionError: the file cannot be read.

    """
    frames = FileSource(path).frames()
    for features in extract(frames, classifier.description.feature_set, **segmentation):
        yield features.utterance, classifier.classify(features)
