# Copyright 2026 emotion_ros maintainers
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except
# in compliance with the License. You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software distributed under the License
# is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express
# or implied. See the License for the specific language governing permissions and limitations under
# the License.

"""Writing a model folder."""

import hashlib
from pathlib import Path
import tempfile
import zipfile

import keras
import numpy as np
import tensorflow as tf

from emotion_ros.files.output_folder import OutputFolder
from emotion_ros.model.saved_model import CARD, DESCRIPTION, KERAS, LITERT
from emotion_ros.training.history import CURVES, HISTORY
from emotion_ros.training.pretrained import WEIGHTS_LICENSE
from emotion_ros.training.training_clips import TRAINING_CLIPS

LARGE = 4_000_000
"""Number of weights above which LiteRT gets 8-bit weights: a quarter of the size and run time."""


def model_folder(path):
    """Return the OutputFolder of a model."""
    return OutputFolder(path, 'output', 'model', DESCRIPTION, files=(
        LITERT, KERAS, DESCRIPTION, CARD, HISTORY, CURVES, TRAINING_CLIPS, WEIGHTS_LICENSE))


def save_network(network, folder):
    """Write model.keras and model.tflite.

    The weights are rounded to half precision first, which halves the size of the Keras archive
    once it is compressed. The kernels of the encoder and of the large layers after it take half
    of that again: see model.compact_dense.

    Args:
        network: keras.Model from the raw blocks of features by name to probabilities and
            confidence.
        folder: existing folder.

    Returns:
        SHA-256 of model.tflite, hexadecimal.

    """
    for weight in network.trainable_weights:
        weight.assign(weight.numpy().astype(np.float16))
    path = Path(folder, KERAS)
    network.save(path)
    _compress(path)
    content = to_litert(network)
    Path(folder, LITERT).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _compress(path):
    """Compress a Keras archive, which Keras itself does not."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def to_litert(network):
    """Convert a network for LiteRT; one with more than LARGE weights is rounded to 8 bits.

    Args:
        network: see save_network.

    Returns:
        Content of the file: the signature `serve` takes the blocks of one utterance by name,
        float32, shape (1, frames, dimensions).

    """
    with tempfile.TemporaryDirectory() as folder:
        export_archive(network).write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=['serve'])
        if network.count_params() > LARGE:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return converter.convert()


def export_archive(network):
    """Return the keras.export.ExportArchive of a network; for its signature, see to_litert."""
    archive = keras.export.ExportArchive()
    archive.track(network)
    names = [block.name for block in network.inputs]
    archive.add_endpoint(
        name='serve',
        fn=lambda *values: network(dict(zip(names, values, strict=True)), training=False),
        input_signature=[tf.TensorSpec((1, *block.shape[1:]), tf.float32, name=block.name)
                         for block in network.inputs])
    return archive
