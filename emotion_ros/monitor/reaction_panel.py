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

"""The panel of the reactions of the robot."""

from rich.text import Text

from emotion_ros.monitor.lines import fit
from emotion_ros.monitor.marks import printable

SHOWN_REACTIONS = 4
"""Reactions that the panel wants room for."""


def reactions(view, setting, width, height):
    """Draw the newest reactions, one per line; see panels."""
    lines = []
    for index, heard in enumerate(view.reactions[:height]):
        line = Text('React. ' if index == 0 else ' ' * 7)
        line.append(printable(heard.name, 30), 'bold')
        line.append(f'  {view.now - heard.received:.0f} s ago')
        line.append(f', to {printable(heard.emotion, 20) or "arousal and valence"}')
        lines.append(line.append(' of the mood' if heard.on_mood else ''))
    return fit(lines, width, height)
