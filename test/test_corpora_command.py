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

"""The command emotion-ros corpora: the list and the check."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from commands import refused, run
from conftest import CLIPS, write_video
from emotion_ros.corpora import check
from emotion_ros.corpora.clip import Clip
from emotion_ros.corpora.registry import CORPORA


def noise(seconds=0.5, *, seed=0, rate=16000):
    """Make noise: int16, shape (samples, 1)."""
    samples = np.random.default_rng(seed).normal(0, 1000, (round(seconds * rate), 1))
    return samples.astype(np.int16)


@pytest.fixture
def emodb(tmp_path):
    """Make a corpus of three speakers and two emotions, in which nothing is wrong."""
    for seed, name in enumerate(f'{speaker}a01{code}a.wav'
                                for speaker in ('03', '08', '09') for code in 'WN'):
        soundfile.write(tmp_path / name, noise(seed=seed), 16000)
    return tmp_path


def checked(*arguments):
    """Check corpora that are usable; return what is printed."""
    code, out, err = run('corpora', 'check', *arguments)
    assert (code, err) == (0, '')
    return out


def test_list_says_all_of_each_corpus():
    code, out, err = run('corpora')
    assert (code, err) == (0, '')
    words = ' '.join(out.split())
    for corpus in CORPORA.values():
        for text in (corpus.name, corpus.title, corpus.language, corpus.license, corpus.layout,
                     corpus.citation):
            assert text in words


def test_good_corpus_is_counted(emodb):
    out = checked(f'emodb:{emodb}')
    assert '6 clips, 0.1 min' in out
    rows = [[cell.strip() for cell in line.split('|')[1:-1]]
            for line in out.splitlines() if line.startswith('|')]
    assert rows[0] == ['', 'neutral', 'anger', 'all']
    assert rows[2:] == [['emodb/03', '1', '1', '2'], ['emodb/08', '1', '1', '2'],
                        ['emodb/09', '1', '1', '2'], ['all', '3', '3', '6'],
                        ['speakers', '3', '3', '3']]
    assert 'no problems found' in out


def test_bundled_clips_are_a_corpus():
    assert f'{len(CLIPS)} clips' in checked(f'emodb:{CLIPS[0].parent}')


def test_what_is_wrong_is_said(emodb):
    (emodb / '03a02Wa.wav').write_text('rubbish')
    soundfile.write(emodb / '03a02Wb.wav', noise(0.1), 16000)
    soundfile.write(emodb / '03a02Na.wav', np.zeros(0), 16000)
    soundfile.write(emodb / '03a02Nb.wav', noise(rate=8000, seed=9), 8000)
    soundfile.write(emodb / '08a04Fa.flac', noise(seed=0), 16000)
    (emodb / 'strange.wav').touch()
    (emodb / 'stranger.wav').touch()
    words = ' '.join(checked(f'emodb:{emodb}').split())
    for text in (
            'left out: strange.wav, stranger.wav: its name is not one of',
            f"cannot be read: sound file '{emodb}/03a02Na.wav' is empty",
            f"sound file '{emodb}/03a02Wa.wav' cannot be read:",
            'shorter than 0.3 s: 03a02Wb.wav: 0.10 s',
            'identical audio under several names: 03a01Wa.wav = 08a04Fa.flac: labels differ, '
            'anger, happiness; emodb/03, emodb/08',
            'happiness: emodb/08',
            '1 of 9 clips: 8000 samples a second, so nothing above 4 kHz',
            '8 of 9 clips: 16000 samples a second'):
        assert text in words
    assert 'no problems' not in words


def test_of_many_files_that_are_left_out_some_are_named(emodb):
    for number in range(25):
        (emodb / f'strange{number:02}.wav').touch()
    words = ' '.join(checked(f'emodb:{emodb}').split())
    assert 'strange19.wav and 5 more: its name is not one of' in words


def test_labels_that_are_no_class_are_said(tmp_path):
    rows = [(f'{number}.wav', emotion, speaker) for number, (emotion, speaker) in enumerate(
        (emotion, speaker) for emotion in ('neutral', 'calm', 'angry', 'Happy', 'tired')
        for speaker in 'abc')]
    for seed, (name, _, _) in enumerate(rows):
        soundfile.write(tmp_path / name, noise(seed=seed), 16000)
    table = tmp_path / 'list.csv'
    table.write_text('path,emotion,speaker\n' + ''.join(','.join(row) + '\n' for row in rows))
    out = checked(f'csv:{table}')
    _, _, listed = out.partition('\nlabels outside the default classes')
    lines = [line.strip() for line in listed.splitlines()[1:]]
    assert [line for line in lines if line] == [
        "'Happy': 3 clips, perhaps to be renamed to happiness",
        "'angry': 3 clips, perhaps to be renamed to anger", "'tired': 3 clips"]


def test_same_sound_with_the_same_labels(emodb):
    soundfile.write(emodb / '03a02Wa.wav', noise(seed=0), 16000)
    out = checked(f'emodb:{emodb}')
    assert '  03a01Wa.wav = 03a02Wa.wav\n' in out


def test_same_sound_in_several_corpora(emodb, tmp_path_factory):
    nemo = tmp_path_factory.mktemp('nemo')
    soundfile.write(nemo / 'EB0_anger_1.flac', noise(seed=0), 16000)
    words = ' '.join(checked(f'emodb:{emodb}', f'nemo:{nemo}').split())
    assert f'identical audio in several corpora: {emodb}/03a01Wa.wav = {nemo}/EB0_anger_1.flac' \
        in words
    assert 'several corpora' not in checked(f'emodb:{emodb}')


def test_videos_are_heard(tmp_path):
    for speaker in range(1, 4):
        (tmp_path / f's{speaker}').mkdir()
        write_video(tmp_path / f's{speaker}/an1.avi', noise(seed=speaker, rate=48000), 48000)
    (tmp_path / 's1/an2.avi').write_text('rubbish')
    out = checked(f'rml:{tmp_path}')
    assert '3 clips' in out
    assert f"'{tmp_path}/s1/an2.avi' cannot be read" in ' '.join(out.split())


def test_names_that_are_no_text_are_printed(emodb):
    (emodb / '\udcff.wav').touch()
    assert '\\udcff.wav' in checked(f'emodb:{emodb}')


def test_what_cannot_be_checked_is_one_line(emodb, tmp_path_factory):
    empty = tmp_path_factory.mktemp('empty')
    assert 'got no clip' in refused('corpora', 'check', f'emodb:{empty}')
    assert 'corpus must be ' in refused('corpora', 'check', 'emodb')
    (empty / '03a01Wa.wav').write_text('rubbish')
    assert 'none of 1 clips can be read' in refused('corpora', 'check', f'emodb:{empty}')
    code, out, err = run('corpora', 'check', 'emodb:nowhere', f'emodb:{emodb}')
    assert code == 1
    assert 'nowhere' in err
    assert '6 clips' in out, 'a bad corpus keeps the others from being checked'
    assert run('corpora', 'check')[0] == 2


def test_many_speakers_and_unknown_emotions_are_counted():
    clips = [Clip(Path(f'{number}.wav'), emotion, f'csv/{number}', '', 'csv')
             for number in range(100) for emotion in ('joy', 'fear')][:-1]
    head, *rows = check.count(clips)
    assert head == ['', 'fear', 'joy', 'all']
    assert len(rows) == 102
    assert rows[-3:] == [['csv/99', '0', '1', '1'], ['all', '99', '100', '199'],
                         ['speakers', '99', '100', '100']]
