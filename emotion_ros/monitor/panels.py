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

"""The parts of the view as text, each fitted to the space available.

Each of PANELS takes a view.View, a Setting, a width and a height, and returns a rich Text of at
most `height` lines of at most `width` cells. Text from other programs is passed through printable()
and is never interpreted as markup.
"""

from dataclasses import dataclass
from datetime import datetime
import math

from rich.text import Text

from emotion_ros.model.backends import AFFECT
from emotion_ros.monitor.diagnostics_panel import SHOWN_NODES, diagnostics, short_name
from emotion_ros.monitor.lines import bar, bars, fit
from emotion_ros.monitor.marks import printable
from emotion_ros.monitor.mood_panel import SHOWN_MOODS, mood
from emotion_ros.monitor.reaction_panel import SHOWN_REACTIONS, reactions
from emotion_ros.monitor.sound_panel import SHOWN_ROWS, sound, spectrogram
from emotion_ros.monitor.state import AUDIO, EMOTION, FEATURES
from emotion_ros.monitor.timeline import cell_duration, cells

LABEL = 11
"""Cells for the name of an emotion."""

NAME = 24
"""Maximum length of the name of an emotion in the title above the bars."""

SHOWN_LABELS = 10
"""Maximum number of bars for the newest result; the most probable labels are shown."""


@dataclass(frozen=True)
class Setting:
    """What panels depend on besides the view.

    Args:
        namespace: of the node.
        topics: {one of state.TOPICS: full name}.
        marks: {emotion: marks.Mark}, for all emotions in the view.
        paused: whether the view is paused.

    """

    namespace: str
    topics: dict
    marks: dict
    paused: bool = False


def heights(view, height):
    """Distribute the lines among the panels; less important panels get what is left.

    Args:
        view: view.View.
        height: number of lines available.

    Returns:
        {name: lines} of PANELS; 0 if a panel is hidden.

    """
    labels = min(len(view.newest.emotion.labels), SHOWN_LABELS) if view.newest else 0
    nodes = min(max(len(view.reports), 1), SHOWN_NODES)
    moods = min(len(view.moods), SHOWN_MOODS)
    did = min(len(view.reactions), SHOWN_REACTIONS)
    found = dict.fromkeys(PANELS, 0)
    for panel, lines in (
            ('heading', 1), ('sound', 2), ('newest', 1), ('timeline', 1), ('results', 2),
            ('mood', min(moods, 1)), ('newest', 1 + labels), ('diagnostics', 1), ('timeline', 2),
            ('results', 4), ('sound', 3), ('diagnostics', nodes), ('timeline', 3),
            ('mood', moods), ('reactions', did), ('results', 9),
            ('diagnostics', 2 * nodes), ('newest', 2 + labels), ('spectrogram', 1 + SHOWN_ROWS),
            ('results', height)):
        found[panel] += max(0, min(lines - found[panel], height - sum(found.values())))
    return found


def heading(view, setting, width, height):
    """Draw the topics and the numbers of messages received."""
    def short(topic):
        name = setting.topics[topic]
        return short_name(name, setting.namespace) or name

    line = Text()
    if setting.paused:
        line.append(' PAUSED ', 'reverse').append(' ')
    malformed = sum(view.malformed.values())
    if malformed:
        line.append(f' malformed: {malformed} ', 'black on yellow').append(' ')
    if width >= 60:
        line.append('emotion monitor ', 'bold')
    line.append(setting.namespace, 'bold').append(' ')
    for topic in (AUDIO, FEATURES, EMOTION):
        line.append(f' {short(topic)} {view.counts[topic]}')
    if malformed:
        line.append('  malformed: ' + ', '.join(
            f'{short(topic)} {count}' for topic, count in view.malformed.items()))
    return fit([line], width, height)


