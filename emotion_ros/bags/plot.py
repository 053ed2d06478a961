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

"""Plots of a recording: its waveform, the utterances and their emotions."""

from contextlib import suppress
from dataclasses import dataclass
import math

from matplotlib.collections import PolyCollection
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator
import numpy as np

from emotion_ros.bags.emotion_palette import EmotionPalette
from emotion_ros.bags.plot_mood import MOOD, draw_moods, moods_by_person
from emotion_ros.bags.recording import BLOCKS
from emotion_ros.display.plotting import BLUE, ORANGE, new_figure, put_legend, save, shorten
from emotion_ros.emotions import UNKNOWN
from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.files.paths import readable

RESOLUTION = 300
"""Dots per inch."""

_THRESHOLD = {'color': 'black', 'linestyle': '--', 'linewidth': 1}
_INTERIM = {'color': 'black', 'linewidth': 1, 'marker': '.', 'markersize': 4, 'zorder': 3,
            'path_effects': [withStroke(linewidth=2.2, foreground='white')]}
_AFFECT = {'arousal': {'color': ORANGE, 'linewidth': 2},
           'valence': {'color': BLUE, 'linewidth': 2, 'linestyle': (0, (3, 1))}}
_HALVES = 0, 0.5, 1
_SMALL, _LARGE = 8, 9   # points
_MARGINS = 1.6   # inch, left and right of the axes together
_BAND = 0.06   # part of the waveform's height that the band of emotions over it has
_FINE = 30   # s in an inch, beyond which hatches and outlines blur
_GAP = 0.05   # s; sound that is missing for longer leaves a gap in the waveform
_SECONDS = 150   # longer times are written in minutes
_STEPS = 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200   # s


@dataclass(frozen=True)
class _Utterance:
    """An utterance and its results.

    Args:
        number: of the utterance.
        begin, end: of the part that was processed [s].
        emotion: the final result, model.classifier.Emotion; None if there is none.
        interim: [(end of the part that was processed [s], Emotion)], in order.

    """

    number: int
    begin: float
    end: float
    emotion: object
    interim: list

    @property
    def line(self):
        """The results in the order of time, the final one last: [(time [s], Emotion)]."""
        last = [(self.end, self.emotion)] if self.emotion else []
        return [(min(at, self.end), emotion) for at, emotion in self.interim] + last


def draw(recording, path, *, width, begin=None, end=None, title=''):
    """Plot a recording.

    From top to bottom: the waveform, with the utterances and the emotion of each; the probability
    of each emotion; the confidence; arousal and valence, if the model gives them; the mood of each
    person, if the recording has moods. Final results span their utterance; a line connects the
    interim results, each at the end of the audio that it is based on.

    Args:
        recording: recording.Recording.
        path: pathlib.Path of the file; its extension determines the format.
        width: of the picture [inch].
        begin, end: part of the recording to plot [s]; all by default.
        title: of the plot.

    Raises:
        EmotionError: the part is not within the recording, or the file cannot be written.

    """
    length = (recording.end - recording.begin) / 1e9
    begin, end = 0.0 if begin is None else begin, length if end is None else end
    if not 0 <= begin < length:
        raise ArgumentError('begin', f'must be 0 s to the end, {length:.3f} s, got {begin:g} s')
    if not begin < end:
        raise ArgumentError('end', f'must be after the beginning, {begin:g} s, got {end:g} s')
    figure = draw_figure(recording, begin, min(end, length), title, width)
    part = path.with_name(f'.{path.stem}.part{path.suffix}')
    try:
        save(figure, part, resolution=RESOLUTION)
        part.replace(path)
    except OSError as error:
        raise EmotionError(f'plot {str(path)!r} cannot be written: {error.strerror}') from error
    finally:
        with suppress(OSError):
            part.unlink()


