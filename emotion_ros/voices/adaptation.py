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


"""Adaptation of predictions to a speaker, from a few labeled utterances of theirs.

A network makes the same errors again with the same speaker: everything sounds sad to it, or their
surprise is taken for anger. Its probabilities for their labeled utterances show that.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from emotion_ros.arrays import Float, Float32

FEW = 2
"""Number of utterances that weigh half as much as very many."""

_MIN_PROBABILITY = 1e-6


def centered_log(probabilities: Float) -> Float:
    """Return the logarithms of probabilities minus their mean; shape (..., labels)."""
    logarithms = np.log(np.maximum(probabilities, _MIN_PROBABILITY))
    return logarithms - logarithms.mean(axis=-1, keepdims=True)


def adapt(probabilities: Float32, labels: Sequence[str], known: Mapping[str, tuple[int, Float32]],
          average: Mapping[str, Float32]) -> Float32:
    """Adapt probabilities to a speaker.

    What the network says of the speaker more than of others who express the same emotions is
    subtracted. The more of the emotions are known, the less are others needed to compare with:
    if all are, their mean is what is subtracted. Then the emotions whose known utterances have
    similar scores gain, more if more emotions are known. The more utterances are known, the more
    they weigh.

    Args:
        probabilities: of an utterance; float32, shape (labels,).
        labels: their names, at least two.
        known: {label: (number of known utterances of the speaker, centered logarithm of their
            probabilities, mean, shape (labels,))}; at least one.
        average: {label: the same mean for speakers of whom nothing is known}; where it is missing,
            the speaker is taken to be average.

    Returns:
        float32, shape (labels,), sum 1.

    """
    scores = centered_log(probabilities.astype(np.float64))
    means = np.stack([mean for _, mean in known.values()])
    others = np.stack([average.get(label, mean) for label, (_, mean) in known.items()])
    total = sum(count for count, _ in known.values())
    count = total / len(known)
    share = (len(known) - 1) / (len(labels) - 1)
    adapted = scores - total / (total + FEW) * (means - (1 - share) * others).mean(axis=0)
    nearness = -((scores - means) ** 2).sum(axis=1) / 2
    places = [labels.index(label) for label in known]
    adapted[places] += share * count / (count + FEW) * (nearness - nearness.mean())
    likely: Float = np.exp(adapted - adapted.max())
    return (likely / likely.sum()).astype(np.float32)
