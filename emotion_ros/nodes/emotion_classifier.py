"""Node that says which emotion the features of a voice show."""

from rclpy.node import Node

from emotion_ros.errors import EmotionError
from emotion_ros.model.backends import BACKENDS
from emotion_ros.model.classifier import EmotionClassifier as Classifier
from emotion_ros.msg import EmotionStamped, VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.nodes.messages import emotion_to_message, message_to_features
from emotion_ros.nodes.parameters import Parameter, declare
from emotion_ros.nodes.run import run
from emotion_ros.paths import default_model

PARAMETERS = (
    Parameter('model', '', 'Folder of the model; empty is the one that the package installs.'),
    Parameter('backend', 'litert', 'Program that runs the network; tensorflow is for comparison.',
              choices=tuple(BACKENDS)),
    Parameter('confidence_threshold', -1.0,
              'Threshold below which the emotion is "unknown", 0 to 1; -1 is that of the model.',
              minimum=-1.0, maximum=1.0, read_only=False),
)


class EmotionClassifier(Node):
    """Subscribes to VoiceFeatures on `voice_features`, publishes EmotionStamped on `emotion`.

    Raises:
        EmotionError: a parameter or the model cannot be used.

    """

    def __init__(self, **node_options):
        super().__init__('emotion_classifier', **node_options)
        parameters = declare(self, PARAMETERS)
        self._classifier = Classifier(
            parameters['model'] or default_model(), backend=parameters['backend'])
        self._set_threshold(parameters['confidence_threshold'])
        self._dropped = 0
        self._publisher = self.create_publisher(
            EmotionStamped, 'emotion', qos.RESULTS, qos_overriding_options=qos.OVERRIDABLE)
        self.create_subscription(
            VoiceFeatures, 'voice_features', self._classify, qos.RESULTS,
            qos_overriding_options=qos.OVERRIDABLE)
        self.add_post_set_parameters_callback(self._parameters_changed)
        self.get_logger().info(
            f'ready, model {self._classifier.model}, {", ".join(self._classifier.description.labels)}')

    @property
    def feature_set(self):
        """Name of the feature set that the model takes."""
        return self._classifier.description.feature_set

    def _set_threshold(self, threshold):
        self._classifier.confidence_threshold = (
            self._classifier.description.confidence_threshold if threshold < 0 else threshold)

    def _parameters_changed(self, changes):
        for change in changes:
            if change.name == 'confidence_threshold':
                self._set_threshold(change.value)

    def _classify(self, message):
        try:
            features = message_to_features(message)
            emotion = self._classifier.classify(features)
        except (ValueError, EmotionError) as error:
            self._dropped += 1
            self.get_logger().warning(
                f'VoiceFeatures dropped ({self._dropped} so far): {error}',
                throttle_duration_sec=5.0)
            return
        self._publisher.publish(emotion_to_message(emotion, message, self._classifier.model))

    def close(self):
        """Nothing to end: the node has no threads."""


def main():
    """Run the node."""
    return run(lambda: [EmotionClassifier()])
