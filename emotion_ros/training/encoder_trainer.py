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

from collections.abc import Collection, Iterator
from contextlib import contextmanager
import logging
import time

import keras
from keras import ops
import numpy as np

from emotion_ros.features.blocks import LOG_MEL
from emotion_ros.features.log_mel import FLOOR
from emotion_ros.model.backends import SPEAKER
from emotion_ros.training.batches import AudioBatches, StatisticsBatches, TrainingSet
from emotion_ros.training.confidence import BUDGET, CHANGES, WEIGHT
from emotion_ros.training.encoder_network import EMBEDDING, EncoderNetwork
from emotion_ros.training.scenes import Scenes, Sources, pieces

_LOGGER = logging.getLogger(__name__)

BATCH = 128
PIECE = 240           # frames of the pieces of utterances that the encoder is trained on: 2.4 s
KEPT = 0.4            # weight of the encoder's old weights in the mean that stays
CHANGED = 0.67        # part of the pieces that the encoder hears in a drawn scene
HEAD_STEPS = 2000     # that the head is trained alone
HEAD_BATCH = 128
HEAD_RATE = 1e-3      # learning rate of the head alone at its highest
ENCODER_RATE = 4e-5   # of the encoder, later
JOINT_RATE = 5e-4     # of all else, then
WARM_UP = 0.1         # part of the steps in which the rate rises
WEIGHT_DECAY = 0.1
AVERAGED = 0.1        # part of the steps whose weights are averaged, about
SMOOTHING = 0.1       # of the labels
ABSENT = -2.0         # added to the logits of classes that the corpus of an example lacks
AFFECT_WEIGHT = 0.5
VOICE_WEIGHT = 0.1
MARGIN, SCALE = 0.2, 20.0   # of the cosines between voices (Wang and others 2018, 1801.05599)

# They are not trained with the encoder. Statistics of whole utterances tell voices apart better
# than those of pieces; block 0, from which they come, too, does change.
_FIXED = 'stem', 'voice_projection'


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


class _Trained(keras.Model):
    """The network with its losses, for fit().

    Args:
        trunk: EncoderNetwork.trunk or head.
        speakers: how many there are; what tells them apart is trained if there are several.

    """

    def __init__(self, trunk, speakers=0, **kwargs):
        super().__init__(**kwargs)
        self.trunk = trunk
        self.voices = None if speakers < 2 else self.add_weight(
            name='voices', shape=(trunk.output['voice'].shape[-1], speakers))
        self.confidence_weight = self.add_weight(
            name='confidence_weight', shape=(), trainable=False,
            initializer=keras.initializers.Constant(WEIGHT))

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
            self.confidence_weight * ops.where(cost > BUDGET, *CHANGES))
        affect = ops.mean(ops.square(y['affect'] - y_pred['affect']))
        loss = (ops.mean(cross_entropy) + self.confidence_weight * cost
                + AFFECT_WEIGHT * affect)
        if self.voices is None:
            return loss
        cosine = ops.matmul(y_pred['voice'], ops.normalize(self.voices, axis=0))
        own = ops.one_hot(y['speakers'], self.voices.shape[1])
        return loss + VOICE_WEIGHT * ops.mean(keras.losses.categorical_crossentropy(
            own, SCALE * (cosine - MARGIN * own), from_logits=True))


class _Pace(keras.callbacks.Callback):
    """Logs after a few steps how long the training takes."""

    _STEPS = 20

    def __init__(self, steps: int):
        super().__init__()
        self._total, self._start = steps, 0.0

    def on_train_batch_end(self, batch, logs=None):
        if batch == 0:   # the first is slow: the graph is compiled
            self._start = time.monotonic()
        elif batch == self._STEPS:
            minutes = (time.monotonic() - self._start) / self._STEPS * self._total / 60
            _LOGGER.info(f'the encoder is trained in {self._total} steps, which takes about '
                         f'{minutes:.1f} min')


@contextmanager
def _fixed(network: keras.Model, names: Collection[str]) -> Iterator[None]:
    """Do not train some layers within this context."""
    for name in names:
        network.get_layer(name).trainable = False
    try:
        yield
    finally:
        for name in names:
            network.get_layer(name).trainable = True


