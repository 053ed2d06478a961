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

"""From examples to a calibrated network on the pretrained encoder."""

from dataclasses import asdict

import keras
from keras import layers, ops
import numpy as np

from emotion_ros.emotions import circumplex
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import LOG_MEL
from emotion_ros.model.confidence_layers import Trust
from emotion_ros.model.layers import Temperature
from emotion_ros.training.calibration import fit_trust, fit_weights, probabilities
from emotion_ros.training.encoder_network import build_encoder_network
from emotion_ros.training.encoder_trainer import EPOCHS, TrainingSet, train_encoder
from emotion_ros.training.examples import Examples, balance
from emotion_ros.training.fitting import MAX_THRESHOLD, UNSURE, Fitted
from emotion_ros.training.prediction import predict
from emotion_ros.voices.calibration import calibrate_voices

LEFT_OUT = 3
"""From so many corpora on, whole corpora are left out to calibrate the network; else speakers."""

CALIBRATION_PART = 0.25   # of the examples, about, that are left out to calibrate
CALIBRATION_EPOCHS = 0.5  # of the epochs in the training without them


def fit_encoder(training: Examples, augmented: Examples | None, labels: list, *, seed: int,
                epochs: int | None) -> Fitted:
    """Train a network on the pretrained encoder, twice: without some corpora, and with all.

    What the first says of those that it never heard gives the temperature, the calibrations of the
    confidence and of voices, and the threshold; the second is the network. With fewer than
    LEFT_OUT corpora, speakers take the place of corpora.

    Args:
        training: of every class, with the block log_mel.
        augmented: of the same clips, or None.
        labels: the classes in order.
        seed: of weights, order and augmentation.
        epochs: how often all examples are seen while the encoder is trained, too; None for
            EPOCHS.

    Raises:
        EmotionError: too few speakers, no block log_mel, or the encoder's package is missing.

    """
    if LOG_MEL not in training.values[0]:
        raise EmotionError(f'--network encoder needs the block {LOG_MEL}, '
                           f'got {", ".join(training.values[0])}')
    epochs = EPOCHS if epochs is None else epochs
    held = choose_calibration(training, seed=seed)
    first = _trained(training.select(~held), augmented, labels, seed,
                     epochs * CALIBRATION_EPOCHS)
    outputs = predict(first, training.values[held])
    calibration = calibrate(outputs, training.targets[held])
    voices = calibrate_voices(outputs['voice'], training.speakers[held], training.targets[held],
                              training.corpora[held], seed=seed)
    network = _trained(training, augmented, labels, seed, epochs)
    return Fitted(network=calibrated_encoder(network, *calibration[:2]), threshold=calibration[2],
                  temperature=calibration[0],
                  confidence_deviation=float(outputs['confidence'].std()), epochs=epochs,
                  voices=asdict(voices) if voices else {})


def choose_calibration(training: Examples, *, seed: int) -> np.ndarray:
    """Choose the corpora, or the speakers, that the first training leaves out.

    Returns:
        bool, shape (examples,): about a quarter of them. No class goes without an example.

    Raises:
        EmotionError: there is a single speaker.

    """
    names = training.corpora
    if len(np.unique(names)) < LEFT_OUT:
        names = training.speakers
    if len(np.unique(names)) < 2:
        raise EmotionError('too few speakers: at least 2 are needed besides the excluded ones, '
                           'got 1')
    held = np.zeros(len(training), bool)
    classes = np.unique(training.targets)
    for name in np.random.default_rng(seed).permutation(np.unique(names)):
        more = held | (names == name)
        if (held.mean() < CALIBRATION_PART and more.mean() <= 2 * CALIBRATION_PART
                and np.array_equal(np.unique(training.targets[~more]), classes)):
            held = more
    return held if held.any() else names == names[0]


def training_set(training: Examples, augmented: Examples | None, labels: list) -> TrainingSet:
    """Put examples and their augmented copies together as the trainer takes them."""
    copies = [[] for _ in range(len(training))]
    if augmented is not None:
        of_clip = {}
        for clip, entry in zip(augmented.clips, augmented.values, strict=True):
            of_clip.setdefault(clip, []).append(entry[LOG_MEL])
        copies = [of_clip.get(clip, []) for clip in training.clips]
    values = np.empty(len(training), object)
    values[:] = [entry[LOG_MEL] for entry in training.values]
    allowed = np.zeros((len(training), len(labels)), np.float32)
    for corpus in np.unique(training.corpora):
        rows = np.flatnonzero(training.corpora == corpus)
        allowed[np.ix_(rows, np.unique(training.targets[rows]))] = 1
    return TrainingSet(
        values=values, copies=copies, targets=training.targets,
        affect=np.nan_to_num(np.array([circumplex(label) for label in labels], np.float32))[
            training.targets],
        speakers=np.unique(training.speakers, return_inverse=True)[1],
        weights=balance(training), allowed=allowed)


def _trained(training, augmented, labels, seed, epochs):
    keras.utils.set_random_seed(seed)
    data = training_set(training, augmented, labels)
    network = build_encoder_network(list(data.values), len(labels), seed=seed)
    train_encoder(network, data, epochs=epochs, seed=seed)
    return network.trunk


def calibrate(outputs: dict, targets: np.ndarray) -> tuple:
    """Fit what makes the outputs honest to examples that were left out.

    Args:
        outputs: 'logits', shape (examples, classes), and 'confidence', shape (examples, 1).
        targets: int, shape (examples,).

    Returns:
        The temperature; the model.confidence_layers.Trust, or None where nothing is to be learned
        of it; and the threshold of the confidence.

    """
    weights, _ = fit_weights([outputs['logits']], targets)
    scores = {'confidence': outputs['confidence'],
              'probabilities': probabilities([outputs['logits']], weights),
              'novelty': np.zeros_like(outputs['confidence'])}
    trust = fit_trust([(scores, targets, 1)])
    confidence = (outputs['confidence'] if trust is None
                  else ops.convert_to_numpy(trust(**scores)))
    threshold = min(float(np.quantile(confidence, UNSURE)), MAX_THRESHOLD)
    return float(1 / weights[0]), trust, threshold


def calibrated_encoder(trunk: keras.Model, temperature: float,
                       trust: Trust | None) -> keras.Model:
    """Make the network as it is used.

    Args:
        trunk: encoder_network.EncoderNetwork.trunk, trained; the weights are shared.
        temperature, trust: see calibrate.

    Returns:
        keras.Model: 'log_mel' and 'speaker' to 'probabilities', 'confidence', 'arousal' and
        'valence', (batch, 1) each, 'embedding' and 'voice'.

    """
    outputs = trunk.output
    found = layers.Softmax(name='probabilities')(
        Temperature(temperature, name='temperature')(outputs['logits']))
    confidence = outputs['confidence']
    if trust is not None:
        confidence = trust(confidence, found, ops.zeros_like(confidence))
    return keras.Model(trunk.input, {
        'probabilities': found, 'confidence': confidence,
        'arousal': outputs['affect'][:, :1], 'valence': outputs['affect'][:, 1:],
        'embedding': outputs['embedding'], 'voice': outputs['voice']}, name='emotion')
