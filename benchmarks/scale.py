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

"""How the cost grows: with microphones, utterances, features, networks, subscribers, executors."""

from pathlib import Path
import stat
import sys
import tempfile
import time

import numpy as np

from emotion_ros.features.blocks import BLOCKS, LOG_MEL, feature_blocks
from emotion_ros.features.log_mel import LogMel
from emotion_ros.features.opensmile_live import LiveExtraction
from emotion_ros.files.paths import find_model
from emotion_ros.model.backends import LiteRtBackend
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.model.saved_model import read_description
from end_to_end import WAYS, hear, write_talk
import measuring

BAR = 100.0      # ms, p95 that a microphone more may not pass
MICROPHONES = 1, 4, 8, 16
TALK = 12.0      # s that each hears
SECONDS = 1, 5, 15
TIMES = 5
SUBSCRIBERS = 1, 32
BOTH = 'ComParE_2016', 'ComParE_2016_lld'
EXECUTORS = {
    'EventsExecutor': 'rclpy.experimental.EventsExecutor',
    'SingleThreadedExecutor': 'rclpy.executors.SingleThreadedExecutor',
    'MultiThreadedExecutor': 'rclpy.executors.MultiThreadedExecutor',
}
PIPELINE_ON = """#!{python}
import rclpy.executors, rclpy.experimental, sys
from emotion_ros.nodes import emotion_pipeline, run
run.Executor = {executor}
sys.exit(emotion_pipeline.main())
"""


def microphones(folder):
    """Start pipelines, a namespace each, until the delay passes the bar."""
    talk = folder / 'talk.wav'
    write_talk(talk, TALK)
    rows = []
    for count in MICROPHONES:
        found = hear(WAYS['composed'], talk, copies=count)
        p50, p95, _ = found.percentiles()
        rows.append([count, p50, p95, 100 * sum(found.cpu), sum(found.memory),
                     len(found.delays)])
        if p95 > BAR:
            break
    measuring.compare(rows, 2)
    return measuring.Table(
        f'Microphones on this machine, until p95 passes {BAR:g} ms',
        ['microphones', 'p95 / one', 'p50 [ms]', 'p95 [ms]', 'CPU [% of a core]', 'memory [MB]',
         'utterances'], rows,
        ['One emotion_pipeline for each, all hearing somebody speak at the same moments. An '
         'utterance that ends before the listener has found the node is not counted.'])


def lengths():
    """Measure a result for utterances of several lengths."""
    classifier = EmotionClassifier(find_model())
    names = classifier.description.features
    backend = LiteRtBackend(
        find_model(), feature_blocks(names), classifier.description.litert_sha256)
    rows = []
    for seconds in SECONDS:
        cpu, end, values = _extraction(names, seconds)
        network = _median(lambda: backend.run(values))
        rows.append([f'{seconds} s', 1000 * network, 1000 * end, 1000 * cpu / seconds,
                     sum(block.nbytes for block in values.values()) / 1000])
    measuring.compare(rows, 1)
    return measuring.Table(
        f'Length of an utterance, {", ".join(names)} and the default model',
        ['utterance', 'network / 1 s', 'network [ms]', 'end of features [ms]',
         'CPU of features [ms/s]', 'VoiceFeatures [kB]'], rows,
        ['The network runs, and features end, during the silence that ends the utterance, so only '
         'an utterance that is cut while the person speaks waits for them.'])


def features():
    """Measure blocks of features on the same utterance."""
    rows = []
    for names in (*([name] for name in BLOCKS), BOTH):
        cpu, delay, values = _extraction(names, 5)
        rows.append([' and '.join(names), 1000 * cpu / 5, 1000 * delay,
                     sum(block.size for block in values.values())])
    measuring.compare(rows, 1)
    return measuring.Table(
        'Features, 5 s of speech',
        ['blocks', 'CPU / first', 'CPU [ms/s]', 'end of openSMILE [ms]', 'values'], rows)


