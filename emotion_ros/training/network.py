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

"""The networks: from raw features to calibrated probabilities and a confidence.

`ensemble` is the package's own: several networks in one, each trained most of the time without
some of the speakers. Each has a dense layer on the functionals and, if the features include
low-level descriptors, convolutions over these; every second member sees them normalized over the
utterance. Linear discriminant functions of the functionals and of the correlations of descriptors
complement them. `mlp` and `devries` are baselines: three dense layers on the functionals, and the
same with a confidence branch and with noise and dropout in training, since a network that has
memorized its clips asks for no hints.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers
import numpy as np
from sklearn.decomposition import PCA

from emotion_ros import plugins
from emotion_ros.errors import ArgumentError
from emotion_ros.features.blocks import feature_blocks, find_block
from emotion_ros.model.confidence_layers import Novelty, SoftmaxConfidence
from emotion_ros.model.layers import (
    Correlations,
    DenseOfEach,
    MaskedAveragePooling,
    MaskedStatisticsPooling,
    PaddingMask,
    RobustScaling,
    UtteranceNormalization,
)
from emotion_ros.training.examples import N_FOLDS

LIMIT = 3.0
"""Limit of scaled functionals [standard deviations]: other microphones go far beyond it."""

WIDTH = 20
"""Hidden units of a member for the functionals; the size of the file grows with it."""

NOISE = 0.5
"""Standard deviation of the noise on functionals in training, so that no single one decides."""

COMPONENTS = 10
"""Principal components of the functionals; novelty is the distance from them."""

LAG = 10
"""Lag of the second correlation of two descriptors [frames]: 100 ms."""

CORRELATIONS = 5.0
"""Factor that scales correlations to the size of functionals, whose standard deviation is 1."""

DESCRIPTOR_LIMIT = 4.0
DESCRIPTOR_NOISE = 0.2
POOLED_ROWS = 3   # rows of descriptors averaged into one: 30 ms
CHANNELS = 72
KERNEL = 5
STRIDES = (1, 2, 1)   # of the convolutions
TEMPORAL_WIDTH = 64   # units that summarize the convolutions

_ROWS = 400_000   # rows of descriptors: enough to fit the scaling


@dataclass(frozen=True)
class Architecture:
    """How a network is built and trained.

    Args:
        build: builds the untrained trunk from the names of the blocks, training values (list of
            {block: float32, shape (frames, dimensions)}) and the number of classes. The trunk is a
            keras.Model from {block: (batch, frames, dimensions)} to 'logits': (batch, members,
            heads, classes), and optionally 'confidence': (batch, members, 1), 'novelty':
            (batch, 1), and 'description': (batch, values), to which linear discriminant functions
            are fitted. The logits of heads are averaged; the first head asks for hints.
        members: number of networks that are trained side by side.
        confidence_weight: fixed lambda of the confidence loss; None adjusts it to the budget.
        true_class: whether the confidence loss is confidence.true_class_cost.
        final_epochs: number of epochs with all speakers, relative to those that were best for
            held-out ones.

    """

    build: Callable
    members: int
    confidence_weight: float | None = None
    true_class: bool = False
    final_epochs: float = 0.5


def build_ensemble(features, values, classes):
    """Build the package's own network; see Architecture."""
    inputs = block_inputs(features)
    scaled, training = scaled_functionals(features, values, inputs)
    functional = _functional_members(scaled)
    description = scaled
    if descriptor_block(features):
        rows, mask = _descriptors(features, values, inputs)
        correlations = layers.Rescaling(CORRELATIONS)(
            Correlations(LAG, name='correlations')(rows, mask))
        description = layers.Concatenate(name='description')([scaled, correlations])
        temporal = _temporal_members(rows, mask)
        hidden = layers.Concatenate(name='joint_members')([functional, temporal])
        heads = [('joint', hidden), ('functional', functional), ('temporal', temporal)]
    else:
        hidden, heads = functional, [('functional', functional)]
    logits = [layers.Reshape((N_FOLDS, 1, classes))(
        DenseOfEach(classes, name=f'{name}_logits')(part)) for name, part in heads]
    return keras.Model(inputs, {
        'logits': layers.Concatenate(axis=2, name='logits')(logits) if len(logits) > 1
        else logits[0],
        'confidence': layers.Activation('sigmoid', name='confidence')(
            DenseOfEach(1, name='confidence_logit')(hidden)),
        'novelty': _novelty(training)(scaled),
        'description': description}, name='emotion')


