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

"""Run the pipeline and print a line for each utterance as it is classified.

usage: demo.py --emodb FOLDER       play clips of EMO-DB with pauses between them, then end
       demo.py [--device DEVICE]    listen to a microphone until Ctrl-C
"""

import argparse
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
import tempfile

import numpy as np
import rclpy
from rclpy.executors import ExternalShutdownException
import soundfile

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import TRAILING_SILENCE
from emotion_ros.corpora.registry import read_corpus
from emotion_ros.display.bars import draw_bar
from emotion_ros.errors import EmotionError
from emotion_ros.msg import AudioFrame, EmotionStamped
from emotion_ros.nodes import qos

PAUSE = 0.6      # s, before each clip
ROOM = 30        # standard deviation of the noise in pauses: a quiet room, -61 dB of full scale
PATIENCE = 60    # s, for the sound to begin
BAR = min(9, shutil.get_terminal_size(fallback=(100, 24)).columns // 7 - 4)   # characters


def join(clips, path):
    """Write clips of one rate into one file, each after a pause in a quiet room.

    Returns:
        Time at which each ends [s].

    """
    random = np.random.default_rng(0)
    parts, ends, length = [], [], 0
    for clip in clips:
        samples, rate = soundfile.read(clip, dtype='int16')
        parts += [random.normal(0, ROOM, round(PAUSE * rate)).astype(np.int16), samples]
        length += round(PAUSE * rate) + len(samples)
        ends.append(length / rate)
    samples = np.concatenate(parts)
    soundfile.write(path, samples, rate)
    return ends


def bar(part):
    """Draw a number of 0 to 1 as a bar that fills its column."""
    return draw_bar(part, BAR).ljust(BAR)


class Display:
    """Prints the results; knows when the sound is over.

    Args:
        node: rclpy node to subscribe with.
        end_sample: index of the sample after the last; None if there is none.
        asked: [(time [s] up to which an actor speaks, emotion that was asked for)], in order.

    """

    def __init__(self, node, end_sample, asked=()):
        self._asked = asked
        self.begun = False
        self.over = False
        self.finals = 0
        self._end_sample = end_sample
        self._origin = None   # stamp of the first sample [s]
        self._labels = None
        node.create_subscription(AudioFrame, 'audio', self._audio, qos.AUDIO)
        node.create_subscription(EmotionStamped, 'emotion', self._emotion, qos.RESULTS)

    def _audio(self, message):
        if not self.begun:
            self.begun = True
            if self._end_sample is None:
                print('Listening. Speak; press Ctrl-C to stop.')
            self._origin = seconds(message.header.stamp) - message.first_sample / SAMPLE_RATE
        if self._end_sample is not None:
            self.over = message.first_sample + len(message.data) >= self._end_sample

    def _emotion(self, message):
        if not message.final or self._origin is None:
            return
        self.finals += 1
        if message.labels != self._labels:
            self._labels = message.labels
            asked = f' {"asked for":<9}' if self._asked else ''
            print(f'{"time":>6}{asked} {"heard":<9} conf',
                  *(f'{label:<{BAR}.{BAR}}' for label in message.labels))
        start = seconds(message.header.stamp) - self._origin
        asked = next((f' {emotion:<9}' for end, emotion in self._asked if start < end), '')
        print(f'{start:5.1f}s{asked} {message.emotion:<9} '
              f'{message.confidence:4.2f}', *map(bar, message.probabilities), flush=True)


def seconds(stamp):
    """Turn a Time message into seconds."""
    return stamp.sec + stamp.nanosec / 1e9


def watch(parameters, *, namespace='/', end_sample=None, utterances=0, asked=()):
    """Run the pipeline and show what it says until its sound is over.

    Args:
        parameters: of the pipeline.
        namespace: of its nodes and topics.
        end_sample, asked: see Display.
        utterances: that must be heard at least.

    Returns:
        Exit code.

    """
    rclpy.init()
    node = rclpy.create_node('demo', namespace=namespace)
    display = Display(node, end_sample, asked)
    command = [pipeline(), '--ros-args', '--log-level', 'warn', '-r', f'__ns:={namespace}']
    for name, value in parameters.items():
        command += ['-p', f'{name}:={value}']
    process = subprocess.Popen(command)
    deadline = node.get_clock().now().nanoseconds + PATIENCE * 10**9
    try:
        while not display.over and process.poll() is None:
            rclpy.spin_once(node, timeout_sec=0.1)
            if not display.begun and node.get_clock().now().nanoseconds > deadline:
                print(f'emotion_ros: no sound for {PATIENCE} s', file=sys.stderr)
                return 1
        if process.poll() is None:
            # The last utterance ended in the silence that follows the sound: its result is here
            # or on its way.
            for _ in range(10):
                rclpy.spin_once(node, timeout_sec=0.05)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait()
        rclpy.try_shutdown()
    if process.returncode == 0 and display.finals < utterances:
        print(f'emotion_ros: {display.finals} of {utterances} utterances were heard',
              file=sys.stderr)
        return 1
    return process.returncode


def pipeline():
    """Find the executable of the pipeline."""
    for prefix in os.environ['AMENT_PREFIX_PATH'].split(os.pathsep):
        path = Path(prefix, 'lib', 'emotion_ros', 'emotion_pipeline')
        if path.is_file():
            return str(path)
    sys.exit('emotion_ros: emotion_pipeline is not installed, build the package first')


def main():
    """Read the command line and watch."""
    parser = argparse.ArgumentParser(description='Print the emotion of each utterance.')
    parser.add_argument('--device', default='',
                        help='microphone: its number or a part of its name')
    parser.add_argument('--emodb', metavar='FOLDER', help='clips of EMO-DB to play instead')
    arguments = parser.parse_args()
    if not arguments.emodb:
        return watch({'device': json.dumps(arguments.device)})
    try:
        clips, _ = read_corpus(f'emodb:{arguments.emodb}')
    except EmotionError as error:
        sys.exit(f'emotion_ros: {error}')
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, 'clips.wav'))
        ends = join([clip.path for clip in clips], path)
        asked = [(end, clip.emotion) for end, clip in zip(ends, clips, strict=True)]
        print('Playing actors who were asked for an emotion')
        # The pipeline's own feature_extractor and this program subscribe to the sound. The
        # namespace keeps another demo on the network out.
        return watch({'file': json.dumps(path), 'wait_matching_subscriptions': 2},
                     namespace=f'/demo_{os.getpid()}', utterances=len(clips),
                     asked=asked, end_sample=round((ends[-1] + TRAILING_SILENCE) * SAMPLE_RATE))


if __name__ == '__main__':
    sys.exit(main())
