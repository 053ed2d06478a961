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

"""Rooms for recordings: generated, measured and simulated impulse responses.

Each kind has a method `draw` that returns two responses of a room: from the mouth, and from a
source of noise elsewhere. The direct sound is at LEAD and has an energy of 1.
"""

from dataclasses import dataclass
from functools import lru_cache
import hashlib
import json
import logging
from pathlib import Path

import numpy as np
from scipy.signal import fftconvolve
import soxr

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import SoundFile
from emotion_ros.errors import ArgumentError
from emotion_ros.files.paths import expanded
from emotion_ros.training.cache import write_arrays
from emotion_ros.training.recordings import Recordings, read_recordings
from emotion_ros.training.room_simulation import RoomPlan, simulate_rooms

_LOGGER = logging.getLogger(__name__)

LEAD = 16
"""Samples of a response before the direct sound."""

DIRECT = 40   # samples from the start to the end of the direct sound
_ONSET = 0.25   # minimum of the direct sound, as a fraction of the maximum

REVERBERATION_TIME = 0.15, 0.7
"""Range of the time in which generated tails decay by 60 dB [s]."""

DIRECT_TO_REVERBERANT = -3, 12   # range of the energy ratio, for generated tails [dB]

MAX_REVERBERATION_TIME = 1.2
"""Maximum decay time (60 dB) of measured rooms [s]; larger rooms are unusual for a robot."""

MAX_DURATION = 1.5   # maximum length of a response [s]

TRAINING_SEED = 1
"""Seed of the simulated rooms for training."""

EVALUATION_SEED = 2
"""Seed of the simulated rooms for evaluation."""


def normalize_response(response):
    """Cut a response so that its direct sound is at LEAD, and scale that to an energy of 1.

    Args:
        response: float, one dimension, 16 kHz, not silent.

    Returns:
        float32, one dimension, without the end whose energy is 60 dB below the total.

    """
    loud = np.abs(response)
    onset = int(np.argmax(loud >= _ONSET * loud.max()))
    aligned = np.pad(response, (LEAD, 0))[onset:onset + round(MAX_DURATION * SAMPLE_RATE)]
    aligned = aligned.astype(np.float64)
    left = np.cumsum(aligned[::-1] ** 2)[::-1]
    aligned = aligned[:max(DIRECT, int(np.sum(left > 1e-6 * left[0])))]
    return (aligned / np.sqrt(np.sum(aligned[:DIRECT] ** 2))).astype(np.float32)


def reverberation_time(response):
    """Estimate the time for a decay of 60 dB from the decay between -5 and -25 dB [s].

    Args:
        response: float, one dimension, 16 kHz, not silent.

    """
    left = np.cumsum(response[::-1].astype(np.float64) ** 2)[::-1]
    first, last = (int(np.sum(left > left[0] * ratio)) for ratio in (10 ** -0.5, 10 ** -2.5))
    return 3 * (last - first) / SAMPLE_RATE


def reverberate(samples, response):
    """Put a recording into a room.

    Args:
        samples: float32, one dimension, 16 kHz.
        response: of the room.

    Returns:
        float32 of the same length; the direct sound does not move.

    """
    if not len(samples):
        return samples
    return fftconvolve(samples, response)[LEAD:LEAD + len(samples)].astype(np.float32)


@dataclass(frozen=True)
class GeneratedRooms:
    """Direct sound and exponentially decaying noise."""

    def settings(self):
        """Return what the responses depend on, ready for JSON."""
        return {'generated': [REVERBERATION_TIME, DIRECT_TO_REVERBERANT]}

    def draw(self, rng):
        """Draw the responses of a room: two float32 arrays of one dimension."""
        time = rng.uniform(*REVERBERATION_TIME)
        return [generated_response(time, rng.uniform(*DIRECT_TO_REVERBERANT), rng)
                for _ in range(2)]


def generated_response(time, ratio, rng):
    """Generate the response of a room.

    Args:
        time: for a decay of 60 dB [s].
        ratio: energy of the direct sound relative to that of the tail [dB].
        rng: numpy.random.Generator.

    Returns:
        float32, one dimension.

    """
    count = round(time * SAMPLE_RATE)
    response = np.zeros(LEAD + count)
    tail = rng.normal(size=count) * 10 ** (-3 * np.arange(count) / count)
    response[LEAD:] = tail / np.sqrt(np.sum(tail ** 2) * 10 ** (ratio / 10))
    response[LEAD] = 1
    return response.astype(np.float32)


