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

"""Predictions for the tests of metrics, reports and comparisons."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from emotion_ros.evaluation import plots
from emotion_ros.evaluation.report import Evaluation
from emotion_ros.metrics.predictions import Predictions

LABELS = ['neutral', 'anger', 'fear']


def predictions(targets, given, *, has_speech=None, speakers=None, corpora=None, probability=0.8,
                confidence=None, labels=LABELS):
    """Make answers of some probability."""
    count, classes = len(targets), len(labels)
    heard = np.ones(count, bool) if has_speech is None else np.array(has_speech, bool)
    probability = np.broadcast_to(probability, count)
    probabilities = np.repeat((1 - probability) / (classes - 1), classes).reshape(count, classes)
    probabilities[np.arange(count), given] = probability
    probabilities[~heard] = 1 / classes
    confidence = np.full(count, 0.5) if confidence is None else np.array(confidence)
    return Predictions(
        labels=labels, targets=np.array(targets, int),
        probabilities=probabilities.astype(np.float32),
        confidence=np.where(heard, confidence, 0).astype(np.float32),
        speakers=np.array(speakers or ['x/1'] * count, str),
        corpora=np.array(corpora or ['x'] * count, str), has_speech=heard,
        affect=np.full((count, 2), np.nan), rated=np.full((count, 2), np.nan))


def some_predictions(*, right=0.7, count=90, seed=0, unheard=0.05):
    """Make answers of which a part is right."""
    draw = np.random.default_rng(seed)
    targets = draw.integers(3, size=count)
    given = np.where(draw.random(count) < right, targets, (targets + 1) % 3)
    corpora = draw.choice(['emodb', 'ravdess'], count)
    return predictions(
        targets, given, has_speech=draw.random(count) >= unheard, corpora=list(corpora),
        speakers=[f'{corpus}/{draw.integers(5):02}' for corpus in corpora],
        probability=draw.uniform(0.4, 1, count), confidence=draw.uniform(0, 1, count))


def evaluation(**changes):
    """Make an evaluation with everything in it."""
    draw = np.random.default_rng(1)
    return replace(Evaluation(
        predictions=some_predictions(),
        ood={'music': (draw.random(20), draw.random(20)), 'rain': (draw.random(9), draw.random(9))},
        snr={10: some_predictions(right=0.6), 0.0: some_predictions(right=0.4)},
        snr_plain={10: some_predictions(right=0.5), plots.CLEAN: some_predictions(right=0.7)},
        compared={'svm': some_predictions(right=0.65)},
        protocol={'scheme': 'speakers', 'command': 'emotion-ros evaluate',
                  'folds': [['emodb/00'], ['emodb/01', 'ravdess/02']], 'seed': np.int64(3),
                  'learning_rate': 0.00003, 'versions': {'keras': '3.9'}, 'noise': [Path('a.wav')],
                  'strange': float('nan'), 'reverb': False},
        threshold=0.25), **changes)


def bare(**changes):
    """Make an evaluation with answers alone."""
    return evaluation(**{'ood': {}, 'snr': {}, 'snr_plain': {}, 'compared': {}, 'threshold': None,
                         'protocol': {'scheme': 'model'}, **changes})
