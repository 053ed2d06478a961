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

"""The report of an evaluation: report.json for programs, report.md and pictures for people."""

from dataclasses import dataclass, field
import json
from pathlib import Path

import numpy as np

from emotion_ros.evaluation import condition_report, metrics, plots
from emotion_ros.evaluation.affect import measure_affect
from emotion_ros.evaluation.predictions import Predictions
from emotion_ros.output_folder import OutputFolder
from emotion_ros.tables import draw_table, shown

REPORT = 'report.json'
TEXT = 'report.md'

SCHEMES = {
    'model': 'A saved model answers clips of speakers that it never heard in training.',
    'speakers': 'Cross-validation by speakers: each clip is answered by a network that never heard '
                'its speaker, with scaling, calibration and threshold from training speakers '
                'alone.',
    'corpora': 'Cross-validation by corpora: each corpus is answered by a network that never heard '
               'any of it, with scaling, calibration and threshold from the other corpora alone.',
    'random': 'Random split: the same speakers in training and test; only to repeat published '
              'tables. It says nothing about speakers who are new.'}
"""How clips for training and test are kept apart; protocol['scheme'] names one."""

_QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9)   # of the scores, for the table of coverage

_DETECTION = {
    'auroc': 'AUROC',
    'aupr': 'AUPR, what to reject is positive',
    'aupr_in': 'AUPR, what to trust is positive',
    'fpr95': 'false positives at 95 % true positives',
    'detection_error': 'detection error'}


@dataclass(frozen=True)
class Evaluation:
    """What was found out about a model or a way of training.

    Args:
        predictions: Predictions, at least one, of all test clips.
        ood: {kind: (confidence, max_softmax)} of the sounds that are no emotion in which speech
            was heard, both float, shape (sounds,); may be empty.
        snr: {signal-to-noise ratio [dB], or plots.CLEAN: Predictions}; may be empty.
        snr_plain: the same after training without noise; may be empty.
        conditions: {group: {value: Predictions}} of the groups in condition_report.TITLES.
        compared: {name: Predictions} of other classifiers, such as 'svm'; may be empty.
        protocol: how it was done: 'scheme', one of SCHEMES, and whatever else is to be known
            (command, folds, seed, features, versions), of plain values, lists and mappings.
        threshold: below which the emotion is "unknown"; None where there is none.
        ood_no_speech: {kind: number of further sounds, in which no speech was heard}.

    """

    predictions: Predictions
    ood: dict
    snr: dict
    snr_plain: dict
    compared: dict
    protocol: dict
    threshold: float | None = None
    ood_no_speech: dict = field(default_factory=dict)
    conditions: dict = field(default_factory=dict)


def report_folder(path):
    """Give the OutputFolder that --report names."""
    return OutputFolder(path, '--report', 'report', REPORT)


def write_report(folder, evaluation):
    """Write report.json, report.md and the pictures: whole, or not at all.

    Args:
        folder: new, empty, or with a report that is replaced.
        evaluation: Evaluation.

    Raises:
        EmotionError: the folder cannot be written, or holds something else.

    """
    place = report_folder(folder)
    place.check()
    content = report_content(evaluation)
    with place.whole() as new:
        Path(new, REPORT).write_text(
            json.dumps(_rounded(content), indent=2, ensure_ascii=False, allow_nan=False) + '\n',
            encoding='utf-8', errors='backslashreplace')   # paths may be any bytes
        drawn = _draw(new, evaluation, content)
        Path(new, TEXT).write_text(_write(evaluation, content, drawn), encoding='utf-8',
                             errors='backslashreplace')


