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

"""The kinds of network: a batch changes no answer, and LiteRT says what TensorFlow says."""

import numpy as np
import pytest

pytest.importorskip('tensorflow', reason='TensorFlow is not installed: requirements-train.txt')

import keras  # noqa: E402
from scipy.special import softmax  # noqa: E402

from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.features.blocks import feature_blocks  # noqa: E402
from emotion_ros.model.backends import LiteRtBackend, TensorFlowBackend  # noqa: E402
from emotion_ros.model.confidence_layers import ConfidenceCalibration  # noqa: E402
from emotion_ros.training.calibration import synthetic_ood  # noqa: E402
from emotion_ros.training.discriminant import Discriminant  # noqa: E402
from emotion_ros.training.examples import N_FOLDS  # noqa: E402
from emotion_ros.training.export import save_network  # noqa: E402
from emotion_ros.training.network import (  # noqa: E402
    NETWORKS,
    build_ensemble,
    calibrated,
    functional_values,
)
from emotion_ros.training.prediction import batch_of, predict  # noqa: E402
from emotion_ros.training.trainer import fit  # noqa: E402
from synthetic import CODES, FULL, SMALL, content, each, examples, voice  # noqa: E402

NETWORK_KINDS = tuple(NETWORKS)
OUTPUTS = 'probabilities', 'confidence'
UNSEEN = ('13a01Wa', '13a02Fa', '14a01Ta', '14a05Na', '16a01Ea', '16a02Aa')


def trained(features, kind='ensemble'):
    """Train a network for a moment."""
    keras.backend.clear_session()
    return fit(examples(takes='a', features=features), features, len(CODES), seed=0, epochs=1,
               network=kind).network


@pytest.fixture(scope='module')
def full():
    """The package's own network for its own features."""
    return trained(FULL)


@pytest.fixture(scope='module')
def saved(full, tmp_path_factory):
    """A folder with its files."""
    folder = tmp_path_factory.mktemp('model')
    save_network(full, folder)
    return folder


def assert_equal_answers(found, expected):
    for name in OUTPUTS:
        np.testing.assert_allclose(found[name], expected[name], atol=3e-5)


def strange(features):
    """Make utterances of several lengths: usual ones, and some far from them."""
    usual = [voice(name, features) for name in UNSEEN]
    return [*usual,
            each(lambda values: values[:1], usual[0]),
            each(lambda values: values[:2], usual[1]),
            each(lambda values: values if len(values) == 1 else np.tile(values, (31, 1)), usual[2]),
            *[each(lambda values: (values * scale).astype(np.float32), usual[3])
              for scale in (0, 1e-6, -1, 1e3, 1e7)],
            each(lambda values: np.full_like(values, 3e38), usual[4])]


# Batches

def test_an_answer_does_not_depend_on_the_others_in_a_batch(full):
    values = strange(FULL)
    alone = [full(batch_of([entry]), training=False) for entry in values]
    alone = {name: np.concatenate([part[name] for part in alone]) for name in OUTPUTS}
    together = full(batch_of(values), training=False)
    assert_equal_answers(together, alone)
    assert_equal_answers(predict(full, values), alone)
    assert alone['probabilities'].std(axis=0).max() > 0.01   # they do differ


@pytest.mark.parametrize('rows', [1, 2, 3, 4, 5, 6, 100])
def test_an_answer_does_not_depend_on_the_rows_that_fill_a_batch(full, rows):
    values = batch_of([voice(name, FULL) for name in UNSEEN])
    name = FULL[1]
    filled = values | {name: np.pad(values[name], [(0, 0), (0, rows), (0, 0)],
                                    constant_values=np.nan)}
    assert_equal_answers(full(filled, training=False), full(values, training=False))


def test_many_utterances_are_answered_in_their_order(full, monkeypatch):
    values = [voice(name, FULL) for name in UNSEEN]
    whole = predict(full, values)
    monkeypatch.setattr('emotion_ros.training.prediction.BATCH', 4)
    assert_equal_answers(predict(full, values), whole)
    back = predict(full, values[::-1])
    assert_equal_answers({name: back[name][::-1] for name in OUTPUTS}, whole)


def test_a_batch_is_filled_with_nan():
    name = 'ComParE_2016_lld'
    values = [{name: np.ones((2, 3), np.float32)}, {name: np.full((4, 3), 2, np.float32)}]
    batch = batch_of(values)[name]
    assert batch.shape == (2, 4, 3)
    assert batch.dtype == np.float32
    assert (batch[0, :2] == 1).all() and np.isnan(batch[0, 2:]).all() and (batch[1] == 2).all()


