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
from emotion_ros.training.pretrained import WEIGHTS_LICENSE

_CARD = """\
# {name} {version}: emotion in speech

{classes}, from {features}.

## What it is for
It guesses how a person sounds, an utterance at a time, so that a robot may react. It guesses a
display of emotion, not what somebody feels. It is for research and for trying things out; it must
not be used to judge people, in work, school, health, law or anywhere else.

## Licenses
- The code that made it and runs it: Apache-2.0.
{licenses}
- The recordings it learned from: see the table.{restriction}

{use}

## Data
Speakers for training and for the final measurement:

| corpus | license | language | train | test | clips | utterances | sound up to |
|---|---|---|---|---|---|---|---|
{data}
{citations}
{prepared} by the code that the
robot runs. Before each clip came {lead:g} s of noise as soft as the clip's quietest moments, for
training and measurement alike, since a robot has always heard a moment of the room. Left out:
{left_out}.

## Training
{training}

    {command}

`model.tflite` is what the robot runs. Keras loads `model.keras`:

    import keras
    import emotion_ros.model
    network = keras.saving.load_model('model.keras', compile=False)

## Results on {tested} never trained on
{results}

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
    restricted = [corpus for corpus in corpora.values() if _is_restricted(corpus.license)]
    return _CARD.format(
        name=description.name,
        version=description.version,
        classes=_capital(', '.join(description.labels)),
        features=_features(description),
        licenses='\n'.join(_licenses(description)),
        restriction=''.join(
            f' {corpus.name} ({corpus.license}) forbids commercial use.' for corpus in restricted),
        use=('So the model may be used for research and other non-commercial purposes only.'
             if restricted or description.opensmile else
             'All of them allow commercial use.'),
        data='\n'.join(_data_row(entry) for entry in training['corpora']),
        citations=_citations(corpora.values()),
        left_out=_left_out(training['left_out']),
        lead=training['lead'],
        prepared=('Utterances were cut, noise in them was reduced and their features were computed'
                  if description.opensmile else
                  'Utterances were cut and their features were computed'),
        training=textwrap.fill(' '.join(_training(training)), 100, break_on_hyphens=False),
        command=training['command'],
        tested='speakers' if training['test_speakers'] else _held_out(training),
        results=_results(description),
        limits='\n'.join(f'- {limit}' for limit in _limits(description, corpora)))


def _licenses(description):
    if description.opensmile:
        yield '- openSMILE, which computes its input: free for private and research use only.'
    if description.training['network'] == 'encoder':
        yield ('- The pretrained weights of its encoder: Smart Turn v3.2 (BSD 2-Clause), trained '
               f'from Whisper tiny (MIT). {WEIGHTS_LICENSE} has both texts.')


_NETWORKS = {
    'encoder':
        'The encoder of Smart Turn v3.2, which was trained from that of Whisper tiny: two '
        'convolutions and three transformer blocks over the log-mel spectrogram, scaled to the '
        'level of the utterance. Means and deviations over time of the outputs of the blocks go '
        'through a hidden layer to the classes, a confidence (DeVries and Taylor 2018, arXiv '
        '1802.04865), arousal and valence (the places of the classes on the circumplex: Russell '
        'and Mehrabian 1977). The hidden layer also takes a profile of the speaker, made of other '
        'utterances in the batch during training, and zero for a stranger; another output tells '
        'speakers apart. Examples were mixed in training.',
    'ensemble':
        'Several small networks side by side, and linear discriminant functions; the mean '
        'of the networks and these functions together are the answer. Each network has a '
        'layer on the robustly scaled and clipped functionals and, where there are '
        'low-level descriptors, convolutions over these, and two heads: the classes, and a '
        'confidence learned by the loss of DeVries and Taylor 2018 (arXiv 1802.04865). Half '
        'of the networks see the descriptors brought to mean 0 and deviation 1 within each '
        'utterance, which takes out much of what noise and microphones do. The '
        'functions (regularized as by Friedman 1989) are of the functionals and of the '
        'correlations of the descriptors. The confidence '
        'that comes out puts together what this head says, the greatest probability, and '
        'how unlike the training set the functionals are, as held-out speakers and '
        'mixed-up functionals taught it.',
    'mlp': 'Three dense layers on robustly scaled and clipped functionals; the confidence is the '
           'greatest probability.',
    'devries': 'Three dense layers on robustly scaled and clipped functionals, with noise and '
               'dropout in training, and a confidence. It begins as the greatest probability; '
               'where to trust this more or less it learned from the probability of the true '
               'class (Corbière and others 2019, arXiv 1910.04851), and half of each batch could '
               'ask for hints by it (DeVries and Taylor 2018, arXiv 1802.04865).'}


def _training(training):
    yield _NETWORKS.get(training['network'],
                        f'The network {training["network"]} of another package.')
    if training['augment']:
        recorded = training.get('noise', [])
        noise = ', '.join(['generated', *recorded])
        if recorded:
            noise += ', these slower or faster and with their spectrum tilted'
        rooms = ', '.join(
            ['generated tails', *(f'{number} {kind}' for number, kind in (
                (training.get('simulated_rooms', 0), 'simulated ones'),
                (len(training.get('impulse_responses', ())), 'measured responses')) if number)])
        copies = _count(training['augment'], 'augmented copy', 'augmented copies')
        yield (f'Beside each clip it learned from {copies} in which speed and '
               f'pitch, room ({rooms}), noise in this room ({noise}; {min(training["snr"]):g} to '
               f'{max(training["snr"]):g} dB; sometimes two at once), bandwidth, level and codec '
               'were drawn.')
        if training['network'] != 'encoder':
            yield ('The functionals of half of the examples changed some more, by a part of what '
                   'augmentation had changed in another clip.')
        if training['network'] == 'ensemble':
            yield 'The linear functions were kept from what such changes move.'
    times = _count(training['epochs'], 'time', 'times')
    units = _held_out(training)
    if training['network'] == 'encoder':
        trained = (f'then the encoder was trained with it, and heard all examples {times}'
                   if training['epochs'] else 'the encoder stayed as it was')
        yield (f'Examples are balanced by class, corpus and speaker. The part after the encoder '
               f'was trained alone; {trained}. Before that the same was done without each '
               'corpus in turn (without speakers where there are few corpora, without clips of a '
               'single speaker). What those networks said of what they had never heard gave the '
               f'temperature ({training["temperature"]:.3f}), the calibration of the confidence '
               'and the threshold; over it the branch of the confidence has a standard deviation '
               f'of {training["confidence_deviation"]:.3f}. The seed is {training["seed"]}.')
        return
    yield (f'Examples are balanced by class, corpus and speaker, and seen {times}; '
           f'scaling comes from them alone. At first a sixth of the {units} was held out, another '
           'sixth from each network where there are several, until nothing more was gained on '
           'these. What these were answered gave the weights of the parts, the temperature '
           f'({training["temperature"]:.3f}) and the threshold; over them the branch of the '
           f'confidence has a standard deviation of {training["confidence_deviation"]:.3f}. Then '
           f'the training went on with all {units}. '
           f'The seed is {training["seed"]}.')


def _held_out(training):
    """Return what was held out and tested, 'speakers' or 'clips'."""
    return training.get('held_out', 'speakers')


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
        rows.append([f'AUROC of {title} for wrong answers',
                     *(shown(part['error_auroc'][name]) for part in columns.values())])
    for name in ('clips', 'speakers'):
        rows.append([name, *(str(part[name]) for part in columns.values())])
    return draw_table(rows)


def _features(description):
    computed = f' (computed by openSMILE {description.opensmile})' if description.opensmile else ''
    return f'{" and ".join(description.features)}{computed}'


def _is_restricted(text):
    return any(word in text for word in ('-NC', 'non-commercial', 'research only'))


def _data_row(entry):
    corpus = corpus_named(entry['name'])
    speakers = entry['speakers']
    return ' | '.join([
        f'| {corpus.name}', corpus.license, ', '.join(entry['languages']) or 'not known',
        str(speakers['training']), str(speakers['test']),
        str(entry['clips']), str(entry['utterances']), f'{entry["band"] / 1000:.3g} kHz |'])


def _citations(corpora):
    lines = [f'- {corpus.name}: {corpus.title}. {corpus.citation}\n'
             for corpus in corpora if corpus.citation]
    return ''.join(['\n', *lines]) if lines else ''


def _left_out(reasons):
    return '; '.join(f'{_count(count, "clip", "clips")}: {reason}'
                     for reason, count in reasons.items()) or 'nothing'


def _count(number, one, several):
    return f'{number} {one if number == 1 else several}'


def _capital(text):
    """Capitalize the first letter; labels keep their other letters."""
    return text[:1].upper() + text[1:]


def _results(description):
    metrics = description.metrics
    if not metrics:
        return 'Not measured: nothing was excluded from the training.'
    answered = metrics['operating_point']
    speakers = description.training['test_speakers']
    tested = (f'those of {", ".join(speakers)}' if speakers else
              'of voices that it was trained on')
    accuracy = ('' if answered['accuracy'] is None
                else f', with an accuracy of {shown(answered["accuracy"])}')
    return (
        f'Everybody is a stranger to the model here.\n\n'
        f'{results_table(metrics, description.labels)}\n\n'
        f'At the threshold of {description.confidence_threshold:.3f} of the confidence it answers '
        f'{answered["coverage"]:.0%} of these clips{accuracy}; '
        'for the others it says "unknown". The threshold is '
        f'that which a tenth of the held-out utterances fall below, or 0.5 where that '
        f'is less. Clips in which no speech was heard count as wrong.\n\n'
        f'The clips are {tested}. They were used for nothing else, and the '
        'model measured is the one that is here: it was not trained again with them.'
        f'{_enrolled(metrics.get("enrolled", ()))}')


def _enrolled(gains):
    """Describe the gain with enrolled speakers; '' if it was not measured."""
    if not gains:
        return ''
    return (
        '\n\n## Results on the same speakers, enrolled\nA voice profile was made of some of their '
        f'utterances, in {DRAWS} draws, and the others were tested. Intervals are over draws of '
        f'speakers (95 %).\n\n{draw_gains([Gain(**gain) for gain in gains])}')


def _limits(description, corpora):
    acted = [corpus.name for corpus in corpora.values() if corpus.acted]
    if acted:
        yield (f'{", ".join(acted)}: acted speech, recorded closely, in quiet. Emotions that '
               'people live are weaker and more mixed.')
    languages = sorted({name for entry in description.training['corpora']
                        for name in entry['languages']})
    yield (f'Languages heard in training: {", ".join(languages) or "not known"}. Expect less in '
           'others, and measure first: emotion-ros evaluate.')
    full = description.sample_rate / 2
    mapping = description.training['map']
    for entry in description.training['corpora']:
        if entry['band'] < full:
            yield (f'The recordings of {entry["name"]} hold nothing above '
                   f'{entry["band"] / 1000:.3g} kHz, those of others may; bandwidth can be taken '
                   'for emotion.')
    for label in description.labels:
        holding = [entry['name'] for entry in description.training['corpora']
                   if label in [mapping.get(emotion, emotion) for emotion in entry['emotions']]]
        if len(holding) == 1 and len(corpora) > 1:
            yield (f'{_capital(label)} was heard in {holding[0]} alone; in speech that sounds '
                   'otherwise it will be missed.')
    for finding in description.training.get('findings', ()):
        yield f'{finding[0].upper()}{finding[1:]}.'
    if not description.training['augment']:
        yield 'No noise was mixed into the speech: results fall where it is strong.'
    auroc = description.metrics.get('error_auroc', {})
    if None not in auroc.values() and auroc.get('confidence', 1) < auroc.get('max_softmax', 0):
        yield (f'The confidence finds wrong answers less well ({auroc["confidence"]:.3f}) '
               f'than the maximum of the probabilities does ({auroc["max_softmax"]:.3f}).')
    if set(description.labels) <= set(DEFAULT_CLASSES):
        yield 'What is none of its classes (boredom, pain, irony) is given one of them.'
