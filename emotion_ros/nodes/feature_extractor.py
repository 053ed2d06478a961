"""Node that hears utterances and publishes the features of the voice in them."""

import inspect
import queue

from rclpy.node import Node

from emotion_ros.errors import EmotionError
from emotion_ros.features.extractor import VoiceFeatureExtractor
from emotion_ros.model.saved_model import read_description
from emotion_ros.msg import AudioFrame, VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.nodes.messages import features_to_message, message_to_frame
from emotion_ros.nodes.parameters import Parameter, declare
from emotion_ros.nodes.run import run, start_thread
from emotion_ros.paths import default_model
from emotion_ros.speech.segmenter import Segmenter


def _segmentation(name, description, minimum, maximum):
    default = inspect.signature(Segmenter).parameters[name].default
    return Parameter(name, default, description, minimum=minimum, maximum=maximum)


SEGMENTATION = (
    _segmentation('speech_threshold', 'Probability from which sound is speech.', 0.2, 0.95),
    _segmentation('pre_roll', 'Sound before the first speech that is taken along [s].', 0.0, 1.0),
    _segmentation('post_roll', 'Sound after the last speech that is taken along [s].', 0.0, 1.0),
    _segmentation('hang_over', 'Silence that ends an utterance [s].', 0.1, 1.5),
    _segmentation('shortest_speech', 'Less speech than this is taken for a noise [s].', 0.1, 2.0),
    _segmentation('longest_utterance', 'An utterance is cut at this length [s].', 2.0, 60.0),
    _segmentation('interim_interval',
                  'A lasting utterance gives a result this often [s], at least 0.25; 0 is never.',
                  0.0, 60.0),
)

PARAMETERS = (
    Parameter('model', '', 'Folder of the model whose feature set is wanted; '
                           'empty is the one that the package installs.'),
    Parameter('feature_set', '', 'openSMILE feature set; empty is that of the model.'),
    *SEGMENTATION,
)


class FeatureExtractor(Node):
    """Subscribes to AudioFrame on `audio`, publishes VoiceFeatures on `voice_features`.

    Raises:
        EmotionError: a parameter or the model cannot be used.

    """

    def __init__(self, **node_options):
        super().__init__('feature_extractor', **node_options)
        parameters = declare(self, PARAMETERS)
        self.feature_set = _feature_set(parameters['model'], parameters['feature_set'])
        self._extractor = VoiceFeatureExtractor(
            self.feature_set, **{entry.name: parameters[entry.name] for entry in SEGMENTATION})
        self._dropped = 0
        # openSMILE takes a moment to finish, longer for interim results; sound is heard meanwhile.
        self._pending = queue.SimpleQueue()
        self._publisher = self.create_publisher(
            VoiceFeatures, 'voice_features', qos.RESULTS, qos_overriding_options=qos.OVERRIDABLE)
        self.create_subscription(
            AudioFrame, 'audio', self._hear, qos.AUDIO_HEARD,
            qos_overriding_options=qos.OVERRIDABLE)
        self._thread = start_thread(self, self._deliver)
        self.get_logger().info(f'ready, feature set {self.feature_set}')

    def _hear(self, message):
        try:
            frame = message_to_frame(message)
        except ValueError as error:
            self._dropped += 1
            self.get_logger().warning(
                f'AudioFrame dropped ({self._dropped} so far): {error}', throttle_duration_sec=5.0)
            return
        for pending in self._extractor.push(frame):
            self._pending.put((pending, message.header.frame_id))

    def _deliver(self):
        while (entry := self._pending.get()) is not None:
            pending, frame_id = entry
            try:
                features = pending.result()
                self._publisher.publish(features_to_message(features, frame_id))
            except Exception as error:   # whatever it is, the next utterance is heard
                if not self.context.ok():
                    return
                self.get_logger().warning(
                    f'utterance {pending.utterance.number} dropped: {error}')

    def close(self):
        """End the threads; an utterance that is open is given up."""
        self._pending.put(None)
        self._thread.join()
        self._extractor.close()


def _feature_set(model, wanted):
    """Feature set to compute: the wanted one, or else the model's; where both are given they agree.

    Raises:
        EmotionError: they differ, or the model cannot be read.

    """
    if wanted and not model:
        return wanted
    folder = model or default_model()
    needed = read_description(folder).feature_set
    if wanted not in ('', needed):
        raise EmotionError(f'parameter feature_set is {wanted!r}, '
                           f'but the model {str(folder)!r} takes {needed!r}')
    return needed


def main():
    """Run the node."""
    return run(lambda: [FeatureExtractor()])
