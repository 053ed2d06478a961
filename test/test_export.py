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

"""Networks for other programs."""

import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip('tensorflow', reason='TensorFlow is not installed: requirements-train.txt')
pytest.importorskip('tf2onnx', reason='tf2onnx is not installed: requirements-train.txt')
runtime = pytest.importorskip('onnxruntime')

from emotion_ros import cli  # noqa: E402
from emotion_ros.cli import export as command  # noqa: E402
from emotion_ros.files.paths import find_model  # noqa: E402
from emotion_ros.training import onnx_export  # noqa: E402


def export(monkeypatch, *arguments):
    """Run emotion-ros export; give its exit code."""
    monkeypatch.setattr(sys, 'argv', ['emotion-ros', 'export', *map(str, arguments)])
    return cli.main() or 0


@pytest.fixture(scope='module')
def small(tmp_path_factory):
    """A model of the small feature set, trained for a moment."""
    from synthetic import make_corpus, train
    folder = tmp_path_factory.mktemp('export')
    with pytest.MonkeyPatch.context() as patch:
        make_corpus(folder / 'speech', patch)
        train(folder / 'speech', '--epochs', 1, '--network', 'mlp', '--output', folder / 'model')
    return folder / 'model'


def test_onnx_says_what_litert_says(small, tmp_path, monkeypatch, capsys):
    path = tmp_path / 'model.onnx'
    assert export(monkeypatch, small, '-o', path) == 0
    assert 'differs from LiteRT by at most 0.0' in capsys.readouterr().out
    session = runtime.InferenceSession(str(path))
    [entry] = session.get_inputs()
    assert (entry.name, entry.shape) == ('eGeMAPSv02', [1, 1, 88])
    [probabilities] = session.run(['probabilities'], {
        'eGeMAPSv02': np.zeros((1, 1, 88), np.float32)})
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.timeout(300)
def test_the_installed_model_can_be_exported(tmp_path, monkeypatch, capsys):
    path = tmp_path / 'default.onnx'
    assert export(monkeypatch, 'default', '-o', path) == 0
    assert 'differs from LiteRT by at most 0.0' in capsys.readouterr().out
    session = runtime.InferenceSession(str(path))
    assert {entry.name for entry in session.get_inputs()} == {'log_mel', 'speaker'}
    [probabilities] = session.run(['probabilities'], {
        'log_mel': np.full((1, 90, 80), -4, np.float32),
        'speaker': np.zeros((1, 1, 256), np.float32)})
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_a_missing_folder_is_refused_before_the_work(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, 'import_training', lambda _: pytest.fail('it began'))
    assert export(monkeypatch, 'default', '-o', tmp_path / 'none' / 'model.onnx') == 1
    error, = capsys.readouterr().err.splitlines()
    assert '--output cannot be written' in error and 'there is no such folder' in error


def test_what_differs_is_not_written(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(onnx_export, 'TOLERANCE', -1.0)
    assert export(monkeypatch, small, '-o', tmp_path / 'model.onnx') == 1
    assert 'must differ from LiteRT by at most -1, got 0.0' in capsys.readouterr().err
    assert not (tmp_path / 'model.onnx').exists()


def test_keras_loads_a_model_with_one_import():
    code = ('import keras, emotion_ros.model, sys; '
            'keras.saving.load_model(sys.argv[1], compile=False)')
    subprocess.run([sys.executable, '-c', code, str(find_model() / 'model.keras')], check=True)
