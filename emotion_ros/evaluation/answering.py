"""What a network answers to clips."""

import numpy as np

from emotion_ros.evaluation.answers import Answers


def answer_clips(clips, mapping, labels, examples, probabilities, confidence):
    """Put the answers to utterances together to one for each clip: their mean.

    Args:
        clips: [corpora.clip.Clip].
        mapping: {emotion: class}, with every emotion of the clips.
        labels: the classes in order.
        examples: training.examples.Examples: the utterances that were heard in the clips.
        probabilities: float32, shape (examples, classes).
        confidence: float32, shape (examples,).

    Returns:
        Answers to all clips.

    """
    counts = np.bincount(examples.clips, minlength=len(clips))

    def mean(values, where_unheard):
        sums = np.zeros((len(clips), *values.shape[1:]))
        np.add.at(sums, examples.clips, values)
        means = sums / np.maximum(counts, 1).reshape(-1, *[1] * (values.ndim - 1))
        means[counts == 0] = where_unheard
        return means.astype(np.float32)

    return Answers(
        labels=list(labels),
        targets=np.array([labels.index(mapping[clip.emotion]) for clip in clips]),
        probabilities=mean(probabilities, 1 / len(labels)),
        confidence=mean(confidence, 0),
        speakers=np.array([clip.speaker for clip in clips]),
        corpora=np.array([clip.corpus for clip in clips]),
        heard=counts > 0)
