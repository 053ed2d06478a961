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

"""Cross-validation in folds of speakers, or of random clips."""

from dataclasses import dataclass, replace
import logging

import numpy as np

from emotion_ros.corpora.labeled_clips import LabeledClips
from emotion_ros.errors import EmotionError
from emotion_ros.evaluation.additional_tests import AdditionalTests, extract_clean, extract_in
from emotion_ros.evaluation.clip_predictions import predict_some_clips, run_network
from emotion_ros.evaluation.condition_report import TITLES
from emotion_ros.evaluation.fold_checkpoints import CLIPS, FoldCheckpoints, FoldResult, run_folds
from emotion_ros.evaluation.folds import folds_by_speakers, random_folds
from emotion_ros.evaluation.leakage import without_known_rooms
from emotion_ros.evaluation.ood import OodSet, extract_ood, find_ood, score_ood
from emotion_ros.evaluation.plots import CLEAN
from emotion_ros.evaluation.protocol import facts_of_run, settings_of
from emotion_ros.evaluation.report import Evaluation, finish, report_folder
from emotion_ros.evaluation.svm import SupportVectors
from emotion_ros.metrics import unweighted_average_recall
from emotion_ros.metrics.predictions import concatenate
from emotion_ros.training.dataset import read_labeled_clips
from emotion_ros.training.examples import Examples, check_held_out
from emotion_ros.training.features import Extraction
from emotion_ros.training.network import functional_block
from emotion_ros.training.recipe import Recipe

_LOGGER = logging.getLogger(__name__)


def cross_validate(corpora, *, scheme, count, seeds, report, extraction, recipe, classes, renames,
                   additional):
    """Train and test in folds; write and log the report.

    Args:
        corpora: ['NAME:PATH'].
        scheme: 'speakers' or 'random'.
        count: number of folds; None for 5, or for the number of speakers if that is smaller.
        seeds: number of repetitions, each with the next seed.
        report: folder for the report.
        extraction: training.features.Extraction.
        recipe: training.recipe.Recipe; its noise is used for training.
        classes, renames: see corpora.classes.choose_classes; the corpora's own labels are the
            default.
        additional: AdditionalTests.

    Raises:
        EmotionError: an option or a corpus cannot be used, in any fold; nothing was written.

    """
    report_folder(report).check()
    recipe.check_features(extraction.features)
    if additional.compare:
        functional_block(extraction.features)   # which the SVM takes
    if recipe.impulse_responses and recipe.changes_clips:
        additional = replace(additional, conditions=without_known_rooms(
            additional.conditions, recipe.impulse_responses.digests()))
    data = _Data.read(corpora, classes, renames, additional)
    recipes = [replace(recipe, seed=recipe.seed + number) for number in range(seeds)]
    splits = [_split(data.labeled, scheme, count, one.seed) for one in recipes]
    data.extract(extraction, recipe)
    protocol = {
        'scheme': scheme, 'features': ','.join(extraction.features),
        'folds': [sorted(set(data.labeled.select(test).speakers))
                  if scheme == 'speakers' else f'{len(test)} clips' for test in splits[0]],
        **recipe.facts(), 'left_out': dict(data.left_out), **additional.facts(), **facts_of_run()}
    runs, kept_runs = {}, []

    for one, folds in zip(recipes, splits, strict=True):
        if seeds > 1:
            _LOGGER.info(f'seed {one.seed}')

        def write(results, seed=one.seed):
            runs[seed] = results
            finish(report, _evaluation(runs, data, protocol))

        kept = FoldCheckpoints(extraction, one, data.labeled.clips, {
            'protocol': settings_of(protocol), 'seed': one.seed,
            'folds': [test.tolist() for test in folds], 'labels': data.labeled.labels,
            'mapping': data.labeled.mapping, 'compare': additional.compare,
            'conditions': [condition.change.settings() for condition in additional.conditions]})
        kept_runs.append(kept)
        run_folds([f'fold {fold + 1} of {len(folds)}' for fold in range(len(folds))],
                  _Folds(data, one, folds, scheme, additional.compare).run, kept, write)
    for kept in kept_runs:
        kept.remove()


@dataclass
class _Data:
    """What all folds share: clips, their classes, and additional tests.

    Args:
        labeled: LabeledClips.
        left_out: Counter of reasons why clips were left out.
        additional: AdditionalTests.
        found_ood: result of ood.find_ood.

    """

    labeled: LabeledClips
    left_out: dict
    additional: AdditionalTests
    found_ood: dict
    extraction: Extraction | None = None
    examples: Examples | None = None
    augmented: Examples | None = None
    in_conditions: dict | None = None
    ood: OodSet | None = None

    @classmethod
    def read(cls, corpora, classes, renames, additional):
        labeled, others, left_out = read_labeled_clips(
            corpora, classes=classes, renames=renames, own=True)
        return cls(labeled, left_out, additional, find_ood(additional.ood, others))

    def extract(self, extraction, recipe):
        """Compute all features."""
        self.extraction = extraction
        self.examples = extract_clean(self.labeled, recipe.of_recordings(extraction),
                                      self.left_out)
        if recipe.augment:
            _LOGGER.info(f'augmented copies of clips, {recipe.augment} of each')
        self.augmented = recipe.augmented(self.labeled, extraction)
        self.in_conditions = {condition: extract_in(condition, self.labeled, extraction)
                              for condition in self.additional.conditions}
        self.ood = OodSet(extract_ood(self.found_ood, extraction))


