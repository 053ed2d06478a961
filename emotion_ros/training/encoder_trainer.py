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

from dataclasses import dataclass

import keras
from keras import ops
import numpy as np

from emotion_ros.features.blocks import LOG_MEL
from emotion_ros.features.log_mel import FLOOR
from emotion_ros.model.backends import SPEAKER
from emotion_ros.training.encoder_network import EMBEDDING, GROUP, PIECE, EncoderNetwork, batch_of

BATCH = 64
EPOCHS = 4
ENCODER_RATE = 1e-4   # learning rate of the encoder at its highest
HEAD_RATE = 1e-3      # of all else
WARM_UP = 0.1         # part of the steps in which the rate rises
WEIGHT_DECAY = 0.01
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

    """

    values: np.ndarray
    copies: list
    targets: np.ndarray
    affect: np.ndarray
    speakers: np.ndarray
    weights: np.ndarray
    allowed: np.ndarray


class _Batches(keras.utils.PyDataset):
    """Draws batches: groups of examples of a speaker, cropped, mixed, some augmented."""

    def __init__(self, data: TrainingSet, steps: int, *, seed: int, **kwargs):
        super().__init__(**kwargs)
        self._data, self._steps = data, steps
        self._seed, self._epoch = seed, 0
        self._rate = data.weights / data.weights.sum()
        self._of_speaker = {number: np.flatnonzero(data.speakers == number)
                            for number in np.unique(data.speakers)}

    def __len__(self):
        return self._steps

    def on_epoch_end(self):
        self._epoch += 1

    def __getitem__(self, index):
        rng = np.random.default_rng([self._seed, self._epoch, index])
        data = self._data
        first = rng.choice(len(data.targets), BATCH // GROUP, p=self._rate)
        chosen = []
        for number in first:
            own = self._of_speaker[data.speakers[number]]
            rate = self._rate[own] / self._rate[own].sum()
            others = rng.choice(own, GROUP - 1, replace=len(own) < 2 * GROUP, p=rate)
            chosen += [number, *others]
        chosen = np.array(chosen)
        batch = batch_of([self._crop(self._spectrogram(number, rng), rng) for number in chosen],
                         PIECE)
        targets = np.eye(data.allowed.shape[1], dtype=np.float32)[data.targets[chosen]]
        affect = data.affect[chosen]
        batch, targets, affect = _mixed(batch, targets, affect, rng)
        hinted = (rng.permutation(BATCH) < BATCH // 2).astype(np.float32)
        return ({LOG_MEL: batch, SPEAKER: np.zeros((BATCH, 1, EMBEDDING), np.float32)},
                {'targets': targets, 'affect': affect, 'hinted': hinted[:, None],
                 'speakers': data.speakers[chosen].astype(np.int32),
                 'allowed': data.allowed[chosen]})

    def _spectrogram(self, number, rng):
        copies = self._data.copies[number]
        if copies and rng.random() < AUGMENTED_FRACTION:
            return copies[rng.integers(len(copies))]
        return self._data.values[number]

    def _crop(self, values, rng):
        start = rng.integers(max(len(values) - PIECE, 0) + 1)
        return values[start:start + PIECE]


def _mixed(batch, targets, affect, rng):
    """Mix some examples with others of the batch (Zhang and others 2018, arXiv 1710.09412)."""
    partner = rng.permutation(len(batch))
    share = np.where(rng.random(len(batch)) < MIXED, rng.uniform(0.5, 1, len(batch)), 1)
    share = share.astype(np.float32)[:, None]
    other = batch[partner]
    mixed = share[:, :, None] * batch + (1 - share[:, :, None]) * np.where(
        np.isnan(other), np.log10(FLOOR), other)
    batch = np.where(share[:, :, None] < 1, mixed, batch)
    return (batch, share * targets + (1 - share) * targets[partner],
            share * affect + (1 - share) * affect[partner])


class _Trained(keras.Model):
    """The network with its losses, for fit()."""

    def __init__(self, trunk, speakers, **kwargs):
        super().__init__(**kwargs)
        self.trunk = trunk
        self.voices = self.add_weight(name='voices', shape=(trunk.output['voice'].shape[-1],
                                                            speakers))
        self.price = self.add_weight(name='price', shape=(), trainable=False,
                                     initializer=keras.initializers.Constant(0.1))

    def call(self, inputs, training=False):
        return self.trunk(inputs, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logits = ops.cast(y_pred['logits'], 'float32')
        targets = y['targets']
        logits = logits + ABSENT * (1 - y['allowed'])
        soft = (1 - SMOOTHING) * targets + SMOOTHING / targets.shape[-1]
        confidence = ops.clip(y_pred['confidence'], 1e-6, 1.0)
        asked = y['hinted'] * (1 - confidence)
        probability = (1 - asked) * ops.softmax(logits) + asked * targets
        surprise = -ops.sum(soft * ops.log(ops.maximum(probability, 1e-7)), axis=-1)
        cost = -ops.mean(ops.log(confidence))
        self.price.assign(self.price * ops.where(cost > BUDGET, 1.01, 0.99))
        affect = ops.mean(ops.square(y['affect'] - y_pred['affect']))
        cosine = ops.matmul(y_pred['voice'], ops.normalize(self.voices, axis=0))
        own = ops.one_hot(y['speakers'], self.voices.shape[1])
        voice = ops.mean(keras.losses.categorical_crossentropy(
            own, SCALE * (cosine - MARGIN * own), from_logits=True))
        return (ops.mean(surprise) + self.price * cost + AFFECT_WEIGHT * affect
                + VOICE_WEIGHT * voice)


def train_encoder(network: EncoderNetwork, data: TrainingSet, *, epochs: float,
                  seed: int) -> None:
    """Train the weights in place.

    Args:
        network: as it was built.
        data: to train on.
        epochs: how often all examples are seen, about.
        seed: of batches.

    """
    steps = max(int(epochs * len(data.targets) / BATCH), 1)
    trunk = network.trunk
    trunk.get_layer('stem').trainable = False
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=HEAD_RATE, warmup_steps=int(WARM_UP * steps) + 1)
    factors = {name: ENCODER_RATE / HEAD_RATE for name in network.pretrained}
    model = _Trained(trunk, int(data.speakers.max()) + 1, name='training')
    model.compile(optimizer=LayerwiseAdamW(
        factors, learning_rate=rate, weight_decay=WEIGHT_DECAY, global_clipnorm=1.0,
        use_ema=True, ema_momentum=max(1 - 1 / (AVERAGED * steps), 0)), jit_compile='auto')
    batches = _Batches(data, steps, seed=seed, workers=1, use_multiprocessing=False,
                       max_queue_size=8)
    model.fit(batches, epochs=1, verbose=0, shuffle=False)
