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

"""Training: features of clips a second, on one core and on more, cold and cached; and an epoch.

With --corpus the whole training of the default model is measured instead, which takes an hour or
two on two cores.
"""

import os
from pathlib import Path
import subprocess
import sys
import tempfile
import time

import numpy as np
import soundfile

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.features.blocks import LOG_MEL
from emotion_ros.training.augmentation import Augmentation
from emotion_ros.training.features import Extraction, extract_clips
import measuring

CLIPS = 60
SECONDS = 1.5, 2.5, 3.5   # s of speech in turn: as long as clips of corpora are
EPOCHS = 1, 9
REPEATED = 8       # times that each utterance is among the examples
LABELS = 7
OPENSMILE = 'ComParE_2016', 'ComParE_2016_lld'   # that the other networks take


def write_clips(folder):
    """Write clips that all differ."""
    speech = measuring.speech(CLIPS + max(SECONDS))
    paths = []
    for number in range(CLIPS):
        first = number * SAMPLE_RATE
        length = round(SECONDS[number % len(SECONDS)] * SAMPLE_RATE)
        paths.append(folder / f'{number}.flac')
        soundfile.write(paths[-1], speech[first:first + length], SAMPLE_RATE)
    return paths


def extraction(paths, names, folder):
    """Measure the extraction of blocks; give the table and the values of the clips."""
    rows = []
    for jobs in range(1, len(os.sched_getaffinity(0)) + 1):
        cache = str(folder / f'cache{jobs}')
        how = Extraction(names, cache, jobs=jobs)
        for state, augmentation in (('cold', None), ('cached', None),
                                    ('cold, augmented', Augmentation(variant=0))):
            begun = time.monotonic()
            found = list(extract_clips(paths, how, augmentation, title=f'{jobs}, {state}'))
            rows.append([f'{jobs}, {state}', len(paths) / (time.monotonic() - begun)])
            if state == 'cached':
                values = found
    measuring.compare(rows, 1)
    mean = np.mean([SECONDS[number % len(SECONDS)] for number in range(CLIPS)])
    return measuring.Table(
        f'{", ".join(names)} for training', ['processes', 'speed / first', 'clips a second'], rows,
        [f'{CLIPS} clips of {mean:g} s on average; the start of the processes counts.']), values


def epochs(values):
    """Measure an epoch: the difference between a longer and a shorter training."""
    from emotion_ros.training.examples import Examples
    from emotion_ros.training.network import NETWORKS
    from emotion_ros.training.trainer import fit
    flat = [value for clip in values for value in clip] * REPEATED
    count = len(flat)
    heard = np.empty(count, object)
    heard[:] = flat
    examples = Examples(
        heard, np.arange(count) % LABELS, np.arange(count),
        np.array([f'speaker {number // LABELS % 8}' for number in range(count)]),
        np.array(['made up'] * count))
    rows = []
    for name in NETWORKS:
        took = []
        for number in EPOCHS:
            begun = time.monotonic()
            fit(examples, OPENSMILE, LABELS, seed=0, epochs=number, network=name)
            took.append(time.monotonic() - begun)
        epoch = (took[1] - took[0]) / (EPOCHS[1] - EPOCHS[0])
        rows.append([name, 1000 * epoch / count, took[0] - EPOCHS[0] * epoch])
    measuring.compare(rows, 1)
    return measuring.Table(
        'An epoch', ['network', 'time / ensemble', 'time an utterance [ms]', 'beside [s]'], rows,
        ['Beside the epochs: building, compiling, calibration.'])


def whole(corpora, noises, impulse_responses, folder):
    """Measure the training of the default model, features computed and cached."""
    rows = []
    for state in ('cold', 'cached'):
        command = ['emotion-ros', 'train', '--network', 'encoder', '--augment', '1',
                   '--cache', str(folder / 'cache'), '--output', str(folder / state)]
        for name, given in (('corpus', corpora), ('noise', noises),
                            ('impulse-responses', impulse_responses)):
            for value in given:
                command += [f'--{name}', value]
        begun = time.monotonic()
        subprocess.run(command, check=True, stdout=sys.stderr)
        rows.append([state, (time.monotonic() - begun) / 60])
    measuring.compare(rows, 1)
    return measuring.Table('The whole training of the default model',
                           ['features', 'time / cold', 'time [min]'], rows)


def measure(arguments):
    """Measure what was asked for."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.corpus:
            return [whole(arguments.corpus, arguments.noise, arguments.impulse_responses, folder)]
        paths = write_clips(folder)
        spectrograms, _ = extraction(paths, (LOG_MEL,), folder)
        table, values = extraction(paths, OPENSMILE, folder)
        return [spectrograms, table, epochs(values)]


def _add_arguments(parser):
    parser.add_argument('--corpus', action='append', default=[], metavar='NAME:PATH',
                        help='train the default model on it, as `emotion-ros train`')
    parser.add_argument('--noise', action='append', default=[], metavar='PATH',
                        help='recording of noise for that')
    parser.add_argument('--impulse-responses', action='append', default=[], metavar='PATH',
                        help='impulse responses for that')


if __name__ == '__main__':
    measuring.run(__doc__, measure, add_arguments=_add_arguments)
