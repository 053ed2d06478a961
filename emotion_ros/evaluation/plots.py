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

"""Plots of an evaluation."""

from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator
import numpy as np

from emotion_ros.display.plotting import (
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    new_figure,
    put_legend,
    save,
    shorten,
)

CLEAN = float('inf')
"""Signal-to-noise ratio that stands for clips without noise [dB]."""

_HISTOGRAM_BINS = 20
_SHOWN_CLIPS = 10   # with fewer clips, an accuracy is meaningless


def draw_confusion(path, counts, labels):
    """Plot a confusion matrix: colors show fractions of a class, labels counts and percentages.

    Args:
        path: of the plot.
        counts: int, shape (classes, predictions), from metrics.confusion; an additional column
            counts clips without speech.
        labels: [str], of the classes.

    """
    classes, columns = counts.shape
    clips = counts.sum(axis=1, keepdims=True)
    parts = np.divide(counts, clips, out=np.zeros(counts.shape), where=clips > 0)
    figure, axes = new_figure(2.6 + 0.62 * columns, 1.7 + 0.58 * classes)
    image = axes.imshow(parts, cmap='Blues', vmin=0, vmax=1, aspect='auto')
    for row, column in np.ndindex(*counts.shape):
        if clips[row, 0]:
            axes.text(column, row, f'{counts[row, column]}\n{100 * parts[row, column]:.0f} %',
                      ha='center', va='center', fontsize=8, linespacing=1.15,
                      color='white' if parts[row, column] > 0.65 else 'black')
    predictions = [shorten(label) for label in labels] + ['no speech'] * (columns - classes)
    axes.set_xticks(range(columns), predictions, rotation=40, ha='right', rotation_mode='anchor')
    axes.set_yticks(range(classes), [f'{shorten(label)} ({number})'
                                     for label, number in zip(labels, clips[:, 0], strict=False)])
    for edge in np.arange(columns + 1) - 0.5:
        axes.axvline(edge, color='black' if edge == classes - 0.5 < columns - 0.5 else 'white',
                     linewidth=1)
    for edge in np.arange(classes + 1) - 0.5:
        axes.axhline(edge, color='white', linewidth=1)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel('prediction')
    axes.set_ylabel('truth (clips)')
    bar = figure.colorbar(image, ax=axes)
    _percent(bar.ax.yaxis, step=0.2)
    bar.set_label('fraction of the class')
    bar.outline.set_visible(False)
    save(figure, path)


def draw_reliability(path, bins):
    """Plot a reliability diagram above a histogram of the probabilities.

    Args:
        path: of the plot.
        bins: metrics.Reliability with at least one clip.

    """
    figure, (upper, lower) = new_figure(4.2, 4.8, rows=2, sharex=True, height_ratios=[3, 1])
    filled = bins.clips > 0
    width = np.diff(bins.edges)[filled]
    left = bins.edges[:-1][filled]
    accuracy, probability = bins.accuracy[filled], bins.probability[filled]
    upper.bar(left, accuracy, width, align='edge', color=BLUE, edgecolor='white', linewidth=0.8)
    upper.bar(left, probability - accuracy, width, bottom=accuracy, align='edge', color='none',
              edgecolor=ORANGE, hatch='////', linewidth=0.8)
    upper.plot([0, 1], [0, 1], color='black', linestyle='--', linewidth=1)
    upper.set_ylim(0, 1)
    _percent(upper.yaxis, step=0.2)
    upper.set_ylabel('accuracy')
    put_legend(
        figure,
        [Patch(facecolor=BLUE), Patch(facecolor='none', edgecolor=ORANGE, hatch='////'),
         upper.lines[0]],
        ['accuracy', f'calibration error, mean {bins.error:.3f}', 'perfect calibration'])
    lower.bar(left, bins.clips[filled] / bins.clips.sum(), width, align='edge', color=GRAY,
              edgecolor='white', linewidth=0.8)
    _percent(lower.yaxis)
    lower.set_ylabel('clips')
    lower.set_xlim(0, 1)
    _percent(lower.xaxis, step=0.2)
    lower.set_xlabel('maximum probability (maximum softmax)')
    save(figure, path)


