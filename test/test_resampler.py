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

"""Resampling to 16 kHz mono."""

from hypothesis import given, strategies as st
import numpy as np
import pytest

from emotion_ros.audio.resampler import ALL, MEAN, Resampler, to_float, to_int16


def tone(rate, channels=1, seconds=1.0, frequency=440.0):
    time = np.arange(round(rate * seconds)) / rate
    wave = 0.5 * np.sin(2 * np.pi * frequency * time).astype(np.float32)
    return np.repeat(wave[:, np.newaxis], channels, axis=1)


def test_full_scale_is_clipped_not_wrapped():
    assert to_int16([1.0, 2.0, -1.0, -2.0, np.inf, np.nan]).tolist() == [
        32767, 32767, -32768, -32768, 32767, 0]


def test_int16_survives_the_way_through_float():
    every = np.arange(-32768, 32768).astype(np.int16)
    assert np.array_equal(to_int16(to_float(every)), every)


def test_16_khz_mono_passes_unchanged():
    samples = np.random.default_rng(0).integers(-32768, 32768, (1000, 1)).astype(np.int16)
    assert np.array_equal(Resampler(sample_rate=16000).push(samples), samples[:, 0])
    assert np.array_equal(Resampler(sample_rate=16000).push(to_float(samples)), samples[:, 0])


@pytest.mark.parametrize('rate', [8000, 11025, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize('channels', [1, 2])
def test_tone_keeps_its_pitch_level_and_place(rate, channels):
    resampler = Resampler(sample_rate=rate)
    out = np.concatenate([
        resampler.push(tone(rate, channels)),
        resampler.push(np.zeros((0, channels), np.float32), last=True)])
    assert len(out) == pytest.approx(16000, abs=2)
    inside = slice(1000, 15000)
    expected = to_int16(tone(16000))[:, 0]
    assert np.abs(out[inside].astype(int) - expected[inside]).max() < 40


@given(cuts=st.lists(st.integers(0, 4410), max_size=6))
def test_pieces_give_the_same_as_the_whole(cuts):
    whole = tone(44100, seconds=0.1)
    edges = [0, *sorted(cuts), len(whole)]
    at_once, piecewise = Resampler(sample_rate=44100), Resampler(sample_rate=44100)
    expected = np.concatenate([at_once.push(whole), at_once.push(whole[:0], last=True)])
    parts = [piecewise.push(whole[start:end]) for start, end in zip(edges, edges[1:])]
    out = np.concatenate([*parts, piecewise.push(whole[:0], last=True)])
    assert len(out) == len(expected)
    assert np.abs(out.astype(int) - expected).max() <= 1


@pytest.mark.parametrize('rate', [16000, 48000])
def test_one_channel_or_all_can_be_taken(rate):
    channels = np.concatenate([tone(rate, frequency=f) for f in (200.0, 400.0, 600.0)], axis=1)

    def resample(samples, channel):
        resampler = Resampler(sample_rate=rate, channel=channel)
        return np.concatenate([resampler.push(samples), resampler.push(samples[:0], last=True)])

    one = [resample(channels[:, [number]], MEAN) for number in range(3)]
    assert np.array_equal(resample(channels, 1), one[1])
    assert np.array_equal(resample(channels, ALL), np.stack(one, axis=1))
