"""From corpora to a report on a model, or on a way of training."""

from dataclasses import dataclass
import importlib.metadata
import platform
import sys

import numpy as np

from emotion_ros.errors import EmotionError
from emotion_ros.evaluation.answering import answer_clips
from emotion_ros.evaluation.answers import concatenate
from emotion_ros.evaluation.folds import folds_by_speakers, random_folds
from emotion_ros.evaluation.measures import unweighted_average_recall
from emotion_ros.evaluation.pictures import CLEAN
from emotion_ros.evaluation.report import Evaluation, report_folder, summary_table, write_report
from emotion_ros.evaluation.sounds import read_sounds
from emotion_ros.evaluation.svm import SupportVectors
from emotion_ros.features.extractor import VoiceFeatures
from emotion_ros.features.opensmile_live import feature_set
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.training.augmentation import InNoise, Noise
from emotion_ros.training.classes import choose_classes, own_classes
from emotion_ros.training.fitting import answer
from emotion_ros.training.material import hear, read_clips, with_class


@dataclass(frozen=True)
class Extras:
    """What is measured besides the clips as they are.

    Args:
        noise: augmentation.Noise, or None.
        snr: signal-to-noise ratios [dB]; none without noise.
        ood: paths of sounds that are no emotion.
        compare: whether a support vector machine is trained beside the network.

    """

    noise: Noise | None
    snr: tuple
    ood: list
    compare: bool


def evaluate_model(corpora, *, folder, report, extraction, classes, renames, extras):
    """Evaluate a saved model on speakers that it never heard; write and print the report.

    Clips of speakers that model.yaml says it was trained on are left out.

    Args:
        corpora: ['NAME:PATH'].
        folder: of the model.
        report: folder for the report.
        extraction: training.features.Extraction.
        classes, renames: see training.classes.choose_classes; the classes are the model's.
        extras: Extras.

    Raises:
        EmotionError: an option, a corpus or the model cannot be used; nothing was written.

    """
    report_folder(report).check()
    classifier = EmotionClassifier(folder)
    description = classifier.description
    labels = description.labels
    if extraction.feature_set_name != description.feature_set:
        raise EmotionError(f'--feature-set is {extraction.feature_set_name!r}, the model takes '
                           f'{description.feature_set!r}')
    clips, left_out = read_clips(corpora)
    clips = _unheard_of(clips, description)
    _, mapping = choose_classes([clip.emotion for clip in clips], classes=classes,
                                renames=renames, default=labels)
    outside = sorted(set(mapping.values()) - set(labels))
    if outside:
        raise EmotionError(f'--classes: the model has no class {outside[0]!r}, '
                           f'it has {", ".join(labels)}')
    others = [clip for clip in clips if clip.emotion not in mapping]
    clips = with_class(clips, mapping, left_out)

    def answers(disturbance=None, title='features'):
        examples = hear(clips, mapping, labels, extraction, [disturbance], title=title)
        return answer_clips(clips, mapping, labels, examples, *_classify(classifier, examples))

    evaluation = Evaluation(
        answers=answers(),
        ood={kind: _of_sounds(_classify_all(classifier, sounds))
             for kind, sounds in read_sounds(extras.ood, others, extraction).items()},
        snr={ratio: answers(InNoise(extras.noise, ratio), f'at {ratio:g} dB')
             for ratio in extras.snr},
        snr_plain={},
        compared={},
        protocol={'scheme': 'model', 'command': _command(), 'model': classifier.model,
                  'feature_set': description.feature_set, 'left_out': dict(left_out),
                  **_facts(extras)},
        threshold=description.confidence_threshold)
    _finish(report, evaluation)


