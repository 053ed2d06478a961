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

"""Sound files of any kind, and things that are none."""

import os

import numpy as np
import pytest
import soundfile

from conftest import CLIPS
from emotion_ros.audio.file_source import TRAILING_SILENCE, FileSource
from emotion_ros.errors import EmotionError


def read(path, **options):
    return list(FileSource(path, **options).frames())


@pytest.mark.parametrize('clip', CLIPS, ids=lambda clip: clip.stem)
def test_16_khz_file_comes_bit_for_bit_then_silence(clip):
    frames = read(clip)
    heard = np.concatenate([frame.samples[:, 0] for frame in frames])
    expected, _ = soundfile.read(clip, dtype='int16')
    assert np.array_equal(heard[:len(expected)], expected)
    assert not heard[len(expected):].any()
    assert len(heard) >= len(expected) + TRAILING_SILENCE * 16000
    assert {len(frame.samples) for frame in frames} == {512}


def test_stamps_and_indices_count_the_samples():
    frames = read(CLIPS[0], frame_duration=0.1)
    for number, frame in enumerate(frames):
        assert frame.first_sample == number * 1600
        assert frame.stamp == number * 100_000_000


@pytest.mark.parametrize('suffix, subtype', [
    ('.wav', 'PCM_16'), ('.wav', 'PCM_24'), ('.wav', 'FLOAT'), ('.wav', 'PCM_U8'),
    ('.flac', 'PCM_16'), ('.ogg', 'VORBIS'), ('.aiff', 'PCM_16'), ('.mp3', 'MPEG_LAYER_III')])
@pytest.mark.parametrize('rate, channels', [(8000, 1), (44100, 2), (48000, 1)])
def test_any_format_rate_and_channels(tmp_path, suffix, subtype, rate, channels):
    path = tmp_path / f'tone{suffix}'
    time = np.arange(rate) / rate
    wave = np.repeat(0.5 * np.sin(2 * np.pi * 440 * time)[:, np.newaxis], channels, axis=1)
    soundfile.write(path, wave, rate, subtype=subtype)
    heard = np.concatenate([frame.samples[:, 0] for frame in read(path)])
    middle = heard[4000:12000].astype(float)
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * 16000 / len(middle) == pytest.approx(440, abs=2)
    assert np.abs(middle).max() == pytest.approx(16384, rel=0.1)


@pytest.mark.parametrize('content', [b'', b'RIFF', b'not sound at all' * 100])
def test_file_that_is_no_sound_is_refused_by_name(tmp_path, content):
    path = tmp_path / 'rubbish.wav'
    path.write_bytes(content)
    with pytest.raises(EmotionError, match='rubbish.wav'):
        FileSource(path)


def test_missing_file_folder_and_empty_sound_are_refused_by_name(tmp_path):
    soundfile.write(tmp_path / 'empty.wav', np.zeros(0), 16000)
    for path in (tmp_path / 'nowhere.wav', tmp_path, tmp_path / 'empty.wav'):
        with pytest.raises(EmotionError, match=str(path)):
            FileSource(path)


def test_pipe_and_absurd_rate_are_refused(tmp_path):
    os.mkfifo(tmp_path / 'pipe.wav')
    with pytest.raises(EmotionError, match='not a regular file'):
        FileSource(tmp_path / 'pipe.wav')
    soundfile.write(tmp_path / 'slow.wav', np.zeros(100), 1)
    with pytest.raises(EmotionError, match='sample rate of 1000 to 1000000 Hz, got 1'):
        FileSource(tmp_path / 'slow.wav')


def test_truncated_file_is_said(tmp_path):
    content = CLIPS[0].read_bytes()
    path = tmp_path / 'cut.flac'
    path.write_bytes(content[:len(content) // 2])
    with pytest.raises(EmotionError, match='cut.flac'):
        read(path)
