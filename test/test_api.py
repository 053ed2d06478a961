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

"""The public Python interface, and the examples that show it."""

import io
import math
import re
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from conftest import CLIPS, REPOSITORY
import emotion_ros
from emotion_ros import EmotionError, load
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline.pipeline import classify_file


@pytest.fixture(scope='module')
def recognizer():
    return load()


def test_a_file_gives_what_the_nodes_give(recognizer, speech_file):
    wanted = [(utterance.stamp / 1e9, emotion.emotion, emotion.confidence,
               emotion.probabilities.tolist())
              for utterance, emotion in classify_file(
                  speech_file, EmotionClassifier(find_model())) if utterance.final]
    found = [(result.start, result.emotion, result.confidence, [*result.probabilities.values()])
             for result in recognizer.file(speech_file)]
    assert found == wanted
    assert len(found) == 2


def test_an_array_and_a_stream_give_what_the_file_gives(recognizer, speech, speech_file):
    wanted = [(result.start, result.end) for result in recognizer.file(speech_file)]

    def times(results):
        return [(result.start, result.end) for result in results if result.final]

    assert times(recognizer.array(speech, SAMPLE_RATE)) == wanted
    stereo = np.stack([speech, speech], axis=1) / 32768
    assert times(recognizer.array(stereo, SAMPLE_RATE)) == wanted
    with recognizer.stream(SAMPLE_RATE) as stream:
        found = [result for begin in range(0, len(speech), 700)
                 for result in stream.push(speech[begin:begin + 700])]
    assert times(found) == wanted


@pytest.mark.parametrize('samples, rate, words', [
    (np.zeros((2, 3, 4), np.int16), 16000, 'one dimension'),
    (np.zeros(100, np.int32), 16000, 'int16 or floats, got int32'),
    (np.full(100, np.nan), 16000, 'finite'),
    (np.zeros(100), 10, 'sample_rate must be 8000 to 192000 Hz, got 10'),
    (np.zeros(100), 16000.5, 'sample_rate must be 8000 to 192000 Hz, got 16000.5'),
    (np.zeros(100), np.inf, 'sample_rate must be'),
    (np.zeros(100), 'high', "sample_rate must be 8000 to 192000 Hz, got 'high'"),
    ([[0.0], [0.0, 1.0]], 16000, 'samples must be an array'),
    (None, 16000, 'one dimension'),
    (np.zeros((100, 65)), 16000, 'channels'),
])
def test_what_cannot_be_used_is_one_line(recognizer, samples, rate, words):
    with pytest.raises(EmotionError, match=words) as error:
        recognizer.array(samples, rate)
    assert '\n' not in str(error.value)
    with pytest.raises(EmotionError, match=words):
        recognizer.stream(rate).push(samples)


def test_a_stream_hears_what_is_pushed_though_nobody_looks_at_the_results(recognizer, speech):
    with recognizer.stream(float(SAMPLE_RATE)) as stream:
        stream.push(speech[:SAMPLE_RATE])
        found = stream.push(speech[SAMPLE_RATE:])
    assert found == recognizer.array(speech, SAMPLE_RATE)


def test_a_model_or_threshold_that_cannot_be_is_one_line():
    with pytest.raises(EmotionError, match='/nowhere'):
        load('/nowhere')
    for threshold in (2, math.nan, 'high'):
        with pytest.raises(EmotionError, match=f'threshold must be 0 to 1, got {threshold!r}'):
            load(threshold=threshold)
    with pytest.raises(EmotionError, match='model must be a path, got int'):
        load(3)
    with pytest.raises(EmotionError, match='cannot enroll speakers|no such folder'):
        load(profiles='/nowhere')


def test_a_file_that_cannot_be_is_one_line(recognizer, tmp_path):
    with pytest.raises(EmotionError, match='path must be a path, got BytesIO'):
        recognizer.file(io.BytesIO(b'RIFF'))
    with pytest.raises(EmotionError, match='no such file'):
        recognizer.file(tmp_path / 'talk.wav')


def test_silence_has_no_result(recognizer):
    assert recognizer.array(np.zeros(SAMPLE_RATE), SAMPLE_RATE) == []


def test_what_is_public_is_there_and_nothing_is_imported_before():
    for name in emotion_ros.__all__:
        assert getattr(emotion_ros, name).__doc__
    with pytest.raises(AttributeError, match='nothing'):
        emotion_ros.nothing  # noqa: B018
    done = subprocess.run(
        [sys.executable, '-c', 'import sys, emotion_ros; print("numpy" in sys.modules)'],
        capture_output=True, text=True, check=True)
    assert done.stdout.strip() == 'False'


EXAMPLES = re.findall(r'```python\n(.*?)```', (REPOSITORY / 'docs' / 'python.md').read_text(), re.S)


@pytest.mark.parametrize('number', range(len(EXAMPLES)))
def test_examples_run(number, tmp_path, monkeypatch, capsys):
    samples, rate = soundfile.read(CLIPS[0])
    soundfile.write(tmp_path / 'talk.wav', np.concatenate([samples, np.zeros(rate)]), rate)
    monkeypatch.chdir(tmp_path)
    exec(compile(EXAMPLES[number], 'docs/python.md', 'exec'), {})
    assert capsys.readouterr().out


def test_the_readme_shows_the_first_example():
    assert EXAMPLES[0] in (REPOSITORY / 'README.md').read_text()
