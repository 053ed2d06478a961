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

"""Reading corpora: names, broken files, lists, errors."""

import re

from hypothesis import example, given, settings, strategies as st
import numpy as np
import pytest
import soundfile

from conftest import write_video
from emotion_ros.corpora.clip import Clip, Dropped
from emotion_ros.corpora.named_files import NamedCorpus
from emotion_ros.corpora.registry import CORPORA, corpus_named, read_corpus
from emotion_ros.emotions import EMOTIONS
from emotion_ros.errors import EmotionError

NAMED = sorted(name for name, corpus in CORPORA.items() if isinstance(corpus, NamedCorpus))


@pytest.fixture
def corpus(tmp_path):
    """Give a function that makes a folder with sound files of given names."""
    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, np.zeros(160), 16000)
        return tmp_path
    return make


@pytest.mark.parametrize('name, file, emotion, speaker, language', [
    ('emodb', '03a01Fa.wav', 'happiness', 'emodb/03', 'de'),
    ('emodb', 'wav/16b10Wd.flac', 'anger', 'emodb/16', 'de'),
    ('emodb', '08a02Lb.ogg', 'boredom', 'emodb/08', 'de'),
    ('emodb', '08a02Ec.aiff', 'disgust', 'emodb/08', 'de'),
    ('emodb', '08a02Aa.WAV', 'fear', 'emodb/08', 'de'),
    ('emodb', '08a02Ta.wav', 'sadness', 'emodb/08', 'de'),
    ('emodb', '08a02Na.wav', 'neutral', 'emodb/08', 'de'),
    ('ravdess', 'Actor_12/03-01-05-01-02-01-12.wav', 'anger', 'ravdess/12', 'en'),
    ('ravdess', '03-01-01-01-01-01-01.flac', 'neutral', 'ravdess/01', 'en'),
    ('ravdess', '03-01-02-01-01-01-01.wav', 'calm', 'ravdess/01', 'en'),
    ('ravdess', '03-01-08-02-02-02-24.wav', 'surprise', 'ravdess/24', 'en'),
    ('crema-d', 'AudioWAV/1001_DFA_ANG_XX.wav', 'anger', 'crema-d/1001', 'en'),
    ('crema-d', '1091_IEO_SAD_HI.flac', 'sadness', 'crema-d/1091', 'en'),
    ('rml', 'RML/s1/an1.wav', 'anger', 'rml/s1', ''),
    ('rml', 's3/session1/ha4.wav', 'happiness', 'rml/s3', ''),
    ('rml', 'rml-2/s8/di12.wav', 'disgust', 'rml/s8', ''),
    ('rml', 's8/fe1.flac', 'fear', 'rml/s8', ''),
    ('rml', 's8/sa1.wav', 'sadness', 'rml/s8', ''),
    ('rml', 's8/su1.wav', 'surprise', 'rml/s8', ''),
    ('savee', 'ALL/DC_a01.wav', 'anger', 'savee/DC', 'en'),
    ('savee', 'AudioData/JE/d15.wav', 'disgust', 'savee/JE', 'en'),
    ('savee', 'JK_f01.wav', 'fear', 'savee/JK', 'en'),
    ('savee', 'KL/h01.wav', 'happiness', 'savee/KL', 'en'),
    ('savee', 'KL_n30.wav', 'neutral', 'savee/KL', 'en'),
    ('savee', 'KL_sa01.wav', 'sadness', 'savee/KL', 'en'),
    ('savee', 'KL/su01.wav', 'surprise', 'savee/KL', 'en'),
    ('tess', 'OAF_angry/OAF_back_angry.wav', 'anger', 'tess/OAF', 'en'),
    ('tess', 'YAF_disgust/YAF_shout_disgust.wav', 'disgust', 'tess/YAF', 'en'),
    ('tess', 'OAF_Fear/OAF_back_fear.wav', 'fear', 'tess/OAF', 'en'),
    ('tess', 'YAF_back_happy.wav', 'happiness', 'tess/YAF', 'en'),
    ('tess', 'OAF_neutral/OA_bite_neutral.wav', 'neutral', 'tess/OAF', 'en'),
    ('tess', 'YAF_pleasant_surprised/YAF_back_ps.wav', 'surprise', 'tess/YAF', 'en'),
    ('tess', 'OAF_Sad/OAF_back_sad.wav', 'sadness', 'tess/OAF', 'en'),
    ('emovo', 'EMOVO/f1/dis-f1-b1.wav', 'disgust', 'emovo/f1', 'it'),
    ('emovo', 'gio-f2-b2.wav', 'happiness', 'emovo/f2', 'it'),
    ('emovo', 'neu-f3-l1.wav', 'neutral', 'emovo/f3', 'it'),
    ('emovo', 'pau-m1-n5.wav', 'fear', 'emovo/m1', 'it'),
    ('emovo', 'rab-m2-d1.wav', 'anger', 'emovo/m2', 'it'),
    ('emovo', 'sor-m3-d2.wav', 'surprise', 'emovo/m3', 'it'),
    ('emovo', 'tri-f1-l4.wav', 'sadness', 'emovo/f1', 'it'),
    ('nemo', 'samples/EB0_anger_1.wav', 'anger', 'nemo/EB0', 'pl'),
    ('nemo', 'IC0_fear_90.wav', 'fear', 'nemo/IC0', 'pl'),
    ('nemo', 'KD0_happiness_28.wav', 'happiness', 'nemo/KD0', 'pl'),
    ('nemo', 'KS0_neutral_22.wav', 'neutral', 'nemo/KS0', 'pl'),
    ('nemo', 'MK0_sadness_23.wav', 'sadness', 'nemo/MK0', 'pl'),
    ('nemo', 'WR0_surprised_64.wav', 'surprise', 'nemo/WR0', 'pl'),
    ('tess', 'testnew/0testYAF_gaze_ps39.wav', 'surprise', 'tess/YAF', 'en'),
    ('tess', 'testnew/751testOA_bite_neutral48.wav', 'neutral', 'tess/OAF', 'en'),
    ('ased', '01Neutral/n1-01-01-01-03.wav', 'neutral', 'ased/03', 'am'),
    ('ased', 'f2-01-01-01-03.wav', 'fear', 'ased/03', 'am'),
    ('ased', 'h3-07-02-02-65.wav', 'happiness', 'ased/65', 'am'),
    ('ased', 's4-01-01-01-03.wav', 'sadness', 'ased/03', 'am'),
    ('ased', '04Sad/S4-04-02-01-29.wav', 'sadness', 'ased/29', 'am'),
    ('ased', 'a5-03-01-02-50.wav', 'anger', 'ased/50', 'am'),
    ('turev-db', 'Sound Source/Angry/1157_kz_acik.wav', 'anger', 'turev-db/1157', 'tr'),
    ('turev-db', 'Calm/1234_sk_ogul1.wav', 'calm', 'turev-db/1234', 'tr'),
    ('turev-db', '7895_mt_soba.wav', 'happiness', 'turev-db/7895', 'tr'),
    ('turev-db', '6783_hl_dil.wav', 'sadness', 'turev-db/6783', 'tr'),
    ('banglaser', 'dataset/03-01-01-01-03-01-07.wav', 'happiness', 'banglaser/07', 'bn'),
    ('banglaser', '03-01-02-02-01-03-34.wav', 'sadness', 'banglaser/34', 'bn'),
    ('banglaser', '03-01-03-01-02-02-01.wav', 'anger', 'banglaser/01', 'bn'),
    ('banglaser', '01-01-04-02-03-01-15.wav', 'surprise', 'banglaser/15', 'bn'),
    ('banglaser', '03-01-05-01-03-01-07.wav', 'neutral', 'banglaser/07', 'bn'),
    ('javanese', 'dataset/01-02-03_04.wav', 'happiness', 'javanese/01', 'jv'),
    ('javanese', '10-04-06-07.wav', 'anger', 'javanese/10', 'jv'),
    ('emotiontts-kr', 'plain-to-emotional/ema/wav/ema00001.wav', 'neutral', 'emotiontts-kr/ema',
     'ko'),
    ('emotiontts-kr', 'nee00105.wav', 'happiness', 'emotiontts-kr/nee', 'ko'),
    ('emotiontts-kr', 'neo00201.wav', 'sadness', 'emotiontts-kr/neo', 'ko'),
    ('emotiontts-kr', 'emh00304.wav', 'anger', 'emotiontts-kr/emh', 'ko'),
    ('emospeech', 'Near Lake/go-safe-happy-20190710144834-d14a028c2a3a.wav', 'happiness',
     'emospeech/d14a028c', ''),
    ('emospeech', 'unknown-safe-calm-1561964985.325768-61da3711fc5f.wav', 'calm',
     'emospeech/61da3711', ''),
    ('emospeech', 'help-glass break-fearful-??-3d9d3e0eb86e.wav', 'fear',
     'emospeech/3d9d3e0e', ''),
    ('emospeech', 'stop-scream-angry-123123-d14a028c2a3a.wav', 'anger',
     'emospeech/d14a028c', ''),
    ('emotale', 'wav/DK_004_A_5.wav', 'anger', 'emotale/004', 'da'),
    ('emotale', 'wav/EN_004_B_1.wav', 'boredom', 'emotale/004', 'en'),
    ('emotale', 'DK_019_H_1.wav', 'happiness', 'emotale/019', 'da'),
    ('emotale', 'EN_019_N_1.wav', 'neutral', 'emotale/019', 'en'),
    ('emotale', 'EN_019_S_1.wav', 'sadness', 'emotale/019', 'en'),
])
def test_official_names(corpus, name, file, emotion, speaker, language):
    folder = corpus(file)
    clips, dropped = read_corpus(f'{name}:{folder}')
    [clip] = clips
    assert dropped == []
    assert clip.path == folder / file
    assert (clip.emotion, clip.speaker, clip.language, clip.corpus) == (
        emotion, speaker, language, name)


