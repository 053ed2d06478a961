"""Training of the network and of its calibration."""

from dataclasses import dataclass

import keras
import numpy as np
from scipy.special import softmax
import tensorflow as tf
from tqdm import trange

from emotion_ros.errors import EmotionError
from emotion_ros.evaluation.measures import detection, unweighted_average_recall
from emotion_ros.training.confidence import Budget, hinted_loss
from emotion_ros.training.examples import balance, deal_speakers
from emotion_ros.training.network import NETWORKS, calibrated

BATCH = 32
EPOCHS = 30
STEPS = 1000
"""A network is trained so many steps where EPOCHS would be fewer, unless the user names epochs."""

BUCKET = 16
"""Batches that are sorted by length together, so that each holds utterances of like length."""

ANSWERED = 256   # utterances that are answered at once

LEARNING_RATE = 1e-3   # of Adam at the start; it falls to 0 along a cosine

WEIGHT_DECAY = 1e-3

DISTURBED = 0.4
"""Part of the examples that are heard disturbed, where there are disturbed ones."""

TEMPERATURES = np.geomspace(0.2, 10, 400)

UNSURE = 0.1
"""Part of the held-out utterances that are below the threshold."""

LEAST_DEVIATION = 0.01
"""Standard deviation of the confidence over held-out speakers below which it is a constant."""


@dataclass(frozen=True)
class Fitted:
    """A trained network.

    Args:
        network: of training.network.calibrated.
        threshold: a tenth of the held-out utterances are below.
        threshold_on: the score that it is of, one of model.saved_model.SCORES: that which told the
            wrong answers to held-out utterances better.
        temperature: that calibrates the probabilities.
        confidence_deviation: standard deviation of the confidence over the held-out utterances.
        epochs: how often all examples were seen.

    """

    network: keras.Model
    threshold: float
    threshold_on: str
    temperature: float
    confidence_deviation: float
    epochs: int


