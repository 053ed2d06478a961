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

"""A sound server, a microphone and a loudspeaker behind it, and what is heard."""

import os
from pathlib import Path
import signal
import subprocess
import sys

import numpy as np
import pytest
import scipy.signal
import soxr

from emotion_ros.audio.resampler import to_float
from harness import ReadProcess, wait_until
from plane_waves import plane_wave, to_int16

RATE = 44100   # what PortAudio takes for the rate of a device that has none of its own

RECORDING = "recording from 'robot_ear' at 44100 Hz"
LOST = 'trying again until it is back'

TUNE = Path(__file__).parents[1] / 'resource' / 'sounds' / 'happy_tune.flac'

ALSA = """
</usr/share/alsa/alsa.conf>
pcm.robot_ear {{
    type file
    slave.pcm {slave}
    file "/dev/null"
    infile "{sound}"
    format "raw"
}}
"""

MOUTH = """
</usr/share/alsa/alsa.conf>
pcm.robot_mouth {{
    type pulse
    server "{address}"
}}
"""


def portaudio():
    """Whether the PortAudio library is installed."""
    try:
        import sounddevice  # noqa: F401
    except OSError:
        return False
    return Path('/usr/share/alsa/alsa.conf').is_file()


needs_portaudio = pytest.mark.skipif(
    not portaudio(),
    reason='PortAudio or ALSA is missing: apt install libportaudio2 libasound2-data')


def at_device_rate(samples):
    return soxr.resample(to_float(samples), 16000, RATE).astype('<f4')


def python(code, *arguments, environment):
    return subprocess.run(
        [sys.executable, '-c', code, *map(str, arguments)], capture_output=True, text=True,
        env={**os.environ, **environment}, cwd='/')


class Recording(ReadProcess):
    """What is heard from a sound server's loudspeaker; a context manager.

    Args:
        address: of the server.

    Attributes:
        RATE: of the samples [Hz].

    """

    RATE = 24000

    def __init__(self, address):
        self._pieces = []
        super().__init__(
            ['parec', '--server', address, '--device', 'null.monitor', '--format',
             'float32le', '--rate', str(self.RATE), '--channels', '1', '--latency-msec', '20'],
            self._read, stderr=subprocess.DEVNULL)
        wait_until(lambda: self._pieces, what='the recording')

    def _read(self, output):
        while piece := output.read(4 * self.RATE // 50):
            self._pieces.append(np.frombuffer(piece, '<f4'))

    @property
    def samples(self):
        """All that was heard: float32, one channel."""
        return np.concatenate(self._pieces)

    def is_sound(self, seconds):
        """Whether there was any sound in the last seconds."""
        return bool(np.abs(self.samples[-round(seconds * self.RATE):]).max() > 0.01)


class SoundServer:
    """A PulseAudio server with a null sink, which gives the device its pace; a context manager.

    Args:
        folder: of its socket and of its own files.

    Attributes:
        address: of the server, as ALSA wants it.

    """

    def __init__(self, folder):
        self._folder = folder
        self._socket = folder / 'server'
        self.address = f'unix:{self._socket}'
        self._process = None

    def start(self):
        """Start it, at the same address each time."""
        environment = {
            **os.environ, 'XDG_RUNTIME_DIR': str(self._folder), 'HOME': str(self._folder)}
        self._process = subprocess.Popen(
            ['pulseaudio', '-n', '--daemonize=no', '--exit-idle-time=-1', '--disable-shm=yes',
             '-L', f'module-native-protocol-unix auth-anonymous=1 socket={self._socket}',
             '-L', 'module-null-sink'],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._socket.exists, what='the sound server')
        return self

    def kill(self):
        """End it in the midst of what it does."""
        self._process.kill()
        self._process.wait()
        self._socket.unlink()

    def freeze(self):
        """Let it hang."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def listeners(self):
        """Count those who record."""
        return len(subprocess.run(
            ['pactl', '--server', self.address, 'list', 'short', 'source-outputs'],
            capture_output=True, check=True).stdout.splitlines())

    def record(self):
        """Record what is played."""
        return Recording(self.address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def likeness(heard, played):
    """How much of what was played is heard in its place, 0 to 1; a server may slip now and then."""
    length = Recording.RATE // 4
    places = []
    for start in range(0, len(played) - length, length):
        window = played[start:start + length]
        if np.abs(window).max() < 0.01:
            continue
        energy = np.cumsum(np.pad(heard ** 2, (1, 0)), dtype=float)
        energy = np.sqrt((energy[length:] - energy[:-length] + 1e-9) * np.sum(window ** 2))
        alike = scipy.signal.correlate(heard, window, 'valid') / energy
        best = int(np.argmax(alike))
        places.append(best - start if alike[best] > 0.95 else np.nan)
    places = np.array(places)
    return np.mean(np.abs(places - np.nanmedian(places)) < 0.05 * Recording.RATE)


def microphone_of(speech, folder):
    """Return a function of the slave pcm that makes the device and returns its environment."""
    def make(slave='"null"'):
        sound = folder / 'sound.raw'
        at_device_rate(speech).tofile(sound)
        (folder / 'asound.conf').write_text(ALSA.format(slave=slave, sound=sound))
        return {'ALSA_CONFIG_PATH': str(folder / 'asound.conf')}
    return make


def array_behind(server, speech, azimuth, folder):
    """Let the microphone robot_ear be an array behind a sound server; return its environment.

    Channels 1 to 4 are those of plane_waves.CIRCLE; the speech comes from an azimuth [rad].
    """
    slave = f'{{ type pulse server "{server.address}" }}'
    channels = int(python(
        'import sounddevice\n'
        'print(sounddevice.query_devices("robot_ear")["max_input_channels"])',
        environment=microphone_of(speech, folder)(slave)).stdout)
    sound = np.zeros((len(speech), channels), np.int16)
    sound[:, 1:5] = to_int16(plane_wave(speech, azimuth))
    return microphone_of(sound, folder)(slave)


def loudspeaker_of(server, folder):
    """Make the loudspeaker robot_mouth behind a sound server; return its environment."""
    (folder / 'mouth.conf').write_text(MOUTH.format(address=server.address))
    return {'ALSA_CONFIG_PATH': str(folder / 'mouth.conf')}
