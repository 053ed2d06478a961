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

"""Corpora whose file names contain the emotion and the speaker."""

from collections.abc import Iterator
from dataclasses import dataclass, field
import os
from pathlib import Path
import re

from emotion_ros.audio.sound_files import SOUND_EXTENSIONS, find_sound_files
from emotion_ros.corpora.clip import Clip, Dropped
from emotion_ros.corpora.corpus import Corpus
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import fault_of


@dataclass(frozen=True)
class NamedCorpus(Corpus):
    """A corpus of files in a folder, nested or flat, described by their names.

    Args:
        name, title, language, layout, license, commercial, citation: see Corpus.
        pattern: regular expression that file names without extension match as a whole; with a
            slash in it, as many folders above take part. Its groups, among them emotion and
            speaker, tell one clip from another.
        emotions: {code in the name: one of EMOTIONS}.
        broken: regular expression of file names without extension to the reason why those files
            are left out.
        misnamed: regular expression of file names without extension to what stands for them, as
            re.sub has it; applied one after the other.
        women, men: regular expressions for speakers of known sex.
        extensions: of the files that are considered.
        acted: actors play the emotions.

    """

    pattern: str
    emotions: dict[str, str]
    broken: dict[str, str] = field(default_factory=dict)
    misnamed: dict[str, str] = field(default_factory=dict)
    women: str = ''
    men: str = ''
    extensions: frozenset[str] = SOUND_EXTENSIONS
    acted: bool = True

    def read(self, folder: Path) -> Iterator[Clip | Dropped]:
        """Find the clips below a folder.

        Args:
            folder: Path.

        Yields:
            Clip or Dropped, in the order of the paths, audio before video; only the first of two
            copies of a clip.

        Raises:
            EmotionError: there is no such folder, or it cannot be read.

        """
        if fault := fault_of(folder, folder=True):
            raise EmotionError(f'corpus {self.name} must be a folder with {self.layout}, '
                               f'got {str(folder)!r}: {fault}')
        first: dict[tuple[str | None, ...], Path] = {}
        for path in self._files(folder):
            fields = self._fields(path)
            reason = self._reason(path)
            if reason:
                yield Dropped(path, reason)
            elif fields is None:
                yield Dropped(path, f'its name is not one of {self.layout}')
            elif fields.groups() in first:
                yield Dropped(path, f'the same clip as {first[fields.groups()]}')
            else:
                first[fields.groups()] = path
                yield Clip(path, self.emotions[fields['emotion']],
                           f'{self.name}/{fields["speaker"]}', self.language, self.name,
                           sex=self._sex(fields['speaker']))

    def _files(self, folder: Path) -> list[Path]:
        return sorted(
            find_sound_files(folder, self.extensions),
            key=lambda path: (path.suffix.lower() not in SOUND_EXTENSIONS, path))

    def _fields(self, path: Path) -> re.Match[str] | None:
        # Parents of the given folder count, so that the folder of a speaker may be given.
        stem = path.stem
        for wrong, right in self.misnamed.items():
            stem = re.sub(f'^(?:{wrong})$', right, stem)
        name = Path(os.path.abspath(path)).with_name(stem)
        return re.fullmatch(f'(?s:.*/)(?:{self.pattern})', name.as_posix())

    def _sex(self, speaker: str) -> str:
        return ('f' if re.fullmatch(self.women, speaker) else
                'm' if re.fullmatch(self.men, speaker) else '')

    def _reason(self, path: Path) -> str | None:
        return next((reason for pattern, reason in self.broken.items()
                     if re.fullmatch(pattern, path.stem)), None)
