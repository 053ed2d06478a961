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

"""From corpora to a report on a model, or on a way of training."""

from dataclasses import dataclass

import numpy as np

from emotion_ros.errors import EmotionError
from emotion_ros.evaluation.clip_predictions import predict_clips, predict_some_clips, run_network
from emotion_ros.evaluation.condition_report import TITLES
from emotion_ros.evaluation.folds import folds_by_speakers, random_folds
from emotion_ros.evaluation.leakage import TrainedOn, read_training_clips
from emotion_ros.evaluation.metrics import unweighted_average_recall
from emotion_ros.evaluation.ood import find_sounds, hear_sounds
from emotion_ros.evaluation.plots import CLEAN
from emotion_ros.evaluation.predictions import concatenate
from emotion_ros.evaluation.protocol import command_line, versions
from emotion_ros.evaluation.report import Evaluation, report_folder, summary_table, write_report
from emotion_ros.evaluation.svm import SupportVectors
from emotion_ros.features.extractor import VoiceFeatures
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.progress import progress
from emotion_ros.training.classes import CALM, choose_classes, own_classes
from emotion_ros.training.examples import speakers_by_corpus
from emotion_ros.training.material import extract_examples, read_clips, with_class


@dataclass(frozen=True)
class Extras:
    """What is measured besides the clips as they are.

    Args:
        conditions: [conditions.Condition] that clips are tested in, too.
        ood: paths of sounds that are no emotion.
        compare: whether a support vector machine is trained beside the network.

    """

    conditions: list
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
    if set(extraction.features) != set(description.features):
        raise EmotionError(f'--features must be those of the model, '
                           f'{",".join(description.features)}, got '
                           f'{",".join(extraction.features)}')
    clips, left_out = read_clips(corpora)
    training = TrainedOn(description, read_training_clips(folder))
    clips = training.without_known(clips, left_out)
    _, mapping = choose_classes([clip.emotion for clip in clips], classes=classes,
                                renames=renames, default=labels)
    outside = sorted(set(mapping.values()) - set(labels))
    if outside:
        raise EmotionError(f'--classes: the model has no class {outside[0]!r}, '
                           f'it has {", ".join(labels)}')
    # What the model knows and --classes leaves out is no class here, but no other sound either.
    others = [clip for clip in clips if clip.emotion not in mapping
              and CALM.get(clip.emotion, clip.emotion) not in labels]
    clips = with_class(clips, mapping, left_out)
    kinds = find_sounds(extras.ood, others)

    def predictions(examples):
        return predict_clips(clips, mapping, labels, examples,
                            *_classify(classifier, examples.values))

    heard = predictions(_hear(clips, mapping, labels, extraction, left_out))
    found = _Parts()
    for condition in training.without_known_rooms(extras.conditions):
        found.add((condition.group, condition.value),
                  predictions(_hear_in(condition, clips, mapping, labels, extraction)))
    sounds = _Sounds(hear_sounds(kinds, extraction))
    for kind in sounds.kinds:
        sounds.add(kind, sounds.kinds[kind], lambda values: _classify(classifier, values))
    _finish(report, Evaluation(
        predictions=heard,
        ood=sounds.scores,
        ood_no_speech=sounds.no_speech,
        snr=found.of('snr'),
        snr_plain={},
        compared={},
        protocol={'scheme': 'model', 'command': command_line(), 'model': classifier.model,
                  'features': ','.join(description.features), **training.facts(extras.conditions),
                  'left_out': dict(left_out), **_facts(extras)},
        threshold=description.confidence_threshold,
        conditions=found.of_conditions()))



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
        EmotionError: an option or a corpus cannot be used, in any fold; nothing was written.

    """
    report_folder(report).check()
    features = extraction.features
    clips, left_out = read_clips(corpora)
    emotions = [clip.emotion for clip in clips]
    labels, mapping = choose_classes(emotions, classes=classes, renames=renames,
                                     default=own_classes(emotions, renames))
    others = [clip for clip in clips if clip.emotion not in mapping]
    clips = with_class(clips, mapping, left_out)
    folds = (folds_by_speakers(clips, count, seed=recipe.seed) if scheme == 'speakers'
             else random_folds(clips, [mapping[clip.emotion] for clip in clips], count,
                               seed=recipe.seed))
    _check_folds(clips, mapping, labels, folds)
    kinds = find_sounds(extras.ood, others)
    heard = _hear(clips, mapping, labels, extraction, left_out)
    if recipe.augment:
        print(f'augmented copies of clips, {recipe.augment} of each', flush=True)
    augmented = recipe.augmented(clips, mapping, labels, extraction)
    in_conditions = {condition: _hear_in(condition, clips, mapping, labels, extraction)
                     for condition in extras.conditions}
    sounds = _Sounds(hear_sounds(kinds, extraction))
    fold_of = {clips[number].speaker: fold for fold, test in enumerate(folds) for number in test
               if scheme == 'speakers'}
    parts, thresholds, findings = _Parts(), [], []
    for fold, test in enumerate(folds):
        print(f'fold {fold + 1} of {len(folds)}', flush=True)
        training = heard.select(~np.isin(heard.clips, test))
        copies = augmented and augmented.select(~np.isin(augmented.clips, test))

        def predictions(network, examples, test=test):
            return predict_some_clips(network, clips, test, mapping, labels, examples)

        try:
            _check_classes(training.targets, labels, fold)
            fitted = recipe.fit(training, copies, features, labels)
        except EmotionError as error:   # what was computed for the other folds is not lost by it
            findings.append(f'fold {fold + 1} was left out: {error}')
            print(f'  mind: {findings[-1]}', flush=True)
            continue
        thresholds.append(fitted.threshold)
        for finding in fitted.findings:
            findings.append(f'fold {fold + 1}: {finding}')
            print(f'  mind: {finding}', flush=True)
        parts.add('predictions', predictions(fitted.network, heard))
        for condition, examples in in_conditions.items():
            parts.add((condition.group, condition.value), predictions(fitted.network, examples))
        in_noise = {condition.value: examples for condition, examples in in_conditions.items()
                    if condition.group == 'snr'}
        if in_noise and copies is not None:
            plain = recipe.fit(training, None, features, labels)
            for ratio, examples in {CLEAN: heard, **in_noise}.items():
                parts.add(('snr_plain', ratio), predictions(plain.network, examples))
        if extras.compare:
            parts.add(('compared', 'svm'), predictions(SupportVectors(features, training), heard))
        for kind in sounds.kinds:
            sounds.add(kind, sounds.of_fold(kind, fold, len(folds), fold_of),
                       lambda values, network=fitted.network: run_network(network, values))
        found = concatenate(parts.found['predictions'])
        print(f'  unweighted average recall so far: '
              f'{unweighted_average_recall(found.targets, found.predicted):.3f}', flush=True)
    if not thresholds:
        raise EmotionError(findings[0])
    _finish(report, Evaluation(
        predictions=concatenate(parts.found['predictions']),
        ood=sounds.scores,
        ood_no_speech=sounds.no_speech,
        snr=parts.of('snr'),
        snr_plain=parts.of('snr_plain'),
        compared=parts.of('compared'),
        protocol={
            'scheme': scheme, 'command': command_line(), 'features': ','.join(features),
            'folds': [sorted({clips[number].speaker for number in test})
                      if scheme == 'speakers' else f'{len(test)} clips' for test in folds],
            **recipe.facts(), 'findings': findings, 'left_out': dict(left_out), **_facts(extras)},
        threshold=float(np.mean(thresholds)),
        conditions=parts.of_conditions()))


class _Parts:
    """What the folds found of clips."""

    def __init__(self):
        self.found = {}

    def add(self, key, predictions):
        self.found.setdefault(key, []).append(predictions)

    def of(self, name):
        """Give {what: Predictions} of keys (name, what)."""
        return {key[1]: concatenate(parts) for key, parts in self.found.items() if key[0] == name}

    def of_conditions(self):
        """Give {group: {value: Predictions}} of distances and rooms, as far as there are any."""
        return {group: found for group in TITLES if (found := self.of(group))}


class _Sounds:
    """Sounds that are no emotion, and what was answered to them.

    Args:
        kinds: of sounds.hear_sounds.

    """

    def __init__(self, kinds):
        self.kinds = {kind: [sound for sound in sounds if sound.utterances]
                      for kind, sounds in kinds.items()}
        self.no_speech = {kind: len(sounds) - len(self.kinds[kind])
                          for kind, sounds in kinds.items()}
        self._scores = {kind: [] for kind in kinds}

    def of_fold(self, kind, fold, folds, fold_of):
        """Give the Sounds that are heard in a fold: each in one, that in which its speaker is.

        Args:
            kind: of the sounds.
            fold: number of the fold.
            folds: their number.
            fold_of: {speaker: fold}; sounds of others are dealt to all folds.

        """
        return [sound for number, sound in enumerate(self.kinds[kind])
                if fold_of.get(sound.speaker, number % folds) == fold]

    def add(self, kind, sounds, run):
        """Let a network answer to sounds; as to clips, the mean of the utterances counts."""
        counts = [len(sound.utterances) for sound in sounds]
        if counts:
            ends = np.cumsum(counts)[:-1]
            probabilities, confidence, _ = run([
                values for sound in sounds for values in sound.utterances])
            self._scores[kind] += [
                (part.mean(), of_class.mean(axis=0).max()) for part, of_class in zip(
                    np.split(confidence, ends), np.split(probabilities, ends), strict=True)]

    @property
    def scores(self):
        """{kind: (confidence, max_softmax)} of the sounds in which speech was heard."""
        return {kind: tuple(np.array(scores, float).reshape(-1, 2).T)
                for kind, scores in self._scores.items()}


def _hear(clips, mapping, labels, extraction, left_out):
    shown = [label for label in labels if label in mapping.values()]
    print(f'{len(clips)} clips of {", ".join(shown)}', flush=True)
    examples = extract_examples(clips, mapping, labels, extraction, left_out=left_out)
    left_out.pop('no speech found', None)   # these count as wrong, they are not left out
    return examples


def _hear_in(condition, clips, mapping, labels, extraction):
    print(f'clips {condition}', flush=True)
    try:
        return extract_examples(clips, mapping, labels, extraction, [condition.change],
                                title=str(condition))
    except EmotionError as error:
        raise EmotionError(f'--{condition.group} {condition.written}: {error}') from error


def _classify(classifier, values):
    """Do what answering.run_network does with a saved model, as the robot runs it."""
    emotions = [
        classifier.classify(VoiceFeatures(None, entry))
        for entry in progress(values, total=len(values), title='answers', unit='utterance')]
    affect = [(emotion.arousal, emotion.valence) for emotion in emotions]
    return (np.array([emotion.probabilities for emotion in emotions]),
            np.array([emotion.confidence for emotion in emotions]),
            np.array(affect, np.float32))


def _check_folds(clips, mapping, labels, folds):
    """Check before the long work that there is enough to train on."""
    for fold, test in enumerate(folds):
        training = [clips[number] for number in np.setdiff1d(np.arange(len(clips)), test)]
        _check_classes([labels.index(mapping[clip.emotion]) for clip in training], labels, fold)
        by_corpus = speakers_by_corpus([clip.corpus for clip in training],
                                       [clip.speaker for clip in training])
        if all(len(speakers) < 2 for speakers in by_corpus.values()):
            raise EmotionError(
                f'--cross-validate: too few speakers to train on in fold {fold + 1}, needed are '
                'two of one corpus; more speakers, or more --folds of speakers, may help')


def _check_classes(targets, labels, fold):
    for target, label in enumerate(labels):
        if target not in targets:
            raise EmotionError(
                f'--cross-validate: class {label!r} has no clip to train on in fold {fold + 1}; '
                'other --folds or fewer --classes may help')


def _facts(extras):
    facts = {'versions': versions()}
    for condition in extras.conditions:
        facts |= condition.facts()
    if extras.ood:
        facts['ood_paths'] = [str(path) for path in extras.ood]
    return facts


def _finish(report, evaluation):
    write_report(report, evaluation)
    print(summary_table(evaluation))
    print(f'report in {report}')
