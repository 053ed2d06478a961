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

"""Augmentation: makes studio recordings sound like those of a robot's microphone."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve

from emotion_ros.training import noise
from emotion_ros.training.codecs import CODECS, encode_and_decode
from emotion_ros.training.effects import change_speed, db_to_amplitude, limit_band, mix
from emotion_ros.training.recordings import Recordings
from emotion_ros.training.rooms import GeneratedRooms, MeasuredRooms, SimulatedRooms, reverberate

SPEED = 0.87, 1.15
"""Range of the speed, which also changes the pitch."""

ROOM = 0.6   # probability of a room
KINDS = {SimulatedRooms: 0.5, MeasuredRooms: 0.3, GeneratedRooms: 0.2}
"""Probability of each kind of room, if all of them are available."""

NOISE = 0.75   # probability
SNR = (0.0, 5.0, 10.0, 15.0, 20.0)
"""Default signal-to-noise ratios [dB]."""

TOGETHER = 0.4    # probability that a second noise is added
SECOND = -12, 0   # its level relative to the first [dB]

BANDS = ((0.45, None), (0.40, (0, 5400)), (0.15, (300, 3400)))
"""Probabilities of bands [Hz]: all, that of audio sampled at 11 kHz, that of telephones."""

PEAK = -26, 0   # range of the peak [dBFS]

CODEC = 0.15   # probability


@dataclass(frozen=True)
class Augmentation:
    """Draws speed, room, noise in that room, bandwidth, level and codec.

    Args:
        variant: index of the augmented copy of a recording.
        noise: recordings.Recordings, or None to generate all noise.
        snr: signal-to-noise ratios to draw from [dB].
        rooms: rooms.SimulatedRooms and MeasuredRooms to draw from, besides GeneratedRooms.

    """

    variant: int
    noise: Recordings | None = None
    snr: tuple = SNR
    rooms: tuple = ()

    def settings(self):
        """Give the settings that the result depends on, ready for JSON."""
        return {
            'variant': self.variant, 'noise': self.noise and self.noise.digests,
            'snr': self.snr, 'speed': SPEED, 'bands': BANDS, 'peak': PEAK,
            'probabilities': [ROOM, *KINDS.values(), NOISE, TOGETHER, CODEC],
            'drawn_noise': [*noise.settings(), SECOND], 'codecs': CODECS,
            'rooms': [kind.settings() for kind in self._rooms]}

    @property
    def _rooms(self):
        return (*self.rooms, GeneratedRooms())

    def apply(self, samples, rng):
        """Augment a recording.

        Args:
            samples: float32, one dimension, 16 kHz.
            rng: numpy.random.Generator.

        Returns:
            float32, one dimension.

        """
        samples = change_speed(samples, rng.uniform(*SPEED))
        of_noise = None
        if rng.random() < ROOM:
            of_mouth, of_noise = self.draw_room(rng)
            samples = reverberate(samples, of_mouth)
        if rng.random() < NOISE:
            added = self._draw_noise(len(samples), of_noise, rng)
            samples = mix(samples, added, rng.choice(self.snr))
        band = rng.choice(len(BANDS), p=[probability for probability, _ in BANDS])
        samples = limit_band(samples, BANDS[band][1])
        peak = np.abs(samples).max(initial=0)
        if not peak:   # A-law turns silence into a hum
            return samples
        samples = samples * np.float32(db_to_amplitude(rng.uniform(*PEAK)) / peak)
        if rng.random() < CODEC:
            samples = encode_and_decode(samples, rng.choice(list(CODECS)), rng)
        return samples

    def draw_room(self, rng):
        """Draw the responses of a room, from the mouth and from the noise; float32 each."""
        weights = np.array([KINDS[type(kind)] for kind in self._rooms])
        kind = self._rooms[rng.choice(len(weights), p=weights / weights.sum())]
        return kind.draw(rng)

    def _draw_noise(self, count, response, rng):
        """Draw one or two noises, as the impulse response of their room makes them sound."""
        if not count:
            return np.zeros(0, np.float32)
        before = 0 if response is None else len(response) - 1
        added = noise.draw_noise(self.noise, count + before, rng)
        if rng.random() < TOGETHER:
            second = noise.draw_noise(self.noise, count + before, rng)
            added = mix(added, second, -rng.uniform(*SECOND))
        return fftconvolve(added, response, mode='valid') if before else added
