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

"""Evaluation across corpora, and how well arousal and valence are told."""

import json
from pathlib import Path
import types

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

pytest.importorskip('tensorflow', reason='TensorFlow is not installed: requirements-train.txt')

from emotion_ros.cli import build_parser, run  # noqa: E402
from emotion_ros.corpora.clip import Clip  # noqa: E402
from emotion_ros.corpora.labeled_clips import LabeledClips  # noqa: E402
from emotion_ros.emotions import circumplex  # noqa: E402
from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.evaluation import across  # noqa: E402
from emotion_ros.evaluation.affect import concordance, expected_affect, measure_affect  # noqa: E402
from emotion_ros.evaluation.svm import SupportVectors  # noqa: E402
from emotion_ros.metrics.pooling import predict_clips  # noqa: E402
from emotion_ros.metrics.predictions import Predictions  # noqa: E402
from emotion_ros.training.examples import gather  # noqa: E402
from emotion_ros.training.features import Extraction  # noqa: E402
from synthetic import SMALL, SPEAKERS, make_corpus, names  # noqa: E402

LABELS = ['neutral', 'anger', 'disgust', 'sadness']


# Arousal and valence

def predictions(targets, arousal, *, rated=None, has_speech=None):
    """Make answers with an arousal; valence is its opposite."""
    count = len(targets)
    affect = np.stack([arousal, -np.array(arousal)], axis=1).astype(np.float32)
    return Predictions(
        labels=LABELS, targets=np.array(targets), probabilities=np.full((count, 4), 0.25),
        confidence=np.zeros(count), speakers=np.array(['x/1'] * count),
        corpora=np.array(['x'] * count),
        has_speech=np.array([True] * count if has_speech is None else has_speech),
        affect=affect, rated=np.full((count, 2), np.nan) if rated is None else np.array(rated))


def test_arousal_tells_raised_voices_from_low_ones():
    assert measure_affect(predictions([0, 3, 1, 1], [-0.5, 0, 0.1, 0.9]))['arousal_auroc'] == 1
    assert measure_affect(predictions([0, 3, 1, 1], [0.5, 0, 0.1, 0.9]))['arousal_auroc'] == 0.75
    # Disgust is in neither set, and what was not heard or told does not count.
    assert measure_affect(predictions(
        [0, 1, 2, 1, 1], [0, 1, -1, -1, np.nan],
        has_speech=[True, True, True, False, True]))['arousal_auroc'] == 1
    assert measure_affect(predictions([1, 2], [0.1, 0.2]))['arousal_auroc'] is None


def test_ratings_are_compared_where_there_are_any():
    measured = measure_affect(predictions(
        [0, 1, 1], [0, 0.5, 0.3], rated=[(0, 0), (0.5, -0.5), (np.nan, np.nan)]))
    assert measured['rated'] == 2
    assert measured['arousal_ccc'] == measured['valence_ccc'] == pytest.approx(1)
    assert measure_affect(predictions([0, 1], [0, 1]))['arousal_ccc'] is None


def test_concordance():
    told = np.array([0.0, 1.0, 2.0])
    assert concordance(told, told) == pytest.approx(1)
    assert concordance(told, told + 1) == pytest.approx(4 / 7)   # a shift costs
    assert concordance(told, -told + 2) == pytest.approx(-1)
    assert concordance(told, np.ones(3)) == 0
    assert concordance(np.ones(3), np.ones(3)) is None
    assert concordance(told[:1], told[:1]) is None


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_affect_of_probabilities_is_the_mean_of_the_places(weights):
    weights = np.array(weights) / sum(weights)
    places = np.array([circumplex(label) for label in LABELS])
    assert expected_affect(weights[np.newaxis], LABELS)[0] == pytest.approx(weights @ places)
    # A label without a place takes no part.
    assert expected_affect(np.append(weights / 2, 0.5)[np.newaxis], [*LABELS, 'joy'])[0] \
        == pytest.approx(weights @ places)


def test_of_labels_without_places_nothing_is_told():
    assert np.isnan(expected_affect(np.array([[0.5, 0.5]]), ['joy', 'awe'])).all()


def test_affect_of_a_clip_is_the_mean_of_its_utterances():
    clips = [Clip('a.wav', 'anger', 'x/1', '', 'x', arousal=0.5, valence=-1),
             Clip('b.wav', 'anger', 'x/1', '', 'x')]
    data = LabeledClips(clips, LABELS, {'anger': 'anger'})
    examples = gather(data, [[{}, {}], []])
    found = predict_clips(data, examples, np.full((2, 4), 0.25), np.zeros(2),
                          np.array([(0.2, 0.4), (0.4, 0.6)]))
    np.testing.assert_allclose(found.affect, [(0.3, 0.5), (np.nan, np.nan)], rtol=1e-6)
    np.testing.assert_allclose(found.rated, [(0.5, -1), (np.nan, np.nan)])


# Splits

def clips_of(corpus, emotions, speakers='ab'):
    return [Clip(Path(f'{corpus}{speaker}{emotion}.wav'), emotion, f'{corpus}/{speaker}', '',
                 corpus) for speaker in speakers for emotion in emotions]


def split(*clips):
    clips = [clip for part in clips for clip in part]
    return clips, across.split_by_corpora(
        LabeledClips(clips, LABELS, {label: label for label in LABELS}))


