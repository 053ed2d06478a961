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

"""A microphone array in a room with noise: the direction that it finds, what it gains, its cost.

Rooms are simulated (image sources; reverberation time 0.3 to 0.6 s): somebody speaks 1, 2 or 3 m
away, the noise comes from another side, and several microphones hear both: four on a circle of
65 mm (diameter), or those of --array. The clips are those of speakers that the model was not
trained on, each in one of the rooms, after noise alone; voice activity, direction, sound and
emotion are found as the nodes find them.
"""

from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass
import math
import sys
import time

import numpy as np
from scipy.signal import fftconvolve

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.power import frame_power
from emotion_ros.audio.resampler import to_float, to_int16
from emotion_ros.corpora.duplicates import with_digests
from emotion_ros.corpora.registry import read_corpus
from emotion_ros.errors import packages_of
from emotion_ros.evaluation.leakage import TrainedOn
from emotion_ros.files.paths import find_model
from emotion_ros.metrics import unweighted_average_recall
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline.pipeline import Pipeline
from emotion_ros.speech.segmenter import Segmentation
from emotion_ros.training.training_clips import read_training_clips
import measuring

RADIUS = 0.0325   # of the circle [m]
CIRCLE = [RADIUS * value for angle in np.arange(4) * math.pi / 2
          for value in (math.cos(angle), math.sin(angle), 0.0)]

DISTANCES = 1.0, 2.0, 3.0
"""From the mouth to the array [m]; one after the other, a room each."""

REVERBERATION_TIME = 0.3, 0.6   # s
SIDES = (4.0, 3.5, 2.4), (8.0, 6.0, 3.0)   # least and greatest of a room [m]
APART = math.pi / 4   # least angle between the voice and the noise
TO_WALL = 0.3         # of anything [m]
MAX_RESPONSE = 0.8    # s

BEFORE, AFTER = 2.0, 1.6
"""Noise alone before and after a clip [s]; the second is longer than any hang-over."""

RIGHT = 10   # degrees within which a direction is right
CERTAIN = 0.5, 0.8   # certainties between which directions are counted


@dataclass(frozen=True)
class Room:
    """A simulated room.

    Args:
        responses: from the mouth and from the noise, float64, shape (2, microphones, samples).
        azimuth: of the mouth [rad].
        distance: of the mouth [m].

    """

    responses: np.ndarray
    azimuth: float
    distance: float


def simulate(count, seed, positions):
    """Simulate rooms.

    Args:
        count: of rooms.
        seed: of what is drawn; the same one draws the same rooms for all microphones.
        positions: of the microphones, float, shape (microphones, 3) [m].

    Returns:
        [Room].

    """
    rng = np.random.default_rng(seed)
    return [_room(DISTANCES[number % len(DISTANCES)], positions, rng) for number in range(count)]


