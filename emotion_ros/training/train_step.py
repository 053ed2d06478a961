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

"""A training step of a network: the loss, its gradients and the update of the weights."""

import keras
import tensorflow as tf

from emotion_ros.training.confidence import hinted_loss, true_class_cost

LEARNING_RATE = 1e-3   # initial; it decays to 0 along a cosine

WEIGHT_DECAY = 1e-3


def compile_step(network, architecture, batch, members, steps):
    """Compile a training step.

    Args:
        network: keras.Model with the trained outputs of a trunk.
        architecture: network.Architecture.
        batch: number of examples.
        members: number of networks.
        steps: number of steps until the learning rate is 0.

    Returns:
        A function of a batch: {block: values}, targets, shape (batch, 1, classes), weights, shape
        (batch, members), which examples get a hint, shape (batch, 1, 1), and the confidence weight.
        It updates the weights of the network and returns the loss and the mean confidence cost.

    """
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps), weight_decay=WEIGHT_DECAY)
    optimizer.build(network.trainable_variables)   # otherwise the step is traced twice
    classes = network.output['logits'].shape[-1]
    shapes = {name: tf.TensorSpec((batch, *block.shape[1:]), tf.float32)
              for name, block in network.input.items()}

    @tf.function(input_signature=[shapes, *(tf.TensorSpec(shape, tf.float32) for shape in (
        (batch, 1, classes), (batch, members), (batch, 1, 1), ()))])
    def step(values, targets, weights, hinted, confidence_weight):
        with tf.GradientTape() as tape:
            outputs = network(values, training=True)
            first, others = outputs['logits'][:, :, 0], outputs['logits'][:, :, 1:]
            cost = tf.zeros_like(weights)
            if 'confidence' in outputs:
                cross_entropy, cost = hinted_loss(first, outputs['confidence'], targets, hinted)
                if architecture.true_class:
                    cost = true_class_cost(first, outputs['confidence'], targets)
            else:
                cross_entropy = _cross_entropy(first, targets)
            cross_entropy += tf.reduce_sum(_cross_entropy(others, targets[:, tf.newaxis]), axis=2)
            # Members share no weights, so each has its own mean.
            loss = tf.reduce_sum(tf.reduce_mean(
                weights * (cross_entropy + confidence_weight * cost), axis=0))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return loss, tf.reduce_sum(weights * cost) / tf.maximum(tf.reduce_sum(weights), 1e-6)

    return step


def _cross_entropy(logits, targets):
    return tf.nn.softmax_cross_entropy_with_logits(
        tf.broadcast_to(targets, tf.shape(logits)), logits)
