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

"""A day of sound, faster than real time, through the real nodes in one process.

Scenes of some seconds (speech at several levels, monologues, noise, silence, frames that are lost,
late or doubled, other rates) are heard in changing order until the day is over. Each was heard
alone before, without ROS; whenever it comes, each message must be the same, bit for bit.

Ends with exit code 1 and a line that says why, when something is lost or differs, or when memory,
threads or open files grow.
"""

import argparse
from collections import Counter
import json
import os
import sys
import threading
import time

import numpy as np
import rclpy
from rclpy.serialization import deserialize_message, serialize_message

from emotion_ros.audio.mono_stream import CHANGED, GAPS, LATE_FRAMES, LOST
from emotion_ros.features.extractor import TRUNCATED, UTTERANCES
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.msg import AudioFrame, EmotionStamped, VoiceFeatures
from emotion_ros.nodes import emotion_classifier, feature_extractor, qos
from emotion_ros.nodes.memory import keep_flat
from emotion_ros.nodes.messages import frame_to_message
from emotion_ros.nodes.run import Executor
import measuring
from soak_scenes import make_scenes

AHEAD = 150
"""Frames that may be on their way: fewer than a writer keeps."""

PATIENCE = 60.0
"""A result that has not come after this much [s] is lost."""

ALLOWED = {'memory [MB]': 20, 'threads': 0, 'open files': 0}
"""How much may be added from the end of the warm-up on."""

EXTRACTOR_COUNTS = (
    feature_extractor.MALFORMED, LATE_FRAMES, *GAPS, UTTERANCES, TRUNCATED,
    feature_extractor.SKIPPED, feature_extractor.DROPPED, feature_extractor.FAILED)
CLASSIFIER_COUNTS = (
    emotion_classifier.MALFORMED, emotion_classifier.SKIPPED, emotion_classifier.DROPPED)


def as_sent(message):
    """Give the content of a message as it is after it was sent, every bit of it, as text.

    As text, NaN equals itself; in a serialized message, the bytes between fields may be anything.
    """
    return repr(deserialize_message(serialize_message(message), type(message)))


def state():
    """Tell what the process holds."""
    return {'memory [MB]': round(measuring.memory(), 1),
            'threads': len(os.listdir('/proc/self/task')),
            'open files': len(os.listdir('/proc/self/fd'))}


def _kind(result):
    """Name what a result is: final, interim or pause."""
    return 'final' if result.final else 'pause' if result.paused else 'interim'