def test_each_corpus_is_left_out_and_tested_on_the_classes_that_both_hold():
    clips, splits = split(clips_of('x', ['neutral', 'anger', 'disgust']),
                          clips_of('y', ['neutral', 'anger', 'sadness']),
                          clips_of('z', ['anger', 'sadness']))
    assert [part.corpus for part in splits] == ['x', 'y', 'z']
    assert [part.labels for part in splits] == [
        ['neutral', 'anger', 'sadness'], ['neutral', 'anger', 'disgust', 'sadness'],
        ['neutral', 'anger', 'disgust', 'sadness']]
    tested = [{(clips[number].corpus, clips[number].emotion) for number in part.test}
              for part in splits]
    assert tested[0] == {('x', 'neutral'), ('x', 'anger')}, 'the others hold no disgust'
    for part in splits:
        assert {clips[number].corpus for number in part.training} == {'x', 'y', 'z'} - {part.corpus}


@pytest.mark.parametrize('parts, message', [
    ([clips_of('x', LABELS)], 'at least two corpora, got x'),
    ([clips_of('x', ['anger', 'neutral']), clips_of('y', ['sadness', 'anger'])],
     'two classes in common with the other corpora, got anger'),
    ([clips_of('x', LABELS, 'a'), clips_of('y', LABELS)], 'besides y must have two speakers')])
def test_what_cannot_be_split_is_refused(parts, message):
    with pytest.raises(EmotionError, match=message):
        split(*parts)


@pytest.mark.parametrize('option', [('--folds', '3'), ('--compare', 'svm'), ('--ood', 'x')])
def test_options_that_do_not_fit(option, tmp_path):
    arguments = build_parser('evaluate').parse_args([
        'evaluate', '--corpus', 'emodb:x', '--cross-validate', 'corpora', '--report',
        str(tmp_path / 'report'), *option])
    with pytest.raises(EmotionError, match=f'{option[0]} needs --model, or --cross-validate'):
        run(arguments)


# The report

class Linear:
    """A recipe that trains support vector machines, and keeps what it was given."""

    def __init__(self):
        self.trained_on = []

    def check_features(self, _):
        pass

    def augmentations(self, _):
        return []

    def of_recordings(self, extraction):
        return extraction

    def augmented(self, *_):
        return None

    def fit(self, training, augmented, extraction, labels):
        self.trained_on.append((set(training.corpora), labels))
        return types.SimpleNamespace(network=SupportVectors(extraction.features, training),
                                     threshold=0.3, findings=())

    def facts(self):
        return {'network': 'linear'}


@pytest.fixture(scope='module')
def report(tmp_path_factory):
    """A report on two lists of made-up clips; also the recipe and what was printed."""
    folder = tmp_path_factory.mktemp('across')
    with pytest.MonkeyPatch.context() as patch:
        make_corpus(folder / 'speech', patch)
        emotions = {'W': 'anger', 'N': 'neutral', 'T': 'sadness', 'E': 'disgust'}
        corpora = []
        for name, speakers, codes in (('one', SPEAKERS[:3], 'WNT'), ('two', SPEAKERS[3:], 'WNE')):
            rows = [f'speech/{clip}.wav,{emotions[clip[5]]},{clip[:2]}'
                    for clip in names(speakers, codes=codes)]
            (folder / f'{name}.csv').write_text('\n'.join(['path,emotion,speaker', *rows]))
            corpora.append(f'{name}=csv:{folder}/{name}.csv')
        recipe = Linear()
        across.cross_validate_corpora(
            corpora, report=folder / 'report', classes=None, renames=(),
            extraction=Extraction(SMALL, str(folder / 'cache'), 1), recipe=recipe)
    content = json.loads((folder / 'report' / 'report.json').read_text())
    return types.SimpleNamespace(folder=folder / 'report', content=content, recipe=recipe,
                                 text=(folder / 'report' / 'report.md').read_text())


def test_networks_are_trained_on_the_other_corpora_alone(report):
    assert report.recipe.trained_on == [({'two'}, ['neutral', 'anger', 'disgust']),
                                        ({'one'}, ['neutral', 'anger', 'sadness'])]


def test_report_has_the_matrix(report):
    assert list(report.content['corpora']) == ['one', 'two']
    for row in report.content['corpora'].values():
        assert row['clips'] == 3 * 2 * 4, 'neutral and anger are in both'
        assert row['speakers'] == 3
        assert row['chance'] == 0.5
        assert list(row['per_class']) == ['neutral', 'anger']
        assert row['uar'] > 0.6, 'emotions sound alike in both'
        assert row['arousal_auroc'] > 0.6
        assert row['arousal_ccc'] is None
        assert set(row['error_auroc']) == {'confidence', 'max_softmax'}
        assert 0 <= row['operating_point']['coverage'] <= 1
    mean = report.content['mean']
    assert mean['uar'] == pytest.approx(
        np.mean([row['uar'] for row in report.content['corpora'].values()]), abs=1e-4)
    assert report.content['protocol']['network'] == 'linear'
    for text in ('| left out', '| one ', '| two ', '| mean ', '![',
                 'by corpora: each corpus is predicted', 'corpora.png'):
        assert text in report.text
    assert (report.folder / 'corpora.png').stat().st_size > 1000