def draw_coverage(path, curves, points=()):
    """Plot the accuracy over the fraction of clips with a prediction.

    Args:
        path: of the plot.
        curves: {name of the score: metrics.Coverage}, at most three, each with a clip.
        points: [(coverage, accuracy, text)]: thresholds in use, 0 to 1.

    """
    figure, axes = new_figure(4.6, 3.5)
    for (name, curve), color, style in zip(
            curves.items(), (BLUE, ORANGE, GREEN), ('-', '--', ':'), strict=False):
        shown = curve.clips >= min(_SHOWN_CLIPS, curve.clips[-1] / 10)
        axes.plot(curve.coverage[shown], curve.accuracy[shown], color=color, linestyle=style,
                  label=name)
    for part, accuracy, text in points:
        axes.plot(part, accuracy, color='black', marker='o', markersize=5, linestyle='none',
                  label=text)
    axes.set_xlim(0, 1.02)
    low, high = axes.get_ylim()
    axes.set_ylim(max(min(low, high - 0.1), -0.01), min(max(high, low + 0.1), 1.01))
    _percent(axes.xaxis, step=0.2)
    _percent(axes.yaxis)
    axes.set_xlabel('coverage: most confident clips first')
    axes.set_ylabel('accuracy of these')
    axes.grid(color='0.9')
    put_legend(figure, *axes.get_legend_handles_labels())
    save(figure, path)


def draw_confidence(path, panels):
    """Plot the distributions of a score for right, wrong and out-of-distribution predictions.

    Args:
        path: of the plot.
        panels: {name of the score: {kind: float, shape (clips,)}}, at least one; kinds in the
            order right, wrong, out-of-distribution; those without clips are left out.

    """
    figure, all_axes = new_figure(3.4 * len(panels) + 0.6, 3.3, columns=len(panels), sharey=True,
                                  squeeze=False)
    for axes, (name, kinds) in zip(all_axes[0], panels.items(), strict=False):
        for (kind, values), color, style in zip(
                kinds.items(), (BLUE, ORANGE, GREEN), ('-', '--', ':'), strict=False):
            if len(values):
                axes.hist(values, bins=_HISTOGRAM_BINS, range=(0, 1), histtype='step',
                          weights=np.full(len(values), 1 / len(values)), color=color,
                          linestyle=style, linewidth=1.6, label=f'{kind} ({len(values)})')
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_locator(MultipleLocator(0.2))
        axes.set_xlabel(name)
        axes.grid(color='0.9')
        axes.set_axisbelow(True)
    _percent(all_axes[0, 0].yaxis)
    figure.get_layout_engine().set(wspace=0.08)
    all_axes[0, 0].set_ylabel(f'fraction of the kind per {1 / _HISTOGRAM_BINS:g}')
    put_legend(figure, *all_axes[0, 0].get_legend_handles_labels(), columns=3)
    save(figure, path)


