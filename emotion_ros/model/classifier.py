"""What the network says of the features of an utterance."""

from dataclasses import dataclass

import numpy as np

from emotion_ros.errors import EmotionError
from emotion_ros.features.opensmile_live import feature_set
from emotion_ros.model.backends import BACKENDS
from emotion_ros.model.saved_model import UNKNOWN, read_description


@dataclass(frozen=True)
class Emotion:
    """The emotion heard in an utterance.

    Args:
        emotion: the most probable label, or "unknown" below the threshold.
        labels: of the model.
        probabilities: float32, shape (labels,), calibrated, sum 1.
        confidence: of the confidence branch, 0 to 1.

    """

    emotion: str
    labels: list
    probabilities: np.ndarray
    confidence: float


class EmotionClassifier:
    """A saved model, ready to classify.

    Args:
        folder: of the saved model.
        backend: 'litert' or 'tensorflow'.
        confidence_threshold: below it the emotion is "unknown", 0 to 1; None for the model's own.

    Raises:
        EmotionError: the model cannot be used; the text says why.

    """

    def __init__(self, folder, *, backend='litert', confidence_threshold=None):
        if backend not in BACKENDS:
            raise EmotionError(f'backend is {backend!r}, allowed are {", ".join(BACKENDS)}')
        self.description = read_description(folder)
        self._features = feature_set(self.description.feature_set)
        self._network = BACKENDS[backend](folder, self._features.least_frames)
        if self._network.dimensions != self.description.dimensions:
            raise EmotionError(
                f'model folder {str(folder)!r}: the network takes {self._network.dimensions} '
                f'values, model.yaml says {self.description.dimensions}')
        if self._network.classes != len(self.description.labels):
            raise EmotionError(
                f'model folder {str(folder)!r}: the network tells {self._network.classes} classes '
                f'apart, model.yaml has {len(self.description.labels)} labels')
        self.confidence_threshold = (
            self.description.confidence_threshold if confidence_threshold is None
            else confidence_threshold)

    @property
    def model(self):
        """Name and version of the model, such as 'default 0.1.0'."""
        return f'{self.description.name} {self.description.version}'

    def check(self, features):
        """Check that features fit the model.

        Args:
            features: features.extractor.VoiceFeatures.

        Raises:
            ValueError: another feature set, another length, or values that are not finite.

        """
        description = self.description
        if features.feature_set != description.feature_set:
            raise ValueError(f'feature_set is {features.feature_set[:100]!r}, '
                             f'the model takes {description.feature_set!r}')
        if not self._features.fits(features.values.shape):
            least, dimensions = self._features.least_frames, self._features.dimensions
            more = ' or more' if self._features.descriptors else ''
            raise ValueError(f'the values have shape {features.values.shape}, '
                             f'the model takes ({least}{more}, {dimensions})')
        if not np.isfinite(features.values).all():
            raise ValueError('some values are not finite')

    def classify(self, features):
        """Classify an utterance.

        Args:
            features: features.extractor.VoiceFeatures.

        Returns:
            Emotion.

        Raises:
            ValueError: see check.
            EmotionError: the network's answer is not finite.

        """
        self.check(features)
        probabilities, confidence = self._network.run(features.values)
        if not np.isfinite([*probabilities, confidence]).all():
            raise EmotionError(f'model {self.model!r} gave probabilities that are not finite')
        sure = confidence >= self.confidence_threshold
        labels = self.description.labels
        emotion = labels[int(np.argmax(probabilities))] if sure else UNKNOWN
        return Emotion(emotion, labels, probabilities, confidence)