def _split(data, scheme, count, seed):
    """Return the folds of a seed, each with enough clips for training."""
    if scheme == 'speakers':
        folds = folds_by_speakers(data.clips, count, seed=seed)
    else:
        folds = random_folds(data.classes, count, seed=seed)
    for fold, test in enumerate(folds):
        training = data.select(np.setdiff1d(np.arange(len(data)), test))
        _check_classes(training.targets, data.labels, fold)
        try:
            check_held_out(training)
        except EmotionError as error:
            raise EmotionError(f'fold {fold + 1}: {error}') from None
    return folds


def _check_classes(targets, labels, fold):
    for target, label in enumerate(labels):
        if target not in targets:
            raise EmotionError(
                f'class {label!r} has no clip to train on in fold {fold + 1}; other folds or '
                'fewer classes may help')


@dataclass
class _Folds:
    """Trains and tests in the folds of one seed."""

    data: _Data
    recipe: Recipe
    folds: list
    scheme: str
    compare: bool

    def run(self, fold):
        """Train without the clips of a fold and test on them.

        Returns:
            fold_checkpoints.FoldResult.

        Raises:
            EmotionError: there are too few training clips.

        """
        data, test = self.data, self.folds[fold]
        training = data.examples.select(~np.isin(data.examples.clips, test))
        copies = data.augmented and data.augmented.select(~np.isin(data.augmented.clips, test))
        labels = data.labeled.labels
        _check_classes(training.targets, labels, fold)
        fitted = self.recipe.fit(training, copies, data.extraction, labels)

        def predictions(network, examples):
            found = predict_some_clips(network, data.labeled, test, examples)
            return replace(found, folds=np.full(len(found), fold + 1))

        found = {CLIPS: predictions(fitted.network, data.examples)}
        for condition, examples in data.in_conditions.items():
            found[condition.group, condition.value] = predictions(fitted.network, examples)
        in_noise = {condition.value: examples for condition, examples in data.in_conditions.items()
                    if condition.group == 'snr'}
        if in_noise and self.recipe.augment and not self.recipe.trains_encoder:
            plain = self.recipe.fit(training, None, data.extraction, labels)
            for ratio, examples in {CLEAN: data.examples, **in_noise}.items():
                found['snr_plain', ratio] = predictions(plain.network, examples)
        if self.compare:
            found['compared', 'svm'] = predictions(
                SupportVectors(data.extraction.features, training), data.examples)
        clips = found[CLIPS]
        _LOGGER.info(f'  unweighted average recall: '
                     f'{unweighted_average_recall(clips.targets, clips.predicted):.3f}')
        return FoldResult(
            predictions=found, threshold=fitted.threshold,
            findings=tuple(f'fold {fold + 1}: {finding}' for finding in fitted.findings),
            ood={kind: score_ood(clips, lambda values: run_network(fitted.network, values))
                 for kind, clips in data.ood.in_fold(fold, len(self.folds), self._fold_of).items()})

    @property
    def _fold_of(self):
        """{speaker: fold}, empty if folds do not consist of speakers."""
        return {speaker: fold for fold, test in enumerate(self.folds)
                for speaker in self.data.labeled.select(test).speakers
                if self.scheme == 'speakers'}


def _merged(results):
    """Collect the findings of folds, {index: FoldResult}, without repeating any."""
    texts = [[finding.partition(': ')[2] for finding in found.findings]
             for found in results.values()]
    common = [text for text in texts[0] if len(texts) > 1 and all(text in of for of in texts)]
    return [*(f'each fold: {text}' for text in common),
            *(finding for found in results.values() for finding in found.findings
              if finding.partition(': ')[2] not in common)]


def _evaluation(runs, data, protocol):
    """Combine the completed folds.

    Args:
        runs: {seed: {index: FoldResult}}; the first one is reported in full.
        data: _Data.
        protocol: see report.Evaluation.

    """
    results = next(iter(runs.values()))
    ended = [found for found in results.values() if found.predictions]
    parts = {key: concatenate([found.predictions[key] for found in ended])
             for key in ended[0].predictions}

    def of_group(group):
        return {value: part for (name, value), part in parts.items() if name == group}

    findings = _merged(results)
    if len(results) < len(protocol['folds']):
        findings.append(
            f'the run was stopped after {len(results)} of {len(protocol["folds"])} folds')
    return Evaluation(
        predictions=parts[CLIPS],
        ood={kind: tuple(np.concatenate([found.ood[kind] for found in ended]).T)
             for kind in data.ood.kinds},
        ood_no_speech=data.ood.no_speech,
        snr=of_group('snr'),
        snr_plain=of_group('snr_plain'),
        compared=of_group('compared'),
        protocol={**protocol, 'findings': findings},
        threshold=float(np.mean([found.threshold for found in ended])),
        pictures=data.additional.pictures,
        conditions={group: found for group in TITLES if (found := of_group(group))},
        seeds={seed: concatenate([found.predictions[CLIPS] for found in run.values()
                                  if found.predictions])
               for seed, run in runs.items() if any(found.predictions for found in run.values())})