def draw_figure(recording, begin, end, title, width):
    """Make the figure; see draw."""
    labels = recording.labels
    lines = {name: style for name, style in _AFFECT.items() if any(
        math.isfinite(getattr(emotion, name)) for _, emotion in recording.results)}
    persons = moods_by_person(recording)
    heights = [1.15, 0.16 * max(4, len(labels)), 0.75, *([0.75] if lines else []),
               *[0.55] * len(persons)]   # inch
    figure, all_axes = new_figure(
        width, sum(heights) + 1.05, rows=len(heights), sharex=True, height_ratios=heights)
    sound, probabilities, confidence = all_axes[:3]
    utterances = [found for found in _utterances(recording) if found.end > begin
                  and found.begin < end]
    finals = [found for found in utterances if found.emotion]
    _draw_waveform(sound, recording, begin, end, points=width * RESOLUTION)
    inches = width - _MARGINS   # of the axes, about
    min_width = (end - begin) / (width * RESOLUTION)   # s, of what is to be seen
    palette = EmotionPalette(labels, fine=end - begin > _FINE * inches)
    lettered = _draw_utterances(sound, finals, palette, begin, end, inches, min_width)
    _draw_probabilities(figure, probabilities, utterances, palette, min_width, inches)
    _draw_confidence(confidence, utterances, recording.threshold, palette, min_width)
    if lines:
        _draw_affect(all_axes[3], utterances, lines, palette)
    draw_moods(all_axes[len(all_axes) - len(persons):], persons, palette, end,
               all_axes[3] if lines else None, lines)
    _write_time(all_axes[-1], begin, end)
    if lettered:
        probabilities.set_yticks(range(len(labels)), [
            f'{shorten(label)}  {palette.letter(label)}' for label in labels])
    keys = {}
    if recording.threshold is not None:
        keys[f'threshold {recording.threshold:.2f}'] = Line2D([], [], **_THRESHOLD)
    if any(found.emotion.emotion == UNKNOWN for found in finals):
        letter = f' ({palette.letter(UNKNOWN)})' if lettered else ''
        keys[f'below it: {UNKNOWN}{letter}' if keys else f'{UNKNOWN}{letter}'] = Patch(
            **palette.patch(UNKNOWN))
    if any(found.interim for found in utterances) and not palette.fine:
        keys['interim results'] = Line2D([], [], **_INTERIM)
    keys |= {name: Line2D([], [], **style) for name, style in lines.items()}
    if lines and persons:
        keys['mood'] = Line2D([], [], color='#777777', **MOOD)
    title = readable(title).replace('$', '\\$')
    if keys:
        put_legend(figure, keys.values(), keys.keys(), columns=3 if width > 5 else 2,
                   title=title or None, title_fontsize=10)
    elif title:
        figure.suptitle(title, fontsize=10)
    for axes in all_axes:
        axes.tick_params(labelsize=_SMALL)
        axes.yaxis.label.set_size(_LARGE)
    figure.align_ylabels([sound, *all_axes[2:]])
    return figure


def _utterances(recording):
    """Group results by utterance: [_Utterance], in order of time."""
    found, interim = [], []

    def close(utterance, emotion):
        begin = (utterance.stamp - recording.begin) / 1e9
        found.append(_Utterance(utterance.number, begin, begin + utterance.duration / 1e9, emotion,
                                [(begin + one.duration / 1e9, heard) for one, heard in interim]))
        interim.clear()

    for utterance, emotion in recording.results:
        if interim and interim[-1][0].number != utterance.number:
            close(interim[-1][0], None)   # it never ended
        if utterance.final:
            close(utterance, emotion)
        else:
            interim.append((utterance, emotion))
    if interim:
        close(interim[-1][0], None)
    return sorted(found, key=lambda one: one.begin)


