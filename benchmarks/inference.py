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

"""The network: LiteRT, which the nodes use, against the ways of TensorFlow."""

import time

import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.features.blocks import feature_blocks
from emotion_ros.files.paths import find_model
from emotion_ros.model import register_layers
from emotion_ros.model.backends import BACKENDS
from emotion_ros.model.saved_model import KERAS, read_description
import measuring

WAYS = 'LiteRT', 'tf.function', 'model(x)', 'model.predict'
SECONDS = 2, 15
TIMES = 30


def load(way):
    """Load the default model; give a function of {block: values} to probabilities."""
    folder = find_model()
    if way in ('LiteRT', 'tf.function'):
        description = read_description(folder)
        backend = BACKENDS['litert' if way == 'LiteRT' else 'tensorflow'](
            folder, feature_blocks(description.features), description.litert_sha256)
        return lambda matrices: backend.run(matrices)['probabilities']
    import keras

    from emotion_ros.training.prediction import batch_of, of_strangers
    register_layers()
    network = keras.saving.load_model(folder / KERAS, compile=False)

    def inputs(matrices):
        return of_strangers(network, batch_of([matrices]))

    if way == 'model(x)':
        return lambda matrices: network(inputs(matrices))['probabilities'].numpy()[0]
    return lambda matrices: network.predict(inputs(matrices), verbose=0)['probabilities'][0]


def features_of(seconds):
    """Compute the features of so much speech."""
    return measuring.matrices(read_description(find_model()).features, seconds)


def child(way):
    """Measure a way in a process of its own.

    Returns:
        Time until it is loaded and until the first answer [s], memory [MB], medians of the time
        for an answer by length [s], the probabilities.

    """
    values = [features_of(seconds) for seconds in SECONDS]   # openSMILE goes before TensorFlow
    memory, begun = measuring.memory(), time.monotonic()
    run = load(way)
    loaded = time.monotonic() - begun
    answers = [run(value).tolist() for value in values]
    first = time.monotonic() - begun
    medians = []
    for value in values:
        times = []
        for _ in range(TIMES):
            begun = time.monotonic()
            run(value)
            times.append(time.monotonic() - begun)
        medians.append(float(np.median(times)))
    return loaded, first, measuring.memory() - memory, medians, answers


def measure(_):
    """Compare the ways."""
    found = {way: measuring.in_child(way) for way in WAYS}
    fastest = found['LiteRT']
    rows = []
    for way, (loaded, first, memory, medians, answers) in found.items():
        rows.append([way, loaded / fastest[0], *(one / other for one, other in
                                                 zip(medians, fastest[3])),
                     loaded, first, memory, *(1000 * median for median in medians),
                     max(np.abs(np.subtract(one, other)).max()
                         for one, other in zip(answers, fastest[4]))])
    return [measuring.Table(
        'The default model, one utterance at a time',
        ['way', 'start / LiteRT', *(f'time of {seconds} s / LiteRT' for seconds in SECONDS),
         'start [s]', 'to the first answer [s]', 'memory [MB]',
         *(f'{seconds} s of speech [ms]' for seconds in SECONDS), 'difference'], rows,
        [f'Medians of {TIMES} at {SAMPLE_RATE} Hz. Memory is what loading and answering add to a '
         'process with openSMILE in it. The difference is the greatest between probabilities.'])]


if __name__ == '__main__':
    measuring.run(__doc__, measure, child=child)
