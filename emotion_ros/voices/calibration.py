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


"""Calibration of speaker recognition, on speakers that were not used in training."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from emotion_ros.arrays import Float, Float32, Int
from emotion_ros.voices.recognition import VoiceCalibration

Array = NDArray[Any]   # of names or numbers

HOUSEHOLD = 4      # speakers who are enrolled at a time
HOUSEHOLDS = 200   # number of random households
MISNAMED = 0.02    # maximum fraction of the utterances of strangers that get a name
_LOOSE = 1e6       # inverse of a regularization, which only keeps the slope finite


@dataclass(frozen=True)
class Recognition:
    """How well speakers are recognized.

    Args:
        known: fraction of the utterances of enrolled speakers that get the right name.
        misnamed: fraction of them that get a wrong name.
        strangers_named: fraction of the utterances of others that get a name.

    """

    known: float
    misnamed: float
    strangers_named: float


def calibrate_voices(voices: Float32, speakers: Array, emotions: Array,
                     groups: Array, *, seed: int) -> VoiceCalibration | None:
    """Find a threshold at which strangers are rarely named, and fit the confidence.

    Random households of speakers of a group are formed, each speaker enrolled with one utterance
    of each emotion; the other speakers of the group are strangers.

    Args:
        voices: float32, shape (utterances, values): output of the network.
        speakers, emotions, groups: of each utterance, shape (utterances,); a group is a corpus.
        seed: for the random households.

    Returns:
        VoiceCalibration; None if no group has two speakers.

    """
    own, other, of_strangers = _cosines(voices, speakers, emotions, groups, seed)
    if not len(own):
        return None
    slope, bias = _logistic(own, np.concatenate([other, *of_strangers]))
    # Of no group more: voices are more alike in some recordings than in others.
    threshold = VoiceCalibration(slope, bias).confidence(
        max(float(np.quantile(cosines, 1 - MISNAMED)) for cosines in of_strangers))
    return VoiceCalibration(slope, bias, round(threshold, 4))


def measure_recognition(voices: Float32, speakers: Array, emotions: Array,
                        groups: Array, calibration: VoiceCalibration, *,
                        seed: int) -> Recognition | None:
    """Measure how well speakers are recognized; arguments as for calibrate_voices."""
    cosines_of_own, cosines_of_other, strangers = _cosines(
        voices, speakers, emotions, groups, seed)
    own, other, of_strangers = (
        np.array([calibration.confidence(cosine) >= calibration.threshold for cosine in cosines])
        for cosines in (cosines_of_own, cosines_of_other,
                        np.concatenate([np.zeros(0), *strangers])))
    count = len(own) + len(other)
    return Recognition(float(own.sum() / count), float(other.sum() / count),
                       float(of_strangers.mean())) if count else None


def _cosines(voices: Float32, speakers: Array, emotions: Array, groups: Array, seed: int,
             ) -> tuple[Float, Float, list[Float]]:
    """Form random households.

    Returns:
        For utterances of enrolled speakers, the maximum cosine with a profile, separately for
        their own and for another's; and that for utterances of strangers, by group.

    """
    voices = voices / np.maximum(np.linalg.norm(voices, axis=1, keepdims=True), 1e-6)
    of_group = {group: np.unique(speakers[groups == group]) for group in np.unique(groups)}
    of_group = {group: names for group, names in of_group.items() if len(names) > 1}
    rng = np.random.default_rng(seed)
    own, other = [np.zeros(0)], [np.zeros(0)]
    of_strangers: dict[str, list[Float]] = {}
    for _ in range(HOUSEHOLDS if of_group else 0):
        group = rng.choice(list(of_group))
        names = rng.permutation(of_group[group])
        home = names[:min(HOUSEHOLD, len(names) // 2)]
        means, left = zip(*(_enrolled(voices, np.flatnonzero(speakers == name), emotions, rng)
                            for name in home), strict=True)
        profiles = np.stack(means)
        for index, rows in enumerate(left):
            cosines = voices[rows] @ profiles.T
            right = cosines.argmax(axis=1) == index
            own.append(cosines.max(axis=1)[right])
            other.append(cosines.max(axis=1)[~right])
        others = np.isin(speakers, names[len(home):])
        of_strangers.setdefault(group, []).append((voices[others] @ profiles.T).max(axis=1))
    return (np.concatenate(own), np.concatenate(other),
            [np.concatenate(cosines) for cosines in of_strangers.values()])


def _enrolled(voices: Float32, rows: Int, emotions: Array,
              rng: np.random.Generator) -> tuple[Float, Int]:
    """Enroll a speaker; return the vector of the profile and the remaining rows."""
    rows = rng.permutation(rows)
    _, first = np.unique(emotions[rows], return_index=True)
    mean = voices[rows[first]].mean(axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-6), np.delete(rows, first)


def _logistic(own: Float, other: Float) -> tuple[float, float]:
    """Fit slope and bias, with equal weights for both sides."""
    cosines = np.concatenate([own, other])[:, np.newaxis]
    is_own = np.arange(len(cosines)) < len(own)
    weights = np.where(is_own, 0.5 / len(own), 0.5 / len(other))
    fitted = LogisticRegression(C=_LOOSE, solver='newton-cholesky').fit(
        cosines, is_own, sample_weight=weights)
    slope, bias = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    return round(min(max(slope, 0.0), 1000.0), 4), round(bias, 4)
