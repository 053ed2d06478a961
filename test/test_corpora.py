"""Reading corpora: names, broken files, lists, errors."""

import numpy as np
import pytest
import soundfile

from emotion_ros.corpora.clip import EMOTIONS
from emotion_ros.corpora.registry import CORPORA, read_corpus
from emotion_ros.errors import EmotionError


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
])
def test_official_names(corpus, name, file, emotion, speaker, language):
    folder = corpus(file)
    clips, dropped = read_corpus(f'{name}:{folder}')
    [clip] = clips
    assert dropped == []
    assert clip.path == folder / file
    assert (clip.emotion, clip.speaker, clip.language, clip.corpus) == (
        emotion, speaker, language, name)


@pytest.mark.parametrize('corpus_name', ['emodb', 'ravdess', 'crema-d'])
def test_emotions_are_those_of_the_project(corpus_name):
    assert set(CORPORA[corpus_name].emotions.values()) <= set(EMOTIONS)


@pytest.mark.parametrize('name, good, strange', [
    ('emodb', '03a01Fa.wav', ['03a01Xa.wav', '3a01Fa.wav', 'x03a01Fa.wav', '03a01Fa copy.wav']),
    ('ravdess', '03-01-05-01-02-01-12.wav', ['03-02-05-01-02-01-12.wav', '03-01-09-01-02-01-12.wav',
                                             '03-01-05-01-02-01.wav']),
    ('crema-d', '1001_DFA_ANG_XX.wav', ['1001_DFA_SUR_XX.wav', '1001_DFA_ANG.wav']),
])
def test_other_names_are_reported(corpus, name, good, strange):
    clips, dropped = read_corpus(f'{name}:{corpus(good, *strange)}')
    assert [clip.path.name for clip in clips] == [good]
    assert sorted(entry.path.name for entry in dropped) == sorted(strange)
    assert all('name' in entry.reason for entry in dropped)


@pytest.mark.parametrize('name, good, broken', [
    ('crema-d', '1001_DFA_ANG_XX.wav', ['1006_TIE_HAP_XX.wav', '1006_TIE_NEU_XX.wav']),
    ('crema-d', '1001_DFA_ANG_XX.wav', ['1017_IWW_ANG_XX.wav', '1017_IWW_FEA_XX.wav']),
    ('crema-d', '1001_DFA_ANG_XX.wav', ['1013_WSI_DIS_XX.wav', '1013_WSI_SAD_XX.wav']),
    ('crema-d', '1001_DFA_ANG_XX.wav', ['1076_MTI_SAD_XX.wav']),
    ('ravdess', 'Actor_07/03-01-03-01-02-01-07.wav', ['Actor_07/03-01-03-01-02-02-07.wav']),
])
def test_broken_files_are_dropped(corpus, name, good, broken):
    folder = corpus(good, *broken)
    clips, dropped = read_corpus(f'{name}:{folder}')
    assert [clip.path for clip in clips] == [folder / good]
    assert [entry.path for entry in dropped] == [folder / name for name in broken]
    assert all(entry.reason for entry in dropped)


def test_a_second_copy_is_dropped(corpus):
    folder = corpus('a/03a01Fa.wav', 'b/03a01Fa.wav')
    clips, [copy] = read_corpus(f'emodb:{folder}')
    assert [clip.path for clip in clips] == [folder / 'a/03a01Fa.wav']
    assert copy.path == folder / 'b/03a01Fa.wav'
    assert str(folder / 'a/03a01Fa.wav') in copy.reason


def test_order_is_that_of_paths_and_other_files_are_left_alone(corpus):
    folder = corpus('03a02Fa.wav', '03a01Wa.wav', 'b/03a01Fa.wav', '._03a01Na.wav')
    (folder / 'README.txt').write_text('no sound')
    clips, dropped = read_corpus(f'emodb:{folder}')
    assert [clip.path.name for clip in clips] == ['03a01Wa.wav', '03a02Fa.wav', '03a01Fa.wav']
    assert dropped == []


@pytest.mark.parametrize('text, names', [
    ('emodb', ['NAME:PATH', 'emodb, ravdess, crema-d, csv']),
    ('emodb:', ['NAME:PATH']),
    (':{folder}', ['NAME:PATH']),
    ('emo:{folder}', ["'emo'", 'unknown', 'emodb, ravdess, crema-d, csv']),
    ('emodb:{folder}/none', ['none', 'not a folder', '03a01Fa.wav']),
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


@pytest.mark.parametrize('content, names', [
    (b'path,emotion\n', ["'speaker'", 'path, emotion, speaker']),
    (b'', ["'path'"]),
    (b'path,emotion,speaker\n', ['no clip']),
    (b'path,emotion,speaker\n\xff\xfe,x,y\n', ['no CSV file']),
])
def test_bad_csv(tmp_path, content, names):
    table = tmp_path / 'list.csv'
    table.write_bytes(content)
    with pytest.raises(EmotionError) as error:
        read_corpus(f'csv:{table}')
    for name in [str(table), *names]:
        assert name in str(error.value)
