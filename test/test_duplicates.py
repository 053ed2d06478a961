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

"""Clips of equal sound: found by content, kept once, left out where labels contradict."""

from pathlib import Path
import warnings

import numpy as np
import pytest
import soundfile

from conftest import write_video
from emotion_ros.corpora.clip import Clip
from emotion_ros.corpora.duplicates import audio_digest, distinct, with_digests
from emotion_ros.errors import EmotionError


def noise(seed=0, channels=1):
    samples = np.random.default_rng(seed).integers(-9999, 9999, (4800, 1)).astype(np.int16)
    return np.repeat(samples, channels, axis=1)


def clip(name, emotion='anger', corpus='emodb', digest=''):
    return Clip(Path(name), emotion, f'{corpus}/1', '', corpus, digest=digest)


def test_equal_sound_has_one_digest_in_any_format(tmp_path):
    soundfile.write(tmp_path / 'a.wav', noise(), 48000)
    soundfile.write(tmp_path / 'b.flac', noise(), 48000)
    soundfile.write(tmp_path / 'stereo.wav', noise(channels=2), 48000)
    soundfile.write(tmp_path / 'float.wav', noise() / 32768, 48000, subtype='FLOAT')
    write_video(tmp_path / 'film.avi', noise(), 48000)
    soundfile.write(tmp_path / 'other.wav', noise(seed=1), 48000)
    soundfile.write(tmp_path / 'rate.wav', noise(), 16000)
    same = {audio_digest(tmp_path / name)
            for name in ('a.wav', 'b.flac', 'stereo.wav', 'float.wav', 'film.avi')}
    other = {audio_digest(tmp_path / name) for name in ('other.wav', 'rate.wav')}
    assert len(same) == 1 and len(other) == 2 and not same & other


def test_samples_that_are_no_audio_have_a_digest_without_a_warning(tmp_path):
    digests = set()
    for number, value in enumerate((np.nan, np.inf, -np.inf, 1e38, 0.5)):
        path = tmp_path / f'{number}.wav'
        soundfile.write(path, np.full((100, 2), value, np.float32), 16000, 'FLOAT')
        with warnings.catch_warnings():
            warnings.simplefilter('error')
            digests.add(audio_digest(path))
    assert len(digests) == 4


def test_what_cannot_be_read_has_no_digest(tmp_path):
    (tmp_path / 'a.wav').write_text('rubbish')
    with pytest.raises(EmotionError):
        audio_digest(tmp_path / 'a.wav')
    soundfile.write(tmp_path / 'b.wav', noise(), 16000)
    first, second = with_digests([clip(tmp_path / 'a.wav'), clip(tmp_path / 'b.wav')])
    assert first.digest == '' and second.digest == audio_digest(tmp_path / 'b.wav')


def test_one_of_equal_clips_is_kept_across_corpora():
    clips = [clip('one/a.wav', digest='1'), clip('b.wav', digest='2'),
             clip('c.wav', corpus='tess', digest='1'), clip('two/a.wav', digest='1')]
    kept, dropped = distinct(clips)
    assert kept == clips[:2]
    assert [(str(entry.path), entry.reason) for entry in dropped] == [
        ('c.wav', 'identical to a.wav'), ('two/a.wav', 'identical to one/a.wav')]


def test_equal_sound_with_two_labels_is_left_out():
    clips = [clip('a.wav', digest='1'), clip('b.wav', 'fear', digest='1'),
             clip('c.wav', digest='1'), clip('d.wav', digest='2')]
    kept, dropped = distinct(clips)
    assert kept == clips[3:]
    assert [entry.path.name for entry in dropped] == ['a.wav', 'b.wav', 'c.wav']
    assert all('anger and fear: a.wav, b.wav, c.wav' in entry.reason for entry in dropped)


def test_clips_without_a_digest_are_different():
    clips = [clip('a.wav'), clip('b.wav')]
    assert distinct(clips) == (clips, [])
