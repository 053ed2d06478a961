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

"""Kernels that are saved in 8 bits."""

from typing import Any

import keras
from keras import KerasTensor, ops
import numpy as np
from numpy.typing import ArrayLike, NDArray

from emotion_ros.arrays import Float32


def to_codes(kernel: KerasTensor) -> tuple[NDArray[np.int8], Float32]:
    """Round a kernel to 8 bits; returns codes and, of each output, what they are multiplied by."""
    kernel = ops.convert_to_numpy(kernel)
    scale = np.abs(kernel).max(axis=tuple(range(kernel.ndim - 1))) / 127
    return np.round(kernel / np.maximum(scale, np.finfo(np.float32).tiny)).astype(np.int8), scale


def from_codes(codes: ArrayLike, scale: ArrayLike) -> Float32:
    """Give the kernel of codes; the inverse of to_codes."""
    return np.asarray(codes) * np.asarray(scale)


@keras.saving.register_keras_serializable(package='emotion_ros')
class CompactDense(keras.layers.Dense):
    """A dense layer whose kernel is saved in 8 bits, as LiteRT runs it."""

    def save_own_variables(self, store: Any) -> None:
        """Save the weights."""
        store['kernel'], store['scale'] = to_codes(self.kernel)
        if self.use_bias:
            store['bias'] = ops.convert_to_numpy(self.bias)

    def load_own_variables(self, store: Any) -> None:
        """Load what was saved."""
        self.kernel.assign(from_codes(store['kernel'], store['scale']))
        if self.use_bias:
            self.bias.assign(store['bias'])
