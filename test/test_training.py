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

"""The command `emotion-ros train`: what it makes, and what it says of what it cannot use."""

import csv
import errno
import functools
import importlib.metadata
import resource
import shlex
import sys

import numpy as np
import pytest
import soundfile

pytest.importorskip('tensorflow', reason='TensorFlow is not installed: requirements-train.txt')

import keras  # noqa: E402

from conftest import write_video  # noqa: E402
from emotion_ros.audio import SAMPLE_RATE  # noqa: E402
from emotion_ros.cli import build_parser, run  # noqa: E402
from emotion_ros.corpora.classes import DEFAULT_CLASSES  # noqa: E402
from emotion_ros.corpora.duplicates import with_digests  # noqa: E402
from emotion_ros.corpora.registry import read_corpus  # noqa: E402
from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.features.blocks import feature_blocks  # noqa: E402
from emotion_ros.features.extractor import VoiceFeatures  # noqa: E402
from emotion_ros.files.paths import find_model  # noqa: E402
from emotion_ros.model.classifier import EmotionClassifier  # noqa: E402
from emotion_ros.model.saved_model import read_description  # noqa: E402
from emotion_ros.training import (  # noqa: E402
    export,
    features,
    recipe,
    train as training,
    trainer,
)
from emotion_ros.training.export import model_folder  # noqa: E402
from emotion_ros.training.training_clips import read_training_clips  # noqa: E402
from synthetic import BROKEN, FULL, SMALL, train, voice  # noqa: E402

LABELS = ['neutral', 'anger', 'disgust', 'fear', 'happiness', 'sadness']


@pytest.fixture
def noise(tmp_path):
    """A file of noise."""
    path = tmp_path / 'hiss.wav'
    soundfile.write(path, 0.1 * np.random.default_rng(0).normal(size=SAMPLE_RATE), SAMPLE_RATE)
    return path


@pytest.fixture
def untrained(monkeypatch):
    """Leave the training itself out: the weights stay as they were drawn."""
    monkeypatch.setattr(trainer, 'train_weights', lambda *rest, epochs, **options: epochs)
    monkeypatch.setattr(trainer, 'MIN_DEVIATION', 0)


@pytest.fixture
def quick(untrained, monkeypatch):
    """Leave the file for LiteRT empty, too; what is measured is the one for Keras."""
    monkeypatch.setattr(export, 'to_litert', lambda network: b'')
    monkeypatch.setattr(training, 'EmotionClassifier',
                        functools.partial(EmotionClassifier, backend='tensorflow'))


def refused(corpus, *options):
    """Run the command, see that it writes nothing, and return the one line that it fails with."""
    before = sorted(path for path in corpus.parent.rglob('*') if 'cache' not in path.parts)
    with pytest.raises(EmotionError) as error:
        train(corpus, '--output', corpus.parent / 'model', *options)
    text = str(error.value)
    assert text and '\n' not in text
    assert before == sorted(
        path for path in corpus.parent.rglob('*') if 'cache' not in path.parts)
    return text


def keep(corpus, wanted):
    """Remove the clips whose names are not wanted."""
    for path in corpus.iterdir():
        if not wanted(path.stem):
            path.unlink()


def assert_backends_agree(folder, features, name='03a01Wa'):
    heard = VoiceFeatures(None, voice(name, features))
    answers = [EmotionClassifier(folder, backend=backend, confidence_threshold=0).classify(heard)
               for backend in ('litert', 'tensorflow')]
    np.testing.assert_allclose(answers[0].probabilities, answers[1].probabilities, atol=1e-5)
    assert answers[0].confidence == pytest.approx(answers[1].confidence, abs=1e-5)
    assert answers[0].emotion == answers[1].emotion


# What it makes