def train_head(network: EncoderNetwork, data: TrainingSet, *, seed: int) -> None:
    """Train what follows the encoder, in place.

    Args:
        network: as it was built.
        data: to train on.
        seed: of batches.

    """
    speakers = int(data.speakers.max()) + 1
    with _fixed(network.head, [] if speakers > 1 else ['voice_projection']):
        head = _Trained(network.head, speakers, name='head_training')
        head.compile(optimizer=keras.optimizers.AdamW(
            _rate(HEAD_RATE, HEAD_STEPS), weight_decay=WEIGHT_DECAY, global_clipnorm=1.0),
            jit_compile='auto')
        head.fit(StatisticsBatches(data, steps=HEAD_STEPS, size=HEAD_BATCH, seed=seed),
                 epochs=1, verbose=0, shuffle=False)


def train_encoder(network: EncoderNetwork, data: TrainingSet, sources: Sources, *, epochs: float,
                  seed: int) -> None:
    """Train the encoder and what follows it, in place, on scenes that are drawn anew each time.

    A head that knows something does not spoil the encoder (Kumar and others 2022,
    arXiv 2202.10054). What the encoder learns can harm strangers; the mean of the weights before
    and after helps (Wortsman and others 2022, arXiv 2109.01903).

    Args:
        network: whose head was trained.
        data: to train on, with audio.
        sources: of rooms and noise.
        epochs: passes over all examples, about.
        seed: of batches and scenes.

    """
    steps = max(int(epochs * len(data.targets) / BATCH), 1)
    before = network.trunk.get_weights()
    with _fixed(network.trunk, _FIXED):
        model = _Trained(_on_scenes(network.trunk, sources, seed), name='training')
        pretrained = [variable for name in network.pretrained
                      for variable in network.trunk.get_layer(name).trainable_variables]
        optimizer = LayerwiseAdamW(
            dict.fromkeys(network.pretrained, ENCODER_RATE / JOINT_RATE),
            learning_rate=_rate(JOINT_RATE, steps), weight_decay=WEIGHT_DECAY, global_clipnorm=1.0,
            use_ema=True, ema_momentum=max(1 - 1 / (AVERAGED * steps), 0))
        optimizer.exclude_from_weight_decay(var_list=pretrained)
        model.compile(optimizer=optimizer, jit_compile='auto')
        model.fit(AudioBatches(data, PIECE, CHANGED, steps=steps, size=BATCH, seed=seed + 1),
                  epochs=1, verbose=0, shuffle=False, callbacks=[_Pace(steps)])
    network.trunk.set_weights([old + (1 - KEPT) * (new - old) for old, new in zip(
        before, network.trunk.get_weights(), strict=True)])


def _on_scenes(trunk, sources, seed):
    """Put a network behind scenes whose spectrograms are mixed."""
    shapes = pieces([np.zeros(1, np.int16)], PIECE, 0, np.random.default_rng(seed))
    inputs = {name: keras.Input(values.shape[1:], name=name, dtype=values.dtype)
              for name, values in shapes.items()}
    log_mel = Scenes(sources, PIECE, seed, name='scenes')(**inputs)
    inputs |= {'partner': keras.Input((), name='partner', dtype='int32'),
               'share': keras.Input((), name='share'),
               SPEAKER: keras.Input((1, EMBEDDING), name=SPEAKER)}
    share = inputs['share'][:, None, None]
    other = ops.take(ops.where(ops.isnan(log_mel), float(np.log10(FLOOR)), log_mel),
                     inputs['partner'], axis=0)
    mixed = share * log_mel + (1 - share) * other   # NaN stays, where there is no frame
    return keras.Model(inputs, trunk({LOG_MEL: mixed, SPEAKER: inputs[SPEAKER]}))


def _rate(highest, steps):
    """Give a learning rate that rises, then falls to 0 along a cosine."""
    return keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=highest, warmup_steps=int(WARM_UP * steps) + 1)
