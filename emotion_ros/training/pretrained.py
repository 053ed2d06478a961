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

"""The weights of a pretrained speech encoder, read from an installed package.

Smart Turn v3.2 (https://github.com/pipecat-ai/smart-turn, BSD 2-Clause) is the encoder of Whisper
tiny (https://github.com/openai/whisper, MIT), trained further to detect in 23 languages, from the
voice, whether a speaker has finished. The wheel of pipecat-ai contains it as ONNX, rounded to 8
bits.
"""

from dataclasses import dataclass
import importlib.metadata
from pathlib import Path

import numpy as np

from emotion_ros.errors import EmotionError

PACKAGE = 'pipecat-ai'
VERSION = '1.14.0'
FILE = 'pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx'
INSTALL = f'pip install --no-deps {PACKAGE}=={VERSION}'

WEIGHTS_LICENSE = 'WEIGHTS_LICENSE'
"""File of a model folder with the licenses of the pretrained weights."""

_WHISPER = """\
Whisper
https://github.com/openai/whisper

MIT License

Copyright (c) 2022 OpenAI

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""

_PREFIX = 'inner.encoder.'


def encoder_file() -> Path:
    """Find the encoder's file in the installed package.

    Raises:
        EmotionError: the package is not installed or has no such file; the text says what to type.

    """
    try:
        path = Path(importlib.metadata.distribution(PACKAGE).locate_file(FILE))
    except importlib.metadata.PackageNotFoundError:
        raise EmotionError(f'the pretrained encoder needs the package {PACKAGE}: {INSTALL}'
                           ) from None
    if not path.is_file():
        version = importlib.metadata.version(PACKAGE)
        raise EmotionError(f'{PACKAGE} {version} contains no {path.name}: {INSTALL}')
    return path


def weights_license() -> str:
    """Return the licenses of the pretrained weights: the installed package's, and Whisper's."""
    files = importlib.metadata.files(PACKAGE) or []
    found = next((path for path in files if path.name == 'LICENSE'), None)
    if found is None:
        raise EmotionError(f'the package {PACKAGE} contains no LICENSE: {INSTALL}')
    return (f'Smart Turn v3.2, of the package {PACKAGE}\nhttps://github.com/pipecat-ai/smart-turn'
            f'\n\n{found.read_text()}\n\n{_WHISPER}')


@dataclass(frozen=True)
class EncoderWeights:
    """The weights of the encoder in the order that Keras layers take them.

    Args:
        stem: weights of model.encoder.ConvolutionStem.
        blocks: weights of each model.encoder.TransformerBlock.

    """

    stem: list
    blocks: list


def read_encoder(path: Path | None = None) -> EncoderWeights:
    """Read the pretrained weights.

    Args:
        path: of the ONNX file; None for the one in the installed package.

    Raises:
        EmotionError: a package is missing; the text says what to type.

    """
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise EmotionError('the pretrained encoder needs the package onnx: install '
                           'what requirements-train.txt lists') from None
    graph = onnx.load(str(path or encoder_file())).graph
    stored = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    tensors = dict(stored)
    for node in graph.node:
        if node.op_type == 'DequantizeLinear' and node.input[0] in stored:
            tensors[node.output[0]] = _dequantized(*(stored[name] for name in node.input),
                                                   _axis(node, stored[node.input[0]]))
    return _arranged(tensors, _dense_kernels(graph, tensors))


def _axis(node, quantized) -> int:
    """Return the axis of the scales of a DequantizeLinear."""
    axis = next((attribute.i for attribute in node.attribute if attribute.name == 'axis'), 1)
    return axis % max(quantized.ndim, 1)


def _dequantized(quantized, scale, zero, axis) -> np.ndarray:
    if scale.ndim == 1 and quantized.ndim:
        shape = [1] * quantized.ndim
        shape[axis] = -1
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    return ((quantized.astype(np.float32) - zero.astype(np.float32)) * scale).astype(np.float32)


def _dense_kernels(graph, tensors) -> dict:
    """Name the kernels of the matrix products after the bias that is added to each.

    The only kernel without a bias in each block is that of the keys; these are numbered in order.

    Returns:
        {name of the layer, such as 'layers.0.self_attn.q_proj': shape (inputs, outputs)}.

    """
    users = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    kernels, block = {}, 0
    nameless = []
    for node in graph.node:
        if node.op_type != 'MatMul' or node.input[1] not in tensors:
            continue
        bias = _bias(node, users, tensors)
        if bias is None:
            nameless.append(tensors[node.input[1]])
        elif bias.startswith(_PREFIX):
            kernels[bias.removeprefix(_PREFIX).removesuffix('.bias')] = tensors[node.input[1]]
    for block, kernel in enumerate(nameless):
        kernels[f'layers.{block}.self_attn.k_proj'] = kernel
    return kernels


def _bias(node, users, tensors) -> str | None:
    """Find the name of the bias that is added to a product, also after quantization."""
    output = node.output[0]
    for _ in range(3):
        for user in users.get(output, []):
            if user.op_type == 'Add':
                return next((name for name in user.input if name.endswith('.bias')), None)
        output = next((user.output[0] for user in users.get(output, [])
                       if user.op_type in ('QuantizeLinear', 'DequantizeLinear')), None)
    return None


def _arranged(tensors, kernels) -> EncoderWeights:
    def parameter(name):
        return np.array(tensors[_PREFIX + name], np.float32)

    def norm(name):
        return [parameter(f'{name}.weight'), parameter(f'{name}.bias')]

    def dense(name):
        return [kernels[name], parameter(f'{name}.bias')]

    def convolution(name):
        weight = tensors[f'{_PREFIX}{name}.weight_DequantizeLinear_Output']
        return [weight.transpose(2, 1, 0), parameter(f'{name}.bias')]

    blocks = []
    while f'layers.{len(blocks)}.fc1' in kernels:
        layer = f'layers.{len(blocks)}'
        attention = f'{layer}.self_attn'
        blocks.append([
            *norm(f'{layer}.self_attn_layer_norm'), *dense(f'{attention}.q_proj'),
            kernels[f'{attention}.k_proj'], *dense(f'{attention}.v_proj'),
            *dense(f'{attention}.out_proj'), *norm(f'{layer}.final_layer_norm'),
            *dense(f'{layer}.fc1'), *dense(f'{layer}.fc2')])
    return EncoderWeights(
        stem=[*convolution('conv1'), *convolution('conv2'), parameter('embed_positions.weight')],
        blocks=blocks)
