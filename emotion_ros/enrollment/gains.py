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


"""What a model gains where it knows the speaker: speakers are enrolled with some of their clips."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Protocol

import numpy as np

from emotion_ros.arrays import Float32
from emotion_ros.display.progress import progress
from emotion_ros.display.tables import draw_table, shown
from emotion_ros.emotions import NEUTRAL, in_order
from emotion_ros.enrollment.profiles import make_profile
from emotion_ros.enrollment.utterances import LabeledUtterance
from emotion_ros.features.blocks import find_block
from emotion_ros.features.extractor import VoiceFeatures
from emotion_ros.metrics import bootstrap
from emotion_ros.model.backends import SPEAKER, load_keras
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline.classify_all import ANY

if TYPE_CHECKING:
    import keras

DRAWS = 5   # of the utterances that speakers are enrolled with


class EnrollmentExamples(Protocol):
    """Utterances of known speakers and emotions, as training.examples.Examples holds them."""

    values: np.ndarray
    targets: np.ndarray
    clips: np.ndarray
    speakers: np.ndarray
    corpora: np.ndarray


@dataclass(frozen=True)
class Enrollment:
    """What speakers are enrolled with.

    Args:
        count: utterances, of each emotion or neutral ones; 0 for nothing.
        neutral: whether they are neutral ones.

    """

    count: int
    neutral: bool = False

    @property
    def title(self) -> str:
        """The title in tables."""
        if not self.count:
            return 'strangers'
        return f'{self.count} neutral' if self.neutral else f'{self.count} of each emotion'


@dataclass(frozen=True)
class Gain:
    """What an enrollment brings in a corpus.

    Args:
        corpus: its name.
        enrolled: title of the Enrollment.
        speakers, utterances: that were tested, in all draws together.
        uar: with the profiles.
        stranger_uar: of the same utterances without.
        low, high: interval of the gain, over draws of speakers.

    """

    corpus: str
    enrolled: str
    speakers: int
    utterances: int
    uar: float
    stranger_uar: float
    low: float
    high: float


class RememberingClassifier(EmotionClassifier):
    """Runs the network once for each utterance, and with a profile only what follows the encoder.

    That part is Keras's, in 32 bits, with and without a profile.

    Args:
        model: see EmotionClassifier.

    Raises:
        EmotionError: the model cannot be used, or takes no profiles.

    """

    def __init__(self, model):
        super().__init__(model)
        self.voice_network()   # which refuses where there is none
        self._described = {}   # by id of the matrices, which are kept with it
        self._head = head_of(load_keras(self._folder))

    def describe(self, features, embedding=None):
        """See EmotionClassifier."""
        key = id(features.matrices)
        if key not in self._described:
            self._described[key] = features.matrices, super().describe(features)
        described = self._described[key][1]
        profile = np.zeros_like(described['embedding']) if embedding is None else embedding
        return described | {
            'probabilities': self._head(described['embedding'], profile, features.matrices)}


def head_of(network: 'keras.Model') -> Callable[..., Float32]:
    """Give what follows the encoder of a network.

    Args:
        network: that takes profiles.

    Returns:
        Function of an embedding, a profile, each of shape (values,), and the blocks of an
        utterance, {name: matrix}, of which only functionals are read, to the probabilities.

    """
    import keras
    import tensorflow

    inputs = [entry for entry in network.inputs
              if entry.name == SPEAKER or not find_block(entry.name).framed]
    head = keras.Model([network.output['embedding'], *inputs], network.output['probabilities'])
    run = tensorflow.function(lambda *values: head(values, training=False))

    def probabilities(embedding, profile, blocks):
        given = {**blocks, SPEAKER: profile[np.newaxis]}
        values = [embedding, *(given[entry.name] for entry in inputs)]
        return run(*(value[np.newaxis] for value in values)).numpy()[0]
    return probabilities


def describe_all(classifier: EmotionClassifier, examples: EnrollmentExamples) -> list[dict]:
    """Give what a classifier says of each utterance as that of a stranger."""
    return [classifier.describe(VoiceFeatures(ANY, entry)) for entry in progress(
        examples.values, total=len(examples.targets), title='voices', unit='utterance')]


def measure_gains(classifier: EmotionClassifier, examples: EnrollmentExamples, strangers: list,
                  enrollments: tuple[Enrollment, ...]) -> list[Gain]:
    """Measure what each enrollment brings in each corpus.

    Speakers with too few utterances to be enrolled and tested are left out.

    Args:
        classifier: whose network takes profiles.
        examples: of its classes.
        strangers: result of describe_all.
        enrollments: to measure, in order.

    """
    found = []
    for enrollment, corpus in product(enrollments, np.unique(examples.corpora)):
        tables = [table for speaker in np.unique(examples.speakers[examples.corpora == corpus])
                  if (table := _speaker_tables(
                      classifier, examples, strangers, enrollment,
                      np.flatnonzero(examples.speakers == speaker))) is not None]
        if tables:
            tables = np.stack(tables)   # speakers, with and without, targets, predicted
            uar, stranger_uar = _uars(tables.sum(axis=0))
            low, high = _interval(tables)
            found.append(Gain(str(corpus), enrollment.title, len(tables),
                              int(tables[:, 0].sum()), uar, stranger_uar, low, high))
    return found


def draw_gains(gains: list[Gain]) -> str:
    """Draw a table of gains, in Markdown."""
    return draw_table([
        ['corpus', 'enrolled with', 'speakers', 'UAR', 'as strangers', 'gain', 'interval'],
        *([gain.corpus, gain.enrolled, str(gain.speakers), shown(gain.uar),
           shown(gain.stranger_uar), f'{gain.uar - gain.stranger_uar:+.3f}',
           f'{gain.low:+.3f} to {gain.high:+.3f}' if gain.speakers > 1 else '']
          for gain in gains)])


def _speaker_tables(classifier, examples, strangers, enrollment, rows):
    """Give the confusions of a speaker with and without profile; None where nothing is left."""
    labels = classifier.description.labels
    rng = np.random.default_rng(0)
    tables = np.zeros((2, len(labels), len(labels)))
    for _ in range(DRAWS if enrollment.count else 1):
        chosen = _choose(examples, enrollment, rows, labels, rng)
        if chosen is None:
            return None
        enrolled = [LabeledUtterance(labels[examples.targets[row]],
                                     VoiceFeatures(ANY, examples.values[row]))
                    for row in chosen]
        if enrolled:
            profile = make_profile('speaker', enrolled, classifier)
        clips = set(examples.clips[chosen])
        for row in rows:
            if examples.clips[row] in clips:
                continue
            plain = strangers[row]['probabilities']
            adapted = classifier.classify_as(
                VoiceFeatures(ANY, examples.values[row]), profile) if enrolled else plain
            for index, probabilities in enumerate((adapted, plain)):
                tables[index, examples.targets[row], int(probabilities.argmax())] += 1
    return tables if tables.any() else None


def _choose(examples, enrollment, rows, labels, rng):
    """Draw the utterances to enroll: a list of rows; None where there are too few."""
    if not enrollment.count:
        return []
    of_label = {labels[target]: rng.permutation(rows[examples.targets[rows] == target])
                for target in np.unique(examples.targets[rows])}
    if enrollment.neutral:
        of_label = {NEUTRAL: of_label.get(NEUTRAL, rows[:0])}
    if any(len(own) <= enrollment.count for own in of_label.values()):
        return None
    return [int(row) for label in in_order(of_label) for row in of_label[label][:enrollment.count]]


def _uars(tables):
    """Give the UAR of each table; classes without utterances do not count."""
    counts = tables.sum(axis=2)
    recalls = np.diagonal(tables, axis1=1, axis2=2)
    return [float((right[count > 0] / count[count > 0]).mean())
            for right, count in zip(recalls, counts, strict=True)]


def _interval(tables):
    """Give the interval of the gain over draws of speakers."""
    rng = np.random.default_rng(0)
    gains = []
    for _ in range(bootstrap.DRAWS):
        drawn = tables[rng.integers(len(tables), size=len(tables))].sum(axis=0)
        uar, stranger_uar = _uars(drawn)
        gains.append(uar - stranger_uar)
    return bootstrap.interval_of(gains)
