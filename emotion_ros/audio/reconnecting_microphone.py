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

"""A microphone that reconnects: whenever it is lost, it is reopened by name."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
import threading
import time

from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.devices import MICROPHONES, DeviceError, rescan_devices
from emotion_ros.audio.frame import MAX_CHANNELS, Frame
from emotion_ros.audio.frame_joiner import join_steady
from emotion_ros.audio.microphone import Microphone
from emotion_ros.audio.resampler import ALL, MEAN, check_channel
from emotion_ros.errors import EmotionError

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
"""Pauses between attempts to open the device [s]; each is twice the previous one."""


class ReconnectingMicrophone:
    """A microphone as one stream of 16 kHz frames that outlives its device.

    If a device is lost, busy or not connected yet, it is retried by name, because its number may
    change. first_sample of the first frame after a loss jumps by the time that passed.

    Args:
        device, frame_duration, channel, now: see microphone.Microphone.
        array: geometry.MicrophoneArray whose channels are kept, instead of `channel`.
        steady_frame_duration: length of a frame [s] while the audio is steady, see
            frame_joiner.join_steady.
        wait: whether the device may be missing at the start.
        on_lost: called with the EmotionError, once, when the device is lost or missing.
        on_found: called with this object when audio arrives, for the first time or again.
        closing: event that close() sets; between attempts, its wait() is called.

    Attributes:
        name: of the device, '' until it is found.
        sample_rate: of the device [Hz], 0 until it is found.
        last_error: the reason why no audio arrives; '' while it does.
        overflows: number of times that the computer was too slow for the device.

    Raises:
        EmotionError: PortAudio is missing, the device is ambiguous or unknown, see
            devices.Devices.find, or it has no such channel, or not those of the array.

    """

    def __init__(self, *, device: int | str = '', frame_duration: float = 0.032,
                 channel: int | str = MEAN, array: MicrophoneArray | None = None,
                 steady_frame_duration: float = 0.0,
                 now: Callable[[], int] = time.time_ns, wait: bool = False,
                 on_lost: Callable[[EmotionError], object] = lambda _: None,
                 on_found: Callable[['ReconnectingMicrophone'], object] = lambda _: None,
                 closing: threading.Event | None = None) -> None:
        self.name, self.sample_rate = '', 0
        self.last_error = ''
        self.overflows = 0
        self._device = device
        self._array = array
        channel = channel if array is None else ALL
        self._open = partial(Microphone, frame_duration=frame_duration, channel=channel, now=now)
        self._steady_frame_duration = steady_frame_duration
        self._on_lost = on_lost
        self._on_found = on_found
        self._microphone: Microphone | None = None
        self._closing = closing or threading.Event()
        self._end: tuple[int, int] | None = None   # of the newest frame: sample index, stamp
        try:
            rescan_devices()   # it may have been connected after PortAudio was loaded
            found = MICROPHONES.find(device)
            check_channel(channel, found.channels)
            if array is not None:
                with _named(found.name):
                    array.check(min(found.channels, MAX_CHANNELS))
        except DeviceError:
            if not wait:
                raise

    def frames(self) -> Generator[Frame, None, None]:
        """Yield what is recorded, until close(); only this opens and closes the device.

        Yields:
            Frame: see microphone.Microphone.frames.

        """
        pause = FIRST_PAUSE
        try:
            while not self._closing.is_set():
                try:
                    for frame in join_steady(self._record(), self._steady_frame_duration):
                        pause = FIRST_PAUSE
                        yield frame
                    raise DeviceError(f'microphone {self.name!r} has stopped')
                except EmotionError as error:
                    if self._closing.is_set():
                        return
                    if not self.last_error:
                        self._on_lost(error)
                    self.last_error = str(error)
                self._release()
                self._closing.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        finally:
            self._release()

    def _record(self) -> Iterator[Frame]:
        """Open the device and yield its frames until it is lost; none after close()."""
        if self.last_error:
            rescan_devices()
        microphone = self._open(device=self._device)
        self._microphone = microphone
        if self._closing.is_set():   # close() may have been called before
            return
        microphone.start()
        self.name, self.sample_rate = microphone.name, microphone.sample_rate
        if str(self._device).strip().isdigit():
            self._device = _stable_name(self.name)
        offset = None
        overflows = self.overflows   # of earlier microphones
        for frame in microphone.frames():
            if self._array is not None:
                with _named(self.name):
                    frame = self._array.frame_of(frame)
            if offset is None:   # a device may open and deliver nothing
                offset = self._offset(frame)
                self.last_error = ''
                self._on_found(self)
            self.overflows = overflows + microphone.overflows
            frame = replace(frame, first_sample=frame.first_sample + offset)
            self._end = frame.end_sample, frame.stamp + sample_time(len(frame.samples))
            yield frame

    def _offset(self, frame: Frame) -> int:
        """Return the offset of the sample index that accounts for the time without audio."""
        if self._end is None:
            return 0
        end, stamp = self._end
        missing = (frame.stamp - stamp) * SAMPLE_RATE // 1_000_000_000
        return end + max(1, missing) - frame.first_sample

    def _release(self) -> None:
        microphone, self._microphone = self._microphone, None
        if microphone is not None:
            microphone.close()

    def close(self) -> None:
        """End frames(), from any thread, and release the device."""
        self._closing.set()
        microphone = self._microphone
        if microphone is not None:
            microphone.end()


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Turn a ValueError into an EmotionError that names the device."""
    try:
        yield
    except ValueError as error:
        raise EmotionError(f'microphone {name!r}: {error}') from error


def _stable_name(name: str) -> str:
    """Remove the card number, which changes, from a name, unless it distinguishes equal devices."""
    short = name.partition(' (hw:')[0]
    alike = [device for device in MICROPHONES.present() if short in device.name]
    return short if len(alike) == 1 else name