def cross_validate(corpora, *, scheme, count, report, extraction, recipe, classes, renames, extras):
    """Train and test in folds; write and print the report.

    Args:
        corpora: ['NAME:PATH'].
        scheme: 'speakers' or 'random'.
        count: number of folds; None for 5, or as many as there are speakers.
        report: folder for the report.
        extraction: training.features.Extraction.
        recipe: training.recipe.Recipe; its noise is that for training.
        classes, renames: see training.classes.choose_classes; the corpora's own labels are the
            default.
        extras: Extras.

    Raises:
        EmotionError: an option or a corpus cannot be used; nothing was written.

    """
    report_folder(report).check()
    features = feature_set(extraction.feature_set_name)
    clips, left_out = read_clips(corpora)
    emotions = [clip.emotion for clip in clips]
    labels, mapping = choose_classes(emotions, classes=classes, renames=renames,
                                     default=own_classes(emotions, renames))
    others = [clip for clip in clips if clip.emotion not in mapping]
    clips = with_class(clips, mapping, left_out)
    folds = (folds_by_speakers(clips, count, seed=recipe.seed) if scheme == 'speakers'
             else random_folds(clips, [mapping[clip.emotion] for clip in clips], count,
                               seed=recipe.seed))
    heard = hear(clips, mapping, labels, extraction, left_out=left_out)
    disturbed = recipe.disturb(clips, mapping, labels, extraction)
    in_noise = {ratio: hear(clips, mapping, labels, extraction, [InNoise(extras.noise, ratio)],
                            title=f'at {ratio:g} dB') for ratio in extras.snr}
    sounds = read_sounds(extras.ood, others, extraction)
    parts = _Parts()
    for number, test in enumerate(folds):
        print(f'fold {number + 1} of {len(folds)}', flush=True)
        training = heard.of(~np.isin(heard.clips, test))
        _check_classes(training, labels, number)
        copies = disturbed and disturbed.of(~np.isin(disturbed.clips, test))

        def answers(network, examples, test=test):
            chosen = examples.of(np.isin(examples.clips, test))
            return _answers_of_fold(network, clips, test, mapping, labels, chosen)

        fitted = recipe.fit(training, copies, features, labels)
        parts.thresholds.append(fitted.threshold)
        parts.add('answers', answers(fitted.network, heard))
        for ratio, examples in in_noise.items():
            parts.add(('snr', ratio), answers(fitted.network, examples))
        if in_noise and copies is not None:
            plain = recipe.fit(training, None, features, labels)
            for ratio, examples in {CLEAN: heard, **in_noise}.items():
                parts.add(('snr_plain', ratio), answers(plain.network, examples))
        if extras.compare:
            parts.add(('compared', 'svm'), answers(
                SupportVectors(features, training, len(labels)), heard))
        for kind, of_kind in sounds.items():   # each sound is heard in one fold
            chosen = of_kind[number::len(folds)]
            if chosen:
                parts.add_ood(kind, _of_sounds([_run(fitted.network, utterances)
                                                for utterances in chosen]))
        found = concatenate(parts.found['answers'])
        print(f'  unweighted average recall so far: '
              f'{unweighted_average_recall(found.targets, found.answers):.3f}', flush=True)
    _finish(report, Evaluation(
        answers=concatenate(parts.found['answers']),
        ood={kind: tuple(map(np.concatenate, zip(*scores))) for kind, scores in parts.ood.items()},
        snr=parts.of('snr'),
        snr_plain=parts.of('snr_plain'),
        compared=parts.of('compared'),
        protocol={
            'scheme': scheme, 'command': _command(), 'feature_set': features.name,
            'folds': [sorted({clips[number].speaker for number in test}) for test in folds],
            **recipe.facts(), 'left_out': dict(left_out), **_facts(extras)},
        threshold=float(np.mean(parts.thresholds))))


class _Parts:
    """What the folds found."""

    def __init__(self):
        self.found, self.ood, self.thresholds = {}, {}, []

    def add(self, key, answers):
        self.found.setdefault(key, []).append(answers)

    def add_ood(self, kind, scores):
        self.ood.setdefault(kind, []).append(scores)

    def of(self, name):
        """Give {what: Answers} of keys (name, what)."""
        return {key[1]: concatenate(parts) for key, parts in self.found.items() if key[0] == name}


def _unheard_of(clips, description):
    """Give the clips of speakers that a model was not trained on."""
    training = description.training
    corpora = {entry.get('name') for entry in training.get('corpora', [])}
    test = set(training.get('test_speakers', []))
    known = {clip.speaker for clip in clips
             if clip.corpus in corpora and clip.speaker not in test}
    unknown = [clip for clip in clips if clip.speaker not in known]
    if known:
        print(f'{len(clips) - len(unknown)} clips are left out: the model was trained on their '
              f'{len(known)} speakers')
    if not unknown:
        raise EmotionError('--model: it was trained on all speakers of the corpora')
    return unknown


def _answers_of_fold(network, clips, test, mapping, labels, examples):
    """Give the Answers to the clips with the numbers `test`, of which examples were heard."""
    position = {number: place for place, number in enumerate(test)}
    examples = examples.renumbered([position[number] for number in examples.clips])
    return answer_clips([clips[number] for number in test], mapping, labels, examples,
                        *_run(network, examples.values))


def _run(network, values):
    """Give probabilities, (utterances, classes), and confidence, (utterances,)."""
    if isinstance(network, SupportVectors):
        return network.answer(values)
    outputs = answer(network, values)
    return outputs['probabilities'], outputs['confidence'][:, 0]


def _classify(classifier, examples):
    return _classify_values(classifier, examples.values)


def _classify_values(classifier, values):
    emotions = [classifier.classify(
        VoiceFeatures(None, classifier.description.feature_set, entry)) for entry in values]
    return (np.array([emotion.probabilities for emotion in emotions]),
            np.array([emotion.confidence for emotion in emotions]))


def _classify_all(classifier, sounds):
    return [_classify_values(classifier, utterances) for utterances in sounds]


def _of_sounds(answers):
    """Give the confidence and the greatest probability of sounds: of the mean of utterances."""
    return (np.array([confidence.mean() for _, confidence in answers]),
            np.array([probabilities.mean(axis=0).max() for probabilities, _ in answers]))


def _check_classes(training, labels, number):
    for target, label in enumerate(labels):
        if target not in training.targets:
            raise EmotionError(f'class {label!r} has no clip to train on in fold {number + 1}: '
                               'fewer --folds or fewer --classes may help')


def _command():
    """Give the command as it was typed."""
    return ' '.join(['emotion-ros', *sys.argv[1:]])


def _facts(extras):
    facts = {'versions': {name: importlib.metadata.version(name)
                          for name in ('opensmile', 'keras', 'tensorflow')},
             'python': platform.python_version()}
    if extras.noise:
        facts['noise_for_the_test'] = [path.name for path in extras.noise.paths]
    if extras.ood:
        facts['ood_paths'] = [str(path) for path in extras.ood]
    return facts


def _finish(report, evaluation):
    write_report(report, evaluation)
    print(summary_table(evaluation))
    print(f'report in {report}')
