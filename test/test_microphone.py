"""A microphone: an ALSA device that reads a file, through PortAudio and sounddevice."""

import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
import soxr

from emotion_ros.audio import microphone
from emotion_ros.audio.resampler import to_float
from emotion_ros.errors import EmotionError
from harness import Executable, Listener, nanoseconds, wait_until

RATE = 44100   # what PortAudio takes for the rate of a device that has none of its own

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

# Runs in a process of its own: PortAudio reads the configuration of ALSA once.
RECORD = """
import json, sys
import numpy as np
from emotion_ros.audio.microphone import Microphone
microphone = Microphone(device=sys.argv[1])
microphone.start()
end, pieces = 0, []
for frame in microphone.frames():
    assert frame.first_sample == end, 'sound was lost'
    end = frame.end_sample
    pieces.append(frame)
    if end >= int(sys.argv[2]):
        break
microphone.close()
np.save(sys.argv[3], np.concatenate([frame.samples[:, 0] for frame in pieces]))
print(json.dumps({'name': microphone.name, 'rate': microphone.sample_rate,
                  'stamp': pieces[0].stamp}))
"""


def portaudio():
    """Whether the PortAudio library is installed."""
    try:
        import sounddevice  # noqa: F401
    except OSError:
        return False
    return Path('/usr/share/alsa/alsa.conf').is_file()


pytestmark = pytest.mark.skipif(
    not portaudio(), reason='PortAudio or ALSA is missing: apt install libportaudio2 libasound2-data')


def at_device_rate(samples):
    return soxr.resample(to_float(samples), 16000, RATE).astype('<f4')


@pytest.fixture
def ear(speech, tmp_path):
    """Make the device: a function of the slave pcm that returns the environment."""
    def make(slave='"null"'):
        sound = tmp_path / 'sound.raw'
        at_device_rate(speech).tofile(sound)
        (tmp_path / 'asound.conf').write_text(ALSA.format(slave=slave, sound=sound))
        return {'ALSA_CONFIG_PATH': str(tmp_path / 'asound.conf')}
    return make


def python(code, *arguments, environment):
    return subprocess.run(
        [sys.executable, '-c', code, *map(str, arguments)], capture_output=True, text=True,
        env={**os.environ, **environment}, cwd='/')


@pytest.mark.parametrize('device', ['robot_ear', 'ROBOT_EA', '0'])
def test_sound_of_the_device_arrives_resampled_and_stamped(ear, speech, tmp_path, device):
    environment = ear()
    begun = time.time_ns()
    done = python(RECORD, device, len(speech), tmp_path / 'heard.npy', environment=environment)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told['name'], told['rate']) == ('robot_ear', RATE)
    heard = to_float(np.load(tmp_path / 'heard.npy')[:len(speech)])
    expected = soxr.resample(at_device_rate(speech), RATE, 16000)[:len(heard)]
    assert np.abs(heard - expected).max() < 0.001
    assert begun < told['stamp'] < time.time_ns()


def test_unknown_device_lists_the_candidates(ear):
    executable = Executable('audio_capture', environment=ear(), device='banana')
    assert executable.finish() == 1
    complaint, = [line for line in executable.lines if line.startswith('emotion_ros: ')]
    assert "'banana' not found" in complaint
    assert "0 'robot_ear'" in complaint


def test_devices_are_found_by_number_name_or_part_of_it(monkeypatch):
    devices = [(0, 'HDA Intel', 2, 48000.0), (3, 'USB Array', 6, 16000.0), (4, 'usb', 1, 44100.0)]
    monkeypatch.setattr(microphone, 'input_devices', lambda: devices)
    assert microphone.find_device(3)[0] == microphone.find_device('3')[0] == 3
    assert microphone.find_device('intel')[0] == 0
    assert microphone.find_device('USB')[0] == 4, 'an equal name goes before a part'
    with pytest.raises(EmotionError, match="'us' fits several devices; candidates: 3 'USB Array', 4"):
        microphone.find_device('us')
    with pytest.raises(EmotionError, match="'1' not found; candidates: 0 'HDA Intel', 3 'USB Arr"):
        microphone.find_device('1')
    monkeypatch.setattr(microphone, 'input_devices', list)
    with pytest.raises(EmotionError, match='no input device'):
        microphone.find_device('')


@pytest.fixture
def pulse(tmp_path):
    """A sound server with a null sink, which gives the device its pace; yields its address."""
    if shutil.which('pulseaudio') is None:
        pytest.skip('PulseAudio is missing: apt install pulseaudio libasound2-plugins')
    environment = {**os.environ, 'XDG_RUNTIME_DIR': str(tmp_path), 'HOME': str(tmp_path)}
    address = tmp_path / 'server'
    server = subprocess.Popen(
        ['pulseaudio', '-n', '--daemonize=no', '--exit-idle-time=-1', '--disable-shm=yes',
         '-L', f'module-native-protocol-unix auth-anonymous=1 socket={address}',
         '-L', 'module-null-sink'],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(address.exists, what='the sound server')
        yield f'unix:{address}'
    finally:
        server.terminate()
        server.wait()


def test_voice_at_the_microphone_becomes_emotion_in_another_process(ear, pulse):
    from emotion_ros.msg import AudioFrame, EmotionStamped
    from emotion_ros.nodes import qos
    environment = ear(f'{{ type pulse server "{pulse}" }}')
    with Listener() as listener:
        emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
        audio = listener.subscribe(AudioFrame, 'audio', qos.AUDIO)
        begun = time.time()
        with Executable('emotion_pipeline', environment=environment, device='robot_ear') as node:
            node.wait_for("recording from 'robot_ear' at 44100 Hz")
            wait_until(lambda: any(message.utterance == 2 and message.final
                                   for message in emotions), what='two utterances')
        seconds = time.time() - begun
    for message in emotions:
        assert begun < nanoseconds(message.header.stamp) / 1e9 < time.time()
    captured = sum(len(message.data) for message in audio) / 16000
    assert captured == pytest.approx(seconds, abs=4.0), 'the device runs in real time'
    for number, (before, after) in enumerate(zip(audio, audio[1:])):
        assert after.first_sample == before.first_sample + len(before.data), 'sound was lost'
        between = (nanoseconds(after.header.stamp) - nanoseconds(before.header.stamp)) / 1e9
        assert between > 0
        if number > 60:   # until then the sound server is still finding out its latency
            assert between == pytest.approx(len(before.data) / 16000, abs=0.01)
