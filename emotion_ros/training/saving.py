"""Writing a model folder: whole, or not at all."""

from contextlib import contextmanager
import os
from pathlib import Path
import tempfile

import keras
import tensorflow as tf

from emotion_ros.errors import EmotionError
from emotion_ros.model.saved_model import DESCRIPTION, KERAS, LITERT


def check_output(folder):
    """Check that a model can be written to a folder: it is new, empty or holds a model.

    Raises:
        EmotionError: it cannot.

    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise EmotionError(f'--output {str(folder)!r} is a file, allowed is a folder')
    if folder.is_dir() and any(folder.iterdir()) and not (folder / DESCRIPTION).is_file():
        raise EmotionError(f'--output {str(folder)!r} is not empty and holds no model, '
                           'allowed is a new or empty folder, or a model to replace')
    parent = next(path for path in folder.resolve().parents if path.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise EmotionError(f'--output {str(folder)!r}: cannot write to {str(parent)!r}')


@contextmanager
def whole_folder(folder):
    """Give a temporary folder beside `folder` that takes its place once all is written.

    On a fault nothing of it is left, and `folder` is as before.

    Raises:
        EmotionError: see check_output, or the folder cannot be written.

    """
    check_output(folder)
    folder = Path(folder).resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
                prefix=f'.{folder.name}.', dir=folder.parent, ignore_cleanup_errors=True) as work:
            new, old = Path(work, 'new'), Path(work, 'old')
            new.mkdir()
            yield new
            if folder.exists():
                os.rename(folder, old)
            try:
                os.rename(new, folder)
            except BaseException:
                if old.exists():
                    os.rename(old, folder)
                raise
    except OSError as error:
        raise EmotionError(
            f'--output: cannot write {str(folder)!r}: {error.strerror}') from error


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
