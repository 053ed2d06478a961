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

"""What the benchmarks share: how they measure, and how they show what they found."""

import argparse
from dataclasses import asdict, dataclass, field
import importlib.metadata
import json
import logging
import os
from pathlib import Path
import platform
import subprocess
import sys

import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.frame import Frame
from emotion_ros.display.tables import draw_table
from emotion_ros.errors import EmotionError, complain
from emotion_ros.features.blocks import LOG_MEL
from emotion_ros.features.log_mel import LogMel
from emotion_ros.features.opensmile_live import LiveExtraction

CLIPS = sorted(Path(__file__).resolve().parents[1].glob('resource/speech/*.flac'))

PACKAGES = ('ai-edge-litert', 'librosa', 'numpy', 'opensmile', 'pyAudioAnalysis', 'rclpy',
            'scikit-learn', 'tensorflow')


@dataclass
class Table:
    """A table of results.

    Args:
        title: what was compared.
        columns: names, with units.
        rows: a list for each, of texts and numbers; None is what was not measured.
        notes: what a reader must know.

    """

    title: str
    columns: list
    rows: list
    notes: list = field(default_factory=list)

    def markdown(self):
        """Give the table as Markdown, its columns aligned."""
        table = draw_table([self.columns, *([_shown(value) for value in row] for row in self.rows)])
        notes = [f'- {note}' for note in self.notes]
        return '\n'.join([f'**{self.title}**', '', table, '', *notes]).rstrip()


def _shown(value):
    if value is None:
        return '-'
    if isinstance(value, float):
        return f'{value:#.3g}'.rstrip('.') if abs(value) < 1000 else f'{value:.0f}'
    return str(value)


def compare(rows, column):
    """Put in each row, behind its name, the ratio of a column to that of the first row."""
    first = rows[0][column]
    for row in rows:
        row.insert(1, row[column] / first if first and row[column] is not None else None)


def machine():
    """Describe this machine, and how busy it is: {name: text}."""
    processor = next((line.split(':', 1)[1].strip()
                      for line in Path('/proc/cpuinfo').read_text().splitlines()
                      if line.startswith('model name')), platform.machine())
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30
    packages = []
    for package in PACKAGES:
        try:
            packages.append(f'{package} {importlib.metadata.version(package)}')
        except importlib.metadata.PackageNotFoundError:
            pass
    return {
        'processor': f'{processor}, {len(os.sched_getaffinity(0))} cores to use',
        'memory': f'{memory:.0f} GiB',
        'load before': ' '.join(f'{load:.1f}' for load in os.getloadavg()),
        'system': f'{platform.freedesktop_os_release()["PRETTY_NAME"]}, '
                  f'Linux {platform.release()}',
        'versions': ', '.join([f'Python {platform.python_version()}', *packages]),
    }


def run(description, measure, *, add_arguments=lambda parser: None, child=None):
    """Be a benchmark's command: measure and print the tables, or JSON.

    Args:
        description: of the benchmark.
        measure: function of the arguments that gives a list of Table.
        add_arguments: function that adds arguments to a parser.
        child: function of the arguments after --child that gives what in_child() returns.

    """
    try:
        _run(description, measure, add_arguments, child)
    except EmotionError as error:
        sys.exit(complain(error))


def _run(description, measure, add_arguments, child):
    if child and sys.argv[1:2] == ['--child']:
        print(json.dumps(child(*json.loads(sys.argv[2]))))
        return
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--json', action='store_true', help='print JSON')
    add_arguments(parser)
    arguments = parser.parse_args()
    logging.basicConfig(format='%(message)s')   # on stderr
    logging.getLogger('emotion_ros').setLevel(logging.INFO)
    here = machine()
    tables = measure(arguments)
    if arguments.json:
        print(json.dumps({'machine': here, 'tables': [asdict(table) for table in tables]}))
        return
    print('\n'.join(f'{name}: {text}' for name, text in here.items()))
    for table in tables:
        print(f'\n{table.markdown()}')


def in_child(*arguments):
    """Call the child function of the running benchmark in a fresh process; give what it gives."""
    done = subprocess.run(
        [sys.executable, sys.argv[0], '--child', json.dumps(arguments)],
        stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def memory(pid='self', what='VmRSS'):
    """Tell the memory of a process [MB]; VmHWM is the most that it ever had."""
    status = Path(f'/proc/{pid}/status').read_text()
    return int(status.split(f'{what}:')[1].split()[0]) / 1024


def cpu_time(pid):
    """Tell the CPU time that a process has taken [s]."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def frames(samples, sample_rate=SAMPLE_RATE, *, duration=0.032):
    """Cut sound, int16, shape (samples, channels), into Frames of a duration [s]."""
    count = round(duration * sample_rate)
    return [Frame(samples[first:first + count], sample_rate, first,
                  first * 1_000_000_000 // sample_rate)
            for first in range(0, len(samples), count)]


def sound(path):
    """Read a sound file, int16, 16 kHz, one dimension."""
    return FileSource(path).samples()


def speech(seconds):
    """Give so much speech without pauses: the bundled clips in turn, int16, 16 kHz."""
    clips = [sound(path) for path in CLIPS]
    spoken = np.concatenate([clip[:np.flatnonzero(clip)[-1]] for clip in clips])
    return np.resize(spoken, round(seconds * SAMPLE_RATE))


def matrices(names, seconds):
    """Compute blocks of features of so much speech: {name: float32, shape (frames, dimensions)}."""
    samples, found = speech(seconds), {}
    if LOG_MEL in names:
        spectrogram = LogMel()
        spectrogram.push(samples)
        found[LOG_MEL] = spectrogram.values()
    extraction = LiveExtraction([name for name in names if name != LOG_MEL])
    extraction.write(samples)
    extraction.finish()
    return found | extraction.result()
