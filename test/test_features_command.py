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

"""The command `emotion-ros features`."""

import numpy as np
import pytest
import soundfile

from conftest import CLIPS, import_opensmile
from emotion_ros import cli
from emotion_ros.audio.file_source import FileSource
from emotion_ros.cli import features
from emotion_ros.features.blocks import LOG_MEL
from emotion_ros.model import classifier
from emotion_ros.offline.pipeline import extract
from stub_voices import EMBEDDING, stub_classifier


@pytest.fixture
def run(monkeypatch, capsys):
    """Run `emotion-ros features`; gives the exit code, stdout and stderr."""
    def command_line(*arguments):
        monkeypatch.setattr('sys.argv', ['emotion-ros', 'features', *map(str, arguments)])
        return cli.main() or 0, *capsys.readouterr()
    return command_line


def of_opensmile(paths, block):
    """Give the table of openSMILE's own package."""
    opensmile = import_opensmile()
    level = (opensmile.FeatureLevel.LowLevelDescriptors if block.endswith('_lld')
             else opensmile.FeatureLevel.Functionals)
    smile = opensmile.Smile(opensmile.FeatureSet[block.removesuffix('_lld')], level)
    return smile.process_files([str(path) for path in paths])


@pytest.mark.parametrize('block', ['eGeMAPSv02', 'ComParE_2016_lld'])
def test_tables_are_those_of_opensmile(run, tmp_path, block):
    pandas = pytest.importorskip('pandas')
    expected = of_opensmile(CLIPS[:2], block)
    for suffix in ('.csv', '.npz'):
        code, out, _ = run(*CLIPS[:2], '--whole', '--features', block, '-o',
                           tmp_path / f'table{suffix}')
        assert code == 0 and f'{len(expected)} rows of {expected.shape[1]} features' in out
    found = pandas.read_csv(tmp_path / 'table.csv', dtype=dict.fromkeys(expected, np.float32))
    for name in ('start', 'end'):
        found[name] = pandas.to_timedelta(found[name])
    pandas.testing.assert_frame_equal(found.set_index(['file', 'start', 'end']), expected)
    with np.load(tmp_path / 'table.npz') as arrays:
        assert arrays['columns'].tolist() == list(expected)
        np.testing.assert_array_equal(arrays['features'], expected)
        files, starts, ends = (expected.index.get_level_values(level) for level in range(3))
        assert arrays['files'].tolist() == list(files)
        np.testing.assert_allclose(arrays['start'], starts.total_seconds(), atol=1e-6)
        np.testing.assert_allclose(arrays['end'], ends.total_seconds(), atol=1e-6)


def test_utterances_are_those_of_the_robot(run, tmp_path, speech_file):
    run(speech_file, '--features', LOG_MEL, '-o', tmp_path / 'table.npz')
    expected = [features for features in extract(FileSource(speech_file).frames(), [LOG_MEL])
                if features.utterance.final]
    assert len(expected) > 1
    with np.load(tmp_path / 'table.npz') as arrays:
        np.testing.assert_array_equal(
            arrays['features'], np.concatenate([part.matrices[LOG_MEL] for part in expected]))
        assert arrays['columns'][[0, -1]].tolist() == ['log_mel[0]', 'log_mel[79]']
        assert arrays['start'][0] == expected[0].utterance.stamp / 1e9
        steps = np.diff(arrays['start'][:len(expected[0].matrices[LOG_MEL])])
        np.testing.assert_allclose(steps, 0.01, atol=1e-9)
        assert 'speaker' not in arrays


def test_a_corpus_tells_emotions_and_speakers(run, tmp_path):
    for clip in CLIPS[:2]:
        (tmp_path / clip.name).symlink_to(clip)
    code, _, _ = run(f'emodb:{tmp_path}', '--whole', '-o', tmp_path / 'table.npz')
    assert code == 0
    with np.load(tmp_path / 'table.npz') as arrays:
        assert arrays['speaker'].tolist() == [f'emodb/{clip.name[:2]}' for clip in CLIPS[:2]]
        assert len(arrays['emotion']) == 2


def test_the_embedding_of_the_encoder(run, tmp_path, monkeypatch):
    monkeypatch.setattr(classifier, 'EmotionClassifier', lambda *_, **options: stub_classifier())
    code, _, _ = run(CLIPS[0], '--features', 'embedding', '-o', tmp_path / 'table.csv')
    header, *rows = (tmp_path / 'table.csv').read_text().splitlines()
    assert code == 0 and header.split(',')[3:] == [f'embedding[{n}]' for n in range(EMBEDDING)]
    assert len(rows) == 1 and len(rows[0].split(',')) == 3 + EMBEDDING


def test_a_file_that_is_too_short_is_named(run, tmp_path):
    import_opensmile()
    path = tmp_path / 'short.wav'
    soundfile.write(path, np.ones(1), 16000)
    _, _, err = run(path, '--whole', '-o', tmp_path / 'table.csv')
    assert f'sound file {str(path)!r}: the utterance is too short for openSMILE' in err


def test_whole_files_are_not_cut(run, tmp_path):
    code, _, err = run(CLIPS[0], '--whole', '--hang-over', '1', '-o', tmp_path / 'table.csv')
    assert code == 1 and '--whole does not cut files' in err


def test_a_file_that_cannot_be_read_is_told(run, tmp_path):
    (tmp_path / 'text.wav').write_text('no sound')
    code, out, error = run(tmp_path / 'text.wav', CLIPS[0], '-o', tmp_path / 'table.csv')
    assert code == 1 and 'text.wav' in error and 'saved in' in out


@pytest.mark.parametrize('arguments, words', [
    (['none.wav', '-o', '{0}/table.txt'], ['--output must end in .csv or .npz', 'table.txt']),
    (['none.wav', '-o', '{0}/none/table.csv'],
     ['--output cannot be written to', 'there is no such folder']),
    (['none.wav', '-o', '{0}/folder.csv'], ['--output must be a file']),
    (['none.wav', '-o', '{0}/table.csv'], ['none.wav', 'nothing was written']),
    (['emodb:{0}/none', '-o', '{0}/table.csv'], ['emodb', 'none']),
    ([str(CLIPS[0]), '--features', 'embedding', '--model', '{0}', '-o', '{0}/table.csv'],
     ['model.yaml'])])
def test_what_cannot_be_used(run, tmp_path, arguments, words):
    (tmp_path / 'folder.csv').mkdir()
    code, _, error = run(*(argument.format(tmp_path) for argument in arguments))
    assert code == 1 and all(word in error for word in words)
    assert [path.name for path in tmp_path.iterdir()] == ['folder.csv']


def test_an_unknown_block(run, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(CLIPS[0], '--features', 'mine', '-o', tmp_path / 'table.csv')
    assert features.EMBEDDING in capsys.readouterr().err
