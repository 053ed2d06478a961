"""How well answers fit the truth."""

import numpy as np
from sklearn.metrics import roc_auc_score


def recalls(targets, answers, classes):
    """Compute the recall of each class that occurs.

    Args:
        targets, answers: int, shape (examples,).
        classes: in order.

    Returns:
        {class: recall, 0 to 1}.

    """
    return {label: float(np.mean(answers[targets == number] == number))
            for number, label in enumerate(classes) if np.any(targets == number)}


def unweighted_average_recall(targets, answers):
    """Compute the mean of the recalls of the classes that occur, 0 to 1."""
    return float(np.mean([np.mean(answers[targets == number] == number)
                          for number in np.unique(targets)]))


def error_auroc(targets, answers, score):
    """Compute how well a score tells right answers from wrong ones.

    Returns:
        Area under the ROC curve, 0.5 for a score that knows nothing; None where all answers are
        right or all are wrong.

    """
    right = answers == targets
    return None if right.all() or not right.any() else float(roc_auc_score(right, score))


def measure(examples, probabilities, confidence, classes):
    """Measure answers, in all and by corpus.

    Args:
        examples: training.examples.Examples, at least one.
        probabilities: float32, shape (examples, classes).
        confidence: float32, shape (examples,).
        classes: in order.

    Returns:
        Mapping of plain numbers, rounded, as model.yaml keeps it.

    """
    def of(chosen):
        targets, answers = examples.targets[chosen], probabilities[chosen].argmax(axis=1)
        return _rounded({
            'utterances': len(targets),
            'speakers': len(set(examples.speakers[chosen])),
            'uar': unweighted_average_recall(targets, answers),
            'accuracy': float(np.mean(answers == targets)),
            'recall': recalls(targets, answers, classes),
            'error_auroc': {
                'confidence': error_auroc(targets, answers, confidence[chosen]),
                'max_softmax': error_auroc(targets, answers, probabilities[chosen].max(axis=1))}})

    everything = np.ones(len(examples), bool)
    return {**of(everything),
            'corpora': {str(corpus): of(examples.corpora == corpus)
                        for corpus in sorted(set(examples.corpora))}}


def _rounded(content):
    if isinstance(content, dict):
        return {name: _rounded(value) for name, value in content.items()}
    return round(content, 4) if isinstance(content, float) else content
