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

"""Cross-validation by corpora: train on all but one, test on that one."""

from dataclasses import dataclass, replace
import logging

import numpy as np

from emotion_ros import metrics
from emotion_ros.errors import EmotionError
from emotion_ros.evaluation import PICTURES
from emotion_ros.evaluation.across_report import matrix_table, write_matrix
from emotion_ros.evaluation.additional_tests import extract_clean
from emotion_ros.evaluation.affect import measure_affect, with_affect
from emotion_ros.evaluation.clip_predictions import predict_some_clips
from emotion_ros.evaluation.fold_checkpoints import CLIPS, FoldCheckpoints, FoldResult, run_folds
from emotion_ros.evaluation.protocol import facts_of_run, settings_of
from emotion_ros.evaluation.report import report_folder
from emotion_ros.metrics import bootstrap
from emotion_ros.metrics.predictions import Predictions, concatenate, with_labels
from emotion_ros.training.dataset import read_labeled_clips
from emotion_ros.training.examples import speakers_by_corpus

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Split:
    """A corpus for testing, and the others for training.

    Args:
        corpus: name of the corpus that is left out.
        labels: classes that occur in the other corpora, in order.
        test: int, indices of the test clips: those of the corpus that have one of these classes.
        training: int, indices of the training clips: all of the other corpora.

    """

    corpus: str
    labels: list
    test: np.ndarray
    training: np.ndarray


def split_by_corpora(data):
    """Leave out each corpus in turn.

    Args:
        data: corpora.labeled_clips.LabeledClips.

    Returns:
        [Split].

    Raises:
        EmotionError: there is only one corpus, or one has fewer than two classes in common with
            the others.

    """
    corpora, classes = np.array(data.corpora), np.array(data.classes)
    names = list(dict.fromkeys(corpora))
    if len(names) < 2:
        raise EmotionError(
            f'a cross-validation by corpora needs at least two corpora, got {names[0]}')
    splits = []
    for name in map(str, names):
        trained = set(classes[corpora != name])
        shared = sorted(trained & set(classes[corpora == name]))
        if len(shared) < 2:
            raise EmotionError(
                f'corpus {name} must have at least two classes in common with '
                f'the other corpora, got {", ".join(shared) or "none"}')
        others = data.select(np.flatnonzero(corpora != name))
        by_corpus = speakers_by_corpus(others.corpora, others.speakers)
        if all(len(speakers) < 2 for speakers in by_corpus.values()):
            raise EmotionError(f'one of the corpora besides {name} must have two speakers')
        splits.append(Split(
            corpus=name,
            labels=[label for label in data.labels if label in trained],
            test=np.flatnonzero((corpora == name) & np.isin(classes, shared)),
            training=np.flatnonzero(corpora != name)))
    return splits


