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


"""What a few utterances of a speaker change in what a network says of others of theirs.

A network errs with a speaker in the same way again: it calls all that they say sad, or it finds
their anger where others are surprised. Its probabilities of their labeled utterances show that.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from emotion_ros.arrays import Float, Float32

NEARNESS = 0.3
"""Weight of the nearness to the speaker's utterances of an emotion, against the network's own."""

ALONE = 0.25
"""Share of what the network says that is taken off where a single emotion is known."""

_LEAST = 1e-6   # of probabilities


def centered_log(probabilities: Float) -> Float:
    """Give the logarithms of probabilities less their mean; shape (..., labels)."""
    logarithms = np.log(np.maximum(probabilities, _LEAST))
    return logarithms - logarithms.mean(axis=-1, keepdims=True)


def adapt(probabilities: Float32, labels: Sequence[str], known: Mapping[str, Float32]) -> Float32:
    """Adapt probabilities to a speaker.

    What the network says of all that the speaker says is taken off: the more of it, the more of the
    emotions have known utterances. Then emotions gain whose known utterances the network spoke of
    in the same way. If a single emotion is known, that shows only which others the network takes
    the speaker's voice for: a part of that is taken off these.

    Args:
        probabilities: of an utterance; float32, shape (labels,).
        labels: their names.
        known: {label: centered logarithm of the probabilities, mean over the speaker's utterances
            that are known to express it; shape (labels,)}; at least one.

    Returns:
        float32, shape (labels,), sum 1.

    """
    scores = centered_log(probabilities.astype(np.float64))
    means = np.stack(list(known.values()))
    places = [labels.index(label) for label in known]
    if len(known) == 1:
        means[0, places] = np.delete(means[0], places).mean()
        adapted = scores - ALONE * (means[0] - means[0].mean())
    else:
        share = len(known) / (len(known) + 1) if len(known) < len(labels) else 1.0
        nearness = -((scores - means) ** 2).sum(axis=1) / 2
        adapted = scores - share * means.mean(axis=0)
        adapted[places] += NEARNESS * (nearness - nearness.mean())
    adapted = np.exp(adapted - adapted.max())
    return (adapted / adapted.sum()).astype(np.float32)
