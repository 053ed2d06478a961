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

"""The course of a training: history.csv and learning curves."""

import csv
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from emotion_ros.display.plotting import BLUE, GREEN, ORANGE, new_figure, put_legend, save

HISTORY = 'history.csv'
CURVES = 'learning_curves.png'

HELD_OUT, ALL = 'some held out', 'all'
"""Phases of a training."""


@dataclass(frozen=True)
class Epoch:
    """The state of a training after an epoch.

    Args:
        epoch: counted from 1, over both phases.
        phase: HELD_OUT or ALL.
        loss: mean over the training examples, with dropout, noise and hints.
        held_out_loss: mean negative log likelihood of held-out utterances at the best
            temperature [nats]; None if nobody is held out.
        held_out_recall: unweighted average recall of these utterances, or None.

    """

    epoch: int
    phase: str
    loss: float
    held_out_loss: float | None = None
    held_out_recall: float | None = None


def write_history(folder: Path, history: list[Epoch]) -> None:
    """Write HISTORY and CURVES into a folder, unless the history is empty."""
    if not history:
        return
    with Path(folder, HISTORY).open('w', encoding='utf-8', newline='') as file:
        rows = csv.writer(file)
        rows.writerow([field.name for field in fields(Epoch)])
        rows.writerows([
            [f'{value:.4f}' if isinstance(value, float) else value for value in astuple(epoch)]
            for epoch in history])
    draw_history(Path(folder, CURVES), history)


def draw_history(path: Path, history: list[Epoch]) -> None:
    """Draw the losses over the epochs, and the held-out recall below them."""
    figure, (upper, lower) = new_figure(4.6, 4.6, rows=2, sharex=True)
    held = [epoch for epoch in history if epoch.held_out_loss is not None]
    numbers = [epoch.epoch for epoch in history]
    upper.plot(numbers, [epoch.loss for epoch in history], color=BLUE, label='training loss')
    upper.plot([epoch.epoch for epoch in held], [epoch.held_out_loss for epoch in held],
               color=ORANGE, linestyle='--', label='held-out loss')
    lower.plot([epoch.epoch for epoch in held], [epoch.held_out_recall for epoch in held],
               color=GREEN, linestyle='-.', label='held-out recall')
    if 0 < len(held) < len(history):
        for axes in (upper, lower):
            axes.axvline(held[-1].epoch + 0.5, color='0.8', linewidth=1)
    upper.set_ylabel('loss [nats]')
    lower.set_ylabel('unweighted average recall')
    lower.set_ylim(0, 1)
    lower.set_xlabel('epoch; after the line, nothing is held out')
    for axes in (upper, lower):
        axes.grid(color='0.9')
    handles = [*upper.get_legend_handles_labels()[0], *lower.get_legend_handles_labels()[0]]
    put_legend(figure, handles, [line.get_label() for line in handles])
    save(figure, path)