def test_a_trained_folder_is_a_model(corpus, log):
    folder = corpus.parent / 'model'
    train(corpus, '--output', folder, '--name', 'small', '--map', 'boredom=neutral',
          '--epochs', 20)
    assert 'no speech was found in 1 of' in log.text
    assert f'{BROKEN}.wav' in log.text and 'not finite' in log.text
    description = read_description(folder)
    assert description.name == 'small'
    assert description.labels == LABELS
    assert description.features == list(SMALL)
    assert description.opensmile == importlib.metadata.version('opensmile')
    assert description.training['test_speakers'] == ['emodb/03', 'emodb/12']
    assert description.training['left_out'] == {'no speech found': 1, 'features failed': 1}
    assert description.training['map'] == {'boredom': 'neutral'}
    assert 1 < description.training['epochs'] <= 20
    [entry] = description.training['corpora']
    assert entry['speakers'] == {'training': 5, 'test': 2}
    assert entry['clips'] == 6 * 7 * 4 + 2
    assert entry['utterances'] == 6 * 7 * 4
    assert description.metrics['speakers'] == 2
    assert description.metrics['clips'] == 2 * 7 * 4
    assert description.metrics['uar'] > 1.5 / 6   # by chance it is a sixth
    assert 0 <= description.metrics['operating_point']['coverage'] <= 1
    assert 0 <= description.confidence_threshold <= 1
    assert sorted(path.name for path in corpus.parent.iterdir()) == ['cache', 'model', 'speech']
    assert sorted(path.name for path in folder.iterdir()) == [
        'MODEL_CARD.md', 'history.csv', 'learning_curves.png', 'model.keras', 'model.tflite',
        'model.yaml', 'training_clips.txt']
    with (folder / 'history.csv').open() as file:
        history = list(csv.DictReader(file))
    assert [int(row['epoch']) for row in history] == list(range(1, len(history) + 1))
    held = [row for row in history if row['phase'] == 'some held out']
    assert all(0 <= float(row['held_out_recall']) <= 1 and row['loss'] for row in held)
    assert history[-1]['phase'] == 'all' and not history[-1]['held_out_loss']
    assert description.training['training_speakers'] == [
        f'emodb/{speaker}' for speaker in ('08', '09', '10', '11', '15')]
    clips, _ = read_corpus(f'emodb:{corpus}')
    assert read_training_clips(folder) == {
        clip.digest for clip in with_digests(clips)
        if clip.speaker in description.training['training_speakers']}
    assert_backends_agree(folder, SMALL)


def test_the_card_tells_people(corpus, quick):
    folder = corpus.parent / 'model'
    train(corpus, '--output', folder, '--name', 'small', '--map', 'boredom=neutral')
    card = (folder / 'MODEL_CARD.md').read_text()
    assert str(corpus.parent) not in card + (folder / 'model.yaml').read_text()
    for text in ('small', 'CC BY 4.0', 'Burkhardt', 'emodb/03', '5.51 kHz', 'openSMILE',
                 'recall of anger', '--corpus emodb:/path/to/emodb', 'acted'):
        assert text in card


def test_all_features_augmented(corpus, noise, monkeypatch, tmp_path):
    monkeypatch.setattr(trainer, 'MIN_DEVIATION', 0)
    seen = []
    fit = recipe.fit
    monkeypatch.setattr(recipe, 'fit', lambda clean, *rest, augmented, **options: (
        seen.append((clean, augmented)),
        fit(clean, *rest, augmented=augmented, **options))[1])
    keep(corpus, lambda name: name[6] in 'ab')
    response = tmp_path / 'response.wav'
    soundfile.write(response, [0, 0.9, 0.3] + 99 * [0], SAMPLE_RATE)
    folder = corpus.parent / 'model'
    train(corpus, '--output', folder, '--features', ','.join(FULL), '--network', 'mlp',
          '--augment', 2, '--noise', noise, '--snr', '0,10', '--impulse-responses', response,
          '--epochs', 2)
    [(clean, augmented)] = seen
    assert len(augmented) == 2 * len(clean)
    assert not {'emodb/03', 'emodb/12'} & {*clean.speakers, *augmented.speakers}
    for clip, values in zip(augmented.clips, augmented.values):
        [number] = np.flatnonzero(clean.clips == clip)
        for name, block in values.items():
            np.testing.assert_allclose(block, clean.values[number][name] * 1.01, rtol=1e-4)
    description = read_description(folder)
    assert description.training['noise'] == ['hiss.wav']
    assert description.training['snr'] == [0, 10]
    assert description.training['augment'] == 2
    assert list(description.training['impulse_responses'].values()) == ['response.wav']
    assert_backends_agree(folder, FULL)


@pytest.mark.parametrize('options', [
    ['--network', 'devries', '--seed', '3', '--map', 'boredom=neutral', '--classes',
     'neutral,anger', '--exclude-speakers', 'emodb/08', '--name', 'two words'],
    ['--noise', '{noise}', '--snr', '0,5.5', '--disturbed', '1']], ids=['many', 'noise'])
