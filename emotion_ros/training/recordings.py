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

"""Recordings that augmentation draws from: noise and impulse responses."""

from dataclasses import dataclass
from functools import lru_cache
import hashlib
import os
from pathlib import Path

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.resampler import to_float
from emotion_ros.audio.sound_files import find_sound_files
from emotion_ros.errors import ArgumentError, EmotionError

_HALVES = {'first half': (0.0, 0.5), 'second half': (0.5, 1.0)}


@dataclass(frozen=True)
class Recordings:
    """Audio files.

    Args:
        paths: of the files.
        digests: of the audio in them, so that cached results of other audio are not reused.
        part: start and end of the part of each file that is read, 0 to 1.

    """

    paths: tuple
    digests: tuple
    part: tuple = (0.0, 1.0)

    def select(self, indices):
        """Select some of the recordings, by a slice or by indices; None if none are left."""
        chosen = range(len(self.paths))[indices] if isinstance(indices, slice) else indices
        return Recordings(tuple(self.paths[index] for index in chosen),
                          tuple(self.digests[index] for index in chosen)) if chosen else None

    def halves(self):
        """Return the first and the second half of each recording."""
        return tuple(
            Recordings(self.paths, tuple(f'{digest} {name}' for digest in self.digests), part)
            for name, part in _HALVES.items())

    def names(self):
        """Return the names of the files, each with its half if it is only a half."""
        half = next((f' ({name})' for name, part in _HALVES.items() if part == self.part), '')
        return [path.name + half for path in self.paths]

    def read(self, index):
        """Read a recording, or its part; see read_samples."""
        samples = read_samples(self.paths[index])
        start, end = (round(place * len(samples)) for place in self.part)
        return samples[start:end]


def read_noise(paths, *, argument='noise'):
    """Read recordings of noise, each at least 1 s long; see read_recordings."""
    return read_recordings(paths, argument=argument, min_duration=1.0)


def read_recordings(paths, *, argument, min_duration):
    """Read recordings.

    Args:
        paths: of audio files, and of folders with audio files.
        argument: that names them, for errors.
        min_duration: minimum duration of each [s].

    Returns:
        Recordings.

    Raises:
        EmotionError: a file is missing, broken, silent or too short.

    """
    files = []
    if '' in paths:
        raise ArgumentError(argument, 'must be the path of a sound file or a folder, got none')
    for path in map(Path, paths):
        found = find_sound_files(path) if os.path.isdir(path) else [path]
        if not found:
            raise ArgumentError(argument, f'{str(path)!r} must contain sound files, got none')
        files += found
    digests = []
    for file in files:
        try:
            samples = read_samples(file)
        except EmotionError as error:
            raise ArgumentError(argument, f'cannot be used: {error}') from error
        duration = len(samples) / SAMPLE_RATE
        if duration < min_duration:
            raise ArgumentError(argument, f'{str(file)!r} must last {min_duration:g} s or more, '
                                f'got {duration:.2f} s')
        if not samples.any():
            raise ArgumentError(argument, f'{str(file)!r} is silent')
        digests.append(hashlib.sha256(samples.tobytes()).hexdigest())
    return Recordings(tuple(files), tuple(digests))


@lru_cache(maxsize=64)
def read_samples(path):
    """Read an audio file in the form that the robot processes.

    Returns:
        float32, one dimension, 16 kHz; read-only, because it is cached.

    Raises:
        EmotionError: see audio.file_source.FileSource.

    """
    samples = to_float(FileSource(path).samples())
    samples.flags.writeable = False
    return samples
