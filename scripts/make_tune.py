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

"""Write resource/sounds/happy_tune.flac: a few seconds of a happy melody.

usage: make_tune.py [FILE]
"""

from pathlib import Path
import sys

import numpy as np
import soundfile

RATE = 24000      # Hz
BEAT = 60 / 138   # s
PEAK = 10 ** (-6 / 20)
ECHO, ECHO_LEVEL = 0.75 * BEAT, 0.18
TAIL = 0.9        # s, after the last beat
FADE = 0.3        # s, at the end

MELODY = (
    'E5 .5  G5 .5  A5 .5  G5 .5  C6 1  G5 1   F5 .5  A5 .5  C6 .5  A5 .5  D6 1  C6 1  '
    'B5 .5  D6 .5  B5 .5  G5 .5  A5 .5  B5 .5  D6 1   E6 .5  C6 .5  D6 .5  B5 .5  C6 2')
"""Notes, each followed by its beats."""

CHORDS = 'C3 G3 E4 C4', 'F3 C3 A4 C4', 'G3 D3 B4 F4', 'C3 G3 E4 C4'
"""For each bar of four beats: the bass of beat 1 and of beat 3, and two notes for beats 2 and 4."""

STEPS = {'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}


def frequency(note):
    """Frequency of a note such as 'A4' [Hz]."""
    semitones = STEPS[note[0]] + 12 * int(note[1]) - (STEPS['A'] + 12 * 4)
    return 440 * 2 ** (semitones / 12)


def pluck(note, beats):
    """Make a note of a soft plucked string: a quick attack, and harmonics that die one by one."""
    time = np.arange(round((beats * BEAT + 0.6) * RATE)) / RATE
    pitch = frequency(note)
    wave = sum(
        np.sin(2 * np.pi * number * pitch * time) * np.exp(-time * (1.5 + 1.7 * number))
        / number ** 1.6
        for number in range(1, 8) if number * pitch < 0.45 * RATE)
    return wave * ramp(len(time), 0.006) * ramp(len(time), 0.12)[::-1]


def ramp(length, duration):
    """Give factors that rise smoothly from 0 to 1 within a time [s]."""
    part = np.clip(np.arange(length) / (duration * RATE), 0, 1)
    return 0.5 - 0.5 * np.cos(np.pi * part)


def tune():
    """Make the tune: float64, one channel."""
    words = MELODY.split()
    notes = []   # (beat, note, beats, level)
    beat = 0.0
    for note, beats in zip(words[::2], map(float, words[1::2])):
        notes.append((beat, note, beats, 1.0))
        beat += beats
    for bar, chord in enumerate(CHORDS):
        first, third, *upper = chord.split()
        notes += [(4 * bar, first, 1.5, 0.8), (4 * bar + 2, third, 1.5, 0.7)]
        notes += [(4 * bar + offbeat, note, 0.5, 0.3) for offbeat in (1, 3) for note in upper]
    mix = np.zeros(round((beat * BEAT + TAIL) * RATE))
    for start, note, beats, level in notes:
        place = round(start * BEAT * RATE)
        wave = level * pluck(note, beats)[:len(mix) - place]
        mix[place:place + len(wave)] += wave
    echo = round(ECHO * RATE)
    mix[echo:] += ECHO_LEVEL * mix[:-echo]
    mix *= ramp(len(mix), FADE)[::-1]
    return PEAK * mix / np.abs(mix).max()


def main():
    """Write the file."""
    default = Path(__file__).parents[1] / 'resource' / 'sounds' / 'happy_tune.flac'
    soundfile.write(sys.argv[1] if sys.argv[1:] else default, tune(), RATE, subtype='PCM_16')


if __name__ == '__main__':
    main()
