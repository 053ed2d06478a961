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

"""A microphone: an ALSA device that reads a file, through PortAudio and sounddevice."""

import json
import signal
import time
from types import SimpleNamespace

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import numpy as np
import pytest
import soxr

from emotion_ros.audio import devices, microphone
from emotion_ros.audio.resampler import to_float
from emotion_ros.errors import EmotionError
from emotion_ros.msg import AudioFrame, EmotionStamped
from emotion_ros.nodes import qos
from harness import OFTEN, Executable, nanoseconds, newest, wait_until
from sound_server import LOST, RATE, RECORDING, at_device_rate, needs_portaudio, python

SETTLING = 60
"""In so many messages a sound server is still finding out its latency."""


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


pytestmark = needs_portaudio


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


@pytest.fixture
def plugged_in(monkeypatch):
    """Let PortAudio have some devices: (name, microphones, loudspeakers, rate) each."""
    def plug_in(*found):
        made_up = [{'name': name, 'max_input_channels': inputs, 'max_output_channels': outputs,
                    'default_samplerate': rate} for name, inputs, outputs, rate in found]
        monkeypatch.setattr(devices, 'load_sounddevice', lambda: SimpleNamespace(
            query_devices=lambda: made_up, default=SimpleNamespace(device=DEFAULTS)))
    return plug_in


DEFAULTS = {'input': 3, 'output': 9}


def test_devices_are_found_by_number_name_or_part_of_it(plugged_in):
    find = devices.MICROPHONES.find
    plugged_in(('HDA Intel', 2, 2, 48000.0), ('Speaker', 0, 2, 48000.0), ('Usual', 0, 2, 48000.0),
               ('USB Array', 6, 0, 16000.0), ('usb', 1, 2, 44100.0))
    assert find(3).number == find('3').number == find('').number == 3
    assert find('intel').number == 0
    with pytest.raises(EmotionError, match="'²' not found"):
        find('²')
    assert find('USB').number == 4, 'an equal name goes before a part'
    with pytest.raises(
            EmotionError, match="'us' fits several devices; candidates: 3 'USB Array', 4"):
        find('us')
    with pytest.raises(EmotionError, match="'1' not found; candidates: 0 'HDA Intel', 3 'USB Arr"):
        find('1')
    assert devices.LOUDSPEAKERS.find('usu').number == 2
    plugged_in(('Speaker', 0, 2, 48000.0))
    with pytest.raises(EmotionError, match='no microphone found: .* no input device'):
        find('')
    assert devices.LOUDSPEAKERS.find('').number == 0, 'there is no default'


def test_voice_at_the_microphone_becomes_emotion_in_another_process(server, served, listener):
    server.start()
    emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
    audio = listener.subscribe(AudioFrame, 'audio', qos.AUDIO)
    begun = time.time()
    with Executable('emotion_pipeline', environment=served, device='robot_ear').wait_for(RECORDING):
        wait_until(lambda: any(message.utterance == 2 and message.final
                               for message in emotions), what='two utterances')
    for message in emotions:
        assert begun < nanoseconds(message.header.stamp) / 1e9 < time.time()
    assert len(audio) > 2 * SETTLING
    settled = audio[SETTLING:]
    captured = sum(len(message.data) for message in settled[:-1]) / 16000
    assert captured == pytest.approx(
        (nanoseconds(settled[-1].header.stamp) - nanoseconds(settled[0].header.stamp)) / 1e9,
        rel=0.1), 'the device runs in real time'
    for number, (before, after) in enumerate(zip(audio, audio[1:])):
        assert after.first_sample == before.first_sample + len(before.data), 'sound was lost'
        between = (nanoseconds(after.header.stamp) - nanoseconds(before.header.stamp)) / 1e9
        assert between > 0
        if number > SETTLING:
            assert between == pytest.approx(len(before.data) / 16000, abs=0.01)


def is_lost(diagnostics):
    level, values = newest(diagnostics)
    return level == DiagnosticStatus.ERROR and values['device state'] == 'lost'


def is_open(diagnostics):
    level, values = newest(diagnostics)
    return level == DiagnosticStatus.OK and values['device state'] == 'open'


def times_said(node, text):
    return sum(text in line for line in node.lines)


def test_voice_is_answered_after_the_sound_server_was_killed_and_started(
        server, served, listener):
    server.start()
    emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
    audio = listener.subscribe(AudioFrame, 'audio', qos.AUDIO)
    diagnostics = listener.subscribe(DiagnosticArray, '/diagnostics', 10)
    with Executable('emotion_pipeline', environment=served, device='robot_ear',
                    diagnostics=OFTEN) as node:
        wait_until(lambda: len(audio) > 40, what='sound')
        server.kill()
        node.wait_for(LOST, timeout=2.0)   # at once, not after SILENT
        wait_until(lambda: is_lost(diagnostics), what='the diagnosis')
        emotions.clear()
        before = audio[-1]
        heard = len(audio)
        server.start()
        wait_until(lambda: times_said(node, RECORDING) == 2, what='sound again')
        wait_until(lambda: any(message.final for message in emotions), what='an answer')
        wait_until(lambda: is_open(diagnostics), what='the diagnosis')
    assert times_said(node, LOST) == 1
    assert newest(diagnostics)[1]['losses of the device'] == '1'
    after = audio[heard]
    jump = (after.first_sample - before.first_sample) / 16000
    assert jump > 1.0
    assert jump == pytest.approx(
        (nanoseconds(after.header.stamp) - nanoseconds(before.header.stamp)) / 1e9, abs=0.002)


