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

"""Which emotions are classes, which speakers test, and how the examples are dealt and weighed."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from emotion_ros.corpora.classes import DEFAULT_CLASSES, choose_classes, own_classes
from emotion_ros.corpora.clip import Clip
from emotion_ros.corpora.labeled_clips import LabeledClips
from emotion_ros.emotions import EMOTIONS
from emotion_ros.errors import EmotionError
from emotion_ros.training.examples import (
    N_FOLDS,
    Examples,
    assign_folds,
    balance,
    check_held_out,
    choose_test_clips,
    choose_test_speakers,
    clips_as_speakers,
    gather,
)
from synthetic import SPEAKERS, examples


def clip(speaker, emotion='anger', corpus='emodb'):
    return Clip('a.wav', emotion, f'{corpus}/{speaker}', 'de', corpus)


def test_a_corpus_may_name_its_test_speakers():
    clips = [replace(clip(speaker, emotion), split=split) for speaker, split in (
        ('03', 'test'), ('08', 'train'), ('09', 'dev')) for emotion in ('anger', 'fear')]
    assert choose_test_speakers(clips) == {'emodb/03'}
    with pytest.raises(EmotionError, match='emodb/08 must be in the split test or in another'):
        choose_test_speakers([*clips, replace(clip('08'), split='test')])


def of_speakers(speakers, corpora):
    """Make an example without values for each speaker."""
    return Examples(
        values=np.array([None] * len(speakers)), targets=np.zeros(len(speakers), int),
        clips=np.arange(len(speakers)), speakers=np.array(speakers), corpora=np.array(corpora))


# Classes

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


def test_own_classes():
    found = own_classes(['zeal', 'sadness', 'joy', 'anger', 'awe'], ['joy=happiness'])
    assert found == [*(label for label in EMOTIONS if label in found), 'awe', 'zeal']
    assert sorted(found) == ['anger', 'awe', 'happiness', 'sadness', 'zeal']


@pytest.mark.parametrize('emotions, options, names', [
    (['anger'], {}, ['at least 2 of the classes']),
    (['anger', 'fear'], {'classes': 'anger'}, ['classes must', "'anger'"]),
    (['anger', 'fear'], {'classes': 'anger,anger'}, ['classes must', 'different']),
    (['anger', 'fear'], {'classes': 'anger,unknown'}, ['classes must', 'unknown']),
    (['anger', 'fear'], {'classes': 'anger,joy'}, ['classes must', "'joy'", 'anger, fear']),
    (['anger', 'fear'], {'renames': ['anger']}, ['renames must', "'anger'", 'old=new']),
    (['anger', 'fear'], {'renames': ['joy=anger']}, ['renames must', "'joy=anger'", 'anger, fear']),
    (['anger', 'fear', 'sadness'], {'renames': ['anger=rage']}, ['renames must', "'anger=rage'"]),
])
def test_bad_classes(emotions, options, names):
    with pytest.raises(EmotionError) as error:
        choose_classes(emotions, **options)
    for name in names:
        assert name in str(error.value)


# Examples

def test_every_utterance_of_a_clip_has_its_class_and_number():
    clips = [clip('03'), clip('08', 'fear'), clip('09')]
    parts = [{'a': np.full((rows, 2), rows, np.float32)} for rows in (1, 2, 3)]
    data = LabeledClips(clips, ['fear', 'rage'], {'anger': 'rage', 'fear': 'fear'})
    gathered = gather(data, [parts[:2], [], parts[2:]])
    assert [entry['a'].shape for entry in gathered.values] == [(1, 2), (2, 2), (3, 2)]
    assert gathered.targets.tolist() == [1, 1, 1]
    assert gathered.clips.tolist() == [0, 0, 2]
    assert gathered.speakers.tolist() == ['emodb/03', 'emodb/03', 'emodb/09']
    assert gathered.corpora.tolist() == ['emodb'] * 3
    few = gathered.select(gathered.clips == 0).renumbered([7, 8])
    assert len(few) == 2 and few.clips.tolist() == [7, 8]


def test_utterances_of_one_length_stay_apart():
    data = LabeledClips([clip('03')], ['anger', 'fear'], {'anger': 'anger'})
    gathered = gather(data, [[{'a': np.zeros((1, 4), np.float32)}] * 3])
    assert gathered.values.shape == (3,)
    assert gathered.values[0]['a'].shape == (1, 4)


# Speakers

def test_test_speakers():
    clips = [clip(speaker) for speaker in SPEAKERS] + [clip('a', corpus='one')]
    assert choose_test_speakers(clips) == {'emodb/03', 'emodb/12'}
    assert choose_test_speakers(clips, 'emodb/08, one/a') == {'emodb/08', 'one/a'}
    assert choose_test_speakers(clips, '') == set()
    with pytest.raises(EmotionError, match='emodb/03, emodb/08.*emodb/99'):
        choose_test_speakers(clips, 'emodb/99')


def test_who_alone_shows_an_emotion_is_no_test_speaker():
    clips = [clip(speaker, emotion) for speaker in SPEAKERS for emotion in ('anger', 'fear')]
    assert choose_test_speakers([*clips, clip('03', 'neutral')]) == {'emodb/12'}
    both = [*clips, clip('03', 'neutral'), clip('12', 'neutral')]
    assert choose_test_speakers(both) == {'emodb/03'}, 'one of them has to stay'


def test_what_cannot_be_held_out_is_told_before_the_work():
    def check(*clips):
        check_held_out(LabeledClips(
            clips, ['anger', 'fear'], {'anger': 'anger', 'fear': 'fear'}))

    check(clip('03'), clip('08', 'fear'), clip('a', corpus='one'))
    check(clip('03'), clip('03'), clip('a', corpus='one'))
    with pytest.raises(EmotionError, match="class 'fear' must have at least 2 clips.*got 1"):
        check(clip('03'), clip('03'), clip('a', 'fear', corpus='one'))


def test_test_clips_of_a_single_speaker():
    clips = [clip('03', emotion) for emotion in ('anger', 'fear') for _ in range(11)]
    assert choose_test_clips(clips) == {4, 9, 15, 20}
    assert choose_test_clips(clips[:4]) == set()
    assert choose_test_clips([replace(clips[0], split='test'), *clips]) == {0}


def test_clips_take_the_place_of_speakers():
    single = examples(['03'], 'abcdefg')
    copies = single.select(np.arange(len(single)) % 2 == 0)
    extra = replace(copies, clips=np.where(copies.clips == 4, 999, copies.clips))
    found, of_copies = clips_as_speakers(single, extra, seed=1)
    assert len(set(found.speakers)) == N_FOLDS
    for target in range(6):
        counts = np.unique(found.speakers[found.targets == target], return_counts=True)[1]
        assert len(counts) >= N_FOLDS - 1 and counts.max() <= 2
    stand_in = dict(zip(found.clips, found.speakers, strict=True))
    for number, speaker in zip(of_copies.clips, of_copies.speakers, strict=True):
        assert number == 999 or stand_in[number] == speaker
    again, _ = clips_as_speakers(single, extra, seed=1)
    other, nothing = clips_as_speakers(single, None, seed=2)
    assert (again.speakers == found.speakers).all() and (other.speakers != found.speakers).any()
    assert nothing is None


def test_speakers_are_dealt_whole_and_evenly():
    everything = examples(takes='ab')
    folds = assign_folds(everything, seed=1)
    of_speaker = [set(folds[everything.speakers == f'emodb/{speaker}'].tolist())
                  for speaker in SPEAKERS]
    assert sorted(of_speaker, key=min) == [{fold} for fold in range(N_FOLDS)]
    assert (assign_folds(everything, seed=1) == folds).all()
    assert any((assign_folds(everything, seed=seed) != folds).any() for seed in range(2, 9))


def test_the_only_speaker_of_a_corpus_is_in_no_group():
    folds = assign_folds(of_speakers(['a/1', 'b/1', 'b/2'], ['a', 'b', 'b']), seed=0)
    assert folds[0] == N_FOLDS
    assert (folds[1:] < N_FOLDS).all() and folds[1] != folds[2]


@pytest.mark.parametrize('speakers, corpora', [
    (['a/1'], ['a']), (['a/1', 'a/1'], ['a', 'a']), (['a/1', 'b/1'], ['a', 'b'])])
def test_too_few_speakers(speakers, corpora):
    with pytest.raises(EmotionError, match='too few speakers'):
        assign_folds(of_speakers(speakers, corpora), seed=0)


@settings(deadline=None)
@given(counts=st.lists(st.integers(1, 20), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_groups_of_a_corpus_differ_by_one_speaker_at_most(counts, seed):
    speakers = [f'{corpus}/{number}' for corpus, count in enumerate(counts)
                for number in range(count)]
    corpora = np.array([speaker[0] for speaker in speakers])
    if max(counts) == 1:
        return
    folds = assign_folds(of_speakers(speakers, corpora), seed=seed)
    for corpus, count in enumerate(counts):
        sizes = np.bincount(folds[corpora == str(corpus)], minlength=N_FOLDS + 1)
        assert sizes[N_FOLDS] == (count == 1)
        assert count == 1 or np.ptp(sizes[:N_FOLDS]) <= 1


# Weights

def weighed(*cells):
    """Weigh examples, given as (class, corpus, speaker, number); return the sum of each cell."""
    counts = [cell[3] for cell in cells]
    targets, corpora, speakers = (np.repeat([cell[i] for cell in cells], counts) for i in range(3))
    weights = balance(Examples(values=np.zeros(len(targets)), targets=targets,
                               clips=np.arange(len(targets)), speakers=speakers, corpora=corpora))
    assert weights.dtype == np.float32
    assert weights.mean() == pytest.approx(1, abs=1e-5)
    return [part.sum() for part in np.split(weights, np.cumsum(counts)[:-1])]


def test_classes_count_alike():
    one, other, third = weighed((0, 'x', 'a', 9), (1, 'x', 'a', 2), (1, 'y', 'b', 1))
    assert one == pytest.approx(other + third)


def test_a_speaker_counts_by_the_root_of_the_examples():
    often, once = weighed((0, 'x', 'a', 16), (0, 'x', 'b', 1))
    assert often == pytest.approx(4 * once)


def test_a_corpus_counts_by_the_root_of_what_its_speakers_count():
    few, *many = weighed((0, 'x', 'a', 16), *((0, 'y', f'b{number}', 4) for number in range(32)))
    assert sum(many) == pytest.approx(4 * few)   # sqrt(32 * 2) = 8 and sqrt(4) = 2


def test_two_speakers_with_many_clips_weigh_less_than_many_speakers():
    tess = weighed(*((0, 'tess', f't{number}', 200) for number in range(2)),
                   *((0, 'crema-d', f'c{number}', 10) for number in range(65)))
    assert sum(tess[:2]) < sum(tess[2:]) / 2