@pytest.mark.parametrize('name', NAMED)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_every_name_has_an_emotion_of_the_project(name, data):
    pattern = CORPORA[name].pattern
    file = data.draw(st.from_regex(f'(?:{pattern})', fullmatch=True))
    assert CORPORA[name].emotions[re.fullmatch(pattern, file)['emotion']] in EMOTIONS


@pytest.mark.parametrize('name, good, strange', [
    ('emodb', '03a01Fa.wav', ['03a01Xa.wav', '3a01Fa.wav', 'x03a01Fa.wav', '03a01Fa copy.wav']),
    ('ravdess', '03-01-05-01-02-01-12.wav', ['03-02-05-01-02-01-12.wav', '03-01-09-01-02-01-12.wav',
                                             '03-01-05-01-02-01.wav']),
    ('crema-d', '1001_DFA_ANG_XX.wav', ['1001_DFA_SUR_XX.wav', '1001_DFA_ANG.wav']),
    ('rml', 's1/an1.wav', ['an1.wav', 'ha2.wav', 'x1.wav']),
    ('savee', 'DC_a01.wav', ['a01.wav', 'DC_x01.wav', 'XX_a01.wav', 'DC_a1.wav']),
    ('tess', 'OAF_back_angry.wav', ['OA_back_angry.wav', 'XAF_back_angry.wav', 'OAF_angry.wav']),
    ('emovo', 'dis-f1-b1.wav', ['dis-f4-b1.wav', 'sad-f1-b1.wav', 'dis-f1.wav']),
    ('nemo', 'EB0_anger_1.wav', ['EB0_surprise_1.wav', 'EB_anger_1.wav', 'EB0_anger.wav']),
    ('ased', 'a5-03-01-02-50.wav', ['a4-03-01-02-50.wav', 'a5-03-01-02.wav']),
    ('turev-db', '1157_kz_acik.wav', ['1157_xx_acik.wav', 'kz_acik.wav']),
    ('banglaser', '03-01-05-01-03-01-07.wav', ['03-01-06-01-03-01-07.wav', '03-01-05-01-07.wav']),
    ('javanese', '01-02-03_04.wav', ['01-02-07_04.wav', '01-05-03_04.wav', '01-02-03.wav']),
    ('emotiontts-kr', 'nee00105.wav', ['nee00405.wav', 'nee001.wav']),
    ('emospeech', 'go-safe-calm-1-d14a028c2a3a.wav', ['go-safe-sad-1-d14a028c2a3a.wav',
                                                      'go-safe-calm-1-webservice.wav']),
    ('emotale', 'DK_004_A_5.wav', ['DE_004_A_5.wav', 'DK_004_X_5.wav']),
])
def test_other_names_are_reported(corpus, tmp_path, name, good, strange):
    clips, dropped = read_corpus(f'{name}:{corpus(good, *strange)}')
    assert [clip.path for clip in clips] == [tmp_path / good]
    assert sorted(entry.path.name for entry in dropped) == sorted(strange)
    assert all('name' in entry.reason for entry in dropped)


