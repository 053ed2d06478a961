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

"""The loss, what is drawn, who is trained on whom, and what a trained network says."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('tensorflow', reason='TensorFlow is not installed: requirements-train.txt')

import keras  # noqa: E402

from emotion_ros import metrics  # noqa: E402
from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.features.blocks import BLOCKS  # noqa: E402
from emotion_ros.metrics import unweighted_average_recall  # noqa: E402
from emotion_ros.metrics.predictions import Predictions  # noqa: E402
from emotion_ros.model.layers import RobustScaling  # noqa: E402
from emotion_ros.training import held_out, loop, sampler, trainer  # noqa: E402
from emotion_ros.training.calibration import fit_weights, probabilities  # noqa: E402
from emotion_ros.training.confidence import (  # noqa: E402
    BUDGET,
    Budget,
    hinted_loss,
    true_class_cost,
)
from emotion_ros.training.discriminant import Discriminant  # noqa: E402
from emotion_ros.training.examples import N_FOLDS, assign_folds, balance  # noqa: E402
from emotion_ros.training.held_out import HeldOut, LinearFunctions  # noqa: E402
from emotion_ros.training.network import (  # noqa: E402
    NETWORKS,
    WIDTH,
    functional_block,
    part_of,
)
from emotion_ros.training.prediction import batch_of, predict  # noqa: E402
from emotion_ros.training.sampler import (  # noqa: E402
    AugmentedSampler,
    batches_of_like_length,
    changes_of,
)
from emotion_ros.training.trainer import fit  # noqa: E402
from synthetic import CODES, FULL, SMALL, SPEAKERS, each, examples  # noqa: E402


def trained(training=None, **options):
    """Train on made-up examples, for a moment unless told otherwise."""
    keras.backend.clear_session()
    options = {'seed': 0, 'epochs': 1, **options}
    return fit(training or examples(takes='ab'), SMALL, len(CODES), **options)


def weights_of(fitted):
    return b''.join(weight.tobytes() for weight in fitted.network.get_weights())


def hearing(clean, augmented, features=SMALL):
    """Make what draws how examples are heard; functionals are clipped at a million."""
    count = BLOCKS[functional_block(features)].dimensions
    scaling = RobustScaling(np.zeros(count), np.ones(count), 1e6)
    return AugmentedSampler(clean, augmented, features, scaling, np.random.default_rng(0))


# The loss

def test_hinted_loss_against_numpy():
    draw = np.random.default_rng(0)
    logits = draw.normal(size=(6, 3, 4)).astype(np.float32)
    confidence = draw.uniform(0.05, 0.95, size=(6, 3, 1)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0, 1]][:, np.newaxis]
    hinted = np.array([1, 1, 1, 0, 0, 0], np.float32)[:, np.newaxis, np.newaxis]
    p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    helped = np.where(hinted == 1, confidence * p + (1 - confidence) * targets, p)
    expected = -np.log((helped * targets).sum(axis=2))
    cross_entropy, cost = hinted_loss(logits, confidence, targets, hinted)
    np.testing.assert_allclose(cross_entropy, expected, rtol=1e-4)
    np.testing.assert_allclose(cost, -np.log(confidence[..., 0]), rtol=1e-4)


def test_true_class_cost_is_least_at_the_probability_of_the_true_class():
    logits = np.random.default_rng(0).normal(size=(5, 1, 3)).astype(np.float32)
    targets = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]][:, np.newaxis]
    p = (np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True) * targets).sum(
        axis=2, keepdims=True)
    found = true_class_cost(logits, np.full_like(p, 0.3), targets)
    np.testing.assert_allclose(found, -(p * np.log(0.3) + (1 - p) * np.log(0.7))[..., 0], rtol=1e-4)
    least = np.array(true_class_cost(logits, p, targets))
    for other in (p - 0.02, p + 0.02):
        assert (np.array(true_class_cost(logits, other, targets)) > least).all()
    for sure in (0.0, 1.0):
        assert np.isfinite(true_class_cost(logits, np.full_like(p, sure), targets)).all()


def test_hinted_loss_stays_finite():
    logits = np.array([[[200, 0]], [[0, 200]]], np.float32)
    parts = hinted_loss(logits, np.array([[[0]], [[1]]], np.float32),
                        np.eye(2, dtype=np.float32)[[1, 0]][:, np.newaxis],
                        np.zeros((2, 1, 1), np.float32))
    assert np.isfinite(np.array(parts)).all()


def test_budget_moves_towards_its_target():
    budget = Budget()
    assert BUDGET == 0.3
    assert budget.weight == 0.1
    budget.update(0.5)
    assert budget.weight == pytest.approx(0.101)
    budget.update(0.1)
    assert budget.weight == pytest.approx(0.101 * 0.99)


# What is drawn

def test_batches_hold_each_example_once_and_like_lengths_together():
    lengths = np.random.default_rng(0).integers(1, 1000, size=1003)
    batches = list(batches_of_like_length(lengths, 10, np.random.default_rng(1)))
    assert len(batches) == 100
    assert len(set(np.concatenate(batches).tolist())) == 1000
    assert np.mean([np.ptp(lengths[batch]) for batch in batches]) < np.ptp(lengths) / 8
    firsts = [lengths[batch].min() for batch in batches]
    assert firsts != sorted(firsts)


def test_augmented_examples_are_drawn_from_the_same_clip():
    clean = examples(takes='ab')
    clean = clean.renumbered(np.arange(len(clean)) // 2)   # two utterances a clip
    copies = [each(lambda values: values + more, entry) for more in (1, 2)
              for entry in clean.values]
    augmented = replace(clean, values=np.array([*copies, None], object)[:-1],
                        clips=np.concatenate([clean.clips, clean.clips]))
    has_copies = augmented.clips != 5
    augmented = replace(augmented, values=augmented.values[has_copies],
                        clips=augmented.clips[has_copies])
    allowed = {}
    for number, values in zip(augmented.clips, augmented.values):
        allowed.setdefault(int(number), set()).add(values[SMALL[0]].tobytes())
    heard = hearing(clean, augmented)
    seen, shares = set(), []
    for _ in range(40):
        assert (heard.draw() == 1).all()
        replaced = [values is not entry for values, entry in zip(heard.values, clean.values)]
        shares.append(np.mean(replaced))
        for number, values in zip(clean.clips[replaced], heard.values[replaced]):
            assert values[SMALL[0]].tobytes() in allowed[int(number)]
            seen.add(values[SMALL[0]].tobytes())
    assert np.mean(shares) == pytest.approx(sampler.AUGMENTED_FRACTION, abs=0.04)
    assert len(seen) > 0.95 * len(augmented.values)


def test_without_augmented_examples_all_are_heard_as_they_are():
    clean = examples(takes='a', features=FULL)
    heard = hearing(clean, None, FULL)
    assert heard.draw().tolist() == [len(entry['ComParE_2016_lld']) for entry in clean.values]
    assert heard.values is clean.values
    chosen = np.arange(3)
    each(np.testing.assert_array_equal, heard.batch(chosen),
         batch_of(clean.values[chosen]))


def test_functionals_change_as_those_of_another_clip_did():
    clean = examples(takes='a', features=FULL)
    values = np.empty_like(clean.values)
    change = np.linspace(0, 1, 6373, dtype=np.float32)
    functionals, descriptors = FULL
    for number, entry in enumerate(clean.values):
        entry[functionals] %= 8   # so that small changes are not rounded
        values[number] = {functionals: entry[functionals] + (-1) ** number * change,
                          descriptors: entry[descriptors] + 100}
    heard = hearing(clean, replace(clean, values=values), FULL)
    shares = []
    for _ in range(30):
        chosen = heard.draw().argsort()[:8]
        before, after = batch_of(heard.values[chosen]), heard.batch(chosen)
        np.testing.assert_array_equal(after[descriptors], before[descriptors])
        before, after = (batch[functionals][:, 0] for batch in (before, after))
        parts = (after - before)[:, -1]
        np.testing.assert_allclose(after, before + parts[:, np.newaxis] * change, atol=1e-4)
        assert np.abs(parts).max() <= 1.01
        shares.append((parts != 0).mean())
    assert np.mean(shares) == pytest.approx(sampler.CHANGED, abs=0.1)


def test_changes_are_from_the_mean_of_the_clip():
    clean = np.array([[1, 2], [3, 6], [5, 5]], np.float32)
    augmented = np.array([[9, 9], [2, 3], [5, 6]], np.float32)
    changes, known = changes_of(clean, np.array([7, 7, 2]), augmented, np.array([3, 7, 2]))
    assert known.tolist() == [False, True, True]
    np.testing.assert_array_equal(changes, [[0, -1], [0, 1]])


def test_augmented_examples_change_the_weights():
    clean = examples(takes='ab')
    values = np.empty_like(clean.values)
    values[:] = [each(lambda block: 2 * block, entry) for entry in clean.values]
    once = trained(clean, network='mlp')
    again = trained(clean, network='mlp', augmented=replace(clean, values=values))
    assert weights_of(once) != weights_of(again)


# Who is trained on whom

@pytest.mark.parametrize('kind', NETWORKS)
def test_held_out_speakers_are_those_a_member_is_not_trained_on(kind):
    training, members = examples(takes='a'), NETWORKS[kind].members
    folds = assign_folds(training, seed=0)
    fold_of = dict(zip(training.speakers, folds, strict=True))
    held = HeldOut.select(None, training, fold_of, members)
    assert held.targets.tolist() == training.targets[folds < members].tolist()
    assert held.member.tolist() == folds[folds < members].tolist()
    stranger = replace(training, speakers=np.full(len(training), 'emodb/99'))
    assert not len(HeldOut.select(None, stranger, fold_of, members).values)


def test_members_are_trained_on_all_but_their_group_and_then_on_all(monkeypatch):
    done = []
    train, weights = trainer.train_weights, trainer.fit_weights
    monkeypatch.setattr(trainer, 'train_weights', lambda *arguments, **options: (
        done.append((arguments[4], options['epochs'])), train(*arguments, **options))[-1])
    monkeypatch.setattr(trainer, 'fit_weights', lambda *arguments: (
        done.append('calibrated'), weights(*arguments))[-1])
    training = examples(takes='a')
    trained(training, epochs=4)
    (first, epochs), calibrated, (then, more) = done
    folds = assign_folds(training, seed=0)
    assert first.shape == then.shape == (len(training), N_FOLDS)
    for member in range(N_FOLDS):
        assert ((first[:, member] == 0) == (folds == member)).all()
    assert calibrated == 'calibrated'
    assert (then == 1).all()
    assert (epochs, more) == (3, 1)


def test_going_on_with_all_speakers_changes_the_weights(monkeypatch):
    training = examples(takes='ab')
    once = trained(training, epochs=3, network='mlp')
    monkeypatch.setitem(NETWORKS, 'mlp', replace(NETWORKS['mlp'], final_epochs=0))
    assert weights_of(once) != weights_of(trained(training, epochs=3, network='mlp'))


def test_strange_sounds_have_no_right_answer():
    training = examples(takes='a')
    held = HeldOut.select(None, training, dict.fromkeys(training.speakers, 1), N_FOLDS)
    unlike = held.synthetic_ood(SMALL, np.random.default_rng(0))
    assert (unlike.targets == -1).all() and len(unlike.values) == len(held.values)
    assert (unlike.member == held.member).all()


def test_each_member_answers_for_its_own_group(monkeypatch):
    training = examples(takes='a')
    folds = assign_folds(training, seed=0)
    folds[training.speakers == 'emodb/03'] = N_FOLDS
    held = HeldOut.select(None, training, dict(zip(training.speakers, folds, strict=True)), N_FOLDS)
    count = (folds < N_FOLDS).sum()
    logits = np.arange(count * N_FOLDS * 3 * 4.0).reshape(count, N_FOLDS, 3, 4)
    confidence = np.arange(count * N_FOLDS * 1.0).reshape(count, N_FOLDS, 1)
    monkeypatch.setattr(held_out, 'predict', lambda trunk, values: {
        'logits': logits, 'confidence': confidence, 'novelty': np.zeros((count, 1))})
    predicted = held.predict()
    (of_network,) = predicted['logits']
    assert of_network.shape == (count, 4)
    assert predicted['confidence'].shape == predicted['novelty'].shape == (count, 1)
    for number, member in enumerate(folds[folds < N_FOLDS]):
        assert of_network[number].tolist() == logits[number, member].mean(axis=0).tolist()
        assert predicted['confidence'][number] == confidence[number, member, 0]


def test_a_member_learns_nothing_of_its_group(monkeypatch):
    monkeypatch.setitem(NETWORKS, 'ensemble', replace(NETWORKS['ensemble'], confidence_weight=0.2))
    training = examples(takes='ab')
    fold = 2
    of_fold = assign_folds(training, seed=0) == fold
    targets = training.targets.copy()
    targets[of_fold] = np.roll(targets[of_fold], 5)   # nonsense, of the same counts
    one, other = trained(training), trained(replace(training, targets=targets))
    for name, part in [('hidden', slice(fold * WIDTH, (fold + 1) * WIDTH)),
                       ('functional_logits', fold), ('confidence_logit', fold)]:
        axis = -1 if name == 'hidden' else 0
        for a, b in zip(*(fitted.network.get_layer(name).get_weights() for fitted in (one, other))):
            changed = np.delete(a, part, axis) != np.delete(b, part, axis)
            a, b = (values[..., part] if axis else values[part] for values in (a, b))
            np.testing.assert_allclose(a, b, atol=1e-7)
            assert changed.any()


def test_linear_functions_of_a_member_are_fitted_without_its_group():
    training = examples(takes='ab')
    trunk = NETWORKS['ensemble'].build(SMALL, training.values, len(CODES))
    describe = part_of(trunk, 'description')
    folds = assign_folds(training, seed=0)
    described = predict(describe, training.values)['description']
    linear = LinearFunctions.fitted_to(
        describe, training, None, dict(zip(training.speakers, folds, strict=True)), N_FOLDS,
        len(CODES))
    predicted = linear.predict(training.values, folds)
    for member in range(N_FOLDS):
        others = folds != member
        expected = Discriminant.fitted_to(
            described[others].copy(), training.targets[others],
            balance(training)[others].astype(float), len(CODES))
        np.testing.assert_allclose(predicted[~others], expected(described[~others]), atol=1e-3)
    expected = Discriminant.fitted_to(
        described.copy(), training.targets, balance(training).astype(float), len(CODES))
    np.testing.assert_allclose(linear.whole(described), expected(described), atol=1e-3)


def test_linear_functions_hear_augmented_examples_as_often_as_the_network():
    training = examples(takes='ab')
    trunk = NETWORKS['ensemble'].build(SMALL, training.values, len(CODES))
    describe = part_of(trunk, 'description')
    fold_of = dict.fromkeys(training.speakers, 1)
    noisy = np.empty_like(training.values)
    noisy[:] = [each(lambda block: block * np.float32(draw), entry) for entry, draw in zip(
        training.values, np.random.default_rng(0).uniform(0.5, 2, len(training)))]
    copies = replace(training, values=np.concatenate([noisy, noisy]),
                     targets=np.tile(training.targets, 2), clips=np.tile(training.clips, 2),
                     speakers=np.tile(training.speakers, 2), corpora=np.tile(training.corpora, 2))
    linear = LinearFunctions.fitted_to(describe, training, copies, fold_of, 1, len(CODES))
    both = [predict(describe, values)['description'] for values in (training.values, noisy)]
    changes = np.tile(both[1] - both[0], (2, 1))
    expected = Discriminant.fitted_to(
        np.concatenate(both), np.tile(training.targets, 2),
        np.repeat([1 - sampler.AUGMENTED_FRACTION, sampler.AUGMENTED_FRACTION], len(training)),
        len(CODES), changes)
    np.testing.assert_allclose(linear.whole(both[1]), expected(both[1]), atol=1e-3)


def test_linear_functions_of_a_member_know_no_change_of_its_group():
    training = examples(takes='ab')
    trunk = NETWORKS['ensemble'].build(SMALL, training.values, len(CODES))
    folds = assign_folds(training, seed=0)
    of_fold = folds == 1

    def fitted(factor):
        values = np.empty_like(training.values)
        values[:] = [each(lambda block: block * np.float32(factor if mine else 1.3), entry)
                     for entry, mine in zip(training.values, of_fold)]
        return LinearFunctions.fitted_to(
            part_of(trunk, 'description'), training, replace(training, values=values),
            dict(zip(training.speakers, folds, strict=True)), N_FOLDS, len(CODES))

    one, other = fitted(1.1), fitted(3)
    np.testing.assert_array_equal(one.of_member[1].kernel, other.of_member[1].kernel)
    assert (one.of_member[0].kernel != other.of_member[0].kernel).any()
    assert (one.whole.kernel != other.whole.kernel).any()


def test_clips_of_a_single_speaker_are_held_out(monkeypatch):
    seen = []
    held = HeldOut.select
    monkeypatch.setattr(HeldOut, 'select', lambda network, part, *rest: seen.append(
        held(network, part, *rest)) or seen[-1])
    single = examples(['03'])
    fitted = trained(single, augmented=single, network='devries')
    [known] = [finding for finding in fitted.findings if 'nothing is known' in finding]
    assert known.startswith('the only voice in training is emodb/03')
    assert 0 < len(seen[0].targets) < len(single)


def test_a_single_clip_is_too_few():
    with pytest.raises(EmotionError, match='too few'):
        trained(examples(['03']).select(np.arange(24) == 0))


@pytest.mark.parametrize('kind', NETWORKS)
def test_two_speakers_are_enough_and_the_threshold_is_at_most_a_half(monkeypatch, kind):
    monkeypatch.setattr(trainer, 'UNSURE', 1.0)
    fitted = trained(examples(['03', '08']), network=kind)
    assert 0 < fitted.threshold <= 0.5
    assert not any('nothing is known' in finding for finding in fitted.findings)


# Training

def test_the_same_seed_gives_the_same_weights():
    one, two, other = (trained(seed=seed, network='devries') for seed in (5, 5, 6))
    assert weights_of(one) == weights_of(two)
    assert replace(one, network=None) == replace(two, network=None)
    assert weights_of(one) != weights_of(other)


@pytest.fixture(scope='module')
def learned():
    """A network that was trained long enough, without two of the speakers."""
    return trained(examples(SPEAKERS[1:], 'abcd'), epochs=60)


def test_it_learns(learned):
    unseen = examples(SPEAKERS[:1], 'abcdef')
    outputs = predict(learned.network, unseen.values)
    answers = outputs['probabilities'].argmax(axis=1)
    assert unweighted_average_recall(unseen.targets, answers) > 0.7
    np.testing.assert_allclose(outputs['probabilities'].sum(axis=1), 1, atol=1e-5)
    assert ((outputs['confidence'] >= 0) & (outputs['confidence'] <= 1)).all()


def test_the_temperature_is_that_of_the_network(learned):
    assert learned.network.get_layer('temperature').scale == 1 / learned.temperature


@pytest.mark.parametrize('kind', NETWORKS)
def test_temperature_and_threshold_come_from_held_out_answers(monkeypatch, kind):
    draw = np.random.default_rng(0)
    training = examples(takes='abcd')
    given = {}

    def held_answer(held, linear):
        count = len(held.targets)
        logits = draw.normal(size=(count, len(CODES))) + 3 * np.eye(len(CODES))[held.targets]
        predicted = {'logits': [logits]}
        if linear:
            predicted['logits'].append(logits + draw.normal(size=logits.shape))
        if kind != 'mlp':
            predicted['confidence'] = draw.uniform(0.1, 0.9, size=(count, 1))
        if kind == 'ensemble':
            predicted['novelty'] = draw.normal(size=(count, 1)) + (held.targets[:, np.newaxis] < 0)
        given.setdefault('targets', held.targets)
        given.setdefault('predicted', predicted)
        return predicted

    monkeypatch.setattr(HeldOut, 'predict', held_answer)
    monkeypatch.setattr(trainer, 'train_weights', lambda *rest, epochs, **options: epochs)
    fitted = trained(training, network=kind)
    predicted = given['predicted']
    weights, _ = fit_weights(predicted['logits'], given['targets'])
    assert fitted.temperature == 1 / weights[0]
    found = probabilities(predicted['logits'], weights)
    confidence = predicted.get('confidence', found.max(axis=1, keepdims=True))
    assert fitted.confidence_deviation == pytest.approx(confidence.std())
    if kind == 'ensemble':
        calibration = fitted.network.get_layer('confidence_calibration')
        confidence = calibration(confidence, found, predicted['novelty'])
        assert calibration.coefficients[2] < 0   # what is novel is trusted less
    assert fitted.threshold == pytest.approx(min(np.quantile(confidence, 0.1), 0.5))


@pytest.mark.parametrize('kind, constant', [('devries', True), ('mlp', False)])
def test_a_constant_confidence_is_a_finding(monkeypatch, kind, constant):
    monkeypatch.setattr(trainer, 'MIN_DEVIATION', 1.0)
    fitted = trained(network=kind)
    assert fitted.constant_confidence is constant
    assert any('the confidence is constant' in finding for finding in fitted.findings) is constant


def test_the_ends_of_a_search_are_findings():
    good = trainer._Calibration(temperature=1.2, threshold=0.4, deviation=0.1, constant=False,
                                uncalibrated=False, confidence=None, discriminant=None)
    assert not list(trainer._findings(good))
    for changes, words in (
            ({'temperature': 10.0}, 'temperature is at its maximum, 10: the predictions'),
            ({'temperature': 0.1}, 'temperature is at its minimum, 0.1'),
            ({'threshold': 0.51}, 'threshold is at its maximum, 0.5'),
            ({'uncalibrated': True}, 'not calibrated')):
        [finding] = trainer._findings(replace(good, **changes))
        assert words in finding


def test_the_weight_of_hints_is_fixed_only_in_devries(monkeypatch):
    class Fixed(Budget):
        def __init__(self):
            self.weight = 1.0

        def update(self, cost):
            pass

    assert {name: architecture.confidence_weight for name, architecture in NETWORKS.items()} == {
        'ensemble': None, 'mlp': None, 'devries': 1.0}
    devries = trained(network='devries')
    monkeypatch.setitem(NETWORKS, 'devries', replace(NETWORKS['devries'], confidence_weight=None))
    assert weights_of(trained(network='devries')) != weights_of(devries)
    monkeypatch.setattr(loop, 'Budget', Fixed)
    assert weights_of(trained(network='devries')) == weights_of(devries)


@pytest.mark.parametrize('seed', range(2))
def test_devries_trains_by_any_seed(monkeypatch, seed):
    monkeypatch.setitem(
        NETWORKS, 'devries', replace(NETWORKS['devries'], final_epochs=0))   # tested elsewhere
    fitted = trained(examples(takes='abc'), network='devries', seed=seed, epochs=12)   # 108 clips
    assert not fitted.constant_confidence
    assert fitted.epochs > 2


@pytest.mark.parametrize('epochs, steps, expected', [(2, 9, 5), (2, 1, 2), (4, 8, 4)])
def test_few_examples_are_seen_more_often(monkeypatch, epochs, steps, expected):
    monkeypatch.setattr(trainer, 'EPOCHS', epochs)
    monkeypatch.setattr(trainer, 'STEPS', steps)
    monkeypatch.setattr(trainer, 'train_weights', lambda *rest, epochs, **options: epochs)
    training = examples(takes='ab')   # two batches
    assert trained(training, epochs=None, network='mlp').epochs == expected


def test_fewer_examples_than_a_batch():
    assert trained(examples(['03', '08'], takes='a'), network='mlp').epochs == 1


# Measures

def test_measures():
    few = Predictions(
        labels=['a', 'b', 'c'], targets=np.array([0, 0, 0, 1]),
        probabilities=np.array([[.9, .1, 0], [.8, .2, 0], [.3, .7, 0], [.6, .4, 0]], np.float32),
        confidence=np.array([.9, .8, .1, .2]), speakers=np.array(['a', 'a', 'b', 'b']),
        corpora=np.array(['x', 'x', 'x', 'y']), has_speech=np.ones(4, bool),
        affect=np.full((4, 2), np.nan), rated=np.full((4, 2), np.nan))
    measured = metrics.measure(few)
    assert measured['accuracy'] == 0.5
    assert measured['recall'] == {'a': 0.6667, 'b': 0.0}
    assert measured['uar'] == 0.3333
    assert measured['error_auroc'] == {'confidence': 1.0, 'max_softmax': 1.0}
    assert measured['corpora']['y']['error_auroc']['confidence'] is None
