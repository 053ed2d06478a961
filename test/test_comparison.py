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

"""Comparison of predictions, and their table."""

from dataclasses import replace
import json
import os
import shutil
import sys

import numpy as np
import pytest

pytest.importorskip('sklearn', reason='scikit-learn is not installed: requirements-train.txt')

from emotion_ros import cli  # noqa: E402
from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.evaluation.comparison import compare  # noqa: E402
from emotion_ros.evaluation.predictions_table import (  # noqa: E402
    read_predictions,
    write_predictions,
)
from emotion_ros.evaluation.report_content import report_content  # noqa: E402
from emotion_ros.evaluation.report_text import cautions  # noqa: E402
from emotion_ros.metrics.predictions import OF_CLIPS  # noqa: E402
from synthetic_predictions import LABELS, bare, predictions, some_predictions  # noqa: E402

TRUTH = [0, 1, 2, 0] * 6
SPEAKERS = [f'x/{number}' for number in range(6) for _ in range(4)]


def test_differences_are_paired():
    good = predictions(TRUTH, TRUTH, speakers=SPEAKERS)
    worse = predictions(TRUTH, [0, 1, 2, 1] * 6, speakers=SPEAKERS)
    found = compare(good, worse)
    assert found.uar == pytest.approx(1 / 6)
    assert found.accuracy == pytest.approx(0.25)
    assert (found.only_these, found.only_others) == (6, 0)
    assert found.p == pytest.approx(2 / 2 ** 6), 'McNemar, exact, of two sides'
    # Each speaker has the same error: whoever is drawn, the difference is the same.
    assert found.uar_interval == pytest.approx((1 / 6, 1 / 6))
    back = compare(worse, good)
    assert back.uar == -found.uar and back.p == found.p


def test_equal_predictions_do_not_differ():
    some = some_predictions()
    found = compare(some, some)
    assert found.uar == 0 and found.p == 1 and found.uar_interval == (0, 0)


def test_other_clips_cannot_be_compared():
    one = predictions(TRUTH, TRUTH, speakers=SPEAKERS)
    for other in (one.select(np.arange(9)), replace(one, targets=one.targets[::-1])):
        with pytest.raises(ValueError, match='different clips'):
            compare(one, other)


def test_of_one_speaker_there_is_no_interval():
    one = predictions([0, 1], [0, 1])
    assert compare(one, one).uar_interval is None


def test_few_speakers_make_a_caution():
    few = predictions([0, 1, 0, 1], [0, 1, 1, 1], speakers=['x/1', 'x/1', 'x/2', 'x/2'])
    assert 'from only 2 speakers' in ''.join(cautions(report_content(bare(predictions=few))))
    many = predictions(TRUTH, TRUTH, speakers=SPEAKERS)
    assert not list(cautions(report_content(bare(predictions=many))))


def test_table_of_predictions_is_read_as_it_was_written(tmp_path):
    some = some_predictions()
    some = replace(
        some, names=np.array([f'a "b", {number}.wav' for number in range(len(some))]),
        languages=np.where(some.corpora == 'emodb', 'de', ''), folds=np.arange(len(some)) % 3,
        affect=np.where(some.has_speech, 0.25, np.nan)[:, None].repeat(2, axis=1))
    write_predictions(tmp_path / 'predictions.csv', some)
    again = read_predictions(tmp_path / 'predictions.csv')
    assert again.labels == LABELS
    for name in OF_CLIPS:
        one, other = getattr(some, name), getattr(again, name)
        if one.dtype.kind == 'f':
            np.testing.assert_allclose(one, other, atol=5.1e-5)
        else:
            assert one.tolist() == other.tolist(), name
    assert np.array_equal(some.predicted, again.predicted)


