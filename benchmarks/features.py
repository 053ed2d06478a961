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

"""The features of an utterance: how long after its end they are there, and what they cost.

Five ways to the same numbers, on the same speech:
  live     as emotion_ros does: openSMILE is fed while the person speaks, and finishes during the
           silence that ends the utterance
  fed      openSMILE is fed while the person speaks, and finishes when the utterance is over
  whole    the utterance is given to opensmile.Smile.process_signal when it is over
  window   the newest 3 s are given to it every 0.5 s
  process  a program is started for each utterance, as openSMILE's SMILExtract is often used
"""

from pathlib import Path
import subprocess
import sys
import tempfile
import time

import numpy as np
import soundfile

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.dc_blocker import DcBlocker
from emotion_ros.audio.resampler import to_float
from emotion_ros.features.extractor import VoiceFeatureExtractor
from emotion_ros.features.opensmile_live import LiveExtraction
from emotion_ros.offline.pipeline import extract
from emotion_ros.speech.segmenter import Segmentation
import measuring

BLOCKS = 'ComParE_2016', 'eGeMAPSv02'
SECONDS = 1, 5, 15
TIMES = 3
SEGMENTATION = Segmentation(interim_interval=0.0, max_utterance_duration=60.0)
SPEED = 10        # times real time at which speech is fed: harder than life; silence is not
HUSH = np.zeros(round(0.6 * SAMPLE_RATE), np.int16)   # what follows speech
WINDOW, STEP = 3.0, 0.5   # s

CHILD_OF_PROCESS = """
import sys
from emotion_ros.features.opensmile_live import LiveExtraction
import soundfile
extraction = LiveExtraction(sys.argv[1:2])
extraction.write(soundfile.read(sys.argv[2], dtype='int16')[0])
extraction.finish()
extraction.result()
"""


def live(name, samples):
    """Feed while the person speaks and falls silent; give the delay after the end and the values.

    Args:
        name: of the block.
        samples: int16, 16 kHz, one utterance and HUSH.

    Returns:
        Delay [s] and values.

    """
    extractor = VoiceFeatureExtractor([name], segmentation=SEGMENTATION)
    for frame in _in_time(samples, spoken=len(samples) - len(HUSH)):
        ended = time.monotonic()
        for pending in extractor.push(frame):
            if pending.utterance.final:
                values = pending.result().matrices[name]
                return time.monotonic() - ended, values
    raise AssertionError('the utterance did not end')


def fed(name, samples):
    """Feed an utterance while the person speaks; see live."""
    extraction = LiveExtraction([name])
    for frame in _in_time(samples, spoken=len(samples)):
        extraction.write(frame.samples[:, 0])
    ended = time.monotonic()
    extraction.finish()
    values = extraction.result()[name]
    return time.monotonic() - ended, values


def _in_time(samples, *, spoken):
    """Give frames when they are due: the first samples, which are speech, SPEED times as soon."""
    due = time.monotonic()
    for frame in measuring.frames(samples[:, np.newaxis]):
        yield frame
        due += len(frame.samples) / SAMPLE_RATE / (SPEED if frame.first_sample < spoken else 1)
        time.sleep(max(0.0, due - time.monotonic()))


def utterance_of(samples):
    """Cut out the one utterance that emotion_ros hears in sound, as openSMILE gets it."""
    [utterance] = [features.utterance for features in extract(
        measuring.frames(samples[:, np.newaxis]), ['eGeMAPSv02'], segmentation=SEGMENTATION)]
    first = utterance.first_sample
    return DcBlocker().push(samples)[first:first + utterance.duration * SAMPLE_RATE // 10**9]


def smile_of(name):
    """Make the opensmile object for a block of functionals."""
    import opensmile
    return opensmile.Smile(
        feature_set=opensmile.FeatureSet[name],
        feature_level=opensmile.FeatureLevel.Functionals)


def whole(smile, samples):
    """Wait for the end, then compute; see live."""
    begun = time.monotonic()
    values = smile.process_signal(to_float(samples), SAMPLE_RATE).to_numpy()
    return time.monotonic() - begun, values


def window(smile, samples):
    """Compute windows all the time; the delay is that of the last one, had it come at once."""
    step, width = round(STEP * SAMPLE_RATE), round(WINDOW * SAMPLE_RATE)
    ends = [*range(step, len(samples), step), len(samples)]
    for end in ends:
        delay, values = whole(smile, samples[max(0, end - width):end])
    return delay, values


def process(name, path):
    """Start a program for the utterance; see live. The values stay in the program."""
    begun = time.monotonic()
    subprocess.run([sys.executable, '-c', CHILD_OF_PROCESS, name, path], check=True)
    return time.monotonic() - begun, None


def child(way, name, seconds):
    """Measure a way in a process of its own.

    Returns:
        Median delay [s], CPU time an utterance [s], greatest memory [MB], and the first values.

    """
    heard = np.concatenate([measuring.speech(seconds), HUSH])
    samples = utterance_of(heard)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, 'utterance.wav'))
        soundfile.write(path, samples, SAMPLE_RATE)
        subject = {'live': name, 'fed': name, 'process': name}.get(way) or smile_of(name)
        sound = {'live': heard, 'process': path}.get(way, samples)
        work = globals()[way]
        _, values = work(subject, sound)   # the first call loads what is loaded once
        begun = _cpu()
        delays = [work(subject, sound)[0] for _ in range(TIMES)]
        used = (_cpu() - begun) / TIMES
    import resource
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return (float(np.median(delays)), used,
            of_children if way == 'process' else measuring.memory(what='VmHWM'),
            None if values is None else values[0, :20].tolist())


def _cpu():
    import os
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure(_):
    """Compare the ways for both blocks and several lengths."""
    tables = []
    for name in BLOCKS:
        rows = []
        for seconds in SECONDS:
            found = {way: measuring.in_child(way, name, seconds)
                     for way in ('live', 'fed', 'whole', 'window', 'process')}
            assert found['live'][3] == found['fed'][3] == found['whole'][3], 'values differ'
            delay = found['live'][0]
            for way, (took, cpu, most, _) in found.items():
                rows.append([f'{seconds} s, {way}', took / delay, 1000 * took,
                             1000 * cpu / seconds, most])
        tables.append(measuring.Table(
            f'{name}: delay after the end of an utterance',
            ['utterance, way', 'delay / live', 'delay [ms]', 'CPU [ms/s of speech]',
             'memory [MB]'], rows))
    tables[-1].notes += [
        f'Medians of {TIMES}. Speech is fed at {SPEED} times real time, the silence after it in '
        'real time.',
        'The delay of live counts from the frame that ends the utterance, its voice activity '
        'included; that of the others from the end of the utterance, cut as live hears it.',
        'Values of live, fed and whole were compared and are equal, bit for bit.',
        f'To the delay of a window comes the wait for its turn, 0 to {STEP:g} s; and it is '
        f'another vector, of {WINDOW:g} s at most.',
        'The process is this Python with openSMILE alone, without pandas.',
    ]
    return tables


if __name__ == '__main__':
    measuring.run(__doc__, measure, child=child)
