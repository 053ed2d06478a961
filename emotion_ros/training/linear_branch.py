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

"""Linear discriminant functions of openSMILE's functionals, beside the pretrained encoder."""

from dataclasses import dataclass

import keras
import numpy as np

from emotion_ros.features.blocks import find_block
from emotion_ros.training.discriminant import Discriminant
from emotion_ros.training.examples import Examples
from emotion_ros.training.held_out import LinearFunctions
from emotion_ros.training.network import block_inputs, scaled_functionals
from emotion_ros.training.prediction import predict


@dataclass(frozen=True)
class LinearBranch:
    """Linear discriminant functions of the functionals.

    Args:
        describe: keras.Model: the block of functionals, by name, to {'description': (batch,
            functionals)}, which are scaled.
        discriminant: of the description.

    """

    describe: keras.Model
    discriminant: Discriminant

    @classmethod
    def fitted_to(cls, training: Examples, augmented: Examples | None,
                  classes: int) -> 'LinearBranch | None':
        """Fit to examples, and to augmented copies of the same clips.

        Args:
            training: of every class.
            augmented: may have other clips, too, which are ignored; or None.
            classes: number of classes.

        Returns:
            None if the examples have no functionals.

        """
        features = [name for name in training.values[0] if not find_block(name).framed]
        if not features:
            return None
        inputs = block_inputs(features)
        scaled, _ = scaled_functionals(features, training.values, inputs)
        describe = keras.Model(inputs, {'description': scaled})
        if augmented is not None:
            augmented = augmented.select(np.isin(augmented.clips, training.clips))
            augmented = augmented if len(augmented) else None
        found = LinearFunctions.fitted_to(describe, training, augmented, {}, 0, classes)
        return cls(describe, found.whole)

    def predict(self, values: list) -> np.ndarray:
        """Compute logits: float32, shape (utterances, classes)."""
        return self.discriminant(predict(self.describe, values)['description'])

    def added_to(self, logits: keras.KerasTensor, factor: float) -> keras.KerasTensor:
        """Add the functions, multiplied by a factor, to the logits of a network."""
        return self.discriminant.times(factor).added_to(
            logits, self.describe.output['description'])