def test_device_that_gives_no_samples_for_a_while_is_lost_and_comes_back(
        server, served, listener):
    server.start()
    audio = listener.subscribe(AudioFrame, 'audio', qos.AUDIO)
    diagnostics = listener.subscribe(DiagnosticArray, '/diagnostics', 10)
    with Executable('audio_capture', environment=served, device='robot_ear',
                    diagnostics=OFTEN) as node:
        wait_until(lambda: audio, what='sound')
        server.freeze()
        node.wait_for(f'gave no samples for 3 s; {LOST}', timeout=5.0)
        wait_until(lambda: is_lost(diagnostics), what='the diagnosis')
        server.thaw()
        wait_until(lambda: times_said(node, RECORDING) == 2, what='sound again')
    for before, after in zip(audio, audio[1:]):
        assert after.first_sample >= before.first_sample + len(before.data)
        assert nanoseconds(after.header.stamp) > nanoseconds(before.header.stamp)


def test_microphone_that_is_there_later_is_waited_for(server, served, listener):
    audio = listener.subscribe(AudioFrame, 'audio', qos.AUDIO)
    diagnostics = listener.subscribe(DiagnosticArray, '/diagnostics', 10)
    with Executable('audio_capture', environment=served, device='robot_ear', diagnostics=OFTEN,
                    wait_for_device=True) as node:
        node.wait_for(LOST)
        wait_until(lambda: is_lost(diagnostics), what='the diagnosis')
        server.start()
        node.wait_for(RECORDING)
        wait_until(lambda: audio, what='sound')
    assert times_said(node, LOST) == 1


def test_recording_ends_within_two_seconds_where_the_device_hangs(server, served):
    server.start()
    node = Executable('audio_capture', environment=served, device='robot_ear')
    node.wait_for(RECORDING)
    server.freeze()
    node.process.send_signal(signal.SIGINT)
    assert node.finish(timeout=2.0) == 0
    assert 'hangs' in node.output
    assert 'Traceback' not in node.output


class FakeStream:
    """An InputStream of sounddevice; its time stands still."""

    time = 0.0

    def __init__(self, **options):
        self.options = options
        self.samplerate = float(options['samplerate'])

    def close(self):
        """Do nothing."""


@pytest.fixture
def open_fake(monkeypatch):
    """Open a Microphone on a made-up device that takes what `takes` allows."""
    import sounddevice

    def opened(takes=lambda options: True, channels=2, rate=32000.0, **options):
        def make(**given):
            if not takes(given):
                raise sounddevice.PortAudioError('refused')
            return FakeStream(**given)
        monkeypatch.setattr(devices.Devices, 'find', lambda self, name: devices.Device(
            0, 'ear', channels, rate))
        monkeypatch.setattr(sounddevice, 'InputStream', make)
        return microphone.Microphone(**options)
    return opened


def test_other_ways_to_open_a_device_are_tried(open_fake):
    found = open_fake(lambda options: options['channels'] == 4 and options['samplerate'] == 44100,
                      channels=4)
    assert (found.sample_rate, found._stream.options['channels']) == (44100, 4)
    with pytest.raises(devices.DeviceError, match="cannot open microphone 'ear': refused"):
        open_fake(lambda options: False)


@pytest.mark.parametrize('rate', [4000.0, 384000.0])
def test_a_device_whose_own_rate_no_frame_can_have_runs_at_another(open_fake, rate):
    found = open_fake(rate=rate)
    assert found.sample_rate == 48000
    for _ in range(10):   # the filter of the resampler fills
        capture(found)
    found.end()
    assert next(found.frames()).sample_rate == 16000


def capture(found, *, overflow=False):
    """Give a microphone 512 samples, as PortAudio does."""
    found._callback(np.zeros((512, 1), np.float32), 512, SimpleNamespace(inputBufferAdcTime=0.0),
                    SimpleNamespace(input_overflow=overflow))


def test_an_overflow_of_the_device_is_counted_and_shows_as_a_jump(open_fake):
    found = open_fake(lambda options: options['samplerate'] == 16000)
    for overflow in (False, True, False):
        capture(found, overflow=overflow)
    found.end()
    assert [frame.first_sample for frame in found.frames()] == [0, 1024, 1536]
    assert found.overflows == 1


def test_a_late_reader_loses_the_newest_and_it_shows_as_a_jump(open_fake, monkeypatch):
    monkeypatch.setattr(microphone, 'QUEUE_DURATION', 0.064)   # two blocks
    found = open_fake(lambda options: options['samplerate'] == 16000)
    for _ in range(4):
        capture(found)
    assert found.overflows == 2
    frames = found.frames()
    assert [next(frames).first_sample for _ in range(2)] == [0, 512]
    capture(found)
    assert next(frames).first_sample == 2048
