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

"""Training of the network on the encoder, with random weights in place of the pretrained ones."""

from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('tensorflow')
from emotion_ros.enrollment.gains import head_of  # noqa: E402
from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.features.blocks import BLOCKS, LOG_MEL  # noqa: E402
from emotion_ros.features.log_mel import BANDS, LogMel  # noqa: E402
from emotion_ros.model.backends import LiteRtBackend, TensorFlowBackend  # noqa: E402
from emotion_ros.model.encoder import WIDTH  # noqa: E402
from emotion_ros.training import (  # noqa: E402
    encoder_fit,
    encoder_network,
    encoder_trainer,
    left_out,
)
from emotion_ros.training.calibration import probabilities  # noqa: E402
from emotion_ros.training.encoder_fit import (  # noqa: E402
    calibrated_encoder,
    calibration_folds,
    training_set,
)
from emotion_ros.training.encoder_network import (  # noqa: E402
    PretrainedEncoder,
    build_encoder_network,
)
from emotion_ros.training.examples import Examples  # noqa: E402
from emotion_ros.training.export import save_network  # noqa: E402
from emotion_ros.training.linear_branch import LinearBranch  # noqa: E402
from emotion_ros.training.prediction import predict  # noqa: E402
from emotion_ros.training.pretrained import EncoderWeights  # noqa: E402
from emotion_ros.training.rooms import LEAD  # noqa: E402
from emotion_ros.training.scenes import RESPONSE, Sources  # noqa: E402

pytestmark = pytest.mark.timeout(300)   # Keras makes the graphs of two trainings

LABELS = ['anger', 'sadness']
FUNCTIONALS = 'eGeMAPSv02'


def examples(corpora=('a', 'b', 'c'), speakers=2, clips=4):
    """Make utterances of anger, which are loud at high frequencies, and of sadness."""
    rng = np.random.default_rng(0)
    rows = [(corpus, f'{corpus}/{speaker}', clip % 2)
            for corpus in corpora for speaker in range(speakers) for clip in range(clips)]
    values = np.empty(len(rows), object)
    for number, (_, _, target) in enumerate(rows):
        matrix = rng.normal(-5, 0.3, (int(rng.integers(40, 80)), BANDS)).astype(np.float32)
        matrix[:, 40 * (1 - target):40 * (2 - target)] += 2
        functionals = rng.normal(target, 2, (1, BLOCKS[FUNCTIONALS].dimensions))
        values[number] = {LOG_MEL: matrix, FUNCTIONALS: functionals.astype(np.float32)}
    return Examples(values, np.array([row[2] for row in rows]), np.arange(len(rows)),
                    np.array([row[1] for row in rows]), np.array([row[0] for row in rows]))


def spoken(corpora=('a', 'b', 'c')):
    """Make utterances as in examples(), with audio."""
    data = examples(corpora)
    rng = np.random.default_rng(1)
    audio = np.empty(len(data), object)
    for number, target in enumerate(data.targets):
        noise = rng.normal(0, 300, int(rng.integers(6000, 12000)))
        hertz = (1000, 250)[target]
        noise += 4000 * np.sin(2 * np.pi * hertz * np.arange(len(noise)) / 16000)
        samples = np.rint(noise).astype(np.int16)
        log_mel = LogMel()
        log_mel.push(samples)
        data.values[number] = {LOG_MEL: log_mel.values()}
        audio[number] = samples
    return replace(data, audio=audio)


def quiet_rooms():
    """Make rooms without echo, and generate all noise."""
    response = np.zeros((2, RESPONSE), np.float32)
    response[:, LEAD] = 1
    return Sources(response[np.newaxis], None, (20.0,))


@pytest.fixture(scope='module')
def encoder():
    rng = np.random.default_rng(0)

    def draw(*shape):
        return rng.normal(0, 0.05, shape).astype(np.float32)

    block = [np.ones(WIDTH, np.float32), draw(WIDTH), draw(WIDTH, WIDTH), draw(WIDTH),
             draw(WIDTH, WIDTH), draw(WIDTH, WIDTH), draw(WIDTH), draw(WIDTH, WIDTH), draw(WIDTH),
             np.ones(WIDTH, np.float32), draw(WIDTH), draw(WIDTH, 4 * WIDTH), draw(4 * WIDTH),
             draw(4 * WIDTH, WIDTH), draw(WIDTH)]
    weights = EncoderWeights(
        [draw(3, BANDS, WIDTH), draw(WIDTH), draw(3, WIDTH, WIDTH), draw(WIDTH)], [block])
    return PretrainedEncoder(weights)


