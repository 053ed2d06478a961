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

"""Predictions of a network for many utterances."""

import keras
from keras import ops
import numpy as np

from emotion_ros.features.blocks import find_block
from emotion_ros.model.backends import SPEAKER

BATCH = 256   # utterances that are predicted at once


def predict(network, values):
    """Run a network on many examples.

    Args:
        network: see training.network.
        values: list of {block: float32, shape (frames, dimensions)}; may have blocks that the
            network does not take.

    Returns:
        {output: float32, shape (examples, ...)}.

    """
    taken = {tensor.name for tensor in network.inputs}
    values = [{name: block for name, block in entry.items() if name in taken} for entry in values]
    order = np.argsort(lengths_of(values), kind='stable')
    parts = [network(of_strangers(network, batch_of(
                 [values[number] for number in order[start:start + BATCH]])), training=False)
             for start in range(0, len(values), BATCH)]
    back = np.argsort(order)
    return {name: np.concatenate([ops.convert_to_numpy(part[name]) for part in parts])[back]
            for name in parts[0]}


def of_strangers(network: keras.Model, batch: dict) -> dict:
    """Add the profile of a stranger to a batch if the network takes profiles.

    Args:
        network: whose inputs the batch is for.
        batch: {block: values, shape (utterances, ...)}.

    """
    shape = next((tensor.shape for tensor in network.inputs if tensor.name == SPEAKER), None)
    if shape is None:
        return batch
    size = len(next(iter(batch.values())))
    return {SPEAKER: np.zeros((size, *shape[1:]), np.float32), **batch}


def batch_of(values):
    """Combine utterances into a batch; shorter ones are padded with rows of NaN.

    The padding follows the utterance, or precedes it in blocks whose `end_counts` is set.

    Args:
        values: list of {block: float32, shape (frames, dimensions)}.

    Returns:
        {block: float32, shape (utterances, frames of the longest, dimensions)}.

    """
    return {name: filled([entry[name] for entry in values], end_counts=find_block(name).end_counts)
            for name in values[0]}


def filled(matrices: list, *, end_counts: bool, rows: int | None = None) -> np.ndarray:
    """Combine matrices into a batch; shorter ones are padded with rows of NaN.

    Args:
        matrices: float32, shape (frames, dimensions) each.
        end_counts: whether the padding comes before a matrix, rather than after it.
        rows: of the batch; None for the length of the longest matrix.

    Returns:
        float32, shape (matrices, rows, dimensions).

    """
    rows = max(map(len, matrices)) if rows is None else rows
    batch = np.full((len(matrices), rows, matrices[0].shape[1]), np.nan, np.float32)
    for row, entry in zip(batch, matrices, strict=True):
        row[slice(len(row) - len(entry), None) if end_counts else slice(len(entry))] = entry
    return batch


def lengths_of(values):
    """Return the lengths of utterances: the number of rows in the longest block of each."""
    return np.array([max(map(len, entry.values())) for entry in values])
