"""Training of the network and of its calibration."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from tqdm import trange

from emotion_ros.errors import EmotionError
from emotion_ros.evaluation.measures import unweighted_average_recall
from emotion_ros.training.confidence import Budget, hinted_loss
from emotion_ros.training.examples import balance, deal_speakers
from emotion_ros.training.network import NETWORKS, calibrated

BATCH = 64
LEARNING_RATE = 1e-3   # of Adam at the start; it falls to 0 along a cosine

DISTURBED = 0.5
"""Part of the examples that are heard disturbed, where there are disturbed ones."""

TEMPERATURES = np.geomspace(0.2, 10, 400)

UNSURE = 0.1
"""Part of the held-out utterances whose confidence is below the threshold."""

LEAST_DEVIATION = 0.01
"""Standard deviation of the confidence over held-out speakers below which it is a constant."""


@dataclass(frozen=True)
class Fitted:
    """A trained network.

    Args:
        network: of training.network.calibrated.
        threshold: of the confidence: a tenth of the held-out utterances are below.
        temperature: that calibrates the probabilities.
        confidence_deviation: standard deviation of the confidence over the held-out utterances.

    """

    network: keras.Model
    threshold: float
    temperature: float
    confidence_deviation: float


def fit(training, classes, *, seed, epochs, disturbed=None, network='members'):
    """Train a network.

    Its members are trained side by side, each without a sixth of the speakers. What each says of
    those that it never heard gives the temperature and the threshold. The learning rate falls to 0
    and the last weights are kept. Equal arguments give equal weights on the same machine.

    Args:
        training: Examples, of every class.
        classes: number of classes.
        seed: of weights, order, dropout and hints.
        epochs: how often all examples are seen.
        disturbed: Examples of the same clips, disturbed, or None.
        network: one of network.NETWORKS.

    Returns:
        Fitted.

    Raises:
        EmotionError: too few speakers, or the confidence branch came out constant.

    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    kind = NETWORKS[network]
    groups = deal_speakers(training, seed=seed)
    if not (groups < kind.members).any():   # a single member, and nobody in its group
        groups[groups == groups.min()] = 0
    trunk = kind.build(training.values, classes)
    held = _HeldOut(trunk, training, groups, kind.members)
    _train(trunk, kind, training, disturbed, held, seed=seed, epochs=epochs)
    outputs = held.answer()
    temperature = fit_temperature(outputs['logits'], held.targets)
    trained = calibrated(trunk, temperature)
    confidence = (outputs['confidence'][:, 0] if kind.confidence
                  else _softmax(outputs['logits'] / temperature).max(axis=1))
    deviation = float(confidence.std())
    if deviation < LEAST_DEVIATION:
        raise EmotionError(f'the confidence is a constant: its standard deviation over held-out '
                           f'speakers is {deviation:.4f}, needed is at least '
                           f'{LEAST_DEVIATION:g}; train with more data or more --epochs')
    return Fitted(
        network=trained,
        threshold=float(np.quantile(confidence, UNSURE)),
        temperature=temperature,
        confidence_deviation=deviation)


class _HeldOut:
    """The examples that a member of a network was not trained on, for that member to answer.

    Args:
        trunk: of the network.
        training: Examples.
        groups: of examples.deal_speakers; member number n is not trained on group n.
        members: of the network.

    """

    def __init__(self, trunk, training, groups, members):
        self._trunk = trunk
        chosen = groups < members
        self._values = training.values[chosen]
        self._member = groups[chosen]
        self.targets = training.targets[chosen]
        self.trained_on = (groups[:, np.newaxis] != np.arange(members)).astype(np.float32)
        """float32, shape (examples, members): 1 where a member is trained on an example."""

    def answer(self):
        """Give {output: float32, shape (held-out examples, ...)} of the trunk."""
        return {name: values[np.arange(len(values)), self._member]
                for name, values in answer(self._trunk, self._values).items()}


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
        likelihood = _softmax(logits / temperature)[np.arange(len(targets)), targets]
        return -np.mean(np.log(np.maximum(likelihood, 1e-300)))

    return float(min(TEMPERATURES, key=loss))


def _softmax(logits):
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _train(trunk, kind, training, disturbed, held, *, seed, epochs):
    """Train the weights in place; show how well members do on speakers they are not trained on."""
    batch = min(BATCH, len(training))
    batches = len(training) // batch
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(LEARNING_RATE, epochs * batches))
    targets = np.eye(trunk.output['logits'].shape[-1], dtype=np.float32)[training.targets]
    weights = balance(training)[:, np.newaxis] * held.trained_on
    budget = Budget()
    draw = np.random.default_rng(seed)
    heard = _Heard(training, disturbed, draw)

    @tf.function
    def step(values, targets, weights, hinted, price):
        with tf.GradientTape() as tape:
            outputs = trunk(values, training=True)
            if kind.confidence:
                surprise, cost = hinted_loss(
                    outputs['logits'], outputs['confidence'], targets, hinted)
            else:
                surprise = keras.losses.categorical_crossentropy(
                    tf.broadcast_to(targets, tf.shape(outputs['logits'])), outputs['logits'],
                    from_logits=True)
                cost = tf.zeros_like(surprise)
            # The members share no weights behind the scaling: each has its own mean.
            loss = tf.reduce_sum(tf.reduce_mean(weights * (surprise + price * cost), axis=0))
        gradients = tape.gradient(loss, trunk.trainable_variables)
        optimizer.apply_gradients(zip(gradients, trunk.trainable_variables))
        return tf.reduce_sum(weights * cost) / tf.maximum(tf.reduce_sum(weights), 1e-6)

    progress = trange(1, epochs + 1, desc='training', unit='epoch', disable=None)
    for epoch in progress:
        order = draw.permutation(len(training))
        for number in range(batches):
            chosen = order[number * batch:(number + 1) * batch]
            hinted = (draw.permutation(batch) < batch // 2).astype(np.float32)
            price = budget.weight if kind.price is None else kind.price
            cost = step(heard(chosen), targets[chosen, np.newaxis], weights[chosen],
                        hinted[:, np.newaxis, np.newaxis], tf.constant(price, tf.float32))
            budget.update(float(cost))
        if not progress.disable:
            answers = held.answer()['logits'].argmax(axis=1)
            score = unweighted_average_recall(held.targets, answers)
            progress.set_postfix(uar=f'{score:.3f}')


class _Heard:
    """Draws how examples are heard: as they are, or one of the disturbed ones of the same clip.

    Args:
        training: Examples.
        disturbed: Examples, or None.
        draw: numpy.random.Generator.

    """

    def __init__(self, training, disturbed, draw):
        self._values = training.values
        self._draw = draw
        self._disturbed = None
        if disturbed is not None:
            order = np.argsort(disturbed.clips, kind='stable')
            self._disturbed = disturbed.values[order]
            clips = disturbed.clips[order]
            self._first = np.searchsorted(clips, training.clips)
            self._count = np.searchsorted(clips, training.clips, side='right') - self._first

    def __call__(self, chosen):
        """Give the values of some examples: float32, shape (chosen, dimensions)."""
        values = self._values[chosen]
        if self._disturbed is not None:
            count = self._count[chosen]
            replaced = (self._draw.random(len(chosen)) < DISTURBED) & (count > 0)
            rows = self._first[chosen] + self._draw.integers(np.maximum(count, 1))
            values[replaced] = self._disturbed[rows[replaced]]
        return values
