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

"""The contents of a corpus, and its problems."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import SoundFile
from emotion_ros.corpora.classes import CALM, DEFAULT_CLASSES
from emotion_ros.corpora.clip import Clip, Dropped
from emotion_ros.corpora.duplicates import audio_digest
from emotion_ros.display.lists import listed
from emotion_ros.emotions import in_order
from emotion_ros.errors import EmotionError

SHORT = 0.3
"""Length below which a clip can hardly contain speech [s]."""

FEW_SPEAKERS = 3
"""Minimum number of speakers of an emotion: for training, validation and test."""


@dataclass(frozen=True)
class AudioInfo:
    """The properties of a sound file.

    Args:
        duration: length [s].
        sample_rate: of the file [Hz].
        digest: see duplicates.audio_digest.

    """

    duration: float
    sample_rate: int
    digest: str


Sounds = dict[Clip, AudioInfo]


def inspect(path: Path) -> AudioInfo:
    """Read a whole file.

    Args:
        path: of a sound file or a video.

    Returns:
        AudioInfo.

    Raises:
        EmotionError: it cannot be read.

    """
    file = SoundFile(path)
    return AudioInfo(file.duration, file.sample_rate, audio_digest(path))


def inspect_all(clips: Iterable[Clip]) -> tuple[Sounds, list[EmotionError]]:
    """Read the files of clips.

    Args:
        clips: [corpora.clip.Clip].

    Returns:
        {Clip: AudioInfo} of those that can be read, and [EmotionError] of the others.

    """
    sounds: Sounds = {}
    errors = []
    for clip in clips:
        try:
            sounds[clip] = inspect(clip.path)
        except EmotionError as error:
            errors.append(error)
    return sounds, errors


def count(clips: Iterable[Clip]) -> list[list[str]]:
    """Count clips by speaker and emotion.

    Args:
        clips: [corpora.clip.Clip].

    Returns:
        Rows of text, the header first: one row per speaker, one with the totals, and one with
        the number of speakers of each emotion.

    """
    counts = Counter((clip.speaker, clip.emotion) for clip in clips)
    speakers = sorted({speaker for speaker, _ in counts})
    emotions = in_order({emotion for _, emotion in counts})
    rows = {speaker: [counts[speaker, emotion] for emotion in emotions] for speaker in speakers}
    columns = list(zip(*rows.values(), strict=True))
    rows['all'] = list(map(sum, columns))
    rows = {title: [*row, sum(row)] for title, row in rows.items()}
    rows['speakers'] = [*(sum(number > 0 for number in column) for column in columns),
                        len(speakers)]
    return [['', *emotions, 'all'],
            *([title, *map(str, row)] for title, row in rows.items())]


def problems(sounds: Sounds, errors: Sequence[EmotionError], dropped: Iterable[Dropped], *,
             name: Callable[[Path], str]) -> Iterator[tuple[str, list[str]]]:
    """Find problems.

    Args:
        sounds, errors: of inspect_all.
        dropped: [corpora.clip.Dropped].
        name: function that shortens a path.

    Yields:
        Headline and at least one line of text for each kind of problem.

    """
    found = (
        ('left out', list(_left_out(dropped, name))),
        ('cannot be read', list(map(str, errors))),
        (f'shorter than {SHORT} s',
         [f'{name(clip.path)}: {sound.duration:.2f} s' for clip, sound in sounds.items()
          if sound.duration < SHORT]),
        ('identical audio under several names', list(same_sound(sounds, name))),
        (f'fewer than {FEW_SPEAKERS} speakers: training, validation and testing need one '
         'each', list(_few_speakers(sounds))),
        ('labels outside the default classes; these clips are left out unless they are renamed or '
         'made classes', list(_no_class(sounds))),
        ('bandwidth, which a network may use to tell recordings apart', list(_bandwidth(sounds))))
    for headline, lines in found:
        if lines:
            yield headline, lines


def _left_out(dropped: Iterable[Dropped], name: Callable[[Path], str]) -> Iterator[str]:
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for entry in dropped:
        by_reason[entry.reason].append(name(entry.path))
    for reason, names in by_reason.items():
        yield f'{listed(names)}: {reason}'


def same_sound(sounds: Sounds, name: Callable[[Path], str], *,
               across: bool = False) -> Iterator[str]:
    """Find clips with identical audio.

    Args:
        sounds: of inspect_all.
        name: function that shortens a path.
        across: whether to find only those in several corpora.

    Yields:
        A line of text for each group of clips.

    """
    by_digest: defaultdict[str, list[Clip]] = defaultdict(list)
    for clip, sound in sounds.items():
        by_digest[sound.digest].append(clip)
    for clips in by_digest.values():
        if len({clip.corpus for clip in clips} if across else clips) > 1:
            labels = [{clip.emotion for clip in clips}, {clip.speaker for clip in clips}]
            differ = [', '.join(sorted(values)) for values in labels if len(values) > 1]
            yield (' = '.join(name(clip.path) for clip in clips)
                   + (f': labels differ, {"; ".join(differ)}' if differ else ''))


def _few_speakers(sounds: Sounds) -> Iterator[str]:
    speakers: defaultdict[str, set[str]] = defaultdict(set)
    for clip in sounds:
        speakers[clip.emotion].add(clip.speaker)
    for emotion in in_order(set(speakers)):
        if len(speakers[emotion]) < FEW_SPEAKERS:
            yield f'{emotion}: {", ".join(sorted(speakers[emotion]))}'


def _no_class(sounds: Sounds) -> Iterator[str]:
    counts = Counter(clip.emotion for clip in sounds)
    for emotion in in_order(set(counts) - {*DEFAULT_CLASSES, *CALM}):
        near = [label for label in DEFAULT_CLASSES if label[:3] == emotion[:3].lower()]
        hint = f', perhaps to be renamed to {near[0]}' if near else ''
        yield f'{emotion!r}: {counts[emotion]} clips{hint}'


def _bandwidth(sounds: Sounds) -> Iterator[str]:
    rates = Counter(sound.sample_rate for sound in sounds.values())
    if len(rates) > 1 or min(rates, default=SAMPLE_RATE) < SAMPLE_RATE:
        for rate, number in sorted(rates.items()):
            lacks = f', so nothing above {rate / 2000:.3g} kHz' if rate < SAMPLE_RATE else ''
            yield f'{number} of {len(sounds)} clips: {rate} samples a second{lacks}'
