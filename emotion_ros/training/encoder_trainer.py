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

"""Training of the network on a pretrained encoder, on whatever Keras runs on."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import ops
import numpy as np

from emotion_ros.features.blocks import LOG_MEL
from emotion_ros.features.log_mel import FLOOR
from emotion_ros.model.backends import SPEAKER
from emotion_ros.training.encoder_network import EMBEDDING, GROUP, EncoderNetwork, batch_of

BATCH = 64
PIECE = 240           # frames of the pieces of utterances that the encoder is trained on: 2.4 s
EPOCHS = 0            # that the encoder is trained with it; see docs/experiments.md
KEPT = 0.5            # share of the weights before that in those that stay
HEAD_STEPS = 2000     # that the head is trained alone
HEAD_BATCH = 128
HEAD_RATE = 1e-3      # learning rate of the head alone at its highest
ENCODER_RATE = 1e-4   # of the encoder, later
JOINT_RATE = 5e-4     # of all else, then
WARM_UP = 0.1         # part of the steps in which the rate rises
WEIGHT_DECAY = 0.1
AUGMENTED_FRACTION = 0.5   # of the examples that have copies
AVERAGED = 0.1        # part of the steps whose weights are averaged, about
SMOOTHING = 0.1       # of the labels
MIXED = 0.3           # part of the examples that are mixed with another
ABSENT = -2.0         # added to the logits of classes that the corpus of an example lacks
AFFECT_WEIGHT = 0.5
VOICE_WEIGHT = 0.1
MARGIN, SCALE = 0.2, 20.0   # of the cosines between voices (Wang and others 2018, 1801.05599)
BUDGET = 0.3          # of mean(-log c): DeVries and Taylor 2018, arXiv 1802.04865


class LayerwiseAdamW(keras.optimizers.AdamW):
    """AdamW that moves some variables more slowly than others.

    Args:
        factors: {start of a variable's path: factor of the learning rate}.
        kwargs: of keras.optimizers.AdamW.

    """

    def __init__(self, factors: dict, **kwargs):
        super().__init__(**kwargs)
        self._factors = factors

    def update_step(self, gradient, variable, learning_rate):
        """See keras.optimizers.Optimizer."""
        path = self._trainable_variables[self._get_variable_index(variable)].path
        factor = next((value for start, value in self._factors.items()
                       if path.startswith(start)), 1.0)
        super().update_step(gradient, variable, learning_rate * factor)


@dataclass(frozen=True)
class TrainingSet:
    """What is trained on.

    Args:
        values: object, shape (examples,): log-mel spectrograms.
        copies: for each, the spectrograms of its augmented copies; may be empty.
        targets: int, shape (examples,).
        affect: float32, shape (examples, 2): arousal and valence.
        speakers: int, shape (examples,): number of the speaker.
        weights: float, shape (examples,): how often each is drawn, in proportion.
        allowed: float32, shape (examples, classes): 1 for the classes that the corpus of the
            example has.
        statistics: of all spectrograms, those of each example before its copies; see
            encoder_network.PretrainedEncoder.describe.

    """

    values: np.ndarray
    copies: list
    targets: np.ndarray
    affect: np.ndarray
    speakers: np.ndarray
    weights: np.ndarray
    allowed: np.ndarray
    statistics: dict

    def entries(self) -> list:
        """Return the versions of each example: itself, then its augmented copies."""
        return [[values, *copies]
                for values, copies in zip(self.values, self.copies, strict=True)]

    def rows(self) -> list:
        """Return for each example the rows of `statistics` that belong to its versions."""
        counts = [1 + len(copies) for copies in self.copies]
        return np.split(np.arange(sum(counts)), np.cumsum(counts)[:-1])


class _Batches(keras.utils.PyDataset):
    """Draws batches: groups of examples of a speaker, mixed, some augmented.

    Args:
        data: TrainingSet.
        entries: for each example, its versions; see TrainingSet.entries.
        collate: function of entries and a numpy.random.Generator that gives {input: float32,
            (examples, ...)}.
        steps: number of batches.
        size: of a batch.
        seed: of what is drawn.

    """

    def __init__(self, data: TrainingSet, entries: list, collate: Callable, *, steps: int,
                 size: int, seed: int, **kwargs):
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8, **kwargs)
        self._data, self._entries, self._collate = data, entries, collate
        self._steps, self._size, self._seed = steps, size, seed
        self._rate = data.weights / data.weights.sum()
        self._of_speaker = {number: np.flatnonzero(data.speakers == number)
                            for number in np.unique(data.speakers)}

    def __len__(self):
        return self._steps

    def __getitem__(self, index):
        rng = np.random.default_rng([self._seed, index])
        data, size = self._data, self._size
        first = rng.choice(len(data.targets), size // GROUP, p=self._rate)
        chosen = []
        for number in first:
            own = self._of_speaker[data.speakers[number]]
            rate = self._rate[own] / self._rate[own].sum()
            others = rng.choice(own, GROUP - 1, replace=len(own) < 2 * GROUP, p=rate)
            chosen += [number, *others]
        chosen = np.array(chosen)
        inputs = self._collate([self._draw_copy(number, rng) for number in chosen], rng)
        targets = np.eye(data.allowed.shape[1], dtype=np.float32)[data.targets[chosen]]
        partner = rng.permutation(size)
        share = np.where(rng.random(size) < MIXED, rng.uniform(0.5, 1, size), 1)
        share = share.astype(np.float32)
        hinted = (rng.permutation(size) < size // 2).astype(np.float32)
        return ({SPEAKER: np.zeros((size, 1, EMBEDDING), np.float32),
                 **{name: _mixed(values, partner, share) for name, values in inputs.items()}},
                {'targets': _mixed(targets, partner, share),
                 'affect': _mixed(data.affect[chosen], partner, share),
                 'hinted': hinted[:, None],
                 'speakers': data.speakers[chosen].astype(np.int32),
                 'allowed': data.allowed[chosen]})

    def _draw_copy(self, number, rng):
        original, *copies = self._entries[number]
        if copies and rng.random() < AUGMENTED_FRACTION:
            return copies[rng.integers(len(copies))]
        return original


def _mixed(values, partner, share):
    """Mix examples with others of the batch (Zhang and others 2018, arXiv 1710.09412).

    Args:
        values: float32, shape (examples, ...); NaN where a spectrogram has no frame.
        partner: int, shape (examples,): number of the other.
        share: float32, shape (examples,): of the first; the other has the rest.

    """
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    other = np.where(np.isnan(values), np.float32(np.log10(FLOOR)), values)[partner]
    return np.where(share < 1, share * values + (1 - share) * other, values)


class _Trained(keras.Model):
    """The network with its losses, for fit().

    Args:
        trunk: EncoderNetwork.trunk or head.
        speakers: how many there are.

    """

    def __init__(self, trunk, speakers, **kwargs):
        super().__init__(**kwargs)
        self.trunk = trunk
        self.voices = self.add_weight(name='voices', shape=(trunk.output['voice'].shape[-1],
                                                            speakers))
        self.confidence_weight = self.add_weight(
            name='confidence_weight', shape=(), trainable=False,
            initializer=keras.initializers.Constant(0.1))

    def call(self, inputs, training=False):
        return self.trunk(inputs, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logits = ops.cast(y_pred['logits'], 'float32')
        targets = y['targets']
        logits = logits + ABSENT * (1 - y['allowed'])
        soft = (1 - SMOOTHING) * targets + SMOOTHING / targets.shape[-1]
        confidence = ops.clip(y_pred['confidence'], 1e-6, 1.0)
        hint = y['hinted'] * (1 - confidence)
        probability = (1 - hint) * ops.softmax(logits) + hint * targets
        cross_entropy = -ops.sum(soft * ops.log(ops.maximum(probability, 1e-7)), axis=-1)
        cost = -ops.mean(ops.log(confidence))
        self.confidence_weight.assign(
            self.confidence_weight * ops.where(cost > BUDGET, 1.01, 0.99))
        affect = ops.mean(ops.square(y['affect'] - y_pred['affect']))
        cosine = ops.matmul(y_pred['voice'], ops.normalize(self.voices, axis=0))
        own = ops.one_hot(y['speakers'], self.voices.shape[1])
        voice = ops.mean(keras.losses.categorical_crossentropy(
            own, SCALE * (cosine - MARGIN * own), from_logits=True))
        return (ops.mean(cross_entropy) + self.confidence_weight * cost
                + AFFECT_WEIGHT * affect + VOICE_WEIGHT * voice)


def train_encoder(network: EncoderNetwork, data: TrainingSet, *, epochs: float,
                  seed: int) -> None:
    """Train the weights in place: the head alone first, then the encoder with it.

    A head that knows something does not spoil the encoder (Kumar and others 2022,
    arXiv 2202.10054). What the encoder learns harms strangers; the mean of the weights before and
    after does not (Wortsman and others 2022, arXiv 2109.01903).

    Args:
        network: as it was built.
        data: to train on.
        epochs: how often all examples are seen while the encoder is trained, too, about; 0 to
            leave it as it is.
        seed: of batches.

    """
    speakers = int(data.speakers.max()) + 1
    head = _Trained(network.head, speakers, name='head_training')
    head.compile(optimizer=keras.optimizers.AdamW(
        _rate(HEAD_RATE, HEAD_STEPS), weight_decay=WEIGHT_DECAY, global_clipnorm=1.0),
        jit_compile='auto')
    head.fit(_Batches(
        data, data.rows(),
        lambda chosen, _: {name: values[chosen] for name, values in data.statistics.items()},
        steps=HEAD_STEPS, size=HEAD_BATCH, seed=seed), epochs=1, verbose=0, shuffle=False)
    if not epochs:
        return
    steps = max(int(epochs * len(data.targets) / BATCH), 1)
    network.trunk.get_layer('stem').trainable = False
    factors = {name: ENCODER_RATE / JOINT_RATE for name in network.pretrained}
    before = network.trunk.get_weights()
    model = _Trained(network.trunk, speakers, name='training')
    model.voices.assign(head.voices)
    model.confidence_weight.assign(head.confidence_weight)
    model.compile(optimizer=LayerwiseAdamW(
        factors, learning_rate=_rate(JOINT_RATE, steps), weight_decay=WEIGHT_DECAY,
        global_clipnorm=1.0, use_ema=True, ema_momentum=max(1 - 1 / (AVERAGED * steps), 0)),
        jit_compile='auto')
    model.fit(_Batches(data, data.entries(), _cropped, steps=steps, size=BATCH, seed=seed + 1),
              epochs=1, verbose=0, shuffle=False)
    network.trunk.set_weights([KEPT * old + (1 - KEPT) * new for old, new in zip(
        before, network.trunk.get_weights(), strict=True)])


def _rate(highest, steps):
    """Give a learning rate that rises, then falls to 0 along a cosine."""
    return keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=highest, warmup_steps=int(WARM_UP * steps) + 1)


def _cropped(spectrograms, rng):
    """Put pieces of spectrograms, PIECE frames of each at most, into a batch."""
    pieces = []
    for values in spectrograms:
        start = rng.integers(max(len(values) - PIECE, 0) + 1)
        pieces.append(values[start:start + PIECE])
    return {LOG_MEL: batch_of(pieces, PIECE)}