def newest(view, setting, width, height):
    """Draw the result of the current utterance, or else of the last one, with all bars."""
    result, marks = view.newest, setting.marks
    if result is None:
        return fit([Text(f'waiting for {setting.topics[EMOTION]}')], width, height)
    title = Text('So far ' if view.interim else 'Last   ')
    title.append(printable(result.emotion.emotion, NAME), 'bold')
    likeliest, maximum = result.likeliest
    if likeliest != result.emotion.emotion and width >= 60:
        title.append(f' ({printable(likeliest, NAME)}?)')
    confidence, threshold = result.emotion.confidence, result.emotion.threshold
    title.append('  confidence ').append(f'{confidence:.2f}', 'bold')
    if width >= 60:
        title.append(f' {"<" if confidence < threshold else "≥"} {threshold:.2f}')
    title.append(f'  maximum {maximum:.2f}  {_length(result)}{_direction(result)}')
    for name in AFFECT:
        value = getattr(result.emotion, name)
        if not math.isnan(value):
            title.append(f'  {name} ').append(f'{value:+.2f}', 'bold')
    lines = [title]
    if height >= 2 + len(result.emotion.labels):
        marked = _marked(confidence, threshold, max(0, width - LABEL - 8))
        lines.append(Text('confidence'.ljust(LABEL + 2)).append(marked).append(
            f' {confidence:4.2f}'))
    probabilities = dict(zip(result.emotion.labels, result.emotion.probabilities, strict=True))
    shown = sorted(probabilities, key=probabilities.get, reverse=True)[:max(0, height - len(lines))]
    room = max(0, width - LABEL - 8)
    for label, probability in probabilities.items():
        if label in shown:
            line = Text().append(marks[label].letter, marks[label].color)
            name = Text(' ' + printable(label))
            name.truncate(LABEL, overflow='ellipsis', pad=True)
            line.append(name).append(' ').append(bar(probability, room, marks[label].ink))
            lines.append(line.append(f' {probability:4.2f}'))
    return fit(lines, width, height)


def _marked(part, at, width):
    """Draw a bar with a mark at the position `at`, 0 to 1."""
    drawn, mark = bar(part, width).plain, min(int(at * width), width - 1)
    return Text(drawn[:mark] + '│' + drawn[mark + 1:]) if width else Text()


def _length(result):
    cut = ' cut' if result.utterance.truncated else ''
    return f'{result.utterance.duration / 1e9:.1f} s{cut}'


def _direction(result):
    """Return the direction of a voice in degrees, or '' if it is unknown."""
    azimuth = result.utterance.azimuth
    return f'  from {math.degrees(azimuth):+.0f}°' if math.isfinite(azimuth) else ''


def results(view, setting, width, height):
    """List the last utterances, with all bars if there is room."""
    room = width - 46   # for bars
    head = f'{"Time":<8} {"Length":<10} {"Emotion":<{LABEL}} {"Conf.":>5} {"Max.":>5}'
    lines = [Text(head + ('  Probabilities' if room >= 14 else ''), 'underline')]
    for result in view.results[:max(0, height - 1)]:
        emotion, marks = result.emotion, setting.marks
        name = Text(printable(emotion.emotion))
        name.truncate(LABEL, overflow='ellipsis', pad=True)
        line = Text(f'{_clock(result.utterance.stamp)} {_length(result)[:10]:<10} ').append(name)
        line.append(f' {emotion.confidence:5.2f}',
                    'dim' if emotion.confidence < emotion.threshold else '')
        line.append(f' {result.likeliest[1]:5.2f}  ')
        line.append(bars(emotion.labels, emotion.probabilities, room, marks))
        lines.append(line)
    return fit(lines, width, height)


def _clock(stamp):
    return datetime.fromtimestamp(stamp // 10**9).strftime('%H:%M:%S')


def timeline(view, setting, width, height):
    """Draw the last minutes, one emotion per cell, with the time above and the legend below."""
    if width < 1:
        return Text()
    line = Text()
    for emotion in cells(view.spans, now=view.now, width=width):
        if emotion is None:
            line.append('·', 'dim')
        else:
            mark = setting.marks[emotion]
            line.append(mark.letter, mark.color)
    if height < 2:
        return fit([line], width, height)
    legend = Text()
    for emotion, mark in setting.marks.items():
        legend.append(mark.letter, mark.color).append(f' {printable(emotion)} ')
    return fit([Text(_minutes(width)), line, legend], width, height)


def _minutes(width):
    """Write the minutes above the cells in which they end."""
    line = [' '] * width
    duration = cell_duration(width)
    line[-3:] = 'now'
    for minute in range(1, width * duration // 60 + 1):
        text = f'-{minute} min'
        begin = width - 1 - minute * 60 // duration
        if 0 <= begin and begin + len(text) < width - 4:
            line[begin:begin + len(text)] = text
    return ''.join(line)[:width]


PANELS = {'heading': heading, 'sound': sound, 'spectrogram': spectrogram, 'newest': newest,
          'results': results, 'mood': mood, 'reactions': reactions, 'diagnostics': diagnostics,
          'timeline': timeline}
"""In order from top to bottom."""