def report_content(evaluation):
    """Compute what report.json holds.

    Args:
        evaluation: Evaluation.

    Returns:
        Mapping of plain values, not yet rounded; None where a measure is not defined.

    """
    predictions = evaluation.predictions
    parts = predictions.by_corpus()
    bins = metrics.reliability(predictions)
    confusion = metrics.confusion(predictions)
    content = {
        **_summary(predictions),
        'no_speech': int((~predictions.has_speech).sum()),
        'labels': list(predictions.labels),
        'confusion': confusion.tolist(),
        'confusion_columns': [*predictions.labels, 'no speech'][:confusion.shape[1]],
        'intervals': metrics.intervals(predictions),
        'ece': bins.error,
        'reliability': [
            {'from': float(low), 'to': float(high), 'clips': int(clips),
             'probability': float(probability), 'accuracy': float(accuracy)}
            for low, high, clips, probability, accuracy in zip(
                bins.edges[:-1], bins.edges[1:], bins.clips, bins.probability, bins.accuracy,
                strict=True) if clips],
        **{score: {'errors': metrics.error_detection(predictions, getattr(predictions, score)),
                   'ood': _ood(evaluation, number)}
           for number, score in enumerate(metrics.SCORES)},
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
        content['corpora'] = {corpus: _summary(part) for corpus, part in parts.items()}
    if not np.isnan(predictions.affect).all():
        content['affect'] = measure_affect(predictions)
        for corpus, part in content.get('corpora', {}).items():
            part['affect'] = measure_affect(parts[corpus])
    if evaluation.compared:
        content['compare'] = {name: _summary(part) for name, part in evaluation.compared.items()}
    return {**content, 'protocol': {
        **_plain(evaluation.protocol), 'description': SCHEMES[evaluation.protocol['scheme']]}}


def _rounded(content):
    """Round what was measured, but not the settings of the protocol."""
    return {**metrics.rounded(content), 'protocol': content['protocol']}


def summary_table(evaluation):
    """Draw the table of recalls.

    Args:
        evaluation: Evaluation.

    Returns:
        Lines of Markdown; a random split is said to be one.

    """
    return _summary_table(report_content(evaluation))


def _summary(predictions):
    found = metrics.recalls(predictions.targets, predictions.predicted, predictions.labels)
    return {
        'uar': metrics.unweighted_average_recall(predictions.targets, predictions.predicted),
        'accuracy': float(predictions.right.mean()),
        'per_class': {label: found.get(label) for label in predictions.labels},
        'clips': len(predictions),
        'speakers': len(set(predictions.speakers))}


def _ood(evaluation, number):
    """Measure the detection of sounds that are no emotion, of all kinds and by kind."""
    predictions = evaluation.predictions.select(evaluation.predictions.has_speech)
    inside = getattr(predictions, list(metrics.SCORES)[number])
    kinds = {kind: np.asarray(scores[number]) for kind, scores in evaluation.ood.items()}
    no_speech = {kind: evaluation.ood_no_speech.get(kind, 0) for kind in kinds}

    def of(outside, unheard):
        return {**metrics.detection(inside, outside), 'sounds': len(outside) + unheard,
                'no_speech': unheard}

    return {**of(_pooled(kinds.values()), sum(no_speech.values())),
            'kinds': {kind: of(outside, no_speech[kind]) for kind, outside in kinds.items()}}


def _pooled(arrays):
    return np.concatenate([np.zeros(0), *arrays])


def _answered(evaluation, score, threshold):
    """Tell what remains above a threshold of a score, of the clips and of the other sounds.

    Returns:
        As measures.answered, and ood_coverage: part of the sounds that are no emotion that are
            answered all the same; None without any.

    """
    number = list(metrics.SCORES).index(score)
    ood = _pooled(scores[number] for scores in evaluation.ood.values())
    sounds = len(ood) + sum(evaluation.ood_no_speech.values())
    predictions = evaluation.predictions
    return {**metrics.operating_point(predictions, getattr(predictions, score), threshold),
            'ood_coverage': float((ood >= threshold).sum() / sounds) if sounds else None}


def _coverage(evaluation):
    """Tell what remains above some quantiles of each score."""
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
    """Give a value of the protocol as JSON can hold it."""
    if isinstance(value, dict):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple, set, np.ndarray)):
        return [_plain(entry) for entry in (sorted(value) if isinstance(value, set) else value)]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


# Pictures

def _draw(folder, evaluation, content):
    """Draw what there is to draw.

    Returns:
        {file name: caption}.

    """
    predictions = evaluation.predictions
    drawn = {'confusion.png': 'Answers to the clips of each class.'}
    plots.draw_confusion(
        folder / 'confusion.png', metrics.confusion(predictions), predictions.labels)
    heard = predictions.select(predictions.has_speech)
    if len(heard):
        drawn['reliability.png'] = 'How often answers of some probability are right.'
        plots.draw_reliability(folder / 'reliability.png', metrics.reliability(predictions))
        drawn['coverage.png'] = 'Accuracy when the least sure answers are held back.'
        point = content['operating_point']
        plots.draw_coverage(
            folder / 'coverage.png',
            {title: metrics.coverage(predictions, getattr(predictions, score))
             for score, title in metrics.SCORES.items()},
            [(point['coverage'], point['accuracy'], f'threshold {point["threshold"]:.3f}')]
            if point and point['accuracy'] is not None else [])
        drawn['confidence.png'] = ('How sure it is when it is right and when it is wrong'
                                   + (', and of sounds that are no emotion.' if evaluation.ood
                                      else '.'))
        plots.draw_confidence(folder / 'confidence.png', {
            title: {'right': getattr(heard, score)[heard.right],
                    'wrong': getattr(heard, score)[~heard.right],
                    'no emotion': _pooled(kind[number] for kind in evaluation.ood.values())}
            for number, (score, title) in enumerate(metrics.SCORES.items())})
    if evaluation.snr:
        drawn['snr.png'] = 'Recall in noise; the bars are 95 % intervals.'
        lines = dict(zip(_trainings(content), (
            {plots.CLEAN: evaluation.predictions, **evaluation.snr}, evaluation.snr_plain),
            strict=False))   # only some have the second
        plots.draw_snr(folder / 'snr.png', {
            name: {ratio: (metrics.unweighted_average_recall(part.targets, part.predicted),
                           metrics.intervals(part)['uar']) for ratio, part in line.items()}
            for name, line in lines.items() if line})
    for group in evaluation.conditions:
        drawn |= condition_report.draw_conditions(folder, group, content[group])
    return drawn