@pytest.mark.parametrize('name, good, broken', [
    ('emotiontts-kr', 'Emotional/nee/wav/nee00105.wav', ['Personality/pmc/wav/pmc00030.wav']),
    ('emospeech', 'House/go-safe-calm-1-d14a028c2a3a.wav', [
        'House/background-safe-None-2-d14a028c2a3a.wav',
        'House/background-safe-calm-3-d14a028c2a3a.wav',
        'House/unknown-safe-None-4-d14a028c2a3a.wav']),
])
def test_broken_files_are_dropped(corpus, name, good, broken):
    folder = corpus(good, *broken)
    clips, dropped = read_corpus(f'{name}:{folder}')
    assert [clip.path for clip in clips] == [folder / good]
    assert [entry.path for entry in dropped] == [folder / name for name in broken]
    assert all(entry.reason for entry in dropped)


def test_ratings_of_emotale(corpus):
    folder = corpus('wav/DK_001_A_1.wav', 'wav/DK_001_N_1.wav', 'wav/EN_001_S_1.wav')
    (folder / 'annotations.csv').write_text(
        'file,a1_A,a1_V,a1_D,a1_cat,a2_A,a2_V,a2_D,a2_cat,gt_emotion\n'
        'DK_001_A_1.wav,4.0,1.5,4.5,A,5.0,1.0,5.0,A,A\n'
        'DK_001_N_1.wav,3.0,3.0,3.0,N,,,,,N\n')
    for path in (folder, folder / 'wav'):
        clips, dropped = read_corpus(f'emotale:{path}')
        assert [(clip.arousal, clip.valence) for clip in clips] == [
            (0.75, -0.875), (0, 0), (None, None)]
        assert dropped == []