def draw_snr(path, lines):
    """Plot the unweighted average recall over the signal-to-noise ratio.

    Args:
        path: of the plot.
        lines: {name: {ratio [dB] or CLEAN: (recall, interval or None)}}, at most three; CLEAN
            is drawn separately, on the right.

    """
    ratios = sorted({ratio for line in lines.values() for ratio in line} - {CLEAN})
    step = min(np.diff(ratios), default=5)
    clean = (ratios[-1] if ratios else 0) + 1.5 * step
    figure, axes = new_figure(4.6, 3.5)
    for index, ((name, line), color, style, marker) in enumerate(zip(
            lines.items(), (BLUE, ORANGE, GREEN), ('-', '--', ':'), 'osD', strict=False)):
        for at_clean in (False, True):
            points = [(clean if at_clean else ratio, *line[ratio]) for ratio in sorted(line)
                      if (ratio == CLEAN) == at_clean]
            if not points:
                continue
            places, recalls, spans = zip(*points, strict=False)
            recalls = np.array(recalls)
            shift = 0.12 * step * (index - (len(lines) - 1) / 2)
            errors = np.array([(recall - span[0], span[1] - recall) if span else (0, 0)
                               for span, recall in zip(spans, recalls, strict=False)]).T.clip(min=0)
            alone = len(points) == len(line) and at_clean
            axes.errorbar(
                np.array(places) + shift, recalls, yerr=errors, color=color, marker=marker,
                linestyle='none' if at_clean else style, markersize=5, capsize=2.5,
                elinewidth=0.9, label=name if not at_clean or alone else None)
    ticks = {ratio: f'{ratio:g}' for ratio in ratios}
    if any(CLEAN in line for line in lines.values()):
        axes.axvline(clean - 0.75 * step, color='0.8', linewidth=1)
        ticks[clean] = 'clean'
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set_xlim(min(ticks) - 0.5 * step, max(ticks) + 0.5 * step)
    _percent(axes.yaxis)
    axes.set_xlabel('signal-to-noise ratio [dB]')
    axes.set_ylabel('unweighted average recall')
    axes.grid(axis='y', color='0.9')
    if len(lines) > 1:
        put_legend(figure, *axes.get_legend_handles_labels())
    save(figure, path)


def draw_conditions(path, content, title):
    """Plot recall, arousal and the fraction without speech, by distance or room.

    Args:
        path: of the plot.
        content: {name: measures} of condition_report.condition_content.
        title: label of the axis of names.

    """
    places = np.arange(len(content))
    figure, axes = new_figure(max(4.6, 1.6 + 0.8 * len(content)), 3.5)
    for key, name, color, style, marker in (
            ('arousal_auroc', 'arousal: AUROC', ORANGE, '--', 's'),
            ('uar', 'unweighted average recall', BLUE, '-', 'o'),
            ('no_speech', 'no speech found', GRAY, ':', 'D')):
        values = np.array([part[key] if part[key] is not None else np.nan
                           for part in content.values()])
        spans = [part['interval'] if key == 'uar' else None for part in content.values()]
        errors = np.array([(value - span[0], span[1] - value) if span else (0, 0)
                           for value, span in zip(values, spans, strict=False)]).T.clip(min=0)
        axes.errorbar(places, values, yerr=errors if key == 'uar' else None, color=color,
                      linestyle=style, marker=marker, markersize=5, capsize=2.5, elinewidth=0.9,
                      label=name)
    axes.set_xticks(places, [shorten(name) for name in content])
    axes.set_xlim(-0.5, len(content) - 0.5)
    axes.set_ylim(-0.03, 1.03)
    _percent(axes.yaxis, step=0.2)
    axes.set_xlabel(title)
    axes.grid(axis='y', color='0.9')
    put_legend(figure, *axes.get_legend_handles_labels())
    save(figure, path)


def draw_differences(path, comparisons):
    """Plot differences in recall with their intervals, and a line at zero.

    Args:
        path: of the plot.
        comparisons: {text: mapping of comparison.Comparison.as_dict}, at least one.

    """
    figure, axes = new_figure(4 + 0.08 * max(map(len, comparisons)), 1.1 + 0.45 * len(comparisons))
    for place, part in enumerate(comparisons.values()):
        low, high = part['uar_interval'] or (part['uar'], part['uar'])
        axes.errorbar(part['uar'], place, color=BLUE, marker='o', markersize=5, capsize=2.5,
                      elinewidth=1.2, xerr=[[max(part['uar'] - low, 0)],
                                            [max(high - part['uar'], 0)]])
    axes.axvline(0, color='black', linestyle='--', linewidth=1)
    axes.set_yticks(range(len(comparisons)), list(comparisons))
    axes.set_ylim(len(comparisons) - 0.5, -0.5)
    axes.set_xlabel('difference in unweighted average recall')
    axes.grid(axis='x', color='0.9')
    axes.set_axisbelow(True)
    save(figure, path)


def _percent(axis, *, step=None):
    """Label an axis of fractions with percentages."""
    axis.set_major_locator(
        MultipleLocator(step) if step else MaxNLocator(5, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f'{100 * value:.3g} %'))
