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

"""Sounds that are played on a real sound server, and the tune that is bundled."""

import runpy

import numpy as np
import pytest
import scipy.signal
import soundfile
import soxr

from conftest import REPOSITORY
from emotion_ros.behavior.player import SoundPlayer, find_sound
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import find_model, share
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline.pipeline import classify_file
from harness import EXECUTABLES, wait_until
from sound_server import TUNE, Recording, likeness, needs_portaudio, python

# Runs in a process of its own: PortAudio reads the configuration of ALSA once.
PLAY = """
import sys
from emotion_ros.behavior.player import SoundPlayer
from emotion_ros.errors import EmotionError
try:
    SoundPlayer(sys.argv[1], device=sys.argv[2]).play()
except EmotionError as error:
    sys.exit(str(error))
"""


def play(path, environment, device='robot_mouth'):
    """Play a sound in a process of its own; give what it complains about."""
    done = python(PLAY, path, device, environment=environment)
    assert 'Traceback' not in done.stderr, done.stderr
    said = [line for line in done.stderr.splitlines() if not line.startswith('ALSA lib')]
    assert done.returncode == len(said) <= 1, done.stderr
    return ''.join(said)


@needs_portaudio
def test_tune_is_heard(server, mouth):
    with server.start().record() as recording:
        assert play(TUNE, mouth) == ''
        wait_until(lambda: not recording.is_sound(0.5), what='silence')
        heard = recording.samples
    assert likeness(heard, soundfile.read(TUNE, dtype='float32')[0]) > 0.8


@needs_portaudio
@pytest.mark.parametrize('rate, channels', [(8000, 1), (96000, 3)])
def test_any_rate_and_channels_are_heard(server, mouth, tmp_path, rate, channels):
    time = np.arange(rate) / rate
    tone = 0.5 * np.sin(2 * np.pi * 440 * time)
    soundfile.write(tmp_path / 'tone.wav', np.repeat(tone[:, np.newaxis], channels, axis=1), rate)
    with server.start().record() as recording:
        assert play(tmp_path / 'tone.wav', mouth) == ''
        wait_until(lambda: not recording.is_sound(0.5), what='silence')
        heard = recording.samples
    pitch = np.argmax(np.abs(np.fft.rfft(heard))) * Recording.RATE / len(heard)
    assert pitch == pytest.approx(440, abs=2)
    assert 0.4 < np.quantile(np.abs(heard), 0.99) < 0.6
    begun, *_, ended = np.flatnonzero(np.abs(heard) > 0.1) / Recording.RATE
    assert ended - begun > 0.95, 'its end was cut off'


@needs_portaudio
def test_missing_loudspeaker_is_one_line_with_the_candidates(server, mouth):
    assert 'no output device' in play(TUNE, mouth)
    server.start()
    complaint = play(TUNE, mouth, device='banana')
    assert "loudspeaker 'banana' not found; candidates: " in complaint
    assert "'robot_mouth'" in complaint


@pytest.fixture
def player(tmp_path):
    """Make a player of white noise of a length [samples], with a rate [Hz] and channels."""
    def make(length, rate=Recording.RATE, channels=1):
        noise = np.random.default_rng(length).uniform(-0.9, 0.9, (length, channels))
        soundfile.write(tmp_path / 'noise.wav', noise.astype(np.float32), rate, subtype='FLOAT')
        return SoundPlayer(tmp_path / 'noise.wav'), noise
    return make


@pytest.mark.parametrize('length', [1, 479, 480, 481, 100_000])
@pytest.mark.parametrize('channels', [1, 2, 6])
def test_a_file_is_cut_into_blocks_with_silence_behind(player, length, channels):
    made, noise = player(length, 24000, channels)
    blocks = list(made._in_form(24000, 2, 480, 1000))
    assert {block.shape for block in blocks} == {(480, 2)}
    heard = np.concatenate(blocks)
    expected = noise if channels == 2 else np.repeat(noise.mean(axis=1, keepdims=True), 2, axis=1)
    assert np.abs(heard[:length] - expected).max() < 1e-3
    assert not heard[length:].any()
    assert length + 1000 - 480 < len(heard) <= length + 1000


@pytest.mark.parametrize('rate', [8000, 44100, 192000])
def test_a_file_is_resampled_as_a_whole(player, rate):
    made, noise = player(rate, rate, 2)
    heard = np.concatenate(list(made._in_form(48000, 2, 1920, 4000)))
    expected = soxr.resample(noise.astype(np.float32), rate, 48000)
    assert np.abs(heard[:len(expected)] - expected).max() < 1e-4
    assert np.abs(heard[len(expected) + 1:]).max() < 1e-4


def test_samples_that_are_no_numbers_spoil_no_others(tmp_path):
    wave = np.full(48000, 0.5, np.float32)
    wave[100] = np.nan
    soundfile.write(tmp_path / 'nan.wav', wave, 48000, subtype='FLOAT')
    heard = np.concatenate(list(SoundPlayer(tmp_path / 'nan.wav')._in_form(44100, 1, 1764, 1764)))
    assert np.isfinite(heard).all()
    assert np.abs(heard[1000:40000] - 0.5).max() < 0.01


def test_sounds_are_found_by_name_or_path(tmp_path):
    assert find_sound('happy_tune') == str(share('resource', 'sounds', 'happy_tune.flac'))
    assert find_sound('songs/happy_tune') == 'songs/happy_tune'
    assert find_sound('song.wav') == 'song.wav'
    with pytest.raises(EmotionError, match="sound must be happy_tune or a path.*got 'sad_tune'"):
        find_sound('sad_tune')


@pytest.fixture(scope='module')
def tune():
    """The bundled tune."""
    samples, rate = soundfile.read(TUNE)
    assert rate == Recording.RATE
    return samples


def test_tune_is_that_of_its_script(tune):
    made = runpy.run_path(str(REPOSITORY / 'scripts' / 'make_tune.py'))['tune']()
    assert np.abs(made - tune).max() < 2 / 32768


def test_tune_is_short_small_and_has_room_above(tune):
    assert 3 < len(tune) / Recording.RATE < 10
    assert TUNE.stat().st_size < 200_000
    assert np.abs(tune).max() == pytest.approx(10 ** (-6 / 20), abs=0.001)


def test_tune_begins_and_ends_in_silence_and_has_no_clicks(tune):
    assert np.abs(tune[[0, -1]]).max() < 0.001
    # A click is heard at all frequencies; the notes have none near the top.
    top = scipy.signal.sosfilt(
        scipy.signal.butter(8, 10500, 'highpass', fs=Recording.RATE, output='sos'), tune)
    assert np.abs(top).max() < 0.001


def test_tune_is_taken_for_no_speech():
    assert list(classify_file(TUNE, EmotionClassifier(find_model()))) == []


def test_tune_is_installed():
    assert (EXECUTABLES.parents[1] / 'share' / 'emotion_ros' / 'resource' / 'sounds'
            / TUNE.name).is_file()
