"""Training: features, classes, speakers, the loss, the network and the saved model."""

import argparse
import importlib.metadata
import types

import numpy as np
import pytest
import soundfile

pytest.importorskip('tensorflow', reason='TensorFlow is not installed: requirements-train.txt')

import keras  # noqa: E402

from conftest import CLIPS  # noqa: E402
from emotion_ros.audio.file_source import FileSource  # noqa: E402
from emotion_ros.corpora.clip import Clip  # noqa: E402
from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.evaluation.answers import Answers  # noqa: E402
from emotion_ros.evaluation.measures import unweighted_average_recall  # noqa: E402
from emotion_ros.features.extractor import VoiceFeatures  # noqa: E402
from emotion_ros.model.backends import LiteRtBackend  # noqa: E402
from emotion_ros.model.classifier import EmotionClassifier  # noqa: E402
from emotion_ros.model.layers import RobustScaling, Temperature  # noqa: E402
from emotion_ros.model.saved_model import read_description  # noqa: E402
from emotion_ros.paths import default_model  # noqa: E402
from emotion_ros.training import command, features, measures, saving, train  # noqa: E402
from emotion_ros.training.classes import DEFAULT_CLASSES, choose_classes  # noqa: E402
from emotion_ros.training.confidence import Budget, hinted_loss  # noqa: E402
from emotion_ros.training.examples import (  # noqa: E402
    Examples, balance, choose_test_speakers, choose_validation_speakers)
from emotion_ros.training.fitting import answer, fit, fit_temperature  # noqa: E402

DIMENSIONS = 88   # of eGeMAPSv02
CODES = 'WEAFTN'  # the EMO-DB codes of six emotions
SPEAKERS = ('03', '08', '09', '10', '11', '12')


def voice(name):
    """Make features of a clip that tell its emotion, its speaker and chance."""
    speaker, emotion = name[:2], name[5]
    draw = np.random.default_rng(list(name.encode()))
    values = 30 * np.random.default_rng(ord(emotion)).normal(size=DIMENSIONS)
    values += 10 * np.random.default_rng(int(speaker)).normal(size=DIMENSIONS)
    values += 20 * draw.normal(size=DIMENSIONS)
    values[3] = 7   # a constant
    return values.astype(np.float32)


def examples(speakers=SPEAKERS, takes='abcd'):
    """Make examples of six classes."""
    names = [f'{speaker}a01{code}{take}' for speaker in speakers for code in CODES
             for take in takes]
    return Examples(
        values=np.stack([voice(name) for name in names]),
        targets=np.array([CODES.index(name[5]) for name in names]),
        speakers=np.array([f'emodb/{name[:2]}' for name in names]),
        corpora=np.array(['emodb'] * len(names)))


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """Give a folder of EMO-DB names; their features are made up, those of speaker 15 are bad."""
    folder = tmp_path / 'speech'
    folder.mkdir()
    names = [f'{speaker}a01{code}{take}' for speaker in SPEAKERS for code in CODES + 'L'
             for take in 'abcd']
    for number, name in enumerate([*names, '15a01Fa', '15a01Wa']):
        soundfile.write(folder / f'{name}.wav', np.full(160, number, np.int16), 11025)

    def extract(path, feature_set_name, **segmentation):
        if path.name == '15a01Fa.wav':
            return
        if path.name == '15a01Wa.wav':
            raise EmotionError('openSMILE gave values that are not finite')
        for final in (False, True):
            yield VoiceFeatures(types.SimpleNamespace(final=final), feature_set_name,
                                voice(path.stem)[np.newaxis])

    monkeypatch.setattr(features, '_with_lead', lambda path: path)
    monkeypatch.setattr(features, 'extract', extract)
    return folder


