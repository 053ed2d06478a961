"""Training of the network and of its calibration."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from tqdm import trange

from emotion_ros.errors import EmotionError
from emotion_ros.training.confidence import Budget, hinted_loss
from emotion_ros.training.examples import balance
from emotion_ros.training.measures import unweighted_average_recall
from emotion_ros.training.network import build_trunk, calibrated

BATCH = 64
LEARNING_RATE = 3e-4   # of Adam at the start; it falls to 0 along a cosine

TEMPERATURES = np.geomspace(0.2, 10, 400)

UNSURE = 0.1
"""Part of the validation utterances whose confidence is below the threshold."""

LEAST_DEVIATION = 0.01
"""Standard deviation of the confidence over the validation set below which it is a constant."""


@dataclass(frozen=True)
class Fitted:
    """A trained network.

    Args:
        network: of training.network.calibrated.
        threshold: of the confidence: a tenth of the validation utterances are below.
        temperature: that calibrates the probabilities.
        confidence_deviation: standard deviation of the confidence over the validation set.

    """

    network: keras.Model
    threshold: float
    temperature: float
    confidence_deviation: float


def fit(training, validation, classes, *, seed, epochs):
    """Train a network.

    The learning rate falls to 0 and the last weights are kept. The validation speakers give the
    temperature and the threshold. Equal arguments give equal weights on the same machine.

    Args:
        training: Examples, of every class.
        validation: Examples of other speakers, at least one.
        classes: number of classes.
        seed: of weights, order, dropout and hints.
        epochs: how often all examples are seen.

    Returns:
        Fitted.

    Raises:
        EmotionError: the confidence branch came out constant.

    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    trunk = build_trunk(training.values, classes)
    _train(trunk, training, validation, seed=seed, epochs=epochs)
    outputs = answer(trunk, validation.values)
    confidence = outputs['confidence'][:, 0]
    deviation = float(confidence.std())
    if deviation < LEAST_DEVIATION:
        raise EmotionError(f'the confidence branch is a constant: its standard deviation over the '
                           f'validation speakers is {deviation:.4f}, needed is at least '
                           f'{LEAST_DEVIATION:g}; train with more data or more --epochs')
    temperature = fit_temperature(outputs['logits'], validation.targets)
    return Fitted(
        network=calibrated(trunk, temperature),
        threshold=float(np.quantile(confidence, UNSURE)),
        temperature=temperature,
        confidence_deviation=deviation)


def answer(network, values):
    """Run a network on many examples.

    Args:
        network: of training.network.
        values: float32, shape (examples, dimensions).

    Returns:
        {output: float32, shape (examples, ...)}.

    """
    parts = [network(values[start:start + 1024], training=False)
             for start in range(0, len(values), 1024)]
    return {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}


def fit_temperature(logits, targets):
    """Find the temperature with the least negative log likelihood.

    Args:
        logits: float32, shape (examples, classes).
        targets: int, shape (examples,).

    Returns:
        Temperature.

    """
    def loss(temperature):
        scaled = logits.astype(np.float64) / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        likelihood = scaled[np.arange(len(targets)), targets]
        return np.mean(np.log(np.exp(scaled).sum(axis=1)) - likelihood)

    return float(min(TEMPERATURES, key=loss))


def _train(trunk, training, validation, *, seed, epochs):
    """Train the weights in place; show how well they do on the validation speakers."""
    batch = min(BATCH, len(training))
    batches = len(training) // batch
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(LEARNING_RATE, epochs * batches))
    targets = np.eye(trunk.output['logits'].shape[-1], dtype=np.float32)[training.targets]
    weights = balance(training)
    budget = Budget()
    draw = np.random.default_rng(seed)

    @tf.function
    def step(values, targets, weights, hinted, price):
        with tf.GradientTape() as tape:
            outputs = trunk(values, training=True)
            surprise, cost = hinted_loss(outputs['logits'], outputs['confidence'], targets, hinted)
            loss = tf.reduce_mean(weights * (surprise + price * cost))
        gradients = tape.gradient(loss, trunk.trainable_variables)
        optimizer.apply_gradients(zip(gradients, trunk.trainable_variables))
        return tf.reduce_mean(weights * cost)

    progress = trange(1, epochs + 1, desc='training', unit='epoch', disable=None)
    for epoch in progress:
        order = draw.permutation(len(training))
        for number in range(batches):
            chosen = order[number * batch:(number + 1) * batch]
            hinted = (draw.permutation(batch) < batch // 2).astype(np.float32)[:, np.newaxis]
            cost = step(training.values[chosen], targets[chosen], weights[chosen], hinted,
                        tf.constant(budget.weight, tf.float32))
            budget.update(float(cost))
        answers = answer(trunk, validation.values)['logits'].argmax(axis=1)
        score = unweighted_average_recall(validation.targets, answers)
        progress.set_postfix(uar=f'{score:.3f}')
