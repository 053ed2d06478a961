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

"""Noise becomes softer and speech stays, where there is noise; else nothing changes."""

from functools import cache

from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
import numpy as np
import pytest

from conftest import CLIPS, noisy, read_clip
from emotion_ros.features import noise_reduction
from emotion_ros.features.noise_reduction import NoiseReducer, RNNoise, is_noisy

BEGINNING = 7168   # samples: what an utterance begins with by default


def reduced(samples, sizes=(512,), reducer=None):
    """Reduce noise in pieces, after the beginning, of such sizes in turn."""
    reducer = reducer or NoiseReducer()
    parts, place, number = [reducer.push(samples[:BEGINNING])], BEGINNING, 0
    while place < len(samples):
        size = sizes[number % len(sizes)]
        parts.append(reducer.push(samples[place:place + size]))
        place, number = place + size, number + 1
    return np.concatenate(parts)


def in_noise(clean):
    """Give speech in noise of 5 dB."""
    return noisy(clean, clean.std() / 10 ** (5 / 20))


def off(clean, heard):
    """Tell how far a sound is from the clean one, of whose level [dB]."""
    clean = clean[:len(heard)].astype(float)
    return 10 * np.log10(((heard - clean) ** 2).mean() / (clean ** 2).mean())


@pytest.mark.parametrize('path', CLIPS, ids=lambda path: path.stem)
def test_speech_in_a_quiet_room_passes_unchanged(path):
    samples = read_clip(path)
    assert not is_noisy(samples)
    assert np.array_equal(reduced(samples), samples)


@pytest.mark.parametrize('path', CLIPS, ids=lambda path: path.stem)
def test_speech_in_noise_comes_closer_to_the_speech(path):
    clean = read_clip(path)
    heard = in_noise(clean)
    assert is_noisy(heard)
    result = reduced(heard)
    assert result.dtype == np.int16
    assert off(clean, result) < off(clean, heard[:len(result)]) - 4


def test_a_part_of_the_noise_is_kept():
    noise = noisy(np.zeros(32000), 1000)
    result = reduced(noise)
    ratio = result[16000:].std() / noise[16000:].std()
    assert ratio == pytest.approx(noise_reduction.KEPT, rel=0.1)


def test_nothing_but_the_end_is_lost():
    heard = in_noise(read_clip(CLIPS[0]))
    result = reduced(heard)
    assert len(heard) - 0.08 * 16000 < len(result) < len(heard)
    match = [np.corrcoef(heard[20 + shift:len(result) - 20 + shift], result[20:-20])[0, 1]
             for shift in range(-20, 21)]
    assert np.argmax(match) == 20, 'it is shifted'


@cache
def reduced_whole():
    """Give a clip in noise, and what becomes of it at once."""
    heard = in_noise(read_clip(CLIPS[1]))
    return heard, reduced(heard)


@settings(max_examples=10, deadline=None)
@given(sizes=st.lists(st.integers(1, 4000), min_size=1, max_size=5))
def test_sizes_of_the_pieces_change_nothing(sizes):
    heard, expected = reduced_whole()
    result = reduced(heard, sizes)
    count = min(len(expected), len(result))
    assert count > len(heard) - 2000
    assert np.array_equal(result[:count], expected[:count])


@settings(max_examples=50, deadline=None)
@given(pieces=st.lists(arrays(np.int16, st.integers(0, 2000)), max_size=4))
def test_rubbish_gives_no_more_samples_than_it_has(pieces):
    for reducer in NoiseReducer(), RNNoise():
        given_out = [reducer.push(piece) for piece in pieces]
        assert all(part.dtype == np.int16 and part.ndim == 1 for part in given_out)
        assert sum(map(len, given_out)) <= sum(map(len, pieces))


def test_the_beginning_decides():
    quiet, loud = np.zeros(BEGINNING, np.int16), np.full(BEGINNING, 3000, np.int16)
    assert not is_noisy(np.concatenate([quiet, loud]))
    assert is_noisy(loud)
    assert is_noisy(quiet), 'no part of silence is louder than another'
    assert not is_noisy(np.zeros(0, np.int16)), 'nothing was heard'
