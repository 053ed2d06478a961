"""The measures that model.yaml keeps."""

from emotion_ros.evaluation.measures import (
    error_detection, recalls, rounded, unweighted_average_recall)


def measure(answers):
    """Measure answers, in all and by corpus.

    Args:
        answers: evaluation.answers.Answers, at least one.

    Returns:
        Mapping of plain numbers, rounded.

    """
    def of(part):
        return rounded({
            'clips': len(part),
            'speakers': len(set(part.speakers)),
            'uar': unweighted_average_recall(part.targets, part.answers),
            'accuracy': float(part.right.mean()),
            'recall': recalls(part.targets, part.answers, part.labels),
            'error_auroc': {name: error_detection(part, getattr(part, name))['auroc']
                            for name in ('confidence', 'max_softmax')}})

    return {**of(answers),
            'corpora': {corpus: of(part) for corpus, part in answers.by_corpus().items()}}
