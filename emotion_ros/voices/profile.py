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


"""The profile of an enrolled speaker: outputs of a network for some of their utterances, no audio.

A profile is a small YAML file. It is read as data, and any fault is reported in one line.
"""

import base64
import binascii
from dataclasses import dataclass
import hashlib
from pathlib import Path
import re
from typing import Any

import numpy as np
import yaml

from emotion_ros.arrays import Float32
from emotion_ros.emotions import in_order
from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.files.output_folder import whole_file
from emotion_ros.files.paths import fault_of
from emotion_ros.files.untrusted import parse_mapping, read_limited, shown

SUFFIX = '.yaml'
MAX_SIZE = 100_000   # bytes of a file
MAX_UTTERANCES = 1_000_000
MAX_VALUE = 1e3      # of an embedding; a network gives some units
NAME = re.compile(r'\w(?:[\w .-]{0,38}\w)?')
"""A speaker's name: 1 to 40 letters, digits, spaces, dots, hyphens and _."""

STATISTICS = 'embedding', 'voice', 'scores'
"""The vectors of each emotion in a profile, besides the number of utterances."""

_FIELDS = 'name', 'model', 'model_sha256', 'features', 'emotions'


@dataclass(frozen=True)
class VoiceNetwork:
    """The network that a profile belongs to.

    Args:
        model: name and version of the model, for people.
        sha256: digest of its file for LiteRT, hexadecimal.
        features: names of the blocks that it takes.
        labels: of its classes.
        embedding, voice: number of values of these outputs.

    """

    model: str
    sha256: str
    features: tuple[str, ...]
    labels: tuple[str, ...]
    embedding: int
    voice: int


@dataclass(frozen=True)
class Utterances:
    """What is known about a speaker's utterances of one emotion.

    Args:
        count: number of utterances.
        embedding: mean of the network's output of this name; float32.
        voice: mean of the vectors that identify the speaker; float32.
        scores: mean of adaptation.centered_log of the probabilities, with the profile's embedding;
            float32, in the order of the labels.

    """

    count: int
    embedding: Float32
    voice: Float32
    scores: Float32


@dataclass(frozen=True)
class VoiceProfile:
    """What is known about a speaker.

    Args:
        name: of the speaker; see NAME.
        network: VoiceNetwork that it belongs to.
        emotions: {emotion: Utterances}; at least one.
        digest: of the file, hexadecimal; '' if there is none.

    """

    name: str
    network: VoiceNetwork
    emotions: dict[str, Utterances]
    digest: str = ''

    @property
    def label(self) -> str:
        """Name and digest, which identify the profile in results."""
        return f'{self.name} {self.digest[:8]}'

    @property
    def embedding(self) -> Float32:
        """The input of the network for the speaker; float32.

        The mean of the means of emotions, shrunken toward zero, a stranger's, to the larger part
        the fewer emotions are known: what they share is not only the voice. A single emotion
        leaves nothing.
        """
        means = [entry.embedding for entry in self.emotions.values()]
        mean: Float32 = np.mean(means, axis=0, dtype=np.float32)
        return mean * np.float32(1 - 1 / len(means))

    @property
    def voice(self) -> Float32:
        """The vector that voices are compared with, of unit length; float32."""
        mean: Float32 = np.mean([entry.voice for entry in self.emotions.values()], axis=0,
                       dtype=np.float32)
        return mean / max(float(np.linalg.norm(mean)), 1e-6)

    def counts(self) -> dict[str, int]:
        """Numbers of utterances, {emotion: count}, in the order of tables."""
        return {emotion: self.emotions[emotion].count for emotion in in_order(self.emotions)}

    @property
    def scores(self) -> dict[str, tuple[int, Float32]]:
        """Number of utterances and scores of each emotion, as adaptation.adapt takes them."""
        return {emotion: (entry.count, entry.scores)
                for emotion, entry in self.emotions.items()}


def check_name(name: str) -> None:
    """Check the name of a speaker.

    Raises:
        EmotionError: it is not allowed.

    """
    if not NAME.fullmatch(name):
        raise ArgumentError('name', 'must be 1 to 40 letters, digits, spaces, dots, hyphens and _, '
                           f'got {name[:100]!r}')