def networks(folder):
    """Measure the default model, and networks on openSMILE untrained, which costs the same."""
    return measuring.Table(
        'Networks, 5 s of speech, LiteRT',
        ['network', 'time / default', 'time [ms]', 'file [MB]'],
        measuring.in_child('networks', str(folder)))


def child(_, folder):
    """Make and measure the networks, in a process with TensorFlow in it."""
    values = [_extraction(BOTH, seconds)[2] for seconds in (1, 2, 5)]
    spectrogram = _extraction([LOG_MEL], 5)[2]
    from emotion_ros.training.export import save_network
    from emotion_ros.training.network import NETWORKS, calibrated
    rows = [['default model', *_measured(
        find_model(), feature_blocks([LOG_MEL]), spectrogram,
        read_description(find_model()).litert_sha256)]]
    for name, kind in NETWORKS.items():
        path = Path(folder, name)
        path.mkdir()
        sha256 = save_network(calibrated(kind.build(BOTH, values, 7), 1.0), path)
        rows.append([name, *_measured(path, feature_blocks(BOTH), values[-1], sha256)])
    measuring.compare(rows, 1)
    return rows


def _measured(folder, blocks, values, sha256):
    """Give the time of a network [ms] and the size of its file [MB]."""
    backend = LiteRtBackend(folder, blocks, sha256)
    return [1000 * _median(lambda: backend.run(values)),
            (Path(folder) / 'model.tflite').stat().st_size / 1e6]


def subscribers(folder):
    """Let several listen to /emotion."""
    talk = folder / 'talk.wav'
    rows = []
    for count in SUBSCRIBERS:
        found = hear(WAYS['composed'], talk, listeners=count)
        p50, p95, _ = found.percentiles()
        rows.append([count, 100 * sum(found.cpu), p50, p95])
    measuring.compare(rows, 1)
    return measuring.Table(
        'Subscribers to /emotion in another process',
        ['subscribers', 'CPU / one', 'CPU of the pipeline [% of a core]', 'p50 [ms]', 'p95 [ms]'],
        rows)


def executors(folder):
    """Run the pipeline on other executors."""
    talk = folder / 'talk.wav'
    rows = []
    for name, executor in EXECUTORS.items():
        path = folder / 'emotion_pipeline'
        path.write_text(PIPELINE_ON.format(python=sys.executable, executor=executor))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        found = hear((str(path),), talk)
        p50, p95, _ = found.percentiles()
        rows.append([name, 100 * sum(found.cpu), p50, p95, sum(found.memory)])
    measuring.compare(rows, 1)
    return measuring.Table(
        'Executors for the pipeline',
        ['executor', 'CPU / first', 'CPU [% of a core]', 'p50 [ms]', 'p95 [ms]', 'memory [MB]'],
        rows, ['The nodes use the first where ROS has it.'])


def _extraction(names, seconds):
    """Extract while speech comes; give CPU time, time from its end [s], and {block: values}."""
    samples = measuring.speech(seconds)
    found = []
    for _ in range(TIMES):
        used = time.process_time()
        spectrogram = LogMel()
        if LOG_MEL in names:
            spectrogram.push(samples)
        extraction = LiveExtraction([name for name in names if name != LOG_MEL])
        extraction.write(samples)
        time.sleep(0.1 * seconds)   # openSMILE is ten times faster than speech
        ended = time.monotonic()
        extraction.finish()
        values = extraction.result()
        if LOG_MEL in names:
            values[LOG_MEL] = spectrogram.values()
        found.append((time.process_time() - used, time.monotonic() - ended))
    return *np.median(found, axis=0).tolist(), values


def _median(work):
    times = []
    for _ in range(4 * TIMES):
        begun = time.monotonic()
        work()
        times.append(time.monotonic() - begun)
    return float(np.median(times))


def measure(_):
    """Measure one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [microphones(folder), lengths(), features(), networks(folder),
                subscribers(folder), executors(folder)]


if __name__ == '__main__':
    measuring.run(__doc__, measure, child=child)
