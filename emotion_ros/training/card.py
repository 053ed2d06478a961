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

"""The model card: the description of a model for people."""

import textwrap

from emotion_ros.corpora.classes import DEFAULT_CLASSES
from emotion_ros.corpora.registry import corpus_named
from emotion_ros.display.tables import draw_table, shown
from emotion_ros.enrollment.gains import DRAWS, Gain, draw_gains
from emotion_ros.metrics import SCORES
from emotion_ros.training.card_training import (
    counted,
    held_out,
    on_scenes,
    training_sentences,
)
from emotion_ros.training.pretrained import WEIGHTS_LICENSE

_CARD = """\
# {name} {version}: emotion in speech

{classes}, from {features}.

## Intended use
The model estimates which emotion a voice expresses, one utterance at a time, so that a robot can
react. It recognizes displayed emotion, not what somebody feels. It is meant for research and
experiments. It must not be used to judge people: not at work, at school, in health care, in law or
anywhere else.

## Licenses
- The code that trains and runs it: Apache-2.0.
{licenses}
- The recordings it was trained on: see the table below.{restriction}

{use}

## Data
The columns *train* and *test* count speakers:

| corpus | license | language | train | test | clips | utterances | bandwidth |
|---|---|---|---|---|---|---|---|
{data}
{citations}
{prepared} by the code that the
robot runs. In training and testing alike, each clip was preceded by {lead:g} s of noise as soft as
its quietest moments, because a robot always hears some of the room before speech. Left out:
{left_out}.

## Training
{training}

    {command}

The robot runs `model.tflite`. Keras loads `model.keras`:

    import keras
    import emotion_ros.model
    network = keras.saving.load_model('model.keras', compile=False)

## Results on unseen {tested}
{results}
{left_out_corpora}
## Limits
{limits}
"""


def write_card(description):
    """Write the model card of a model.

    Args:
        description: model.saved_model.ModelDescription, with training and metrics in the form that
            training.train creates.

    Returns:
        Text of MODEL_CARD.md.

    """
    training = description.training
    corpora = {entry['name']: corpus_named(entry['name']) for entry in training['corpora']}
    restricted, unclear = ([corpus for corpus in corpora.values() if corpus.commercial is allowed]
                           for allowed in (False, None))
    return _CARD.format(
        name=description.name,
        version=description.version,
        classes=_capital(', '.join(description.labels)),
        features=_features(description),
        licenses='\n'.join(_licenses(description)),
        restriction=''.join(
            f' {corpus.name} ({corpus.license}) {what} commercial use.' for found, what in (
                (restricted, 'forbids'), (unclear, 'may forbid'))
            for corpus in found),
        use=('The model may therefore be used only for research and other non-commercial purposes.'
             if restricted or description.opensmile else
             'Make sure that they all allow it before you use the model commercially.'
             if unclear else 'All of these licenses allow commercial use.'),
        data='\n'.join(_data_row(entry) for entry in training['corpora']),
        citations=_citations(corpora.values()),
        left_out=_left_out(training['left_out']),
        lead=training['lead'],
        prepared=('Utterances were found, denoised and turned into features'
                  if description.opensmile else
                  'Utterances were found and turned into features'),
        training=textwrap.fill(' '.join(training_sentences(training)), 100, break_on_hyphens=False),
        command=training['command'],
        tested='speakers' if training['test_speakers'] else held_out(training),
        results=_results(description),
        left_out_corpora=_left_out_corpora(training.get('left_out_corpora', ())),
        limits='\n'.join(f'- {limit}' for limit in _limits(description, corpora)))


def _licenses(description):
    if description.opensmile:
        yield '- openSMILE, which computes its features: free for private and research use only.'
    if description.training['network'] == 'encoder':
        yield ('- The pretrained weights of its encoder: Whisper base (MIT). The license is in '
               f'{WEIGHTS_LICENSE}.')


def results_table(metrics, labels):
    """Draw the table of results.

    Args:
        metrics: result of metrics.measure.
        labels: of the model.

    Returns:
        Lines of Markdown: recall by class, overall and by corpus.

    """
    columns = {'all': metrics, **metrics['corpora']}
    rows = [['', *columns]]
    rows += [[f'recall of {label}', *(shown(part['recall'].get(label))
                                      for part in columns.values())] for label in labels]
    for name, title in (('uar', 'unweighted average recall'), ('accuracy', 'accuracy')):
        rows.append([title, *(shown(part[name]) for part in columns.values())])
    for name, title in SCORES.items():
        rows.append([f'AUROC of {title} for wrong predictions',
                     *(shown(part['error_auroc'][name]) for part in columns.values())])
    for name in ('clips', 'speakers'):
        rows.append([name, *(str(part[name]) for part in columns.values())])
    return draw_table(rows)


def _features(description):
    computed = f' (computed by openSMILE {description.opensmile})' if description.opensmile else ''
    return f'{" and ".join(description.features)}{computed}'


def _data_row(entry):
    corpus = corpus_named(entry['name'])
    speakers = entry['speakers']
    return ' | '.join([
        f'| {corpus.name}', corpus.license, ', '.join(entry['languages']) or 'unknown',
        str(speakers['training']), str(speakers['test']),
        str(entry['clips']), str(entry['utterances']), f'{entry["band"] / 1000:.3g} kHz |'])


