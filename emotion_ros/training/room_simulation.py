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

"""Simulation of rooms by pyroomacoustics: a robot, a person speaking, and a source of noise."""

from dataclasses import dataclass

import joblib
import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.errors import packages_of
from emotion_ros.process.signals import deferred_interrupts

LENGTH, WIDTH, HEIGHT = (3.0, 8.0), (2.5, 6.0), (2.3, 3.2)
"""Ranges from which the sides of a room are drawn [m]."""

MICROPHONE_HEIGHT = 0.3, 1.3   # of robots [m]
MOUTH_HEIGHT = 1.0, 1.8   # of people sitting or standing [m]
NOISE_HEIGHT = 0.2, 2.1   # [m]
TO_WALL = 0.3   # minimum distance of everything from a wall [m]
APART = 1.0   # minimum distance of the noise from the mouth [m]; half of it from the microphone

OCTAVES = 125, 250, 500, 1000, 2000, 4000, 8000   # center frequencies [Hz]
_ABSORPTION = {   # fraction of the energy that is absorbed in each octave
    'plaster': (.02, .02, .03, .03, .04, .05, .05),
    'gypsum board': (.28, .12, .06, .05, .06, .08, .08),
    'brick': (.03, .03, .03, .04, .05, .07, .07),
    'window': (.33, .24, .18, .12, .07, .04, .04),
    'parquet': (.06, .05, .06, .06, .06, .07, .07),
    'linoleum': (.02, .02, .03, .03, .04, .04, .04),
    'carpet': (.03, .07, .16, .36, .58, .65, .66),
    'sofa': (.20, .37, .55, .65, .62, .58, .58),
    'curtain': (.12, .33, .53, .70, .70, .65, .65),
    'shelf': (.30, .38, .38, .32, .28, .22, .20)}
_WALLS = 'plaster', 'gypsum board', 'brick', 'window'
_FLOORS = 'parquet', 'linoleum', 'carpet'
_FURNITURE = 'sofa', 'curtain', 'shelf'
_SURFACES = 'east', 'west', 'north', 'south', 'ceiling', 'floor'
_MAX_FURNITURE = 0.85   # maximum fraction of a surface that furniture covers

SCATTERING = 0.1, 0.6   # fraction of the reflected energy that is scattered
IMAGE_ORDER = 4   # reflections up to this order are image sources; later ones are traced as rays
RAYS = 800


@dataclass(frozen=True)
class RoomPlan:
    """Which rooms to simulate.

    Args:
        count: number of rooms.
        seed: of the draw: room i of two plans is the same if only their distances differ.
        distance: range of the distance from mouth to microphone [m]; equal bounds for a fixed one.
        reverberation_time: range of the time that furniture is chosen for, at 0.5 to 1 kHz [s].

    """

    count: int
    seed: int
    distance: tuple = (0.3, 4.0)
    reverberation_time: tuple = (0.2, 0.8)

    def settings(self):
        """Return what the rooms depend on, ready for JSON."""
        return {'version': 1, 'count': self.count, 'seed': self.seed, 'distance': self.distance,
                'reverberation_time': self.reverberation_time, 'order': IMAGE_ORDER, 'rays': RAYS}


def simulate_rooms(plan, jobs=-1):
    """Simulate rooms.

    Args:
        plan: RoomPlan.
        jobs: number of processes; -1 for one per core.

    Returns:
        For each room, the responses from the mouth and from the noise to the microphone: two
        float32 arrays of one dimension, 16 kHz, including the propagation time of the sound.

    Raises:
        EmotionError: pyroomacoustics is missing.

    """
    with packages_of('requirements-train.txt'):
        import pyroomacoustics  # noqa: F401
    with deferred_interrupts():
        rooms = joblib.Parallel(n_jobs=jobs, return_as='generator')(
            joblib.delayed(_simulate)(plan, index) for index in range(plan.count))
    return list(rooms)