def test_the_command_that_is_kept_makes_the_model_again(corpus, noise, untrained, options):
    folder = corpus.parent / 'model'
    keras.backend.clear_session()   # it numbers layers
    train(corpus, '--output', folder, *(option.format(noise=noise) for option in options))
    first = read_description(folder)
    words = shlex.split(first.training['command'])
    assert words[:2] == ['emotion-ros', 'train']
    words = [word.replace('/path/to/emodb', str(corpus)).replace('/path/to/hiss.wav', str(noise))
             for word in words[1:]]
    arguments = build_parser('train').parse_args([
        *words, '--output', str(corpus.parent / 'again'), '--cache', str(corpus.parent / 'cache'),
        '--jobs', '1'])
    keras.backend.clear_session()
    run(arguments)
    again = corpus.parent / 'again'
    assert read_description(again) == first
    for name in ('model.tflite', 'model.yaml', 'MODEL_CARD.md'):
        assert (folder / name).read_bytes() == (again / name).read_bytes(), name


def test_the_files_written_are_measured_as_the_robot_runs_them(corpus, quick, monkeypatch):
    def angry(classifier, values):
        labels = classifier.description.labels
        said = np.tile([label == 'anger' for label in labels], (len(values), 1))
        return said.astype(np.float32), np.full(len(values), 0.5), np.zeros((len(values), 2))

    monkeypatch.setattr(training, 'classify_all', angry)
    train(corpus, '--output', corpus.parent / 'model', '--map', 'boredom=neutral')
    recalls = read_description(corpus.parent / 'model').metrics['recall']
    assert recalls.pop('anger') == 1
    assert set(recalls.values()) <= {0, None}


def test_without_test_speakers_nothing_is_measured(corpus, quick):
    folder = corpus.parent / 'model'
    train(corpus, '--output', folder, '--exclude-speakers', '')
    assert read_description(folder).metrics == {}
    assert 'Not measured' in (folder / 'MODEL_CARD.md').read_text()


@pytest.mark.parametrize('speakers, tested', [
    (['03'], 'clips'), (['03', '08'], 'speakers')])
def test_a_single_speaker_to_train_on(corpus, quick, log, speakers, tested):
    keep(corpus, lambda name: name[:2] in speakers)
    for path in list(corpus.glob('??a01?a.wav')):   # five of each emotion
        soundfile.write(path.with_name(f'{path.stem[:-1]}e.wav'),
                        np.full(160, 500 + ord(path.stem[5]), np.int16), 11025)
    folder = corpus.parent / 'model'
    train(corpus, '--output', folder, '--network', 'mlp')
    description = read_description(folder)
    known = f'the only voice in training is emodb/{speakers[-1]}, '
    assert any(finding.startswith(known) for finding in description.training['findings'])
    assert f'note: {known}' in log.text
    card = ' '.join((folder / 'MODEL_CARD.md').read_text().split())
    assert 'nothing is known about other voices.' in card
    assert f'## Results on unseen {tested}' in card
    assert 'a sixth of the clips was held out' in card
    if tested == 'clips':
        assert description.training['test_speakers'] == []
        assert description.metrics['clips'] == 6   # every fifth of each emotion
        assert 'The model was trained on other clips of the same voices.' in card
    else:
        assert 'The test clips are those of emodb/03.' in card


def test_a_constant_confidence_makes_no_model(corpus, quick, monkeypatch):
    monkeypatch.setattr(trainer, 'MIN_DEVIATION', 1)
    text = refused(corpus, '--network', 'devries')
    assert 'constant' in text and 'no model was written' in text
    assert 'Fewer epochs' in text and 'network mlp' in text and 'cache' in text
    train(corpus, '--output', corpus.parent / 'model', '--network', 'mlp')   # it has no branch


def test_what_is_to_be_known_of_a_training_is_told(corpus, quick, monkeypatch, log):
    monkeypatch.setattr(trainer, 'MAX_THRESHOLD', 0)
    folder = corpus.parent / 'model'
    train(corpus, '--output', folder, '--network', 'mlp')
    [finding] = read_description(folder).training['findings']
    assert finding.startswith('the threshold is at its maximum')
    assert f'note: {finding}' in log.text
    assert 'The threshold is at its maximum' in (folder / 'MODEL_CARD.md').read_text()


# Whole or not at all

def test_a_model_is_replaced_or_kept_whole(corpus, quick, monkeypatch):
    folder = corpus.parent / 'model'
    train(corpus, '--output', folder, '--seed', 1, '--network', 'mlp')
    train(corpus, '--output', folder, '--seed', 2, '--network', 'mlp')
    assert read_description(folder).training['seed'] == 2
    content = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(content) <= set(model_folder(folder).files)

    def fail(network, folder):
        (folder / 'model.keras').write_text('half')
        raise KeyboardInterrupt

    monkeypatch.setattr(training, 'save_network', fail)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, '--output', folder, '--seed', 3, '--network', 'mlp')
    with pytest.raises(KeyboardInterrupt):
        train(corpus, '--output', corpus.parent / 'other', '--network', 'mlp')
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == content
    assert sorted(path.name for path in corpus.parent.iterdir()) == ['cache', 'model', 'speech']