def _citations(corpora):
    lines = [f'- {corpus.name}: {corpus.title}. {corpus.citation}\n'
             for corpus in corpora if corpus.citation]
    return ''.join(['\n', *lines]) if lines else ''


def _left_out(reasons):
    return '; '.join(f'{counted(count, "clip", "clips")}: {reason}'
                     for reason, count in reasons.items()) or 'nothing'


def _capital(text):
    """Capitalize the first letter; labels keep their other letters."""
    return text[:1].upper() + text[1:]


def _results(description):
    metrics = description.metrics
    if not metrics:
        return 'Not measured: nothing was held out for a test.'
    point = metrics['operating_point']
    speakers = description.training['test_speakers']
    tested = (f'The test clips are those of {", ".join(speakers)}.' if speakers else
              'The model was trained on other clips of the same voices.')
    accuracy = ('' if point['accuracy'] is None
                else f', with an accuracy of {shown(point["accuracy"])}')
    return (
        f'No speaker is enrolled here.\n\n'
        f'{results_table(metrics, description.labels)}\n\n'
        f'With the confidence threshold of {description.confidence_threshold:.3f}, it answers '
        f'{point["coverage"]:.0%} of these clips{accuracy}; '
        'for the others, the result is "unknown". A tenth of the held-out utterances fall below '
        'the threshold, which is at most 0.5. Clips in which no speech was found count as '
        'wrong.\n\n'
        f'{tested} They were used for nothing else: the model in this folder is the one that was '
        'tested, and it was not trained again with them.'
        f'{_enrolled(metrics.get("enrolled", ()))}')


def _enrolled(gains):
    """Describe the gain with enrolled speakers; '' if it was not measured."""
    if not gains:
        return ''
    return (
        '\n\n## Results on the same speakers, enrolled\nEach speaker was enrolled with some of '
        f'their utterances, in {DRAWS} random draws, and tested on the others. The 95 % intervals '
        f'come from resampling speakers.\n\n{draw_gains([Gain(**gain) for gain in gains])}')


def _left_out_corpora(measured):
    """Describe what was said of each corpus, see left_out.measure_left_out; '' if none was."""
    if not measured:
        return ''
    rows = [['corpus', 'utterances', 'UAR', 'answered', 'accuracy of the answers',
             'calibration error', *(f'AUROC of {title} for wrong answers'
                                    for title in SCORES.values())]]
    rows += [[entry['corpus'], str(entry['utterances']), shown(entry['uar']),
              f'{entry["answered"]:.0%}', shown(entry['accuracy']),
              shown(entry['calibration_error']),
              *(shown(entry['error_auroc'][name]) for name in SCORES)] for entry in measured]
    return (
        '\n## Results on corpora left out\nWhat the networks said of each corpus that were trained '
        'without it, and without the test speakers. Its microphones and way of acting were new '
        'to them, so this is the best guess of how the model does with strangers. The '
        f'calibration was fitted to these results.\n\n{draw_table(rows)}\n')


def _limits(description, corpora):
    acted = [corpus.name for corpus in corpora.values() if corpus.acted]
    if acted:
        yield (f'{", ".join(acted)}: acted speech, recorded at close range in quiet rooms. '
               'Emotions in everyday life are weaker and more mixed.')
    languages = sorted({name for entry in description.training['corpora']
                        for name in entry['languages']})
    yield (f'Languages of the training data: {", ".join(languages) or "unknown"}. Expect worse '
           'results in others, and measure first with emotion-ros evaluate.')
    full = description.sample_rate / 2
    mapping = description.training['map']
    for entry in description.training['corpora']:
        if entry['band'] < full:
            yield (f'The recordings of {entry["name"]} contain nothing above '
                   f'{entry["band"] / 1000:.3g} kHz; if those of other corpora do, the model may '
                   'mistake bandwidth for emotion.')
    for label in description.labels:
        holding = [entry['name'] for entry in description.training['corpora']
                   if label in [mapping.get(emotion, emotion) for emotion in entry['emotions']]]
        if len(holding) == 1 and len(corpora) > 1:
            yield (f'Only {holding[0]} contains {label}; in speech that sounds different, the '
                   'model will miss it.')
    for finding in description.training.get('findings', ()):
        yield f'{finding[0].upper()}{finding[1:]}.'
    if not description.training['augment'] and not on_scenes(description.training):
        yield 'No noise was added in training: expect poor results in strong noise.'
    auroc = {score: None if value is None else round(value, 3)
             for score, value in description.metrics.get('error_auroc', {}).items()}
    if None not in auroc.values() and auroc.get('confidence', 1) < auroc.get('max_softmax', 0):
        yield (f'The confidence detects wrong predictions less well (AUROC '
               f'{auroc["confidence"]:.3f}) than the maximum probability does '
               f'({auroc["max_softmax"]:.3f}).')
    if set(description.labels) <= set(DEFAULT_CLASSES):
        yield 'Emotions outside its classes (boredom, pain, irony) are assigned to one of them.'