def build_mlp(features, values, classes):
    """Build three dense layers; see Architecture."""
    inputs, hidden = _dense(features, values)
    return keras.Model(inputs, {'logits': _one_member(hidden, classes)}, name='emotion')


def build_devries(features, values, classes):
    """Build three dense layers with a confidence branch; see Architecture."""
    inputs, hidden = _dense(features, values, noise=NOISE, dropout=0.5)
    logits = _one_member(hidden, classes)
    confidence = SoftmaxConfidence(name='confidence_of_one')(hidden, logits)
    return keras.Model(
        inputs, {'logits': logits, 'confidence': layers.Reshape((1, 1), name='confidence')(
            confidence)}, name='emotion')


NETWORKS = {
    'ensemble': Architecture(build_ensemble, members=N_FOLDS),
    'mlp': Architecture(build_mlp, members=1),
    'devries': Architecture(build_devries, members=1, confidence_weight=1.0, true_class=True,
                            final_epochs=1.0)}


def architecture_of(name: str) -> Architecture:
    """Return the architecture with a name, from this package or a plugin; see docs/plugins.md.

    Raises:
        EmotionError: the plugin cannot be used.

    """
    return NETWORKS.get(name) or plugins.load_plugin(plugins.NETWORKS, name, Architecture)


def part_of(trunk, *names):
    """Build a network with only the named outputs of another, as far as it has them."""
    return keras.Model(trunk.input, {name: trunk.output[name] for name in names
                                     if name in trunk.output})


def calibrated(trunk, temperature, calibration=None, discriminant=None):
    """Build the network for inference: the trained one, with the calibration in its graph.

    Args:
        trunk: trained model of an Architecture's build; the weights are shared.
        temperature: that logits are divided by (Guo and others 2017, arXiv 1706.04599).
        calibration: model.confidence_layers.ConfidenceCalibration, or None.
        discriminant: discriminant.Discriminant of the description, or None.

    Returns:
        keras.Model: the blocks to {'probabilities': (batch, classes), 'confidence': (batch, 1)}.
        Probabilities are those of the mean logits of members and heads plus the discriminant's.
        The confidence is the mean over members, calibrated if a calibration is given; without a
        confidence branch it is the maximum probability.

    """
    logits = layers.Reshape((-1, trunk.output['logits'].shape[-1]), name='all_logits')(
        trunk.output['logits'])
    logits = layers.GlobalAveragePooling1D(name='mean_logits')(logits)
    if discriminant is not None:
        logits = discriminant.added_to(logits, trunk.output['description'])
    probabilities = layers.Softmax(name='probabilities')(
        layers.Rescaling(1 / temperature, name='temperature')(logits))
    if 'confidence' in trunk.output:
        confidence = layers.GlobalAveragePooling1D(name='mean_confidence')(
            trunk.output['confidence'])
        if calibration is not None:
            confidence = calibration(confidence, probabilities, trunk.output['novelty'])
    else:
        confidence = keras.ops.max(probabilities, axis=-1, keepdims=True)
    return keras.Model(
        trunk.input, {'probabilities': probabilities, 'confidence': confidence}, name='emotion')


def block_inputs(features):
    """Build the inputs of a network: {block: keras.Input, (batch, frames, dimensions)}."""
    return {block.name: keras.Input((None if block.framed else 1, block.dimensions),
                                    name=block.name)
            for block in feature_blocks(features)}


def functional_block(features):
    """Return the name of the first block of functionals.

    Raises:
        EmotionError: there is none.

    """
    for name in features:
        if not find_block(name).framed:
            return name
    raise ArgumentError(
        'features', f'must have a block of functionals, got {", ".join(features)}')


def descriptor_block(features):
    """Return the name of the first block of low-level descriptors, or None."""
    return next((name for name in features if find_block(name).framed), None)


def functional_values(features, values):
    """Collect the functionals of utterances.

    Args:
        features: names of the blocks.
        values: list of {block: float32, shape (frames, dimensions)}.

    Returns:
        float32, shape (utterances, functionals).

    """
    name = functional_block(features)
    return np.concatenate([entry[name] for entry in values])


def functional_scaling(functionals):
    """Build the layers that clip functionals and scale them to mean 0 and standard deviation 1.

    Args:
        functionals: float32, shape (utterances, functionals), of the training set.

    Returns:
        Two layers; call the second on the output of the first.

    """
    scaling = RobustScaling.fitted_to(functionals, limit=LIMIT, name='scaling')
    scaled = scaling(functionals).numpy()
    return scaling, layers.Normalization(
        mean=scaled.mean(axis=0), variance=scaled.var(axis=0), name='standardization')


