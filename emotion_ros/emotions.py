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

"""The emotions of corpora, models and messages, and their positions on the circumplex."""

from collections.abc import Collection
import math

CIRCUMPLEX = {
    'neutral': (0.0, 0.0),
    'calm': (-0.46, 0.68),   # relaxed
    'happiness': (0.51, 0.81),
    'sadness': (-0.27, -0.63),
    'anger': (0.59, -0.51),
    'fear': (0.60, -0.64),
    'disgust': (0.35, -0.60),
    'surprise': (0.67, 0.40),
    'boredom': (-0.62, -0.65),
}
"""{label: (arousal, valence)}, each -1 to 1: how people rated these words.

The means of Russell and Mehrabian: Evidence for a three-factor theory of emotions, Journal of
Research in Personality 11(3), 1977, without the third factor, dominance. Neutral is the origin.
"""

EMOTIONS = tuple(CIRCUMPLEX)
"""The labels that those of corpora are mapped to, in the order of tables."""

MAX_LABELS = 64
"""Maximum number of labels of a model."""

NEUTRAL = 'neutral'

UNKNOWN = 'unknown'
"""The emotion of an utterance whose confidence is below the threshold; never a label."""

AROUSED = frozenset({'anger', 'fear', 'happiness', 'surprise'})
"""Emotions that are expressed with a raised voice."""

UNAROUSED = frozenset({'neutral', 'calm', 'sadness', 'boredom'})
"""Emotions that are expressed with a low voice. Disgust, in neither set, is expressed both ways."""


def circumplex(label: str) -> tuple[float, float]:
    """Return the position of an emotion on the circumplex.

    Args:
        label: one of EMOTIONS, or any other.

    Returns:
        Arousal and valence, -1 to 1; both NaN for other labels.

    """
    return CIRCUMPLEX.get(label, (math.nan, math.nan))


def in_order(emotions: Collection[str]) -> list[str]:
    """Sort emotions: first those of EMOTIONS, in that order, then the others."""
    return [emotion for emotion in EMOTIONS if emotion in emotions] + sorted(
        set(emotions) - set(EMOTIONS))
