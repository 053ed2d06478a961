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

"""Conditions of additional tests: noise, distance and rooms."""

from dataclasses import dataclass, replace
from pathlib import Path

from emotion_ros.errors import ArgumentError
from emotion_ros.training.effects import mix
from emotion_ros.training.noise import recorded_noise
from emotion_ros.training.recordings import Recordings
from emotion_ros.training.room_simulation import RoomPlan
from emotion_ros.training.rooms import (
    EVALUATION_SEED,
    MeasuredRooms,
    SimulatedRooms,
    read_impulse_responses,
    reverberate,
    simulated_rooms,
)

SIMULATED = 40
"""Number of rooms for each distance; all distances use the same rooms."""

REVERBERATION_TIME = 0.3, 0.6
"""Range of the reverberation time of these rooms [s]: furnished living rooms."""


@dataclass(frozen=True)
class InNoise:
    """Mixes noise into a recording at a fixed ratio.

    Args:
        noise: recordings.Recordings.
        snr: level of the speech relative to that of the noise [dB].

    """

    noise: Recordings
    snr: float

    def settings(self):
        """Return what the result depends on, ready for JSON."""
        return {'noise': self.noise.digests, 'snr': self.snr}

    def apply(self, samples, rng):
        """Change a recording.

        Args:
            samples: float32, one dimension, 16 kHz.
            rng: numpy.random.Generator.

        Returns:
            float32, one dimension.

        """
        return mix(samples, recorded_noise(self.noise, len(samples), rng), self.snr)


@dataclass(frozen=True)
class InRoom:
    """Puts a recording into a random room.

    Args:
        rooms: rooms.MeasuredRooms or SimulatedRooms.

    """

    rooms: MeasuredRooms | SimulatedRooms

    def settings(self):
        """Return what the result depends on, ready for JSON."""
        return {'room': self.rooms.settings()}

    def apply(self, samples, rng):
        """Change a recording; see InNoise.apply."""
        return reverberate(samples, self.rooms.draw(rng)[0])


@dataclass(frozen=True)
class Condition:
    """A condition in which clips are tested.

    Args:
        group: 'snr', 'distance' or 'rooms': the option that requests it, and the key in the
            report.
        value: signal-to-noise ratio [dB], distance [m], or the name of the rooms.
        change: InNoise or InRoom.

    """

    group: str
    value: float | str
    change: InNoise | InRoom

    @property
    def written(self):
        """The value as in the option and the report."""
        return self.value if isinstance(self.value, str) else f'{self.value:g}'

    def facts(self):
        """Return the facts for the report, as plain values."""
        if self.group == 'snr':
            return {'noise_for_the_test': self.change.noise.names()}
        if self.group == 'rooms':
            return {f'rooms_of_{self.value}': list(self.change.rooms.names().values())}
        return {'simulated_rooms_for_the_test': f'{SIMULATED}, with a reverberation time of '
                f'{REVERBERATION_TIME[0]:g} to {REVERBERATION_TIME[1]:g} s'}

    def select(self, indices):
        """Keep some of the measured rooms, by their indices."""
        rooms = self.change.rooms
        return replace(self, change=InRoom(replace(
            rooms, recordings=rooms.recordings.select(indices))))

    def __str__(self):
        return {'snr': 'in noise, {:g} dB', 'distance': 'at {:g} m', 'rooms': 'in rooms of {}'}[
            self.group].format(self.value)


def in_noise(noise, ratios):
    """Create a Condition for each signal-to-noise ratio [dB]."""
    return [Condition('snr', ratio, InNoise(noise, ratio)) for ratio in ratios]


def at_distances(distances, cache, jobs):
    """Create a Condition for each distance; its rooms are simulated unless they are in the cache.

    Args:
        distances: float [m].
        cache, jobs: see rooms.simulated_rooms.

    Raises:
        EmotionError: see rooms.simulated_rooms.

    """
    return [Condition('distance', distance, InRoom(simulated_rooms(
        RoomPlan(SIMULATED, EVALUATION_SEED, (distance, distance), REVERBERATION_TIME),
        cache, jobs))) for distance in sorted(set(distances))]


def in_rooms(paths):
    """Create a Condition for each path of measured impulse responses, named after the path.

    Raises:
        EmotionError: see rooms.read_impulse_responses, or two have the same name.

    """
    found = {}
    for path in paths:
        name = Path(path).resolve().stem
        if name in found:
            raise ArgumentError('rooms', f'must have different names, got {name!r} twice')
        found[name] = Condition('rooms', name, InRoom(
            read_impulse_responses([path], argument='rooms', max_time=None)))
    return list(found.values())
