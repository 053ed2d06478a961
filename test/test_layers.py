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

"""The layers of the network, against numpy."""

import numpy as np
import pytest

pytest.importorskip('keras', reason='Keras is not installed: requirements-train.txt')

import keras  # noqa: E402

from emotion_ros.model.confidence_layers import (  # noqa: E402
    ConfidenceCalibration,
    Novelty,
    SoftmaxConfidence,
)
from emotion_ros.model.layers import (  # noqa: E402
    Correlations,
    DenseOfEach,
    MaskedAveragePooling,
    MaskedStatisticsPooling,
    PaddingMask,
    RobustScaling,
    UtteranceNormalization,
)
from emotion_ros.model.old_layers import Temperature  # noqa: E402


def draw(*shape):
    """Draw values, the same ones at every call."""
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def masks(*lengths, frames):
    """Make a mask of utterances of several lengths."""
    return (np.arange(frames) < np.array(lengths)[:, np.newaxis]).astype(np.float32)[..., None]


def test_scaling_against_numpy():
    values = np.random.default_rng(0).normal(
        [5, -300, 0], [2, 100, 1e-4], size=(200, 3)).astype(np.float32)
    low, center, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    layer = RobustScaling.fitted_to(values, limit=2.0)
    expected = np.clip((values - center) / ((high - low) / 1.349), -2, 2)
    np.testing.assert_allclose(layer(values), expected, atol=1e-4)


def test_what_is_clipped_is_scaled_alike():
    values = draw(200, 3) * [1, 30, 0] + [5, -300, 7]
    layer = RobustScaling.fitted_to(values.astype(np.float32), limit=1.0)
    clipped = layer.clipped(values.astype(np.float32))
    np.testing.assert_allclose(layer(clipped), layer(values.astype(np.float32)), atol=1e-5)
    assert np.ptp(clipped, axis=0) == pytest.approx(2 * layer.spread, rel=1e-5)


def test_scaling_of_constant_sparse_and_broken_values():
    values = np.zeros((100, 3), np.float32)
    values[:, 0] = 1234.5
    values[:10, 1] = 8
    values[:, 2] = np.arange(100)
    layer = RobustScaling.fitted_to(values, limit=5.0)
    strange = np.array([[1e30, 0, 0], [np.nan, np.nan, np.nan], [np.inf, np.inf, -np.inf],
                        [1234.5, 8, 49.5]], np.float32)
    np.testing.assert_allclose(
        layer(strange),
        [[0, 0, -49.5 / (49.5 / 1.349)], [0, 0, 0], [0, 5, -5], [0, 8 / values[:, 1].std(), 0]],
        rtol=1e-5)


def test_novelty_is_what_components_leave():
    components = np.linalg.qr(draw(6, 2))[0].T
    layer = Novelty(np.arange(6.0), components)
    inside = np.arange(6.0) + draw(4, 2) @ components
    assert layer(inside.astype(np.float32)).numpy() == pytest.approx(np.log(1e-6), abs=1e-3)
    values = 5 * draw(4, 6)
    away = values - np.arange(6.0)
    away -= away @ components.T @ components
    found = layer(values).numpy()
    assert found.shape == (4, 1)
    np.testing.assert_allclose(found[:, 0], np.log((away ** 2).mean(axis=1)), atol=1e-4)


def test_confidence_calibration_against_numpy():
    confidence, greatest, novelty = 0.9, 0.8, -0.5
    layer = ConfidenceCalibration([0.5, 2.0, -3.0], 0.25)
    found = layer(np.array([[confidence]]), np.array([[0.2, greatest]]), np.array([[novelty]]))
    odds = 0.5 * np.log(9) + 2 * np.log(4) - 3 * novelty + 0.25
    np.testing.assert_allclose(found, [[1 / (1 + np.exp(-odds))]], rtol=1e-5)
    for sure in (0.0, 1.0):
        assert np.isfinite(layer(np.array([[sure]]), np.array([[1 - sure, sure]]),
                                 np.array([[1e9]]))).all()


def test_a_confidence_is_about_the_greatest_probability():
    layer = SoftmaxConfidence()
    hidden, logits = draw(4, 5), 3 * draw(4, 1, 1, 6)
    greatest = (np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)).max(axis=(1, 2, 3))
    np.testing.assert_allclose(layer(hidden, logits)[:, 0], greatest, rtol=1e-5)
    layer.set_weights([100 * draw(5, 1), np.zeros(1)])
    moved = layer(hidden, logits).numpy()[:, 0]
    factors = moved / (1 - moved) / (greatest / (1 - greatest))
    np.testing.assert_allclose(
        np.log(factors), np.sign(hidden @ draw(5, 1))[:, 0], atol=1e-3)
    assert np.isfinite(layer(hidden, 1e4 * logits)).all()


def test_padding_is_told_from_rows():
    values = draw(2, 5, 4)
    values[1, 3:] = np.nan
    np.testing.assert_array_equal(PaddingMask()(values), masks(5, 3, frames=5))


