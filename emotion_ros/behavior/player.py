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

"""Plays sound files through a loudspeaker."""

from collections import deque
import itertools
import threading

import numpy as np
import soxr

from emotion_ros.audio.devices import (
    LOUDSPEAKERS,
    DeviceError,
    load_sounddevice,
    retry_after_rescan,
)
from emotion_ros.audio.file_source import SoundFile
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import share

BLOCK = 0.04
"""Duration of a block that the device takes [s]."""

AHEAD = 15
"""Blocks that are ready before the device asks for them."""

LATENCY = 0.2
"""Buffer of the device [s]: large enough that playback does not stutter on a busy computer."""

HANGS = 3.0
"""A device that accepts nothing for this long [s] is lost."""


def find_sound(name):
    """Find a sound.

    Args:
        name: of a sound that the package installs, such as 'happy_tune', or a path, which has a
            '/' or an extension.

    Returns:
        Path, which need not exist, as text.

    Raises:
        EmotionError: the package has no sound of this name.

    """
    if '/' in name or '.' in name:
        return name
    folder = share('resource', 'sounds')
    bundled = {path.stem: path for path in sorted(folder.glob('*.flac'))}
    if name not in bundled:
        raise EmotionError(f"sound must be {', '.join(bundled)} or a path, with a '/' or an "
                           f'extension, got {name!r}')
    return str(bundled[name])


class SoundPlayer:
    """Plays a sound file once.

    The device runs at its own rate, with two channels if it has them.

    Args:
        path: see audio.file_source.SoundFile.
        device: number or part of the name, see audio.devices.Devices.find; '' is the default.

    Attributes:
        duration: of the sound [s].

    Raises:
        EmotionError: the file cannot be read.

    """

    def __init__(self, path, *, device=''):
        self._file = SoundFile(path)
        self.duration = self._file.duration
        self._device = device
        self._blocks = deque()                # None is the end
        self._taken = threading.Semaphore(0)  # counts blocks taken by the device
        self._ended = threading.Event()
        self._stopped = False

    def play(self):
        """Play it, to its end or to stop().

        Raises:
            DeviceError: the device is missing or does not work; it may come back later.
            EmotionError: the rest of the file is broken, or no device matches.

        """
        device, stream = retry_after_rescan(self._open)
        try:
            # The device discards its buffer at the end, which should be silence.
            blocks = self._in_form(int(stream.samplerate), stream.channels, stream.blocksize,
                                   silence=stream.blocksize + round(
                                       stream.latency * stream.samplerate))
            self._blocks.extend(itertools.islice(blocks, AHEAD))
            if self._stopped:
                return
            LOUDSPEAKERS.start(stream, device.name)
            for block in itertools.chain(blocks, [None]):
                taken = self._taken.acquire(timeout=HANGS)
                if self._stopped:
                    return
                if self._ended.is_set() or not taken:
                    raise DeviceError(f'loudspeaker {device.name!r} no longer takes audio')
                self._blocks.append(block)
            self._ended.wait(HANGS)
        finally:
            stream.close()   # discards what has not been played

    def _open(self):
        device = LOUDSPEAKERS.find(self._device)
        return device, LOUDSPEAKERS.open(
            device, channels=[min(device.channels, 2), device.channels], block=BLOCK,
            latency=LATENCY, callback=self._callback, finished_callback=self._end)

    def stop(self):
        """Stop play() at once; safe to call from any thread."""
        self._stopped = True
        self._end()

    def _end(self):
        """Wake play(); PortAudio also calls this at the end and when a device disappears."""
        self._ended.set()
        self._taken.release()

    def _callback(self, data, count, times, status):
        """Give a block to PortAudio's thread, or silence if the file is late."""
        data.fill(0)
        if not self._blocks:
            return
        block = self._blocks.popleft()
        if block is None:
            raise load_sounddevice().CallbackStop
        data[:] = block
        self._taken.release()

    def _in_form(self, rate, channels, length, silence):
        """Read the file as blocks of equal length at the rate of the device.

        Args:
            rate: of the device [Hz].
            channels: of the device.
            length: samples of a block.
            silence: samples that follow the file, as far as they fill blocks.

        Yields:
            float32, shape (length, channels).

        """
        resampler = soxr.ResampleStream(self._file.sample_rate, rate, channels, dtype='float32')
        end = np.zeros((0, channels), np.float32)
        held = end
        parts = itertools.chain(
            ((samples, False) for samples in self._file.blocks()), [(end, True)])
        for samples, last in parts:
            if samples.shape[1] != channels:
                samples = np.repeat(samples.mean(axis=1, keepdims=True), channels, axis=1)
            # One bad sample must not spread through the filter.
            samples = np.nan_to_num(samples, posinf=1.0, neginf=-1.0)
            samples = resampler.resample_chunk(samples, last=last)
            held = np.concatenate([held, samples, np.zeros(
                (silence if last else 0, channels), np.float32)])
            whole = len(held) // length * length
            yield from held[:whole].reshape(-1, length, channels)
            held = held[whole:]