def _simulate(plan, index):
    import pyroomacoustics
    rng = np.random.default_rng([plan.seed, index])
    time = rng.uniform(*plan.reverberation_time)
    share = rng.random()   # position between the bounds of the distance, on a logarithmic scale
    near, far = plan.distance
    sides, microphone, mouth, noise = draw_places(near * (far / near) ** share, rng)
    scattering = rng.uniform(*SCATTERING)
    materials = {
        surface: pyroomacoustics.Material(
            {'coeffs': absorption, 'center_freqs': OCTAVES}, scattering=scattering)
        for surface, absorption in zip(_SURFACES, draw_absorption(sides, time, rng), strict=True)}
    pyroomacoustics.random.seed(numpy=int(rng.integers(2**31)))
    room = pyroomacoustics.ShoeBox(
        sides, fs=SAMPLE_RATE, materials=materials, max_order=IMAGE_ORDER, ray_tracing=True,
        air_absorption=True)
    room.set_ray_tracing(n_rays=RAYS, receiver_radius=0.3, energy_thres=1e-6)
    for place in (mouth, noise):
        room.add_source(place)
    room.add_microphone(microphone)
    room.compute_rir()
    return [np.asarray(response, np.float32) for response in room.rir[0]]


def draw_places(distance, rng):
    """Draw a room and the positions in it.

    Args:
        distance: from the mouth to the microphone [m].
        rng: numpy.random.Generator.

    Returns:
        Sides of the room, and positions of microphone, mouth and noise: shape (3,) each [m].

    """
    while True:
        sides = np.array([rng.uniform(*bounds) for bounds in (LENGTH, WIDTH, HEIGHT)])
        low, high = np.full(2, TO_WALL), sides[:2] - TO_WALL
        microphone = np.append(rng.uniform(low, high), rng.uniform(*MICROPHONE_HEIGHT))
        mouth_height = rng.uniform(*MOUTH_HEIGHT)
        across = distance ** 2 - (mouth_height - microphone[2]) ** 2
        angle = rng.uniform(0, 2 * np.pi)
        noise = np.append(rng.uniform(low, high), rng.uniform(*NOISE_HEIGHT))
        if across < 0:
            continue
        mouth = np.append(
            microphone[:2] + np.sqrt(across) * np.array([np.cos(angle), np.sin(angle)]),
            mouth_height)
        if ((mouth[:2] > low) & (mouth[:2] < high)).all() and (
                min(np.linalg.norm(noise - mouth), 2 * np.linalg.norm(noise - microphone))
                > APART):
            return sides, microphone, mouth, noise


def draw_absorption(sides, time, rng):
    """Draw the materials of a room, and add furniture to reach a reverberation time.

    Args:
        sides: of the room, shape (3,) [m].
        time: for a decay of 60 dB at 0.5 to 1 kHz [s], as far as furniture can achieve it.
        rng: numpy.random.Generator.

    Returns:
        Fraction of the energy that is absorbed: float64, shape (6, octaves), from east to floor.

    """
    bare = np.array([_ABSORPTION[name] for name in (
        *rng.choice(_WALLS, 4, p=(.4, .25, .2, .15)), rng.choice(_WALLS[:2]),
        rng.choice(_FLOORS))])
    furniture = rng.dirichlet([1, 1, 1]) @ np.array([_ABSORPTION[name] for name in _FURNITURE])
    x, y, z = sides
    area = np.array([y * z, y * z, x * z, x * z, x * y, x * y])
    needed = 1 - np.exp(-0.161 * np.prod(sides) / (time * area.sum()))   # Eyring
    middle = slice(OCTAVES.index(500), OCTAVES.index(1000) + 1)
    now = (area @ bare / area.sum())[middle].mean()
    hidden = np.clip((needed - now) / (furniture[middle].mean() - now), 0, _MAX_FURNITURE)
    # Furniture covers more of a surface that is easier to reach; a ceiling stays mostly bare.
    reach = np.array([1, 1, 1, 1, 0.2, 1.5]) * rng.uniform(0.6, 1.4, 6)
    part = np.clip(hidden * reach * area.sum() / (area @ reach), 0, _MAX_FURNITURE)[:, np.newaxis]
    return (1 - part) * bare + part * furniture