@contextmanager
def small_batches():
    """Train with less than is worth anything else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder_trainer, 'BATCH', 8)
        patch.setattr(encoder_trainer, 'HEAD_BATCH', 8)
        patch.setattr(encoder_trainer, 'HEAD_STEPS', 60)
        patch.setattr(encoder_trainer, 'PIECE', 40)
        patch.setattr(encoder_fit, 'FOLDS', 2)
        yield patch


@pytest.fixture(scope='module')
def fitted(encoder):
    data = examples()
    with small_batches():
        return data, encoder, encoder_fit.fit_encoder(data, data, LABELS, seed=0, epochs=0,
                                                      encoder=encoder)


def test_the_encoder_is_trained_too(encoder):
    data = spoken()
    with small_batches():
        network = encoder_fit.train_network(encoder, data, data, LABELS, seed=0, epochs=4,
                                            sources=quiet_rooms())
    outputs = predict(network.trunk, data.values)
    assert (outputs['logits'].argmax(axis=1) == data.targets).mean() > 0.8
    stem, block = (network.trunk.get_layer(name).get_weights() for name in ('stem', 'block_0'))
    assert all(map(np.array_equal, stem, encoder.weights.stem))   # it stays as it was
    assert not any(np.array_equal(new, old) for new, old in zip(
        block, encoder.weights.blocks[0], strict=True) if np.any(old != 1))


def test_a_part_of_what_the_encoder_was_stays(encoder, monkeypatch):
    def learn(model, *_, **options):
        if model.name == 'training':
            for variable in model.trainable_variables:
                variable.assign_add(np.ones(variable.shape))

    data = spoken('ab')
    monkeypatch.setattr(encoder_trainer._Trained, 'fit', learn)
    network = encoder_fit.train_network(encoder, data, None, LABELS, seed=0, epochs=1,
                                        sources=quiet_rooms())
    learned = 1 - encoder_trainer.KEPT
    for new, old in zip(network.trunk.get_layer('block_0').get_weights(),
                        encoder.weights.blocks[0], strict=True):
        np.testing.assert_allclose(new, old + learned, atol=1e-5)
    assert all(map(np.array_equal, network.trunk.get_layer('stem').get_weights(),
                   encoder.weights.stem))
    fresh = build_encoder_network(encoder, encoder.describe(
        [entry[LOG_MEL] for entry in data.values]), len(LABELS), seed=0)
    assert not np.array_equal(*(found.trunk.get_layer('logits').get_weights()[1]
                                for found in (network, fresh)))


def test_emotions_that_no_two_speakers_share_are_refused(encoder):
    data = examples('a')
    data = data.select(data.targets == np.char.endswith(data.speakers, '1'))
    assert {*zip(data.speakers, data.targets)} == {('a/0', 0), ('a/1', 1)}
    with pytest.raises(EmotionError, match='must be expressed by two speakers, got none'):
        encoder_fit.fit_encoder(data, None, LABELS, seed=0, encoder=encoder)


@pytest.mark.filterwarnings('error::SyntaxWarning', 'error::UserWarning')
def test_voices_of_a_single_speaker_need_not_be_told_apart(encoder):
    data = examples('a', speakers=1, clips=8)
    with small_batches():
        network = encoder_fit.train_network(encoder, data, None, LABELS, seed=0, epochs=0)
    outputs = encoder_fit.predict_examples(network, encoder, data, epochs=0)
    assert (outputs['logits'].argmax(axis=1) == data.targets).mean() > 0.8


def test_copies_stay_with_their_clips(encoder):
    data = examples('ab')
    clips = np.arange(len(data)) // 2   # two utterances a clip
    data = data.renumbered(clips)
    keep = data.clips != 1
    copies = data.select(data.clips < 3)
    chosen = data.select(keep)
    found = training_set(chosen, copies, LABELS, encoder)
    assert found.versions.tolist() == [3, 3, 3, 3] + [1] * (keep.sum() - 4)
    assert found.audio is None
    spectrograms = [values[LOG_MEL] for clip, own in zip(chosen.clips, chosen.values, strict=True)
                    for values in (own, *copies.values[copies.clips == clip])]
    for name, values in encoder.describe(spectrograms).items():
        assert np.array_equal(found.statistics[name], values)


def test_it_learns_and_tells_all_that_it_should(fitted):
    data, _, result = fitted
    outputs = predict(result.network, data.values)
    assert (outputs['probabilities'].argmax(axis=1) == data.targets).mean() > 0.8
    assert set(outputs) == {'probabilities', 'confidence', 'arousal', 'valence', 'embedding',
                            'voice'}
    np.testing.assert_allclose(outputs['probabilities'].sum(axis=1), 1, atol=1e-5)
    assert outputs['arousal'][data.targets == 0].mean() > outputs['arousal'][
        data.targets == 1].mean()   # anger is more aroused than sadness
    assert 0 <= result.threshold <= left_out.MAX_THRESHOLD
    assert result.branch_weight is None   # all is right, which teaches no confidence
    assert set(result.voices) == {'slope', 'bias', 'threshold'}
    assert set(result.average_speaker) == set(LABELS)
    for number, label in enumerate(LABELS):   # of those who are not known, most are recognized
        assert np.argmax(result.average_speaker[label]) == number
    assert {entry['corpus']: entry['utterances'] for entry in result.left_out} == Counter(
        data.corpora)
    for entry in result.left_out:
        assert entry['uar'] > 0.8 and entry['accuracy'] > 0.8 and 0 < entry['answered'] <= 1


def test_litert_and_keras_agree_but_for_the_rounding(fitted, tmp_path):
    data, _, result = fitted
    sha256 = save_network(result.network, tmp_path)
    blocks = [BLOCKS[LOG_MEL], BLOCKS[FUNCTIONALS]]
    fast, exact = (kind(tmp_path, blocks, sha256) for kind in (LiteRtBackend, TensorFlowBackend))
    for values in data.values[:6]:
        one, other = fast.run(values), exact.run(values)
        assert set(one) == set(other)
        for name in one:
            np.testing.assert_allclose(one[name], other[name],
                                       atol=0.05 * max(1, np.abs(other[name]).max()))
        assert all(np.array_equal(one[name], fast.run(values)[name]) for name in one)
    with pytest.raises(EmotionError, match='SHA-256'):
        LiteRtBackend(tmp_path, blocks, '0' * 64)


@pytest.mark.parametrize('corpora, speakers, kept_whole, folds', [
    ('abc', 2, 'corpora', 3), ('abcdefg', 2, 'corpora', encoder_fit.FOLDS),
    ('a', 2, 'speakers', 2), ('ab', 4, 'speakers', encoder_fit.FOLDS)])
def test_whole_corpora_or_speakers_are_left_out_to_calibrate(
        corpora, speakers, kept_whole, folds):
    data = examples(corpora=corpora, speakers=speakers)
    found = calibration_folds(data, seed=0)
    names = getattr(data, kept_whole)
    assert len(np.unique(found)) == folds
    assert all(len(np.unique(found[names == name])) == 1 for name in np.unique(names))


def test_clips_of_a_single_speaker_are_left_out():
    data = examples(corpora='a', speakers=1, clips=24)
    data = data.renumbered(data.clips // 4 * 2 + data.targets)   # two utterances a clip
    found = calibration_folds(data, seed=0)
    assert len(np.unique(found)) == encoder_fit.FOLDS
    assert all(len(np.unique(found[data.clips == clip])) == 1 for clip in data.clips)
    for fold in np.unique(found):
        assert len(np.unique(data.targets[found != fold])) == len(LABELS)
    with pytest.raises(EmotionError, match='too few clips'):
        calibration_folds(data.select(data.clips == 0), seed=0)


def test_the_encoder_describes_an_utterance_once_and_the_same_in_any_company(fitted):
    data, encoder, _ = fitted
    spectrograms = [entry[LOG_MEL] for entry in data.values]
    fresh = PretrainedEncoder(encoder.weights)
    alone = fresh.describe(spectrograms[:1])
    together = fresh.describe(spectrograms)
    for name, values in encoder.describe(spectrograms).items():
        assert values.shape[0] == len(spectrograms)
        assert np.array_equal(together[name][:1], alone[name])
        np.testing.assert_allclose(values, together[name], atol=0.02)


def test_the_last_block_has_no_dense_layers(encoder, monkeypatch):
    values = [spectrogram[LOG_MEL] for spectrogram in examples().values[:2]]
    monkeypatch.setattr(encoder_network, 'BLOCKS', 1)
    without = EncoderWeights(encoder.weights.stem, [block[:9] for block in encoder.weights.blocks])
    found = PretrainedEncoder(encoder.weights).describe(values)
    expected = PretrainedEncoder(without).describe(values)
    assert np.array_equal(found['late'], expected['late'])
    assert not np.allclose(found['late'], encoder.describe(values)['late'], atol=0.1)


def test_classes_that_a_corpus_lacks_are_known(fitted):
    _, encoder, _ = fitted
    data = examples(corpora='ab')
    keep = (data.corpora == 'a') | (data.targets == 0)
    found = training_set(data.select(keep), None, LABELS, encoder)
    assert found.allowed[data.corpora[keep] == 'a'].all()
    assert not found.allowed[data.corpora[keep] == 'b', 1].any()


def test_predictions_do_not_depend_on_the_batch(fitted):
    data, _, result = fitted
    together = predict(result.network, data.values)
    alone = predict(result.network, data.values[:1])
    np.testing.assert_allclose(together['probabilities'][:1], alone['probabilities'], atol=1e-4)
    assert {tensor.name for tensor in result.network.inputs} == {
        LOG_MEL, FUNCTIONALS, 'speaker'}


def test_linear_functions_are_added_to_the_logits(fitted):
    data, encoder, _ = fitted
    branch = LinearBranch.fitted_to(data, data, len(LABELS))
    added = branch.predict(data.values)
    assert (added.argmax(axis=1) == data.targets).all()
    statistics = encoder.describe([entry[LOG_MEL] for entry in data.values])
    trunk = build_encoder_network(encoder, statistics, len(LABELS), seed=0).trunk
    weights = np.array([0.5, 0.2])
    found = predict(calibrated_encoder(trunk, weights, None, branch), data.values)
    expected = probabilities([predict(trunk, data.values)['logits'], added], weights)
    np.testing.assert_allclose(found['probabilities'], expected, atol=1e-4)


def test_what_follows_the_encoder_gives_the_same_with_linear_functions(fitted):
    data, _, result = fitted
    head, strangers = head_of(result.network), predict(result.network, data.values)
    for embedding, blocks, expected in zip(
            strangers['embedding'], data.values, strangers['probabilities'], strict=True):
        found = head(embedding, np.zeros_like(embedding), blocks)
        np.testing.assert_allclose(found, expected, atol=1e-5)
        assert not np.array_equal(head(embedding, embedding, blocks), found)


def test_linear_functions_weigh_what_they_are_worth():
    rng = np.random.default_rng(0)
    targets = rng.integers(2, size=200)
    right, useless = np.eye(2)[targets] + rng.normal(0, 0.5, (200, 2)), rng.normal(size=(200, 2))

    def weight(linear):
        outputs = {'logits': rng.normal(size=(200, 2)), 'linear_logits': linear,
                   'confidence': rng.random((200, 1))}
        return left_out.calibrate([(SimpleNamespace(targets=targets), outputs)])[0][1]

    assert weight(right) > 1 > 0.2 > weight(useless)


@pytest.mark.parametrize('names', [
    [FUNCTIONALS], [LOG_MEL, 'ComParE_2016_lld'], [LOG_MEL, FUNCTIONALS, 'ComParE_2016']])
def test_other_blocks_are_refused(names):
    data = examples()
    data.values[0] = dict.fromkeys(names)
    with pytest.raises(EmotionError, match='must be log_mel, with or without a block of func'):
        encoder_fit.fit_encoder(data, None, LABELS, seed=0)
