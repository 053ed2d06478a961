"""Examples for the network, and which speakers they are divided by."""

from dataclasses import dataclass

import numpy as np

from emotion_ros.errors import EmotionError

TEST_EVERY = 5
"""Of each corpus every so many-th speaker is excluded unless the user names the excluded ones."""

VALIDATION_EVERY = 6
"""Of each corpus one in so many of the other speakers is for validation."""


@dataclass(frozen=True)
class Examples:
    """Utterances with their classes.

    Args:
        values: float32, shape (examples, dimensions): raw openSMILE values, finite.
        targets: int, shape (examples,): number of the class.
        speakers: str, shape (examples,).
        corpora: str, shape (examples,).

    """

    values: np.ndarray
    targets: np.ndarray
    speakers: np.ndarray
    corpora: np.ndarray

    def __len__(self):
        return len(self.targets)

    def of(self, speakers):
        """Give the examples of some speakers."""
        chosen = np.isin(self.speakers, sorted(speakers))
        return Examples(self.values[chosen], self.targets[chosen], self.speakers[chosen],
                        self.corpora[chosen])

    def without(self, speakers):
        """Give the examples of all other speakers."""
        return self.of(set(self.speakers) - set(speakers))

    def speakers_by_corpus(self):
        """Give {corpus: [speaker]}, both sorted."""
        return {str(corpus): sorted(map(str, set(self.speakers[self.corpora == corpus])))
                for corpus in sorted(set(self.corpora))}


def gather(clips, features, mapping, classes):
    """Turn clips into examples: every utterance in a clip has the clip's class.

    Args:
        clips: [corpora.clip.Clip], at least one.
        features: of each clip, float32, shape (utterances, dimensions).
        mapping: {emotion: class}, with every emotion of the clips.
        classes: in order.

    Returns:
        Examples.

    """
    counts = [len(values) for values in features]
    return Examples(
        values=np.vstack(features),
        targets=np.repeat([classes.index(mapping[clip.emotion]) for clip in clips], counts),
        speakers=np.repeat([clip.speaker for clip in clips], counts),
        corpora=np.repeat([clip.corpus for clip in clips], counts))


def choose_test_speakers(examples, excluded=None):
    """Choose the speakers that are used for nothing but the final measurement.

    Args:
        examples: Examples.
        excluded: 'a,b' as --exclude-speakers says it, or None for every fifth of each corpus that
            has several.

    Returns:
        Set of speakers.

    Raises:
        EmotionError: an excluded speaker is not there.

    """
    by_corpus = examples.speakers_by_corpus()
    if excluded is None:
        return {speaker for speakers in by_corpus.values() if len(speakers) > 1
                for speaker in speakers[::TEST_EVERY]}
    chosen = {speaker.strip() for speaker in excluded.split(',') if speaker.strip()}
    known = [speaker for speakers in by_corpus.values() for speaker in speakers]
    for speaker in sorted(chosen):
        if speaker not in known:
            raise EmotionError(f'--exclude-speakers: {speaker!r} is not in the corpora, '
                               f'their speakers are {", ".join(known)}')
    return chosen


def choose_validation_speakers(examples, *, seed):
    """Draw the speakers that decide the temperature and the threshold.

    Args:
        examples: Examples without the test speakers.
        seed: of the draw.

    Returns:
        Set of speakers: one in six of each corpus, at least one where it has several.

    Raises:
        EmotionError: too few speakers for a division.

    """
    draw = np.random.default_rng(seed)
    chosen = set()
    for speakers in examples.speakers_by_corpus().values():
        count = max(1, len(speakers) // VALIDATION_EVERY) if len(speakers) > 1 else 0
        chosen.update(map(str, draw.permutation(speakers)[:count]))
    if not chosen:
        raise EmotionError('too few speakers: needed are, besides the excluded ones, at least two '
                           'of one corpus')
    return chosen


def balance(examples):
    """Weigh examples so that every class, and within it every corpus, counts.

    A corpus counts within a class by the root of its number of examples: a small one more than
    its size, yet not as much as a large one.

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
            weights[cell] = 1 / np.sqrt(cell.sum())
        weights[of_class] /= weights[of_class].sum()
    return (weights / weights.mean()).astype(np.float32)