@pytest.mark.parametrize('content', [b'file,a1_A\nDK_001_A_1.wav,loud\n', b'\xff', b'a,b\n1,2\n'])
def test_broken_ratings_of_emotale_are_one_line(corpus, content):
    folder = corpus('DK_001_A_1.wav')
    (folder / 'annotations.csv').write_bytes(content)
    with pytest.raises(EmotionError, match=r'annotations\.csv.*ratings') as error:
        read_corpus(f'emotale:{folder}')
    assert '\n' not in str(error.value)


def test_without_ratings_emotale_has_none(corpus):
    [clip], _ = read_corpus(f'emotale:{corpus("DK_001_A_1.wav")}')
    assert (clip.arousal, clip.valence) == (None, None)


def test_a_second_copy_is_dropped(corpus):
    folder = corpus('a/03a01Fa.wav', 'b/03a01Fa.wav')
    clips, [copy] = read_corpus(f'emodb:{folder}')
    assert [clip.path for clip in clips] == [folder / 'a/03a01Fa.wav']
    assert copy.path == folder / 'b/03a01Fa.wav'
    assert str(folder / 'a/03a01Fa.wav') in copy.reason


@pytest.mark.parametrize('name, one, other', [
    ('savee', 'ALL/DC_a01.wav', 'AudioData/DC/a01.wav'),
    ('tess', 'OAF_neutral/OAF_bite_neutral.wav', 'OAF_neutral/OA_bite_neutral.wav'),
    ('tess', 'a/OAF_back_sad.wav', 'b/OAF_back_sad.wav'),
    ('ravdess', '01-01-05-01-02-01-12.wav', '03-01-05-01-02-01-12.wav'),
    ('rml', 'a/s3/session1/an1.wav', 'b/s3/session1/an1.wav'),
    ('tess', 'testnew/39testOAF_back_sad4.wav', 'train/OAF_back_sad.wav'),
])
def test_a_copy_by_another_name_is_dropped(corpus, name, one, other):
    clips, dropped = read_corpus(f'{name}:{corpus(one, other)}')
    assert len(clips) == len(dropped) == 1
    assert str(clips[0].path) in dropped[0].reason


