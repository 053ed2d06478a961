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


"""The panels of the audio: the level meter, and a spectrogram of the last seconds."""

import numpy as np
from rich.text import Text

from emotion_ros.display.bars import draw_column
from emotion_ros.features.log_mel import BANDS, band_edges
from emotion_ros.monitor.lines import bar, fit
from emotion_ros.monitor.marks import printable
from emotion_ros.monitor.state import AUDIO, QUIET

LOWEST = -60
"""Lower end of the level meter [dBFS]."""

ZONES = ((-18, 'green'), (-6, 'yellow'), (0, 'red'))
"""Upper end [dBFS] and color of each zone of the level meter."""

SHOWN_ROWS = 8
"""Maximum height of the spectrogram in rows."""

MARGIN = 7   # cells to the left of the spectrogram
SHADES = ' ░▒▓█'

CONTRAST = 4.0
"""Range of the spectrogram below its maximum (log10 of the power); weaker power is blank."""

FAINTEST = -1.0
"""Minimum of that maximum (log10 of the power), so that silence looks silent."""

LABELED = 1000, 2000, 4000
"""Frequencies [Hz] that are labeled beside the spectrogram."""


def sound(view, setting, width, height):
    """Draw the level meter, its scale if there is room, and the voice activity."""
    level, scale, voice = Text('Level  '), Text('dBFS  '), Text('Voice  ')
    heard = view.level
    if heard is None:
        level.append(f'waiting for {setting.topics[AUDIO]}')
        if view.ignored:
            voice = Text(f'       {printable(view.ignored, width)}')
    elif view.silence > QUIET:
        level.append(f'no sound for {view.silence:.0f} s', 'reverse')
    else:
        room = max(0, width - 28)
        level.append(_meter(heard.rms, heard.peak, room)).append(f' {heard.rms:4.0f} dB')
        if heard.clipped:
            level.append('  ').append(' CLIPPED ', 'white on red')
        else:
            level.append(f'  peak {heard.peak:4.0f}')
        scale.append(_scale(room))
        if heard.muted:
            voice.append(' MUTED ', 'reverse').append(' the robot speaks')
        else:
            voice.append(bar(heard.speech, room, 'green')).append(f' {heard.speech:4.2f}')
            voice.append(
                '  silence' if heard.speaking is None else f'  speech {heard.speaking:.1f} s')
    return fit([level, scale, voice] if height >= 3 else [level, voice], width, height)


def _cell(decibel, width):
    """Return the cell of the level meter for a level."""
    return round((decibel - LOWEST) / -LOWEST * width)


def _meter(rms, peak, width):
    meter = bar((rms - LOWEST) / -LOWEST, width)
    mark = _cell(peak, width) - 1
    if 0 <= mark < width and meter.plain[mark] == ' ':
        meter = Text(meter.plain[:mark] + '│' + meter.plain[mark + 1:])
    begin = 0
    for top, color in ZONES:
        end = _cell(top, width)
        meter.stylize(color, begin, end)
        begin = end
    return meter


def _scale(width):
    line = [' '] * (width + 1)
    step = 10 if width >= 36 else 20 if width >= 16 else 60
    for decibel in range(LOWEST, 1, step):
        text = str(decibel)
        end = min(max(_cell(decibel, width) + 1, len(text)), width + 1)
        line[end - len(text):end] = text
    return ''.join(line)


def spectrogram(view, setting, width, height):
    """Draw the newest audio, 0.1 s per cell, newest on the right; see panels."""
    columns = view.columns[-max(1, width - MARGIN):]
    if not columns or width <= MARGIN:
        return fit([], width, height)
    gap = ' ' * (width - MARGIN - len(columns))   # until there is enough audio
    level = Text('Sound'.ljust(MARGIN) + gap)
    for column in columns:
        style = 'dim' if column.muted else 'green' if column.speech else ''
        level.append(draw_column(1 - column.level / LOWEST), style)
    if height < 2:
        return fit([level], width, height)
    rows = height - 1
    starts = np.arange(rows) * BANDS // rows
    power = np.maximum.reduceat([column.bands for column in columns], starts, axis=1)
    top = max(FAINTEST, power.max())
    shades = np.ceil((power - top + CONTRAST) / CONTRAST * (len(SHADES) - 1))
    shades = shades.clip(0, len(SHADES) - 1).astype(int)
    labels = _labels(starts)
    lines = [f'{labels.get(row, ""):<{MARGIN}}{gap}' + ''.join(SHADES[it] for it in shades[:, row])
             for row in reversed(range(rows))]
    return fit([level, *map(Text, lines)], width, height)


def _labels(starts):
    """Label rows with the frequencies they contain.

    Args:
        starts: index of the first band of each row.

    Returns:
        {row: text}.

    """
    peaks = band_edges()[1:-1]
    return {int(np.searchsorted(peaks[starts], hertz, side='right')) - 1: f'{hertz // 1000} kHz'
            for hertz in reversed(LABELED)}
