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

"""Plots of moods."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
import numpy as np

from emotion_ros.bags.emotion_palette import EmotionPalette
from emotion_ros.bags.recording import Recording
from emotion_ros.display.plotting import shorten
from emotion_ros.mood.moods import Mood

MAX_PERSONS = 4
"""Maximum number of persons whose moods are drawn."""

MOOD = {'linewidth': 0.9, 'linestyle': ':'}
"""Style of the arousal and valence of a mood."""

Moods = Sequence[tuple[float, Mood]]   # times [s]


def moods_by_person(recording: Recording) -> dict[str, Moods]:
    """Group the moods of a recording by speaker: the MAX_PERSONS with the most moods."""
    found = {}
    for mood in sorted(recording.moods, key=lambda mood: mood.stamp):
        found.setdefault(mood.speaker, []).append(((mood.stamp - recording.begin) / 1e9, mood))
    most = sorted(found, key=lambda speaker: -len(found[speaker]))[:MAX_PERSONS]
    return {speaker: found[speaker] for speaker in most}


def draw_moods(all_axes: Sequence[Axes], persons: Mapping[str, Moods], palette: EmotionPalette,
               end: float, affect: Axes | None, styles: Mapping[str, Mapping]) -> None:
    """Draw the moods of each person as stacked probabilities over time.

    Args:
        all_axes: one for each person.
        persons: {speaker: moods}.
        palette: of the emotions.
        end: of the picture [s]; the last mood holds until then.
        affect: axes of arousal and valence, to which those of the moods are added; or None.
        styles: {arousal or valence: style of its line}.

    """
    for axes, (speaker, moods) in zip(all_axes, persons.items(), strict=True):
        times = np.array([*(time for time, _ in moods), max(end, moods[-1][0])])
        shares = np.array([_shares(mood, palette.labels) for _, mood in moods])
        shares = np.vstack([shares, shares[-1:]])
        below = np.zeros(len(times))
        for label, share in zip(palette.labels, shares.T, strict=True):
            axes.fill_between(times, below, below + share, step='post', linewidth=0,
                              facecolor=palette.patch(label)['facecolor'], alpha=0.8)
            below = below + share
        axes.set_ylim(0, 1)
        axes.set_yticks((0, 0.5, 1), ('0', '0.5', '1'))
        axes.set_ylabel(f'mood\n{shorten(speaker)}'.strip())
        for name, style in styles.items() if affect else ():
            values = [getattr(mood, name) for _, mood in moods]
            affect.step(times, [*values, values[-1]], where='post', color=style['color'], **MOOD)


def _shares(mood, labels):
    probabilities = dict(zip(mood.labels, mood.probabilities, strict=True))
    return [probabilities.get(label, 0.0) for label in labels]
