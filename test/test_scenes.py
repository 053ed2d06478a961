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

"""Scenes that are drawn anew, see training.scenes."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

pytest.importorskip('keras')
from emotion_ros.audio import SAMPLE_RATE  # noqa: E402
from emotion_ros.features.log_mel import HOP, LogMel, band_edges, sample_count  # noqa: E402
from emotion_ros.training import scenes  # noqa: E402
from emotion_ros.training.augmentation import Augmentation  # noqa: E402
from emotion_ros.training.effects import active_level  # noqa: E402
from emotion_ros.training.encoder_network import mel_width  # noqa: E402
from emotion_ros.training.rooms import LEAD  # noqa: E402
from emotion_ros.training.scenes import (  # noqa: E402
    RESPONSE,
    Scenes,
    Sources,
    pieces,
)

FRAMES = 60
NEAR = np.eye(1, RESPONSE, LEAD, dtype=np.float32)[0]   # no room


def sources(response=NEAR, noise=None, snr=(10.0,)):
    return Sources(np.tile(response, (3, 2, 1)), noise, snr)


def noise(seconds, level=3000, seed=0):
    count = round(seconds * SAMPLE_RATE)
    return np.rint(np.random.default_rng(seed).normal(0, level, count)).astype(np.int16)


def tone(hertz, seconds=1.0):
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.rint(8000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


def heard(utterances, made_of, *, changed=1, seed=0):
    """Give spectrograms, shape (utterances, FRAMES, BANDS), and what they were made of."""
    inputs = pieces(utterances, FRAMES, changed, np.random.default_rng(seed))
    return np.asarray(Scenes(made_of, FRAMES, seed)(**inputs)), inputs


@pytest.fixture
def alone(monkeypatch):
    """Leave out what is drawn; a test takes back what it is about."""
    for name, value in (('ROOM', 0.0), ('NOISE', 0.0), ('SPEED', (1.0, 1.0)),
                        ('BANDS', ((1.0, None),))):
        monkeypatch.setattr(scenes, name, value)
    return monkeypatch


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 2 * sample_count(FRAMES)), min_size=1, max_size=3))
def test_what_is_not_changed_has_the_spectrogram_of_the_robot(lengths):
    utterances = [noise(1.5, seed=number)[:length] for number, length in enumerate(lengths)]
    found, inputs = heard(utterances, sources(), changed=0)
    for spectrogram, samples, missing in zip(found, utterances, inputs['missing'], strict=True):
        whole = LogMel()
        whole.push(samples)
        there = spectrogram[int(missing[0]):]
        assert np.isnan(spectrogram[:int(missing[0])]).all()
        if sample_count(1) <= len(samples) <= sample_count(FRAMES):
            np.testing.assert_allclose(there, whole.values(), atol=1e-3)
        else:
            assert np.isfinite(there).all()


def test_a_piece_of_a_long_utterance_is_somewhere_in_it():
    samples = noise(3)
    found, _ = heard([samples] * 8, sources(), changed=0)
    starts = set()
    for spectrogram in found:
        def distance(start, piece=spectrogram):
            one = LogMel()
            one.push(samples[start:start + sample_count(1)])
            return np.abs(one.values()[0] - piece[0]).max()
        starts.add(min(range(0, len(samples) - sample_count(FRAMES), 40), key=distance) // HOP)
    assert len(starts) > 4


def test_speed_changes_the_pitch(alone):
    alone.setattr(scenes, 'SPEED', (1.149, 1.15))
    centers = band_edges()[1:-1]
    for hertz in (400, 1000, 3000):
        found, inputs = heard([tone(hertz)], sources())
        loudest = centers[found[0, -1].argmax()]
        assert inputs['speed'][0, 0] == pytest.approx(1.15, abs=0.002)
        assert loudest == pytest.approx(1.15 * hertz, rel=0.06)


def test_echoes_follow_and_direct_sound_stays(alone):
    alone.setattr(scenes, 'ROOM', 1.0)
    echo = NEAR.copy()
    echo[LEAD + 20 * HOP] = 0.5
    click = np.zeros(sample_count(FRAMES), np.int16)
    click[10 * HOP:10 * HOP + 200] = noise(200 / SAMPLE_RATE)
    found = 10 ** heard([click], sources(echo))[0][0].max(axis=1)
    assert found[9:11].max() > 100 * found[15:27].max()
    assert found[29:31].max() / found[9:11].max() == pytest.approx(0.25, rel=0.05)


def test_what_was_said_before_a_piece_echoes_into_it(alone):
    alone.setattr(scenes, 'ROOM', 1.0)
    late = np.zeros(RESPONSE, np.float32)
    late[LEAD + 4000] = 1.0
    samples = np.concatenate([noise(0.5), np.zeros(2 * sample_count(FRAMES), np.int16)])
    found, _ = heard([samples] * 12, sources(late))
    # Some pieces begin after all was said, but not after its echo.
    assert any(piece[:3].max() > -4 and piece[40:].max() < -8 for piece in found)


@pytest.mark.parametrize('recorded', [False, True])
@pytest.mark.parametrize('snr', [0.0, 20.0])
def test_noise_is_as_loud_as_it_should_be(alone, recorded, snr):
    alone.setattr(scenes, 'NOISE', 1.0)
    alone.setattr(scenes, 'TOGETHER', 0.0)
    alone.setattr(scenes, 'COLORED', 0.0 if recorded else 1.0)
    bank = noise(4, seed=5).astype(np.float32) if recorded else None
    speech = tone(2000, 0.9)
    powers = []
    for made_of in (sources(noise=bank, snr=(snr,)), sources(noise=bank, snr=(200.0,))):
        found, _ = heard([speech] * 8, made_of)
        powers.append((10.0 ** found * mel_width()).sum(axis=2))
    added = (powers[0] - powers[1]).mean(axis=1)
    expected = (active_level(speech.astype(np.float32)) / 32768) ** 2 / 10 ** (snr / 10)
    # The noise of a scene reaches a second beyond the piece, and some of it swells.
    assert 10 * np.log10(np.median(added) / expected) == pytest.approx(0, abs=3)


def test_bands_are_limited(alone):
    alone.setattr(scenes, 'BANDS', ((1.0, (300, 3400)),))
    plain, changed = (heard([noise(0.8)] * 2, sources(), changed=part)[0] for part in (0, 1))
    loss = np.nanmean(plain - changed, axis=(0, 1))
    centers = band_edges()[1:-1]
    assert np.abs(loss[(centers > 500) & (centers < 2500)]).max() < 0.1
    assert loss[(centers < 150) | (centers > 4500)].min() > 1


def test_the_same_seed_draws_the_same():
    bank = noise(2).astype(np.float32)
    made_of = sources(noise=bank, snr=(0.0, 5.0))
    one, same, other = (heard([noise(0.8)] * 4, made_of, seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(one, same, equal_nan=True)
    assert not np.array_equal(one, other, equal_nan=True)


def test_silence_stays_finite():
    found, inputs = heard([np.zeros(sample_count(FRAMES), np.int16)] * 8, sources())
    assert np.isnan(found[:, :, 0]).sum(axis=1).tolist() == inputs['missing'][:, 0].tolist()
    assert np.isfinite(found).all(axis=2).any(axis=1).all()


def test_sources_are_those_of_the_augmentation():
    drawn = Sources.drawn(Augmentation(0, snr=(3.0,)), seed=0)
    assert drawn.responses.shape == (scenes.ROOMS, 2, RESPONSE)
    assert (np.abs(drawn.responses[:, 0]).argmax(axis=1) == LEAD).all()
    assert drawn.noise is None and drawn.snr == (3.0,)
