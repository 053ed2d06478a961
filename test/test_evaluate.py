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

"""Evaluation: folds, answers to clips, the SVM, sounds that are no emotion, and the command."""

import csv
import json
import os
import sys
import types

import numpy as np
import pytest
import soundfile

pytest.importorskip('tensorflow', reason='TensorFlow is not installed: requirements-train.txt')

from emotion_ros import cli  # noqa: E402
from emotion_ros.corpora.classes import choose_classes, own_classes  # noqa: E402
from emotion_ros.corpora.clip import Clip  # noqa: E402
from emotion_ros.corpora.labeled_clips import LabeledClips  # noqa: E402
from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.evaluation import additional_tests, cross_validate  # noqa: E402
from emotion_ros.evaluation.conditions import in_noise  # noqa: E402
from emotion_ros.evaluation.folds import folds_by_speakers, random_folds  # noqa: E402
from emotion_ros.evaluation.ood import (  # noqa: E402
    OodClip,
    OodSet,
    extract_ood,
    find_ood,
    score_ood,
)
from emotion_ros.evaluation.predictions_table import read_predictions  # noqa: E402
from emotion_ros.evaluation.svm import SupportVectors  # noqa: E402
from emotion_ros.metrics import unweighted_average_recall  # noqa: E402
from emotion_ros.metrics.pooling import predict_clips  # noqa: E402
from emotion_ros.model.layers import RobustScaling  # noqa: E402
from emotion_ros.process.stderr import quiet_tensorflow  # noqa: E402
from emotion_ros.training import rooms, trainer  # noqa: E402
from emotion_ros.training.examples import gather  # noqa: E402
from emotion_ros.training.features import Extraction  # noqa: E402
from emotion_ros.training.network import LIMIT, functional_values  # noqa: E402
from emotion_ros.training.recipe import Recipe  # noqa: E402
from emotion_ros.training.rooms import generated_response  # noqa: E402
from synthetic import (  # noqa: E402
    BROKEN,
    CODES,
    SMALL,
    SPEAKERS,
    UNHEARD,
    examples,
    make_corpus,
    names,
    train,
)

EMOTION = {'W': 'anger', 'E': 'disgust', 'A': 'fear', 'F': 'happiness', 'T': 'sadness',
           'N': 'neutral', 'L': 'boredom'}
DETECTION = {'auroc', 'aupr', 'fpr95'}


def clip(speaker, emotion='anger', corpus='emodb', path='a.wav'):
    return Clip(path, emotion, f'{corpus}/{speaker}', 'de', corpus)


def clips_of(speakers, corpus='emodb', each=3):
    return [clip(speaker, emotion, corpus) for speaker in speakers
            for emotion in ('anger', 'fear') for _ in range(each)]


# Folds

@pytest.mark.parametrize('count, folds', [(None, 5), (2, 2), (7, 7)])
def test_folds_by_speakers(count, folds):
    clips = clips_of('abcdefg') + clips_of('ABCDEFGHI', 'ravdess')
    found = folds_by_speakers(clips, count, seed=3)
    assert len(found) == folds
    assert sorted(np.concatenate(found)) == list(range(len(clips))), 'every clip once'
    tested = [{clips[number].speaker for number in test} for test in found]
    assert sum(map(len, tested)) == len(set.union(*tested)), 'no speaker in two folds'
    for test in found:
        assert (np.diff(test) > 0).all()
        assert {clips[number].corpus for number in test} == {'emodb', 'ravdess'}


def test_as_many_folds_as_speakers_leave_one_out():
    clips = clips_of('abcd')
    for test in folds_by_speakers(clips, 4, seed=0):
        assert len({clips[number].speaker for number in test}) == 1


def test_folds_are_drawn():
    clips = clips_of('abcdefgh')
    one, two, other = (folds_by_speakers(clips, 4, seed=seed) for seed in (1, 1, 2))
    assert all(map(np.array_equal, one, two))
    assert not all(map(np.array_equal, one, other))


@pytest.mark.parametrize('speakers, count, names', [
    ('abc', 4, ['folds must be 2 to 3', 'emodb, got 4']),
    ('abc', 1, ['folds must be 2 to 3', 'got 1']),
    ('a', None, ['speakers', 'emodb must', 'got 1']), ('a', 2, ['emodb must', 'got 1'])])
def test_folds_of_too_few_speakers(speakers, count, names):
    with pytest.raises(EmotionError) as error:
        folds_by_speakers(clips_of(speakers) + clips_of('vwxyz', 'ravdess'), count, seed=0)
    for name in names:
        assert name in str(error.value)


def test_random_folds():
    clips = clips_of('ab', each=10)
    classes = [entry.emotion for entry in clips]
    found = random_folds(classes, None, seed=0)
    assert len(found) == 5
    assert sorted(np.concatenate(found)) == list(range(len(clips)))
    for test in found:
        assert (np.diff(test) > 0).all()
        assert [classes[number] for number in test].count('fear') == 4
    again, other = (random_folds(classes, None, seed=seed) for seed in (0, 1))
    assert all(map(np.array_equal, found, again))
    assert not all(map(np.array_equal, found, other))


