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

"""Utterances in rooms and noise that are drawn anew each time, on whatever Keras runs on.

Augmented copies (augmentation.Augmentation) are few, and each is computed once; an encoder that is
trained needs more than that. What is drawn is much the same, without level and codec.
"""

from dataclasses import dataclass

import keras
from keras import ops
import numpy as np

from emotion_ros.arrays import Float32, Int16
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.power import FRAME as POWER_FRAME
from emotion_ros.features.log_mel import (
    BANDS as MEL_BANDS,
    FLOOR,
    FRAME,
    HOP,
    WINDOW,
    mel_filters,
    sample_count,
)
from emotion_ros.training.augmentation import (
    BANDS,
    NOISE,
    ROOM,
    SECOND,
    SPEED,
    TOGETHER,
    Augmentation,
)
from emotion_ros.training.effects import db_to_amplitude
from emotion_ros.training.noise import (
    COLORED,
    CORNER,
    PIVOT,
    SLOPE,
    SPEED as NOISE_SPEED,
    SWELL,
    TILT,
)
from emotion_ros.training.rooms import LEAD

BEFORE = 8000       # samples of the utterance before a piece, whose echoes reach into it
RESPONSE = 18000    # samples of impulse responses that are kept
ROOMS = 512         # that are drawn for all scenes
NOISE_DURATION = 60   # of a recording that is used, at most [s]
_SWELLS = 8         # points of time between which the level of noise changes
_ORDER = 16         # of the slopes beside a band, as a power of the frequency
_TAPS = 4           # samples that one between them is interpolated from


@dataclass(frozen=True)
class Sources:
    """What scenes are made of.

    Args:
        responses: float32, shape (rooms, 2, RESPONSE): of the mouth and of the noise, see
            rooms.GeneratedRooms.draw.
        noise: float32, shape (samples,), 16 kHz, up to NOISE_DURATION of each recording, one after
            the other, all of the same loudness; None to generate all noise.
        snr: signal-to-noise ratios to draw from [dB].

    """

    responses: Float32
    noise: Float32 | None
    snr: tuple[float, ...]

    @classmethod
    def drawn(cls, augmentation: Augmentation, seed: int) -> 'Sources':
        """Take the noise of an Augmentation, and draw from its rooms."""
        rng = np.random.default_rng(seed)
        rooms = [[_fitted(response) for response in augmentation.draw_room(rng)]
                 for _ in range(ROOMS)]
        recordings = augmentation.noise
        noise = None
        if recordings is not None:
            found = [recordings.read(index)[:NOISE_DURATION * SAMPLE_RATE]
                     for index in range(len(recordings.paths))]
            noise = np.concatenate(
                [samples / max(np.sqrt(np.mean(samples ** 2)), 1e-6) for samples in found])
        return cls(np.array(rooms, np.float32), noise, tuple(augmentation.snr))


def _fitted(response):
    return np.pad(response[:RESPONSE], (0, max(RESPONSE - len(response), 0)))