@pytest.mark.parametrize('place', ['training', 'features'])
def test_an_interrupt_leaves_nothing_half_written(corpus, monkeypatch, place):
    def interrupt(*rest, **options):
        raise KeyboardInterrupt

    if place == 'training':
        monkeypatch.setattr(trainer, 'train_weights', interrupt)
    else:
        monkeypatch.setattr(np, 'savez', lambda file, **rest: (file.write(b'half'), interrupt()))
    with pytest.raises(KeyboardInterrupt):
        train(corpus, '--output', corpus.parent / 'model')
    assert sorted(path.name for path in corpus.parent.iterdir()) == ['cache', 'speech']
    files = [path for path in (corpus.parent / 'cache').rglob('*') if path.is_file()]
    assert {path.suffix for path in files} == ({'.npz'} if place == 'training' else set())


@pytest.mark.parametrize('size', [1000, 100_000])
def test_a_full_disk(corpus, untrained, monkeypatch, size):
    save = training.save_network
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def save_on_full_disk(network, folder):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            save(network, folder)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    monkeypatch.setattr(training, 'save_network', save_on_full_disk)
    assert 'cannot be written' in refused(corpus)


def test_a_disk_that_fills_at_the_last_file(corpus, quick, monkeypatch):
    def fail(description):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(training, 'write_card', fail)
    assert 'No space left on device' in refused(corpus)


# What it cannot use

@pytest.mark.parametrize('options, names', [
    (['--output', '{corpus}'], ['--output', 'contains no model']),
    (['--output', '{corpus}/03a01Wa.wav'], ['--output', 'must be a folder, got a file']),
    (['--output', '{corpus}/03a01Wa.wav/model'], ['--output', 'cannot be written']),
    (['--epochs', '0'], ['--epochs must be at least 1, got 0']),
    (['--seed', '-1'], ['--seed must be 0 to 2147483647, got -1']),
    (['--augment', '-1'], ['--augment must be at least 0, got -1']),
    (['--simulated-rooms', '-1'], ['--simulated-rooms must be at least 0, got -1']),
    (['--impulse-responses', '{corpus}/none'], ['--impulse-responses', 'none']),
    (['--jobs', '0'], ['--jobs must be', 'got 0']),
    (['--features', 'none'], ['--features', "'none'", 'ComParE_2016_lld']),
    (['--features', ''], ['--features', 'got none']),
    # These are said before any corpus is read.
    (['--corpus', 'emodb:{corpus}/none', '--features', 'ComParE_2016_lld'],
     ['--features must have a block of functionals, got ComParE_2016_lld']),
    (['--corpus', 'emodb:{corpus}/none', '--network', 'encoder', '--features', 'ComParE_2016'],
     ['--features must be log_mel, with or without', 'got ComParE_2016']),
    (['--name', ''], ['--name']),
    (['--name', 'two\nlines'], ['--name']),
    (['--model-version', 'x' * 101], ['--model-version']),
    (['--classes', 'anger,rage'], ['--classes', "'rage'"]),
    (['--classes', 'anger'], ['--classes', 'two or more']),
    (['--map', 'rage=anger'], ['--map', 'rage=anger', 'boredom']),
    (['--map', 'anger'], ['--map', 'old=new']),
    (['--map', 'anger=fear', '--map', 'anger=neutral'],
     ['--map must give an emotion a single class, got anger=fear and anger=neutral']),
    (['--seed', '2147483648'], ['--seed must be 0 to 2147483647, got 2147483648']),
    (['--map', 'anger=rage', '--classes', 'anger,fear'], ["'anger'"]),
    (['--exclude-speakers', 'emodb/99'], ['--exclude-speakers', 'emodb/99']),
    (['--corpus', 'emo:x'], ['--corpus', "'emo:x'"]),
    (['--corpus', 'emodb:{corpus}/none'], ['none']),
    (['--noise', '{noise}', '--snr', '5,loud'], ['--snr', '5,loud']),
    (['--noise', '{noise}', '--snr', ''], ['--snr', 'numbers']),
    (['--noise', '{noise}', '--snr', 'nan'], ['--snr', 'nan']),
    (['--noise', '{noise}.none'], ['--noise', 'hiss.wav.none']),
    (['--noise', '{corpus}'], ['--noise', '1 s or more']),
    (['--cache', '{corpus}/03a01Wa.wav'], ['--cache']),
])
def test_bad_options(corpus, noise, options, names):
    text = refused(corpus, *(option.format(corpus=corpus, noise=noise) for option in options))
    for name in names:
        assert name in text


