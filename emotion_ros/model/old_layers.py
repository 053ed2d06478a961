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

"""Layers of networks that were saved by 0.9 and before; new ones have those of Keras.

Importing this module registers them, so that saved networks load.
"""

from typing import Any

import keras
from keras import KerasTensor


@keras.saving.register_keras_serializable(package='emotion_ros')
class Temperature(keras.layers.Layer):
    """Calibrates logits by dividing them.

    Args:
        temperature: above 0; values above 1 make the predictions less confident.

    """

    def __init__(self, temperature: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.temperature = float(temperature)

    def call(self, inputs: KerasTensor) -> KerasTensor:
        """Divide; inputs and outputs are float32, shape (batch, classes)."""
        return inputs / self.temperature

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the class."""
        return super().get_config() | {'temperature': self.temperature}
