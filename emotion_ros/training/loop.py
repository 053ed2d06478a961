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

"""The training loop: batches, hints, and when to stop."""

import logging
import time

import numpy as np

from emotion_ros.display.progress import progress
from emotion_ros.training.confidence import Budget
from emotion_ros.training.early_stopping import EarlyStopping
from emotion_ros.training.examples import balance
from emotion_ros.training.history import ALL, HELD_OUT, Epoch
from emotion_ros.training.sampler import batches_of_like_length
from emotion_ros.training.train_step import compile_step

_LOGGER = logging.getLogger(__name__)

BATCH = 32

PATIENCE = 10
PATIENCE_STEPS = 200
"""Training stops after PATIENCE epochs, and at least PATIENCE_STEPS steps, without a gain."""

WATCHED = 1000   # held-out utterances used to measure gains


def train_weights(network, architecture, training, sampler, trained_on, rng, history, *, epochs,
                  held=None, total=0):
    """Train the weights of a network in place.

    Args:
        network: whose outputs have an axis of members.
        architecture: network.Architecture.
        training: Examples.
        sampler: AugmentedSampler of training.
        trained_on: float32, shape (examples, members): 1 if a member is trained on an example.
        rng: numpy.random.Generator.
        history: list to which an Epoch is appended after each epoch.
        held: HeldOut examples: training stops when the results for them no longer improve, and the
            best weights are restored; None trains to the end.
        epochs, total: number of passes over the examples, here and with those that follow.

    Returns:
        Number of passes over all examples that led to the weights.

    """
    batch = min(BATCH, len(training))
    batches = len(training) // batch
    targets = np.eye(network.output['logits'].shape[-1], dtype=np.float32)[training.targets]
    weights = balance(training)[:, np.newaxis] * trained_on
    step = compile_step(network, architecture, batch, weights.shape[1], epochs * batches)
    budget = Budget()
    if held is not None:
        watched = held.some(WATCHED, rng)
        stopping = EarlyStopping(network, patience=max(PATIENCE, -(-PATIENCE_STEPS // batches)))
    title = 'training on all speakers' if held is None else 'training'
    for epoch in progress(range(1, epochs + 1), total=epochs, title=title, unit='epoch'):
        begun, losses = time.monotonic(), []
        for chosen in batches_of_like_length(sampler.draw(), batch, rng):
            hinted = (rng.permutation(batch) < batch // 2).astype(np.float32)
            confidence_weight = (budget.weight if architecture.confidence_weight is None
                                 else architecture.confidence_weight)
            loss, cost = step(sampler.batch(chosen), targets[chosen, np.newaxis],
                              weights[chosen], hinted[:, np.newaxis, np.newaxis],
                              np.float32(confidence_weight))
            budget.update(float(cost))
            losses.append(float(loss) / weights.shape[1])
        if held is None:
            history.append(Epoch(len(history) + 1, ALL, float(np.mean(losses))))
            continue
        ended = stopping.ended(epoch, watched.predict()['logits'][0], watched.targets)
        history.append(Epoch(len(history) + 1, HELD_OUT, float(np.mean(losses)),
                             stopping.last_loss, stopping.last_recall))
        if ended:
            break
        if epoch == 2:   # the first one takes longer
            seconds = time.monotonic() - begun
            _LOGGER.info(f'an epoch takes {seconds:.1f} s, all at most '
                         f'{total * seconds / 60:.0f} min')
    if held is None:
        return epochs
    stopping.restore()
    _LOGGER.info(f'training: best after epoch {stopping.epochs}, unweighted average recall '
                 f'{stopping.recall:.3f} of what was held out')
    return stopping.epochs
