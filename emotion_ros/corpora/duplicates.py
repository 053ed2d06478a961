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

"""Clips with identical audio: duplicates, and labels that contradict each other."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
import hashlib
from pathlib import Path

import numpy as np

from emotion_ros.audio.file_source import SoundFile
from emotion_ros.corpora.clip import Clip, Dropped
from emotion_ros.display.progress import progress
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import readable

DIGITS = 16
"""Length of a digest: two of 100000 different clips are equal with a probability of 10^-9."""

_MAX = 60_000   # times full scale, which still fits into 32 bits


def audio_digest(path: Path) -> str:
    """Compute a digest that is the same for identical audio, whatever its name and format.

    Args:
        path: of a sound file or a video.

    Returns:
        Hexadecimal digits of the SHA-256 of the sample rate and of the mean of the channels,
        rounded to 16 bits.

    Raises:
        EmotionError: the file cannot be read.

    """
    file = SoundFile(path)
    digest = hashlib.sha256(str(file.sample_rate).encode())
    for block in file.blocks():
        block = np.clip(np.nan_to_num(block), -_MAX, _MAX)   # changes nothing in audio
        digest.update(np.rint(block.mean(axis=1) * 32768).astype('<i4').tobytes())
    return digest.hexdigest()[:DIGITS]


def with_digests(clips: Iterable[Clip]) -> list[Clip]:
    """Add digests to clips; a clip that cannot be read gets none."""
    found = []
    clips = list(clips)
    for clip in progress(clips, total=len(clips), title='comparing clips', unit='clip'):
        try:
            found.append(replace(clip, digest=audio_digest(clip.path)))
        except EmotionError:
            found.append(clip)
    return found


def distinct(clips: Iterable[Clip]) -> tuple[list[Clip], list[Dropped]]:
    """Keep one of several clips with identical audio, and none if their emotions differ.

    Args:
        clips: with digests, of any number of corpora.

    Returns:
        The clips that are kept, in order, and the reasons for the others.

    """
    groups = defaultdict(list)
    for clip in clips:
        groups[clip.digest or clip.path].append(clip)
    kept, dropped = [], []
    for first, *others in groups.values():
        emotions = sorted({clip.emotion for clip in (first, *others)})
        if len(emotions) > 1:
            names = ', '.join(clip.path.name for clip in (first, *others))
            reason = f'identical audio is labeled {" and ".join(emotions)}: {names}'
            dropped += [Dropped(clip.path, reason) for clip in (first, *others)]
            continue
        kept.append(first)
        dropped += [Dropped(clip.path, 'identical to ' + (
            first.path.name if first.path.name != clip.path.name else readable(first.path)))
            for clip in others]
    return kept, dropped
