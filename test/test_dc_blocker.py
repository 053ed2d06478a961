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

"""The constant part of a sound is removed, and nothing else."""

from hypothesis import given, strategies as st
import numpy as np
import pytest

from emotion_ros.audio.dc_blocker import CUTOFF, DcBlocker

RNG = np.random.default_rng(18)
NOISE = RNG.integers(-32768, 32768, 5000).astype(np.int16)


def plainly_filtered(samples):
    kept = np.exp(-2 * np.pi * CUTOFF / 16000)
    last, value, filtered = int(samples[0]), 0.0, []
    for sample in samples.tolist():
        value = kept * value + sample - last
        last = sample
        filtered.append(value)
    return np.clip(np.rint(filtered), -32768, 32767).astype(np.int16)


def tone(frequency, amplitude=8000, seconds=1.0):
    time = np.arange(round(16000 * seconds)) / 16000
    return np.rint(amplitude * np.sin(2 * np.pi * frequency * time)).astype(np.int16)


def test_it_is_the_filter_that_its_equation_tells():
    assert np.array_equal(DcBlocker().push(NOISE), plainly_filtered(NOISE))


@pytest.mark.parametrize('offset', [-32768, -65, 0, 65, 327, 32767])
def test_silence_with_any_offset_is_silence(offset):
    assert not DcBlocker().push(np.full(16000, offset, np.int16)).any()


def test_an_offset_changes_nothing_else():
    voice = tone(150)
    apart = (DcBlocker().push(voice + np.int16(327)).astype(int)
             - DcBlocker().push(voice).astype(int))
    assert np.abs(apart).max() <= 1   # rounding


def test_an_offset_that_comes_is_gone_in_a_tenth_of_a_second():
    step = np.concatenate([np.zeros(1600, np.int16), np.full(3200, 327, np.int16)])
    assert np.abs(DcBlocker().push(step)[3200:]).max() <= 1


@pytest.mark.parametrize('frequency, kept', [(1, 0.0995), (10, 0.7071), (100, 0.995), (1000, 1.0)])
def test_voices_pass(frequency, kept):
    filtered = DcBlocker().push(tone(frequency, seconds=3.0))[16000:]
    assert filtered.std() / (8000 / np.sqrt(2)) == pytest.approx(kept, abs=0.01)


@given(cuts=st.lists(st.integers(0, len(NOISE)), max_size=20).map(sorted))
def test_cuts_change_no_bit(cuts):
    blocker = DcBlocker()
    pieces = [blocker.push(piece) for piece in np.split(NOISE, cuts)]
    assert np.array_equal(np.concatenate(pieces), DcBlocker().push(NOISE))
    assert all(piece.dtype == np.int16 for piece in pieces)


def test_channels_are_filtered_each_for_itself():
    channels = np.stack([NOISE, NOISE[::-1], NOISE // 3], axis=1)
    expected = np.stack([DcBlocker().push(channel) for channel in channels.T], axis=1)
    assert np.array_equal(DcBlocker().push(channels), expected)
