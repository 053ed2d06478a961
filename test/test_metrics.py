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

"""Answers and how well they fit the truth."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

pytest.importorskip('sklearn', reason='scikit-learn is not installed: requirements-train.txt')

from emotion_ros import metrics  # noqa: E402
from emotion_ros.metrics import bootstrap  # noqa: E402
from emotion_ros.metrics.predictions import NO_PREDICTION, concatenate  # noqa: E402
from synthetic_predictions import LABELS, predictions  # noqa: E402


@st.composite
def any_predictions(draw, least=1):
    """Give any answers."""
    count = draw(st.integers(least, 40))

    def some(values):
        return draw(st.lists(values, min_size=count, max_size=count))

    classes = st.integers(0, len(LABELS) - 1)
    speakers = some(st.sampled_from(['x/1', 'x/2', 'x/3', 'y/1']))
    return predictions(
        some(classes), some(classes), has_speech=some(st.booleans()), speakers=speakers,
        corpora=[speaker[0] for speaker in speakers], probability=some(st.floats(0.4, 1)),
        confidence=some(st.floats(0, 1)))


# Answers

def test_no_answer_is_right_where_nothing_was_heard():
    some = predictions([0, 1, 2], [0, 1, 1], has_speech=[False, True, True])
    assert some.predicted.tolist() == [NO_PREDICTION, 1, 1]
    assert some.right.tolist() == [False, True, False]


def test_parts_and_whole():
    some = predictions([0, 1, 2, 0], [0, 1, 1, 0], speakers=['x/1', 'x/2', 'y/1', 'y/1'],
                       corpora=['x', 'x', 'y', 'y'])
    parts = some.by('corpora')
    assert [(name, len(part)) for name, part in parts.items()] == [('x', 2), ('y', 2)]
    again = concatenate(list(parts.values()))
    for name in ('targets', 'probabilities', 'confidence', 'speakers', 'corpora', 'has_speech'):
        assert np.array_equal(getattr(again, name), getattr(some, name))
    assert some.select([2]).speakers.tolist() == ['y/1']
    with pytest.raises(ValueError, match='different labels'):
        concatenate([some, predictions([0], [0], labels=['a', 'b'])])


# Recalls

def test_recalls_by_hand():
    some = predictions([0, 0, 0, 1, 1], [0, 0, 2, 1, 0], has_speech=[1, 1, 1, 0, 1])
    assert metrics.recalls(some.targets, some.predicted, LABELS) == {
        'neutral': pytest.approx(2 / 3), 'anger': 0.0}
    assert metrics.unweighted_average_recall(some.targets, some.predicted) == pytest.approx(1 / 3)
    assert metrics.confusion(some).tolist() == [[2, 0, 1, 0], [1, 0, 0, 1], [0, 0, 0, 0]]


def test_no_column_for_unheard_clips_without_any():
    assert metrics.confusion(predictions([0, 1], [0, 2])).tolist() == [
        [1, 0, 0], [0, 0, 1], [0, 0, 0]]


@settings(deadline=None)
@given(any_predictions())
def test_recalls_of_anything(some):
    found = metrics.recalls(some.targets, some.predicted, LABELS)
    uar = metrics.unweighted_average_recall(some.targets, some.predicted)
    assert min(found.values()) <= uar + 1e-12 and uar <= max(found.values()) + 1e-12
    assert uar == pytest.approx(np.mean(list(found.values())))
    counts = metrics.confusion(some)
    assert counts.sum() == len(some)
    assert np.trace(counts) == some.right.sum()
    if counts.shape[1] > len(LABELS):
        assert counts[:, -1].sum() == (~some.has_speech).sum() > 0


# Intervals

def test_intervals_of_two_speakers_by_hand():
    some = predictions([0, 0, 0, 0], [0, 0, 1, 1], speakers=['x/1', 'x/1', 'x/2', 'x/2'])
    # All draws are of one speaker or the other, or of both.
    assert bootstrap.intervals(some) == {
        'uar': (0, 1), 'accuracy': (0, 1),
        'per_class': {'neutral': (0, 1), 'anger': None, 'fear': None}}


def test_speakers_are_drawn_within_their_corpus():
    some = predictions([0, 0, 0, 0], [0, 0, 1, 1], speakers=['x/1', 'x/2', 'y/1', 'y/2'],
                       corpora=['x', 'x', 'y', 'y'])
    assert bootstrap.intervals(some)['accuracy'] == (0.5, 0.5)


def test_a_class_that_a_draw_lacks_is_left_out():
    some = predictions([0, 0, 1], [0, 0, 0], speakers=['x/1', 'x/2', 'x/2'])
    found = bootstrap.intervals(some)
    assert found['uar'] == (0.5, 1)   # 1 where only the first speaker was drawn
    assert found['per_class']['anger'] is None


@pytest.mark.parametrize('speakers, corpora', [
    (['x/1', 'x/1'], ['x', 'x']), (['x/1', 'y/1'], ['x', 'y'])])
def test_no_intervals_without_speakers_to_draw_from(speakers, corpora):
    found = bootstrap.intervals(predictions([0, 1], [0, 0], speakers=speakers, corpora=corpora))
    assert found == {'uar': None, 'accuracy': None, 'per_class': dict.fromkeys(LABELS)}


def test_intervals_hold_the_value_and_stay_the_same():
    draw = np.random.default_rng(0)
    targets = draw.integers(3, size=400)
    given = np.where(draw.random(400) < 0.7, targets, draw.integers(3, size=400))
    some = predictions(targets, given, speakers=[f'x/{number % 20}' for number in range(400)])
    found = bootstrap.intervals(some)
    low, high = found['accuracy']
    assert low < some.right.mean() < high
    # The clips are independent, so the interval is about that of a binomial.
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.8 * 0.2 / 400), rel=0.35)
    assert bootstrap.intervals(some) == found


@settings(max_examples=30, deadline=None)
@given(any_predictions())
def test_intervals_of_anything(some):
    found = bootstrap.intervals(some)
    for interval in (found['uar'], found['accuracy'], *found['per_class'].values()):
        assert interval is None or 0 <= interval[0] <= interval[1] <= 1


# Calibration

def test_perfect_calibration_has_no_error():
    some = predictions([0] * 10, [0] * 8 + [1] * 2, probability=0.8)
    assert metrics.reliability(some).error == pytest.approx(0, abs=1e-6)


def test_calibration_error_by_hand():
    some = predictions([0, 0, 0, 0, 0], [0, 0, 0, 1, 1], probability=[.95, .95, .5, .5, .5],
                       has_speech=[1, 1, 1, 1, 0])
    bins = metrics.reliability(some)
    # Two of 0.95, both right; two of 0.5, one right.
    assert bins.error == pytest.approx((2 * 0.05 + 2 * 0) / 4, abs=1e-6)
    assert bins.clips.sum() == 4 and bins.clips[14] == 2
    assert bins.accuracy[14] == 1 and np.isnan(bins.accuracy[0])


def test_the_upper_edge_belongs_to_a_bin():
    some = predictions([0, 0], [0, 0], probability=[1, 0.6 - 1e-6])
    assert np.flatnonzero(metrics.reliability(some).clips).tolist() == [8, 14]


@settings(deadline=None)
@given(any_predictions())
def test_calibration_error_of_anything(some):
    bins = metrics.reliability(some)
    assert bins.clips.sum() == some.has_speech.sum()
    assert bins.error is None if not some.has_speech.any() else 0 <= bins.error <= 1


# Confidence

def test_coverage_by_hand():
    some = predictions([0, 0, 0, 0, 0], [0, 0, 1, 0, 0], has_speech=[1, 1, 1, 1, 0],
                       confidence=[.9, .7, .7, .1, .9])
    curve = metrics.coverage(some, some.confidence)
    assert curve.thresholds == pytest.approx([.9, .7, .1])
    assert curve.clips.tolist() == [1, 3, 4]
    assert curve.coverage == pytest.approx([.2, .6, .8])
    assert curve.accuracy == pytest.approx([1, 2 / 3, 3 / 4])
    assert metrics.operating_point(some, some.confidence, 0.7) == {
        'coverage': pytest.approx(.6), 'accuracy': pytest.approx(2 / 3)}
    assert metrics.operating_point(some, some.confidence, 1) == {'coverage': 0, 'accuracy': None}


@settings(deadline=None)
@given(any_predictions(least=0))
def test_coverage_of_anything(some):
    curve = metrics.coverage(some, some.confidence)
    assert (np.diff(curve.thresholds) < 0).all() and (np.diff(curve.coverage) > 0).all()
    for threshold, part, accuracy in zip(curve.thresholds, curve.coverage, curve.accuracy):
        at = metrics.operating_point(some, some.confidence, threshold)
        assert at == {'coverage': pytest.approx(part), 'accuracy': pytest.approx(accuracy)}


def test_detection_by_hand():
    # Of the pairs of a trusted and another one, 5 of 6 are in order.
    found = metrics.detection(np.array([.9, .8, .4]), np.array([.5, .1]))
    assert found['auroc'] == pytest.approx(5 / 6)
    assert found['aupr_in'] == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert found['aupr'] == pytest.approx((1 + 2 / 3) / 2)
    assert found['fpr95'] == pytest.approx(1 / 2)   # at 0.4, which all three reach
    assert found['detection_error'] == pytest.approx(1 / 6)   # above 0.5: 1 of 3 and 0 of 2


def test_detection_keeps_95_percent():
    inside = np.arange(20.0)
    assert metrics.detection(inside, np.array([0.5]))['fpr95'] == 0   # 19 of 20 are enough
    assert metrics.detection(inside, np.array([1.0, 1.5]))['fpr95'] == 1


def test_a_score_that_knows_nothing():
    found = metrics.detection(np.full(6, 0.3), np.full(2, 0.3))
    assert found == {'auroc': 0.5, 'aupr': 0.25, 'aupr_in': 0.75, 'fpr95': 1,
                     'detection_error': 0.5}


@pytest.mark.parametrize('given', [[0, 1], [1, 0]])
def test_errors_are_not_found_where_all_or_none_is_right(given):
    some = predictions([0, 1], given)
    assert set(metrics.error_detection(some, some.confidence).values()) == {None}


def test_unheard_clips_are_no_errors_to_find():
    some = predictions([0, 0, 0], [0, 1, 1], has_speech=[1, 1, 0], confidence=[.2, .9, 0])
    assert metrics.error_detection(some, some.confidence)['auroc'] == 0


scores = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(np.array)


@settings(deadline=None)
@given(scores, scores)
def test_detection_of_anything(inside, outside):
    found = metrics.detection(inside, outside)
    assert all(0 <= value <= 1 for value in found.values())
    pairs = inside[:, np.newaxis] - outside
    assert found['auroc'] == pytest.approx(np.mean((pairs > 0) + (pairs == 0) / 2))
    assert found['detection_error'] <= 0.5
    swapped = metrics.detection(-outside, -inside)
    assert swapped['auroc'] == pytest.approx(found['auroc'])
    assert swapped['aupr'] == pytest.approx(found['aupr_in'])


def test_rounding():
    assert metrics.rounded({'a': 0.123456, 'b': (1.00001, None, 3), 'c': 'x'}) == {
        'a': 0.1235, 'b': [1.0, None, 3], 'c': 'x'}