def write_profile(profile: VoiceProfile, path: Path) -> None:
    """Write a profile, completely or not at all, readable only by its owner.

    Raises:
        OSError: it cannot be written.

    """
    content = {
        'name': profile.name,
        'model': profile.network.model,
        'model_sha256': profile.network.sha256,
        'features': list(profile.network.features),
        'emotions': {emotion: {'utterances': count,
                               **{name: _to_text(getattr(profile.emotions[emotion], name))
                                  for name in STATISTICS}}
                     for emotion, count in profile.counts().items()}}
    text = ('# Voice profile of emotion_ros: statistics of utterances, no sound. Delete the file '
            'to forget them.\n' + yaml.safe_dump(content, sort_keys=False, allow_unicode=True,
                                                 width=10_000))
    with whole_file(path) as file:
        file.write(text.encode())


def read_profile(path: Path, network: VoiceNetwork) -> VoiceProfile:
    """Read a profile for a network.

    Raises:
        EmotionError: the file cannot be read, is not a profile, or belongs to another network.

    """
    file = f'voice profile {str(path)!r}'
    fault = fault_of(path)
    if fault:
        raise EmotionError(f'{file} cannot be read: {fault}')
    data = read_limited(path, MAX_SIZE)
    content = parse_mapping(data, file)
    missing = [name for name in _FIELDS if name not in content]
    if missing:
        raise EmotionError(f'{file}: {missing[0]} is missing')

    def need(name: str, fits: object, allowed: str, value: object) -> None:
        if not fits:
            raise EmotionError(f'{file}: {name} must be {allowed}, got {shown(value)}')

    name = content['name']
    need('name', isinstance(name, str) and NAME.fullmatch(name), 'the name of a speaker', name)
    model = content['model']
    need('model', isinstance(model, str) and model.isprintable() and len(model) <= 300,
         'a short text', model)
    if (content['model_sha256'] != network.sha256
            or content['features'] != list(network.features)):
        raise EmotionError(f'{file} was made with model {model!r}, this is {network.model!r}: '
                           'enroll again')
    emotions = content['emotions']
    need('emotions', isinstance(emotions, dict) and emotions and set(emotions) <= set(
        network.labels), f'of {", ".join(network.labels)}', emotions)
    return VoiceProfile(name, network, {
        emotion: _read_utterances(f'{file}: {emotion}', entry, network)
        for emotion, entry in emotions.items()}, hashlib.sha256(data).hexdigest())


def _read_utterances(place: str, entry: Any, network: VoiceNetwork) -> Utterances:
    """Check the entry of an emotion in a profile."""
    if not isinstance(entry, dict) or not {'utterances', *STATISTICS} <= set(entry):
        raise EmotionError(f'{place} must have utterances, {", ".join(STATISTICS)}, '
                           f'got {shown(entry)}')
    count = entry['utterances']
    if (not isinstance(count, int) or isinstance(count, bool)
            or not 1 <= count <= MAX_UTTERANCES):
        raise EmotionError(f'{place}: utterances must be 1 to {MAX_UTTERANCES}, '
                           f'got {shown(count)}')
    return Utterances(count, *(
        _from_text(f'{place}: {name}', entry[name], size) for name, size in zip(
            STATISTICS, (network.embedding, network.voice, len(network.labels)), strict=True)))


def _to_text(values: Float32) -> str:
    return base64.b64encode(values.astype('<f4').tobytes()).decode('ascii')


def _from_text(place: str, text: Any, size: int) -> Float32:
    try:
        data = base64.b64decode(text, validate=True)
        values = np.frombuffer(data, '<f4').astype(np.float32)
        fits = len(values) == size and bool((np.abs(values) <= MAX_VALUE).all())   # nor is NaN
    except (TypeError, ValueError, binascii.Error):
        fits = False
    if not fits:
        raise EmotionError(f'{place} must be {size} numbers of at most {MAX_VALUE:g} as base64 '
                           f'of float32, got {shown(text)}')
    return values
