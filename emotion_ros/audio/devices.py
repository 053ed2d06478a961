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

"""Microphones and loudspeakers, through PortAudio."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
import itertools
from types import ModuleType
from typing import Any, TypeVar

from emotion_ros.audio.frame import MAX_SAMPLE_RATE, MIN_SAMPLE_RATE
from emotion_ros.errors import EmotionError

_T = TypeVar('_T')

RATES = 48000, 44100, 16000
"""Rates [Hz] to try if a device refuses its own default rate, or if no frame can have that rate."""


class DeviceError(EmotionError):
    """A device is missing or does not work; it may come back later."""


def load_sounddevice() -> ModuleType:
    """Import sounddevice, which needs the PortAudio library.

    Raises:
        EmotionError: PortAudio is not installed.

    """
    try:
        return import_module('sounddevice')
    except OSError as error:
        raise EmotionError(
            f'cannot reach sound devices: {error}; install it: sudo apt install libportaudio2'
        ) from error


def rescan_devices() -> None:
    """Let PortAudio look for devices again; it does so only once by itself.

    All streams must be closed.

    Raises:
        DeviceError: PortAudio cannot be initialized again.

    """
    sounddevice = load_sounddevice()
    try:
        # sounddevice has no public name for it.
        if sounddevice._initialized:
            sounddevice._terminate()
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise DeviceError(f'cannot list sound devices: {error}') from error


def retry_after_rescan(use: Callable[[], _T]) -> _T:
    """Use a device; if that fails, let PortAudio look for devices again and retry once.

    PortAudio looks again only if necessary, because sounddevice silences stderr for all threads
    meanwhile. All streams must be closed.

    Args:
        use: function without arguments.

    Returns:
        What `use` returns.

    Raises:
        EmotionError: `use` failed twice.

    """
    try:
        return use()
    except EmotionError:
        rescan_devices()
        return use()


@dataclass(frozen=True)
class Device:
    """A microphone or a loudspeaker.

    Args:
        number: index in PortAudio; it changes when the device comes back.
        name: of the device.
        channels: number of channels.
        sample_rate: default of the device [Hz].

    """

    number: int
    name: str
    channels: int
    sample_rate: float


@dataclass(frozen=True)
class Devices:
    """All microphones, or all loudspeakers.

    Args:
        kind: 'microphone' or 'loudspeaker', for messages.
        direction: 'input' or 'output', in the terms of PortAudio.

    """

    kind: str
    direction: str

    def present(self) -> list[Device]:
        """List the devices that are connected.

        Returns:
            [Device].

        Raises:
            DeviceError: PortAudio cannot list them.
            EmotionError: PortAudio is not installed.

        """
        sounddevice = load_sounddevice()
        try:
            found = sounddevice.query_devices()
        except sounddevice.PortAudioError as error:
            raise DeviceError(f'cannot list {self.kind}s: {error}') from error
        devices = [Device(number, device['name'], device[f'max_{self.direction}_channels'],
                          device['default_samplerate']) for number, device in enumerate(found)]
        return [device for device in devices if device.channels > 0]

    def find(self, wanted: int | str) -> Device:
        """Find a device.

        Args:
            wanted: its number, or part of its name in any case ('usb'), or '' for the default. A
                name that is equal takes precedence over names that only contain it.

        Returns:
            Device.

        Raises:
            DeviceError: no name matches; the device may appear later.
            EmotionError: several match, or the number is unknown; the text lists the candidates.
                Or PortAudio is not installed.

        """
        devices = self.present()
        wanted = str(wanted).strip()
        is_number = wanted.isascii() and wanted.isdigit()
        if not devices:
            raise DeviceError(
                f'no {self.kind} found: this machine has no {self.direction} device')
        if not wanted:
            default = load_sounddevice().default.device[self.direction]
            fitting = [device for device in devices if device.number == default] or devices[:1]
        elif is_number:
            fitting = [device for device in devices if device.number == int(wanted)]
        else:
            fitting = ([device for device in devices if device.name.lower() == wanted.lower()]
                       or [device for device in devices if wanted.lower() in device.name.lower()])
        if len(fitting) == 1:
            return fitting[0]
        candidates = ', '.join(f'{device.number} {device.name!r}' for device in fitting or devices)
        problem = 'fits several devices' if fitting else 'not found'
        kind = EmotionError if fitting or is_number else DeviceError
        raise kind(f'{self.kind} {wanted!r} {problem}; candidates: {candidates}')

    def open(self, device: Device, *, channels: Iterable[int], block: float, **options: Any) -> Any:
        """Open a device with the first settings that it accepts, beginning with its own rate.

        Args:
            device: Device.
            channels: numbers of channels to try.
            block: duration of audio for each callback [s].
            options: other arguments of the stream of sounddevice.

        Returns:
            sounddevice.InputStream or OutputStream of float32.

        Raises:
            DeviceError: it refuses all settings.

        """
        sounddevice = load_sounddevice()
        stream = getattr(sounddevice, f'{self.direction.capitalize()}Stream')
        own = int(device.sample_rate)
        rates = [own, *RATES] if MIN_SAMPLE_RATE <= own <= MAX_SAMPLE_RATE else RATES
        ways = itertools.product(dict.fromkeys(rates), dict.fromkeys(channels))
        errors = []
        for rate, count in ways:
            try:
                return stream(device=device.number, channels=count, samplerate=rate,
                              dtype='float32', blocksize=round(block * rate), **options)
            except sounddevice.PortAudioError as error:
                errors.append(error)
        raise DeviceError(f'cannot open {self.kind} {device.name!r}: {errors[0]}') from errors[0]

    def start(self, stream: Any, name: str) -> None:
        """Start a stream.

        Args:
            stream: returned by open().
            name: of the device.

        Raises:
            DeviceError: the device does not start.

        """
        try:
            stream.start()
        except load_sounddevice().PortAudioError as error:
            raise DeviceError(f'cannot start {self.kind} {name!r}: {error}') from error


MICROPHONES = Devices('microphone', 'input')
LOUDSPEAKERS = Devices('loudspeaker', 'output')
