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

"""The contents of report.json: all results, as plain values."""

import numpy as np

from emotion_ros import metrics
from emotion_ros.evaluation import condition_report, plots
from emotion_ros.evaluation.affect import measure_affect
from emotion_ros.evaluation.comparison import compare
from emotion_ros.metrics import bootstrap

SCHEMES = {
    'model': 'A saved model predicts clips of speakers that it never heard in training.',
    'speakers': 'Cross-validation by speakers: each clip is predicted by a network that never '
                'heard its speaker, with scaling, calibration and threshold from training speakers '
                'alone.',
    'corpora': 'Cross-validation by corpora: each corpus is predicted by a network that never '
               'heard any of it, with scaling, calibration and threshold from the other corpora '
               'alone.',
    'random': 'Random split: the same speakers in training and test. Use it only to repeat '
              'published tables. It says nothing about new speakers.'}
"""How training and test clips are separated; protocol['scheme'] is one of these."""

GROUPS = {'speaker': 'speakers', 'language': 'languages', 'sex': 'sexes'}
"""Columns of Predictions whose values are measured separately, by the name of the table."""

_QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9)   # of the scores, for the table of coverage


def report_content(evaluation):
    """Compute the contents of report.json.

    Args:
        evaluation: Evaluation.

    Returns:
        Mapping of plain values, not yet rounded; undefined measures are None.

    """
    predictions = evaluation.predictions
    parts = predictions.by('corpora')
    bins = metrics.reliability(predictions)
    confusion = metrics.confusion(predictions)
    content = {
        **summary(predictions),
        **_precision(predictions),
        'no_speech': int((~predictions.has_speech).sum()),
        'labels': list(predictions.labels),
        'confusion': confusion.tolist(),
        'confusion_columns': [*predictions.labels, 'no speech'][:confusion.shape[1]],
        'intervals': bootstrap.intervals(predictions),
        'ece': bins.error,
        'reliability': [
            {'from': float(low), 'to': float(high), 'clips': int(clips),
             'probability': float(probability), 'accuracy': float(accuracy)}
            for low, high, clips, probability, accuracy in zip(
                bins.edges[:-1], bins.edges[1:], bins.clips, bins.probability, bins.accuracy,
                strict=True) if clips],
        **{score: {'errors': metrics.error_detection(predictions, getattr(predictions, score)),
                   'ood': _ood(evaluation, index)}
           for index, score in enumerate(metrics.SCORES)},
        **{f'by_{name}': _by(predictions, column) for name, column in GROUPS.items()},
        'coverage': _coverage(evaluation),
        'operating_point': None if evaluation.threshold is None else {
            'threshold': float(evaluation.threshold),
            **_answered(evaluation, 'confidence', evaluation.threshold)},
        'snr': _over_noise(evaluation.snr),
        **{group: condition_report.condition_content(predictions, found)
           for group, found in evaluation.conditions.items()}}
    if evaluation.snr_plain:
        content['snr_without_noise_training'] = _over_noise(evaluation.snr_plain)
    if len(parts) > 1:
        content['corpora'] = {corpus: summary(part) for corpus, part in parts.items()}
    if not np.isnan(predictions.affect).all():
        content['affect'] = measure_affect(predictions)
        for corpus, part in content.get('corpora', {}).items():
            part['affect'] = measure_affect(parts[corpus])
    if evaluation.compared:
        content['compare'] = {
            name: {**summary(part), 'difference': compare(predictions, part).as_dict()}
            for name, part in evaluation.compared.items()}
    if len(evaluation.seeds) > 1:
        content['seeds'] = _over_seeds(evaluation.seeds)
    return {**content, 'protocol': protocol_content(evaluation.protocol)}


def summary(predictions):
    """Compute the recalls of predictions, as plain values."""
    found = metrics.recalls(predictions.targets, predictions.predicted, predictions.labels)
    return {
        'uar': metrics.unweighted_average_recall(predictions.targets, predictions.predicted),
        'accuracy': float(predictions.right.mean()),
        'per_class': {label: found.get(label) for label in predictions.labels},
        'clips': len(predictions),
        'speakers': len(set(predictions.speakers))}