# Text

def _write(evaluation, content, drawn):
    """Write report.md."""
    parts = ['# Evaluation', protocol_text(content['protocol']), '## Recall',
             _summary_table(content), _counted(content)]
    if 'corpora' in content:
        parts += ['### By corpus', _corpora_table(content)]
    parts += [_picture('confusion.png', drawn), '## Calibration', _calibration(content),
              _picture('reliability.png', drawn), '## Confidence', _confidence(content),
              _picture('confidence.png', drawn), _coverage_text(content),
              _picture('coverage.png', drawn)]
    if 'affect' in content:
        parts += ['## Arousal and valence', _affect(content)]
    if evaluation.snr:
        parts += ['## Noise', _noise_table(content), _picture('snr.png', drawn)]
    for group in evaluation.conditions:
        parts += [f'## {condition_report.TITLES[group]}',
                  condition_report.condition_text(group, content[group]),
                  _picture(f'{group}.png', drawn)]
    return '\n\n'.join(part for part in parts if part) + '\n'


def protocol_text(protocol):
    """Write how an evaluation was done: a sentence, and a list of all that is to be known."""
    text = protocol['description']
    lines = [f'**{text}**' if protocol['scheme'] == 'random' else text, '']
    for name, value in protocol.items():
        title = name.replace('_', ' ')
        if name == 'folds':
            lines += [f'- fold {number}, tested on: {_inline(fold)}'
                      for number, fold in enumerate(value, 1)]
        elif name == 'command':
            lines.append(f'- command: `{_inline(value)}`')
        elif name not in ('scheme', 'description'):
            lines.append(f'- {title}: {_inline(value)}')
    return '\n'.join(lines)


def _inline(value):
    """Write a value of the protocol on one line."""
    if isinstance(value, dict):
        return ', '.join(f'{name} {_inline(entry)}' for name, entry in value.items()) or 'none'
    if isinstance(value, list):
        return ', '.join(map(_inline, value)) or 'none'
    if isinstance(value, bool) or value is None:
        return {True: 'yes', False: 'no', None: 'none'}[value]
    return ' '.join(str(value).split())


def _summary_table(content):
    compared = content.get('compare', {})
    clips = [sum(row) for row in content['confusion']]
    spans = content['intervals']
    rows = [['', 'recall', '95 % interval', 'clips', *compared]]
    for label, count in zip(content['labels'], clips, strict=True):
        rows.append([label, shown(content['per_class'][label]), _span(spans['per_class'][label]),
                     str(count),
                     *(shown(part['per_class'][label]) for part in compared.values())])
    for name, title in (('uar', 'unweighted average recall'), ('accuracy', 'accuracy')):
        rows.append([title, shown(content[name]), _span(spans[name]), str(content['clips']),
                     *(shown(part[name]) for part in compared.values())])
    table = draw_table(rows)
    if content['protocol']['scheme'] == 'random':
        table += '\n\n' + content['protocol']['description']
    return table


def _counted(content):
    text = (f'{content["clips"]} clips of {content["speakers"]} speakers. The intervals come from '
            f'{metrics.DRAWS} draws of speakers with replacement, within each corpus.')
    if content['no_speech']:
        text += (f' In {content["no_speech"]} clips the voice detector heard no speech: they count '
                 'as wrong here, and are left out of what is said on calibration and confidence.')
    return text


def _corpora_table(content):
    corpora = content['corpora']
    rows = [['', *corpora]]
    rows += [[label, *(shown(part['per_class'][label]) for part in corpora.values())]
             for label in content['labels']]
    rows += [[title, *(shown(part[name]) for part in corpora.values())] for name, title in (
        ('uar', 'unweighted average recall'), ('accuracy', 'accuracy'))]
    rows += [[name, *(str(part[name]) for part in corpora.values())]
             for name in ('clips', 'speakers')]
    return draw_table(rows)


def _calibration(content):
    if content['ece'] is None:
        return 'Not measured: no speech was heard in any clip.'
    return (f'The expected calibration error of the greatest probability is '
            f'{shown(content["ece"])}, in {metrics.BINS} bins of equal width (Guo et al. 2017, '
            'arXiv 1706.04599).')


