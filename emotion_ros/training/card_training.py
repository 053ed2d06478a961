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

"""How a model was trained, as its card tells."""

_NETWORKS = {
    'encoder':
        'The encoder of Whisper base: two convolutions, three transformer blocks and the attention '
        'of the fourth on the log-mel spectrogram, normalized to the level of the utterance. The '
        'means and standard deviations over time of the outputs of the blocks feed a hidden layer. '
        'From this, the network predicts the class, a confidence '
        '(DeVries and Taylor 2018, arXiv 1802.04865), and arousal and valence (the positions of '
        'the classes on the circumplex: Russell and Mehrabian 1977). The hidden layer also takes a '
        'profile of the speaker: in training it is computed from other utterances in the batch, '
        'for an unknown speaker it is zero. Another output tells speakers apart. Training examples '
        'were mixed in pairs (mixup).',
    'ensemble':
        'Several small networks side by side, and linear discriminant functions. The prediction '
        'is the mean of the networks plus these functions. Each network has a layer on the '
        'functionals, which are robustly scaled and clipped; convolutions on the low-level '
        'descriptors, if there are any; and two heads: the classes, and a confidence trained with '
        'the loss of DeVries and Taylor 2018 (arXiv 1802.04865). For half of the networks, the '
        'descriptors are normalized to mean 0 and standard deviation 1 within each utterance, '
        'which removes much of the effect of noise and microphones. The linear functions '
        '(regularized as by Friedman 1989) use the functionals and the correlations of the '
        'descriptors. The final confidence combines the output of the confidence head, the maximum '
        'probability and the novelty of the functionals; the combination was fitted to held-out '
        'speakers and to synthetic out-of-distribution functionals.',
    'mlp': 'Three dense layers on robustly scaled and clipped functionals; the confidence is the '
           'maximum probability.',
    'devries': 'Three dense layers on robustly scaled and clipped functionals, with noise and '
               'dropout in training, and a confidence branch. The confidence starts as the maximum '
               'probability and learns to correct it toward the probability of the true class '
               '(Corbière and others 2019, arXiv 1910.04851); as in DeVries and Taylor 2018 (arXiv '
               '1802.04865), half of each batch could ask for hints.'}


def training_sentences(training):
    """Yield sentences about a training, see model.yaml."""
    yield _NETWORKS.get(training['network'],
                        f'The network {training["network"]} from another package.')
    if training.get('linear_weight'):
        yield ('Linear discriminant functions of the functionals (regularized as by Friedman 1989) '
               f'are added to its logits, with a weight of {training["linear_weight"]:.2f}.')
    if training['augment']:
        yield from _augmentation(training)
    yield 'Examples were balanced by class, corpus and speaker.'
    units = held_out(training)
    if training['network'] == 'encoder':
        passes = counted(training['epochs'], 'pass', 'passes')
        scenes = 'such changes' if training['augment'] else _changes(training)
        encoder = (f'then the encoder was trained with them for {passes} over all examples, with '
                   f'{scenes} drawn anew each time, and a weighted mean of all weights before and '
                   'after was kept'
                   if training['epochs'] else 'the encoder kept its pretrained weights')
        yield (f'The layers after the encoder were trained alone; {encoder}. Before that, networks '
               'were trained in the same way without each corpus in turn (or without some of the '
               'speakers if there are few corpora, or without some of the clips of a single '
               'speaker).')
    else:
        yield (f'They were seen {counted(training["epochs"], "time", "times")}; the scaling was '
               f'fitted to them alone. At first a sixth of the {units} was held out (a different '
               'sixth for each network, if there are several), until the results for these no '
               'longer improved.')
    yield (f'The predictions for what was left out gave the temperature '
           f'({training["temperature"]:.3f}), the calibration and the threshold. For these, the '
           'standard deviation of the confidence branch is '
           f'{training["confidence_deviation"]:.3f}.')
    if training.get('branch_weight') == 0:
        yield ('The branch did not help to tell what is right there, so the confidence is the '
               'calibrated maximum probability.')
    if training['network'] != 'encoder':
        yield f'Training then continued with all {units}.'
    yield f'The random seed is {training["seed"]}.'


def on_scenes(training):
    """Tell whether the encoder was trained, too."""
    return training['network'] == 'encoder' and bool(training['epochs'])


def _changes(training):
    recorded = training.get('noise', [])
    noise = 'generated'
    if recorded:
        noise += (' and recorded, at random speeds and with random spectral tilt: '
                  f'{", ".join(recorded)}')
    rooms = ', '.join(
        ['generated reverberation', *(f'{number} {kind}' for number, kind in (
            (training.get('simulated_rooms', 0), 'simulated rooms'),
            (len(training.get('impulse_responses', ())), 'measured impulse responses'))
            if number)])
    return (f'random speed and pitch, room ({rooms}), noise in that room ({noise}; '
            f'{min(training["snr"]):g} to {max(training["snr"]):g} dB; sometimes two sources) and '
            'bandwidth')


def _augmentation(training):
    copies = counted(training['augment'], 'augmented copy', 'augmented copies')
    yield (f'Training also used {copies} of each clip, with {_changes(training)}, and with random '
           'level and codec.')
    if training['network'] != 'encoder':
        yield ('For half of the examples, a random fraction of a change that augmentation made in '
               'another clip was added to the functionals.')
    if training['network'] == 'ensemble':
        yield 'The linear functions were fitted to ignore such changes.'


def held_out(training):
    """Return what was held out and tested, 'speakers' or 'clips'."""
    return training.get('held_out', 'speakers')


def counted(number, one, several):
    """Count things in words."""
    return f'{number} {one if number == 1 else several}'
