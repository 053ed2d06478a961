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

"""Examples for the network, and their division by speakers."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from emotion_ros.errors import ArgumentError, EmotionError

TEST_EVERY = 5
"""In each corpus, every n-th speaker is excluded unless the user names the excluded ones."""

N_FOLDS = 6
"""Number of folds of speakers; one of them is held out from each member of a network."""

AUDIO = 'audio'
"""Beside blocks of features: the audio of an utterance, int16, shape (samples,), 16 kHz."""


@dataclass(frozen=True)
class Examples:
    """Utterances with their classes.

    Args:
        values: object, shape (examples,): for each, finite raw blocks of features, {name:
            float32, shape (frames, dimensions)}.
        targets: int, shape (examples,): index of the class.
        clips: int, shape (examples,): index of the clip.
        speakers: str, shape (examples,).
        corpora: str, shape (examples,).
        audio: object, shape (examples,): of each, int16, shape (samples,), 16 kHz; None where no
            training needs it.

    """

    values: np.ndarray
    targets: np.ndarray
    clips: np.ndarray
    speakers: np.ndarray
    corpora: np.ndarray
    audio: np.ndarray | None = None

    def __len__(self):
        return len(self.targets)

    def select(self, chosen):
        """Select some of the examples.

        Args:
            chosen: bool, shape (examples,).

        Returns:
            Examples.

        """
        return Examples(self.values[chosen], self.targets[chosen], self.clips[chosen],
                        self.speakers[chosen], self.corpora[chosen],
                        None if self.audio is None else self.audio[chosen])

    def renumbered(self, clips):
        """Replace the indices of the clips, int, shape (examples,)."""
        return replace(self, clips=np.array(clips, int))


def speakers_by_corpus(corpora, speakers):
    """Return {corpus: [speaker]}, both sorted.

    Args:
        corpora, speakers: of clips or examples, in the same order.

    """
    found = {}
    for corpus, speaker in sorted(set(zip(corpora, speakers, strict=True))):
        found.setdefault(str(corpus), []).append(str(speaker))
    return found


def gather(data, features):
    """Turn clips into examples: every utterance in a clip has the clip's class.

    Args:
        data: corpora.labeled_clips.LabeledClips.
        features: for each clip, its utterances, see features.compute_values.

    Returns:
        Examples, with audio if the utterances have it.

    """
    counts = [len(utterances) for utterances in features]
    values, audio = np.empty((2, sum(counts)), object)
    for index, entry in enumerate(entry for utterances in features for entry in utterances):
        values[index] = {name: matrix for name, matrix in entry.items() if name != AUDIO}
        audio[index] = entry.get(AUDIO)
    return Examples(
        values=values,
        targets=np.repeat(data.targets, counts),
        clips=np.repeat(np.arange(len(data)), counts),
        speakers=np.repeat(data.speakers, counts),
        corpora=np.repeat(data.corpora, counts),
        audio=None if any(samples is None for samples in audio) else audio)


def choose_test_speakers(clips, excluded=None):
    """Choose the speakers that are used only for the final test.

    Args:
        clips: [corpora.clip.Clip].
        excluded: 'a,b', or None for those in the split 'test' of
            a corpus; if it has no splits, every fifth of each corpus with several speakers, except
            those who are the only ones with an emotion.

    Returns:
        Set of speakers.

    Raises:
        EmotionError: an excluded speaker is missing, or a speaker is in two splits.

    """
    by_corpus = speakers_by_corpus([clip.corpus for clip in clips],
                                   [clip.speaker for clip in clips])
    if excluded is None:
        chosen = set()
        split = {clip.corpus for clip in clips if clip.split}
        for corpus, speakers in by_corpus.items():
            if corpus in split:
                chosen |= _of_split_test([clip for clip in clips if clip.corpus == corpus])
                continue
            for speaker in speakers[::TEST_EVERY] if len(speakers) > 1 else ():
                if not _is_lost(clips, chosen | {speaker}):
                    chosen.add(speaker)
        return chosen
    chosen = {speaker.strip() for speaker in excluded.split(',') if speaker.strip()}
    known = [speaker for speakers in by_corpus.values() for speaker in speakers]
    for speaker in sorted(chosen):
        if speaker not in known:
            raise ArgumentError('exclude_speakers', 'must be speakers of the corpora, '
                                f'{", ".join(known)}, got {speaker!r}')
    return chosen


def _of_split_test(clips):
    """Return the speakers of the split 'test', who must be in no other split."""
    test = {clip.speaker for clip in clips if clip.split == 'test'}
    both = test & {clip.speaker for clip in clips if clip.split != 'test'}
    if both:
        raise EmotionError(f'speaker {min(both)} must be in the split test or in another, got '
                           'both; exclude speakers by name instead')
    return test


def choose_test_clips(clips):
    """Choose the clips that are used only for the final test on known voices.

    Args:
        clips: [corpora.clip.Clip], of corpora with one speaker each.

    Returns:
        Their indices: those in the split 'test' of a corpus; if it has no splits, every fifth of
        each emotion.

    """
    split = {clip.corpus for clip in clips if clip.split}
    chosen, seen = set(), Counter()
    for index, clip in enumerate(clips):
        seen[clip.corpus, clip.emotion] += 1
        if clip.split == 'test' or (clip.corpus not in split
                                    and seen[clip.corpus, clip.emotion] % TEST_EVERY == 0):
            chosen.add(index)
    return chosen


def split_of(corpora, speakers):
    """Return what is held out from the training.

    Args:
        corpora, speakers: of clips or examples, in the same order.

    Returns:
        'speakers'; 'clips' if no corpus has two speakers.

    """
    by_corpus = speakers_by_corpus(corpora, speakers)
    return 'clips' if all(len(found) < 2 for found in by_corpus.values()) else 'speakers'


def known_voices(speakers):
    """Return the caveat, a sentence, that applies if clips were held out instead of speakers."""
    known = np.unique(speakers)
    voices = 'voice in training is' if len(known) == 1 else 'voices in training are'
    return (f'the only {voices} {" and ".join(known)}, and the held-out clips are of the same: '
            'nothing is known about other voices')


def check_held_out(data):
    """Check in advance that some examples of every class can be held out of the training.

    Args:
        data: corpora.labeled_clips.LabeledClips to train on.

    Raises:
        EmotionError: no corpus has two speakers, and a class has a single clip.

    """
    if split_of(data.corpora, data.speakers) == 'clips':
        for label, count in Counter(data.classes).items():
            if count < 2:
                raise EmotionError(f'class {label!r} must have at least 2 clips to train on where '
                                   f'no corpus has two speakers, got {count}')


def clips_as_speakers(training, copies, *, seed):
    """Replace speakers by N_FOLDS stand-ins, each with a share of the clips of each class.

    Args:
        training: Examples.
        copies: Examples of the same clips, or None.
        seed: of the random assignment.

    Returns:
        Both, with stand-ins as speakers; the utterances of a clip have the same one.

    """
    parts = [part for part in (training, copies) if part is not None]
    about = {clip: about for part in parts for clip, *about in zip(
        part.clips.tolist(), part.corpora.tolist(), part.targets.tolist(), strict=True)}
    order = sorted(np.random.default_rng(seed).permutation(list(about)).tolist(), key=about.get)
    stand_in = {clip: index % N_FOLDS for index, clip in enumerate(order)}
    return tuple(part and replace(part, speakers=np.array(
        [f'{speaker} {stand_in[clip]}'
         for speaker, clip in zip(part.speakers, part.clips.tolist(), strict=True)]))
        for part in (training, copies))


def _is_lost(clips, excluded):
    """Check whether only excluded speakers express some emotion."""
    return ({clip.emotion for clip in clips}
            != {clip.emotion for clip in clips if clip.speaker not in excluded})


def assign_folds(examples, *, seed):
    """Assign the speakers of each corpus to N_FOLDS folds.

    Args:
        examples: Examples.
        seed: of the draw.

    Returns:
        int, shape (examples,): the fold of each example's speaker; N_FOLDS, which stands for no
        fold, for the only speaker of a corpus.

    Raises:
        EmotionError: no corpus has two speakers.

    """
    rng = np.random.default_rng(seed)
    folds = np.full(len(examples), N_FOLDS)
    for speakers in speakers_by_corpus(examples.corpora, examples.speakers).values():
        first = rng.integers(N_FOLDS)
        if len(speakers) > 1:
            for index, speaker in enumerate(rng.permutation(speakers)):
                folds[examples.speakers == speaker] = (first + index) % N_FOLDS
    if (folds == N_FOLDS).all():
        raise EmotionError('too few speakers: one corpus must have at least two besides the '
                           'excluded ones')
    return folds


def balance(examples):
    """Weight examples to balance the classes, and corpora and speakers within each class.

    Within a class, a speaker s with n_s examples counts as u_s = sqrt(n_s), and a corpus as
    sqrt(sum of u_s over its speakers): another clip of a speaker with many clips adds less than a
    clip of a new speaker, and a large corpus counts less than its size suggests. Two speakers with
    400 clips weigh less than 65 with 10 each: an example of class k, corpus c and speaker s has the
    weight

        1 / sqrt(n_s * sum of u_s over the speakers of c in k),

    divided by the sum of these over the class.

    Args:
        examples: Examples.

    Returns:
        float32, shape (examples,), mean 1.

    """
    weights = np.zeros(len(examples))
    for target in np.unique(examples.targets):
        of_class = examples.targets == target
        for corpus in np.unique(examples.corpora[of_class]):
            cell = of_class & (examples.corpora == corpus)
            _, speakers, counts = np.unique(
                examples.speakers[cell], return_inverse=True, return_counts=True)
            weights[cell] = 1 / np.sqrt(counts[speakers] * np.sqrt(counts).sum())
        weights[of_class] /= weights[of_class].sum()
    return (weights / weights.mean()).astype(np.float32)
