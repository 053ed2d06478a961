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

"""The folder of a trained network.

    model.tflite    the network for LiteRT
    model.keras     the same network for TensorFlow
    model.yaml      its description: labels, features, versions, threshold, metrics
    MODEL_CARD.md   a description for people

Nothing in it is ever unpickled or executed.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
import hashlib
from os import PathLike
from pathlib import Path
import re
from typing import Any

import yaml

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.emotions import MAX_LABELS, UNKNOWN
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import BLOCKS, MAX_BLOCKS, feature_blocks
from emotion_ros.files.paths import fault_of
from emotion_ros.files.untrusted import parse_mapping, read_limited, shown

LITERT = 'model.tflite'
KERAS = 'model.keras'
DESCRIPTION = 'model.yaml'
CARD = 'MODEL_CARD.md'

_OPTIONAL = 'opensmile', 'litert_sha256', 'voices', 'average_speaker', 'training', 'metrics'
_VOICES = {'slope': (0, 1000), 'bias': (-1000, 1000), 'threshold': (0, 1)}
_SCORES = -50, 50
_MAX_DESCRIPTION = 100_000   # bytes
_MAX_NETWORK = 500_000_000   # bytes


@dataclass(frozen=True)
class ModelDescription:
    """The content of model.yaml.

    Args:
        name: of the model.
        version: of the model.
        labels: classes, in the order of the probabilities.
        features: names of its input blocks; see features.blocks.
        sample_rate: of the audio [Hz].
        confidence_threshold: below it the emotion is "unknown", 0 to 1.
        opensmile: version of openSMILE that computed the training features; '' if none did.
        litert_sha256: digest of model.tflite, hexadecimal; '' if it is not given.
        voices: arguments of voices.recognition.VoiceCalibration; {} for its defaults.
        average_speaker: {label: mean scores of strangers' utterances}, see voices.adaptation; {}
            if they are not known.
        training: corpora, speakers, seed and settings, for people.
        metrics: results on speakers that were not in the training set, for people.

    """

    name: str
    version: str
    labels: list[str]
    features: list[str]
    sample_rate: int
    confidence_threshold: float
    opensmile: str = ''
    litert_sha256: str = ''
    voices: dict[str, float] = field(default_factory=dict)
    average_speaker: dict[str, list[float]] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: str | PathLike[str]) -> None:
        """Write model.yaml into a folder."""
        Path(folder, DESCRIPTION).write_text(
            yaml.safe_dump(asdict(self), sort_keys=False, allow_unicode=True), encoding='utf-8')


def read_description(folder: str | PathLike[str]) -> ModelDescription:
    """Read and check the model.yaml of a model folder.

    Returns:
        ModelDescription.

    Raises:
        EmotionError: the folder or the file is missing, or its content is invalid.

    """
    file = repr(str(Path(folder, DESCRIPTION)))   # on one line, whatever the folder's name
    fault = fault_of(folder, folder=True)
    if fault:
        raise EmotionError(f'model folder {str(folder)!r} cannot be read: {fault}')
    content = parse_mapping(_read(folder, DESCRIPTION, _MAX_DESCRIPTION), file)
    if content.get('threshold_on', 'confidence') != 'confidence':   # in early models
        raise EmotionError(f'{file}: threshold_on must be confidence, got '
                           f'{str(content["threshold_on"])[:100]!r}; train the model again')
    if 'feature_set' in content:   # in models before 0.9.0
        raise EmotionError(f'{file}: feature_set is {str(content["feature_set"])[:100]!r}, models '
                           'have features now; train the model again')
    names = [entry.name for entry in fields(ModelDescription)]
    for name in names:
        if name not in content and name not in _OPTIONAL:
            raise EmotionError(f'{file}: {name} is missing')
    description = ModelDescription(**{name: content[name] for name in names if name in content})
    _check(file, description)
    return description


def find_file(folder: str | PathLike[str], name: str) -> Path:
    """Find a file in a model folder.

    Returns:
        Path.

    Raises:
        EmotionError: the file is missing or not a regular file.

    """
    path = Path(folder, name)
    fault = fault_of(path)
    if fault:
        raise EmotionError(f'model folder {str(folder)!r} has no file {name} that can be read: '
                           f'{fault}')
    return path


def read_network(folder: str | PathLike[str], sha256: str = '') -> bytes:
    """Read the LiteRT network of a model folder.

    Args:
        folder: of the model.
        sha256: digest that the file must have, hexadecimal; '' for any.

    Returns:
        bytes.

    Raises:
        EmotionError: the file is missing, not a regular file, far too large, or was changed.

    """
    content = _read(folder, LITERT, _MAX_NETWORK)
    found = hashlib.sha256(content).hexdigest()
    if sha256 not in ('', found):
        raise EmotionError(f'{str(Path(folder, LITERT))!r} is not the file that {DESCRIPTION} '
                           f'describes: its SHA-256 must be {sha256}, got {found}')
    return content


def network_sha256(folder: str | PathLike[str]) -> str:
    """Return the digest of the LiteRT network of a model folder, hexadecimal.

    Raises:
        EmotionError: see read_network.

    """
    return hashlib.sha256(read_network(folder)).hexdigest()


def _read(folder: str | PathLike[str], name: str, limit: int) -> bytes:
    """Read a file in a model folder, of at most `limit` bytes."""
    return read_limited(find_file(folder, name), limit)


def _check(file: str, description: ModelDescription) -> None:
    def need(name: str, fits: Callable[[Any], object], allowed: str) -> None:
        value = getattr(description, name)
        if not fits(value):
            raise EmotionError(f'{file}: {name} must be {allowed}, got {shown(value)}')

    def is_text(value: object) -> bool:
        return isinstance(value, str) and 0 < len(value) <= 100 and value.isprintable()

    def is_number(value: object, low: float, high: float) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and (
            low <= value <= high)

    def is_integer(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    for name in ('name', 'version'):
        need(name, is_text, 'a short text')
    need('labels',
         lambda labels: (isinstance(labels, list) and 2 <= len(labels) <= MAX_LABELS
                         and all(is_text(label) and label != UNKNOWN for label in labels)
                         and len(set(labels)) == len(labels)),
         f'a list of 2 to {MAX_LABELS} different names, none of them {UNKNOWN!r}')
    need('features',
         lambda names: (isinstance(names, list) and len(names) <= MAX_BLOCKS
                        and all(isinstance(name, str) for name in names)),
         f'a list of {", ".join(BLOCKS)}')
    try:
        blocks = feature_blocks(description.features)
    except EmotionError as error:
        raise EmotionError(f'{file}: {error}') from None
    if description.opensmile != '' or any(block.opensmile for block in blocks):
        need('opensmile', is_text, 'the version of openSMILE that made the training features')
    if description.litert_sha256 != '':
        need('litert_sha256', lambda value: (isinstance(value, str)
                                             and re.fullmatch('[0-9a-f]{64}', value)),
             '64 hexadecimal digits')
    need('sample_rate', lambda value: is_integer(value) and value == SAMPLE_RATE, f'{SAMPLE_RATE}')
    need('confidence_threshold', lambda value: is_number(value, 0, 1), '0 to 1')
    need('voices',
         lambda values: isinstance(values, dict) and (not values or (
             set(values) == set(_VOICES)
             and all(is_number(values[name], *limits) for name, limits in _VOICES.items()))),
         ', '.join(f'{name} {low:g} to {high:g}' for name, (low, high) in _VOICES.items()))
    need('average_speaker',
         lambda values: (isinstance(values, dict) and set(values) <= set(description.labels)
                         and all(isinstance(scores, list)
                                 and len(scores) == len(description.labels)
                                 and all(is_number(score, *_SCORES) for score in scores)
                                 for scores in values.values())),
         f'for each of some labels, {len(description.labels)} scores from {_SCORES[0]} to '
         f'{_SCORES[1]}')
