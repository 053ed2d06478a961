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

from collections.abc import Iterable
from dataclasses import asdict
import functools

import keras
from keras import layers, ops
import numpy as np

from emotion_ros.emotions import circumplex
from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.features.blocks import LOG_MEL, find_block
from emotion_ros.model.confidence_layers import ConfidenceCalibration
from emotion_ros.training.batches import TrainingSet
from emotion_ros.training.encoder_network import (
    EncoderNetwork,
    PretrainedEncoder,
    build_encoder_network,
)
from emotion_ros.training.encoder_trainer import train_encoder, train_head
from emotion_ros.training.examples import Examples, balance, clips_as_speakers, known_voices
from emotion_ros.training.left_out import average_speaker, calibrate, measure_left_out
from emotion_ros.training.linear_branch import LinearBranch
from emotion_ros.training.prediction import of_strangers, predict
from emotion_ros.training.scenes import Sources
from emotion_ros.training.trainer import Fitted
from emotion_ros.voices.calibration import calibrate_voices

CORPORA = 3
"""From so many corpora on, each is left out in turn to calibrate the network; else speakers."""

FOLDS = 6   # that are left out in turn, at most


@functools.cache
def pretrained_encoder() -> PretrainedEncoder:
    """Give the encoder of the installed package; one for all trainings of this process."""
    return PretrainedEncoder()


def check_features(features: Iterable[str]) -> None:
    """Check the names of the blocks that are to be trained with.

    Raises:
        EmotionError: they are not log_mel, with or without a block of functionals.

    """
    features = list(features)
    others = [name for name in features if name != LOG_MEL]
    if others == features or len(others) > 1 or any(find_block(name).framed for name in others):
        raise ArgumentError('features', f'must be {LOG_MEL}, with or without a block of '
                            f'functionals, for the network encoder, got {", ".join(features)}')


def fit_encoder(training: Examples, augmented: Examples | None, labels: list, *, seed: int,
                epochs: float = 0, sources: Sources | None = None,
                encoder: PretrainedEncoder | None = None) -> Fitted:
    """Train a network on the pretrained encoder, and calibrate it on what it never heard.

    Networks that are trained without a corpus say what they take its examples for; that gives the
    temperature, the weight of the linear functions of functionals, if there are any, the
    calibrations of the confidence and of voices, and the threshold of the network that is trained
    with all. With fewer than CORPORA corpora, speakers take the place of corpora; clips that of a
    single speaker.

    Args:
        training: of every class, with the block log_mel, and with audio if the encoder is trained;
            those of a block of functionals are used by linear_branch.LinearBranch.
        augmented: of the same clips, or None; with the same blocks.
        labels: the classes in order.
        seed: of weights, order and augmentation.
        epochs: passes over all examples that also train the encoder; 0 to leave it as it is.
        sources: of the scenes for these passes.
        encoder: None for pretrained_encoder().

    Raises:
        EmotionError: too few clips, other blocks, or the encoder's package is missing.

    """
    check_features(training.values[0])
    encoder = encoder or pretrained_encoder()
    left_out = _predict_left_out(encoder, training, augmented, labels, seed=seed, epochs=epochs,
                                 sources=sources)
    weights, confidence_calibration, threshold = calibrate(left_out)
    voices = calibrate_voices(
        np.concatenate([outputs['voice'] for _, outputs in left_out]),
        *(np.concatenate([getattr(held, name) for held, _ in left_out])
          for name in ('speakers', 'targets')),
        np.concatenate([np.char.add(f'{index} ', held.corpora.astype(str))
                        for index, (held, _) in enumerate(left_out)]), seed=seed)
    network = train_network(encoder, training, augmented, labels, seed=seed, epochs=epochs,
                            sources=sources)
    return Fitted(
        network=calibrated_encoder(
            network.trunk, weights, confidence_calibration,
            LinearBranch.fitted_to(training, augmented, len(labels))),
        threshold=threshold, temperature=float(1 / weights[0]),
        confidence_deviation=float(np.concatenate(
            [outputs['confidence'] for _, outputs in left_out]).std()),
        branch_weight=None if confidence_calibration is None
        else float(confidence_calibration.coefficients[0]),
        linear_weight=float(weights[1] / weights[0]) if len(weights) > 1 else 0.0,
        epochs=epochs, voices=asdict(voices) if voices else {},
        average_speaker=average_speaker(left_out, weights, labels),
        left_out=() if len(np.unique(training.corpora)) < CORPORA else tuple(
            measure_left_out(left_out, weights, confidence_calibration, threshold, labels)),
        findings=() if len(np.unique(training.speakers)) > 1
        else (known_voices(training.speakers),))


def _predict_left_out(encoder, training, augmented, labels, *, seed, epochs, sources):
    """Leave out each fold in turn; return [(its Examples, what is said of them)], see calibrate."""
    folds = calibration_folds(training, seed=seed)
    left_out = []
    for fold in np.unique(folds):
        rest = training.select(folds != fold)
        held = training.select((folds == fold) & np.isin(training.targets, rest.targets))
        if len(held) and len(np.unique(rest.targets)) > 1:
            network = train_network(encoder, rest, augmented, labels, seed=seed, epochs=epochs,
                                    sources=sources)
            outputs = predict_examples(network, encoder, held, epochs=epochs)
            linear = LinearBranch.fitted_to(rest, augmented, len(labels))
            if linear is not None:
                outputs['linear_logits'] = linear.predict(held.values)
            left_out.append((held, outputs))
    if not left_out:
        raise EmotionError('at least one emotion must be expressed by two speakers, got none')
    return left_out


