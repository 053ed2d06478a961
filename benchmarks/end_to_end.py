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

"""The nodes: from the end of speech to /emotion in another process, and what they cost.

The delay is the time of receipt less the stamp of the last speech and the hang-over, the silence
that tells that speech is over. So it holds all that the package adds: the rest of the frame, voice
activity, features, the network, and ROS in between.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
import os
from pathlib import Path
import sys
import tempfile
import time

import numpy as np
from rclpy.clock import ClockType
import soundfile

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.msg import EmotionStamped
from emotion_ros.nodes import qos
from emotion_ros.nodes.feature_extractor import PARAMETERS
import measuring

sys.path.append(str(Path(__file__).resolve().parents[1] / 'test'))
from harness import Executable, Listener, nanoseconds  # noqa: E402
from plane_waves import CIRCLE, plane_wave  # noqa: E402

THREE = 'emotion_classifier', 'feature_extractor', 'audio_capture'
WAYS = {'composed': ('emotion_pipeline',), 'three nodes': THREE}
READY = {'emotion_pipeline': 'playing', 'emotion_classifier': 'ready',
         'feature_extractor': 'ready', 'audio_capture': 'playing'}

DEFAULTS = {parameter.name: parameter.default for parameter in PARAMETERS}
SPOKEN = 1.0, 2.0, 4.0   # s of speech in turn
PAUSE = 0.8              # s without speech before each
QUIET_ROOM = 30          # standard deviation of its noise, int16
LOUD_ROOM = 1500
SIDE = 0.7               # azimuth of the talk, for an array [rad]
IDLE = 12.0              # s


@dataclass
class Heard:
    """What was found while nodes heard a file.

    Args:
        start: time from the start of the processes until all were ready [s].
        delays: of each utterance [s].
        early: answers at pauses, each (the message, when it came [ns]).
        finals: final answers, likewise.
        cpu: part of a core, by process.
        memory: at the end [MB], by process.

    """

    start: float = 0.0
    delays: list = field(default_factory=list)
    early: list = field(default_factory=list)
    finals: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    memory: list = field(default_factory=list)

    def percentiles(self):
        """Give p50, p95 and p99 of the delays [ms]."""
        if not self.delays:
            return [None] * 3
        return [1000 * float(value) for value in np.quantile(self.delays, [0.5, 0.95, 0.99])]


def write_talk(path, seconds, room=QUIET_ROOM, *, array=False):
    """Write so much sound: speech of several lengths with pauses between, in a room.

    With an array, four microphones hear it from a side, each with noise of its own.
    """
    speech = measuring.speech(2 * seconds + max(SPOKEN))
    pause = np.zeros(round(PAUSE * SAMPLE_RATE), np.int16)
    parts, place, number = [pause], 0, 0
    while sum(map(len, parts)) < seconds * SAMPLE_RATE:
        length = round(SPOKEN[number % len(SPOKEN)] * SAMPLE_RATE)
        parts += [speech[place:place + length], pause]
        place, number = place + length, number + 1
    talk = np.concatenate(parts)
    _write_in_room(path, plane_wave(talk, SIDE) if array else talk[:, np.newaxis], room)


def write_quiet(path, seconds, *, array=False):
    """Write so much of a quiet room; see write_talk."""
    _write_in_room(path, np.zeros((round(seconds * SAMPLE_RATE), 4 if array else 1)), QUIET_ROOM)


def _write_in_room(path, samples, room):
    heard = samples + np.random.default_rng(0).normal(0, room, samples.shape)
    soundfile.write(path, np.clip(heard, -32768, 32767).astype(np.int16), SAMPLE_RATE)


def hear(executables, path, *, seconds=None, settle=0.0, copies=1, listeners=1, **parameters):
    """Let nodes hear a file in real time.

    Args:
        executables: that make the way from the file to /emotion.
        path: of the file.
        seconds: to listen [s]; None until the file is over.
        settle: time after the start that is not measured [s].
        copies: times that all is started, each in a namespace, at once.
        listeners: subscribers to the emotion of each copy.
        parameters: of the nodes.

    Returns:
        Heard.

    """
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    names = [f'/benchmark_{os.getpid()}_{number}' for number in range(copies)]
    found = Heard()
    with ExitStack() as stack:
        listener = stack.enter_context(Listener())
        clock = listener.node.get_clock()
        assert clock.clock_type == ClockType.ROS_TIME

        def receive(message):
            received = clock.now().nanoseconds
            (found.finals if message.final else found.early).append((message, received))
            if message.final:
                end = nanoseconds(message.header.stamp) + nanoseconds(message.duration)
                silence = DEFAULTS['hang_over'] - DEFAULTS['post_roll']
                found.delays.append((received - end) / 1e9 - silence)

        for name in names:
            for number in range(listeners):
                listener.node.create_subscription(
                    EmotionStamped, f'{name}/emotion', receive if number == 0 else _ignore,
                    qos.RESULTS)
        begun = time.monotonic()
        processes = []
        for name in names:
            for executable in executables:
                given = parameters | ({} if executable in THREE[:2] else {'file': str(path)})
                processes.append((executable, stack.enter_context(
                    Executable(executable, '-r', f'__ns:={name}', **given))))
        for executable, process in processes:
            process.wait_for(READY[Path(executable).name], timeout=120)
        found.start = time.monotonic() - begun
        time.sleep(settle)
        pids = [process.process.pid for _, process in processes]
        before, begun = [measuring.cpu_time(pid) for pid in pids], time.monotonic()
        if seconds is None:
            for executable, process in processes:
                if READY[Path(executable).name] == 'playing':
                    process.wait_for('end of', timeout=600)
        else:
            time.sleep(seconds)
        took = time.monotonic() - begun
        found.cpu = [(measuring.cpu_time(pid) - first) / took for pid, first in zip(pids, before)]
        found.memory = [measuring.memory(pid) for pid in pids]
    return found


def early_answers(found):
    """Compare the answers at pauses with the final ones; give the Table.

    Args:
        found: Heard, where the parameter early is true and interim_interval is 0.

    """
    early = {(message.utterance, nanoseconds(message.duration)): (message, received)
             for message, received in found.early}
    pairs = [(early.get((message.utterance, nanoseconds(message.duration))), (message, received))
             for message, received in found.finals]
    pairs = [pair for pair in pairs if pair[0]]
    sooner = [(final[1] - first[1]) / 1e6 for first, final in pairs]
    same = sum(first[0].probabilities == final[0].probabilities for first, final in pairs)
    low, median = np.quantile(sooner, [0.05, 0.5]).tolist() if sooner else (None, None)
    return measuring.Table(
        'Answers at the pause, with the parameter early',
        ['utterances', 'answered early', 'of these equal to the final one', 'sooner p50 [ms]',
         'sooner p5 [ms]', 'pauses after which the person went on'],
        [[len(found.finals), len(pairs), same, median, low, len(found.early) - len(pairs)]],
        ['An utterance that is cut while the person speaks has no pause at its end.'])


def _ignore(message):
    pass


def _write_sounds(folder, seconds, array):
    """Write talk, talk in noise and a quiet room; give their paths."""
    paths = [Path(folder, f'{name}_{array}.wav') for name in ('talk', 'loud', 'quiet')]
    write_talk(paths[0], seconds, array=array)
    write_talk(paths[1], seconds, LOUD_ROOM, array=array)
    write_quiet(paths[2], 2 * IDLE, array=array)
    return paths


def measure(arguments):
    """Compare one process with three, one microphone with four, and LiteRT with TensorFlow."""
    with tempfile.TemporaryDirectory() as folder:
        sounds = {array: _write_sounds(folder, arguments.seconds, array)
                  for array in (False, True)}
        delays, costs, starts = [], [], {}
        ways = {**{way: (executables, False) for way, executables in WAYS.items()},
                'composed, array of four': (WAYS['composed'], True)}
        for way, (executables, array) in ways.items():
            talk, loud, quiet = sounds[array]
            parameters = {'channel': 'all', 'array': CIRCLE} if array else {}
            speaking = hear(executables, talk, **parameters)
            idle = hear(executables, quiet, seconds=IDLE, settle=2.0, **parameters)
            starts[way] = idle.start
            delays.append([way, *speaking.percentiles(), max(speaking.delays) * 1000,
                           len(speaking.delays)])
            costs.append([way, 100 * sum(idle.cpu), 100 * sum(speaking.cpu),
                          100 * sum(hear(executables, loud, **parameters).cpu),
                          sum(speaking.memory),
                          ' + '.join(f'{memory:.0f}' for memory in speaking.memory)])
        talk, _, quiet = sounds[False]
        first = hear(WAYS['composed'], talk, early=True, interim_interval=0.0)
        starts['composed, TensorFlow'] = hear(
            WAYS['composed'], quiet, seconds=0, backend='tensorflow').start
    measuring.compare(delays, 1)
    measuring.compare(costs, 2)
    return [
        measuring.Table(
            'From the end of speech to /emotion, without the hang-over',
            ['way', 'p50 / composed', 'p50 [ms]', 'p95 [ms]', 'p99 [ms]', 'greatest [ms]',
             'utterances'], delays,
            [f'Utterances of {", ".join(f"{length:g}" for length in SPOKEN)} s in real time, the '
             'default parameters.']),
        early_answers(first),
        measuring.Table(
            'What the nodes cost',
            ['way', 'speaking / composed', 'idle [% of a core]', 'speaking [% of a core]',
             'speaking in noise [% of a core]', 'memory [MB]', 'of the processes [MB]'], costs,
            ['Processes share parts of their memory, which is counted for each.']),
        measuring.Table(
            'From the start of the processes to ready',
            ['way', 'start / composed', 'start [s]'],
            [[way, start / starts['composed'], start] for way, start in starts.items()]),
    ]


def _add_arguments(parser):
    parser.add_argument('--seconds', type=float, default=40.0,
                        help='of sound for each way, default %(default)s')


if __name__ == '__main__':
    measuring.run(__doc__, measure, add_arguments=_add_arguments)