def fit(training, features, classes, *, seed, epochs, disturbed=None, network='members'):
    """Train a network.

    Its members are trained side by side, each without a sixth of the speakers. What each says of
    those that it never heard gives the temperature and the threshold. The learning rate falls to 0
    and the last weights are kept. Equal arguments give equal weights on the same machine.

    Args:
        training: Examples, of every class.
        features: features.opensmile_live.FeatureSet of their values.
        classes: number of classes.
        seed: of weights, order, dropout and hints.
        epochs: how often all examples are seen; None for EPOCHS, or more where they are few.
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
    if epochs is None:
        epochs = max(EPOCHS, -(-STEPS // max(len(training) // BATCH, 1)))
    trunk = kind.build(features, training.values, classes)
    held = _HeldOut(trunk, training, groups, kind.members)
    _train(trunk, kind, training, disturbed, held, seed=seed, epochs=epochs)
    logits, confidence = held.answer()
    temperature = fit_temperature(logits, held.targets)
    trained = calibrated(trunk, temperature)
    greatest = _probabilities(logits, temperature).max(axis=1)
    learned = confidence is not None
    if not learned:
        confidence = greatest
    right = logits.argmax(axis=1) == held.targets
    scores = {'confidence': confidence, 'max_softmax': greatest}
    found = {name: detection(score[right], score[~right])['auroc'] or 0
             for name, score in scores.items()}
    threshold_on = max(found, key=found.get)
    deviation = float(confidence.std())
    if learned and deviation < LEAST_DEVIATION:
        raise EmotionError(f'the confidence is a constant: its standard deviation over held-out '
                           f'speakers is {deviation:.4f}, needed is at least '
                           f'{LEAST_DEVIATION:g}; train with more data or more --epochs')
    return Fitted(
        network=trained,
        threshold=float(np.quantile(scores[threshold_on], UNSURE)),
        threshold_on=threshold_on,
        temperature=temperature,
        confidence_deviation=deviation,
        epochs=epochs)


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
        """Run the trunk.

        Returns:
            Logits, float32, shape (held-out examples, classes), and confidence, float32, shape
            (held-out examples,), or None where there is no confidence branch.

        """
        outputs = answer(self._trunk, self._values)
        of_member = np.arange(len(self._values)), self._member
        return (outputs['logits'][of_member].mean(axis=1),
                outputs['confidence'][of_member][:, 0] if 'confidence' in outputs else None)


def answer(network, values):
    """Run a network on many examples.

    Args:
        network: of training.network.
        values: list of float32, shape (frames, dimensions).

    Returns:
        {output: float32, shape (examples, ...)}.

    """
    order = np.argsort([len(entry) for entry in values], kind='stable')
    parts = [network(batch_of([values[number] for number in order[start:start + ANSWERED]]),
                     training=False)
             for start in range(0, len(values), ANSWERED)]
    back = np.argsort(order)
    return {name: np.concatenate([part[name].numpy() for part in parts])[back]
            for name in parts[0]}


def batch_of(values):
    """Put utterances together; the shorter ones are filled with rows of NaN.

    Args:
        values: list of float32, shape (frames, dimensions).

    Returns:
        float32, shape (utterances, most frames, dimensions).

    """
    batch = np.full((len(values), max(map(len, values)), values[0].shape[1]), np.nan, np.float32)
    for row, entry in zip(batch, values):
        row[:len(entry)] = entry
    return batch


def fit_temperature(logits, targets):
    """Find the temperature with the least negative log likelihood.

    Args:
        logits: float32, shape (examples, classes).
        targets: int, shape (examples,).

    Returns:
        Temperature.

    """
    def loss(temperature):
        likelihood = _probabilities(logits, temperature)[np.arange(len(targets)), targets]
        return -np.mean(np.log(np.maximum(likelihood, 1e-300)))

    return float(min(TEMPERATURES, key=loss))


def _probabilities(logits, temperature):
    return softmax((logits / temperature).astype(np.float64), axis=1)


def _train(trunk, kind, training, disturbed, held, *, seed, epochs):
    """Train the weights in place; show how well members do on speakers they are not trained on."""
    batch = min(BATCH, len(training))
    batches = len(training) // batch
    steps = epochs * batches
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps), weight_decay=WEIGHT_DECAY)
    targets = np.eye(trunk.output['logits'].shape[-1], dtype=np.float32)[training.targets]
    weights = balance(training)[:, np.newaxis] * held.trained_on
    budget = Budget()
    draw = np.random.default_rng(seed)
    heard = _Heard(training, disturbed, draw)
    dimensions = training.values[0].shape[1]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32) for shape in (
        (batch, None, dimensions), (batch, 1, targets.shape[1]), (batch, weights.shape[1]),
        (batch, 1, 1), ())])
    def step(values, targets, weights, hinted, price):
        with tf.GradientTape() as tape:
            outputs = trunk(values, training=True)
            first, others = outputs['logits'][:, :, 0], outputs['logits'][:, :, 1:]
            cost = tf.zeros_like(weights)
            if 'confidence' in outputs:
                surprise, cost = hinted_loss(first, outputs['confidence'], targets, hinted)
            else:
                surprise = _cross_entropy(first, targets)
            surprise += tf.reduce_sum(_cross_entropy(others, targets[:, tf.newaxis]), axis=2)
            # The members have no weights in common: each has its own mean.
            loss = tf.reduce_sum(tf.reduce_mean(weights * (surprise + price * cost), axis=0))
        gradients = tape.gradient(loss, trunk.trainable_variables)
        optimizer.apply_gradients(zip(gradients, trunk.trainable_variables))
        return tf.reduce_sum(weights * cost) / tf.maximum(tf.reduce_sum(weights), 1e-6)

    progress = trange(epochs, desc='training', unit='epoch', disable=None)
    for _ in progress:
        for chosen in _batches(heard.draw(), batch, draw):
            hinted = (draw.permutation(batch) < batch // 2).astype(np.float32)
            price = budget.weight if kind.price is None else kind.price
            cost = step(batch_of(heard.values[chosen]), targets[chosen, np.newaxis],
                        weights[chosen], hinted[:, np.newaxis, np.newaxis], np.float32(price))
            budget.update(float(cost))
        if not progress.disable:
            answers = held.answer()[0].argmax(axis=1)
            score = unweighted_average_recall(held.targets, answers)
            progress.set_postfix(uar=f'{score:.3f}')


def _cross_entropy(logits, targets):
    return tf.nn.softmax_cross_entropy_with_logits(
        tf.broadcast_to(targets, tf.shape(logits)), logits)


def _batches(lengths, size, draw):
    """Draw batches of utterances of like length.

    Args:
        lengths: int, shape (examples,).
        size: of a batch.
        draw: numpy.random.Generator.

    Yields:
        Numbers of examples: int, shape (size,). What fills no batch is left out.

    """
    order = draw.permutation(len(lengths))
    order = order[:len(order) // size * size]
    for start in range(0, len(order), size * BUCKET):
        bucket = order[start:start + size * BUCKET]
        bucket = bucket[np.argsort(lengths[bucket], kind='stable')].reshape(-1, size)
        yield from bucket[draw.permutation(len(bucket))]


class _Heard:
    """Draws how examples are heard: as they are, or one of the disturbed ones of the same clip.

    Args:
        training: Examples.
        disturbed: Examples, or None.
        draw: numpy.random.Generator.

    """

    def __init__(self, training, disturbed, draw):
        self._clean = training.values
        self._draw = draw
        self._disturbed = None
        self.values = training.values
        if disturbed is not None:
            order = np.argsort(disturbed.clips, kind='stable')
            self._disturbed = disturbed.values[order]
            clips = disturbed.clips[order]
            self._first = np.searchsorted(clips, training.clips)
            self._count = np.searchsorted(clips, training.clips, side='right') - self._first

    def draw(self):
        """Draw anew what `values` holds.

        Returns:
            Their lengths: int, shape (examples,).

        """
        if self._disturbed is not None:
            replaced = (self._draw.random(len(self._clean)) < DISTURBED) & (self._count > 0)
            rows = self._first + self._draw.integers(np.maximum(self._count, 1))
            self.values = self._clean.copy()
            self.values[replaced] = self._disturbed[rows[replaced]]
        return np.array([len(entry) for entry in self.values])