def test_same_names_of_other_speakers_and_sessions_are_other_clips(corpus):
    folder = corpus('s1/an1.wav', 's2/an1.wav', 's3/session1/an1.wav', 's3/session2/an1.wav')
    clips, dropped = read_corpus(f'rml:{folder}')
    assert [clip.speaker for clip in clips] == ['rml/s1', 'rml/s2', 'rml/s3', 'rml/s3']
    assert dropped == []


def test_of_a_video_and_its_sound_the_sound_is_read(corpus):
    folder = corpus('s1/an1.wav')
    write_video(folder / 's1/an1.avi', np.zeros((4800, 2), np.int16), 48000)
    write_video(folder / 's1/AN2.AVI', None, 48000)
    write_video(folder / 's1/an3.AVI', None, 48000)
    clips, dropped = read_corpus(f'rml:{folder}')
    assert [clip.path.name for clip in clips] == ['an1.wav', 'an3.AVI']
    assert [entry.path.name for entry in dropped] == ['AN2.AVI', 'an1.avi']
    assert 'an1.wav' in dropped[1].reason


@pytest.mark.parametrize('name, file, deeper', [
    ('rml', 'RML/s3/session1/ha4.wav', 'RML/s3/session1'),
    ('rml', 'RML/s3/ha4.wav', 'RML/s3'),
    ('savee', 'AudioData/DC/a01.wav', 'AudioData/DC'),
])
def test_a_folder_further_down_may_be_named(corpus, monkeypatch, name, file, deeper):
    folder = corpus(file)
    expected = [clip.speaker for clip in read_corpus(f'{name}:{folder}')[0]]
    for path in (folder / deeper, folder / deeper / '..' / (folder / deeper).name):
        assert [clip.speaker for clip in read_corpus(f'{name}:{path}')[0]] == expected
    monkeypatch.chdir(folder / deeper)
    assert [clip.speaker for clip in read_corpus(f'{name}:.')[0]] == expected


FILE_NAMES = st.text(
    st.characters(blacklist_characters='/\0', blacklist_categories=('Cs',)),
    min_size=1, max_size=30).filter(lambda name: name not in ('.', '..'))


