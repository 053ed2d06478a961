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

"""Training of the network and of its calibration."""

from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf
from tqdm import trange

from emotion_ros.errors import EmotionError
from emotion_ros.evaluation.measures import unweighted_average_recall
from emotion_ros.training.calibration import fit_trust, fit_weights, probabilities, strange
from emotion_ros.training.confidence import Budget, hinted_loss
from emotion_ros.training.discriminant import Discriminant
from emotion_ros.training.examples import balance, deal_speakers
from emotion_ros.training.network import NETWORKS, calibrated, functional_block, functional_values

BATCH = 32
EPOCHS = 45
STEPS = 2250
"""A network is trained so many steps where EPOCHS would be fewer, unless the user names epochs."""

WHOLE = 3
"""One of so many epochs, the last ones, is for all speakers: nobody need be held out any more."""

BUCKET = 16
"""Batches that are sorted by length together, so that each holds utterances of like length."""

ANSWERED = 256   # utterances that are answered at once

LEARNING_RATE = 1e-3   # of Adam at the start; it falls to 0 along a cosine

WEIGHT_DECAY = 1e-3

DISTURBED = 0.6
"""Part of the examples that are heard disturbed, where there are disturbed ones."""

CHANGED = 0.5
"""Part of the examples whose functionals also change as those of another clip did when disturbed,
where there are disturbed ones."""

STRANGE = 0.2
"""What strange sounds weigh beside held-out utterances when the confidence is calibrated."""

UNSURE = 0.1
"""Part of the held-out utterances that are below the threshold."""

GREATEST_THRESHOLD = 0.5
"""What is more likely right than wrong is answered, however sure the other answers are."""

LEAST_DEVIATION = 0.01
"""Standard deviation of the confidence over held-out speakers below which it is a constant."""


@dataclass(frozen=True)
class Fitted:
    """A trained network.

    Args:
        network: of training.network.calibrated.
        threshold: a tenth of the held-out utterances have less confidence, or GREATEST_THRESHOLD.
        temperature: that calibrates the probabilities.
        confidence_deviation: standard deviation of what the confidence branch says of the held-out
            utterances.
        epochs: how often all examples were seen.

    """

    network: keras.Model
    threshold: float
    temperature: float
    confidence_deviation: float
    epochs: int


def fit(training, features, classes, *, seed, epochs, disturbed=None, network='members'):
    """Train a network.

    Its members are trained side by side, first each without a sixth of the speakers. What each
    says of those that it has not heard gives the weight of the linear discriminant functions
    beside it, the temperature, the calibration of the confidence and the threshold. Then all go on
    with all speakers. Both times the learning rate falls to 0;
    the last weights are kept. Equal arguments give equal weights on the same machine.

    Args:
        training: Examples, of every class.
        features: names of the blocks of their values.
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
    group_of = dict(zip(training.speakers, groups, strict=True))
    held = _HeldOut.of(_part(trunk, 'logits', 'confidence', 'novelty'), training, group_of,
                       kind.members)
    trained_on = (groups[:, np.newaxis] != np.arange(kind.members)).astype(np.float32)
    draw = np.random.default_rng(seed)
    heard = _Heard(training, disturbed, features, trunk.get_layer('scaling'), draw)
    whole = epochs // WHOLE
    _train(held.network, kind, training, heard, trained_on, draw, epochs=epochs - whole, held=held)
    linear = None
    if 'description' in trunk.output:
        linear = _Linear.fitted_to(_part(trunk, 'description'), training, disturbed, group_of,
                                   kind.members, classes)
    said = held.answer(linear)
    weights = fit_weights(said['logits'], held.targets)
    scores = _scores(said, weights)
    confidence = scores['confidence']
    deviation = float(confidence.std())
    if 'confidence' in said and deviation < LEAST_DEVIATION:
        raise EmotionError(f'the confidence is a constant: its standard deviation over held-out '
                           f'speakers is {deviation:.4f}, needed is at least '
                           f'{LEAST_DEVIATION:g}; train with more data or more --epochs')
    trust = None
    if 'novelty' in said:
        others = [(held.strange(features, np.random.default_rng(seed)), STRANGE)]
        if disturbed is not None:
            others.append((_HeldOut.of(held.network, disturbed, group_of, kind.members), 1))
        trust = fit_trust([(scores, held.targets, 1), *(
            (_scores(other.answer(linear), weights), other.targets, weight)
            for other, weight in others)])
        confidence = np.asarray(trust(**scores))
    if whole:
        _train(held.network, kind, training, heard, np.ones_like(trained_on), draw, epochs=whole)
    temperature = float(1 / weights[0])
    return Fitted(
        network=calibrated(trunk, temperature, trust,
                           linear and linear.whole.times(weights[1] * temperature)),
        threshold=min(float(np.quantile(confidence, UNSURE)), GREATEST_THRESHOLD),
        temperature=temperature,
        confidence_deviation=deviation,
        epochs=epochs)


def _changes(clean, clean_clips, disturbed, disturbed_clips):
    """Tell what disturbances change: disturbed utterances, less the mean of the clip's clean ones.

    Args:
        clean, disturbed: float32, shape (examples, features).
        clean_clips, disturbed_clips: int, shape (examples,): numbers of their clips.

    Returns:
        float32, shape (changes, features), and which disturbed examples these are of, bool: those
        of clips that have a clean one.

    """
    numbers, places = np.unique(clean_clips, return_inverse=True)
    means = np.zeros((len(numbers), clean.shape[1]), np.float32)
    np.add.at(means, places, clean)
    means /= np.bincount(places)[:, np.newaxis].astype(np.float32)
    known = np.isin(disturbed_clips, numbers)
    return disturbed[known] - means[np.searchsorted(numbers, disturbed_clips[known])], known


def _part(trunk, *names):
    """Make the network that has only these outputs of another, as far as it has them."""
    return keras.Model(trunk.input, {name: trunk.output[name] for name in names
                                     if name in trunk.output})


def _groups(examples, group_of, members):
    """Give the group of each example's speaker, `members` where {speaker: group} has none."""
    return np.array([group_of.get(speaker, members) for speaker in examples.speakers])


