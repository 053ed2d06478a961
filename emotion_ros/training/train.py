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

"""From corpora to a saved model."""

from collections import Counter
from dataclasses import asdict, replace
import logging
from pathlib import Path

import keras
import tensorflow as tf

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource
from emotion_ros.enrollment.gains import (
    Enrollment,
    RememberingClassifier,
    describe_all,
    measure_gains,
)
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import feature_blocks, opensmile_version
from emotion_ros.files.output_folder import write_text
from emotion_ros.metrics import measure, operating_point, rounded
from emotion_ros.metrics.pooling import predict_clips
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.model.saved_model import CARD, ModelDescription
from emotion_ros.offline.classify_all import classify_all
from emotion_ros.training.card import write_card
from emotion_ros.training.dataset import extract_examples, read_labeled_clips
from emotion_ros.training.examples import (
    check_held_out,
    choose_test_clips,
    choose_test_speakers,
    split_of,
)
from emotion_ros.training.export import model_folder, save_network
from emotion_ros.training.features import LEAD, SEGMENTATION
from emotion_ros.training.history import write_history
from emotion_ros.training.pretrained import WEIGHTS_LICENSE, weights_license
from emotion_ros.training.training_clips import write_training_clips

_LOGGER = logging.getLogger(__name__)

ENROLLED = Enrollment(1), Enrollment(5, neutral=True)
"""How test speakers are enrolled to measure what a model gains from knowing a voice."""


def train(corpora, *, output, extraction, recipe, classes, renames, exclude_speakers, name,
          version, command):
    """Train a model, measure it and save it; log the progress.

    Args:
        corpora: ['NAME:PATH'].
        output: folder for the model.
        extraction: features.Extraction.
        recipe: recipe.Recipe.
        classes, renames: see corpora.classes.choose_classes.
        exclude_speakers: see training.examples.choose_test_speakers.
        name, version: of the model.
        command: that repeats the training, for the model card.

    Returns:
        model.saved_model.ModelDescription.

    Raises:
        EmotionError: an option or a corpus cannot be used, or the confidence is constant;
            nothing was written to output.

    """
    place = model_folder(output)
    place.check()
    recipe.check_features(extraction.features)
    blocks = feature_blocks(extraction.features)
    data, _, left_out = read_labeled_clips(corpora, classes=classes, renames=renames)
    test, parts = _split(data, exclude_speakers)
    _check(parts['training'], test)
    _LOGGER.info(', '.join(f'{len(part)} clips for {part_name}'
                           for part_name, part in parts.items()))
    extractions = {'training': recipe.of_recordings(extraction), 'test': extraction}
    examples = {part_name: extract_examples(part, extractions[part_name], left_out=left_out,
                                            title=f'features for {part_name}')
                for part_name, part in parts.items() if part}
    augmented = recipe.augmented(parts['training'], extraction)
    fitted = recipe.fit(examples['training'], augmented, extraction, data.labels)
    _check_confidence(fitted, extraction.cache)
    description = ModelDescription(
        name=name, version=version, labels=data.labels,
        features=list(extraction.features),
        opensmile=opensmile_version() if any(block.opensmile for block in blocks) else '',
        sample_rate=SAMPLE_RATE,
        confidence_threshold=round(fitted.threshold, 4),
        voices=fitted.voices,
        average_speaker=fitted.average_speaker,
        training={
            'command': command, **_data_facts(parts, test, examples, left_out),
            **recipe.facts(), **_run_facts(fitted)})
    with place.whole() as folder:
        description = _write(folder, description, fitted, parts, examples.get('test'),
                             of_encoder=recipe.network == 'encoder')
    return description


def _split(data, excluded):
    """Split clips into those for training and those for the final measurement.

    Args:
        data: LabeledClips.
        excluded: see examples.choose_test_speakers.

    Returns:
        The set of test speakers, empty if no corpus has two speakers and the test uses other clips
        of the same speakers; and {'training' and 'test': LabeledClips}.

    """
    if excluded is None and split_of(data.corpora, data.speakers) == 'clips':
        test, chosen = set(), choose_test_clips(data.clips)
    else:
        test = choose_test_speakers(data.clips, excluded)
        chosen = {index for index, speaker in enumerate(data.speakers) if speaker in test}
    return test, {'training': data.select(sorted(set(range(len(data))) - chosen)),
                  'test': data.select(sorted(chosen))}


def _check(training, test):
    """Check that training speakers express every class, and that some of it can be held out."""
    shown = set(training.classes)
    for label in training.labels:
        if label not in shown:
            raise EmotionError(f'class {label!r} must have clips of training speakers, got '
                               'none; the excluded speakers are '
                               f'{", ".join(sorted(test)) or "none"}')
    check_held_out(training)