def pieces(utterances: list[Int16], frames: int, changed: float,
           rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw a piece of each utterance, and its speed.

    Args:
        utterances: int16, one dimension, 16 kHz.
        frames: of a piece; of a shorter utterance all is taken.
        changed: part of the pieces that are changed; the others are as they were recorded.
        rng: numpy.random.Generator.

    Returns:
        Inputs of Scenes: 'audio', int16, shape (utterances, samples), silent where the utterance
        has not begun yet; 'speed', float32; 'missing', float32, frames before the utterance; and
        'changed', float32, 0 or 1; shape (utterances, 1) each.

    """
    count = sample_count(frames)
    width = int((BEFORE + count) * SPEED[1]) + _TAPS
    audio = np.zeros((len(utterances), width), np.int16)
    chosen = rng.random(len(utterances)) < changed
    speed = np.where(chosen, rng.uniform(*SPEED, len(utterances)), 1)
    missing = np.zeros(len(utterances))
    for index, samples in enumerate(utterances):
        longer = len(samples) / speed[index] - count
        missing[index] = min(np.ceil(max(-longer, 0) / HOP), frames - 1)
        start = rng.integers(int(longer) + 1) if longer > 0 else -missing[index] * HOP
        first = int(np.floor((start - BEFORE) * speed[index]))
        taken = samples[max(first, 0):first + width]
        audio[index, max(-first, 0):max(-first, 0) + len(taken)] = taken
    return {'audio': audio, **{
        name: np.asarray(values, np.float32)[:, np.newaxis]
        for name, values in (('speed', speed), ('missing', missing), ('changed', chosen))}}


@dataclass(frozen=True)
class _Draws:
    """Draws a value for each scene of a batch, shape (batch, width)."""

    batch: keras.KerasTensor
    seed: keras.random.SeedGenerator

    def uniform(self, low, high):
        return keras.random.uniform((self.batch, 1), low, high, seed=self.seed)

    def chance(self, probability):
        return ops.cast(self.uniform(0.0, 1.0) < probability, 'float32')

    def normal(self, width):
        return keras.random.normal((self.batch, width), seed=self.seed)

    def index(self, count):
        return keras.random.randint((self.batch, 1), 0, count, seed=self.seed)


class Scenes(keras.layers.Layer):
    """Puts pieces of utterances into scenes, and computes their spectrograms.

    Args:
        sources: Sources.
        frames: of a piece.
        seed: of what is drawn.

    """

    def __init__(self, sources: Sources, frames: int, seed: int, **kwargs):
        super().__init__(trainable=False, dtype='float32', **kwargs)
        self._frames, self._snr = frames, np.array(sources.snr, np.float32)
        self._width = BEFORE + sample_count(frames)
        self._size = 1 << int(np.ceil(np.log2(self._width + RESPONSE)))
        self._random = keras.random.SeedGenerator(seed)
        self._responses = self._kept('responses', sources.responses)
        self._noise = None if sources.noise is None else self._kept('noise', sources.noise)
        self._frequencies = np.fft.rfftfreq(self._size, 1 / SAMPLE_RATE).astype(np.float32)

    def _kept(self, name, values):
        return self.add_weight(name=name, shape=values.shape, trainable=False,
                               initializer=lambda shape, dtype: ops.convert_to_tensor(
                                   values, dtype))

    def call(self, audio, speed, missing, changed):
        """Compute; inputs as of `pieces`.

        Returns:
            float32, (batch, frames, MEL_BANDS), log-mel; NaN before an utterance.

        """
        draws = _Draws(ops.shape(audio)[0], self._random)
        samples = self._at_speed(ops.cast(audio, 'float32'), speed)
        spectrum = self._spectrum(samples)
        in_room = draws.chance(ROOM) * changed
        of_mouth, of_noise = self._draw_room(draws)
        spectrum = _choose(in_room, _times(spectrum, of_mouth), spectrum)
        samples = self._samples(spectrum)[:, :self._width]
        noise = self._draw_noise(draws)
        noise = self._samples(_choose(in_room, _times(noise, of_noise), noise))
        noise = _with_unit_power(noise[:, -self._width:])
        ratio = ops.take(self._snr, draws.index(len(self._snr)))
        level = _active_level(samples) * db_to_amplitude(-ratio)
        samples = samples + draws.chance(NOISE) * changed * level * noise
        band = 1 + changed * (self._draw_band(draws) - 1)
        real, imaginary = self._spectrum(samples)
        samples = self._samples((real * band, imaginary * band))[:, BEFORE:self._width]
        found = _log_mel(ops.round(samples), self._frames)
        there = ops.arange(self._frames, dtype='float32')[None, :, None] >= missing[:, :, None]
        return ops.where(there, found, float('nan'))

    def compute_output_shape(self, audio_shape, speed_shape, missing_shape, changed_shape):
        """Give the shape of the spectrograms."""
        return audio_shape[0], self._frames, MEL_BANDS

    def _spectrum(self, samples):
        return ops.rfft(ops.pad(samples, [[0, 0], [0, self._size - samples.shape[1]]]))

    def _samples(self, spectrum):
        return ops.irfft(spectrum, fft_length=self._size)

    def _at_speed(self, audio, speed):
        """Interpolate (cubic, Lagrange) at times that lie `speed` samples apart."""
        places = ops.arange(self._width, dtype='float32')[None] * speed
        before = ops.floor(places)
        part = places - before
        weights = (-part * (part - 1) * (part - 2) / 6,
                   (part + 1) * (part - 1) * (part - 2) / 2,
                   -(part + 1) * part * (part - 2) / 2,
                   (part + 1) * part * (part - 1) / 6)
        first = ops.cast(before, 'int32') - 1
        last = audio.shape[1] - 1
        return sum(weight * ops.take_along_axis(audio, ops.clip(first + tap, 0, last), axis=1)
                   for tap, weight in enumerate(weights))

    def _draw_room(self, draws):
        """Draw the spectra of the responses of a room; the direct sound does not move."""
        rooms = draws.index(self._responses.shape[0])[:, 0]
        back = (2 * np.pi * LEAD / SAMPLE_RATE * self._frequencies).astype(np.float32)
        responses = ops.take(self._responses, rooms, axis=0)
        return [_times(self._spectrum(responses[:, source]), (np.cos(back), np.sin(back)))
                for source in range(2)]

    def _draw_noise(self, draws):
        """Draw the spectra of one or two noises, together."""
        first, second = self._draw_one_noise(draws), self._draw_one_noise(draws)
        share = draws.chance(TOGETHER) * db_to_amplitude(draws.uniform(*map(float, SECOND)))
        return tuple(one + share * other for one, other in zip(first, second, strict=True))

    def _draw_one_noise(self, draws):
        white = draws.normal(self._size)
        corner = ops.exp(draws.uniform(*np.log(CORNER).tolist()))
        found = self._tilted(white, -draws.uniform(*map(float, SLOPE)), corner, corner)
        if self._noise is not None:
            recorded = self._tilted(
                self._draw_recorded(draws), draws.uniform(*map(float, TILT)), CORNER[0], PIVOT)
            generated = draws.chance(COLORED)
            found = generated * found + (1 - generated) * recorded
        swells = draws.normal(_SWELLS)
        places = np.linspace(0, _SWELLS - 1, self._size)
        between = np.maximum(0, 1 - np.abs(places - np.arange(_SWELLS)[:, np.newaxis]))
        levels = ops.matmul(swells * draws.uniform(*map(float, SWELL)),
                            between.astype(np.float32))
        return self._spectrum(_with_unit_power(found * db_to_amplitude(levels)))

    def _draw_recorded(self, draws):
        count = self._noise.shape[0]
        start = draws.uniform(0.0, float(count))
        steps = ops.arange(self._size, dtype='float32')[None] * draws.uniform(*NOISE_SPEED)
        before = ops.floor(steps)
        part = steps - before
        first = ops.cast(before, 'int32') + ops.cast(start, 'int32')
        return ((1 - part) * ops.take(self._noise, first % count)
                + part * ops.take(self._noise, (first + 1) % count))

    def _tilted(self, samples, slope, corner, pivot):
        """Tilt, see effects.tilt, and bring to the same loudness."""
        real, imaginary = ops.rfft(samples)
        gains = ops.power(ops.maximum(self._frequencies, corner) / pivot,
                          slope / float(20 * np.log10(2)))
        return _with_unit_power(self._samples((real * gains, imaginary * gains)))

    def _draw_band(self, draws):
        """Draw the gain of each frequency."""
        drawn, gains, passed = draws.uniform(0.0, 1.0), 0.0, 0.0
        for probability, band in BANDS:
            low, high = band or (0, SAMPLE_RATE)
            frequencies = np.maximum(self._frequencies.astype(np.float64), 1)
            gain = 1 / np.sqrt((1 + (frequencies / high) ** _ORDER)
                               * (1 + (low / frequencies) ** _ORDER))
            there = ops.cast((drawn >= passed) & (drawn < passed + probability), 'float32')
            gains = gains + there * gain.astype(np.float32)
            passed += probability
        return gains


def _times(one, other):
    """Multiply complex numbers, given as real and imaginary part."""
    return one[0] * other[0] - one[1] * other[1], one[0] * other[1] + one[1] * other[0]


def _choose(chosen, one, other):
    return tuple(chosen * first + (1 - chosen) * second
                 for first, second in zip(one, other, strict=True))


def _with_unit_power(samples):
    power = ops.mean(ops.square(samples), axis=1, keepdims=True)
    return samples / ops.sqrt(power + 1e-12)


def _active_level(samples):
    """Compute the level of the loud parts, see effects.active_level."""
    count = samples.shape[1] // POWER_FRAME
    power = ops.mean(ops.square(ops.reshape(
        samples[:, :count * POWER_FRAME], (-1, count, POWER_FRAME))), axis=2)
    loud = ops.cast(power >= 0.01 * ops.max(power, axis=1, keepdims=True), 'float32')
    return ops.sqrt(ops.sum(power * loud, axis=1, keepdims=True)
                    / ops.sum(loud, axis=1, keepdims=True))


def _log_mel(samples, frames):
    """Compute spectrograms as features.log_mel.LogMel does."""
    places = np.arange(frames)[:, np.newaxis] * HOP + np.arange(FRAME)
    real, imaginary = ops.rfft(ops.take(samples, places, axis=1) * WINDOW.astype(np.float32))
    power = ops.square(real) + ops.square(imaginary)
    bands = ops.matmul(power, mel_filters().T.astype(np.float32))
    return ops.log10(ops.maximum(bands, FLOOR))
