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

"""What FFmpeg reads: videos, and sound files that soundfile does not know."""

import sys

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
import soundfile

from conftest import CLIPS, read_clip, write_video
from emotion_ros.audio.ffmpeg_file import FORMATS
from emotion_ros.audio.file_source import FileSource, SoundFile
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


def test_a_file_is_read_any_number_of_times(tmp_path):
    write_video(tmp_path / 'a.avi', noise(48000, 1), 48000)
    source = FileSource(tmp_path / 'a.avi')
    first, again = ([frame.samples for frame in source.frames()] for _ in range(2))
    assert np.array_equal(first, again)


@pytest.mark.parametrize('name', [
    'a.m4a', 'a.aac', 'a.mka', 'a.wma', 'a.3gp', 'a.ts', 'a.mp4', 'a.webm'])
def test_content_and_not_the_name_tells_what_a_file_is(tmp_path, name):
    """What telephones and television record is the clip, whatever it is called."""
    samples, rate = soundfile.read(CLIPS[0], dtype='int16', always_2d=True)
    codec = {'.wma': 'wmav2', '.webm': 'libopus', '.mka': 'libopus', '.ts': 'mp2'}.get(
        name[1:], 'aac')
    if codec == 'libopus':
        samples, rate = np.repeat(samples, 3, axis=0), 3 * rate
    write_video(tmp_path / name, samples, rate, picture=False, codec=codec)
    wanted = read_clip(CLIPS[0]).astype(float)
    for other in (name, 'a.wav', 'a'):
        heard = read_clip((tmp_path / name).rename(tmp_path / other)).astype(float)
        (tmp_path / other).rename(tmp_path / name)
        assert len(heard) == pytest.approx(len(wanted), abs=3000)
        likeness = np.abs(np.fft.irfft(np.fft.rfft(heard, 65536) * np.conj(
            np.fft.rfft(wanted, 65536)))).max()
        assert likeness > 0.7 * np.linalg.norm(heard) * np.linalg.norm(wanted)


def test_a_sound_file_may_have_any_name(tmp_path):
    (tmp_path / 'a.mp4').write_bytes(CLIPS[0].read_bytes())
    assert np.array_equal(read_clip(tmp_path / 'a.mp4'), read_clip(CLIPS[0]))


@pytest.mark.parametrize('extension, times, changes', [
    ('.mkv', [(0, 2), (1, 3.02), (2, 6.5)], [2, 4, 6.5, 7.5]), ('.mov', [(0, 2)], [2, 5])])
def test_time_is_that_of_the_film(tmp_path, extension, times, changes):
    """Sound that begins late or pauses has silence there; times jitter a little in any film."""
    path = tmp_path / f'a{extension}'
    write_video(path, noise(48000, 1), 16000, times=times)
    heard = read_clip(path)
    loud = [np.abs(part).max() > 1000 for part in np.array_split(heard, len(heard) // 160)]
    assert np.flatnonzero(np.diff(loud)) / 100 == pytest.approx(changes, abs=0.04)
    assert FileSource(path).duration == pytest.approx(changes[-1], abs=3.5)


def test_a_long_pause_is_given_in_pieces(tmp_path):
    path = tmp_path / 'a.mkv'
    write_video(path, noise(48000, 1), 16000, times=[(0, 0), (1, 300)])
    lengths = [len(block) for block in SoundFile(path).blocks()]
    assert sum(lengths) > 300 * 16000 and max(lengths) <= 16384


def test_a_playlist_leads_nowhere(tmp_path):
    """A file that names others must not have them read, on this machine or another."""
    write_video(tmp_path / 'secret.ts', noise(48000, 1), 48000, codec='mp2')
    for name, text in (
            ('a.m3u8', '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n'),
            ('a.ffconcat', 'ffconcat version 1.0\nfile {}\n')):
        (tmp_path / name).write_text(text.format(tmp_path / 'secret.ts'))
        with pytest.raises(EmotionError, match='its format is not supported'):
            FileSource(tmp_path / name)
    assert not {'hls', 'concat', 'dash', 'image2', 'sdp', 'rtsp'} & set(FORMATS)


def test_video_of_speech_is_heard_as_the_speech(tmp_path):
    samples, rate = soundfile.read(CLIPS[0], dtype='int16', always_2d=True)
    write_video(tmp_path / 'a.AVI', samples, rate)
    assert np.array_equal(read_clip(tmp_path / 'a.AVI'), read_clip(CLIPS[0]))


@pytest.mark.parametrize('extension', ['.avi', '.mkv', '.mov'])
def test_video_without_sound_and_empty_sound_are_said(tmp_path, extension):
    write_video(tmp_path / f'mute{extension}', None, 48000)
    with pytest.raises(EmotionError, match='mute.*it has no audio'):
        FileSource(tmp_path / f'mute{extension}')


@pytest.mark.parametrize('name', ['a.mkv', 'a.mov', 'a.avi'])
def test_pictures_may_go_on_after_the_sound(tmp_path, caplog, name):
    write_video(tmp_path / name, noise(2 * 44100, 1), 44100, after=3.0)
    assert len(read_clip(tmp_path / name)) == pytest.approx(3.6 * 16000, abs=600)
    assert not caplog.records


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
    monkeypatch.setitem(sys.modules, 'av', None)
    with pytest.raises(EmotionError, match='a.avi.*soundfile does not know.*pip install av'):
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
