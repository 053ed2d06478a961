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

"""The layout of the panels, and the help."""

from rich.text import Text

from emotion_ros.monitor.lines import fit
from emotion_ros.monitor.mood_panel import SHOWN_MOODS
from emotion_ros.monitor.panels import PANELS, SHOWN_LABELS, heights
from emotion_ros.monitor.reaction_panel import SHOWN_REACTIONS
from emotion_ros.monitor.sound_panel import SHOWN_ROWS

WIDE = 140
"""Minimum width for two columns [cells]."""

LEFT = 'sound', 'spectrogram', 'newest', 'results'
RIGHT = 'mood', 'reactions', 'diagnostics'
"""Panels of the columns; above them is the heading, below them the timeline."""

MOVING = LEFT[:2]
"""Panels that change with every piece of audio."""

LISTED = 6
"""Lines that the table of the last utterances gets before the spectrogram is shown."""

EXPLANATION = """\
Level     how loud the sound is; speech should peak between -20 and -6 dB
Voice     how likely it is that the newest sound is speech, and for how long
Sound     the last seconds, 0.1 s a cell: the level, green during an utterance,
          and, where there is room, the spectrogram
Last      the newest result: an emotion, or unknown where the confidence is
          below the threshold, which the bar of the confidence marks. The
          maximum is the greatest of the probabilities, which are the bars.
Mood      what each person expresses over minutes, and where that goes
React.    what the node behavior did, and why
Table     the last utterances; a confidence below the threshold is dim
Timeline  an emotion for each moment; the legend tells letters and colors
OK WARN   how each node is, and what it counts: docs/replay_and_debug.md

What a voice displays is a guess, and not what a person feels.
? leads back."""


def rooms(view, width, height):
    """Distribute the screen.

    Args:
        view: view.View.
        width, height: of the screen [cells, lines].

    Returns:
        {name: (width, height)} of PANELS; height 0 if a panel is not shown.

    """
    if width < WIDE:
        return {name: (width, lines) for name, lines in heights(view, height).items()}
    found = dict.fromkeys(PANELS, (width, 0))
    found['heading'] = width, min(1, height)
    found['timeline'] = width, min(3, max(0, height - 10))
    room = height - found['heading'][1] - found['timeline'][1]
    labels = min(len(view.newest.emotion.labels), SHOWN_LABELS) if view.newest else 0
    picture = min(1 + SHOWN_ROWS, max(0, room - 3 - (2 + labels) - LISTED))
    wanted = {'sound': 3, 'spectrogram': picture, 'newest': 2 + labels, 'results': room,
              'mood': min(len(view.moods), SHOWN_MOODS),
              'reactions': min(len(view.reactions), SHOWN_REACTIONS), 'diagnostics': room}
    for column, cells in ((LEFT, width - width // 2 - 1), (RIGHT, width // 2)):
        left = room
        for name in column:
            lines = min(wanted[name], left)
            found[name] = cells, lines
            left -= lines
    return found


def explanation(width, height):
    """Draw the explanation of the view."""
    return fit([Text(line) for line in EXPLANATION.splitlines()], width, height)
