"""From corpora to a saved model."""

from collections import Counter
from pathlib import Path
import shlex

import keras
import numpy as np
import soundfile
import tensorflow as tf

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.corpora.registry import read_corpus
from emotion_ros.errors import EmotionError
from emotion_ros.evaluation.answers import Answers
from emotion_ros.evaluation.measures import answered, rounded
from emotion_ros.features.opensmile_live import feature_set, opensmile_version
from emotion_ros.model.saved_model import CARD, ModelDescription
from emotion_ros.training.card import results_table, write_card
from emotion_ros.training.classes import choose_classes
from emotion_ros.training.examples import (
    choose_test_speakers, choose_validation_speakers, gather)
from emotion_ros.training.features import LEAD, extract_clips, segmentation_settings
from emotion_ros.training.fitting import answer, fit
from emotion_ros.training.measures import measure
from emotion_ros.training.saving import model_folder, save_network

SHOWN = 20
"""So many of the files that are left out are named; the rest are counted."""


def train(corpora, *, output, feature_set_name, classes, renames, exclude_speakers, seed, epochs,
          jobs, cache, name, version):
    """Train a model, measure it, save it and print what came out.

    Args:
        corpora: ['NAME:PATH'].
        output: folder for the model.
        feature_set_name: name of the feature set.
        classes, renames: see training.classes.choose_classes.
        exclude_speakers: see training.examples.choose_test_speakers.
        seed: of everything that is drawn.
        epochs: how often all examples are seen.
        jobs: processes that compute features; -1 for one a core.
        cache: folder that keeps features.
        name, version: of the model.

    Returns:
        model.saved_model.ModelDescription.

    Raises:
        EmotionError: an option or a corpus cannot be used; nothing was written to output.

    """
    place = model_folder(output)
    place.check()
    for option, text in (('--name', name), ('--model-version', version)):
        if not (0 < len(text) <= 100 and text.isprintable()):
            raise EmotionError(f'{option} is {text[:100]!r}, allowed is a short text')
    dimensions = feature_set(feature_set_name).dimensions
    clips, left_out = _read(corpora)
    labels, mapping = choose_classes(
        [clip.emotion for clip in clips], classes=classes, renames=renames)
    for clip in clips:
        if clip.emotion not in mapping:
            left_out[f'{clip.emotion} is no class'] += 1
    clips = [clip for clip in clips if clip.emotion in mapping]
    clips, features = _extract(clips, feature_set_name, left_out, cache=cache, jobs=jobs)
    examples = gather(clips, features, mapping, labels)
    parts = _divide(examples, labels, exclude_speakers, seed)
    print(', '.join(f'{len(part)} utterances for {name}' for name, part in parts.items()))
    fitted = fit(parts['training'], parts['validation'], len(labels), seed=seed, epochs=epochs)
    description = ModelDescription(
        name=name,
        version=version,
        labels=labels,
        feature_set=feature_set_name,
        dimensions=dimensions,
        opensmile=opensmile_version(),
        sample_rate=SAMPLE_RATE,
        confidence_threshold=round(fitted.threshold, 4),
        training={
            'command': _command(
                corpora, renames, classes=classes, exclude_speakers=exclude_speakers,
                feature_set=feature_set_name, seed=seed, epochs=epochs, name=name,
                model_version=version),
            'corpora': [_corpus_facts(corpus, clips, parts)
                        for corpus in sorted({clip.corpus for clip in clips})],
            'left_out': dict(left_out),
            'map': {old: new for old, new in mapping.items() if old != new},
            'validation_speakers': _speakers(parts['validation']),
            'test_speakers': _speakers(parts['test']),
            'seed': seed,
            'epochs': epochs,
            'temperature': round(fitted.temperature, 4),
            'confidence_deviation': round(fitted.confidence_deviation, 4),
            'lead': LEAD,
            'segmentation': segmentation_settings(),
            'keras': keras.version(),
            'tensorflow': tf.__version__},
        metrics=_measure(fitted, parts['test'], labels) if len(parts['test']) else {})
    with place.whole() as folder:
        save_network(fitted.network, folder)
        description.write(folder)
        Path(folder, CARD).write_text(write_card(description), encoding='utf-8')
    _report(description, output)
    return description


