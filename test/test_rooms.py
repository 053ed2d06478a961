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

"""Rooms that recordings are put into."""

import numpy as np
import pytest
import soundfile

pytest.importorskip('scipy', reason='SciPy is not installed: requirements-train.txt')
pytest.importorskip('joblib', reason='joblib is not installed: requirements-train.txt')

from emotion_ros.audio import SAMPLE_RATE  # noqa: E402
from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.training import room_simulation, rooms  # noqa: E402
from emotion_ros.training.room_simulation import (  # noqa: E402
    MICROPHONE_HEIGHT,
    MOUTH_HEIGHT,
    OCTAVES,
    RoomPlan,
    draw_absorption,
    draw_places,
)
from emotion_ros.training.rooms import (  # noqa: E402
    LEAD,
    GeneratedRooms,
    generated_response,
    normalize_response,
    read_impulse_responses,
    reverberate,
    reverberation_time,
    simulated_rooms,
)

PLAN = RoomPlan(count=2, seed=5, distance=(1.0, 1.0), reverberation_time=(0.2, 0.3))


@pytest.fixture
def measured(tmp_path):
    """A folder of responses: of two channels, and of a hall."""
    folder = tmp_path / 'responses'
    folder.mkdir()
    for name, time, channels in (('kitchen', 0.3, 2), ('hall', 3.0, 1)):
        responses = [0.5 * np.pad(generated_response(time, 0, np.random.default_rng(seed)),
                                  (80 * 3, 0)) for seed in range(channels)]
        soundfile.write(folder / f'{name}.wav', np.stack(responses, axis=1), 48000
                        if name == 'kitchen' else SAMPLE_RATE)
    return folder


def energy_after(response, start):
    return np.sum(response[start:].astype(np.float64) ** 2)


@pytest.mark.parametrize('time, ratio', [(0.2, 0), (0.7, 12)])
def test_a_generated_room_has_its_time_and_ratio(time, ratio):
    response = generated_response(time, ratio, np.random.default_rng(0))
    assert response.dtype == np.float32 and not response[:LEAD].any() and response[LEAD] == 1
    assert -10 * np.log10(energy_after(response, LEAD + 1)) == pytest.approx(ratio, abs=0.2)
    assert reverberation_time(response[LEAD + 1:]) == pytest.approx(time, rel=0.1)


@pytest.mark.parametrize('before', [0, 5, 80, 4000])
@pytest.mark.parametrize('scale', [1e-3, -1, 30])
def test_a_response_is_aligned_by_its_direct_sound(before, scale):
    tail = 0.2 * np.random.default_rng(0).normal(size=3000) * np.exp(-np.arange(3000) / 300)
    response = normalize_response(scale * np.concatenate([np.zeros(before), [1], tail]))
    assert response.dtype == np.float32
    assert np.abs(response).argmax() == LEAD
    assert np.sum(response[:rooms.DIRECT] ** 2) == pytest.approx(1, rel=1e-5)
    assert len(response) < 3000   # the end that nobody hears is cut


def test_a_room_keeps_the_time_of_the_direct_sound():
    impulse = np.zeros(4000, np.float32)
    impulse[1000] = 0.5
    heard = reverberate(impulse, generated_response(0.2, 6, np.random.default_rng(0)))
    assert heard.dtype == np.float32 and heard.shape == impulse.shape
    assert heard[1000] == pytest.approx(0.5, abs=1e-5)
    assert np.abs(heard[:1000]).max() < 1e-6
    assert reverberate(impulse[:0], heard).shape == (0,)


def test_measured_rooms_are_read_but_for_halls(measured, log):
    found = read_impulse_responses([str(measured)])
    assert 'left out 1 of 2 impulse responses' in log.text
    assert list(found.names().values()) == ['kitchen.wav']
    drawn = {found.draw(np.random.default_rng(seed))[0].tobytes() for seed in range(12)}
    assert len(drawn) == 2, 'each channel is a response'
    assert found.settings() != read_impulse_responses([measured / 'kitchen.wav', measured / (
        'kitchen.wav')]).settings()


