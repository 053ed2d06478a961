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

"""Evaluation of a saved model on speakers that it was not trained on."""

from dataclasses import replace

from emotion_ros.corpora.classes import CALM, choose_classes
from emotion_ros.enrollment.gains import RememberingClassifier
from emotion_ros.errors import ArgumentError
from emotion_ros.evaluation.additional_tests import extract_clean, extract_in
from emotion_ros.evaluation.condition_report import TITLES
from emotion_ros.evaluation.enrollment import write_enrollment
from emotion_ros.evaluation.leakage import TrainedOn
from emotion_ros.evaluation.ood import OodSet, extract_ood, find_ood, score_ood
from emotion_ros.evaluation.protocol import facts_of_run
from emotion_ros.evaluation.report import Evaluation, finish, report_folder
from emotion_ros.metrics.pooling import predict_clips
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline.classify_all import classify_all
from emotion_ros.training.dataset import label_clips, read_clips
from emotion_ros.training.training_clips import read_training_clips


def evaluate_model(corpora, *, folder, report, extraction, classes, renames, additional):
    """Evaluate a saved model on unknown speakers; write and log the report.

    Clips of speakers that the model was trained on, according to model.yaml, are left out.

    Args:
        corpora: ['NAME:PATH'].
        folder: of the model.
        report: folder for the report.
        extraction: training.features.Extraction.
        classes, renames: see corpora.classes.choose_classes; the classes are the model's.
        additional: additional_tests.AdditionalTests.

    Raises:
        EmotionError: an option, a corpus or the model cannot be used; nothing was written.

    """
    report_folder(report).check()
    classifier = EmotionClassifier(folder)
    description = classifier.description
    labels = description.labels
    _check_features(extraction.features, description.features)
    if additional.enrollments:
        classifier.voice_network()   # raises an error if there is none
    clips, left_out = read_clips(corpora)
    training = TrainedOn(description, read_training_clips(folder))
    clips = training.without_known(clips, left_out)
    additional = replace(
        additional, conditions=training.without_known_rooms(additional.conditions))
    mapping, others = _classes_of(clips, labels, classes, renames)
    data = label_clips(clips, labels, mapping, left_out)
    kinds = find_ood(additional.ood, others)

    def predictions(examples):
        return predict_clips(data, examples, *classify_all(classifier, examples.values))

    examples = extract_clean(data, extraction, left_out)
    found = predictions(examples)
    in_conditions = {}
    for condition in additional.conditions:
        in_conditions.setdefault(condition.group, {})[condition.value] = predictions(
            extract_in(condition, data, extraction))
    ood = OodSet(extract_ood(kinds, extraction))
    finish(report, Evaluation(
        predictions=found,
        ood={kind: tuple(score_ood(entries, lambda values: classify_all(classifier, values)).T)
             for kind, entries in ood.kinds.items()},
        ood_no_speech=ood.no_speech,
        snr=in_conditions.get('snr', {}),
        protocol={'scheme': 'model', 'model': classifier.model,
                  'features': ','.join(description.features),
                  **training.facts(additional.conditions),
                  'test_speakers': sorted(set(found.speakers)), 'left_out': dict(left_out),
                  **additional.facts(), **facts_of_run()},
        threshold=description.confidence_threshold,
        pictures=additional.pictures,
        conditions={group: in_conditions[group] for group in TITLES if group in in_conditions}))
    if additional.enrollments:
        write_enrollment(report, RememberingClassifier(folder), examples, additional.enrollments)


def _check_features(given, needed):
    """Check that the extracted features are those of the model, in any order."""
    if set(given) != set(needed):
        raise ArgumentError(
            'features', f'must be those of the model, {",".join(needed)}, got {",".join(given)}')


def _classes_of(clips, labels, classes, renames):
    """Return {emotion: class of the model}, and the clips that are out-of-distribution.

    Emotions that the model knows but `classes` leaves out are neither.
    """
    _, mapping = choose_classes([clip.emotion for clip in clips], classes=classes,
                                renames=renames, default=labels)
    outside = sorted(set(mapping.values()) - set(labels))
    if outside:
        raise ArgumentError('classes', f'must be of the model, {", ".join(labels)}, '
                                       f'got {outside[0]!r}')
    return mapping, [clip for clip in clips if clip.emotion not in mapping
                     and CALM.get(clip.emotion, clip.emotion) not in labels]
