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

"""The log-mel spectrogram: what it is, and that the pieces of sound do not change it."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from conftest import CLIPS, read_clip
from emotion_ros.features.log_mel import BANDS, LogMel, mel_filters


def log_mel(samples, sizes=()):
    """Compute a spectrogram of pieces of these sizes in turn, or of the whole at once."""
    found, start = LogMel(), 0
    while start < len(samples):
        size = sizes[0] if sizes else len(samples)
        sizes = [*sizes[1:], size]
        found.push(samples[start:start + size])
        start += size
    return found.values()


def direct(samples):
    """Compute it as the formulas say, all at once."""
    frames = np.lib.stride_tricks.sliding_window_view(samples / 32768, 400)[::160]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    return np.log10(np.maximum(power @ mel_filters().T, 1e-10))


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=8), seed=st.integers(0, 99),
       count=st.integers(0, 8000))
def test_pieces_equal_the_whole_bit_for_bit(sizes, seed, count):
    level = 10.0 ** np.random.default_rng(seed).uniform(0, 4)
    samples = np.random.default_rng(seed).normal(0, level, count).clip(-32768, 32767)
    samples = samples.astype(np.int16)
    whole = log_mel(samples)
    assert np.array_equal(whole, log_mel(samples, sizes))
    assert whole.dtype == np.float32
    assert whole.shape == (max(1, 1 + (count - 400) // 160), BANDS)


def test_it_is_what_the_formulas_say():
    samples = read_clip(CLIPS[0])
    np.testing.assert_allclose(log_mel(samples), direct(samples), atol=1e-5)


def test_what_was_heard_so_far_is_the_beginning_of_the_whole():
    samples = read_clip(CLIPS[0])
    spectrogram, parts = LogMel(), []
    for start in range(0, len(samples), 5000):
        spectrogram.push(samples[start:start + 5000])
        parts.append(spectrogram.values())
    for part in parts:
        assert np.array_equal(part, parts[-1][:len(part)])


def test_an_utterance_shorter_than_a_frame_is_filled_with_silence():
    samples = np.arange(300, dtype=np.int16)
    assert np.array_equal(log_mel(samples), log_mel(np.pad(samples, (0, 100))))
    assert np.array_equal(log_mel(samples[:0]), np.full((1, BANDS), -10, np.float32))


@pytest.mark.parametrize('samples', [
    np.zeros(800), np.full(800, -32768), np.where(np.arange(800) % 2, 32767, -32768)],
    ids=['silence', 'constant', 'square'])
def test_extreme_sound_gives_finite_values(samples):
    values = log_mel(samples.astype(np.int16))
    assert np.isfinite(values).all() and values.min() >= -10


def test_a_tone_is_in_the_band_of_its_frequency():
    centers = mel_filters() @ np.arange(201) * 40 / mel_filters().sum(axis=1)
    for frequency in (300, 1000, 3000, 7000):
        tone = 10_000 * np.sin(2 * np.pi * frequency * np.arange(1600) / 16000)
        found = log_mel(tone.astype(np.int16))[3].argmax()
        assert centers[found] == pytest.approx(frequency, rel=0.05)


def test_filters_are_those_of_slaney():
    filters = mel_filters()
    # Each has an area of 1 Hz; the narrow ones are sampled coarsely.
    assert filters.sum(axis=1)[50:] * 40 == pytest.approx(np.ones(BANDS - 50), rel=0.05)
    # Values of librosa.filters.mel(sr=16000, n_fft=400, n_mels=80), which Whisper uses.
    assert filters[:2, 1:3] == pytest.approx(
        np.array([[0.02486259, 0], [0.00199082, 0.02287177]]), rel=1e-5)