@pytest.mark.parametrize('name', NAMED)
@settings(max_examples=30, deadline=None)
@given(names=st.lists(FILE_NAMES, max_size=3), suffix=st.sampled_from(['.wav', '.avi', '']))
@example(names=['a\n.wav', 'a\udcff', 's1', '.'], suffix='.wav')
def test_any_name_of_a_file_is_taken(tmp_path_factory, name, names, suffix):
    folder = tmp_path_factory.mktemp('names')
    for file in names:
        try:
            (folder / f'{file}{suffix}').touch()
        except OSError:   # too long for the file system
            pass
    (folder / 'folder.wav').mkdir()
    entries = list(CORPORA[name].read(folder))
    assert len(entries) <= len(set(names))
    for entry in entries:
        assert isinstance(entry, (Clip, Dropped))
        assert entry.path.is_file()


def test_order_is_that_of_paths_and_other_files_are_left_alone(corpus):
    folder = corpus('03a02Fa.wav', '03a01Wa.wav', 'b/03a01Fa.wav', '._03a01Na.wav')
    (folder / 'README.txt').write_text('no sound')
    clips, dropped = read_corpus(f'emodb:{folder}')
    assert [clip.path.name for clip in clips] == ['03a01Wa.wav', '03a02Fa.wav', '03a01Fa.wav']
    assert dropped == []


@pytest.mark.parametrize('text, names', [
    ('emodb', ['NAME:PATH', 'emodb, ravdess, crema-d, ', ', csv']),
    ('emodb:', ['NAME:PATH']),
    (':{folder}', ['NAME:PATH']),
    ('emo:{folder}', ["'emo:", 'must name one of', ', '.join(CORPORA)]),
    ('mine=emodb:{folder}', ['NAME=csv:PATH', "'mine=emodb:"]),
    ('emodb=csv:{folder}', ['NAME=csv:PATH', "'emodb=csv:"]),
    ('a/b=csv:{folder}', ['NAME=csv:PATH', "'a/b=csv:"]),
    ('=csv:{folder}', ['NAME:PATH']),
    ('emodb:~nobody-here/none', ['~nobody-here/none', 'no such folder']),
    ('emodb:{folder}/none', ['none', 'no such folder', '03a01Fa.wav']),
    ('emodb:{folder}/' + 'x' * 300, ['File name too long']),
    ('emodb:{folder}', ['no clip', '03a01Fa.wav']),
    ('csv:{folder}/none.csv', ['none.csv', 'No such file']),
    ('csv:{folder}', ['cannot read']),
])
def test_errors_name_what_is_wrong(tmp_path, text, names):
    with pytest.raises(EmotionError) as error:
        read_corpus(text.format(folder=tmp_path))
    assert '\n' not in str(error.value)
    for name in names:
        assert name in str(error.value)


def test_csv(corpus):
    folder = corpus('a.wav', 'deep/b.wav', 'c.wav')
    table = folder / 'list.csv'
    table.write_text(
        'path,speaker,emotion,language,note\n'
        'a.wav,ann,joy,fr,x\n'
        f'{folder}/deep/b.wav, bob ,anger,,\n'
        'c.wav,,anger,fr,\n'
        'none.wav,bob,anger,fr,\n'
        'a.wav,ann,anger,fr,\n', encoding='utf-8-sig')
    clips, dropped = read_corpus(f'csv:{table}')
    assert [(clip.path, clip.emotion, clip.speaker, clip.language) for clip in clips] == [
        (folder / 'a.wav', 'joy', 'csv/ann', 'fr'),
        (folder / 'deep/b.wav', 'anger', 'csv/bob', '')]
    assert [entry.reason.partition(': ')[2] for entry in dropped] == [
        'speaker is empty', 'there is no such file', 'the file is listed twice']
    assert all('list.csv' in entry.reason for entry in dropped)


@pytest.mark.parametrize('table', [
    'path, emotion, speaker\na.wav, joy, ann\n',
    'path;emotion;speaker\na.wav;joy;ann\n',
    'path\temotion\tspeaker\na.wav\tjoy\tann\n',
    'Path,EMOTION,Speaker \n"a.wav", "joy",ann\n',
    'note;speaker;emotion;path\nloud, or so;ann;joy;a.wav\n'])
