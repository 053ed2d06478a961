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

"""Sounds that are no emotion that a network knows: what it should be unsure of."""

from dataclasses import dataclass
import os
from pathlib import Path

import numpy as np

from emotion_ros.audio.sound_files import find_sound_files
from emotion_ros.errors import EmotionError
from emotion_ros.paths import fault_of, readable
from emotion_ros.training.features import extract_clips


@dataclass(frozen=True)
class OodClip:
    """What was heard in a sound that is no emotion.

    Args:
        utterances: list of float32, shape (frames, dimensions); empty where no speech was heard.
        speaker: who speaks; None where that is not known, or nobody does.

    """

    utterances: list
    speaker: str | None


def find_ood(paths, others):
    """Find sounds that are no emotion.

    Args:
        paths: of sound files, and of folders that hold some; a kind is named after each.
        others: [corpora.clip.Clip] of emotions that are no class; a kind is named after each.

    Returns:
        {kind: [(Path, speaker or None)]}, none of them empty.

    Raises:
        EmotionError: there is no sound at a path.

    """
    kinds = {}
    for path in map(Path, paths):
        folder = os.path.isdir(path)
        fault = fault_of(path, folder=folder)
        if fault:
            raise EmotionError(f'--ood {str(path)!r} cannot be read: {fault}')
        files = find_sound_files(path) if folder else [path]
        if not files:
            raise EmotionError(f'--ood {str(path)!r}: no sound file found')
        kind = readable(path.resolve().name if folder else path.stem)
        kinds.setdefault(kind, []).extend((file, None) for file in files)
    for clip in others:
        kinds.setdefault(clip.emotion, []).append((clip.path, clip.speaker))
    return kinds


def extract_ood(kinds, extraction):
    """Compute the features of sounds; print in how many of them speech was heard.

    Args:
        kinds: of find_ood.
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
            raise EmotionError(f'--ood: none of the sounds of {kind} can be used: {faults[0]}')
        found[kind] = [OodClip(result, speaker)
                       for (_, speaker), result in zip(files, results, strict=True)
                       if not isinstance(result, EmotionError)]
        heard = sum(bool(clip.utterances) for clip in found[kind])
        print(f'{kind}: speech was heard in {heard} of {len(found[kind])} sounds'
              + (f'; left out {len(faults)} more, such as: {faults[0]}' if faults else ''),
              flush=True)
    return found


class OodSet:
    """Clips that are no emotion, by kind.

    Args:
        kinds: of extract_ood.

    """

    def __init__(self, kinds):
        self.kinds = {kind: [clip for clip in clips if clip.utterances]
                      for kind, clips in kinds.items()}
        """{kind: [OodClip]} of those in which speech was heard."""
        self.no_speech = {kind: len(clips) - len(self.kinds[kind])
                          for kind, clips in kinds.items()}
        """{kind: number of the others}."""

    def of_fold(self, fold, folds, fold_of):
        """Give what is tested in a fold: each clip in one, that in which its speaker is.

        Args:
            fold: number of the fold.
            folds: their number.
            fold_of: {speaker: fold}; clips of others are assigned to all folds in turn.

        Returns:
            {kind: [OodClip]}.

        """
        return {kind: [clip for number, clip in enumerate(clips)
                       if fold_of.get(clip.speaker, number % folds) == fold]
                for kind, clips in self.kinds.items()}


def score_ood(clips, run):
    """Let a network answer to clips that are no emotion; the mean of the utterances counts.

    Args:
        clips: [OodClip].
        run: function of the values of utterances that does what clip_predictions.run_network does.

    Returns:
        float, shape (clips, 2): confidence and greatest probability.

    """
    if not clips:
        return np.zeros((0, 2))
    ends = np.cumsum([len(clip.utterances) for clip in clips])[:-1]
    probabilities, confidence, _ = run([values for clip in clips for values in clip.utterances])
    return np.array([(part.mean(), of_class.mean(axis=0).max()) for part, of_class in zip(
        np.split(confidence, ends), np.split(probabilities, ends), strict=True)])