@dataclass(frozen=True)
class _Linear:
    """Linear discriminant functions.

    Args:
        describe: keras.Model: the blocks to {'description': (batch, values)}.
        of_member: a Discriminant for each member, fitted without the group that it does without.
        whole: the Discriminant that was fitted to all speakers.

    """

    describe: keras.Model
    of_member: list
    whole: Discriminant

    @classmethod
    def fitted_to(cls, describe, training, disturbed, group_of, members, classes):
        """Fit to Examples, and to the disturbed ones where they are not None."""
        heard = [(training, 1)] if disturbed is None else [
            (training, 1 - DISTURBED), (disturbed, DISTURBED)]
        values = np.concatenate([answer(describe, part.values)['description']
                                 for part, _ in heard])
        targets = np.concatenate([part.targets for part, _ in heard])
        weights = np.concatenate([share / len(part) * balance(part) for part, share in heard])
        groups = np.concatenate([_groups(part, group_of, members) for part, _ in heard])
        changes = None
        if disturbed is not None:
            clean = len(training)
            changes, changed = _changes(values[:clean], training.clips,
                                        values[clean:], disturbed.clips)
            groups_changed = groups[clean:][changed]

        def without(group):
            chosen = groups != group
            return Discriminant.fitted_to(
                values[chosen], targets[chosen], weights[chosen], classes,
                None if changes is None else changes[groups_changed != group])

        *of_member, whole = map(without, [*range(members), -1])   # -1 is no group
        return cls(describe, of_member, whole)

    def answer(self, values, member):
        """Let the functions of a member answer each example; see _HeldOut.

        Returns:
            Logits, float32, shape (examples, classes).

        """
        described = answer(self.describe, values)['description']
        logits = np.zeros((len(values), len(self.whole.bias)), np.float32)
        for number, discriminant in enumerate(self.of_member):
            logits[member == number] = discriminant(described[member == number])
        return logits


@dataclass(frozen=True)
class _HeldOut:
    """Examples for the members that are not trained on their speakers.

    Args:
        network: the outputs of the trunk that are trained.
        values: as in Examples.
        targets: int, shape (examples,): number of the class, -1 where there is none.
        member: int, shape (examples,): the one that answers.

    """

    network: keras.Model
    values: np.ndarray
    targets: np.ndarray
    member: np.ndarray

    @classmethod
    def of(cls, network, examples, group_of, members):
        """Choose those of Examples whose speaker is in the group of a member, {speaker: group}."""
        groups = _groups(examples, group_of, members)
        chosen = groups < members
        return cls(network, examples.values[chosen], examples.targets[chosen], groups[chosen])

    def strange(self, features, draw):
        """Make as many that no answer is right for; see calibration.strange."""
        return replace(self, values=strange(self.values, features, draw),
                       targets=np.full_like(self.targets, -1))

    def answer(self, linear=None):
        """Run the members.

        Args:
            linear: _Linear, or None.

        Returns:
            By name: logits, a list of float32, shape (examples, classes): of the network, and of
            the linear functions; confidence, shape (examples, 1), where there is a confidence
            branch; novelty, shape (examples, 1), where it is measured.

        """
        said = answer(self.network, self.values)
        of_member = np.arange(len(self.values)), self.member
        said['logits'] = [said['logits'][of_member].mean(axis=1)]
        if linear is not None:
            said['logits'].append(linear.answer(self.values, self.member))
        if 'confidence' in said:
            said['confidence'] = said['confidence'][of_member]
        return said


def _scores(said, weights):
    """Put probabilities in the place of logits; the greatest stand in for a missing confidence."""
    found = probabilities(said['logits'], weights)
    scores = {'confidence': found.max(axis=1, keepdims=True), **said, 'probabilities': found}
    del scores['logits']
    return scores


def answer(network, values):
    """Run a network on many examples.

    Args:
        network: of training.network.
        values: list of {block: float32, shape (frames, dimensions)}.

    Returns:
        {output: float32, shape (examples, ...)}.

    """
    order = np.argsort(_lengths(values), kind='stable')
    parts = [network(batch_of([values[number] for number in order[start:start + ANSWERED]]),
                     training=False)
             for start in range(0, len(values), ANSWERED)]
    back = np.argsort(order)
    return {name: np.concatenate([part[name].numpy() for part in parts])[back]
            for name in parts[0]}


