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

"""Out-of-distribution sounds, for which a network should be uncertain."""

from dataclasses import dataclass
import logging
import os
from pathlib import Path

import numpy as np

from emotion_ros.audio.sound_files import find_sound_files
from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.files.paths import fault_of, readable
from emotion_ros.training.features import extract_clips

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class OodClip:
    """The features of an out-of-distribution sound.

    Args:
        utterances: list of float32, shape (frames, dimensions); empty without speech.
        speaker: who speaks; None if unknown, or if nobody does.

    """

    utterances: list
    speaker: str | None


def find_ood(paths, others):
    """Find out-of-distribution sounds.

    Args:
        paths: of audio files, and of folders with audio files; each of them names a kind.
        others: [corpora.clip.Clip] of emotions that are not a class; each emotion names a kind.

    Returns:
        {kind: [(Path, speaker or None)]}, none of them empty.

    Raises:
        EmotionError: a path has no audio file.

    """
    kinds = {}
    for path in map(Path, paths):
        folder = os.path.isdir(path)
        fault = fault_of(path, folder=folder)
        if fault:
            raise ArgumentError('ood', f'{str(path)!r} cannot be read: {fault}')
        files = find_sound_files(path) if folder else [path]
        if not files:
            raise ArgumentError('ood', f'{str(path)!r} must contain sound files, got none')
        kind = readable(path.resolve().name if folder else path.stem)
        kinds.setdefault(kind, []).extend((file, None) for file in files)
    for clip in others:
        kinds.setdefault(clip.emotion, []).append((clip.path, clip.speaker))
    return kinds


def extract_ood(kinds, extraction):
    """Compute the features of sounds; log how many of them contain speech.

    Args:
        kinds: result of find_ood.
        extraction: training.features.Extraction.

    Returns:
        {kind: [OodClip]}, without files that cannot be read.

    Raises:
        EmotionError: no file of a kind can be read.

    """
    found = {}
    for kind, files in kinds.items():
        results = list(extract_clips([path for path, _ in files], extraction, title=kind))
        faults = [result for result in results if isinstance(result, EmotionError)]
        if len(faults) == len(files):
            raise EmotionError(f'none of the sounds of {kind} can be used: {faults[0]}')
        found[kind] = [OodClip(result, speaker)
                       for (_, speaker), result in zip(files, results, strict=True)
                       if not isinstance(result, EmotionError)]
        heard = sum(bool(clip.utterances) for clip in found[kind])
        _LOGGER.info(f'{kind}: speech was heard in {heard} of {len(found[kind])} sounds'
                     + (f'; left out {len(faults)} more, such as: {faults[0]}' if faults else ''))
    return found


class OodSet:
    """Out-of-distribution clips, by kind.

    Args:
        kinds: result of extract_ood.

    """

    def __init__(self, kinds):
        self.kinds = {kind: [clip for clip in clips if clip.utterances]
                      for kind, clips in kinds.items()}
        """{kind: [OodClip]} of those with speech."""
        self.no_speech = {kind: len(clips) - len(self.kinds[kind])
                          for kind, clips in kinds.items()}
        """{kind: number of clips without speech}."""

    def in_fold(self, fold, folds, fold_of):
        """Select the clips for a fold: each clip is in one fold, that of its speaker.

        Args:
            fold: index of the fold.
            folds: number of folds.
            fold_of: {speaker: fold}; clips of others are assigned to all folds in turn.

        Returns:
            {kind: [OodClip]}.

        """
        return {kind: [clip for index, clip in enumerate(clips)
                       if fold_of.get(clip.speaker, index % folds) == fold]
                for kind, clips in self.kinds.items()}


def score_ood(clips, run):
    """Run a network on out-of-distribution clips, whose scores are the means of their utterances.

    Args:
        clips: [OodClip].
        run: function of the values of utterances, like clip_predictions.run_network.

    Returns:
        float, shape (clips, 2): confidence and maximum probability.

    """
    if not clips:
        return np.zeros((0, 2))
    ends = np.cumsum([len(clip.utterances) for clip in clips])[:-1]
    probabilities, confidence, _ = run([values for clip in clips for values in clip.utterances])
    return np.array([(part.mean(), of_class.mean(axis=0).max()) for part, of_class in zip(
        np.split(confidence, ends), np.split(probabilities, ends), strict=True)])
