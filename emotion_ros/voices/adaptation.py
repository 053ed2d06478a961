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
"""Number of utterances of each emotion whose similarity weighs half as much as that of many."""

ALONE = 0.8
"""Fraction of the network's scores that is subtracted if many utterances of one emotion are known,
no other emotion, and the network does not recognize these."""

FEW_ALONE = 4
"""Number of utterances of a single emotion for which half of that is subtracted."""

_LEAST = 1e-6   # of probabilities


def centered_log(probabilities: Float) -> Float:
    """Return the logarithms of probabilities minus their mean; shape (..., labels)."""
    logarithms = np.log(np.maximum(probabilities, _LEAST))
    return logarithms - logarithms.mean(axis=-1, keepdims=True)


def adapt(probabilities: Float32, labels: Sequence[str],
          known: Mapping[str, tuple[int, Float32]]) -> Float32:
    """Adapt probabilities to a speaker.

    The mean of the network's scores for the speaker is subtracted, to a larger part if utterances
    of more emotions are known. Then the emotions whose known utterances have similar scores gain.
    If only one emotion is known, its utterances show only for which other emotions the network
    takes the speaker's voice: part of that is subtracted from these others, less if the network
    recognizes the emotion. The more utterances are known of an emotion, the more they weigh.

    Args:
        probabilities: of an utterance; float32, shape (labels,).
        labels: their names.
        known: {label: (number of known utterances of the speaker, centered logarithm of their
            probabilities, mean, shape (labels,))}; at least one.

    Returns:
        float32, shape (labels,), sum 1.

    """
    scores = centered_log(probabilities.astype(np.float64))
    means = np.stack([mean for _, mean in known.values()])
    count = np.mean([number for number, _ in known.values()])
    places = [labels.index(label) for label in known]
    if len(known) == 1:
        share = ALONE * (1 - _softmax(means[0])[places]) * count / (count + FEW_ALONE)
        means[0, places] = np.delete(means[0], places).mean()
        adapted = scores - share * (means[0] - means[0].mean())
    else:
        share = len(known) / (len(known) + 1) if len(known) < len(labels) else 1.0
        nearness = -((scores - means) ** 2).sum(axis=1) / 2
        adapted = scores - share * means.mean(axis=0)
        adapted[places] += count / (count + FEW) * (nearness - nearness.mean())
    return _softmax(adapted).astype(np.float32)


def _softmax(scores: Float) -> Float:
    likely: Float = np.exp(scores - scores.max())
    return likely / likely.sum()
