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

"""The gain in front of the voice activity detector."""

import numpy as np
import pytest

from conftest import CLIPS, read_clip
from emotion_ros.speech.gain import MAX_GAIN, TARGET, Gain
from emotion_ros.speech.voice_activity import CHUNK, VoiceActivity


def noise(level, chunks=30, seed=0):
    return np.random.default_rng(seed).normal(0, level, (chunks, CHUNK)).clip(-1, 1)


def level(chunk):
    return np.sqrt(np.mean(chunk ** 2))


def test_soft_speech_is_brought_to_the_level_of_near_speech():
    gain = Gain()
    for chunk in noise(1e-4):
        gain.apply(chunk)
    assert level(gain.apply(noise(TARGET / 10)[0])) == pytest.approx(TARGET, rel=0.01)


def test_loud_sound_stays_as_it_is_and_is_remembered():
    gain = Gain()
    for chunk in noise(2 * TARGET):
        assert (gain.apply(chunk) == chunk).all()
    soft = noise(TARGET / 20)[0]
    assert (gain.apply(soft) == soft).all()
    for chunk in noise(TARGET / 100, chunks=round(20 / 0.032)):
        last = gain.apply(chunk)
    assert level(last) > 2 * TARGET / 100, 'after a while soft sound is amplified again'


def test_background_stays_soft():
    for background in (1e-5, 1e-3, 1e-2, 0.1):
        gain = Gain()
        amplified = [level(gain.apply(chunk)) for chunk in noise(background)]
        assert max(amplified) <= max(0.11 * TARGET, 1.1 * background)


def test_gain_has_bounds_and_forgets():
    gain = Gain()
    assert not gain.apply(np.zeros(CHUNK)).any()
    first = gain.apply(noise(0.5 * TARGET / MAX_GAIN)[0])
    assert level(first) <= 0.51 * TARGET
    assert np.abs(gain.apply(np.ones(CHUNK))).max() == 1
    gain.reset()
    gain.apply(np.zeros(CHUNK))
    assert (gain.apply(noise(0.5 * TARGET / MAX_GAIN)[0]) == first).all()


def test_speech_is_found_thirty_db_softer():
    samples = read_clip(CLIPS[0])
    found = []
    for factor in (1, 10 ** (-30 / 20)):
        voice_activity = VoiceActivity()
        soft = np.rint(samples * factor).astype(np.int16)
        found.append(sum(voice_activity.probability(soft[start:start + CHUNK]) > 0.5
                         for start in range(0, len(soft) - CHUNK + 1, CHUNK)))
    assert found[1] == pytest.approx(found[0], rel=0.15)
