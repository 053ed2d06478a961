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

"""Training of a network and its calibration."""

from dataclasses import dataclass, field
import logging

import keras
import numpy as np
import tensorflow as tf

from emotion_ros.training.calibration import WEIGHTS, fit_confidence_calibration, fit_weights
from emotion_ros.training.examples import (
    assign_folds,
    clips_as_speakers,
    known_voices,
    split_of,
)
from emotion_ros.training.held_out import HeldOut, LinearFunctions, scores_of
from emotion_ros.training.loop import BATCH, train_weights
from emotion_ros.training.network import architecture_of, calibrated, part_of
from emotion_ros.training.sampler import AugmentedSampler

_LOGGER = logging.getLogger(__name__)

EPOCHS = 45
STEPS = 2250
"""Minimum number of steps by default, if EPOCHS would be fewer."""

OOD_WEIGHT = 0.2
"""Weight of out-of-distribution examples relative to held-out ones in calibrating confidence."""

UNSURE = 0.1
"""Fraction of the held-out utterances below the threshold."""

MAX_THRESHOLD = 0.5
"""Maximum threshold: a prediction that is more likely right than wrong is always accepted."""

MIN_DEVIATION = 0.01
"""Standard deviation over held-out utterances below which a confidence counts as constant."""


@dataclass(frozen=True)
class Fitted:
    """A trained network.

    Args:
        network: the model built by training.network.calibrated.
        threshold: confidence below which a tenth of the held-out utterances lie, at most
            MAX_THRESHOLD.
        temperature: calibrates the probabilities.
        confidence_deviation: standard deviation of the uncalibrated confidence over the held-out
            utterances.
        epochs: number of passes over all examples that led to the weights.
        constant_confidence: whether the confidence branch is the same for every utterance.
        findings: caveats to know before relying on the results, one sentence each.
        branch_weight: of the log odds of the confidence branch in the confidence, where it is
            tested, see calibration.fit_confidence_calibration; None elsewhere.
        linear_weight: weight of linear functions beside the network encoder; 0 if it has none.
        voices: arguments of voices.recognition.VoiceCalibration; {} if nobody can be enrolled.
        average_speaker: see model.saved_model.ModelDescription.
        left_out: see left_out.measure_left_out; () if no corpora were left out.
        history: [history.Epoch], in order.

    """

    network: keras.Model
    threshold: float
    temperature: float
    confidence_deviation: float
    epochs: int
    constant_confidence: bool = False
    findings: tuple = ()
    branch_weight: float | None = None
    linear_weight: float = 0.0
    voices: dict = field(default_factory=dict)
    average_speaker: dict = field(default_factory=dict)
    left_out: tuple = ()
    history: tuple = ()


