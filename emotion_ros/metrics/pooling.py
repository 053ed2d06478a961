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

"""From predictions of utterances to predictions of clips."""

from typing import Protocol

import numpy as np

from emotion_ros.arrays import Float, Float32, Int
from emotion_ros.corpora.labeled_clips import LabeledClips
from emotion_ros.files.paths import readable
from emotion_ros.metrics.predictions import Predictions


class Utterances(Protocol):
    """What is needed of training.examples.Examples: the index of the clip of each utterance."""

    clips: Int

    def __len__(self) -> int: ...


def predict_clips(data: LabeledClips, examples: Utterances, probabilities: Float,
                  confidence: Float, affect: Float | None = None) -> Predictions:
    """Pool the predictions of utterances into one for each clip: their mean.

    Args:
        data: the clips.
        examples: training.examples.Examples: the utterances in the clips.
        probabilities: float32, shape (examples, classes).
        confidence: float32, shape (examples,).
        affect: float32, shape (examples, 2): arousal and valence; None if the network does
            not give them.

    Returns:
        Predictions of all clips.

    """
    clips = data.clips
    counts = np.bincount(examples.clips, minlength=len(clips))
    rated = [(clip.arousal, clip.valence) for clip in clips]

    def mean(values: Float, default: float) -> Float32:
        sums = np.zeros((len(clips), *values.shape[1:]))
        np.add.at(sums, examples.clips, values)
        means = sums / np.maximum(counts, 1).reshape(-1, *[1] * (values.ndim - 1))
        means[counts == 0] = default
        return means.astype(np.float32)

    return Predictions(
        labels=list(data.labels),
        targets=data.targets,
        probabilities=mean(probabilities, 1 / len(data.labels)),
        confidence=mean(confidence, 0),
        speakers=np.array(data.speakers),
        corpora=np.array(data.corpora),
        has_speech=counts > 0,
        affect=mean(np.full((len(examples), 2), np.nan) if affect is None else affect, np.nan),
        rated=np.array(rated, np.float32).reshape(-1, 2),
        names=np.array([readable(clip.path) for clip in clips], str),
        digests=np.array([clip.digest for clip in clips], str),
        languages=np.array([clip.language for clip in clips], str),
        sexes=np.array([clip.sex for clip in clips], str))
