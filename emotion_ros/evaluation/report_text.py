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

"""report.md: the results, for people."""

from emotion_ros import metrics
from emotion_ros.display.tables import draw_table, shown
from emotion_ros.evaluation import condition_report
from emotion_ros.evaluation.report_content import GROUPS
from emotion_ros.metrics import bootstrap

FEW_SPEAKERS = 5

_DETECTION = {
    'auroc': 'AUROC',
    'aupr': 'AUPR, positives: to be rejected',
    'aupr_in': 'AUPR, positives: to be accepted',
    'fpr95': 'false positives at 95 % true positives',
    'detection_error': 'detection error'}


def report_text(evaluation, content, drawn):
    """Write report.md.

    Args:
        evaluation: report.Evaluation.
        content: result of report_content.
        drawn: result of report_plots.draw_report.

    """
    parts = ['# Evaluation', protocol_text(content['protocol']), '## Recall',
             summary_table(content), _counted(content),
             '\n'.join(f'- **{caution}**' for caution in cautions(content))]
    if 'seeds' in content:
        parts += ['### Across seeds', _seeds_text(content['seeds'])]
    if 'compare' in content:
        parts += ['### Comparison', *(comparison_text(name, part['difference'])
                                    for name, part in content['compare'].items()),
                  _picture('compare', drawn)]
    if 'corpora' in content:
        parts += ['### By corpus', _corpora_table(content)]
    for name in GROUPS:
        if len(content[f'by_{name}']) > 1:
            parts += [f'### By {name}', _group_table(name, content[f'by_{name}'])]
    parts += [_picture('confusion', drawn), '## Calibration', _calibration(content),
              _picture('reliability', drawn), '## Confidence', _confidence(content),
              _picture('confidence', drawn), _coverage_text(content),
              _picture('coverage', drawn)]
    if 'affect' in content:
        parts += ['## Arousal and valence', _affect(content)]
    if evaluation.snr:
        parts += ['## Noise', _noise_table(content), _picture('snr', drawn)]
    for group in evaluation.conditions:
        parts += [f'## {condition_report.TITLES[group]}',
                  condition_report.condition_text(group, content[group]),
                  _picture(group, drawn)]
    return '\n\n'.join(part for part in parts if part) + '\n'


def protocol_text(protocol):
    """Describe how an evaluation was done: a sentence and a list of facts."""
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
    """Format a value of the protocol on one line."""
    if isinstance(value, dict):
        return ', '.join(f'{name} {_inline(entry)}' for name, entry in value.items()) or 'none'
    if isinstance(value, list):
        return ', '.join(map(_inline, value)) or 'none'
    if isinstance(value, bool) or value is None:
        return {True: 'yes', False: 'no', None: 'none'}[value]
    return ' '.join(str(value).split())


def summary_table(content):
    """Draw the table of recalls; a random split is labeled as one."""
    compared = content.get('compare', {})
    clips = [sum(row) for row in content['confusion']]
    spans = content['intervals']
    rows = [['', 'recall', '95 % interval', 'precision', 'F1', 'clips', *compared]]
    for label, count in zip(content['labels'], clips, strict=True):
        rows.append([label, shown(content['per_class'][label]), _span(spans['per_class'][label]),
                     shown(content['precision'][label]), shown(content['f1'][label]), str(count),
                     *(shown(part['per_class'][label]) for part in compared.values())])
    for name, title in (('uar', 'unweighted average recall'), ('accuracy', 'accuracy')):
        rows.append([title, shown(content[name]), _span(spans[name]), '',
                     shown(content['macro_f1']) if name == 'uar' else '', str(content['clips']),
                     *(shown(part[name]) for part in compared.values())])
    table = draw_table(rows)
    if content['protocol']['scheme'] == 'random':
        table += '\n\n' + content['protocol']['description']
    return table


def _counted(content):
    text = (f'{content["clips"]} clips of {content["speakers"]} speakers. The intervals come from '
            f'{bootstrap.DRAWS} bootstrap samples of the speakers of each corpus.')
    if content['no_speech']:
        text += (f' In {content["no_speech"]} clips, no speech was found: they count as wrong here '
                 'and are excluded from the results on calibration and confidence.')
    return text


def cautions(content):
    """Yield caveats about the intervals, one sentence each."""
    if content['speakers'] < FEW_SPEAKERS and content['intervals']['uar']:
        yield (f'The intervals come from only {content["speakers"]} speakers and may be far too '
               f'narrow; they need at least {FEW_SPEAKERS}')


def comparison_text(name, difference):
    """Describe the difference from other predictions for the same clips.

    Args:
        name: name of the others.
        difference: result of comparison.Comparison.as_dict.

    """
    span = _span(difference['uar_interval'])
    return (f'Difference in unweighted average recall from {name}: {difference["uar"]:+.3f}'
            + (f' (95 % interval {span}, with the same bootstrap samples for both)' if span else '')
            + f'. {difference["only_these_right"]} clips are right only here, '
            f'{difference["only_others_right"]} only with {name} (exact McNemar test, which '
            f'assumes independent clips: p = {difference["mcnemar_p"]:.2g}).')


def _seeds_text(seeds):
    rows = [['', 'mean', 'standard deviation', *map(str, seeds['seeds'])]]
    for name, title in (
            ('uar', 'unweighted average recall'), ('accuracy', 'accuracy'),
            ('ece', 'expected calibration error'),
            ('confidence_error_auroc', 'wrong predictions: AUROC of confidence'),
            ('max_softmax_error_auroc', 'wrong predictions: AUROC of maximum softmax')):
        part = seeds[name]
        rows.append([title, shown(part['mean']), shown(part['deviation']),
                     *map(shown, part['values'])])
    return ('Each seed has its own folds and trainings; the rest of this report is about the first '
            'seed.\n\n'
            + draw_table(rows))