@pytest.mark.parametrize('rows', [1, 2, 3, 7, 20])
def test_thinning_against_numpy(rows):
    values, mask = draw(3, 11, 4), masks(11, 4, 1, frames=11)
    thin, of_thin = MaskedAveragePooling(rows)(values, mask)
    count = -(-11 // rows)
    assert thin.shape == (3, count, 4)
    assert of_thin.shape == (3, count, 1)
    for number, length in enumerate((11, 4, 1)):
        parts = [values[number, start:min(start + rows, length)].mean(axis=0)
                 for start in range(0, length, rows)]
        np.testing.assert_allclose(thin[number, :len(parts)], parts, atol=1e-5)
        assert not thin[number, len(parts):].numpy().any()
        np.testing.assert_array_equal(of_thin[number, :, 0], np.arange(count) < len(parts))


def test_statistics_against_numpy():
    lengths = 9, 5, 1
    values, mask = draw(3, 9, 4) - 2, masks(*lengths, frames=9)
    found = MaskedStatisticsPooling()(values, mask).numpy()
    for row, part, length in zip(found, values, lengths):
        part = part[:length]
        expected = [part.mean(axis=0), np.sqrt(part.var(axis=0) + 1e-5), part.max(axis=0)]
        np.testing.assert_allclose(row, np.concatenate(expected), atol=1e-5)


def test_statistics_of_nothing_are_finite():
    found = MaskedStatisticsPooling()(draw(1, 3, 2), np.zeros((1, 3, 1), np.float32))
    assert np.isfinite(found).all()


def test_standardizing_against_numpy():
    lengths = 9, 5, 1, 0
    values, mask = 2 * draw(4, 9, 3) - 1, masks(*lengths, frames=9)
    found = UtteranceNormalization()(values, mask).numpy()
    for row, part, length in zip(found, values, lengths):
        part = part[:length]
        expected = (part - part.mean(axis=0)) / (part.std(axis=0) + 0.1) if length else part
        np.testing.assert_allclose(row[:length], expected, atol=1e-5)
        assert not row[length:].any()


@pytest.mark.parametrize('lag', [1, 3, 8])
def test_correlations_against_numpy(lag):
    lengths = 12, 7, 2, 0
    values, mask = 2 * draw(4, 12, 3) - 1, masks(*lengths, frames=12)
    found = Correlations(lag)(values, mask).numpy()
    assert found.shape == (4, 3 + 9)
    for row, part, length in zip(found, values, lengths):
        part = part[:length]
        part = (part - part.mean(axis=0)) / (part.std(axis=0) + 0.1) if length else part
        at_once = part.T @ part / max(length, 1)
        np.testing.assert_allclose(row[:3], at_once[[0, 0, 1], [1, 2, 2]], atol=1e-5)
        lagged = part[lag:].T @ part[:-lag] / max(length - lag, 1)
        np.testing.assert_allclose(row[3:].reshape(3, 3), lagged, atol=1e-5)


def test_dense_of_each_against_numpy():
    layer, values = DenseOfEach(3), draw(5, 2, 4)
    layer.build(values.shape)
    kernel, bias = draw(2, 4, 3), draw(2, 3)
    layer.set_weights([kernel, bias])
    expected = np.stack([values[:, member] @ kernel[member] + bias[member]
                         for member in range(2)], axis=1)
    np.testing.assert_allclose(layer(values), expected, atol=1e-5)


def test_dense_of_each_begins_small_and_different():
    layer = DenseOfEach(30)
    layer.build((None, 2, 20))
    kernel, bias = layer.get_weights()
    limit = np.sqrt(6 / 50)
    assert 0.9 * limit < np.abs(kernel).max() <= limit
    assert (kernel[0] != kernel[1]).any()
    assert not bias.any()


def test_temperature_divides():
    np.testing.assert_allclose(Temperature(4)(np.array([[2.0, -8.0]], np.float32)), [[0.5, -2]])


@pytest.mark.parametrize('layer, inputs', [
    (RobustScaling(center=[0.1, 2.0], spread=[0.3, 0.0], limit=3.0, name='a'), [draw(2, 2)]),
    (Temperature(1.7, name='b'), [draw(2, 3)]),
    (PaddingMask(name='d'), [draw(2, 4, 3)]),
    (MaskedAveragePooling(2, name='e'), [draw(2, 5, 3), masks(5, 2, frames=5)]),
    (MaskedStatisticsPooling(name='f'), [draw(2, 5, 3), masks(5, 2, frames=5)]),
    (UtteranceNormalization(name='j'), [draw(2, 5, 3), masks(5, 2, frames=5)]),
    (Correlations(2, name='k'), [draw(2, 5, 3), masks(5, 2, frames=5)]),
    (DenseOfEach(3, name='g'), [draw(2, 4, 5)]),
    (Novelty(draw(5), draw(2, 5), name='h'), [draw(3, 5)]),
    (SoftmaxConfidence(name='l'), [draw(3, 5), draw(3, 1, 1, 4)]),
    (ConfidenceCalibration([0.1, 2.0, -0.3], 0.7, name='i'), [draw(3, 1), draw(3, 4), draw(3, 1)]),
], ids=lambda value: type(value).__name__)
def test_layers_go_round_through_their_config(layer, inputs):
    expected = layer(*inputs)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    again(*inputs)
    again.set_weights(layer.get_weights())
    for one, other in zip(keras.tree.flatten(again(*inputs)), keras.tree.flatten(expected)):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize('name, layer', [
    ('Thinned', MaskedAveragePooling), ('Standardized', UtteranceNormalization),
    ('MaskedStatistics', MaskedStatisticsPooling), ('Trust', ConfidenceCalibration)])
def test_layers_of_saved_networks_keep_their_names(name, layer):
    assert keras.saving.get_registered_object(f'emotion_ros>{name}') is layer