def _ood(evaluation, index):
    """Measure the detection of out-of-distribution sounds, in total and by kind."""
    predictions = evaluation.predictions.select(evaluation.predictions.has_speech)
    inside = getattr(predictions, list(metrics.SCORES)[index])
    kinds = {kind: np.asarray(scores[index]) for kind, scores in evaluation.ood.items()}
    no_speech = {kind: evaluation.ood_no_speech.get(kind, 0) for kind in kinds}

    def of(outside, unheard):
        return {**metrics.detection(inside, outside), 'sounds': len(outside) + unheard,
                'no_speech': unheard}

    return {**of(pooled(kinds.values()), sum(no_speech.values())),
            'kinds': {kind: of(outside, no_speech[kind]) for kind, outside in kinds.items()}}


def pooled(arrays):
    """Concatenate arrays of scores."""
    return np.concatenate([np.zeros(0), *arrays])


def _answered(evaluation, score, threshold):
    """Compute the results above a threshold of a score, for clips and out-of-distribution sounds.

    Returns:
        Like metrics.operating_point, with ood_coverage: fraction of the out-of-distribution sounds
            that are answered anyway; None if there are none.

    """
    index = list(metrics.SCORES).index(score)
    ood = pooled(scores[index] for scores in evaluation.ood.values())
    sounds = len(ood) + sum(evaluation.ood_no_speech.values())
    predictions = evaluation.predictions
    return {**metrics.operating_point(predictions, getattr(predictions, score), threshold),
            'ood_coverage': float((ood >= threshold).sum() / sounds) if sounds else None}


def _coverage(evaluation):
    """Compute the results above some quantiles of each score."""
    predictions = evaluation.predictions
    if not predictions.has_speech.any():
        return []
    rows = []
    for quantile in _QUANTILES:
        row = {'quantile': quantile}
        for name in metrics.SCORES:
            score = getattr(predictions, name)
            threshold = float(np.quantile(score[predictions.has_speech], quantile, method='higher'))
            row[name] = {'threshold': threshold, **_answered(evaluation, name, threshold)}
        rows.append(row)
    return rows


def _over_noise(ratios):
    return {_ratio(ratio): metrics.unweighted_average_recall(part.targets, part.predicted)
            for ratio, part in sorted(ratios.items())}


def _ratio(ratio):
    return 'clean' if ratio == plots.CLEAN else f'{ratio:g}'


def _plain(value):
    """Convert a value of the protocol for JSON."""
    if isinstance(value, dict):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple, set, np.ndarray)):
        return [_plain(entry) for entry in (sorted(value) if isinstance(value, set) else value)]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def _precision(predictions):
    """Compute precision and F1 of each class; None if it is never predicted, or never occurs."""
    about = predictions.targets, predictions.predicted, predictions.labels
    precisions, f1 = metrics.precisions(*about), metrics.f1_scores(*about)
    return {'precision': {label: precisions.get(label) for label in predictions.labels},
            'f1': {label: f1.get(label) for label in predictions.labels},
            'macro_f1': float(np.mean(list(f1.values())))}


def _by(predictions, column):
    """Measure the clips of each value of a column; {} if none is known."""
    parts = predictions.by(column)
    if set(parts) == {''}:
        return {}
    return {value or 'unknown': {
        'clips': len(part), 'speakers': len(set(part.speakers)),
        'uar': metrics.unweighted_average_recall(part.targets, part.predicted),
        'accuracy': float(part.right.mean())} for value, part in parts.items()}


def _over_seeds(seeds):
    """Compute mean and standard deviation over seeds, and the result of each."""
    values = {seed: {
        'uar': metrics.unweighted_average_recall(part.targets, part.predicted),
        'accuracy': float(part.right.mean()), 'ece': metrics.reliability(part).error,
        **{f'{score}_error_auroc': metrics.error_detection(part, getattr(part, score))['auroc']
           for score in metrics.SCORES}} for seed, part in seeds.items()}
    found = {'seeds': list(values)}
    for name in next(iter(values.values())):
        of_seeds = [value[name] for value in values.values()]
        told = [value for value in of_seeds if value is not None]
        found[name] = {'mean': float(np.mean(told)) if told else None,
                       'deviation': float(np.std(told, ddof=1)) if len(told) > 1 else None,
                       'values': of_seeds}
    return found


def rounded_content(content):
    """Round the results, but not the settings of the protocol."""
    return {**metrics.rounded(content), 'protocol': content['protocol']}


def protocol_content(protocol):
    """Convert a protocol for JSON, with the description of its scheme."""
    return {**_plain(protocol), 'description': SCHEMES[protocol['scheme']]}