@pytest.mark.parametrize('count', [0, 1, 7])
def test_random_folds_of_too_few_clips(count):
    clips = clips_of('ab')
    with pytest.raises(EmotionError, match=f'folds must be 2 to 6.*anger, got {count}'):
        random_folds([entry.emotion for entry in clips], count, seed=0)


# Classes

def test_own_classes_are_those_of_the_corpus_in_order():
    emotions = ['boredom', 'rage', 'calm', 'neutral', 'anger', 'anger']
    assert own_classes(emotions) == ['neutral', 'calm', 'anger', 'boredom', 'rage']
    assert own_classes(emotions, ['rage=anger', 'calm=serene']) == [
        'neutral', 'anger', 'boredom', 'serene']


def test_own_classes_keep_calm_and_boredom():
    emotions = ['calm', 'neutral', 'boredom']
    assert choose_classes(emotions, default=own_classes(emotions)) == (
        ['neutral', 'calm', 'boredom'],
        {'calm': 'calm', 'neutral': 'neutral', 'boredom': 'boredom'})
    assert choose_classes(emotions, default=['sadness', 'boredom', 'neutral']) == (
        ['boredom', 'neutral'],
        {'calm': 'neutral', 'neutral': 'neutral', 'boredom': 'boredom'})


# Answers

def test_the_mean_of_its_utterances_answers_to_a_clip():
    clips = [clip('a', 'anger'), clip('b', 'calm'), clip('c', 'fear')]
    mapping = {'anger': 'anger', 'calm': 'neutral', 'fear': 'fear'}
    labels = ['neutral', 'anger', 'fear']
    data = LabeledClips(clips, labels, mapping)
    heard = gather(data, [[{}] * 2, [{}], []])
    found = predict_clips(
        data, heard, np.array([[0.9, 0.1, 0], [0.2, 0.8, 0], [0.1, 0.1, 0.8]]),
        np.array([0.2, 0.6, 0.9]))
    np.testing.assert_allclose(
        found.probabilities, [[0.55, 0.45, 0], [0.1, 0.1, 0.8], [1 / 3] * 3], rtol=1e-6)
    np.testing.assert_allclose(found.confidence, [0.4, 0.9, 0], rtol=1e-6)
    assert found.has_speech.tolist() == [True, True, False]
    assert found.targets.tolist() == [1, 0, 2]
    assert found.predicted.tolist() == [0, 2, -1]
    assert found.speakers.tolist() == ['emodb/a', 'emodb/b', 'emodb/c']


# The support vector machine

def test_svm_learns():
    training, unseen = examples(SPEAKERS[1:]), examples(SPEAKERS[:1])
    probabilities, confidence = SupportVectors(SMALL, training).predict(unseen.values)
    assert unweighted_average_recall(unseen.targets, probabilities.argmax(axis=1)) > 0.7
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert np.array_equal(confidence, probabilities.max(axis=1))


def test_svm_of_two_classes():
    both = examples()
    both = both.select(both.targets < 2)
    found, _ = SupportVectors(SMALL, both).predict(both.values)
    assert found.shape == (len(both), 2)
    assert unweighted_average_recall(both.targets, found.argmax(axis=1)) == 1


# Sounds that are no emotion

