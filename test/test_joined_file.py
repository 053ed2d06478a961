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

"""Sound files of pipes, of killed recorders, and joined end to end, are read whole."""

import io
import os
import struct
import wave

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
import soundfile

from conftest import CLIPS
from emotion_ros.audio.file_source import SoundFile
from emotion_ros.errors import EmotionError

RATE = 16000
FORMATS = {'wav': 'PCM_16', 'flac': 'PCM_16', 'ogg': 'VORBIS', 'opus': 'OPUS', 'mp3': None}


def tone(seconds, *, pitch=440):
    """Make a tone: int16, one dimension."""
    time = np.arange(round(seconds * RATE)) / RATE
    return np.rint(8000 * np.sin(2 * np.pi * pitch * time)).astype(np.int16)


def encoded(samples, kind='wav', *, rate=RATE):
    """Give the bytes of a sound file of a kind of FORMATS."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, subtype=FORMATS[kind],
                    format={'opus': 'OGG'}.get(kind, kind.upper()))
    return file.getvalue()


def piped(content):
    """Give a FLAC file as it is written to a pipe: it does not tell its length."""
    content = bytearray(content)
    content[21] &= 0xf0
    content[22:26] = bytes(4)
    return bytes(content)


def killed(samples):
    """Give a WAV file as the recorder that wrote it leaves it when it is killed."""
    file = io.BytesIO()
    with wave.open(file, 'wb') as recorder:
        recorder.setparams((1, 2, RATE, 0, 'NONE', ''))
    return file.getvalue() + samples.tobytes()


def read(path, content):
    """Read a file of this content, twice; give float32, one dimension."""
    path.write_bytes(content)
    file = SoundFile(path)
    samples, again = (np.concatenate(list(file.blocks()))[:, 0] for _ in range(2))
    assert np.array_equal(samples, again)
    assert file.duration == pytest.approx(len(samples) / RATE, abs=0.06)
    return samples


@pytest.mark.parametrize('kind', FORMATS)
def test_joined_files_are_read_as_one_after_the_other(kind, tmp_path):
    parts = [encoded(tone(length, pitch=pitch), kind)
             for length, pitch in ((1.0, 440), (0.7, 880), (5.0, 660))]
    wanted = np.concatenate([read(tmp_path / f'one.{kind}', part) for part in parts])
    assert np.array_equal(read(tmp_path / f'all.{kind}', b''.join(parts)), wanted)


def test_mp3_files_with_tags_are_joined(tmp_path):
    one, other = encoded(tone(1.0), 'mp3'), encoded(tone(2.0, pitch=880), 'mp3')
    tag = b'ID3\x04\0\0' + bytes([0, 0, 2, 4]) + bytes(260)
    old = b'TAG' + bytes(125)
    samples = read(tmp_path / 'a.mp3', tag + one + old + tag + other + old)
    assert len(samples) == 3 * RATE
    assert len(read(tmp_path / 'b.mp3', tag + one + old)) == RATE
    assert len(read(tmp_path / 'c.mp3', one + bytes(5000) + tag + other + bytes(5000))) == 3 * RATE


def test_flac_of_a_pipe_is_read_to_its_end(tmp_path):
    samples = tone(9.0)
    content = piped(encoded(samples, 'flac'))
    with soundfile.SoundFile(io.BytesIO(content)) as file:
        assert file.frames > 2**60, 'it tells its length'
    assert np.array_equal(read(tmp_path / 'a.flac', content), samples / np.float32(32768))
    joined = content + encoded(tone(1.0), 'flac') + content
    assert len(read(tmp_path / 'b.flac', joined)) == 19 * RATE


def test_flac_of_a_killed_recorder_is_read_up_to_what_is_broken(tmp_path):
    samples = tone(9.0) + np.arange(9 * RATE, dtype=np.int16) % 100   # less alike, so larger
    content = piped(encoded(samples, 'flac'))
    path = tmp_path / 'killed.flac'
    path.write_bytes(content[:len(content) // 2])
    blocks = []
    with pytest.raises(EmotionError, match=r"killed.flac' is broken after 4\.\d s: flac"):
        blocks.extend(SoundFile(path).blocks())
    heard = np.concatenate(blocks)[:, 0]
    assert len(heard) > 4.0 * RATE
    assert np.array_equal(heard, samples[:len(heard)] / np.float32(32768))
    path.write_bytes(content[:100])
    with pytest.raises(EmotionError, match="killed.flac' cannot be read"):
        SoundFile(path)


def test_wav_of_a_killed_recorder_is_read_to_its_end(tmp_path):
    samples = tone(3.0)
    wanted = samples / np.float32(32768)
    assert np.array_equal(read(tmp_path / 'a.wav', killed(samples)), wanted)
    unknown = bytearray(encoded(samples))
    for length in (0xffffffff, 0x7fffffff):   # what others write before they know
        struct.pack_into('<I', unknown, 4, length)
        struct.pack_into('<I', unknown, 40, length)
        assert np.array_equal(read(tmp_path / 'b.wav', unknown), wanted)
    joined = encoded(samples) + killed(samples)
    assert np.array_equal(read(tmp_path / 'c.wav', joined), np.tile(wanted, 2))


def test_wav_that_is_empty_is_said_to_be_so(tmp_path):
    notes = b'LIST' + struct.pack('<I', 4) + b'INFO'
    empty = encoded(tone(0))
    empty = b'RIFF' + struct.pack('<I', len(empty) - 8 + len(notes)) + empty[8:] + notes
    for content in (b'', empty, killed(tone(0))):
        (tmp_path / 'a.wav').write_bytes(content)
        with pytest.raises(EmotionError, match="a.wav' is empty$"):
            SoundFile(tmp_path / 'a.wav')
    aiff = io.BytesIO()
    soundfile.write(aiff, tone(0), RATE, format='AIFF')
    (tmp_path / 'a.aiff').write_bytes(aiff.getvalue() + tone(2).tobytes())
    with pytest.raises(EmotionError, match='is empty: its header .* bytes may contain some'):
        SoundFile(tmp_path / 'a.aiff')


@pytest.mark.parametrize('kind', ['wav', 'mp3'])
def test_a_truncated_file_is_read_and_said_to_be_so(tmp_path, caplog, capfd, kind):
    content = encoded(tone(9.0), kind)
    path = tmp_path / f'a.{kind}'
    path.write_bytes(content[:len(content) // 2])
    assert sum(map(len, SoundFile(path).blocks())) == pytest.approx(
        4.5 * RATE, abs=RATE / 2)
    assert "' is truncated: it ends after 4." in caplog.text
    assert capfd.readouterr().err == '', 'libraries say nothing'


def test_a_file_that_shrinks_while_it_is_read_is_said_to(tmp_path, caplog):
    path = tmp_path / 'a.wav'
    path.write_bytes(encoded(tone(9.0)))
    blocks = SoundFile(path).blocks()
    next(blocks)
    os.truncate(path, 5 * 2 * RATE)
    assert len(list(blocks)) < 20
    assert "a.wav' is truncated: it ends after" in caplog.text


def test_what_is_left_is_said(tmp_path, caplog):
    content = encoded(tone(1.0))
    assert len(read(tmp_path / 'a.wav', content + bytes(100))) == RATE
    assert not caplog.records, 'editors leave a little behind'
    assert len(read(tmp_path / 'a.wav', content + tone(2.0).tobytes())) == RATE
    assert '64000 bytes are beyond the length in its header' in caplog.text
    caplog.clear()
    for others, told in ((b'', True), (b'LIST\x04\0\0\0abcd' * 9000, False)):
        short = bytearray(content + others + tone(2.0).tobytes() * told)
        short[4:8] = struct.pack('<I', len(short) - 8)
        assert len(read(tmp_path / 'a.wav', short)) == RATE
        assert ('64000 bytes are beyond' in caplog.text) == told
        caplog.clear()
    one = encoded(tone(1.0), 'mp3')
    assert len(read(tmp_path / 'a.mp3', one + b'junk' * 5000)) == RATE
    assert '20000 bytes are beyond the length in its header' in caplog.text


def test_files_of_different_form_cannot_be_joined(tmp_path):
    for content in (encoded(tone(1.0)) + encoded(tone(1.0), rate=8000),
                    encoded(tone(1.0), 'ogg') + encoded(np.zeros((RATE, 2)), 'ogg')):
        (tmp_path / 'a').write_bytes(content)
        with pytest.raises(EmotionError, match='joined of 2 files, of which number 2 has'):
            SoundFile(tmp_path / 'a')


@settings(max_examples=60, deadline=None)
@given(kinds=st.lists(
           st.sampled_from([*FORMATS, 'piped', 'killed', 'junk']), min_size=1, max_size=3),
       changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6),
       cut=st.floats(0.1, 1))
def test_whatever_is_joined_and_broken_is_read_or_refused(tmp_path_factory, kinds, changes, cut):
    made = {'piped': lambda: piped(encoded(tone(0.3), 'flac')), 'killed': lambda: killed(tone(0.3)),
            'junk': lambda: b'OggSRIFFfLaC\xff\xfbID3' * 50}
    content = bytearray(b''.join(
        made[kind]() if kind in made else encoded(tone(0.3), kind) for kind in kinds))
    for place, value in changes:
        content[int(place**3 * (len(content) - 1))] = value
    path = tmp_path_factory.getbasetemp() / 'joined'
    path.write_bytes(content[:int(cut * len(content))])
    try:
        assert sum(map(len, SoundFile(path).blocks())) >= 0
    except EmotionError as error:
        assert '\n' not in str(error)


def test_a_whole_file_is_the_same_as_ever(tmp_path):
    for clip in CLIPS:
        wanted, _ = soundfile.read(clip, dtype='float32')
        assert np.array_equal(read(tmp_path / 'a.flac', clip.read_bytes()), wanted)