def _group_table(name, groups):
    return draw_table([[name, 'clips', 'speakers', 'unweighted average recall', 'accuracy'], *(
        [value, str(part['clips']), str(part['speakers']), shown(part['uar'], 2),
         shown(part['accuracy'], 2)] for value, part in groups.items())])


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
        return 'Not measured: no speech was found in any clip.'
    return (f'The expected calibration error of the maximum probability is '
            f'{shown(content["ece"])}, with {metrics.BINS} bins of equal width (Guo and others '
            '2017, arXiv 1706.04599).')


def _confidence(content):
    rows = [['', *metrics.SCORES.values()]]

    def add(what, of):
        rows.extend([f'{what}: {title}', *(shown(of(content[score])[name])
                                           for score in metrics.SCORES)]
                    for name, title in _DETECTION.items())

    add('wrong predictions', lambda part: part['errors'])
    kinds = content['confidence']['ood']['kinds']
    if kinds:
        add('out of distribution', lambda part: part['ood'])
    if len(kinds) > 1:
        for kind in kinds:
            rows.append([f'{kind}: AUROC', *(shown(content[score]['ood']['kinds'][kind]['auroc'])
                                             for score in metrics.SCORES)])
    counts = ', '.join(f'{entry["sounds"] - entry["no_speech"]} of {entry["sounds"]} of {kind}'
                       for kind, entry in kinds.items())
    return ('How well each score separates right predictions from wrong ones'
            + (', and the clips from out-of-distribution sounds' if kinds else '')
            + '. The measures are those of DeVries and Taylor 2018 (arXiv 1802.04865). '
            'True positives are right predictions, or the clips. Higher is better for AUROC and '
            'AUPR, lower for the others.'
            + (f' Out-of-distribution sounds count if speech was found in them: {counts}. '
               'The others get no prediction at all.' if kinds else '')
            + _compared_with_softmax(content) + '\n\n' + draw_table(rows))


def _compared_with_softmax(content):
    """Compare the confidence with maximum softmax at detecting wrong predictions."""
    learned, softmax = (content[score]['errors']['auroc'] for score in metrics.SCORES)
    gain = 0 if learned is None else round(learned, 3) - round(softmax, 3)
    if not gain:
        return ''
    better, higher = ('better', 'higher') if gain > 0 else ('worse', 'lower')
    return (f' The confidence detects wrong predictions {better} than maximum softmax does: its '
            f'AUROC is {abs(gain):.3f} {higher}.')


def _affect(content):
    columns = {'all': content['affect'], **{
        corpus: part['affect'] for corpus, part in content.get('corpora', {}).items()}}
    rows = [['', *columns]]
    rows += [[title, *(shown(part[name]) for part in columns.values())] for name, title in (
        ('arousal_auroc', 'arousal, AUROC'), ('arousal_ccc', 'arousal, concordance'),
        ('valence_ccc', 'valence, concordance'))]
    rows.append(['clips with ratings', *(str(part['rated']) for part in columns.values())])
    return ('How well arousal separates anger, fear, happiness and surprise from sadness, neutral, '
            'calm and boredom, and how well arousal and valence agree with human ratings, if a '
            'corpus has them: 1 is perfect concordance (Lin 1989).\n\n' + draw_table(rows))


def _coverage_text(content):
    if not content['coverage']:
        return ''
    columns = {'threshold': 'threshold', 'coverage': 'clips answered', 'accuracy': 'accuracy'}
    if content['confidence']['ood']['sounds']:
        columns['ood_coverage'] = 'out-of-distribution sounds answered'
    rows = [['fraction rejected', *(f'{title}: {what}' for title in metrics.SCORES.values()
                                 for what in columns.values())]]
    for row in content['coverage']:
        rows.append([f'{100 * row["quantile"]:.0f} %', *(
            shown(row[score][what]) for score in metrics.SCORES for what in columns)])
    text = 'What remains when the least confident predictions are rejected:\n\n' + draw_table(rows)
    point = content['operating_point']
    if point:
        text += (f'\n\nWith the confidence threshold of {shown(point["threshold"])}, '
                 f'{100 * point["coverage"]:.0f} % of the clips are answered'
                 + (f', with an accuracy of {shown(point["accuracy"])}' if point['coverage']
                    else '')
                 + ('' if point['ood_coverage'] is None else
                    f', and {100 * point["ood_coverage"]:.0f} % of the out-of-distribution sounds')
                 + '; for the others, the result is "unknown".')
    return text


def trainings(content):
    """Return titles of the trainings tested in noise: this one, and one without noise, if any."""
    augmented = 'noise' if content['protocol'].get('noise') else 'augmented copies'
    return ((f'trained with {augmented}', f'trained without {augmented}')
            if 'snr_without_noise_training' in content else ('unweighted average recall',))


def _noise_table(content):
    plain = content.get('snr_without_noise_training', {})
    rows = [['signal-to-noise ratio [dB]', *trainings(content)]]
    found = {**content['snr'], 'clean': content['uar']}
    for ratio in dict.fromkeys([*found, *plain]):
        rows.append([ratio, shown(found.get(ratio)),
                     *([shown(plain.get(ratio))] if plain else [])])
    return draw_table(rows)


def _picture(name, drawn):
    return '![{1}]({0})'.format(*drawn[name]) if name in drawn else ''


def _span(interval):
    return '' if interval is None else f'{interval[0]:.3f} to {interval[1]:.3f}'
