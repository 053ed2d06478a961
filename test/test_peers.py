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

"""The benchmark of peers: the same clips for all, and a word on each that is not there."""

import importlib.util
import json
import shutil
import subprocess
import sys

import soundfile

from conftest import REPOSITORY

PEERS = {'openSMILE + SVM': 'opensmile', 'librosa + MLP': 'librosa',
         'pyAudioAnalysis': 'pyAudioAnalysis'}
CLIPS = sorted((REPOSITORY / 'resource' / 'speech').glob('*.flac'))


def compare(*arguments):
    """Run the benchmark; give its exit code, its tables and what it complained of."""
    done = subprocess.run(
        [sys.executable, REPOSITORY / 'benchmarks' / 'peers.py', '--json', *arguments],
        capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout or '{}').get('tables'), done.stderr


def test_peers_learn_from_the_training_speakers_and_all_are_tested_on_the_others(tmp_path):
    """Each test clip is also said by training speakers, so that an SVM knows it by heart."""
    for path in CLIPS:
        shutil.copy(path, tmp_path / path.name)
        samples, rate = soundfile.read(path, dtype='int16')
        for speaker in ('08', '09', '10'):
            samples[0] += 1   # or it would be the same sound, of which one clip is kept
            soundfile.write(tmp_path / f'{speaker}{path.name[2:]}', samples, rate)
    code, tables, stderr = compare('--corpus', f'emodb:{tmp_path}', '--cache', tmp_path / 'cache')
    assert code == 0, stderr
    rows = {row[0]: dict(zip(tables[0]['columns'], row)) for row in tables[0]['rows']}
    assert len(rows) == 1 + len(PEERS)
    assert 0 <= rows['emotion_ros']['UAR'] <= 1
    assert rows['openSMILE + SVM']['UAR'] == 1
    for row in rows.values():
        assert row['memory [MB]'] is None or row['memory [MB]'] > 20
    assert any('4 clips of 2 speakers' in note and '12 clips of the other 3' in note
               for note in tables[0]['notes'])
    for name, package in PEERS.items():
        if importlib.util.find_spec(package) is None:
            assert f'{name}: {package} is not installed' in rows


def test_a_corpus_that_leaves_nothing_to_train_on(tmp_path):
    for path in CLIPS:
        shutil.copy(path, tmp_path / path.name)
    code, tables, stderr = compare('--corpus', f'emodb:{tmp_path}', '--cache', tmp_path / 'cache')
    assert (code, tables) == (1, None)
    assert stderr.splitlines()[-1] == (
        'emotion-ros: --corpus: the default model leaves no speaker for training')
