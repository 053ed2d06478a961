"""The networks: from raw features to calibrated probabilities and a confidence.

`members` is the package's own: several small networks side by side in one, each trained without
some of the speakers. `plain` and `article` are what speech emotion was first tried with here, for
comparison: three dense layers, and the same with a confidence branch.
"""

from dataclasses import dataclass
from typing import Callable

import keras
from keras import layers

from emotion_ros.model.layers import RobustScaling, Temperature
from emotion_ros.training.examples import GROUPS

WIDTH = 32
"""Hidden units of a member; the file's size goes with it."""

LIMIT = 3.0
"""Scaled features are clipped here, in standard deviations: other microphones go far beyond."""

NOISE = 0.5
"""Standard deviation of the noise on scaled features in training: no single one may decide."""


@dataclass(frozen=True)
class Kind:
    """A kind of network.

    Args:
        build: makes the trunk from training values and the number of classes.
        members: networks that are trained side by side.
        confidence: whether the trunk has a confidence branch.
        price: lambda of the confidence loss, held there; None for the budget.

    """

    build: Callable
    members: int
    confidence: bool = True
    price: float | None = None


def build_members(values, classes):
    """Make the package's own network as it is trained, with untrained weights.

    Args:
        values: float32, shape (examples, dimensions): the training set, to which the scaling is
            fitted.
        classes: number of classes.

    Returns:
        keras.Model: `features` to {'logits': (batch, members, classes),
        'confidence': (batch, members, 1)}.

    """
    features, hidden = _scaled(values)
    hidden = layers.GaussianNoise(NOISE, name='noise')(hidden)
    hidden = layers.Dropout(0.5, name='feature_dropout')(hidden)
    hidden = layers.Dense(GROUPS * WIDTH, activation='relu', kernel_initializer='he_normal',
                          name='hidden')(hidden)
    hidden = layers.Dropout(0.5, name='hidden_dropout')(hidden)
    hidden = layers.Reshape((GROUPS, WIDTH), name='members')(hidden)
    logits = layers.EinsumDense('bmw,mwc->bmc', (GROUPS, classes), bias_axes='mc',
                                name='logits')(hidden)
    confidence = layers.EinsumDense('bmw,mwc->bmc', (GROUPS, 1), bias_axes='mc',
                                    activation='sigmoid', name='confidence')(hidden)
    return keras.Model(features, {'logits': logits, 'confidence': confidence}, name='emotion')


def build_plain(values, classes):
    """Make three dense layers; see build_members. There is no 'confidence'."""
    features, hidden = _dense(values)
    return keras.Model(features, {'logits': _one_member('logits', classes, hidden)},
                       name='emotion')


def build_article(values, classes):
    """Make three dense layers with a confidence branch; see build_members."""
    features, hidden = _dense(values)
    return keras.Model(
        features,
        {'logits': _one_member('logits', classes, hidden),
         'confidence': _one_member('confidence', 1, hidden, activation='sigmoid')},
        name='emotion')


NETWORKS = {
    'members': Kind(build_members, members=GROUPS),
    'plain': Kind(build_plain, members=1, confidence=False),
    'article': Kind(build_article, members=1, price=0.2)}


def calibrated(trunk, temperature):
    """Make the network as it is used: the trained one, with the temperature in its graph.

    Args:
        trunk: of a Kind's build, trained; the weights are shared.
        temperature: see model.layers.Temperature.

    Returns:
        keras.Model: `features` to {'probabilities': (batch, classes), 'confidence': (batch, 1)}:
        those of the members' mean logits, and the members' mean confidence. Where there is no
        confidence branch the greatest probability is the confidence.

    """
    logits = layers.GlobalAveragePooling1D(name='mean_logits')(trunk.output['logits'])
    probabilities = layers.Softmax(name='probabilities')(
        Temperature(temperature, name='temperature')(logits))
    if 'confidence' in trunk.output:
        confidence = layers.GlobalAveragePooling1D(name='mean_confidence')(
            trunk.output['confidence'])
    else:
        confidence = keras.ops.max(probabilities, axis=-1, keepdims=True)
    return keras.Model(
        trunk.input, {'probabilities': probabilities, 'confidence': confidence}, name='emotion')


def _scaled(values):
    """Give the input and its scaled values: clipped, each of mean 0 and deviation 1."""
    features = keras.Input((values.shape[1],), name='features')
    scaling = RobustScaling.fitted_to(values, limit=LIMIT, name='scaling')
    scaled = scaling(values).numpy()
    return features, layers.Normalization(
        mean=scaled.mean(axis=0), variance=scaled.var(axis=0), name='standardization')(
            scaling(features))


def _dense(values):
    features, hidden = _scaled(values)
    for number, units in enumerate((256, 128), 1):
        hidden = layers.Dense(units, activation='relu', name=f'hidden{number}')(hidden)
    return features, hidden


def _one_member(name, units, hidden, **options):
    output = layers.Dense(units, name=f'{name}_of_one', **options)(hidden)
    return layers.Reshape((1, units), name=name)(output)
