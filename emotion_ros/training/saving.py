"""Writing a model folder."""

from pathlib import Path
import tempfile

import keras
import tensorflow as tf

from emotion_ros.model.saved_model import DESCRIPTION, KERAS, LITERT
from emotion_ros.output_folder import OutputFolder


def model_folder(path):
    """Give the OutputFolder that --output names."""
    return OutputFolder(path, '--output', 'model', DESCRIPTION)


def save_network(network, folder):
    """Write model.keras and model.tflite.

    Args:
        network: keras.Model that maps raw features to probabilities and confidence.
        folder: that exists.

    """
    network.save(Path(folder, KERAS))
    Path(folder, LITERT).write_bytes(to_litert(network))


def to_litert(network):
    """Convert a network for LiteRT.

    Args:
        network: as in save_network.

    Returns:
        Content of the file: the signature `serve` takes one row of features, float32.

    """
    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint(
        name='serve',
        fn=lambda features: network(features, training=False),
        input_signature=[tf.TensorSpec((1, network.input_shape[-1]), tf.float32, name='features')])
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=['serve'])
        return converter.convert()