def test_silent_noise(corpus, noise):
    soundfile.write(noise, np.zeros(2 * SAMPLE_RATE), SAMPLE_RATE)
    assert 'silent' in refused(corpus, '--noise', noise)


def test_an_unknown_network_or_backend(corpus, capsys):
    for option in ('--network', '--backend'):
        with pytest.raises(SystemExit):
            train(corpus, '--output', corpus.parent / 'model', option, 'mine')
        assert "'mine'" in capsys.readouterr().err


@pytest.mark.parametrize('old, new', [
    ('members', 'ensemble'), ('plain', 'mlp'), ('article', 'devries')])
def test_networks_are_known_by_their_old_names_too(old, new):
    arguments = build_parser('train').parse_args([
        'train', '--corpus', 'emodb:x', '--output', 'y', '--network', old])
    assert arguments.network == new


def test_a_missing_package(corpus, monkeypatch):
    for name in ('train', 'recipe', 'trainer'):   # which imports it
        monkeypatch.delitem(sys.modules, f'emotion_ros.training.{name}')
    monkeypatch.setitem(sys.modules, 'tensorflow', None)
    assert 'tensorflow; install what requirements-train.txt lists' in refused(corpus)


@pytest.mark.parametrize('wanted, words', [
    (lambda name: False, ['emodb']),
    (lambda name: name[:2] == '15', ['must have at least 2 clips to train on']),
    (lambda name: name[5] == 'W', ['at least 2 of the classes, got 1']),
], ids=['empty', 'two clips', 'one class'])
def test_a_corpus_that_is_not_enough(corpus, wanted, words):
    keep(corpus, wanted)
    text = refused(corpus)
    for word in words:
        assert word in text


def test_features_that_are_not_finite(corpus, monkeypatch, log):
    def compute(*rest):
        raise EmotionError('openSMILE gave values that are not finite')

    monkeypatch.setattr(features, 'compute_values', compute)
    assert 'clips can be used' in refused(corpus)
    assert 'not finite' in log.text


def test_a_corpus_is_given_once(corpus):
    assert f'emodb:{corpus}' in refused(corpus, '--corpus', f'emodb:{corpus}')


def test_broken_files_are_left_out(corpus, quick, log):
    (corpus / '03a01Wa.wav').write_bytes(b'no sound')
    (corpus / 'notes.wav').write_bytes(b'')
    folder = corpus.parent / 'model'
    train(corpus, '--output', folder, '--map', 'boredom=neutral')
    assert '03a01Wa.wav' in log.text and 'notes.wav' in log.text
    assert read_description(folder).training['left_out'] == {
        'unreadable or not named as the corpus requires': 1, 'no speech found': 1,
        'features failed': 2}


def test_videos_are_recordings_too(corpus, quick):
    lines = ['path,emotion,speaker']
    for number, speaker in enumerate(('03', '08', '09')):
        for code, emotion in (('W', 'anger'), ('N', 'neutral')):
            path = corpus.parent / f'{speaker}a01{code}a.avi'
            write_video(path, np.full((800, 1), ord(code) + number, np.int16), 8000)
            lines.append(f'{path},{emotion},{speaker}')
    table = corpus.parent / 'videos.csv'
    table.write_text('\n'.join(lines))
    folder = corpus.parent / 'model'
    train(corpus, '--output', folder, '--corpus', f'csv:{table}')
    [of_csv, _] = read_description(folder).training['corpora']
    assert (of_csv['name'], of_csv['clips'], of_csv['band']) == ('csv', 6, 4000)


# The model that the package installs

def test_the_default_model():
    folder = find_model()
    description = read_description(folder)
    assert tuple(description.labels) == DEFAULT_CLASSES
    assert {'emodb/03', 'emodb/16'} <= set(description.training['test_speakers'])
    assert description.metrics['uar'] > 0.5
    assert sum(path.stat().st_size for path in folder.iterdir()) < 25_000_000
    draw = np.random.default_rng(0)
    heard = VoiceFeatures(None, {
        block.name: draw.normal(size=(100 if block.framed else 1, block.dimensions)).astype(
            np.float32) for block in feature_blocks(description.features)})
    answers = [EmotionClassifier(folder, backend=backend).classify(heard)
               for backend in ('litert', 'tensorflow')]
    # LiteRT has the weights in 8 bits.
    np.testing.assert_allclose(answers[0].probabilities, answers[1].probabilities, atol=0.02)
