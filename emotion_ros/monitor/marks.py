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

"""Printing of untrusted text, and the letter and color of each emotion."""

from dataclasses import dataclass
import string
import unicodedata

from emotion_ros.emotions import UNKNOWN

COLORS = {
    'neutral': 'black on white', 'anger': 'white on red', 'disgust': 'black on green',
    'fear': 'white on magenta', 'happiness': 'black on yellow', 'sadness': 'white on blue',
    'surprise': 'black on cyan', 'boredom': 'white on black', 'calm': 'reverse', UNKNOWN: 'bold'}
"""Colors of emotions, as letters on a background: the 8 colors of any terminal, dark or light."""

OTHERS = tuple(COLORS.values())[1:7]

LETTERS = {'surprise': 'U', UNKNOWN: '?'}   # sadness is S


@dataclass(frozen=True)
class Mark:
    """The representation of an emotion by one character.

    Args:
        letter: unique to this emotion, as long as letters are available.
        color: style of the letter, such as 'black on green'.

    """

    letter: str
    color: str

    @property
    def ink(self):
        """Color of bars: that of the background if it is visible on black and on white, or ''."""
        ground = self.color.rpartition('on ')[2]
        return ground if ground in ('red', 'green', 'magenta', 'yellow', 'blue', 'cyan') else ''


def marks(emotions):
    """Assign each emotion a mark; the same set of emotions always gets the same marks.

    Args:
        emotions: iterable of labels.

    Returns:
        {label: Mark}.

    """
    found = {}
    free = dict.fromkeys(string.ascii_uppercase + string.digits)
    # Emotions with a color of their own choose first.
    for emotion in sorted(set(emotions), key=lambda emotion: (emotion not in COLORS, emotion)):
        letters = [*emotion.upper(), *free] if free else []
        wanted = LETTERS.get(emotion) or next(filter(free.__contains__, letters), '*')
        free.pop(wanted, None)
        found[emotion] = Mark(
            wanted, COLORS.get(emotion) or OTHERS[len(found) % len(OTHERS)])
    return found


def printable(text, longest=60):
    """Make a text safe to print, so that it cannot control the terminal or leave its line.

    Control, invisible and combining characters are escaped; the latter because terminals disagree
    on their width.

    Args:
        text: untrusted.
        longest: maximum number of characters.

    """
    if len(text) > longest:
        text = text[:longest - 1] + '…'
    return ''.join(
        character if character.isprintable() and unicodedata.category(character)[0] != 'M'
        else character.encode('unicode_escape').decode()
        for character in unicodedata.normalize('NFC', text))