def _check_confidence(fitted, cache):
    """Log the findings of a training; refuse a model whose confidence is constant."""
    if fitted.constant_confidence:
        raise EmotionError(
            f'{fitted.findings[0]}; no model was written. Fewer epochs, more augmented copies '
            'or another seed may help, and the network mlp has no confidence branch; the features '
            f'are kept in {cache}')
    for finding in fitted.findings:
        _LOGGER.info(f'note: {finding}')


def _data_facts(parts, test, examples, left_out):
    """Return what a model was trained and tested on, for model.yaml.

    Args:
        parts: {'training' and 'test': LabeledClips}.
        test: set of the test speakers.
        examples: {part: training.examples.Examples}.
        left_out: Counter of left-out clips by reason.

    """
    trained = parts['training']
    return {
        'corpora': [_corpus_facts(corpus, parts, examples)
                    for corpus in sorted(set(trained.corpora))],
        'left_out': dict(left_out),
        'map': {old: new for old, new in trained.mapping.items() if old != new},
        'training_speakers': sorted(set(trained.speakers)),
        'test_speakers': sorted(test),
        'held_out': split_of(trained.corpora, trained.speakers)}


def _run_facts(fitted):
    """Return how a training went and which versions it used, for model.yaml."""
    return {
        'epochs': fitted.epochs,
        'temperature': round(fitted.temperature, 4),
        **({'linear_weight': round(fitted.linear_weight, 4)} if fitted.linear_weight else {}),
        **({} if fitted.branch_weight is None
           else {'branch_weight': round(fitted.branch_weight, 4)}),
        'confidence_deviation': round(fitted.confidence_deviation, 4),
        'findings': list(fitted.findings),
        **({'left_out_corpora': list(fitted.left_out)} if fitted.left_out else {}),
        'lead': LEAD,
        'segmentation': asdict(SEGMENTATION),
        'keras': keras.version(),
        'tensorflow': tf.__version__}


def _corpus_facts(name, parts, examples):
    """Return what was used of a corpus, for model.yaml."""
    clips = {part: [clip for clip in data.clips if clip.corpus == name]
             for part, data in parts.items()}
    chosen = [clip for part in clips.values() for clip in part]
    rates = [rate for rate in map(_sample_rate, chosen) if rate]
    return {
        'name': name,
        'languages': sorted({clip.language for clip in chosen} - {''}),
        'band': min([*rates, SAMPLE_RATE]) / 2,
        'clips': len(chosen),
        'utterances': sum(int((part.corpora == name).sum()) for part in examples.values()),
        'emotions': dict(sorted(Counter(clip.emotion for clip in chosen).items())),
        'speakers': {part: len({clip.speaker for clip in of_part})
                     for part, of_part in clips.items()}}


def _sample_rate(clip):
    """Return the sample rate of a clip [Hz], or None if it cannot be read."""
    try:
        return FileSource(clip.path).sample_rate
    except EmotionError:
        return None


def _write(folder, description, fitted, parts, test, *, of_encoder):
    """Write a model folder; return its description with the digest of the network.

    The model is measured with the files written, as the robot runs it.

    Args:
        folder: existing folder to write to.
        description: model.saved_model.ModelDescription, without digest and metrics.
        fitted: result of recipe.Recipe.fit.
        parts: {'training' and 'test': LabeledClips}.
        test: training.examples.Examples of the test speakers, or None.
        of_encoder: whether the network contains the pretrained encoder, whose license is included,
            and takes profiles of speakers.

    """
    description = replace(description, litert_sha256=save_network(fitted.network, folder))
    description.write(folder)
    if test is not None:
        metrics = _measure(folder, parts['test'], test)
        if of_encoder:
            metrics['enrolled'] = _measure_enrolled(folder, test)
        description = replace(description, metrics=metrics)
        description.write(folder)
    if of_encoder:
        Path(folder, WEIGHTS_LICENSE).write_text(weights_license(), encoding='utf-8')
    write_history(folder, fitted.history)
    write_training_clips(folder, parts['training'].clips)
    write_text(Path(folder, CARD), write_card(description))
    return description


def _measure(folder, test, examples):
    """Measure the model in a folder, for model.yaml."""
    classifier = EmotionClassifier(folder)
    probabilities, confidence, _ = classify_all(classifier, examples.values)
    predictions = predict_clips(test, examples, probabilities, confidence)
    return {**measure(predictions), 'operating_point': rounded(operating_point(
        predictions, predictions.confidence, classifier.description.confidence_threshold))}


def _measure_enrolled(folder, examples):
    """Measure what the model in a folder gains from enrollment, for model.yaml."""
    classifier = RememberingClassifier(folder)
    strangers = describe_all(classifier, examples)
    return [rounded(asdict(gain))
            for gain in measure_gains(classifier, examples, strangers, ENROLLED)]