def write_sounds(folder, stems):
    """Write short files; what is heard in them is made up from their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem in stems:
        soundfile.write(folder / f'{stem}.wav', np.array([*stem.encode()], np.int16), 11025)


def extract(kinds, folder):
    return extract_ood(kinds, Extraction(SMALL, str(folder / 'cache'), 1))


def test_kinds_of_sounds(corpus, tmp_path, log):
    write_sounds(tmp_path / 'bells.old', ['91a01Xa', '91a01Xb', UNHEARD, BROKEN])
    (tmp_path / 'bells.old' / 'letter.txt').write_text('dear')
    write_sounds(tmp_path, ['92a01Xa'])
    kinds = find_ood(
        [tmp_path / 'bells.old', str(tmp_path / '92a01Xa.wav')],
        [clip('03', 'boredom', path=corpus / '03a01La.wav')])
    assert list(kinds) == ['bells.old', '92a01Xa', 'boredom']
    found = extract(kinds, tmp_path)
    assert [len(sound.utterances) for sound in found['bells.old']] == [0, 1, 1]
    assert [sound.speaker for sound in found['92a01Xa']] == [None]
    assert [sound.speaker for sound in found['boredom']] == ['emodb/03']
    assert 'bells.old: speech was heard in 2 of 3 sounds; left out 1 more' in log.text
    assert 'boredom: speech was heard in 1 of 1' in log.text


def test_sounds_in_which_nothing_is_heard_are_counted(corpus, tmp_path):
    write_sounds(tmp_path / 'rain', [UNHEARD])
    sounds = OodSet(extract(find_ood([tmp_path / 'rain'], []), tmp_path))
    assert sounds.no_speech == {'rain': 1}
    assert score_ood(sounds.kinds['rain'], None).shape == (0, 2)


def test_sounds_that_are_not_there(corpus, tmp_path):
    (tmp_path / 'empty').mkdir()
    for name, reason in [('empty', ' must contain sound files'),
                         ('none.wav', ' cannot be read: there is no such file')]:
        with pytest.raises(EmotionError, match=f'ood .*{name}.{reason}'):
            find_ood([tmp_path / name], [])
    write_sounds(tmp_path / 'rain', [BROKEN])
    with pytest.raises(EmotionError, match='none of the sounds of rain'):
        extract(find_ood([tmp_path / 'rain'], []), tmp_path)


def test_a_sound_is_heard_in_the_fold_of_its_speaker():
    speakers = [None, 'a', 'b', 'a', None, 'c', None]
    sounds = OodSet({'x': [OodClip([number], speaker) for number, speaker in enumerate(speakers)]})
    dealt = [[clip.utterances[0] for clip in sounds.in_fold(fold, 2, {'a': 1, 'b': 0})['x']]
             for fold in range(2)]
    assert dealt == [[0, 2, 4, 6], [1, 3, 5]]


def test_scores_of_sounds_are_of_the_mean_of_their_utterances():
    sounds = OodSet({'x': [OodClip([1, 2], None), OodClip([], None), OodClip([3], None)]})
    probabilities = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8]])
    scores = score_ood(sounds.kinds['x'], lambda values: (
        probabilities[np.array(values) - 1], np.array([0.1, 0.3, 0.6])[np.array(values) - 1],
        None))
    np.testing.assert_allclose(scores, [[0.2, 0.6], [0.6, 0.8]])
    assert sounds.no_speech == {'x': 1}


# The command

def run(*arguments):
    """Run emotion-ros in this process; return its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', ['emotion-ros', *map(str, arguments)])
        return cli.main() or 0   # as sys.exit takes it


def evaluated(folder, *arguments):
    """Evaluate; return what report.json holds, read as strict JSON, report.md and stdout."""
    printed = folder / 'printed'
    with pytest.MonkeyPatch.context() as patch, printed.open('w') as out:
        patch.setattr(sys, 'stdout', out)
        assert run('evaluate', '--jobs', 1, '--cache', folder / 'cache',
                   '--report', folder / 'report', *arguments) == 0

    def refuse(constant):
        raise ValueError(constant)

    content = json.loads((folder / 'report' / 'report.json').read_text(), parse_constant=refuse)
    return content, (folder / 'report' / 'report.md').read_text(), printed.read_text()