def run(corpus, *options):
    """Run `emotion-ros train` on a corpus."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    arguments = parser.parse_args([
        'train', '--corpus', f'emodb:{corpus}', '--feature-set', 'eGeMAPSv02', '--jobs', '1',
        '--cache', str(corpus.parent / 'cache'), '--epochs', '12', *map(str, options)])
    arguments.run(arguments)


# Features

def clip(path):
    return Clip(path, 'anger', 'emodb/03', 'de', 'emodb')


def extract(path, cache, name='eGeMAPSv02'):
    [values] = features.extract_clips([clip(path)], name, cache=cache, jobs=1)
    return values


def test_final_utterances_are_kept_in_the_cache(corpus, monkeypatch):
    path, cache = corpus / '03a01Wa.wav', corpus.parent / 'cache'
    first = extract(path, cache)
    assert first.tolist() == [voice('03a01Wa').tolist()]
    monkeypatch.setattr(features, 'extract', None)   # a second call would fail
    assert (extract(path, cache) == first).all()
    assert not list(cache.rglob('*.tmp'))


def test_a_clip_is_heard_after_a_moment_of_its_own_background():
    speech = FileSource(CLIPS[0])
    expected = np.concatenate([frame.samples for frame in speech.frames()])
    frames = list(features._with_lead(CLIPS[0]))
    assert [frame.first_sample for frame in frames[1:]] == [
        frame.end_sample for frame in frames[:-1]]
    heard = np.concatenate([frame.samples for frame in frames])
    lead = len(heard) - len(expected)
    assert lead == features.LEAD * 16000
    assert np.array_equal(heard[lead:], expected)
    assert 0 < heard[:lead].std() < expected.std() / 10


@pytest.mark.parametrize('change', ['content', 'settings', 'version', 'stages'])
def test_the_cache_is_by_content_and_settings(corpus, monkeypatch, change):
    path, cache = corpus / '03a01Wa.wav', corpus.parent / 'cache'
    extract(path, cache)
    if change == 'content':
        soundfile.write(path, np.ones(160) / 2, 11025)
    elif change == 'settings':
        monkeypatch.setattr(features, 'segmentation_settings', lambda: {'hang_over': 1.0})
    elif change == 'version':
        monkeypatch.setattr(features, 'opensmile_version', lambda: '99')
    else:
        monkeypatch.setattr(features, 'STAGES', 99)
    extract(path, cache)
    assert len(list(cache.rglob('*.npy'))) == 2


def test_a_broken_cache_file_is_made_again(corpus):
    path, cache = corpus / '03a01Wa.wav', corpus.parent / 'cache'
    first = extract(path, cache)
    [kept] = cache.rglob('*.npy')
    for content in (b'', kept.read_bytes()[:200], b'nonsense'):
        kept.write_bytes(content)
        assert (extract(path, cache) == first).all()


def test_clips_that_cannot_be_used(corpus):
    cache = corpus.parent / 'cache'
    assert extract(corpus / '15a01Fa.wav', cache).shape == (0, DIMENSIONS)
    assert 'not finite' in str(extract(corpus / '15a01Wa.wav', cache))
    assert 'none.wav' in str(extract(corpus / 'none.wav', cache))
    assert len(list(cache.rglob('*.npy'))) == 1


def test_real_stages_in_processes(tmp_path):
    paths = [tmp_path / 'silence.wav', tmp_path / 'text.wav']
    soundfile.write(paths[0], np.zeros(16000), 16000)
    paths[1].write_text('no sound')
    silence, text = features.extract_clips(
        [clip(path) for path in paths], 'eGeMAPSv02', cache=tmp_path / 'cache', jobs=2)
    assert silence.shape == (0, DIMENSIONS)
    assert 'text.wav' in str(text)


def test_a_cache_that_cannot_be_written(corpus):
    with pytest.raises(EmotionError, match='--cache'):
        extract(corpus / '03a01Wa.wav', corpus / '03a01Wb.wav')


# Classes and speakers

def test_default_classes():
    classes, mapping = choose_classes(['calm', 'boredom', *DEFAULT_CLASSES])
    assert tuple(classes) == DEFAULT_CLASSES
    assert mapping == {'calm': 'neutral', **{label: label for label in DEFAULT_CLASSES}}


def test_default_classes_are_those_that_occur():
    assert choose_classes(['sadness', 'calm'])[0] == ['neutral', 'sadness']


def test_classes_and_map():
    classes, mapping = choose_classes(
        ['joy', 'calm', 'anger', 'neutral'], classes='happiness,calm', renames=['joy=happiness'])
    assert classes == ['happiness', 'calm']
    assert mapping == {'joy': 'happiness', 'calm': 'calm'}


@pytest.mark.parametrize('emotions, options, names', [
    (['anger'], {}, ['1 of the classes']),
    (['anger', 'fear'], {'classes': 'anger'}, ['--classes', "'anger'"]),
    (['anger', 'fear'], {'classes': 'anger,anger'}, ['--classes', 'different']),
    (['anger', 'fear'], {'classes': 'anger,unknown'}, ['--classes', 'unknown']),
    (['anger', 'fear'], {'classes': 'anger,joy'}, ['--classes', "'joy'", 'anger, fear']),
    (['anger', 'fear'], {'renames': ['anger']}, ['--map', "'anger'", 'old=new']),
    (['anger', 'fear'], {'renames': ['joy=anger']}, ['--map', "'joy=anger'", 'anger, fear']),
    (['anger', 'fear', 'sadness'], {'renames': ['anger=rage']}, ['--map', "'anger=rage'"]),
])
def test_bad_classes(emotions, options, names):
    with pytest.raises(EmotionError) as error:
        choose_classes(emotions, **options)
    for name in names:
        assert name in str(error.value)


def test_speakers_are_divided():
    everything = examples()
    test = choose_test_speakers(everything)
    assert test == {'emodb/03', 'emodb/12'}
    assert choose_test_speakers(everything, 'emodb/08, emodb/09') == {'emodb/08', 'emodb/09'}
    assert choose_test_speakers(everything, '') == set()
    rest = everything.without(test)
    validation = choose_validation_speakers(rest, seed=1)
    assert len(validation) == 1
    assert validation == choose_validation_speakers(rest, seed=1)
    assert not validation & test


def test_unknown_and_too_few_speakers():
    with pytest.raises(EmotionError, match='emodb/99.*emodb/03, emodb/08'):
        choose_test_speakers(examples(), 'emodb/99')
    with pytest.raises(EmotionError, match='too few speakers'):
        choose_validation_speakers(examples(['03']), seed=0)


def test_balance():
    both = Examples(
        values=np.zeros((13, 1), np.float32),
        targets=np.array([0] * 10 + [1] * 3),
        speakers=np.array(['a'] * 13),
        corpora=np.array(['x'] * 9 + ['y'] + ['x'] * 3))
    weights = balance(both)
    assert weights.mean() == pytest.approx(1)
    assert weights[:10].sum() == pytest.approx(weights[10:].sum())
    assert weights[:9].sum() == pytest.approx(3 * weights[9])


# The loss and the layers

def test_hinted_loss_against_numpy():
    draw = np.random.default_rng(0)
    logits = draw.normal(size=(6, 4)).astype(np.float32)
    confidence = draw.uniform(0.05, 0.95, size=(6, 1)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0, 1]]
    hinted = np.array([[1], [1], [1], [0], [0], [0]], np.float32)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    helped = np.where(hinted == 1, confidence * p + (1 - confidence) * targets, p)
    expected = -np.log((helped * targets).sum(axis=1))
    surprise, cost = hinted_loss(logits, confidence, targets, hinted)
    np.testing.assert_allclose(surprise, expected, rtol=1e-5)
    np.testing.assert_allclose(cost, -np.log(confidence[:, 0]), rtol=1e-5)


def test_hinted_loss_stays_finite():
    logits = np.array([[200, 0], [0, 200]], np.float32)
    parts = hinted_loss(logits, np.array([[0], [1]], np.float32),
                        np.eye(2, dtype=np.float32)[[1, 0]], np.zeros((2, 1), np.float32))
    assert np.isfinite(np.array(parts)).all()


def test_budget_moves_towards_its_target():
    budget = Budget()
    assert budget.target == 0.3
    assert budget.weight == 0.1
    budget.update(0.5)
    assert budget.weight == pytest.approx(0.101)
    budget.update(0.1)
    assert budget.weight == pytest.approx(0.101 * 0.99)


def test_scaling_against_numpy():
    draw = np.random.default_rng(0)
    values = draw.normal([5, -300, 0], [2, 100, 1e-4], size=(200, 3)).astype(np.float32)
    low, center, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    layer = RobustScaling.fitted_to(values, limit=2.0)
    expected = np.clip((values - center) / ((high - low) / 1.349), -2, 2)
    np.testing.assert_allclose(layer(values), expected, atol=1e-4)


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


@pytest.mark.parametrize('layer', [
    RobustScaling(center=[0.1, 2.0], spread=[0.3, 0.0], limit=3.0, name='scaling'),
    Temperature(1.7, name='temperature')])
def test_layers_go_round_through_their_config(layer):
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    values = np.array([[0.2, 5.0]], np.float32)
    np.testing.assert_array_equal(again(values), layer(values))


def test_temperature_is_found():
    draw = np.random.default_rng(0)
    logits = draw.normal(scale=2, size=(4000, 3))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    targets = np.array([draw.choice(3, p=row) for row in p])
    assert fit_temperature(3 * logits, targets) == pytest.approx(3, rel=0.1)


# Training

def test_the_same_seed_gives_the_same_weights():
    training, validation = examples(SPEAKERS[1:]), examples(SPEAKERS[:1])
    one, two, other = (fit(training, validation, len(CODES), seed=seed, epochs=6)
                       for seed in (5, 5, 6))
    for a, b in zip(one.network.get_weights(), two.network.get_weights()):
        assert a.tobytes() == b.tobytes()
    assert (one.temperature, one.threshold) == (two.temperature, two.threshold)
    assert any((a != b).any()
               for a, b in zip(one.network.get_weights(), other.network.get_weights()))


def test_it_learns():
    fitted = fit(examples(SPEAKERS[2:], 'abcdef'), examples(SPEAKERS[1:2]), len(CODES), seed=0,
                 epochs=150)
    unseen = examples(SPEAKERS[:1])
    outputs = answer(fitted.network, unseen.values)
    answers = outputs['probabilities'].argmax(axis=1)
    assert unweighted_average_recall(unseen.targets, answers) > 0.6
    np.testing.assert_allclose(outputs['probabilities'].sum(axis=1), 1, atol=1e-5)
    assert ((outputs['confidence'] > 0) & (outputs['confidence'] < 1)).all()


def test_a_constant_confidence_is_a_failure(monkeypatch):
    monkeypatch.setattr('emotion_ros.training.fitting.LEAST_DEVIATION', 1.0)
    with pytest.raises(EmotionError, match='confidence branch is a constant'):
        fit(examples(SPEAKERS[1:]), examples(SPEAKERS[:1]), len(CODES), seed=0, epochs=1)


def test_measures():
    few = Answers(
        labels=['a', 'b', 'c'], targets=np.array([0, 0, 0, 1]),
        probabilities=np.array([[.9, .1, 0], [.8, .2, 0], [.3, .7, 0], [.6, .4, 0]], np.float32),
        confidence=np.array([.9, .8, .1, .2]), speakers=np.array(['a', 'a', 'b', 'b']),
        corpora=np.array(['x', 'x', 'x', 'y']), heard=np.ones(4, bool))
    metrics = measures.measure(few)
    assert metrics['accuracy'] == 0.5
    assert metrics['recall'] == {'a': 0.6667, 'b': 0.0}
    assert metrics['uar'] == 0.3333
    assert metrics['error_auroc'] == {'confidence': 1.0, 'max_softmax': 1.0}
    assert metrics['corpora']['y']['error_auroc']['confidence'] is None


# The command

def test_a_trained_folder_is_a_model(corpus, capsys):
    folder = corpus.parent / 'model'
    run(corpus, '--output', folder, '--name', 'small', '--map', 'boredom=neutral')
    out = capsys.readouterr().out
    assert 'no speech was found in 1 of' in out
    assert '15a01Wa.wav' in out and 'not finite' in out
    description = read_description(folder)
    assert description.labels == ['neutral', 'anger', 'disgust', 'fear', 'happiness', 'sadness']
    assert description.opensmile == importlib.metadata.version('opensmile')
    assert description.training['test_speakers'] == ['emodb/03', 'emodb/12']
    assert description.metrics['speakers'] == 2
    assert 0 <= description.confidence_threshold <= 1
    card = (folder / 'MODEL_CARD.md').read_text()
    assert str(corpus.parent) not in card + (folder / 'model.yaml').read_text()
    for text in ('small', 'CC BY 4.0', 'Burkhardt', 'emodb/03', '5.51 kHz', 'openSMILE',
                 'recall of anger', '--corpus emodb:/path/to/emodb', 'acted'):
        assert text in card
    heard = VoiceFeatures(None, 'eGeMAPSv02', voice('03a01Wa')[np.newaxis])
    answers = [EmotionClassifier(folder, backend=backend, confidence_threshold=0).classify(heard)
               for backend in ('litert', 'tensorflow')]
    np.testing.assert_allclose(answers[0].probabilities, answers[1].probabilities, atol=1e-5)
    assert answers[0].confidence == pytest.approx(answers[1].confidence, abs=1e-5)
    assert answers[0].emotion == answers[1].emotion
    assert sorted(path.name for path in corpus.parent.iterdir()) == ['cache', 'model', 'speech']


def test_litert_equals_keras_on_strange_values():
    training = examples(SPEAKERS[1:])
    network = fit(training, examples(SPEAKERS[:1]), len(CODES), seed=0, epochs=2).network
    values = np.concatenate([training.values[:20], 1e6 * training.values[:20],
                             np.full((1, DIMENSIONS), np.nan, np.float32)])
    expected = answer(network, values)
    from ai_edge_litert.interpreter import Interpreter
    runner = Interpreter(
        model_content=saving.to_litert(network)).get_signature_runner('serve')
    for number in range(len(values)):
        outputs = runner(features=values[number:number + 1])
        for name in ('probabilities', 'confidence'):
            np.testing.assert_allclose(outputs[name][0], expected[name][number], atol=1e-5)


def test_a_model_is_replaced_or_kept_whole(corpus, monkeypatch):
    folder = corpus.parent / 'model'
    run(corpus, '--output', folder, '--seed', 1)
    run(corpus, '--output', folder, '--seed', 2)
    assert read_description(folder).training['seed'] == 2

    def fail(network, folder):
        (folder / 'model.keras').write_text('half')
        raise KeyboardInterrupt

    monkeypatch.setattr(train, 'save_network', fail)
    with pytest.raises(KeyboardInterrupt):
        run(corpus, '--output', folder, '--seed', 3)
    with pytest.raises(KeyboardInterrupt):
        run(corpus, '--output', corpus.parent / 'other')
    assert read_description(folder).training['seed'] == 2
    LiteRtBackend(folder)
    assert sorted(path.name for path in corpus.parent.iterdir()) == ['cache', 'model', 'speech']


@pytest.mark.parametrize('options, names', [
    (['--output', '{corpus}'], ['--output', 'holds no model']),
    (['--output', '{corpus}/03a01Wa.wav'], ['--output', 'is a file']),
    (['--epochs', '0'], ['--epochs is 0', 'at least 1']),
    (['--seed', '-1'], ['--seed is -1', 'at least 0']),
    (['--jobs', '0'], ['--jobs is 0']),
    (['--feature-set', 'none'], ["'none'", 'ComParE_2016']),
    (['--name', ''], ['--name']),
    (['--classes', 'anger,rage'], ['--classes', "'rage'"]),
    (['--exclude-speakers', 'emodb/99'], ['--exclude-speakers', 'emodb/99']),
    (['--exclude-speakers', 'emodb/03,emodb/08,emodb/09,emodb/10,emodb/11'], ['too few speakers']),
    (['--corpus', 'emo:x'], ['--corpus', "'emo'"]),
])
def test_bad_options(corpus, options, names):
    output = corpus.parent / 'model'
    with pytest.raises(EmotionError) as error:
        run(corpus, '--output', output, *(option.format(corpus=corpus) for option in options))
    assert '\n' not in str(error.value)
    for name in names:
        assert name in str(error.value)
    assert not output.exists()


def test_a_corpus_without_speech(corpus):
    for path in corpus.iterdir():
        if not path.name.startswith('15'):
            path.unlink()
    with pytest.raises(EmotionError, match='none of the 2 clips can be used'):
        run(corpus, '--output', corpus.parent / 'model')


# The model that the package installs

def test_the_default_model():
    folder = default_model()
    description = read_description(folder)
    assert tuple(description.labels) == DEFAULT_CLASSES
    assert {'emodb/03', 'emodb/16'} <= set(description.training['test_speakers'])
    assert description.metrics['uar'] > 0.5
    assert sum(path.stat().st_size for path in folder.iterdir()) < 10_000_000
    draw = np.random.default_rng(0)
    values = draw.normal(size=(1, description.dimensions)).astype(np.float32)
    heard = VoiceFeatures(None, description.feature_set, values)
    answers = [EmotionClassifier(folder, backend=backend).classify(heard)
               for backend in ('litert', 'tensorflow')]
    np.testing.assert_allclose(answers[0].probabilities, answers[1].probabilities, atol=1e-5)
