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

"""The model card has whole sentences, whatever a model was trained on."""

from dataclasses import replace
import re

import pytest

pytest.importorskip('sklearn', reason='scikit-learn is not installed: requirements-train.txt')

from emotion_ros.files.paths import find_model  # noqa: E402
from emotion_ros.model.saved_model import read_description  # noqa: E402
from emotion_ros.training.card import write_card  # noqa: E402

OWN = {'name': 'csv', 'languages': [], 'band': 8000.0, 'clips': 9, 'utterances': 9,
       'emotions': {'Tired': 4, 'anger': 5}, 'speakers': {'training': 2, 'test': 1}}


def card(*, labels=('Tired', 'anger'), metrics=None, **training):
    """Write the card of a model of one's own recordings, with some things changed."""
    model = read_description(find_model())
    training = {'augment': 1, **model.training, 'corpora': [OWN], 'left_out': {}, 'map': {},
                'network': 'ensemble', 'test_speakers': ['csv/ann'], **training}
    measured = {'operating_point': {'coverage': 0.9, 'accuracy': 0.8}, **model.metrics}
    return write_card(replace(
        model, labels=list(labels), training=training,
        metrics=measured if metrics is None else metrics))


def assert_whole(text):
    """See that no sentence is broken, as far as a program can see it."""
    broken = re.search(r'\bnone\.|\.\.|\b1 (clips|copies|times)\b| [.,;]|\bof ;', text)
    assert not broken, broken
    assert '\n\n\n' not in text
    for heading, following in re.findall(r'^## (.*)\n(.?)', text, re.M):
        assert following.strip(), heading


def test_recordings_of_ones_own():
    text = card(augment=1, epochs=1, left_out={'angry is not a class': 1, 'no speech found': 2})
    assert_whole(text)
    assert text.splitlines()[2].startswith('Tired, anger, from ')
    assert '1 clip: angry is not a class; 2 clips: no speech found.' in text
    assert 'Training also used 1 augmented copy of each clip' in ' '.join(text.split())
    assert 'recordings of your own' not in text, 'there is nothing to cite'
    assert '    import emotion_ros.model\n' in text, 'Keras needs it'
    assert 'Languages of the training data: unknown.' in text


def test_nothing_augmented_measured_or_answered():
    assert_whole(card(augment=0, metrics={}, test_speakers=[]))
    model = read_description(find_model())
    text = card(metrics={**model.metrics, 'operating_point': {'coverage': 0.0, 'accuracy': None}})
    assert_whole(text)
    assert 'it answers 0% of these clips; for the others' in text


@pytest.mark.parametrize(('confidence', 'told'), [
    (0.6751, False), (0.675, False), (0.6746, False), (0.6744, True), (None, False)])
def test_the_confidence_is_worse_if_the_figures_say_so(confidence, told):
    auroc = {'confidence': confidence, 'max_softmax': 0.6752}
    text = card(metrics={**read_description(find_model()).metrics, 'error_auroc': auroc})
    assert ('detects wrong predictions less well' in text) is told


@pytest.mark.parametrize('weight', [0.0, 0.2, None])
def test_a_branch_that_counts_for_nothing_is_told(weight):
    text = card(network='encoder', branch_weight=weight)
    assert_whole(text)
    assert ('so the confidence is the calibrated maximum probability' in ' '.join(text.split())
            ) == (weight == 0)


@pytest.mark.parametrize(('augment', 'epochs'), [(0, 0), (0, 3), (2, 0), (2, 3)])
def test_how_an_encoder_was_trained(augment, epochs):
    text = ' '.join(card(network='encoder', augment=augment, epochs=epochs).split())
    assert ('for 3 passes over all examples' in text) == bool(epochs)
    assert text.count('random speed and pitch') == bool(augment or epochs)
    assert ('No noise was added' in text) == (not augment and not epochs)


@pytest.mark.parametrize('corpora, told', [
    (['emodb', 'crema-d'], 'All of these licenses allow commercial use.'),
    (['emodb', 'ased'], 'ased (none stated) may forbid commercial use. '
                        'Make sure that they all allow it'),
    (['emodb', 'csv'], 'Make sure that they all allow it'),
    (['ased', 'tess'], 'tess (CC BY-NC-ND 4.0) forbids commercial use. ased (none stated) may '
                       'forbid commercial use. The model may therefore be used only for research')])
def test_what_the_licenses_allow(corpora, told):
    model = read_description(find_model())
    text = write_card(replace(model, opensmile='', training={
        **model.training, 'corpora': [{**OWN, 'name': name} for name in corpora]}))
    assert told in ' '.join(text.split())
    assert ('All of these licenses allow' in text) == ('All of' in told)


@pytest.mark.parametrize('network', ['ensemble', 'mlp', 'devries'])
def test_a_corpus_that_is_cited(network):
    named = {**OWN, 'name': 'emodb', 'languages': ['de']}
    text = card(network=network, corpora=[named, OWN], augment=2, epochs=45)
    assert_whole(text)
    assert '- emodb: ' in text and 'copies' in text and '45 times' in ' '.join(text.split())


def test_speakers_who_are_enrolled_stand_apart_from_strangers():
    strangers, enrolled = '## Results on unseen speakers', '## Results on the same'
    gain = {'corpus': 'emodb', 'enrolled': '1 of each emotion', 'speakers': 2, 'utterances': 80,
            'uar': 0.9, 'stranger_uar': 0.8, 'low': 0.05, 'high': 0.15}
    text = card(metrics={**read_description(find_model()).metrics, 'enrolled': [gain]})
    assert_whole(text)
    assert text.index(strangers) < text.index(enrolled) < text.index('## Limits')
    assert re.search(r'\| emodb +\| 1 of each emotion +\| +2 \| .*\+0\.100 \| \+0\.050 to', text)
    assert enrolled not in card(metrics={})


def test_corpora_left_out_say_what_strangers_get():
    measured = {'corpus': 'emodb', 'utterances': 30, 'uar': 0.5, 'answered': 0.8, 'accuracy': 0.6,
                'calibration_error': 0.12, 'error_auroc': {'confidence': 0.7, 'max_softmax': None}}
    text = card(left_out_corpora=[measured])
    assert_whole(text)
    assert text.index('## Results on unseen speakers') < text.index(
        '## Results on corpora left out') < text.index('## Limits')
    assert re.search(r'\| emodb +\| +30 \| +0\.500 \| +80% \| +0\.600 \| +0\.120 \| +0\.700 \|',
                     text)
    assert 'corpora left out' not in card(left_out_corpora=())