def cross_validate_corpora(corpora, *, report, extraction, recipe, classes, renames,
                           pictures=PICTURES[0]):
    """Train on all corpora but one and test on that one, in turn; write and log the report.

    The result of each corpus is kept; see fold_checkpoints.run_folds.

    Args:
        corpora: ['NAME:PATH'], at least two.
        report: folder for the report.
        extraction: training.features.Extraction.
        recipe: training.recipe.Recipe.
        classes, renames: see corpora.classes.choose_classes.
        pictures: format of the plots, one of evaluation.PICTURES.

    Raises:
        EmotionError: an option or a corpus cannot be used; nothing was written.

    """
    place = report_folder(report)
    place.check()
    recipe.check_features(extraction.features)
    data, _, left_out = read_labeled_clips(corpora, classes=classes, renames=renames)
    splits = split_by_corpora(data)
    examples = extract_clean(data, recipe.of_recordings(extraction), left_out)
    augmented = recipe.augmented(data, extraction)
    protocol = {'scheme': 'corpora', 'features': ','.join(extraction.features), **recipe.facts(),
                'left_out': dict(left_out), **facts_of_run()}

    def run(index):
        split = splits[index]
        _LOGGER.info(f'  {len(split.training)} clips of {len(splits) - 1} corpora for training, '
                     f'{len(split.test)} for the test')
        fitted = recipe.fit(_training(examples, split, data.labels),
                            augmented and _training(augmented, split, data.labels),
                            extraction, split.labels)
        found = predict_some_clips(fitted.network, replace(data, labels=split.labels), split.test,
                                   examples)
        _LOGGER.info(f'  unweighted average recall: '
                     f'{metrics.unweighted_average_recall(found.targets, found.predicted):.3f}')
        return FoldResult(
            predictions={CLIPS: replace(found, folds=np.full(len(found), index + 1))},
            threshold=fitted.threshold,
            findings=tuple(f'without {split.corpus}: {finding}' for finding in fitted.findings))

    def write(results):
        content = _content({splits[index].corpus: found for index, found in results.items()},
                           protocol)
        write_matrix(place, content, concatenate(
            [with_labels(found.predictions[CLIPS], data.labels) for found in results.values()
             if found.predictions]), pictures)
        _LOGGER.info(f'{matrix_table(content)}\nreport in {report}')

    kept = FoldCheckpoints(extraction, recipe, data.clips, {
        'protocol': settings_of(protocol), 'labels': data.labels,
        'mapping': data.mapping})
    run_folds([f'without {split.corpus}' for split in splits], run, kept, write)
    kept.remove()


def _content(results, protocol):
    """Compute the contents of report.json.

    Args:
        results: {corpus: fold_checkpoints.FoldResult} of the completed folds.
        protocol: of the evaluation.

    """
    corpora = {corpus: measure(found.predictions[CLIPS], found.threshold)
               for corpus, found in results.items() if found.predictions}
    return {'corpora': corpora, 'mean': _mean(corpora.values()), 'protocol': {
        **protocol,
        'findings': [finding for found in results.values() for finding in found.findings]}}


def _training(examples, split, labels):
    """Return the training examples of a split, with targets as indices of its classes."""
    chosen = examples.select(np.isin(examples.clips, split.training))
    places = np.array([split.labels.index(label) if label in split.labels else -1
                       for label in labels])
    return replace(chosen, targets=places[chosen.targets])


def measure(predictions: Predictions, threshold: float) -> dict:
    """Measure the predictions for one corpus.

    Arousal and valence come from the model, or otherwise from its probabilities.

    Args:
        predictions: for all of its test clips.
        threshold: confidence below which the emotion is "unknown".

    Returns:
        Row of the matrix, as plain values; undefined measures are None.

    """
    per_class = metrics.recalls(predictions.targets, predictions.predicted, predictions.labels)
    return {
        'clips': len(predictions), 'speakers': len(set(predictions.speakers)),
        'no_speech': int((~predictions.has_speech).sum()),
        'uar': metrics.unweighted_average_recall(predictions.targets, predictions.predicted),
        'interval': bootstrap.intervals(predictions)['uar'],
        'chance': 1 / len(per_class),
        'accuracy': float(predictions.right.mean()),
        'ece': metrics.reliability(predictions).error,
        **measure_affect(with_affect(predictions)),
        'error_auroc': {
            name: metrics.error_detection(predictions, getattr(predictions, name))['auroc']
            for name in metrics.SCORES},
        'operating_point': {
            'threshold': float(threshold),
            **metrics.operating_point(predictions, predictions.confidence, threshold)},
        'per_class': per_class}


def _mean(rows):
    """Return the means over the corpora that have a value."""
    rows = list(rows)

    def mean(values):
        told = [value for value in values if value is not None]
        return float(np.mean(told)) if told else None

    return {
        **{name: mean(row[name] for row in rows)
           for name in ('uar', 'chance', 'accuracy', 'ece', 'arousal_auroc', 'arousal_ccc',
                        'valence_ccc')},
        'error_auroc': {name: mean(row['error_auroc'][name] for row in rows)
                        for name in metrics.SCORES},
        'operating_point': {name: mean(row['operating_point'][name] for row in rows)
                            for name in ('coverage', 'accuracy')}}