def _read(corpora):
    clips, left_out = [], Counter()
    for corpus in corpora:
        found, dropped = read_corpus(corpus)
        print(f'{corpus}: {len(found)} clips of {len({clip.speaker for clip in found})} speakers')
        _tell(dropped)
        if dropped:
            left_out['broken or not named as the corpus is'] += len(dropped)
        clips += found
    return clips, left_out


def _tell(dropped):
    for entry in dropped[:SHOWN]:
        print(f'  left out {entry.path.name}: {entry.reason}')
    if len(dropped) > SHOWN:
        print(f'  left out {len(dropped) - SHOWN} more')


def _extract(clips, feature_set_name, left_out, *, cache, jobs):
    """Give the clips that hold speech and their features."""
    results = list(extract_clips(clips, feature_set_name, cache=cache, jobs=jobs))
    kept = []
    for clip, values in zip(clips, results):
        if isinstance(values, EmotionError):
            print(f'  left out {clip.path.name}: {values}')
            left_out['features failed'] += 1
        elif len(values) == 0:
            left_out['no speech found'] += 1
        else:
            kept.append((clip, values))
    if left_out['no speech found']:
        print(f'no speech was found in {left_out["no speech found"]} of {len(clips)} clips')
    if not kept:
        raise EmotionError(f'none of the {len(clips)} clips can be used: no speech was found')
    return [clip for clip, _ in kept], [values for _, values in kept]


def _divide(examples, labels, exclude_speakers, seed):
    """Give the Examples for training, validation and test."""
    test = choose_test_speakers(examples, exclude_speakers)
    rest = examples.without(test)
    validation = choose_validation_speakers(rest, seed=seed)
    training = rest.without(validation)
    for number, label in enumerate(labels):
        if number not in training.targets:
            raise EmotionError(f'class {label!r} has no clip of a training speaker; the excluded '
                               f'speakers are {", ".join(sorted(test)) or "none"}, '
                               f'for validation are {", ".join(sorted(validation))}')
    return {'training': training, 'validation': rest.of(validation), 'test': examples.of(test)}


def _speakers(examples):
    return sorted({str(speaker) for speaker in examples.speakers})


def _corpus_facts(name, clips, parts):
    """Tell what was used of a corpus, as model.yaml keeps it."""
    clips = [clip for clip in clips if clip.corpus == name]
    rates = [soundfile.info(clip.path).samplerate for clip in clips]
    of_corpus = {part: examples.corpora == name for part, examples in parts.items()}
    return {
        'name': name,
        'languages': sorted({clip.language for clip in clips} - {''}),
        'band': min(*rates, SAMPLE_RATE) / 2,
        'clips': len(clips),
        'utterances': sum(int(chosen.sum()) for chosen in of_corpus.values()),
        'emotions': dict(sorted(Counter(clip.emotion for clip in clips).items())),
        'speakers': {part: len(set(examples.speakers[of_corpus[part]]))
                     for part, examples in parts.items()}}


def _command(corpora, renames, **options):
    """Give the command that makes the model, without the paths of this machine."""
    words = ['emotion-ros', 'train']
    for corpus in corpora:
        name = corpus.partition(':')[0]
        words += ['--corpus', f'{name}:/path/to/{name}']
    for rename in renames:
        words += ['--map', rename]
    for option, value in options.items():
        if value is not None:
            words += [f'--{option.replace("_", "-")}', str(value)]
    return shlex.join([*words, '--output', '/path/to/model'])


def _measure(fitted, test, labels):
    outputs = answer(fitted.network, test.values)
    answers = Answers(
        labels=labels,
        targets=test.targets,
        probabilities=outputs['probabilities'],
        confidence=outputs['confidence'][:, 0],
        speakers=test.speakers,
        corpora=test.corpora,
        heard=np.ones(len(test), bool))
    return {**measure(answers),
            'answered': rounded(answered(answers, answers.confidence, fitted.threshold))}


def _report(description, output):
    training, metrics = description.training, description.metrics
    print(f'temperature {training["temperature"]:.3f}, '
          f'confidence threshold {description.confidence_threshold:.3f}, '
          f'its deviation over the validation speakers {training["confidence_deviation"]:.3f}')
    if metrics:
        print(results_table(metrics, description.labels))
    print(f'saved in {output}')
