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

"""What a network answers to clips."""

import numpy as np

from emotion_ros.evaluation.predictions import Predictions
from emotion_ros.evaluation.svm import SupportVectors
from emotion_ros.paths import readable
from emotion_ros.training.prediction import predict


def run_network(network, values):
    """Let a trained network answer to utterances.

    Args:
        network: keras.Model of training.network.calibrated, or SupportVectors.
        values: as in training.examples.Examples, at least one.

    Returns:
        Probabilities, float32, shape (utterances, classes), confidence, shape (utterances,), and
        arousal and valence, shape (utterances, 2), or None where the network does not tell them.

    """
    if isinstance(network, SupportVectors):
        return *network.predict(values), None
    outputs = predict(network, values)
    affect = (np.stack([outputs[name].reshape(-1) for name in ('arousal', 'valence')], axis=1)
              if 'arousal' in outputs else None)
    return outputs['probabilities'], outputs['confidence'][:, 0], affect


def predict_some_clips(network, clips, chosen, mapping, labels, examples):
    """Let a network answer to some of the clips.

    Args:
        network: see run_network.
        clips, mapping, labels, examples: see predict_clips; examples of others are left alone.
        chosen: numbers of the clips that are answered, int, sorted.

    Returns:
        Predictions.

    """
    examples = examples.select(np.isin(examples.clips, chosen))
    examples = examples.renumbered(np.searchsorted(chosen, examples.clips))
    answered = (run_network(network, examples.values) if len(examples)
                else (np.zeros((0, len(labels))), np.zeros(0), None))
    return predict_clips([clips[number] for number in chosen], mapping, labels, examples, *answered)


def predict_clips(clips, mapping, labels, examples, probabilities, confidence, affect=None):
    """Put the answers to utterances together to one for each clip: their mean.

    Args:
        clips: [corpora.clip.Clip].
        mapping: {emotion: class}, with every emotion of the clips.
        labels: the classes in order.
        examples: training.examples.Examples: the utterances that were heard in the clips.
        probabilities: float32, shape (examples, classes).
        confidence: float32, shape (examples,).
        affect: float32, shape (examples, 2): arousal and valence; None where they are not told.

    Returns:
        Predictions to all clips.

    """
    counts = np.bincount(examples.clips, minlength=len(clips))
    if affect is None:
        affect = np.full((len(examples), 2), np.nan)
    rated = [(clip.arousal, clip.valence) for clip in clips]

    def mean(values, where_unheard):
        sums = np.zeros((len(clips), *values.shape[1:]))
        np.add.at(sums, examples.clips, values)
        means = sums / np.maximum(counts, 1).reshape(-1, *[1] * (values.ndim - 1))
        means[counts == 0] = where_unheard
        return means.astype(np.float32)

    return Predictions(
        labels=list(labels),
        targets=np.array([labels.index(mapping[clip.emotion]) for clip in clips]),
        probabilities=mean(probabilities, 1 / len(labels)),
        confidence=mean(confidence, 0),
        speakers=np.array([clip.speaker for clip in clips]),
        corpora=np.array([clip.corpus for clip in clips]),
        has_speech=counts > 0,
        affect=mean(affect, np.nan),
        rated=np.array(rated, np.float32).reshape(-1, 2),
        names=np.array([readable(clip.path) for clip in clips], str),
        digests=np.array([clip.digest for clip in clips], str),
        languages=np.array([clip.language for clip in clips], str),
        sexes=np.array([clip.sex for clip in clips], str))