def test_csv_as_spreadsheets_and_people_write_it(corpus, table):
    folder = corpus('a.wav')
    (folder / 'list.csv').write_text(table)
    clips, dropped = read_corpus(f'csv:{folder}/list.csv')
    assert [(clip.path, clip.emotion, clip.speaker) for clip in clips] == [
        (folder / 'a.wav', 'joy', 'csv/ann')]
    assert dropped == []


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16', 'latin-1'])
def test_csv_in_any_encoding_of_spreadsheets(corpus, encoding):
    folder = corpus('jörg.wav')
    (folder / 'list.csv').write_text('path,emotion,speaker\njörg.wav,anger,Jörg\n',
                                     encoding=encoding)
    [clip], dropped = read_corpus(f'csv:{folder}/list.csv')
    assert (clip.path, clip.speaker, dropped) == (folder / 'jörg.wav', 'csv/Jörg', [])


def test_backslashes_in_paths_are_read(corpus):
    folder = corpus('deep/a.wav')
    (folder / 'list.csv').write_text('path,emotion,speaker\ndeep\\a.wav,anger,ann\n')
    [clip], _ = read_corpus(f'csv:{folder}/list.csv')
    assert clip.path == folder / 'deep/a.wav'


def test_first_file_is_named_where_all_are_missing_or_misnamed(corpus):
    folder = corpus('joy.wav')
    table = folder / 'list.csv'
    table.write_text('path,emotion,speaker\nx/a.wav,joy,ann\nx/b.wav,joy,ann\n')
    with pytest.raises(EmotionError) as error:
        read_corpus(f'csv:{table}')
    assert str(error.value) == (
        f"corpora 'csv:{table}': none of its 2 files can be used, the first is "
        f"'{folder}/x/a.wav': line 2 of {table}: there is no such file")
    with pytest.raises(EmotionError, match=f'of its 1 files.*{folder.name}/joy.wav.*03a01Fa'):
        read_corpus(f'emodb:{folder}')


def test_a_csv_corpus_may_have_a_name_of_its_own(corpus):
    folder = corpus('a.wav')
    (folder / 'list.csv').write_text('path,emotion,speaker\na.wav,anger,ann\n')
    [clip], _ = read_corpus(f'family=csv:{folder}/list.csv')
    assert (clip.corpus, clip.speaker) == ('family', 'family/ann')
    assert corpus_named('family').title == CORPORA['csv'].title
    assert corpus_named('emodb') is CORPORA['emodb']


@pytest.mark.parametrize('content, names', [
    (b'path,emotion\n', ["no column 'speaker'", 'must be path, emotion, speaker',
                         "got 'path, emotion'"]),
    (b'', ["'path'"]),
    (b'file|emotion|speaker\n', ["'path'", "got 'file|emotion|speaker'"]),
    (b'path,emotion,speaker\n', ['no clip']),
    (b'path,emotion,speaker\n\xff\xfe,x,y\n', ['there is no such file']),
    ('path,emotion\n'.encode('utf-16'), ["no column 'speaker'"]),
    (b'File,emotion,speaker\n', ["rename 'file' to 'path'"]),
    (b'path,label,speaker\n', ["rename 'label' to 'emotion'"]),
    (b'file,label,speaker\n', ["rename 'file' to 'path' and 'label' to 'emotion'"]),
    (b'path,emotion,speaker\n"a.wav",x,y\n"b.wav,x,y\nc.wav,x,y\n',
     ['line 3: a quote is never closed']),
    (b'path,emotion,speaker\na.wav,x,y\n"b.wav,x,y\n"c.wav",x,y\n', ['line 3:']),
    (b'"path,emotion,speaker\n', ['line 1: a quote is never closed']),
    (b'path,emotion,speaker\na.wav,x,\n', ['line 2', 'speaker is empty']),
])
def test_bad_csv(tmp_path, content, names):
    table = tmp_path / 'list.csv'
    table.write_bytes(content)
    with pytest.raises(EmotionError) as error:
        read_corpus(f'csv:{table}')
    for name in [str(table), *names]:
        assert name in str(error.value)