def write_list(path, entries):
    """Write a list of clips of the made-up corpus."""
    with path.open('w', newline='') as file:
        csv.writer(file).writerows([['path', 'emotion', 'speaker'], *(
            [f'speech/{name}.wav', EMOTION[name[5]], name[:2]] for name in entries)])


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A folder with a corpus, noise and sounds, whose features are made up."""
    folder = tmp_path_factory.mktemp('evaluate')
    with pytest.MonkeyPatch.context() as patch:
        make_corpus(folder / 'speech', patch)
        patch.setattr(rooms, 'simulate_rooms', lambda plan, jobs: [
            rooms.GeneratedRooms().draw(np.random.default_rng(index)) for index in range(2)])
        (folder / 'house').mkdir()
        soundfile.write(folder / 'house' / 'r.wav', 0.5 * generated_response(
            0.3, 0, np.random.default_rng(0)), 16000)
        draw = np.random.default_rng(0)
        (folder / 'noise').mkdir()
        for number in range(3):
            soundfile.write(folder / 'noise' / f'n{number}.wav',
                            draw.normal(0, 0.1, 16000), 16000)
        write_sounds(folder / 'beeps', ['91a01Xa', '91a01Xb', '92a01Xa', '92a01Yb', UNHEARD])
        yield folder


@pytest.fixture(scope='module')
def everything(place):
    """A cross-validation by speakers with all there is; also what was trained on."""
    fits, machines = [], []
    fit = Recipe.fit

    def record(recipe, training, augmented, *arguments):
        fitted = fit(recipe, training, augmented, *arguments)
        fits.append((training, augmented, fitted))
        return fitted

    class Machine(SupportVectors):
        def __init__(self, features, training):
            super().__init__(features, training)
            machines.append(training)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recipe, 'fit', record)
        patch.setattr(cross_validate, 'SupportVectors', Machine)
        content, text, printed = evaluated(
            place, '--corpus', f'emodb:{place}/speech', '--cross-validate', 'speakers',
            '--folds', 2, '--classes', ','.join(EMOTION[code] for code in CODES),
            '--features', *SMALL, '--epochs', 12, '--augment', 1, '--simulated-rooms', 0,
            '--noise', place / 'noise', '--snr', '5,10', '--ood', place / 'beeps',
            '--compare', 'svm')
    return types.SimpleNamespace(content=content, text=text, printed=printed, fits=fits,
                                 machines=machines)


def test_report_has_all_that_is_promised(everything):
    content = everything.content
    labels = [EMOTION[code] for code in CODES]
    assert content['labels'] == labels
    assert set(content['per_class']) == set(labels)
    assert content['clips'] == 6 * 6 * 4 + 2 == np.sum(content['confusion'])
    assert content['no_speech'] == 2
    counts = np.array(content['confusion'])
    recalls = np.diag(counts) / counts.sum(axis=1)
    assert list(content['per_class'].values()) == pytest.approx(recalls, abs=1e-4)
    assert content['uar'] == pytest.approx(recalls.mean(), abs=1e-4)
    assert content['uar'] > 0.25, 'it learns'
    assert content['accuracy'] == pytest.approx(np.trace(counts) / counts.sum(), abs=1e-4)
    assert 0 <= content['ece'] <= 1
    assert content['intervals']['uar'][0] <= content['uar'] <= content['intervals']['uar'][1]
    for score in ('confidence', 'max_softmax'):
        for part in (content[score]['errors'], content[score]['ood']):
            assert DETECTION <= set(part)
    assert list(content['snr']) == ['5', '10']
    assert list(content['snr_without_noise_training']) == ['5', '10', 'clean']
    assert content['compare']['svm']['uar'] > 0.6
    assert content['protocol']['scheme'] == 'speakers'


def test_protocol(everything, place):
    protocol = everything.content['protocol']
    assert [len(fold) for fold in protocol['folds']] == [4, 3]
    assert sorted(sum(protocol['folds'], [])) == [
        f'emodb/{speaker}' for speaker in (*SPEAKERS, '15')]
    assert protocol['noise'] == ['n1.wav']
    assert protocol['noise_for_the_test'] == ['n0.wav', 'n2.wav']
    assert protocol['left_out'] == {'boredom is not a class': 24, 'features failed': 1}
    assert f'--corpus emodb:{place}/speech --cross-validate' in protocol['command']
    assert {'emotion_ros', 'opensmile', 'keras', 'tensorflow', 'python'} == set(
        protocol['versions'])
    assert (protocol['network'], protocol['epochs'], protocol['augment']) == ('ensemble', 12, 1)


def test_sounds_are_counted_by_kind(everything):
    for score in ('confidence', 'max_softmax'):
        ood = everything.content[score]['ood']
        assert (ood['sounds'], ood['no_speech']) == (29, 1)
        assert {kind: (part['sounds'], part['no_speech']) for kind, part in ood['kinds'].items()
                } == {'beeps': (5, 1), 'boredom': (24, 0)}
    assert '4 of 5 of beeps, 24 of 24 of boredom' in everything.text


def test_what_is_said(everything):
    for line in ('146 clips of anger, disgust, fear', 'fold 2 of 2', 'clips in noise, 5 dB',
                 'augmented copies of clips, 1 of each', 'beeps: speech was heard in 4 of 5',
                 'unweighted average recall: 0.', 'svm'):
        assert line in everything.printed
    for part in ('trained with noise', 'trained without noise', 'snr.png', 'fold 2, tested on'):
        assert part in everything.text


def test_no_fold_is_trained_on_speakers_that_it_is_tested_on(everything):
    folds = everything.content['protocol']['folds']
    assert len(everything.fits) == 4 and len(everything.machines) == 2
    everybody = {f'emodb/{speaker}' for speaker in SPEAKERS}
    for fold, test in enumerate(folds):
        (training, augmented, _), (plain, none, _) = everything.fits[2 * fold:2 * fold + 2]
        assert none is None, 'once with augmented copies, once without'
        for part in (training, augmented, plain, everything.machines[fold]):
            assert set(part.speakers) == everybody - set(test)
        assert set(augmented.clips) == set(training.clips)


def test_scaling_is_of_training_speakers_alone(everything):
    for training, _, fitted in everything.fits:
        values = functional_values(SMALL, training.values)
        expected = RobustScaling.fitted_to(values, limit=LIMIT)
        layer = fitted.network.get_layer('scaling')
        assert np.array_equal(layer.center, expected.center)
        assert np.array_equal(layer.spread, expected.spread)
        scaled = expected(values).numpy()
        np.testing.assert_allclose(
            np.ravel(fitted.network.get_layer('standardization').mean), scaled.mean(axis=0),
            atol=1e-6)


@pytest.fixture
def linear(monkeypatch):
    """Train a support vector machine in the place of each network: that is quick."""
    def fit(recipe, training, augmented, extraction, labels):
        return types.SimpleNamespace(
            network=SupportVectors(extraction.features, training), threshold=0.3, findings=())

    monkeypatch.setattr(Recipe, 'fit', fit)


def test_random_split_with_one_noise_and_its_own_labels(place, linear):
    content, text, printed = evaluated(
        place, '--corpus', f'emodb:{place}/speech', '--cross-validate', 'random', '--folds', 2,
        '--features', *SMALL, '--augment', 1, '--simulated-rooms', 0,
        '--noise', place / 'noise' / 'n0.wav', '--snr', 10)
    assert content['labels'] == ['neutral', 'happiness', 'sadness', 'anger', 'fear', 'disgust',
                                 'boredom']
    assert content['clips'] == 6 * 7 * 4 + 2
    assert content['confidence']['ood']['sounds'] == 0
    assert content['protocol']['noise'] == ['n0.wav (first half)']
    assert content['protocol']['noise_for_the_test'] == ['n0.wav (second half)']
    assert 'trained without noise' in text
    for said in (text, printed, content['protocol']['description']):
        assert 'Random split: the same speakers in training and test' in said


def test_leave_one_speaker_out_where_one_is_never_heard(place, linear):
    write_list(place / 'few.csv', [*names(['03', '08', '09'], codes='WFL'), UNHEARD])
    content, _, _ = evaluated(
        place, '--corpus', f'csv:{place}/few.csv', '--cross-validate', 'speakers', '--folds', 4,
        '--classes', 'anger,happiness', '--features', *SMALL)
    assert all(len(fold) == 1 for fold in content['protocol']['folds'])
    assert content['no_speech'] == 1 and content['clips'] == 3 * 2 * 4 + 1
    found = read_predictions(place / 'report' / 'predictions.csv')
    assert unweighted_average_recall(found.targets, found.predicted) == pytest.approx(
        content['uar'], abs=1e-4)
    assert set(found.folds) == {1, 2, 3, 4} and (~found.has_speech).sum() == 1
    assert all(name.startswith(f'{place}/') for name in found.names)
    assert content['confidence']['ood']['sounds'] == 3 * 4


def test_a_single_speaker(place):
    write_list(place / 'alone.csv', names(['03'], 'abcd', codes='WF'))
    content, text, _ = evaluated(
        place, '--corpus', f'csv:{place}/alone.csv', '--cross-validate', 'random', '--folds', 2,
        '--features', *SMALL, '--epochs', 1, '--network', 'mlp')
    finding = ('each fold: the only voice in training is csv/03, and the held-out clips are of the '
               'same: nothing is known about other voices')
    assert finding in content['protocol']['findings'] and finding in text


def test_what_folds_find_ends_nothing(place, monkeypatch):
    write_list(place / 'few.csv', names(['03', '08', '09', '10'], 'ab', codes='WF'))
    fit, calls = Recipe.fit, []

    def fail_once(recipe, *arguments):
        calls.append(None)
        if len(calls) == 2:
            raise EmotionError('too few speakers')
        return fit(recipe, *arguments)

    monkeypatch.setattr(Recipe, 'fit', fail_once)
    monkeypatch.setattr(trainer, 'MIN_DEVIATION', 1)
    content, text, printed = evaluated(
        place, '--corpus', f'csv:{place}/few.csv', '--cross-validate', 'random', '--folds', 2,
        '--features', *SMALL, '--epochs', 1, '--network', 'devries')
    findings = content['protocol']['findings']
    assert findings[0].startswith('fold 1: the confidence is constant')
    assert findings[-1] == 'fold 2 was left out: too few speakers'
    assert content['clips'] == 8
    assert all(finding in text and finding[8:] in printed for finding in findings)


@pytest.fixture(scope='module')
def model(place):
    """A model that was tested on two speakers, and learned from the others."""
    train(place / 'speech', '--exclude-speakers', 'emodb/03,emodb/08', '--epochs', 12,
          '--noise', place / 'noise' / 'n1.wav', '--output', place / 'model')
    return place / 'model'


@pytest.fixture(scope='module')
def table(place):
    """A list of clips of another speaker, some of them calm."""
    write_sounds(place, [f'20a01{code}{take}' for code in 'WNL' for take in 'ab'])
    with (place / 'list.csv').open('w', newline='') as file:
        csv.writer(file).writerows([['path', 'emotion', 'speaker'], *(
            [f'20a01{code}{take}.wav', emotion, 'x']
            for code, emotion in (('W', 'anger'), ('N', 'calm'), ('L', 'boredom'))
            for take in 'ab')])
    return f'csv:{place}/list.csv'


def test_a_run_that_was_stopped_goes_on(place, linear, monkeypatch, capsys):
    write_list(place / 'stop.csv', names(['03', '08', '09', '10'], 'ab', codes='WF'))
    fit, calls = Recipe.fit, []

    def stop_second(recipe, *arguments):
        calls.append(recipe.seed)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return fit(recipe, *arguments)

    monkeypatch.setattr(Recipe, 'fit', stop_second)
    command = ['evaluate', '--corpus', f'csv:{place}/stop.csv', '--cross-validate', 'random',
               '--folds', 2, '--features', *SMALL, '--jobs', 1,
               '--cache', place / 'cache', '--report', place / 'stopped', '--seeds', 2]
    assert run(*command) == 130
    content = json.loads((place / 'stopped' / 'report.json').read_text())
    assert content['clips'] == 8
    assert content['protocol']['findings'] == ['the run was stopped after 1 of 2 folds']
    assert run(*command) == 0
    assert calls == [0, 0, 0, 1, 1], 'the fold that ended is not trained again'
    assert 'fold 1 of 2: restored from an interrupted run' in capsys.readouterr().out
    content = json.loads((place / 'stopped' / 'report.json').read_text())
    assert content['clips'] == 16 and content['protocol']['findings'] == []
    seeds = content['seeds']
    assert seeds['seeds'] == [0, 1]
    assert seeds['uar']['mean'] == pytest.approx(np.mean(seeds['uar']['values']), abs=1e-4)
    assert content['uar'] == seeds['uar']['values'][0]
    assert not list((place / 'cache' / 'folds').iterdir()), 'what the report has is not kept'


def test_model(place, model, table):
    content, text, printed = evaluated(
        place, '--corpus', f'emodb:{place}/speech', '--corpus', table, '--model', model,
        '--noise', place / 'noise', '--snr', 10, '--ood', place / 'beeps',
        '--distance', '2,0.5', '--rooms', place / 'house')
    assert sorted(content['labels']) == sorted(EMOTION[code] for code in CODES)
    assert content['clips'] == 2 * 6 * 4 + 4, 'those of speakers that it was not trained on'
    assert content['speakers'] == 3
    clips = dict(zip(content['labels'], np.sum(content['confusion'], axis=1)))
    assert clips['neutral'] == 8 + 2, 'calm counts as neutral'
    assert clips['anger'] == 8 + 2
    assert content['uar'] > 0.25, 'chance is 0.17'
    ood = content['confidence']['ood']['kinds']
    assert {kind: part['sounds'] for kind, part in ood.items()} == {'beeps': 5, 'boredom': 10}
    assert list(content['snr']) == ['10'] and 'snr_without_noise_training' not in content
    assert set(content['corpora']) == {'emodb', 'csv'}
    assert list(content['distance']) == ['as recorded', '0.5', '2']
    assert list(content['rooms']) == ['as recorded', 'house']
    for part in (*content['distance'].values(), *content['rooms'].values()):
        assert 0.25 < part['uar'] and part['arousal_auroc'] > 0.5 and part['no_speech'] == 0
    assert '## Distance' in text and '![' in text.partition('## Rooms')[2]
    protocol = content['protocol']
    assert protocol['scheme'] == 'model' and protocol['model'] == 'emotion 0.1.0'
    assert protocol['left_out'] == {
        'of speakers with the names of training speakers': 4 * 28 + 2, 'boredom is not a class': 10}
    assert protocol['noise_that_the_model_was_trained_on'] == ['n1.wav']
    assert 'left out 114 clips of speakers with the names of training speakers: emodb/09' in printed
    assert 'noise that the model was trained on: n1.wav' in text


def test_model_and_some_of_its_classes(place, model):
    content, _, _ = evaluated(place, '--corpus', f'emodb:{place}/speech', '--model', model,
                              '--classes', 'anger,sadness', '--map', 'disgust=anger')
    assert content['clips'] == 2 * 3 * 4
    assert [content['per_class'][label] is None for label in content['labels']] == [
        label not in ('anger', 'sadness') for label in content['labels']]
    assert list(content['confidence']['ood']['kinds']) == ['boredom'], 'fear is known to it'


@pytest.fixture(scope='module')
def bad(place):
    """Files that cannot be used."""
    write_list(place / 'one_class.csv', names(codes='W'))
    write_list(place / 'one_speaker.csv', names(['03'], 'ab'))
    write_list(place / 'two_speakers.csv', names(['03', '08'], 'a'))
    write_list(place / 'rare.csv', names(codes='WT') + names(['03'], codes='F'))
    (place / 'empty').mkdir()
    (place / 'full').mkdir()
    (place / 'full' / 'letter.txt').write_text('dear')
    (place / 'text.wav').write_text('no sound')
    soundfile.write(place / 'silent.wav', np.zeros(32000), 16000)
    soundfile.write(place / 'short.wav', np.ones(100) / 2, 16000)
    return place


SPEAKERS_OF = ['--corpus', 'emodb:{0}/speech', '--cross-validate', 'speakers']
RANDOM_OF = ['--corpus', 'emodb:{0}/speech', '--cross-validate', 'random']
MODEL_OF = ['--corpus', 'emodb:{0}/speech', '--model', '{0}/model']


@pytest.mark.parametrize('arguments, expected', [
    ([*SPEAKERS_OF, '--folds', '8'], ['--folds must be 2 to 7', 'got 8']),
    ([*SPEAKERS_OF, '--folds', '1'], ['--folds must be', 'got 1']),
    ([*RANDOM_OF, '--folds', '-3'], ['--folds must be', 'got -3']),
    ([*RANDOM_OF, '--folds', '25'], ['--folds must be 2 to 24', 'got 25']),
    ([*SPEAKERS_OF, '--epochs', '0'], ['--epochs must be at least 1, got 0']),
    ([*SPEAKERS_OF, '--jobs', '0'], ['--jobs must be', 'got 0']),
    ([*SPEAKERS_OF, '--features', 'none'], ["'none'", 'ComParE_2016']),
    *([['--corpus', 'emodb:{0}/none', '--cross-validate', scheme, '--network', 'encoder'],
       ['--features must be log_mel']] for scheme in ('speakers', 'random', 'corpora')),
    ([*SPEAKERS_OF, '--classes', 'anger'], ['--classes']),
    ([*SPEAKERS_OF, '--classes', 'anger,rage'], ['--classes', "'rage'"]),
    ([*SPEAKERS_OF, '--map', 'joy=anger'], ['--map', "'joy=anger'"]),
    ([*SPEAKERS_OF, '--snr', '5'], ['--snr needs --noise']),
    ([*SPEAKERS_OF, '--noise', '{0}/noise', '--snr', 'loud'], ['--snr', "'loud'"]),
    ([*SPEAKERS_OF, '--noise', '{0}/none'], ['--noise', 'none']),
    ([*SPEAKERS_OF, '--noise', '{0}/empty'], ['--noise', 'empty']),
    ([*SPEAKERS_OF, '--noise', '{0}/silent.wav'], ['--noise', 'silent.wav', 'is silent']),
    ([*SPEAKERS_OF, '--noise', '{0}/short.wav'], ['--noise', 'short.wav', '1 s']),
    ([*SPEAKERS_OF, '--ood', '{0}/none'], ['--ood', 'none']),
    ([*SPEAKERS_OF, '--ood', '{0}/empty'], ['--ood', 'empty']),
    ([*SPEAKERS_OF, '--report', '{0}/full'], ['--report', 'contains no report']),
    ([*SPEAKERS_OF, '--report', '{0}/text.wav'], ['--report', 'must be a folder, got a file']),
    (['--corpus', 'emo:x', '--cross-validate', 'speakers'], ['--corpus', "'emo:x'"]),
    (['--corpus', 'emodb:{0}/none', '--cross-validate', 'speakers'], ['emodb', 'none']),
    (['--corpus', 'emodb:{0}/empty', '--cross-validate', 'speakers'], ['--corpus', 'empty']),
    (['--corpus', 'csv:{0}/one_class.csv', '--cross-validate', 'speakers'],
     ['at least 2 of the classes, got 1', 'anger']),
    (['--corpus', 'csv:{0}/one_speaker.csv', '--cross-validate', 'speakers'],
     ['csv must have at least 2 speakers', 'got 1']),
    (['--corpus', 'csv:{0}/one_speaker.csv', '--cross-validate', 'random', '--folds', '2'],
     ['fold 1', 'at least 2 clips']),
    (['--corpus', 'csv:{0}/two_speakers.csv', '--cross-validate', 'speakers'],
     ['fold 1', 'at least 2 clips']),
    (['--corpus', 'csv:{0}/rare.csv', '--cross-validate', 'speakers'],
     ['no clip to train on', "'happiness'"]),
    (['--corpus', 'emodb:{0}/speech', '--model', '{0}/none'], ['model folder', 'none']),
    (['--corpus', 'emodb:{0}/speech', '--model', '{0}/empty'], ['model.yaml']),
    (['--corpus', 'emodb:{0}/speech', '--cross-validate', 'speakers', '--network', 'encoder',
      '--features', 'log_mel', '--compare', 'svm'], ['--features', 'functionals']),
    (['--corpus', 'emodb:{0}/speech', '--cross-validate', 'speakers', '--augment', '1',
      '--impulse-responses', '{0}/house', '--rooms', '{0}/house'],
     ['--rooms must be new to the model, got house']),
    ([*MODEL_OF, '--folds', '3'], ['--folds needs --cross-validate']),
    ([*MODEL_OF, '--compare', 'svm'], ['--compare needs --cross-validate']),
    ([*MODEL_OF, '--seed', '3'], ['--seed needs --cross-validate']),
    ([*MODEL_OF, '--network', 'mlp'], ['--network needs --cross-validate']),
    ([*MODEL_OF, '--epochs', '3'], ['--epochs needs --cross-validate']),
    ([*MODEL_OF, '--distance', '1,far'],
     ['--distance must be numbers from 0.1 to 10', "got '1,far'"]),
    ([*MODEL_OF, '--distance', '0'], ['--distance must be']),
    ([*MODEL_OF, '--enroll', '1,,2'],
     ['--enroll must be numbers from 0 to 100 separated by commas', "got '1,,2'"]),
    ([*MODEL_OF, '--enroll-neutral', '101'], ['--enroll-neutral must be', "got '101'"]),
    ([*MODEL_OF, '--rooms', '{0}/none'], ['--rooms', 'none']),
    ([*MODEL_OF, '--rooms', '{0}/house', '--rooms', '{0}/house'], ["got 'house' twice"]),
    ([*MODEL_OF, '--impulse-responses', '{0}/house'], ['--impulse-responses needs --cross']),
    ([*MODEL_OF, '--augment', '3'], ['--augment needs --cross-validate']),
    ([*MODEL_OF, '--features', 'ComParE_2016'], ['--features', *SMALL]),
    ([*MODEL_OF, '--classes', 'anger,boredom'], ['--classes', "'boredom'"]),
    ([*MODEL_OF, '--ood', '{0}/text.wav', '--ood', '{0}/none.wav'], ['--ood', 'none.wav']),
])
def test_bad_options(bad, model, capsys, arguments, expected):
    before = sorted(path.name for path in bad.iterdir())
    report = bad / 'new' / 'report'
    features = [] if '--model' in arguments else ['--features', *SMALL]
    capsys.readouterr()
    code = run('evaluate', '--report', report, '--jobs', 1, '--cache', bad / 'cache', *features,
               *(argument.format(bad) for argument in arguments))
    error = capsys.readouterr().err
    assert code == 1
    assert error.startswith('emotion-ros: ') and error.count('\n') == 1
    for name in expected:
        assert name in error
    assert not report.exists()
    assert sorted(path.name for path in bad.iterdir()) == before
    assert os.listdir(bad / 'full') == ['letter.txt']


def test_sound_that_cannot_be_read(corpus, tmp_path, capsys):
    (tmp_path / 'unheard').mkdir()
    for name in (UNHEARD, BROKEN):
        (corpus / f'{name}.wav').rename(tmp_path / 'unheard' / f'{name}.wav')
    write_list(tmp_path / 'unheard.csv', [])
    with (tmp_path / 'unheard.csv').open('a') as file:
        file.writelines(f'unheard/{name}.wav,{emotion},{speaker}\n' for name, emotion, speaker in (
            (UNHEARD, 'fear', '1'), (BROKEN, 'anger', '2')))
        # Two more of each class, so that there is something to train on.
        for number, (emotion, speaker) in enumerate(
                [('fear', '2'), ('anger', '1'), ('fear', '3'), ('anger', '3')]):
            path = tmp_path / 'unheard' / str(number) / f'{BROKEN}.wav'
            path.parent.mkdir()
            soundfile.write(path, np.full(99, number, np.int16), 16000)
            file.write(f'{path},{emotion},{speaker}\n')
    assert run('evaluate', '--corpus', f'csv:{tmp_path}/unheard.csv',
               '--cross-validate', 'speakers', '--report', tmp_path / 'report',
               '--jobs', 1, '--cache', tmp_path / 'cache', '--features', *SMALL) == 1
    assert 'none of the 6 clips can be used' in capsys.readouterr().err
    assert not (tmp_path / 'report').exists()


def test_a_break_leaves_nothing_behind(place, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(Recipe, 'fit', stop)
    assert run('evaluate', '--corpus', f'emodb:{place}/speech', '--cross-validate', 'speakers',
               '--report', place / 'broken_off', '--jobs', 1, '--cache', place / 'cache',
               '--features', *SMALL) == 130
    assert not (place / 'broken_off').exists()


def test_noise_in_which_nothing_is_heard_is_named(place, monkeypatch):
    def fail(*arguments, **named):
        raise EmotionError('none of the 2 clips can be used')

    monkeypatch.setattr(additional_tests, 'extract_examples', fail)
    with pytest.raises(EmotionError, match='^snr -20: none of the 2 clips'):
        additional_tests.extract_in(in_noise(None, [-20.0])[0], LabeledClips([], [], {}), None)


def test_chatter_of_libraries_is_kept_from_stderr(capfd):
    with quiet_tensorflow():
        os.write(2, b'WARNING: All log messages before absl::InitializeLog() is called\n'
                    b'I0000 00:00:1795380888.187217    7699 cudart_stub.cc:31] no drivers\n'
                    b'E0000 00:00:1795380888.187217    7699 something matters\n')
        os.write(2, b'and this\n')
    assert capfd.readouterr().err == (
        'E0000 00:00:1795380888.187217    7699 something matters\nand this\n')
