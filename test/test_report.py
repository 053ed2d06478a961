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

"""The report of an evaluation."""

from dataclasses import replace
import errno
import json
import struct

import numpy as np
import pytest

pytest.importorskip('sklearn', reason='scikit-learn is not installed: requirements-train.txt')
pytest.importorskip('matplotlib', reason='Matplotlib is not installed: requirements-train.txt')

from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.evaluation import plots  # noqa: E402
from emotion_ros.evaluation.report import report_folder, write_report  # noqa: E402
from emotion_ros.evaluation.report_content import report_content  # noqa: E402
from emotion_ros.evaluation.report_text import report_text, summary_table  # noqa: E402
from emotion_ros.metrics import SCORES, Coverage  # noqa: E402
from synthetic_predictions import (  # noqa: E402
    LABELS,
    bare,
    evaluation,
    predictions,
    some_predictions,
)

DETECTION = {'auroc', 'aupr', 'aupr_in', 'fpr95', 'detection_error'}


def read(folder):
    """Read report.json as strict JSON."""
    def refuse(constant):
        raise ValueError(constant)

    return json.loads((folder / 'report.json').read_text(), parse_constant=refuse)


def size(path):
    """Give width and height of a PNG."""
    content = path.read_bytes()
    assert content.startswith(b'\x89PNG\r\n\x1a\n') and content.endswith(b'IEND\xaeB`\x82')
    return struct.unpack('>II', content[16:24])


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Give a report with everything in it."""
    folder = tmp_path_factory.mktemp('reports') / 'full'
    write_report(folder, evaluation())
    return folder


def test_json(folder):
    content = read(folder)
    some = evaluation().predictions
    assert content['labels'] == LABELS
    assert content['clips'] == 90 and content['speakers'] == 10
    assert content['no_speech'] == (~some.has_speech).sum() > 0
    assert content['accuracy'] == round(some.right.mean(), 4)
    assert content['uar'] == pytest.approx(np.mean(list(content['per_class'].values())), abs=1e-4)
    assert np.sum(content['confusion']) == 90
    assert content['confusion_columns'] == [*LABELS, 'no speech']
    assert content['intervals']['uar'][0] < content['uar'] < content['intervals']['uar'][1]
    assert set(content['intervals']['per_class']) == set(LABELS)
    assert 0 < content['ece'] < 1
    for score in ('confidence', 'max_softmax'):
        assert set(content[score]['errors']) == DETECTION
        assert set(content[score]['ood']) == DETECTION | {'sounds', 'no_speech', 'kinds'}
        assert content[score]['ood']['sounds'] == 29
        assert content[score]['ood']['kinds']['rain']['sounds'] == 9
    assert content['coverage'][0]['confidence']['coverage'] == round(some.has_speech.mean(), 4)
    assert content['operating_point']['threshold'] == 0.25
    ood = np.concatenate([scores[0] for scores in evaluation().ood.values()])
    assert content['operating_point']['ood_coverage'] == round((ood >= 0.25).mean(), 4)
    assert [row['confidence']['ood_coverage'] for row in content['coverage']] == [
        pytest.approx((ood >= row['confidence']['threshold']).mean(), abs=0.05)
        for row in content['coverage']]
    assert list(content['snr']) == ['0', '10']
    assert list(content['snr_without_noise_training']) == ['10', 'clean']
    assert content['corpora']['emodb']['clips'] + content['corpora']['ravdess']['clips'] == 90
    assert set(content['compare']['svm']) >= {'uar', 'accuracy', 'per_class'}
    protocol = content['protocol']
    assert protocol['folds'] == [['emodb/00'], ['emodb/01', 'ravdess/02']]
    assert (protocol['seed'], protocol['learning_rate']) == (3, 0.00003)
    assert (protocol['noise'], protocol['strange']) == (['a.wav'], None)
    assert 'by speakers' in protocol['description']


def test_text(folder):
    text = (folder / 'report.md').read_text()
    for part in (
            'Cross-validation by speakers', '`emotion-ros evaluate`', 'fold 2, tested on: '
            'emodb/01, ravdess/02', 'keras 3.9', 'reverb: no', 'no speech', 'By corpus', 'svm',
            'confidence', 'maximum softmax', 'music: AUROC', 'threshold of 0.250',
            'trained without noise', 'Guo', 'DeVries',
            'confidence: out-of-distribution sounds answered',
            '% of the out-of-distribution sounds; for the others'):
        assert part in text, part
    assert summary_table(report_content(evaluation())) in text
    for picture in folder.glob('*.png'):
        assert f'({picture.name})' in text


@pytest.mark.parametrize(('confidence', 'softmax', 'said'), [
    (0.6754, 0.675, ''), (0.6754, 0.6746, ''), (None, 0.675, ''),
    (0.68, 0.675, 'better than maximum softmax does: its AUROC is 0.005 higher.'),
    (0.671, 0.675, 'worse than maximum softmax does: its AUROC is 0.004 lower.')])
def test_confidence_is_compared_with_softmax_by_the_figures_shown(confidence, softmax, said):
    evaluated = evaluation()
    content = report_content(evaluated)
    for score, value in zip(SCORES, (confidence, softmax), strict=True):
        content[score]['errors'] = content[score]['errors'] | {'auroc': value}
    text = ' '.join(report_text(evaluated, content, []).split())
    assert (said in text) if said else ('detects wrong predictions' not in text)


def test_pictures(folder):
    drawn = sorted(path.name for path in folder.glob('*.png'))
    assert {path.name for path in folder.iterdir()} <= set(report_folder(folder).files)
    assert drawn == ['compare.png', 'confidence.png', 'confusion.png', 'coverage.png',
                     'reliability.png', 'snr.png']
    for name in drawn:
        width, height = size(folder / name)
        assert 400 < width < 2000 and (name == 'compare.png' or 400 < height < 2000)


def test_equal_evaluations_give_equal_reports(folder, tmp_path):
    write_report(tmp_path / 'again', evaluation())
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / 'again' / path.name).read_bytes(), path.name


def test_a_report_of_answers_alone(tmp_path):
    write_report(tmp_path, bare())
    content = read(tmp_path)
    assert content['snr'] == {} and content['operating_point'] is None
    assert not {'compare', 'snr_without_noise_training'} & set(content)
    assert content['confidence']['ood'] == {
        **dict.fromkeys(DETECTION), 'sounds': 0, 'no_speech': 0, 'kinds': {}}
    assert not (tmp_path / 'snr.png').exists()
    assert 'out of distribution' not in (tmp_path / 'report.md').read_text()


@pytest.mark.parametrize('some', [
    predictions([0], [0]),
    predictions([1, 1, 1], [1, 1, 0]),
    some_predictions(right=1, unheard=0),
    some_predictions(right=0),
    some_predictions(unheard=2),
    predictions([0, 1], [0, 1], confidence=[0.5, 0.5], probability=1.0),
], ids=['one clip', 'one class', 'all right', 'all wrong', 'nothing heard', 'all the same'])
def test_reports_at_the_ends(tmp_path, some):
    write_report(tmp_path, evaluation(predictions=some, compared={}))
    content = read(tmp_path)
    assert content['uar'] == pytest.approx(some.right.mean(), abs=1e-4)
    assert (tmp_path / 'reliability.png').exists() == some.has_speech.any()
    for label, number in zip(LABELS, range(3)):
        assert (content['per_class'][label] is None) == (number not in some.targets)


def test_sounds_in_which_no_speech_was_heard_are_counted(tmp_path):
    write_report(tmp_path, evaluation(
        ood={'music': (np.ones(3) / 2, np.ones(3) / 3), 'rain': (np.zeros(0), np.zeros(0))},
        ood_no_speech={'music': 4, 'rain': 5}))
    ood = read(tmp_path)['confidence']['ood']
    assert (ood['sounds'], ood['no_speech']) == (12, 9)
    assert ood['auroc'] is not None
    for row in read(tmp_path)['coverage']:   # 3 of 12 sounds were heard as speech
        sure = row['confidence']['threshold'] <= 0.5
        assert row['confidence']['ood_coverage'] == (0.25 if sure else 0)
    assert ood['kinds']['rain'] == {**dict.fromkeys(DETECTION), 'sounds': 5, 'no_speech': 5}
    assert '3 of 7 of music, 0 of 5 of rain' in (tmp_path / 'report.md').read_text()


@pytest.mark.parametrize('noise, name', [(['a.wav'], 'noise'), (None, 'augmented copies')])
def test_trainings_with_and_without_are_named_by_what_they_had(tmp_path, noise, name):
    write_report(tmp_path, evaluation(protocol={'scheme': 'speakers', 'noise': noise}))
    assert f'| trained with {name} | trained without {name} |' in (
        tmp_path / 'report.md').read_text()


def test_labels_that_mean_something_elsewhere(tmp_path):
    labels = ['$x_$', 'a|b', 'a label that is far too long for a picture']
    write_report(tmp_path, bare(predictions=replace(some_predictions(), labels=labels)))
    assert list(read(tmp_path)['per_class']) == labels
    assert 'a\\|b' in (tmp_path / 'report.md').read_text()


def test_a_random_split_is_said_to_be_one(tmp_path):
    split = bare(protocol={'scheme': 'random'})
    write_report(tmp_path, split)
    said = ('Random split: the same speakers in training and test. '
            'Use it only to repeat published tables')
    assert f'**{said}' in (tmp_path / 'report.md').read_text()
    assert said in summary_table(report_content(split))
    assert said in read(tmp_path)['protocol']['description']
    assert said not in summary_table(report_content(bare()))


def test_summary_table():
    some = predictions([0, 0, 1, 1], [0, 1, 1, 1], speakers=['x/1', 'x/2', 'x/1', 'x/2'])
    other = predictions([0, 0, 1, 1], [0, 0, 1, 1], speakers=list(some.speakers))
    lines = summary_table(report_content(
        bare(predictions=some, compared={'svm': other}))).splitlines()
    cells = [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines]
    assert cells[0] == ['', 'recall', '95 % interval', 'precision', 'F1', 'clips', 'svm']
    assert cells[2] == ['neutral', '0.500', '0.000 to 1.000', '1.000', '0.667', '2', '1.000']
    assert cells[3] == ['anger', '1.000', '1.000 to 1.000', '0.667', '0.800', '2', '1.000']
    assert cells[4] == ['fear', '', '', '', '', '0', '']
    assert cells[5] == ['unweighted average recall', '0.750', '0.500 to 1.000', '',
                        '0.733', '4', '1.000']
    assert len(set(map(len, lines))) == 1


def test_a_report_is_replaced_or_kept_whole(tmp_path, monkeypatch):
    folder = tmp_path / 'in' / 'report'
    write_report(folder, bare())
    (folder / 'confusion.png').unlink()
    write_report(folder, bare())
    before = (folder / 'report.json').read_bytes()
    assert (folder / 'confusion.png').exists()

    def fail(path, *arguments):
        path.write_bytes(b'half')
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(plots, 'draw_coverage', fail)
    with pytest.raises(EmotionError, match='report .*No space left') as error:
        write_report(folder, bare(predictions=some_predictions(seed=5)))
    assert '\n' not in str(error.value)
    assert (folder / 'report.json').read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ['report']


@pytest.mark.parametrize('path, reason', [
    ('file', 'must be a folder, got a file'), ('full', 'contains no report'),
    ('file/below', 'cannot be written'), ('long' * 100, 'cannot be written')])
def test_folders_that_cannot_be_written(tmp_path, path, reason):
    (tmp_path / 'file').write_text('')
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full' / 'letter.txt').write_text('dear')
    for use in (lambda folder: report_folder(folder).check(),
                lambda folder: write_report(folder, bare())):
        with pytest.raises(EmotionError, match=reason) as error:
            use(tmp_path / path)
        assert str(error.value).startswith('report ') and '\n' not in str(error.value)
    assert (tmp_path / 'full' / 'letter.txt').read_text() == 'dear'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['file', 'full']


@pytest.mark.parametrize('classes', [2, 8])
def test_confusion_of_few_and_many_classes(tmp_path, classes):
    path = tmp_path / 'confusion.png'
    counts = np.arange(classes * classes).reshape(classes, classes)
    plots.draw_confusion(path, counts, [f'emotion {number}' for number in range(classes)])
    width, height = size(path)
    assert 0.7 < width / height < 2


def test_pictures_leave_nothing_behind(tmp_path):
    import matplotlib
    before = dict(matplotlib.rcParams)
    one = np.ones(1)
    plots.draw_coverage(tmp_path / 'one.png', {'one': Coverage(one, one.astype(int), one, one)})
    assert dict(matplotlib.rcParams) == before


def test_content_needs_no_folder():
    assert report_content(bare())['clips'] == 90


def test_arousal_and_valence_are_reported_where_they_are_told(tmp_path):
    assert 'affect' not in report_content(evaluation())
    some = predictions([0, 1, 2, 0], [0, 1, 1, 0], speakers=['x/1', 'x/1', 'y/1', 'y/1'],
                       corpora=['x', 'x', 'y', 'y'])
    told = replace(some, affect=np.array([(-0.5, 0), (0.5, -0.5), (0.4, -0.6), (0.1, 0)]),
                   rated=np.array([(0, 0), (0.5, -0.5), (np.nan, np.nan), (np.nan, np.nan)]))
    content = report_content(evaluation(predictions=told, compared={}))
    assert content['affect']['arousal_auroc'] == 1
    assert content['affect']['rated'] == 2
    assert content['corpora']['y']['affect'] == {
        'arousal_auroc': 1, 'arousal_ccc': None, 'valence_ccc': None, 'rated': 0}
    write_report(tmp_path / 'report', evaluation(predictions=told, compared={}))
    text = (tmp_path / 'report' / 'report.md').read_text()
    assert '## Arousal and valence' in text and '| arousal, AUROC' in text
