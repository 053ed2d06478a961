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

"""Audio from a microphone, through PortAudio."""

from collections.abc import Callable, Iterator
import queue
import time
from typing import Any

from emotion_ros.arrays import Float32
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.capture_clock import CaptureClock
from emotion_ros.audio.devices import MICROPHONES, DeviceError
from emotion_ros.audio.frame import MAX_CHANNELS, Frame
from emotion_ros.audio.mono_stream import MonoStream
from emotion_ros.audio.resampler import MEAN, check_channel, to_int16

SILENT = 3.0
"""A microphone that delivers nothing for this long [s] is lost; even a quiet room gives samples.

A sound server may take two seconds to deliver the first ones.
"""

QUEUE_DURATION = 10.0
"""Audio kept for a late reader [s]; beyond, the newest is lost, and the next frame shows it."""


class Microphone:
    """A microphone as a stream of 16 kHz frames.

    The device runs at its own rate and is resampled.

    Args:
        device: number or part of the name, see devices.Devices.find; '' is the default device.
        frame_duration: length of a frame [s].
        channel: channel to use, the mean, or all; see resampler.Resampler.
        now: function that returns the time for the stamps [ns].

    Attributes:
        name, sample_rate: of the device; the rate in Hz.
        overflows: number of times that the computer was too slow for the device.

    Raises:
        DeviceError: there is no such device, or it cannot be opened.
        EmotionError: see devices.Devices.find; or the device has no such channel.

    """

    def __init__(self, *, device: int | str = '', frame_duration: float = 0.032,
                 channel: int | str = MEAN, now: Callable[[], int] = time.time_ns) -> None:
        found = MICROPHONES.find(device)
        every = min(found.channels, MAX_CHANNELS)
        check_channel(channel, every)
        self._channel = channel
        self.name = found.name
        self.overflows = 0
        self._now = now
        self._lost = 0   # samples lost since the newest block in the queue
        self._queue: queue.SimpleQueue[tuple[Float32, int, int] | None] = queue.SimpleQueue()
        self._max_blocks = round(QUEUE_DURATION / frame_duration)   # blocks in the queue
        # Arrays often support only all channels at once; most devices support a single one.
        self._stream = MICROPHONES.open(
            found, channels=[1, every] if channel == MEAN else [every], block=frame_duration,
            callback=self._callback, finished_callback=self.end)
        self.sample_rate = int(self._stream.samplerate)

    def _callback(self, data: Float32, count: int, times: Any, status: Any) -> None:
        """Receive a block in the thread of PortAudio: copy it, stamp it and return."""
        # The age is read together with the clock, because Python may be late to call this.
        age = max(0.0, self._stream.time - times.inputBufferAdcTime)
        measured = self._now() - round(age * 1e9)
        if status.input_overflow:
            # PortAudio does not say how much it lost; usually, it is one block.
            self.overflows += 1
            self._lost += count
        if self._queue.qsize() < self._max_blocks:
            self._queue.put((data.copy(), measured, self._lost))
            self._lost = 0
        else:
            self.overflows += 1
            self._lost += count

    def start(self) -> None:
        """Start recording.

        Raises:
            DeviceError: the device does not start.

        """
        MICROPHONES.start(self._stream, self.name)

    def end(self) -> None:
        """End frames(), from any thread; PortAudio also calls it when a device disappears."""
        self._queue.put(None)

    def close(self) -> None:
        """Stop recording and release the device; this blocks if the device hangs."""
        self._stream.close()
        self.end()

    def frames(self) -> Iterator[Frame]:
        """Yield what is recorded, from start() to end(), close() or the loss of the device.

        Yields:
            Frame: 16 kHz, about frame_duration long. If audio was lost, first_sample jumps.

        Raises:
            DeviceError: the device no longer delivers samples.

        """
        clock = CaptureClock(sample_rate=self.sample_rate)
        stream = MonoStream(channel=self._channel)
        first_sample = 0
        while (block := self._next_block()) is not None:
            data, measured, lost = block
            stamp = clock.stamp(len(data), measured)
            first_sample += lost
            piece = stream.push(Frame(to_int16(data), self.sample_rate, first_sample, stamp))
            first_sample += len(data)
            if piece is not None and len(piece.samples):
                yield Frame(piece.samples.reshape(len(piece.samples), -1), SAMPLE_RATE,
                            piece.first_sample, piece.stamp)

    def _next_block(self) -> tuple[Float32, int, int] | None:
        try:
            return self._queue.get(timeout=SILENT)
        except queue.Empty:
            raise DeviceError(
                f'microphone {self.name!r} gave no samples for {SILENT:g} s') from None