def batch_of(values):
    """Put utterances together; the shorter ones are filled with rows of NaN.

    Args:
        values: list of {block: float32, shape (frames, dimensions)}.

    Returns:
        {block: float32, shape (utterances, most frames, dimensions)}.

    """
    return {name: _filled([entry[name] for entry in values]) for name in values[0]}


def _filled(matrices):
    batch = np.full((len(matrices), max(map(len, matrices)), matrices[0].shape[1]), np.nan,
                    np.float32)
    for row, entry in zip(batch, matrices, strict=True):
        row[:len(entry)] = entry
    return batch


def _lengths(values):
    """Give the lengths of utterances: the most rows in a block of each."""
    return np.array([max(map(len, entry.values())) for entry in values])


def _train(network, kind, training, heard, trained_on, draw, *, epochs, held=None):
    """Train the weights in place.

    Args:
        heard: _Heard of training.
        trained_on: float32, shape (examples, members): 1 where a member is trained on an example.
        draw: numpy.random.Generator.
        held: _HeldOut, to show how well members do on speakers that they are not trained on.

    """
    batch = min(BATCH, len(training))
    batches = len(training) // batch
    steps = epochs * batches
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps), weight_decay=WEIGHT_DECAY)
    targets = np.eye(network.output['logits'].shape[-1], dtype=np.float32)[training.targets]
    weights = balance(training)[:, np.newaxis] * trained_on
    budget = Budget()
    shapes = {name: tf.TensorSpec((batch, *block.shape[1:]), tf.float32)
              for name, block in network.input.items()}

    @tf.function(input_signature=[shapes, *(tf.TensorSpec(shape, tf.float32) for shape in (
        (batch, 1, targets.shape[1]), (batch, weights.shape[1]), (batch, 1, 1), ()))])
    def step(values, targets, weights, hinted, price):
        with tf.GradientTape() as tape:
            outputs = network(values, training=True)
            first, others = outputs['logits'][:, :, 0], outputs['logits'][:, :, 1:]
            cost = tf.zeros_like(weights)
            if 'confidence' in outputs:
                surprise, cost = hinted_loss(first, outputs['confidence'], targets, hinted)
            else:
                surprise = _cross_entropy(first, targets)
            surprise += tf.reduce_sum(_cross_entropy(others, targets[:, tf.newaxis]), axis=2)
            # The members have no weights in common: each has its own mean.
            loss = tf.reduce_sum(tf.reduce_mean(weights * (surprise + price * cost), axis=0))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return tf.reduce_sum(weights * cost) / tf.maximum(tf.reduce_sum(weights), 1e-6)

    title = 'training, all speakers' if held is None else 'training'
    progress = trange(epochs, desc=title, unit='epoch', disable=None)
    for _ in progress:
        for chosen in _batches(heard.draw(), batch, draw):
            hinted = (draw.permutation(batch) < batch // 2).astype(np.float32)
            price = budget.weight if kind.price is None else kind.price
            cost = step(heard.batch(chosen), targets[chosen, np.newaxis],
                        weights[chosen], hinted[:, np.newaxis, np.newaxis], np.float32(price))
            budget.update(float(cost))
        if held is not None and not progress.disable:
            answers = held.answer()['logits'][0].argmax(axis=1)
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

    Functionals of half of them change some more, by a drawn part of what a disturbance changed in
    another clip: so every clip is heard as disturbed as any other.

    Args:
        training: Examples.
        disturbed: Examples, or None.
        features: names of the blocks of their values.
        scaling: model.layers.RobustScaling of the functionals.
        draw: numpy.random.Generator.

    """

    def __init__(self, training, disturbed, features, scaling, draw):
        self._clean = training.values
        self._features = features
        self._draw = draw
        self._disturbed = None
        self._changes = ()
        self.values = training.values
        if disturbed is not None:
            order = np.argsort(disturbed.clips, kind='stable')
            self._disturbed = disturbed.values[order]
            clips = disturbed.clips[order]
            self._first = np.searchsorted(clips, training.clips)
            self._count = np.searchsorted(clips, training.clips, side='right') - self._first
            clean, copies = (scaling.clipped(functional_values(features, values))
                             for values in (training.values, self._disturbed))
            self._changes, _ = _changes(clean, training.clips, copies, clips)

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
        return _lengths(self.values)

    def batch(self, chosen):
        """Give the examples with the numbers `chosen`; see batch_of."""
        batch = batch_of(self.values[chosen])
        if len(self._changes):
            functionals = batch[functional_block(self._features)]
            changed = np.flatnonzero(self._draw.random(len(functionals)) < CHANGED)
            rows = self._draw.integers(len(self._changes), size=len(changed))
            parts = self._draw.random(len(changed), np.float32)
            for number, row, part in zip(changed, rows, parts, strict=True):
                functionals[number, 0] += part * self._changes[row]
        return batch