class Soak:
    """The nodes of emotion_pipeline on one executor, with a made source in place of the sound card.

    A context manager.

    Args:
        classifier: model.classifier.EmotionClassifier that gives the name of the model.

    """

    def __init__(self, classifier):
        self._model = classifier.model
        self._features, self._emotions = [], []
        self._pushed = 0     # frames
        self._slot = 0       # where the next scene begins
        self._format = None  # of the scene before
        self.expected = Counter()
        self.found = Counter()
        self.troubles = Counter()

    def __enter__(self):
        rclpy.init(args=['--ros-args', '--log-level', 'error'])
        self._executor = Executor()
        self._over = threading.Event()
        place = {'namespace': f'soak_{os.getpid()}'}   # nobody else publishes there
        self._classifier = emotion_classifier.EmotionClassifier(**place)
        self._extractor = feature_extractor.FeatureExtractor(**place)
        self._node = rclpy.create_node('soak', **place)
        self._publisher = self._node.create_publisher(AudioFrame, 'audio', qos.AUDIO)
        for message_type, topic, heard in ((VoiceFeatures, 'voice_features', self._features),
                                           (EmotionStamped, 'emotion', self._emotions)):
            self._node.create_subscription(message_type, topic, heard.append, qos.RESULTS)
        for node in (self._classifier, self._extractor):
            self._executor.add_node(node)
            node.autostart()
        self._executor.add_node(self._node)
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()
        assert self._until(lambda: self._publisher.get_subscription_count() == 1)
        return self

    def _spin(self):
        while not self._over.is_set():
            self._executor.spin_once(timeout_sec=0.5)   # as nodes.run does

    def __exit__(self, *_):
        for node in (self._extractor, self._classifier):
            node.close()
        self._over.set()
        self._thread.join()
        self._executor.shutdown()
        rclpy.shutdown()

    def hear(self, scene):
        """Let the nodes hear a scene and compare what they answer."""
        self._expect(scene)
        slot, utterance = self._slot, self.expected[UTTERANCES] - scene.utterances
        for frame in scene.frames_from(slot):
            self._publisher.publish(frame_to_message(frame, 'soak'))
            self._pushed += 1
            if self._pushed % AHEAD == 0:
                self._until(self._is_heard)
        self._until(self._is_heard)
        self._until(lambda: len(self._features) >= len(scene.answers)
                    and len(self._emotions) >= scene.emotions)
        self._compare(list(scene.messages_from(slot, utterance=utterance, model=self._model)))
        self._slot += scene.slots

    def _is_heard(self):
        return self._extractor.counts[feature_extractor.FRAMES] >= self._pushed

    def _until(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            for node in (self._extractor, self._classifier):
                if node.fault is not None:
                    raise node.fault
            if time.monotonic() > deadline:
                return False
            time.sleep(0.001)
        return True

    def _expect(self, scene):
        self.expected += scene.counts
        if self._format is not None:   # each scene but the first begins with a gap
            self.expected[LOST if self._format == scene.format else CHANGED] += 1
        self._format = scene.format
        for features, _ in scene.answers:
            self.expected[_kind(features.utterance)] += 1

    def _compare(self, expected):
        features, emotions = self._features[:], self._emotions[:]
        self._features.clear()
        self._emotions.clear()
        for message in features:
            self.found[_kind(message)] += 1
            self.found[TRUNCATED] += message.truncated
        for message in emotions:
            self.found[UTTERANCES] += message.final
            self.found['emotion', message.emotion] += message.final
        for name, heard, wanted in (('features', features, [pair[0] for pair in expected]),
                                    ('emotions', emotions, [pair[1] for pair in expected
                                                            if pair[1] is not None])):
            self.troubles[f'{name} lost'] += max(0, len(wanted) - len(heard))
            self.troubles[f'{name} that nobody spoke'] += max(0, len(heard) - len(wanted))
            self.troubles[f'{name} that differ'] += sum(
                as_sent(one) != as_sent(other) for one, other in zip(heard, wanted))

    def finish(self):
        """Compare what the nodes counted with what was pushed."""
        for node, names in ((self._extractor, EXTRACTOR_COUNTS),
                            (self._classifier, CLASSIFIER_COUNTS)):
            for name in names:
                self.troubles[f'{name}, counted otherwise than pushed'] += abs(
                    node.counts[name] - self.expected[name])
        self.troubles['frames lost'] = (
            self._pushed - self._extractor.counts[feature_extractor.FRAMES])
        self._compare([])


def soak(seconds, seed, *, say):
    """Hear so much sound.

    Args:
        seconds: of sound; whole scenes, so a little more is heard.
        seed: of the random numbers.
        say: function that takes a line of progress for each hour of sound.

    Returns:
        What is reported.

    """
    generator = np.random.default_rng(seed)
    states = {'start': state()}
    classifier = EmotionClassifier(find_model())
    scenes = make_scenes(generator)
    begun = time.monotonic()
    for scene in scenes:
        scene.hear_alone(classifier)
    alone = time.monotonic() - begun
    # Warm is what has heard each scene, and a tenth of the sound.
    warm = max(seconds / 10, sum(scene.duration for scene in scenes))
    heard, hours, times, order = 0.0, 0, Counter(), []
    with Soak(classifier) as running:
        begun = time.monotonic()
        while heard < seconds:
            order = order or [scenes[number] for number in generator.permutation(len(scenes))]
            scene = order.pop()
            running.hear(scene)
            heard += scene.duration
            times[scene.name] += 1
            for name, since in (('warm', warm), ('middle', (warm + seconds) / 2)):
                if heard >= since and name not in states:
                    states[name] = state()
            if heard // 3600 > hours:
                hours = heard // 3600
                say(f'{hours:.0f} h of sound, {heard / (time.monotonic() - begun):.0f} times real '
                    f'time, {state()["memory [MB]"]} MB')
        running.finish()
        wall = time.monotonic() - begun
        states['end'] = state()
    states.setdefault('warm', states['end'])   # too short to tell
    troubles = [f'{name}: {count}' for name, count in running.troubles.items() if count]
    for name, allowed in ALLOWED.items():
        more = states['end'][name] - states['warm'][name]
        if more > allowed:
            troubles.append(f'{name} grew by {more:g} since the warm-up, allowed is {allowed}')
    return {
        'sound [h]': heard / 3600,
        'wall time [s]': wall,
        'times real time': heard / wall,
        'scenes alone, before [s]': alone,
        'scenes': dict(times),
        'utterances in': running.expected[UTTERANCES],
        'utterances out': running.found[UTTERANCES],
        'truncated': running.found[TRUNCATED],
        'final results': running.found['final'],
        'interim results': running.found['interim'],
        'emotions': {name[1]: count for name, count in running.found.most_common()
                     if name[0] == 'emotion' and count},
        'frames late or doubled': running.expected[LATE_FRAMES],
        'gaps': sum(running.expected[name] for name in GAPS),
        'states': states,
        'troubles': troubles,
    }


def show(report):
    """Print a report for people."""
    for name, value in report.items():
        if name == 'states':
            print(f'{"":32}' + ''.join(f'{moment:>10}' for moment in value))
            for row in ALLOWED:
                print(f'{row:32}' + ''.join(f'{held[row]:10}' for held in value.values()))
        elif isinstance(value, dict):
            print(f'{name}:')
            for key, count in value.items():
                print(f'    {key:28}{count:10}')
        elif name != 'troubles':
            print(f'{name:32}{value:10.{2 * isinstance(value, float)}f}')


def main():
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    length = parser.add_mutually_exclusive_group()
    length.add_argument('--hours', type=float, default=24.0, help='of sound, default %(default)s')
    length.add_argument('--minutes', type=float, help='of sound')
    parser.add_argument('--seed', type=int, default=0, help='of the random numbers')
    parser.add_argument('--json', action='store_true', help='print the report as JSON')
    arguments = parser.parse_args()
    keep_flat()   # as nodes.run does
    seconds = 60 * arguments.minutes if arguments.minutes else 3600 * arguments.hours
    report = soak(seconds, arguments.seed, say=lambda line: print(line, file=sys.stderr))
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        show(report)
    if report['troubles']:
        print('soak failed: ' + '; '.join(report['troubles']), file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
