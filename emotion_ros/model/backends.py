"""The programs that can run the network: LiteRT, and TensorFlow for comparison."""

import os
from pathlib import Path

import numpy as np

from emotion_ros.errors import EmotionError
from emotion_ros.model.saved_model import KERAS, LITERT, find_file, read_network


class LiteRtBackend:
    """Runs model.tflite on one thread; loads in 0.1 s.

    Args:
        folder: of the saved model.
        frames: rows of the shortest utterance, to try the network with.

    Raises:
        EmotionError: the file is missing or is no network of ours.

    """

    def __init__(self, folder, frames):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
        path = Path(folder, LITERT)
        content = read_network(folder)
        try:
            # The default delegate is no faster for one row, and announces itself on stderr.
            interpreter = Interpreter(
                model_content=content, num_threads=1,
                experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
            self._run = interpreter.get_signature_runner('serve')
            inputs = self._run.get_input_details()
            outputs = self._run.get_output_details()
            self.dimensions = int(inputs['features']['shape'][-1])
            self.classes = int(outputs['probabilities']['shape'][-1])
            if inputs['features']['dtype'] != np.float32 or 'confidence' not in outputs:
                raise ValueError('it does not map features to probabilities and confidence')
            self.run(np.zeros((frames, self.dimensions), np.float32))
        except (ValueError, RuntimeError, KeyError) as error:
            raise _no_network(path, error) from error

    def run(self, values):
        """Run the network.

        Args:
            values: float32, shape (frames, dimensions).

        Returns:
            Probabilities, float32, shape (classes,), and the confidence, a float of 0 to 1.

        """
        outputs = self._run(features=values[np.newaxis])
        return outputs['probabilities'][0], float(outputs['confidence'].reshape(-1)[0])


class TensorFlowBackend:
    """Runs model.keras; needs TensorFlow, takes seconds to load and 700 MB.

    Arguments, methods and errors are those of LiteRtBackend.
    """

    def __init__(self, folder, frames):
        path = find_file(folder, KERAS)
        os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
        try:
            import keras
            import tensorflow
            from emotion_ros.model import layers  # noqa: F401  (registers them for loading)
        except ImportError as error:
            raise EmotionError(f'backend tensorflow needs a package that is missing: {error.name}; '
                               'install what requirements-train.txt lists') from error
        try:
            network = keras.saving.load_model(path, compile=False, safe_mode=True)
            self.dimensions = network.input_shape[-1]
            self.classes = network.output['probabilities'].shape[-1]
            network.output['confidence']   # a KeyError where there is none
        except Exception as error:   # keras raises whatever a broken archive leads it to
            raise _no_network(path, error) from error
        self._run = tensorflow.function(
            lambda features: network(features, training=False),
            input_signature=[tensorflow.TensorSpec((1, None, self.dimensions),
                                                   tensorflow.float32)])

    def run(self, values):
        """Run the network; see LiteRtBackend.run."""
        outputs = self._run(values[np.newaxis])
        return outputs['probabilities'].numpy()[0], float(outputs['confidence'].numpy()[0, 0])


def _no_network(path, error):
    return EmotionError(
        f'{str(path)!r} is no emotion_ros network: {" ".join(str(error).split())[:200]}')


BACKENDS = {'litert': LiteRtBackend, 'tensorflow': TensorFlowBackend}