def calibration_folds(training: Examples, *, seed: int) -> np.ndarray:
    """Divide examples into the folds that are left out in turn.

    Returns:
        int, shape (examples,): of each its fold. A fold holds whole corpora, or whole speakers
        where there are fewer than CORPORA corpora, or whole clips of a single speaker.

    Raises:
        EmotionError: there is a single clip.

    """
    names = training.corpora
    if len(np.unique(names)) < CORPORA:
        names = training.speakers
    if len(np.unique(names)) < 2:
        names = clips_as_speakers(training, None, seed=seed)[0].speakers
    known, number = np.unique(names, return_inverse=True)
    if len(known) < 2:
        raise EmotionError('too few clips: at least 2 are needed to train on, got 1')
    return np.random.default_rng(seed).permutation(len(known))[number] % FOLDS


def training_set(training: Examples, augmented: Examples | None, labels: list,
                 encoder: PretrainedEncoder) -> TrainingSet:
    """Put examples and their augmented copies together as the trainer takes them."""
    of_clip: dict = {}
    if augmented is not None:
        for clip, entry in zip(augmented.clips, augmented.values, strict=True):
            of_clip.setdefault(clip, []).append(entry[LOG_MEL])
    versions = [[entry[LOG_MEL], *of_clip.get(clip, [])]
                for clip, entry in zip(training.clips, training.values, strict=True)]
    allowed = np.zeros((len(training), len(labels)), np.float32)
    for corpus in np.unique(training.corpora):
        rows = np.flatnonzero(training.corpora == corpus)
        allowed[np.ix_(rows, np.unique(training.targets[rows]))] = 1
    return TrainingSet(
        targets=training.targets,
        affect=np.nan_to_num(np.array([circumplex(label) for label in labels], np.float32))[
            training.targets],
        speakers=np.unique(training.speakers, return_inverse=True)[1],
        weights=balance(training), allowed=allowed,
        statistics=encoder.describe([spectrogram for found in versions for spectrogram in found]),
        versions=np.array([len(found) for found in versions]),
        audio=training.audio)


def train_network(encoder: PretrainedEncoder, training: Examples, augmented: Examples | None,
                  labels: list, *, seed: int, epochs: float,
                  sources: Sources | None = None) -> EncoderNetwork:
    """Train a network that is not calibrated; arguments as of fit_encoder."""
    keras.utils.set_random_seed(seed)
    data = training_set(training, augmented, labels, encoder)
    network = build_encoder_network(encoder, data.statistics, len(labels), seed=seed)
    train_head(network, data, seed=seed)
    if epochs:
        train_encoder(network, data, sources, epochs=epochs, seed=seed)
    return network


def predict_examples(network: EncoderNetwork, encoder: PretrainedEncoder, examples: Examples, *,
                     epochs: float) -> dict:
    """Give what EncoderNetwork.trunk says of examples as those of strangers.

    Args:
        network: trained.
        encoder: that it was built with.
        examples: with the block log_mel.
        epochs: that its encoder was trained; after none it is as it was, and much is known.

    """
    if epochs:
        return predict(network.trunk, examples.values)
    statistics = encoder.describe([entry[LOG_MEL] for entry in examples.values])
    return network.head.predict(of_strangers(network.head, {
        name: values.astype(np.float32) for name, values in statistics.items()}), verbose=0)


def calibrated_encoder(trunk: keras.Model, weights: np.ndarray,
                       calibration: ConfidenceCalibration | None,
                       linear: LinearBranch | None = None) -> keras.Model:
    """Make the network as it is used.

    Args:
        trunk: encoder_network.EncoderNetwork.trunk, trained; the weights are shared.
        weights, calibration: see left_out.calibrate.
        linear: LinearBranch, or None.

    Returns:
        keras.Model: 'log_mel', the functionals of the linear functions, and 'speaker' to
        'probabilities', 'confidence', 'arousal' and 'valence', (batch, 1) each, 'embedding' and
        'voice'.

    """
    outputs = trunk.output
    inputs, logits = dict(trunk.input), outputs['logits']
    if linear is not None:
        inputs |= linear.describe.input
        logits = linear.added_to(logits, weights[1] / weights[0])
    found = layers.Softmax(name='probabilities')(
        layers.Rescaling(float(weights[0]), name='temperature')(logits))
    confidence = outputs['confidence']
    if calibration is not None:
        confidence = calibration(confidence, found, ops.zeros_like(confidence))
    return keras.Model(inputs, {
        'probabilities': found, 'confidence': confidence,
        'arousal': outputs['affect'][:, :1], 'valence': outputs['affect'][:, 1:],
        'embedding': outputs['embedding'], 'voice': outputs['voice']}, name='emotion')
