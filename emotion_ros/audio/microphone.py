"""Sound from a microphone, through PortAudio."""

import itertools
import queue
import time

import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.capture_clock import CaptureClock
from emotion_ros.audio.frame import MAX_CHANNELS, Frame
from emotion_ros.audio.mono_stream import MonoStream
from emotion_ros.audio.resampler import to_int16
from emotion_ros.errors import EmotionError

SILENT = 3.0
"""A microphone that gives nothing for so long [s] is lost; a quiet room still gives samples.

A sound server may take two seconds until the first of them.
"""

RATES = 48000, 44100, 16000
"""Rates [Hz] that are tried where a device refuses the one that it names as its own."""

QUEUE_DURATION = 10.0
"""Sound kept for a reader that is late [s]; beyond, the newest is lost: the next frame shows it."""


class MicrophoneError(EmotionError):
    """A microphone is not there, or does not work; it may be back later."""


def load_sounddevice():
    """Import sounddevice, which needs the PortAudio library.

    Raises:
        EmotionError: PortAudio is not installed.

    """
    try:
        import sounddevice
    except OSError as error:
        raise EmotionError(
            f'cannot reach a microphone: {error}; install it: sudo apt install libportaudio2'
        ) from error
    return sounddevice


def input_devices():
    """List the microphones.

    Returns:
        [(number, name, channels, sample rate in Hz)].

    Raises:
        MicrophoneError: PortAudio does not tell.

    """
    sounddevice = load_sounddevice()
    try:
        devices = sounddevice.query_devices()
    except sounddevice.PortAudioError as error:
        raise MicrophoneError(f'cannot look for microphones: {error}') from error
    return [
        (number, device['name'], device['max_input_channels'], device['default_samplerate'])
        for number, device in enumerate(devices) if device['max_input_channels'] > 0]


def look_again():
    """Let PortAudio find the devices anew; it looks once only. No stream may be open.

    Raises:
        MicrophoneError: PortAudio does not begin again.

    """
    sounddevice = load_sounddevice()
    try:
        # sounddevice has no public name for it.
        if sounddevice._initialized:
            sounddevice._terminate()
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise MicrophoneError(f'cannot look for microphones: {error}') from error


def find_device(device):
    """Find a microphone.

    Args:
        device: its number, or a part of its name in any case ('usb'), or '' for the default.
            A name that is equal goes before names that only contain it.

    Returns:
        (number, name, channels, sample rate in Hz).

    Raises:
        MicrophoneError: none fits the name, it may appear.
        EmotionError: several fit, or the number is none; the text lists the candidates.

    """
    devices = input_devices()
    wanted = str(device).strip()
    if not devices:
        raise MicrophoneError('no microphone found: this machine has no input device')
    if not wanted:
        default = load_sounddevice().default.device[0]
        fitting = [entry for entry in devices if entry[0] == default] or devices[:1]
    elif wanted.isdigit():
        fitting = [entry for entry in devices if entry[0] == int(wanted)]
    else:
        fitting = ([entry for entry in devices if entry[1].lower() == wanted.lower()]
                   or [entry for entry in devices if wanted.lower() in entry[1].lower()])
    if len(fitting) == 1:
        return fitting[0]
    candidates = ', '.join(f'{number} {name!r}' for number, name, *_ in fitting or devices)
    trouble = 'fits several devices' if fitting else 'not found'
    kind = EmotionError if fitting or wanted.isdigit() else MicrophoneError
    raise kind(f'microphone {wanted!r} {trouble}; candidates: {candidates}')


class Microphone:
    """A microphone as a stream of 16 kHz mono frames.

    The device runs at its own rate and is resampled; several channels are averaged.

    Args:
        device: number or part of the name, see find_device; '' is the default device.
        frame_duration: length of a frame [s].
        now: function that gives the time for the stamps [ns].

    Attributes:
        name, sample_rate: of the device; the rate in Hz.
        overflows: times that the computer was too slow for the device.

    Raises:
        MicrophoneError: no such device, or it cannot be opened.
        EmotionError: see find_device.

    """

    def __init__(self, *, device='', frame_duration=0.032, now=time.time_ns):
        self._sounddevice = load_sounddevice()
        number, self.name, channels, rate = find_device(device)
        self.overflows = 0
        self._frame_duration = frame_duration
        self._now = now
        self._lost = 0   # samples lost since the newest block in the queue
        self._queue = queue.SimpleQueue()
        self._most = round(QUEUE_DURATION / frame_duration)   # blocks in the queue
        self._stream = self._open(number, channels, int(rate))
        self.sample_rate = int(self._stream.samplerate)

    def _open(self, number, channels, rate):
        # Arrays often offer only all their channels at once; most devices can give a single one.
        ways = itertools.product(dict.fromkeys([rate, *RATES]),
                                 dict.fromkeys([1, min(channels, MAX_CHANNELS)]))
        errors = []
        for rate, count in ways:
            try:
                return self._sounddevice.InputStream(
                    device=number, channels=count, samplerate=rate, dtype='float32',
                    blocksize=round(self._frame_duration * rate), callback=self._callback,
                    finished_callback=self.end)
            except self._sounddevice.PortAudioError as error:
                errors.append(error)
        raise MicrophoneError(
            f'cannot open microphone {self.name!r}: {errors[0]}') from errors[0]

    def _callback(self, data, count, times, status):
        """Take a block from PortAudio's thread: copy, stamp, leave."""
        # The age is read together with the clock: Python may have been late to come here.
        age = max(0.0, self._stream.time - times.inputBufferAdcTime)
        measured = self._now() - round(age * 1e9)
        if status.input_overflow:
            # PortAudio does not say how much it lost; one block is its usual measure.
            self.overflows += 1
            self._lost += count
        if self._queue.qsize() < self._most:
            self._queue.put((data.copy(), measured, self._lost))
            self._lost = 0
        else:
            self.overflows += 1
            self._lost += count

    def start(self):
        """Start to record.

        Raises:
            MicrophoneError: the device does not start.

        """
        try:
            self._stream.start()
        except self._sounddevice.PortAudioError as error:
            raise MicrophoneError(f'cannot start microphone {self.name!r}: {error}') from error

    def end(self):
        """Let frames() end, from any thread; PortAudio, too, calls it when a device is gone."""
        self._queue.put(None)

    def close(self):
        """Stop to record and let the device go; a device that hangs keeps this waiting."""
        self._stream.close()
        self.end()

    def frames(self):
        """Give what is recorded, from start() to end(), close() or the end of the device.

        Yields:
            Frame: 16 kHz, one channel, about frame_duration long. Where sound was lost,
            first_sample jumps.

        Raises:
            MicrophoneError: the device gives no samples any more.

        """
        clock = CaptureClock(sample_rate=self.sample_rate)
        stream = MonoStream()
        first_sample = 0
        while (block := self._next_block()) is not None:
            data, measured, lost = block
            stamp = clock.stamp(len(data), measured)
            first_sample += lost
            piece = stream.push(Frame(to_int16(data), self.sample_rate, first_sample, stamp))
            first_sample += len(data)
            if len(piece.samples):
                yield Frame(piece.samples[:, np.newaxis], SAMPLE_RATE,
                            piece.first_sample, piece.stamp)

    def _next_block(self):
        try:
            return self._queue.get(timeout=SILENT)
        except queue.Empty:
            raise MicrophoneError(
                f'microphone {self.name!r} gave no samples for {SILENT:g} s') from None