@pytest.mark.parametrize('text', ['', 'clip,emotion\na.wav,anger\n', '\0'])
def test_what_is_no_table_is_refused(tmp_path, text):
    (tmp_path / 'predictions.csv').write_text(text)
    with pytest.raises(EmotionError, match='must be a table of predictions') as error:
        read_predictions(tmp_path / 'predictions.csv')
    assert '\n' not in str(error.value)


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    some = some_predictions()
    path = tmp_path / 'predictions.csv'
    write_predictions(path, some)
    path.write_text(path.read_text().replace(f'{some.confidence[0]:.4f}', 'nan', 1))
    with pytest.raises(EmotionError, match='confidence must be finite'):
        read_predictions(path)


def test_groups_are_measured_apart():
    some = replace(some_predictions(), sexes=np.array(['f', 'm', ''] * 30))
    content = report_content(bare(predictions=some))
    assert list(content['by_sex']) == ['unknown', 'f', 'm']
    assert content['by_language'] == {}, 'none is known'
    assert sum(part['clips'] for part in content['by_speaker'].values()) == len(some)
    assert content['precision']['anger'] == pytest.approx(
        np.mean(some.targets[some.predicted == 1] == 1))


def compared(monkeypatch, *arguments):
    """Run emotion-ros compare; give its exit code."""
    monkeypatch.setattr(sys, 'argv', ['emotion-ros', 'compare', *map(str, arguments)])
    return cli.main() or 0


@pytest.fixture
def reports(tmp_path):
    """Two reports: the second has half of the clips, in another order, and is worse."""
    digests = np.array([f'{number:02}' for number in range(24)])
    good = replace(predictions(TRUTH, TRUTH, speakers=SPEAKERS), digests=digests)
    bad = replace(predictions(TRUTH, [0, 1, 2, 1] * 6, speakers=SPEAKERS), digests=digests)
    for name, part in (('good', good), ('bad', bad.select(np.arange(23, 11, -1)))):
        (tmp_path / name).mkdir()
        write_predictions(tmp_path / name / 'predictions.csv', part)
    return tmp_path


def test_reports_are_compared_on_common_clips(reports, monkeypatch, capsys):
    assert compared(monkeypatch, reports / 'good', reports / 'bad', '--output', reports / 'new',
                    '--pictures', 'svg') == 0
    printed = capsys.readouterr().out
    assert '12 clips are in all reports' in printed and ' -0.167 |' in printed
    content = json.loads((reports / 'new' / 'comparison.json').read_text())
    part = content['differences'][str(reports / 'bad')]
    assert part['uar'] == pytest.approx(-1 / 6, abs=1e-4)
    assert part['only_others_right'] == 3 and part['only_these_right'] == 0
    drawn = (reports / 'new' / 'comparison.svg').read_text()
    assert 'difference in unweighted average recall</text>' in drawn, 'letters stay letters'


def test_reports_of_any_name_are_told_apart(reports, monkeypatch, capsys):
    names = [reports / os.fsdecode(name) for name in (b'a\xff/report', b'b/report', b'c/report')]
    for name, source in zip(names, ('good', 'bad', 'bad'), strict=True):
        name.parent.mkdir()
        shutil.copytree(reports / source, name)
    assert compared(monkeypatch, *names, '--output', reports / 'new', '--pictures', 'svg') == 0
    assert r'a\udcff/report' in (reports / 'new' / 'comparison.md').read_text()
    drawn = (reports / 'new' / 'comparison.svg').read_text()
    assert 'b/report minus' in drawn and 'c/report minus' in drawn and r'a\xff/report' in drawn


def test_reports_that_cannot_be_compared(reports, monkeypatch, capsys):
    other = replace(predictions([0], [0]), digests=np.array(['zz']))
    (reports / 'other').mkdir()
    write_predictions(reports / 'other' / 'predictions.csv', other)
    for arguments, message in (
            (['good'], 'at least twice'), (['good', 'good'], 'must be different'),
            (['good', 'none'], 'cannot read'), (['good', 'other'], 'clips in common, got none')):
        assert compared(monkeypatch, *(reports / name for name in arguments)) == 1
        error = capsys.readouterr().err
        assert message in error and error.count('\n') == 1
