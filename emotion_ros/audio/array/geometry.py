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

"""Where the microphones of an array are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
import math
from numbers import Real
from typing import Any

import numpy as np
import yaml

from emotion_ros.arrays import Bool, Complex128, Float, Float64
from emotion_ros.audio.frame import MAX_CHANNELS, Frame
from emotion_ros.errors import ArgumentError
from emotion_ros.files.paths import share

SPEED_OF_SOUND = 343.0
"""In air at 20 degrees Celsius [m/s]."""

MIN_SPACING, MAX_SPACING = 0.001, 1.0
"""Minimum and maximum distance between two microphones [m]."""


@dataclass(frozen=True, eq=False)
class MicrophoneArray:
    """The microphones of one device.

    Args:
        positions: of the microphones [m], float64, shape (microphones, 3), in the coordinate frame
            frame_id of the audio (REP-103: x forward, y left, z up).
        channels: channel of each microphone, in the order of the positions.
        expected: number of channels of the audio; None if there may be more than the microphones.

    """

    positions: Float64
    channels: tuple[int, ...]
    expected: int | None = None

    @classmethod
    def select(cls, value: str | Iterable[float],
               channels: Sequence[int] = ()) -> 'MicrophoneArray':
        """Make an array from what a user specified.

        Args:
            value: name of a preset in config/arrays.yaml, or a list of numbers
                x1, y1, z1, x2, ... [m].
            channels: channel of each microphone, from 0; empty for those of the preset, or for
                all channels in the order of the positions.

        Raises:
            EmotionError: there is no such preset, or the array is impossible.

        """
        expected = None
        if isinstance(value, str):
            preset = _preset(value)
            positions = _positions(preset['positions'])
            channels = channels or preset.get('channels', ())
        else:
            positions = _positions(value)
        if not channels:
            expected = len(positions)
            channels = range(expected)
        array = cls(positions, _channels(channels, len(positions)), expected)
        if not array.tells_azimuth:
            raise ArgumentError('array', 'must have microphones beside one another, got all of '
                                'them above one another')
        return array

    def check(self, channels: int) -> None:
        """Check that audio has the channels of this array.

        Args:
            channels: number of channels of the audio.

        Raises:
            ValueError: it does not.

        """
        if self.expected is not None and channels != self.expected:
            raise ValueError(f'channels is {channels}, the array has {self.expected} microphones '
                             'and array_channels does not say which channels are theirs')
        if channels <= max(self.channels):
            raise ValueError(f'channels is {channels}, array_channels go up to '
                             f'{max(self.channels)}')

    def frame_of(self, frame: Frame) -> Frame:
        """Select the channels of the microphones, in the order of the positions.

        Raises:
            ValueError: see check().

        """
        self.check(frame.samples.shape[1])
        return replace(frame, samples=frame.samples[:, self.channels])

    def subset(self, live: Bool) -> 'MicrophoneArray':
        """Keep only some microphones.

        Args:
            live: bool, shape (microphones,): those to keep.

        """
        channels = tuple(np.array(self.channels)[live].tolist())
        return MicrophoneArray(self.positions[live], channels)

    @cached_property
    def tells_azimuth(self) -> bool:
        """Whether some microphones are side by side, so that azimuths differ."""
        return bool(_distances(self.positions[:, :2]).max() >= MIN_SPACING)

    @cached_property
    def normal(self) -> Float64 | None:
        """Direction perpendicular to microphones on a line, which cannot distinguish its two sides.

        Returns:
            (x, y) of length 1, on the front side, or else on the left; None if the microphones are
            not on a line.

        """
        across = self.positions[:, :2] - self.positions[:, :2].mean(axis=0)
        _, sizes, axes = np.linalg.svd(across)
        if sizes[1] > MIN_SPACING / 2:
            return None
        normal = axes[1]
        return normal * (1 if (normal[0] + 1e-6 * normal[1]) > 0 else -1)

    def steering(self, azimuths: Float64, frequencies: Float) -> Complex128:
        """Compute the phases at which a plane wave reaches the microphones.

        Args:
            azimuths: [rad], counterclockwise from x, shape (azimuths,).
            frequencies: [Hz], shape (frequencies,).

        Returns:
            complex128 of absolute value 1, shape (frequencies, azimuths, microphones); phase 0 is
            at the center of the microphones.

        """
        directions = np.stack([np.cos(azimuths), np.sin(azimuths)], axis=1)
        across = self.positions[:, :2] - self.positions[:, :2].mean(axis=0)
        lead = directions @ across.T / SPEED_OF_SOUND   # s
        return np.exp(2j * math.pi * frequencies[:, None, None] * lead)

    def diffuse_coherence(self, frequencies: Float) -> Float:
        """Compute the coherence of the microphones in diffuse noise.

        Returns:
            float64, shape (frequencies, microphones, microphones), 1 on the diagonal.

        """
        apart = _distances(self.positions)
        return np.sinc(2 * frequencies[:, None, None] * apart / SPEED_OF_SOUND)


def select_microphones(frame: Frame, array: MicrophoneArray | None, channel: int | str) -> Frame:
    """Select the channels of an array or, without one, as Frame.select_channel does.

    Raises:
        ValueError: the frame does not have them.

    """
    return frame.select_channel(channel) if array is None else array.frame_of(frame)


def presets() -> dict[str, dict[str, Any]]:
    """Read the arrays in config/arrays.yaml: {name: {'positions': ..., ...}}."""
    return yaml.safe_load(share('config', 'arrays.yaml').read_text('utf-8'))


def _preset(name: str) -> dict[str, Any]:
    known = presets()
    if name not in known:
        raise ArgumentError('array', 'must be x, y and z of each microphone [m] or one of '
                            f'{", ".join(known)}, got {name!r}')
    return known[name]


def _positions(values: Iterable[float]) -> Float64:
    """Check the positions.

    Raises:
        EmotionError: they are not those of an array.

    """
    numbers = list(values)
    if not all(isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
               for value in numbers):
        raise ArgumentError('array', f'must be finite numbers [m], got {numbers}')
    if len(numbers) % 3 or not 6 <= len(numbers) <= 3 * MAX_CHANNELS:
        raise ArgumentError('array', f'must be x, y and z of each of 2 to {MAX_CHANNELS} '
                            f'microphones, got {len(numbers)} numbers')
    positions = np.array(numbers, np.float64).reshape(-1, 3)
    apart = _distances(positions)
    for bad, what in ((apart + np.eye(len(apart)) < MIN_SPACING, 'at least 1 mm'),
                      (apart > MAX_SPACING, 'at most 1 m')):
        if bad.any():
            one, other = np.argwhere(bad)[0] + 1
            raise ArgumentError(
                'array', f'must have its microphones {what} apart, got microphones {one} and '
                f'{other} {apart[one - 1, other - 1]:g} m apart')
    return positions


def _channels(channels: Iterable[int], microphones: int) -> tuple[int, ...]:
    """Check the channels of the microphones.

    Raises:
        EmotionError: they do not fit.

    """
    channels = tuple(channels)
    if (len(set(channels)) != microphones or len(channels) != microphones
            or not all(isinstance(channel, int) and 0 <= channel < MAX_CHANNELS
                       for channel in channels)):
        raise ArgumentError(
            'array_channels', f'must be {microphones} different channels, one for each microphone '
            f'of array, 0 to {MAX_CHANNELS - 1}, got {list(channels)}')
    return channels


def _distances(positions: Float64) -> Float64:
    return np.linalg.norm(positions[:, None] - positions, axis=-1)
