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

"""emotion-ros export: the network of a saved model for other programs, as ONNX."""

from pathlib import Path
import tempfile

from emotion_ros.errors import ArgumentError, EmotionError

OPSET = 17   # version of the ONNX operators

TOLERANCE = 0.03
"""Maximum difference of an output from LiteRT's, whose weights may have 8 bits; relative to the
output's maximum if that is above 1."""

_FRAMES = 120   # length of the made-up utterance for the comparison


def export_onnx(model: str, path: Path) -> float:
    """Write the network of a model folder as ONNX, with inputs and outputs named as in Keras.

    Args:
        model: folder of the model, or name of an installed one.
        path: of the file; nothing is written if the check fails.

    Returns:
        Maximum difference from LiteRT for a made-up utterance; see TOLERANCE.

    Raises:
        EmotionError: the model cannot be used, the file cannot be written, or the outputs differ
            too much.

    """
    import numpy as np
    import onnxruntime

    from emotion_ros.features.blocks import feature_blocks
    from emotion_ros.files.paths import find_model
    from emotion_ros.model.backends import SPEAKER, LiteRtBackend, load_keras
    from emotion_ros.model.saved_model import read_description
    folder = find_model(model)
    description = read_description(folder)
    blocks = feature_blocks(description.features)
    backend = LiteRtBackend(folder, blocks, description.litert_sha256)
    content = to_onnx(load_keras(folder))
    rng = np.random.default_rng(0)
    values = {block.name: rng.normal(size=(_FRAMES if block.framed else 1, block.dimensions))
              .astype(np.float32) for block in blocks}
    expected = backend.run(values)
    session = onnxruntime.InferenceSession(content)
    strangers = {entry.name: np.zeros(entry.shape, np.float32)
                 for entry in session.get_inputs() if entry.name == SPEAKER}
    names = list(expected)
    found = session.run(names, strangers | {
        name: matrix[np.newaxis] for name, matrix in values.items()})
    difference = max(
        float(np.abs(expected[name] - output.reshape(-1)).max()
              / max(np.abs(expected[name]).max(), 1))
        for name, output in zip(names, found, strict=True))
    if not difference <= TOLERANCE:
        raise EmotionError(f'{model!r} cannot be exported: ONNX must differ from LiteRT by at '
                           f'most {TOLERANCE:g}, got {difference:.4f}')
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ArgumentError(
            'output', f'{str(path)!r} cannot be written: {error.strerror}') from error
    return difference


def to_onnx(network) -> bytes:
    """Convert a keras.Model with named inputs and outputs; the batch size is 1."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    import tf2onnx

    from emotion_ros.training.export import export_archive
    with tempfile.TemporaryDirectory() as folder:
        export_archive(network).write_out(folder, verbose=False)
        loaded = tf.saved_model.load(folder)
        function = loaded.signatures['serve']
        frozen = convert_variables_to_constants_v2(function)
    inputs = [tensor.name for tensor in frozen.inputs]
    outputs = [tensor.name for tensor in frozen.outputs]
    model, _ = tf2onnx.convert.from_graph_def(
        frozen.graph.as_graph_def(), input_names=inputs, output_names=outputs, opset=OPSET,
        custom_op_handlers={'Erfc': (_erfc, [])})
    by_lower = {block.name.lower(): block.name for block in network.inputs}
    names = {name: by_lower[name.partition(':')[0].removeprefix('serve_')] for name in inputs}
    names |= dict(zip(outputs, sorted(function.structured_outputs), strict=True))
    return _renamed(model, names).SerializeToString()


def _erfc(graph, node, name, _):
    """Replace the erfc(x) in GELU with 1 - erf(x), because ONNX and tf2onnx lack erfc."""
    import numpy as np
    values, outputs = list(node.input), list(node.output)
    shapes, types = node.output_shapes, node.output_dtypes
    graph.remove_node(node.name)
    one = graph.make_const(f'{name}/one', np.ones((), np.float32)).output[0]
    erf = graph.make_node('Erf', values).output[0]
    graph.make_node('Sub', [one, erf], name=name, outputs=outputs, shapes=shapes, dtypes=types)


def _renamed(model, names):
    """Rename tensors of an ONNX model, {old: new}."""
    for entry in [*model.graph.input, *model.graph.output]:
        entry.name = names.get(entry.name, entry.name)
    for node in model.graph.node:
        for tensors in (node.input, node.output):
            for index, name in enumerate(tensors):
                tensors[index] = names.get(name, name)
    return model
