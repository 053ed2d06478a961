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

"""The predictions of a network for clips."""

import numpy as np

from emotion_ros.evaluation.svm import SupportVectors
from emotion_ros.metrics.pooling import predict_clips
from emotion_ros.training.prediction import predict


def run_network(network, values):
    """Run a trained network on utterances.

    Args:
        network: keras.Model of training.network.calibrated, or SupportVectors.
        values: as in training.examples.Examples, at least one.

    Returns:
        Probabilities, float32, shape (utterances, classes), confidence, shape (utterances,), and
        arousal and valence, shape (utterances, 2), or None if the network does not give them.

    """
    if isinstance(network, SupportVectors):
        return *network.predict(values), None
    outputs = predict(network, values)
    affect = (np.stack([outputs[name].reshape(-1) for name in ('arousal', 'valence')], axis=1)
              if 'arousal' in outputs else None)
    return outputs['probabilities'], outputs['confidence'][:, 0], affect


def predict_some_clips(network, data, chosen, examples):
    """Run a network on some of the clips.

    Args:
        network: see run_network.
        data, examples: see pooling.predict_clips; examples of other clips are ignored.
        chosen: indices of these clips, int, sorted.

    Returns:
        Predictions.

    """
    examples = examples.select(np.isin(examples.clips, chosen))
    examples = examples.renumbered(np.searchsorted(chosen, examples.clips))
    outputs = (run_network(network, examples.values) if len(examples)
               else (np.zeros((0, len(data.labels))), np.zeros(0), None))
    return predict_clips(data.select(chosen), examples, *outputs)