@pytest.mark.parametrize('make, words', [
    (lambda folder: folder / 'none.wav', ['none.wav']),
    (lambda folder: folder / 'hall.wav', ['at most 1.2 s', 'got none']),
    (lambda folder: folder.parent / 'empty', ['must contain sound files'])],
    ids=['missing', 'hall', 'empty'])
def test_rooms_that_cannot_be_used(measured, make, words):
    (measured.parent / 'empty').mkdir()
    with pytest.raises(EmotionError) as error:
        read_impulse_responses([make(measured)])
    assert str(error.value).startswith('impulse_responses ') and '\n' not in str(error.value)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize('distance', [0.3, 1.0, 4.0])
def test_places_are_in_the_room_and_so_far_apart(distance):
    for seed in range(20):
        sides, microphone, mouth, noise = draw_places(distance, np.random.default_rng(seed))
        for place in (microphone, mouth, noise):
            assert (place > 0).all() and (place < sides).all()
        assert np.linalg.norm(mouth - microphone) == pytest.approx(distance)
        assert MICROPHONE_HEIGHT[0] <= microphone[2] <= MICROPHONE_HEIGHT[1]
        assert MOUTH_HEIGHT[0] <= mouth[2] <= MOUTH_HEIGHT[1]
        assert np.linalg.norm(noise - mouth) > room_simulation.APART


def test_furniture_makes_a_room_as_dry_as_it_is_wanted():
    sides = np.array([5.0, 4.0, 2.6])
    area = np.array([10.4, 10.4, 13, 13, 20, 20])
    for wanted in (0.3, 0.6):
        times = []
        for seed in range(30):
            absorption = draw_absorption(sides, wanted, np.random.default_rng(seed))
            assert absorption.shape == (6, len(OCTAVES))
            assert (absorption > 0).all() and (absorption < 1).all()
            mean = (area @ absorption / area.sum())[2:4].mean()
            times.append(-0.161 * np.prod(sides) / (area.sum() * np.log(1 - mean)))
        assert np.median(times) == pytest.approx(wanted, rel=0.15)


def test_rooms_are_simulated_once_and_the_same_again(tmp_path, monkeypatch):
    pytest.importorskip('pyroomacoustics', reason='not installed: requirements-train.txt')
    first = simulated_rooms(PLAN, tmp_path / 'one', jobs=1)
    again = simulated_rooms(PLAN, tmp_path / 'two', jobs=1)
    assert first.digest == again.digest and first.settings() == again.settings()
    monkeypatch.setattr(rooms, 'simulate_rooms', None)   # a call would fail
    rooms._read_bank.cache_clear()
    assert simulated_rooms(PLAN, tmp_path / 'one') == first
    for seed in range(4):
        for response in first.draw(np.random.default_rng(seed)):
            assert response.dtype == np.float32 and response.ndim == 1
            assert 0.08 < reverberation_time(response) < 0.9
            assert not np.abs(response[:LEAD]).max() > 0.3


def test_a_bank_that_is_broken_is_made_again_and_one_elsewhere_is_another(tmp_path, monkeypatch):
    monkeypatch.setattr(rooms, 'simulate_rooms', lambda plan, jobs: [
        GeneratedRooms().draw(np.random.default_rng([plan.seed, index]))
        for index in range(plan.count)])
    first = simulated_rooms(PLAN, tmp_path)
    other = simulated_rooms(RoomPlan(count=2, seed=6), tmp_path)
    assert first.digest != other.digest and first.path != other.path
    first.path.write_bytes(b'PK broken')
    rooms._read_bank.cache_clear()
    assert simulated_rooms(PLAN, tmp_path) == first
    assert [path.suffix for path in tmp_path.iterdir()] == ['.npz', '.npz']


def test_without_the_package_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'pyroomacoustics', None)
    with pytest.raises(EmotionError, match='pyroomacoustics; install what requirements-train'):
        simulated_rooms(PLAN, tmp_path)


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(rooms, 'simulate_rooms', lambda plan, jobs: [
        GeneratedRooms().draw(np.random.default_rng(0))])
    (tmp_path / 'file').write_text('')
    with pytest.raises(EmotionError, match='cache .* cannot be written'):
        simulated_rooms(PLAN, tmp_path / 'file')