def _confidence(content):
    rows = [['', *metrics.SCORES.values()]]

    def add(what, of):
        rows.extend([f'{what}: {title}', *(shown(of(content[score])[name])
                                           for score in metrics.SCORES)]
                    for name, title in _DETECTION.items())

    add('wrong answers', lambda part: part['errors'])
    kinds = content['confidence']['ood']['kinds']
    if kinds:
        add('no emotion', lambda part: part['ood'])
    if len(kinds) > 1:
        for kind in kinds:
            rows.append([f'{kind}: AUROC', *(shown(content[score]['ood']['kinds'][kind]['auroc'])
                                             for score in metrics.SCORES)])
    counts = ', '.join(f'{entry["sounds"] - entry["no_speech"]} of {entry["sounds"]} of {kind}'
                       for kind, entry in kinds.items())
    return ('How well each score tells right answers from wrong ones'
            + (', and clips of emotions from sounds that are no emotion' if kinds else '')
            + '. The measures are those of DeVries and Taylor 2018 (arXiv 1802.04865). '
            'True positives are right answers, or clips of emotions. High is good for AUROC and '
            'AUPR, low for the rest.'
            + (f' Sounds count here where the voice detector heard speech: {counts}. In the others '
               'it heard none, so nothing is answered to them.' if kinds else '')
            + _compared_with_softmax(content) + '\n\n' + draw_table(rows))


def _compared_with_softmax(content):
    """Tell by how much the confidence is better or worse than maximum softmax at wrong answers."""
    learned, softmax = (content[score]['errors']['auroc'] for score in metrics.SCORES)
    if learned is None or learned == softmax:
        return ''
    better, higher = ('better', 'higher') if learned > softmax else ('worse', 'lower')
    return (f' The confidence tells wrong answers {better} than maximum softmax does: its AUROC is '
            f'{abs(learned - softmax):.3f} {higher}.')


def _affect(content):
    columns = {'all': content['affect'], **{
        corpus: part['affect'] for corpus, part in content.get('corpora', {}).items()}}
    rows = [['', *columns]]
    rows += [[title, *(shown(part[name]) for part in columns.values())] for name, title in (
        ('arousal_auroc', 'arousal, AUROC'), ('arousal_ccc', 'arousal, concordance'),
        ('valence_ccc', 'valence, concordance'))]
    rows.append(['clips with ratings', *(str(part['rated']) for part in columns.values())])
    return ('How well arousal tells anger, fear, happiness and surprise from sadness, neutral, '
            'calm and boredom, and how far arousal and valence agree with the ratings of people, '
            'where a corpus has some: 1 is full concordance (Lin 1989).\n\n' + draw_table(rows))


def _coverage_text(content):
    if not content['coverage']:
        return ''
    columns = {'threshold': 'threshold', 'coverage': 'clips answered', 'accuracy': 'accuracy'}
    if content['confidence']['ood']['sounds']:
        columns['ood_coverage'] = 'other sounds answered'
    rows = [['part held back', *(f'{title}: {what}' for title in metrics.SCORES.values()
                                 for what in columns.values())]]
    for row in content['coverage']:
        rows.append([f'{100 * row["quantile"]:.0f} %', *(
            shown(row[score][what]) for score in metrics.SCORES for what in columns)])
    text = 'What remains when the least sure answers are held back:\n\n' + draw_table(rows)
    point = content['operating_point']
    if point:
        text += (f'\n\nAt the threshold {shown(point["threshold"])} of the confidence '
                 f'{100 * point["coverage"]:.0f} % of the clips are answered'
                 + (f', with an accuracy of {shown(point["accuracy"])}' if point['coverage']
                    else '')
                 + ('' if point['ood_coverage'] is None else
                    f', and {100 * point["ood_coverage"]:.0f} % of the sounds that are no emotion')
                 + '; for the others it says "unknown".')
    return text


def _trainings(content):
    """Name the trainings that are measured in noise: the one that counts, and the other one."""
    augmented = 'noise' if content['protocol'].get('noise') else 'augmented copies'
    return ((f'trained with {augmented}', f'trained without {augmented}')
            if 'snr_without_noise_training' in content else ('unweighted average recall',))


def _noise_table(content):
    plain = content.get('snr_without_noise_training', {})
    rows = [['signal-to-noise ratio [dB]', *_trainings(content)]]
    found = {**content['snr'], 'clean': content['uar']}
    for ratio in dict.fromkeys([*found, *plain]):
        rows.append([ratio, shown(found.get(ratio)),
                     *([shown(plain.get(ratio))] if plain else [])])
    return draw_table(rows)


def _picture(name, drawn):
    return f'![{drawn[name]}]({name})' if name in drawn else ''


def _span(interval):
    return '' if interval is None else f'{interval[0]:.3f} to {interval[1]:.3f}'