@dataclass(frozen=True)
class MeasuredRooms:
    """Measured responses.

    Args:
        recordings: Recordings of the responses.

    """

    recordings: Recordings

    def settings(self):
        """Return what the responses depend on, ready for JSON."""
        return {'measured': self.recordings.digests}

    def digests(self):
        """Return the digest of each file, shortened as in model.yaml, for evaluation to compare."""
        return [digest[:16] for digest in self.recordings.digests]

    def names(self):
        """Return {digest: file name}."""
        return dict(zip(self.digests(), (path.name for path in self.recordings.paths), strict=True))

    def draw(self, rng):
        """Draw two of the files, and a channel of each; see GeneratedRooms.draw."""
        paths = self.recordings.paths
        channels = [_read_channels(paths[index])
                    for index in rng.choice(len(paths), 2, replace=len(paths) < 2)]
        return [responses[rng.integers(len(responses))] for responses in channels]


@lru_cache(maxsize=256)
def _read_channels(path):
    """Read the responses in the channels of a file."""
    file = SoundFile(path)
    samples = soxr.resample(np.concatenate(list(file.blocks())), file.sample_rate, SAMPLE_RATE)
    return [normalize_response(channel) for channel in samples.T if channel.any()]


def read_impulse_responses(paths, *, argument='impulse_responses',
                           max_time=MAX_REVERBERATION_TIME):
    """Read measured impulse responses; those of halls are left out, which is logged.

    Args:
        paths: of audio files, and of folders with audio files.
        argument: name of the argument that they come from, for errors.
        max_time: maximum reverberation time [s]; None for any.

    Returns:
        MeasuredRooms.

    Raises:
        EmotionError: a file is missing, broken or silent, or all responses are those of halls.

    """
    found = read_recordings(paths, argument=argument, min_duration=DIRECT / SAMPLE_RATE)
    if max_time is None:
        return MeasuredRooms(found)
    small = [index for index, path in enumerate(found.paths)
             if reverberation_time(_read_channels(path)[0]) <= max_time]
    if len(small) < len(found.paths):
        _LOGGER.info(f'left out {len(found.paths) - len(small)} of {len(found.paths)} '
                     f'impulse responses, with a reverberation time above {max_time:g} s')
    if not small:
        raise ArgumentError(argument, 'must have at least one reverberation time of at most '
                            f'{max_time:g} s, got none')
    return MeasuredRooms(found.select(small))


@dataclass(frozen=True)
class SimulatedRooms:
    """Simulated responses in a file.

    Args:
        path: of the file.
        digest: of its content.

    """

    path: Path
    digest: str

    def settings(self):
        """Return what the responses depend on, ready for JSON."""
        return {'simulated': self.digest}

    def draw(self, rng):
        """Draw the responses of a room; see GeneratedRooms.draw."""
        rooms = _read_bank(self.path)[0]
        return rooms[rng.integers(len(rooms))]


def simulated_rooms(plan, cache, jobs=-1):
    """Return simulated rooms: from the cache, or new ones, which are added to it.

    A machine without pyroomacoustics can use the rooms in the cache.

    Args:
        plan: room_simulation.RoomPlan.
        cache: folder.
        jobs: number of processes; -1 for one per core.

    Returns:
        SimulatedRooms.

    Raises:
        EmotionError: pyroomacoustics is missing, or the cache cannot be written.

    """
    key = hashlib.sha256(json.dumps(plan.settings(), sort_keys=True).encode()).hexdigest()
    path = expanded(cache) / f'rooms-{key[:16]}.npz'
    try:
        digest = _read_bank(path)[1]
    except Exception:   # missing or broken: zipfile may raise anything
        _LOGGER.info(f'simulating {plan.count} rooms')
        responses = [normalize_response(response) for room in simulate_rooms(plan, jobs)
                     for response in room]
        write_arrays(path, {
            'samples': np.concatenate(responses),
            'ends': np.cumsum([len(response) for response in responses])})
        digest = _read_bank(path)[1]
    return SimulatedRooms(path, digest)


def training_rooms(count, cache, jobs=-1):
    """Return `count` rooms for training; see simulated_rooms."""
    return simulated_rooms(RoomPlan(count, TRAINING_SEED), cache, jobs)


@lru_cache(maxsize=8)
def _read_bank(path):
    """Return the responses, [(of the mouth, of the noise)], and their digest."""
    with np.load(path, allow_pickle=False) as file:
        samples, ends = file['samples'], file['ends']
    responses = np.split(samples, ends[:-1])
    digest = hashlib.sha256(samples.tobytes() + ends.tobytes()).hexdigest()
    return list(zip(responses[::2], responses[1::2], strict=True)), digest
