"""The network: from raw features to calibrated probabilities and a learned confidence."""

import keras
from keras import layers

from emotion_ros.model.layers import RobustScaling, Temperature

WIDTH = 128
"""Units of the hidden layer; the file's size goes with it."""

LIMIT = 3.0
"""Scaled features are clipped here, in standard deviations: other microphones go far beyond."""

NOISE = 1.0
"""Standard deviation of the noise on scaled features in training: no single one may decide."""


def build_trunk(values, classes):
    """Make the network as it is trained, with untrained weights.

    Args:
        values: float32, shape (examples, dimensions): the training set, to which the scaling is
            fitted.
        classes: number of classes.

    Returns:
        keras.Model: `features` to {'logits': (batch, classes), 'confidence': (batch, 1)}.

    """
    features = keras.Input((values.shape[1],), name='features')
    hidden = RobustScaling.fitted_to(values, limit=LIMIT, name='scaling')(features)
    hidden = layers.GaussianNoise(NOISE, name='noise')(hidden)
    hidden = layers.Dropout(0.3, name='feature_dropout')(hidden)
    hidden = layers.Dense(WIDTH, activation='relu', kernel_initializer='he_normal',
                          name='hidden')(hidden)
    hidden = layers.Dropout(0.5, name='hidden_dropout')(hidden)
    logits = layers.Dense(classes, name='logits')(hidden)
    confidence = layers.Dense(1, activation='sigmoid', name='confidence')(hidden)
    return keras.Model(features, {'logits': logits, 'confidence': confidence}, name='emotion')


def calibrated(trunk, temperature):
    """Make the network as it is used: the trained one, with the temperature in its graph.

    Args:
        trunk: of build_trunk, trained; the weights are shared.
        temperature: see model.layers.Temperature.

    Returns:
        keras.Model: `features` to {'probabilities': (batch, classes), 'confidence': (batch, 1)}.

    """
    logits = Temperature(temperature, name='temperature')(trunk.output['logits'])
    probabilities = layers.Softmax(name='probabilities')(logits)
    return keras.Model(
        trunk.input,
        {'probabilities': probabilities, 'confidence': trunk.output['confidence']},
        name='emotion')