def fit(training, features, classes, *, seed, epochs, augmented=None, network='ensemble'):
    """Train a network.

    Its members are trained side by side. At first, each of them leaves out a sixth of the
    speakers, until the results for these no longer improve; the predictions for them then calibrate
    the network. Finally, all members continue with all speakers, since nobody needs to be held out
    any more; see Architecture.final_epochs. If no corpus has two speakers, clips are held out
    instead of speakers. The same arguments give the same weights on the same machine.

    Args:
        training: Examples, of every class.
        features: names of the blocks of their values.
        classes: number of classes.
        seed: of weights, order, dropout and hints.
        epochs: maximum number of passes over all examples; None depends on their number.
        augmented: augmented Examples of the same clips, or None.
        network: name; see network.architecture_of.

    Returns:
        Fitted.

    Raises:
        EmotionError: there are too few speakers, or too few clips if these are held out instead.

    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    architecture = architecture_of(network)
    units, findings = split_of(training.corpora, training.speakers), []
    if units == 'clips':
        findings.append(known_voices(training.speakers))
        training, augmented = clips_as_speakers(training, augmented, seed=seed)
    folds = _held_out_folds(training, architecture.members, seed)
    trunk = architecture.build(features, training.values, classes)
    fold_of = dict(zip(training.speakers, folds, strict=True))
    held = HeldOut.select(part_of(trunk, 'logits', 'confidence', 'novelty'), training, fold_of,
                          architecture.members)
    trained_on = (folds[:, np.newaxis] != np.arange(architecture.members)).astype(np.float32)
    rng = np.random.default_rng(seed)
    sampler = AugmentedSampler(training, augmented, features, trunk.get_layer('scaling'), rng)
    epochs = _default_epochs(len(training)) if epochs is None else epochs
    final = int(epochs * architecture.final_epochs / (1 + architecture.final_epochs))
    _LOGGER.info(f'training: at most {epochs - final} epochs without some of the {units}, until '
                 f'the results for these no longer improve, then at most {final} with all')
    history = []
    seen = train_weights(held.network, architecture, training, sampler, trained_on, rng, history,
                         epochs=epochs - final, held=held, total=epochs)
    found = _calibrate(trunk, held, training, augmented, features, classes, fold_of,
                       architecture.members, seed)
    if final := min(final, int(seen * architecture.final_epochs)):
        train_weights(held.network, architecture, training, sampler, np.ones_like(trained_on), rng,
                      history, epochs=final)
    return Fitted(
        network=calibrated(trunk, found.temperature, found.confidence, found.discriminant),
        threshold=min(found.threshold, MAX_THRESHOLD), temperature=found.temperature,
        confidence_deviation=found.deviation, constant_confidence=found.constant,
        epochs=seen + final, history=tuple(history), findings=(*_findings(found), *findings))


def _default_epochs(count):
    """Return EPOCHS, or more if there are few examples."""
    return max(EPOCHS, -(-STEPS // max(count // BATCH, 1)))


def _held_out_folds(training, members, seed):
    """Assign speakers to folds, by example; each member leaves out the fold with its index."""
    folds = assign_folds(training, seed=seed)
    if not (folds < members).any():   # the fold of a single member is empty
        folds[folds == folds.min()] = 0
    return folds


@dataclass(frozen=True)
class _Calibration:
    """The calibration of a network, from its predictions for held-out speakers.

    Args:
        temperature: of the probabilities.
        threshold: of the confidence, before the limit.
        deviation: standard deviation of the uncalibrated confidence.
        constant: whether the confidence branch is the same for every utterance.
        uncalibrated: whether the confidence could not be calibrated.
        confidence: ConfidenceCalibration, or None.
        discriminant: Discriminant to add to the logits, or None.

    """

    temperature: float
    threshold: float
    deviation: float
    constant: bool
    uncalibrated: bool
    confidence: object
    discriminant: object


def _calibrate(trunk, held, training, augmented, features, classes, fold_of, members, seed):
    """Calibrate a network that was trained without some of the speakers.

    Args:
        trunk: the network; `held` uses its trained outputs.
        held: HeldOut of `training`.
        training, augmented, features, classes, seed: see fit.
        fold_of: {speaker: fold}.
        members: number of networks.

    """
    linear = None
    if 'description' in trunk.output:
        linear = LinearFunctions.fitted_to(part_of(trunk, 'description'), training, augmented,
                                           fold_of, members, classes)
    outputs = held.predict(linear)
    weights, _ = fit_weights(outputs['logits'], held.targets)
    scores = scores_of(outputs, weights)
    confidence = scores['confidence']
    deviation = float(confidence.std())
    calibration = None
    if 'novelty' in outputs:
        others = [(held.synthetic_ood(features, np.random.default_rng(seed)), OOD_WEIGHT)]
        if augmented is not None:
            others.append((HeldOut.select(held.network, augmented, fold_of, members), 1))
        calibration = fit_confidence_calibration([(scores, held.targets, 1), *(
            (scores_of(other.predict(linear), weights), other.targets, weight)
            for other, weight in others)])
        if calibration is not None:
            confidence = np.asarray(calibration(**scores))
    temperature = float(1 / weights[0])
    return _Calibration(
        temperature=temperature,
        threshold=float(np.quantile(confidence, UNSURE)),
        deviation=deviation,
        constant='confidence' in outputs and deviation < MIN_DEVIATION,
        uncalibrated='novelty' in outputs and calibration is None,
        confidence=calibration,
        discriminant=linear and linear.whole.times(weights[1] * temperature))


def _findings(found):
    """List the caveats of a training; see Fitted.

    Args:
        found: _Calibration.

    Yields:
        Sentences without a period.

    """
    if found.constant:
        yield (f'the confidence is constant and therefore useless: its standard deviation over '
               f'held-out utterances must be at least {MIN_DEVIATION:g}, '
               f'got {found.deviation:.4f}')
    if found.uncalibrated:
        yield ('the confidence is not calibrated, since the predictions for held-out utterances '
               'are all right or all wrong')
    low, high = (1 / weight for weight in reversed(WEIGHTS))
    if found.temperature > 0.99 * high:
        yield (f'the temperature is at its maximum, {high:g}: the predictions for '
               'held-out utterances are no better than chance')
    elif found.temperature < 1.01 * low:
        yield (f'the temperature is at its minimum, {low:g}: there are too few held-out '
               'utterances, or too easy ones, to calibrate the confidence of predictions')
    if found.threshold > MAX_THRESHOLD:
        yield (f'the threshold is at its maximum, {MAX_THRESHOLD:g}: nine of ten '
               'predictions for held-out utterances are more confident than that')