# The parts

def test_heads_and_members():
    few = [voice(name, FULL) for name in UNSEEN]
    trunk = build_ensemble(FULL, few, 4)
    assert trunk.output['logits'].shape == (None, N_FOLDS, 3, 4)
    assert trunk.output['confidence'].shape == (None, N_FOLDS, 1)
    assert trunk.output['novelty'].shape == (None, 1)
    assert trunk.output['description'].shape == (None, 6373 + 65 * 64 // 2 + 65 ** 2)
    small = build_ensemble(SMALL, [voice(name) for name in UNSEEN], 4)
    assert small.output['logits'].shape == (None, N_FOLDS, 1, 4)
    assert small.output['description'].shape == (None, 88)


def test_every_second_member_does_not_hear_what_is_added_to_a_descriptor_throughout():
    keras.utils.set_random_seed(0)
    few = [voice(name, FULL) for name in UNSEEN]
    trunk = build_ensemble(FULL, few, 4)
    spread = trunk.get_layer('descriptor_scaling').spread
    added = [entry | {FULL[1]: entry[FULL[1]] + 0.3 * spread} for entry in few]
    temporal, changed = (trunk(batch_of(values), training=False)['logits'][:, :, 2].numpy()
                         for values in (few, added))
    change = np.abs(changed - temporal).max(axis=(0, 2))
    # Some descriptors are clipped, so a little of it is heard.
    assert change[1::2].max() < 0.1 * change[::2].min()


def test_the_answer_is_the_mean_of_members_and_heads_at_the_temperature():
    trunk = build_ensemble(SMALL, [voice(name) for name in UNSEEN], 4)
    values = batch_of([voice(name) for name in UNSEEN])
    parts = trunk(values, training=False)
    logits = parts['logits'].numpy().mean(axis=(1, 2)) / 2.5
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert_equal_answers(
        calibrated(trunk, 2.5)(values, training=False),
        {'probabilities': expected, 'confidence': parts['confidence'].numpy().mean(axis=1)})


def test_the_discriminant_is_added():
    trunk = build_ensemble(FULL, [voice(name, FULL) for name in UNSEEN], 4)
    values = batch_of([voice(name, FULL) for name in UNSEEN])
    parts = trunk(values, training=False)
    draw = np.random.default_rng(0)
    discriminant = Discriminant(
        draw.normal(scale=0.01, size=(parts['description'].shape[1], 4)).astype(np.float32),
        draw.normal(size=4).astype(np.float32))
    logits = parts['logits'].numpy().mean(axis=(1, 2)) + discriminant(parts['description'].numpy())
    found = calibrated(trunk, 2.5, discriminant=discriminant)(values, training=False)
    np.testing.assert_allclose(
        found['probabilities'], softmax(logits / 2.5, axis=1), atol=1e-5)


def test_calibration_of_the_confidence():
    trunk = build_ensemble(SMALL, [voice(name) for name in UNSEEN], 4)
    values = batch_of([voice(name) for name in UNSEEN])
    parts = trunk(values, training=False)
    calibration = ConfidenceCalibration([0.5, 1.5, -1.0], 0.3)
    found = calibrated(trunk, 2.5, calibration)(values, training=False)
    expected = calibration(parts['confidence'].numpy().mean(axis=1), found['probabilities'].numpy(),
                           parts['novelty'].numpy())
    np.testing.assert_allclose(found['confidence'], expected, atol=1e-6)


def test_strange_sounds_are_novel():
    training = examples(takes='abc').values
    trunk = build_ensemble(SMALL, training, 6)
    usual = examples(takes='d').values
    unlike = synthetic_ood(usual, SMALL, np.random.default_rng(0))
    known, novel = (predict(trunk, part)['novelty'] for part in (usual, unlike))
    assert (novel > known).mean() > 0.9


def test_functional_values():
    found = functional_values(FULL, [voice(name, FULL) for name in UNSEEN])
    assert found.shape == (len(UNSEEN), 6373)
    assert found[1].tolist() == voice(UNSEEN[1], FULL)['ComParE_2016'][0].tolist()


def test_the_mlp_takes_the_greatest_probability_for_its_confidence():
    values = batch_of([voice(name) for name in UNSEEN])
    mlp = trained(SMALL, 'mlp')(values, training=False)
    np.testing.assert_array_equal(mlp['confidence'][:, 0],
                                  mlp['probabilities'].numpy().max(axis=1))
    devries = trained(SMALL, 'devries')(values, training=False)
    assert (devries['confidence'][:, 0].numpy()
            != devries['probabilities'].numpy().max(axis=1)).all()


def test_the_same_seed_gives_the_same_weights(full):
    again = trained(FULL)
    for one, other in zip(full.get_weights(), again.get_weights()):
        assert one.tobytes() == other.tobytes()


# The saved files

def assert_same_by_both_backends(folder, network, features):
    backends = [backend(folder, feature_blocks(features))
                for backend in (LiteRtBackend, TensorFlowBackend)]
    for values in strange(features):   # of changing length, by the same interpreter
        expected = network(batch_of([values]), training=False)
        for backend in backends:
            assert backend.classes == len(CODES)
            found = backend.run(values)
            assert_equal_answers({name: found[name][np.newaxis] for name in OUTPUTS}, expected)
            assert found['probabilities'].sum() == pytest.approx(1, abs=1e-5)
            assert 0 <= found['confidence'][0] <= 1


def test_both_backends_say_what_the_network_said(full, saved):
    assert_same_by_both_backends(saved, full, FULL)


@pytest.mark.parametrize('features, kind', [
    (SMALL, 'ensemble'), (SMALL, 'mlp'), (SMALL, 'devries'), (FULL, 'devries')],
    ids=lambda value: value if isinstance(value, str) else '+'.join(value))
def test_both_backends_say_what_the_other_networks_said(tmp_path, features, kind):
    few = list(examples(takes='a', features=features).values)
    network = calibrated(NETWORKS[kind].build(features, few, len(CODES)), 1.3)
    save_network(network, tmp_path)
    assert_same_by_both_backends(tmp_path, network, features)


def test_a_length_does_not_change_what_is_said_of_the_next(saved):
    backend = LiteRtBackend(saved, feature_blocks(FULL))
    short, long = strange(FULL)[6], strange(FULL)[8]
    first = backend.run(short)
    backend.run(long)
    again = backend.run(short)
    assert content(first) == content(again)


def test_weights_are_half_floats_and_files_are_small(full, saved):
    for weight in full.trainable_weights:
        values = weight.numpy()
        assert (values.astype(np.float16).astype(np.float32) == values).all()
    count = sum(int(np.prod(weight.shape)) for weight in full.weights)
    assert (saved / 'model.keras').stat().st_size < 3 * count
    assert sorted(path.name for path in saved.iterdir()) == ['model.keras', 'model.tflite']


@pytest.mark.parametrize('name, shape, outputs, words', [
    ('values', (1, 88), ['probabilities', 'confidence'], "it takes \\['values'\\]"),
    ('eGeMAPSv02', (1, 4), ['probabilities', 'confidence'], 'eGeMAPSv02 has shape'),
    ('eGeMAPSv02', (88,), ['probabilities', 'confidence'], 'eGeMAPSv02 has shape'),
    ('eGeMAPSv02', (1, 88), ['probabilities'], 'no output confidence')])
def test_a_network_of_other_inputs_or_outputs_is_refused(tmp_path, name, shape, outputs, words):
    inputs = keras.Input(shape, name=name)
    network = keras.Model({name: inputs}, {output: keras.layers.Dense(2)(inputs)
                                           for output in outputs})
    save_network(network, tmp_path)
    for backend in (LiteRtBackend, TensorFlowBackend):
        with pytest.raises(EmotionError, match=f'not an emotion_ros network.*{words}'):
            backend(tmp_path, feature_blocks(SMALL))


def test_a_network_may_tell_arousal_and_valence(tmp_path):
    inputs = keras.Input((1, 88), name='eGeMAPSv02')
    flat = keras.layers.Flatten()(inputs)
    outputs = {name: keras.layers.Dense(units)(flat) for name, units in (
        ('probabilities', 2), ('confidence', 1), ('arousal', 1), ('valence', 1), ('other', 3))}
    save_network(keras.Model({'eGeMAPSv02': inputs}, outputs), tmp_path)
    for backend in (LiteRtBackend, TensorFlowBackend):
        found = backend(tmp_path, feature_blocks(SMALL)).run(voice(UNSEEN[0]))
        assert {name: values.shape for name, values in found.items()} == {
            'probabilities': (2,), 'confidence': (1,), 'arousal': (1,), 'valence': (1,)}
