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

"""How emotions look in a plot: their colors, hatches and letters."""

from emotion_ros.display.plotting import AMBER, BLUE, GREEN, ORANGE, PINK, SKY, YELLOW
from emotion_ros.emotions import UNKNOWN
from emotion_ros.monitor.marks import marks

COLORS = {'neutral': '#7f7f7f', 'anger': ORANGE, 'happiness': AMBER, 'sadness': BLUE,
          'fear': PINK, 'disgust': GREEN, 'surprise': SKY, 'calm': YELLOW, 'boredom': '#664422'}
"""Fill colors of emotions; other emotions share them."""


class EmotionPalette:
    """The fill style of emotions in a plot.

    Args:
        labels: of the emotions.
        fine: whether areas are too small for hatching.

    """

    def __init__(self, labels, *, fine):
        self.labels = labels
        self.fine = fine

    def letter(self, emotion):
        """Give the letter that represents an emotion."""
        return marks([*self.labels, UNKNOWN, emotion])[emotion].letter

    def patch(self, emotion):
        """Give the arguments of a matplotlib.patches.Patch."""
        if emotion == UNKNOWN and not self.fine:
            return {'facecolor': 'white', 'edgecolor': '#777777', 'hatch': '/////',
                    'linewidth': 0.5}
        color = '#cccccc' if emotion == UNKNOWN else COLORS.get(emotion)
        if color is None:
            index = self.labels.index(emotion) if emotion in self.labels else 0
            color = list(COLORS.values())[index % len(COLORS)]
        return {'facecolor': color, 'edgecolor': 'none'}
