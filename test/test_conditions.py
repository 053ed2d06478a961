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

"""Conditions that clips are tested in."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip('scipy', reason='SciPy is not installed: requirements-train.txt')
pytest.importorskip('joblib', reason='joblib is not installed: requirements-train.txt')

from conftest import CLIPS, read_clip  # noqa: E402
from emotion_ros.audio import SAMPLE_RATE  # noqa: E402
from emotion_ros.audio.resampler import to_float  # noqa: E402
from emotion_ros.evaluation.conditions import (  # noqa: E402
    InNoise,
    InRoom,
    at_distances,
    in_noise,
    in_rooms,
)
from emotion_ros.training import rooms  # noqa: E402
from emotion_ros.training.effects import mix  # noqa: E402
from emotion_ros.training.noise import recorded_noise  # noqa: E402
from emotion_ros.training.recordings import read_noise  # noqa: E402
from emotion_ros.training.rooms import (  # noqa: E402
    TRAINING_SEED,
    GeneratedRooms,
    generated_response,
    reverberate,
)


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope='module')
def spoken():
    """A clip of speech."""
    return to_float(read_clip(CLIPS[0]))


@pytest.fixture
def noise(tmp_path):
    """A second of noise."""
    soundfile.write(tmp_path / 'hiss.wav', 0.1 * rng().normal(size=SAMPLE_RATE), SAMPLE_RATE)
    return read_noise([tmp_path / 'hiss.wav'])


def test_in_noise(spoken, noise):
    [condition] = in_noise(noise, [5])
    expected = mix(spoken, recorded_noise(noise, len(spoken), rng(3)), 5)
    assert (condition.change.apply(spoken, rng(3)) == expected).all()
    assert condition.change.settings() == {'noise': noise.digests, 'snr': 5}
    assert str(condition) == 'in noise, 5 dB'


@pytest.mark.parametrize('count', [0, 1, 1000])
def test_silence_of_any_length(noise, count):
    silence = np.zeros(count, np.float32)
    for change in (InNoise(noise, -30), InRoom(GeneratedRooms())):
        changed = change.apply(silence, rng())
        assert changed.shape == (count,) and not changed.any()


def test_distances_are_in_the_same_rooms_which_no_training_has(tmp_path, monkeypatch):
    plans = []
    monkeypatch.setattr(rooms, 'simulate_rooms', lambda plan, jobs: (
        plans.append(plan), [GeneratedRooms().draw(rng(len(plans)))])[1])
    near, far = at_distances([3, 0.5, 3], tmp_path, 1)
    assert (str(near), str(far)) == ('at 0.5 m', 'at 3 m')
    assert [plan.distance for plan in plans] == [(0.5, 0.5), (3, 3)]
    assert len({plan.seed for plan in plans}) == 1 and TRAINING_SEED != plans[0].seed
    assert near.change.settings() != far.change.settings()
    assert near.facts() == far.facts()


def test_rooms_of_a_path_are_one_condition(tmp_path, spoken):
    response = generated_response(2.0, 0, rng())   # a hall, which may be tested in
    folder = tmp_path / 'church'
    folder.mkdir()
    for name in 'ab':
        soundfile.write(folder / f'{name}.wav', response / 2, SAMPLE_RATE, subtype='FLOAT')
    church, one = in_rooms([folder, str(folder / 'b.wav')])
    assert (str(church), str(one)) == ('in rooms of church', 'in rooms of b')
    assert church.facts() == {'rooms_of_church': ['b.wav']}, 'both hold the same'
    assert church.select([0]).change.settings() == one.change.settings()
    changed = one.change.apply(spoken, rng())
    expected = reverberate(spoken, rooms.normalize_response(response))
    np.testing.assert_allclose(changed, expected, atol=1e-4 * np.abs(expected).max())
    assert Path(one.change.rooms.recordings.paths[0]).name == 'b.wav'