def _draw_waveform(axes, recording, begin, end, points):
    times = (recording.times - recording.begin) / 1e9
    inside = (begin <= times) & (times <= end)
    times, low, high = times[inside], recording.low[inside] / 32768, recording.high[inside] / 32768
    if len(times):
        size = int(-(-len(times) // points))   # blocks in a point
        begins = np.arange(0, len(times), size)
        times = times[begins]
        low, high = np.minimum.reduceat(low, begins), np.maximum.reduceat(high, begins)
        steps = np.diff(times)
        gaps = np.flatnonzero((steps > _GAP + size / BLOCKS) | (steps < 0)) + 1
        times, low, high = (np.insert(values, gaps, np.nan) for values in (times, low, high))
        axes.fill_between(times, low, high, color='#333333', linewidth=0.4)
        axes.set_ylim(*1.08 * max(0.001, np.nanmax(high), -np.nanmin(low)) * np.array([-1, 1]))
    axes.yaxis.set_major_locator(MaxNLocator(4, symmetric=True, steps=[1, 2, 5, 10]))
    axes.set_ylabel('sound\n[full scale]')


def _draw_utterances(axes, finals, palette, begin, end, inches, min_width):
    """Shade the utterances, with number and emotion, or a letter if the word does not fit.

    Returns:
        Whether letters stand for emotions.

    """
    def fits(text, room):
        points, _, _ = text_to_path.get_text_width_height_descent(
            text, FontProperties(size=_SMALL), ismath=False)
        return points / 72 + 0.04 <= room

    def write(text, place, line):
        axes.annotate(text, (place, 1 + _BAND), (0, 4 + 10 * line), ha='center', va='baseline',
                      xycoords=axes.get_xaxis_transform(), textcoords='offset points',
                      fontsize=_SMALL)

    spans = [(*np.clip((one.begin, one.end), begin, end), one) for one in finals]
    rooms = [(stop - start) / (end - begin) * inches for start, stop, _ in spans]
    names = [(str(one.number), shorten(one.emotion.emotion)) for one in finals]
    one_line = all(map(fits, map(' '.join, names), rooms))
    lettered = False
    for (start, stop, one), (number, name), room in zip(spans, names, rooms, strict=True):
        fill = palette.patch(one.emotion.emotion)
        axes.axvspan(start, stop, zorder=0, alpha=0.4, **fill)
        axes.axvspan(start, max(stop, start + min_width), 1, 1 + _BAND, clip_on=False, **fill)
        middle = (start + stop) / 2
        if one_line:
            write(f'{number} {name}', middle, 0)
            continue
        if not fits(name, room):
            name = palette.letter(one.emotion.emotion)
            lettered = lettered or fits(name, room)
        for line, text in enumerate((name, number)):
            if fits(text, room):
                write(text, middle, line)
    return lettered


def _draw_probabilities(figure, axes, utterances, palette, min_width, inches):
    labels = palette.labels
    rows = range(len(labels))
    cells, values = [], []
    for one in utterances:
        stop = max(one.end, one.begin + min_width)
        for row, label in enumerate(labels):
            if one.emotion:
                cells.append([(one.begin, row - 0.5), (stop, row - 0.5), (stop, row + 0.5),
                              (one.begin, row + 0.5)])
                values.append(_probability(one.emotion, label))
            if one.interim and not palette.fine:
                axes.plot(*zip(*((at, row + 0.4 - 0.8 * _probability(emotion, label))
                                 for at, emotion in one.line), strict=True), **_INTERIM)
    if cells:
        drawn = axes.add_collection(PolyCollection(
            cells, array=np.ma.masked_invalid(values), cmap='Blues', clim=(0, 1), linewidths=0))
        bar = figure.colorbar(drawn, cax=axes.inset_axes([1 + 0.08 / inches, 0, 0.08 / inches, 1]))
        bar.set_ticks(_HALVES, labels=[f'{half:g}' for half in _HALVES])
        bar.outline.set_linewidth(0.5)
        bar.ax.tick_params(labelsize=_SMALL, length=2)
        bar.set_label('probability', size=_LARGE)
    elif not utterances:
        axes.text(0.5, 0.5, 'no speech found', ha='center', va='center', fontsize=_LARGE,
                  transform=axes.transAxes)
    axes.set_facecolor('#eeeeee')
    axes.set_yticks(rows, [shorten(label) for label in labels])
    axes.set_ylim(max(1, len(labels)) - 0.5, -0.5)
    axes.tick_params(axis='y', length=0, pad=10)
    axes.spines['left'].set_visible(False)
    for row, label in zip(rows, labels, strict=True):
        axes.axhline(row - 0.5, color='white', linewidth=0.6)
        axes.add_patch(Rectangle(
            (-0.1 / inches, row - 0.36), 0.07 / inches, 0.72, transform=axes.get_yaxis_transform(),
            clip_on=False, **palette.patch(label)))


def _probability(emotion, label):
    """Return a probability of a result; NaN if its model does not have the label."""
    return dict(zip(emotion.labels, emotion.probabilities, strict=True)).get(label, np.nan)


def _draw_confidence(axes, utterances, threshold, palette, min_width):
    for one in utterances:
        if one.emotion:
            axes.bar(one.begin, one.emotion.confidence, max(min_width, one.end - one.begin),
                     align='edge', **palette.patch(one.emotion.emotion))
        if one.interim and not palette.fine:
            points = ((at, emotion.confidence) for at, emotion in one.line)
            axes.plot(*zip(*points, strict=True), **_INTERIM)
    if threshold is not None:
        axes.axhline(threshold, **_THRESHOLD)
    axes.set_ylim(0, 1)
    axes.set_yticks(_HALVES, [f'{half:g}' for half in _HALVES])
    axes.set_ylabel('confidence')


def _draw_affect(axes, utterances, lines, palette):
    """Draw arousal and valence; `lines` is {name: style of its line}."""
    axes.axhline(0, color='#999999', linewidth=0.5)
    for one in utterances:
        for name, style in lines.items():
            if one.emotion:
                axes.hlines(getattr(one.emotion, name), one.begin, one.end, **style)
            if one.interim and not palette.fine:
                points = ((at, getattr(emotion, name)) for at, emotion in one.line)
                axes.plot(*zip(*points, strict=True), **style | {'linewidth': 0.8})
    axes.set_ylim(-1, 1)
    axes.set_yticks((-1, 0, 1))
    axes.set_ylabel('arousal,\nvalence')


def _write_time(axes, begin, end):
    axes.set_xlim(begin, end)
    axes.set_xlabel('time [s]', fontsize=_LARGE)
    if end <= _SECONDS:
        return
    hours = end >= 3600
    axes.set_xlabel('time [h:min:s]' if hours else 'time [min:s]', fontsize=_LARGE)
    step = next((step for step in _STEPS if (end - begin) / step <= 10), None)
    axes.xaxis.set_major_locator(MultipleLocator(step) if step else MaxNLocator(6))

    def written(seconds, _):
        minutes, seconds = divmod(seconds, 60)
        text = f'{seconds:02g}' if seconds % 1 == 0 else f'{seconds:04.1f}'
        before = f'{minutes // 60:.0f}:{minutes % 60:02.0f}' if hours else f'{minutes:.0f}'
        return f'{before}:{text}'
    axes.xaxis.set_major_formatter(FuncFormatter(written))