def test_csv_with_sex_and_split(corpus):
    folder = corpus('a.wav', 'b.wav', 'c.wav', 'd.wav')
    (folder / 'list.csv').write_text(
        'path,emotion,speaker,sex,split\na.wav,anger,ann,Female,train\nb.wav,fear,bob,m,Test\n'
        'c.wav,fear,cy,,\nd.wav,fear,dot,x,train\n')
    clips, [dropped] = read_corpus(f'csv:{folder}/list.csv')
    assert [(clip.sex, clip.split) for clip in clips] == [
        ('f', 'train'), ('m', 'test'), ('', '')]
    assert dropped.reason.endswith(
        f"line 5 of {folder}/list.csv: sex must be one of f, m, got 'x'")


@pytest.mark.parametrize('name, file, sex', [
    ('emodb', '03a01Wa.wav', 'm'), ('emodb', '08a01Wa.wav', 'f'),
    ('ravdess', '03-01-05-01-02-01-12.wav', 'f'), ('savee', 'DC_a01.wav', 'm'),
    ('crema-d', '1001_DFA_ANG_XX.wav', '')])
def test_sex_where_names_tell_it(corpus, name, file, sex):
    assert read_corpus(f'{name}:{corpus(file)}')[0][0].sex == sex


@pytest.fixture
def database(corpus):
    """A database in audformat with two speakers and two splits."""
    audformat = pytest.importorskip('audformat')
    folder = corpus('a.wav', 'b.wav', 'c.wav')
    made = audformat.Database('made', languages=['de'])
    made.schemes['emotion'] = audformat.Scheme(labels=['anger', 'fear'])
    made.schemes['speaker'] = audformat.Scheme(labels={
        'ann': {'gender': 'female'}, 'bob': {'gender': 'male'}})
    made.schemes['arousal'] = audformat.Scheme('float', minimum=0, maximum=4)
    made.splits['train'] = audformat.Split('train')
    made.splits['test'] = audformat.Split('test')
    for split, files, emotions, speaker in (
            ('train', ['a.wav', 'b.wav'], ['anger', None], 'ann'),
            ('test', ['c.wav'], ['fear'], 'bob')):
        table = made[f'emotion.{split}'] = audformat.Table(
            audformat.filewise_index(files), split_id=split)
        for column, values in (('emotion', emotions), ('speaker', [speaker] * len(files)),
                               ('arousal', [3.0] * len(files))):
            table[column] = audformat.Column(scheme_id=column)
            table[column].set(values)
    made.save(str(folder))
    return folder


def test_audformat(database):
    clips, [dropped] = read_corpus(f'mine=audformat:{database}')
    assert [(clip.path.name, clip.emotion, clip.speaker, clip.language, clip.sex, clip.split,
             clip.arousal) for clip in clips] == [
        ('a.wav', 'anger', 'mine/ann', 'de', 'f', 'train', 0.5),
        ('c.wav', 'fear', 'mine/bob', 'de', 'm', 'test', 0.5)]
    assert (dropped.path.name, dropped.reason) == ('b.wav', 'emotion is unknown')


def test_what_is_no_audformat(database, tmp_path):
    (database / 'db.yaml').write_text('name: [')
    for folder, message in ((database, 'is not a database in audformat'),
                            (tmp_path / 'none', 'must be a folder with db.yaml')):
        with pytest.raises(EmotionError, match=message) as error:
            read_corpus(f'audformat:{folder}')
        assert '\n' not in str(error.value)