def scaled_functionals(features, values, inputs):
    """Scale the functionals of the inputs, and of training values.

    Args:
        features: names of the blocks.
        values: of training, list of {block: float32, shape (frames, dimensions)}.
        inputs: see block_inputs.

    Returns:
        A tensor of shape (batch, functionals), and float32, shape (utterances, functionals).

    """
    training = functional_values(features, values)
    scaling, standardization = functional_scaling(training)
    name = functional_block(features)
    raw = layers.Reshape((find_block(name).dimensions,), name='functionals')(inputs[name])
    return standardization(scaling(raw)), standardization(scaling(training)).numpy()


def _novelty(scaled):
    count = min(COMPONENTS, *scaled.shape)
    found = PCA(count, svd_solver='randomized', random_state=0).fit(scaled)
    # Rounded to keep the file small.
    return Novelty(found.mean_.round(4), found.components_.round(4), name='novelty')


def _functional_members(scaled):
    hidden = layers.GaussianNoise(NOISE, name='noise')(scaled)
    hidden = layers.Dropout(0.5, name='feature_dropout')(hidden)
    hidden = layers.Dense(N_FOLDS * WIDTH, activation='relu', kernel_initializer='he_normal',
                          name='hidden')(hidden)
    hidden = layers.Dropout(0.5, name='hidden_dropout')(hidden)
    return layers.Reshape((N_FOLDS, WIDTH), name='functional_members')(hidden)


def _descriptors(features, values, inputs):
    """Scale the descriptors of the inputs; return them and their mask."""
    name = descriptor_block(features)
    rows = np.concatenate([entry[name] for entry in values])
    scaling = RobustScaling.fitted_to(
        rows[::-(-len(rows) // _ROWS)], limit=DESCRIPTOR_LIMIT, name='descriptor_scaling')
    return scaling(inputs[name]), PaddingMask(name='padding')(inputs[name])


def _temporal_members(rows, mask):
    """Build the temporal part; every second member sees normalized descriptors."""
    pool = MaskedAveragePooling(POOLED_ROWS, name='pooled')
    normalized = UtteranceNormalization(name='normalized')(rows, mask)
    views = pool(rows, mask), pool(normalized, mask)
    return layers.Concatenate(axis=1, name='temporal_members')([
        layers.Reshape((1, TEMPORAL_WIDTH))(_temporal_member(*views[number % 2], number))
        for number in range(N_FOLDS)])


def _temporal_member(values, mask, number):
    hidden = layers.GaussianNoise(DESCRIPTOR_NOISE)(values)
    for layer, stride in enumerate(STRIDES):
        before = hidden
        # The padding must not depend on the length, or batches would change results.
        hidden = layers.ZeroPadding1D(KERNEL // 2)(hidden)
        hidden = layers.Conv1D(CHANNELS, KERNEL, stride, activation='relu',
                               name=f'convolution_{number}_{layer}')(hidden)
        if stride > 1:
            mask = layers.MaxPooling1D(1, stride)(mask)
        elif layer:
            hidden = layers.Add()([hidden, before])
        hidden = layers.Multiply()([hidden, mask])
    hidden = MaskedStatisticsPooling(name=f'statistics_{number}')(hidden, mask)
    hidden = layers.Dropout(0.4)(hidden)
    hidden = layers.Dense(TEMPORAL_WIDTH, activation='relu', kernel_initializer='he_normal',
                          name=f'temporal_{number}')(hidden)
    return layers.Dropout(0.4)(hidden)


def _dense(features, values, *, noise=0.0, dropout=0.0):
    """Build the inputs and two dense layers on their functionals."""
    inputs = block_inputs(features)
    hidden, _ = scaled_functionals(features, values, inputs)
    hidden = layers.GaussianNoise(noise, name='noise')(hidden)
    hidden = layers.Dropout(dropout, name='feature_dropout')(hidden)
    for number, units in enumerate((256, 128), 1):
        hidden = layers.Dense(units, activation='relu', name=f'hidden{number}')(hidden)
        hidden = layers.Dropout(dropout, name=f'hidden_dropout{number}')(hidden)
    return inputs, hidden


def _one_member(hidden, classes):
    logits = layers.Dense(classes, name='logits_of_one')(hidden)
    return layers.Reshape((1, 1, classes), name='logits')(logits)