def _room(distance, positions, rng):
    with packages_of('requirements-train.txt'):
        import pyroomacoustics
    while True:
        sides = rng.uniform(*SIDES)
        center = np.append(rng.uniform(0.8, sides[:2] - 0.8), rng.uniform(0.5, 1.3))
        azimuth = rng.uniform(-math.pi, math.pi)
        aside = azimuth + rng.choice([-1, 1]) * rng.uniform(APART, math.pi)
        mouth = center + _away(azimuth, distance, np.clip(
            rng.uniform(1.2, 1.8) - center[2], -0.5, 0.8))
        noise = center + _away(aside, rng.uniform(1.2, 3.0), rng.uniform(-0.3, 0.6))
        if all(((place > TO_WALL) & (place < sides - TO_WALL)).all() for place in (mouth, noise)):
            break
    absorption, order = pyroomacoustics.inverse_sabine(rng.uniform(*REVERBERATION_TIME), sides)
    room = pyroomacoustics.ShoeBox(
        sides, fs=SAMPLE_RATE, materials=pyroomacoustics.Material(absorption),
        max_order=min(order, 60))
    turn = rng.uniform(-math.pi, math.pi)   # of the array, so that no axis is a wall's
    places = positions @ np.array([
        [math.cos(turn), math.sin(turn), 0], [-math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    room.add_microphone_array((center + places).T)
    for place in (mouth, noise):
        room.add_source(place)
    room.compute_rir()
    responses = np.zeros((2, len(places), round(MAX_RESPONSE * SAMPLE_RATE)))
    for microphone, found in enumerate(room.rir):
        for source, response in enumerate(found):
            response = response[:responses.shape[2]]
            responses[source, microphone, :len(response)] = response
    return Room(responses, math.remainder(azimuth - turn, math.tau), distance)


def _away(azimuth, distance, height):
    """Give the vector to a place at an azimuth, so far away and so much higher [m]."""
    across = math.sqrt(max(distance ** 2 - height ** 2, 0.1))
    return np.array([across * math.cos(azimuth), across * math.sin(azimuth), height])


def put_into(room, samples, noise, ratio, rng):
    """Put a clip and noise into a room.

    Args:
        room: Room.
        samples: of the clip, float, one dimension.
        noise: a long recording, float, one dimension.
        ratio: of the voice, while it is loud, to the noise at the first microphone [dB].
        rng: numpy.random.Generator.

    Returns:
        int16, shape (samples, microphones).

    """
    before, tail = round(BEFORE * SAMPLE_RATE), room.responses.shape[2]
    voice = np.pad(samples, (before, round(AFTER * SAMPLE_RATE)))
    begin = rng.integers(len(noise) - len(voice) - tail)
    piece = noise[begin:begin + len(voice) + tail]
    heard, around = room.responses
    voice = np.stack([fftconvolve(voice, response)[:len(voice)] for response in heard], axis=1)
    piece = np.stack([fftconvolve(piece, response)[tail:tail + len(voice)]
                      for response in around], axis=1)
    power = frame_power(voice[before:before + len(samples), 0])
    loud = power[power > 1e-3 * power.max()].mean()
    piece *= math.sqrt(loud / 10 ** (ratio / 10) / np.mean(piece[:, 0] ** 2))
    return to_int16((voice + piece) * 0.05 / math.sqrt(loud))


class Way:
    """One way to hear: what it found in the clips so far.

    Args:
        classifier: model.classifier.EmotionClassifier.
        channels: function that takes the samples of all microphones to those that are heard.
        array: geometry.MicrophoneArray, or None for a single microphone.

    """

    def __init__(self, classifier, channels, array=None):
        self._classifier = classifier
        self._channels = channels
        self._array = array
        self.labels = []        # index of the most probable one, -1 where no speech was found
        self.directions = []    # (azimuth, certainty) of the longest utterance, or None
        self.cpu = 0.0          # s

    def hear(self, samples):
        """Hear a clip: int16, shape (samples, microphones)."""
        begun = time.process_time()
        probabilities, longest = 0.0, None
        with Pipeline(self._classifier, array=self._array,
                      segmentation=Segmentation(interim_interval=0.0)) as pipeline:
            for frame in measuring.frames(self._channels(samples)):
                for features, emotion in pipeline.push(frame):
                    utterance = features.utterance
                    if utterance.final:
                        probabilities += utterance.duration * np.asarray(emotion.probabilities)
                        if longest is None or utterance.duration > longest.duration:
                            longest = utterance
        self.cpu += time.process_time() - begun
        self.labels.append(-1 if longest is None else int(np.argmax(probabilities)))
        self.directions.append(longest and (longest.azimuth, longest.azimuth_certainty))


def measure(arguments):
    """Measure; give the tables."""
    classifier = EmotionClassifier(arguments.model)
    labels = classifier.description.labels
    known = TrainedOn(classifier.description, read_training_clips(arguments.model))
    clips = with_digests([clip for corpus in arguments.corpus for clip in read_corpus(corpus)[0]
                          if clip.emotion in labels])
    with redirect_stdout(sys.stderr):
        clips = known.without_known(clips, Counter())
    rng = np.random.default_rng(arguments.seed)
    clips = [clips[index] for index in rng.permutation(len(clips))[:arguments.clips]]
    noise = to_float(measuring.sound(arguments.noise))
    positions = MicrophoneArray.select(arguments.array or CIRCLE).positions
    array = MicrophoneArray.select(positions.ravel().tolist())   # without channels of other sound
    rooms = simulate(arguments.rooms, arguments.seed, positions)
    ways = {
        'one microphone': Way(classifier, lambda samples: samples[:, :1]),
        f'mean of the {len(positions)}': Way(classifier, lambda samples: samples),
        'array': Way(classifier, lambda samples: samples, array)}
    targets, places, seconds = [], [], 0.0
    for index, clip in enumerate(clips):
        room = rooms[index % len(rooms)]
        samples = put_into(room, to_float(measuring.sound(clip.path)), noise, arguments.snr, rng)
        targets.append(labels.index(clip.emotion))
        places.append(room)
        seconds += len(samples) / SAMPLE_RATE
        for way in ways.values():
            way.hear(samples)
    return [_directions(ways['array'].directions, places),
            _emotions(ways, np.array(targets), seconds, arguments)]


def _directions(found, rooms):
    """Make the table of directions, by distance and by certainty."""
    table = measuring.Table(
        f'Direction, utterances whose azimuth is within {RIGHT} degrees',
        ['', 'utterances', 'within', 'median error [degrees]'], [],
        ['Of each clip the longest utterance, and what it was said to be at its end. Without a '
         'direction it is wrong, and not in the median.'])
    heard = [(room.distance, abs(math.degrees(math.remainder(one[0] - room.azimuth, math.tau))),
              one[1]) for one, room in zip(found, rooms) if one is not None]
    distances, errors, certainties = np.array(heard).T
    low, high = CERTAIN
    for name, inside in {
            'all': np.full(len(heard), True),
            **{f'{distance:g} m': distances == distance for distance in DISTANCES},
            f'certainty below {low}': certainties < low,
            f'{low} to {high}': (certainties >= low) & (certainties < high),
            f'above {high}': certainties >= high}.items():
        count = int(inside.sum())
        table.rows.append([name, count, float(np.mean(errors[inside] <= RIGHT)) if count else None,
                           float(np.nanmedian(errors[inside])) if count else None])
    return table


def _emotions(ways, targets, seconds, arguments):
    """Make the table of what each way is worth, and costs."""
    return measuring.Table(
        f'Emotion in noise of {arguments.snr:g} dB from another side',
        ['heard by', 'UAR', 'clips without speech', 'CPU [% of a core]'],
        [[name, unweighted_average_recall(targets, np.array(way.labels)),
          int(np.sum(np.array(way.labels) < 0)), 100 * way.cpu / seconds]
         for name, way in ways.items()],
        [f'{len(targets)} clips in {arguments.rooms} rooms. A clip without speech is wrong.',
         'The sound comes without ROS, and holds the noise before and after each clip.'])


def add_arguments(parser):
    """Add what this benchmark needs."""
    parser.add_argument('--corpus', action='append', required=True, metavar='NAME:PATH',
                        help='corpus to take clips from; may be given several times')
    parser.add_argument('--noise', required=True, metavar='FILE', help='a long recording of noise')
    parser.add_argument('--model', default=str(find_model()), metavar='DIR')
    parser.add_argument('--clips', type=int, default=10 ** 6, metavar='N', help='clips, at most')
    parser.add_argument('--rooms', type=int, default=30, metavar='N', help='(default: %(default)s)')
    parser.add_argument('--array', metavar='NAME',
                        help='microphones, by a name in config/arrays.yaml')
    parser.add_argument('--snr', type=float, default=5.0, metavar='DB',
                        help='voice to noise at a microphone (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, metavar='N', help='(default: %(default)s)')


if __name__ == '__main__':
    measuring.run(__doc__, measure, add_arguments=add_arguments)
