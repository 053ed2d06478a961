"""The sound of videos, and videos that have none."""

import builtins

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
import soundfile

from conftest import CLIPS, read_clip, write_video
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.video_sound import VideoSound
from emotion_ros.errors import EmotionError


def noise(samples, channels):
    """Make the same noise each time: int16, shape (samples, channels)."""
    return np.random.default_rng(0).normal(0, 3000, (samples, channels)).astype(np.int16)


@pytest.mark.parametrize('rate, channels', [(44100, 2), (48000, 2), (22050, 1)])
def test_sound_is_that_of_the_wav(tmp_path, rate, channels):
    samples = noise(2 * rate, channels)
    write_video(tmp_path / 'a.avi', samples, rate)
    soundfile.write(tmp_path / 'a.wav', samples, rate)
    assert FileSource(tmp_path / 'a.avi').duration == pytest.approx(2.0)
    assert FileSource(tmp_path / 'a.avi').sample_rate == rate
    assert np.array_equal(read_clip(tmp_path / 'a.avi'), read_clip(tmp_path / 'a.wav'))


@pytest.mark.parametrize('block', [1, 1000, 65536, 10**6])
def test_blocks_have_the_size_that_is_wanted(tmp_path, block):
    samples = noise(3000 if block == 1 else 100_000, 2)
    write_video(tmp_path / 'a.avi', samples, 48000)
    parts = []
    with VideoSound(tmp_path / 'a.avi') as video:
        while len(part := video.read(block)):
            parts.append(part)
        assert len(video.read(block)) == 0
    assert {len(part) for part in parts[:-1]} <= {block}
    assert np.array_equal(np.concatenate(parts), samples.astype(np.float32) / 32768)


def test_video_of_speech_is_heard_as_the_speech(tmp_path):
    samples, rate = soundfile.read(CLIPS[0], dtype='int16', always_2d=True)
    write_video(tmp_path / 'a.AVI', samples, rate)
    assert np.array_equal(read_clip(tmp_path / 'a.AVI'), read_clip(CLIPS[0]))


@pytest.mark.parametrize('extension', ['.avi', '.mkv', '.mov'])
def test_video_without_sound_and_empty_sound_are_said(tmp_path, extension):
    write_video(tmp_path / f'mute{extension}', None, 48000)
    with pytest.raises(EmotionError, match='mute.*it has no sound'):
        FileSource(tmp_path / f'mute{extension}')


def test_truncated_video_is_said(tmp_path):
    write_video(tmp_path / 'cut.avi', noise(3 * 44100, 2), 44100, picture=False)
    content = (tmp_path / 'cut.avi').read_bytes()
    (tmp_path / 'cut.avi').write_bytes(content[:len(content) // 2])
    # Which of the two FFmpeg says depends on its version.
    said = r'cut.avi.*(breaks off after 1\.\d s of 3\.0 s|Invalid data)'
    with pytest.raises(EmotionError, match=said):
        read_clip(tmp_path / 'cut.avi')


@pytest.mark.parametrize('content', [b'', b'RIFF', b'no video at all' * 100])
def test_file_that_is_no_video_is_refused_by_name(tmp_path, content):
    (tmp_path / 'rubbish.avi').write_bytes(content)
    with pytest.raises(EmotionError, match='rubbish.avi') as error:
        FileSource(tmp_path / 'rubbish.avi')
    assert '\n' not in str(error.value)


def test_missing_video_is_said(tmp_path):
    with pytest.raises(EmotionError, match='nowhere.avi.*no such file'):
        FileSource(tmp_path / 'nowhere.avi')


def test_missing_package_is_said(tmp_path, monkeypatch):
    write_video(tmp_path / 'a.avi', noise(4800, 2), 48000)

    def without_av(name, *arguments, **options):
        if name == 'av':
            raise ImportError("No module named 'av'", name='av')
        return imported(name, *arguments, **options)

    imported = builtins.__import__
    monkeypatch.setattr(builtins, '__import__', without_av)
    with pytest.raises(EmotionError, match='a.avi.*package av.*requirements-train.txt'):
        FileSource(tmp_path / 'a.avi')


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_broken_videos_raise_nothing_else(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / 'broken.avi'
    write_video(path, noise(4800, 2), 48000)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        place = data.draw(st.integers(0, min(len(content), 8000) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[:data.draw(st.integers(0, len(content)))])
    try:
        read_clip(path)
    except EmotionError as error:
        assert '\n' not in str(error)
