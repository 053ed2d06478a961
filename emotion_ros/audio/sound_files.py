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

"""The sound files in a folder, by their names."""

import os
from pathlib import Path

import soundfile

from emotion_ros.errors import EmotionError

SOUND_EXTENSIONS = frozenset(f'.{name.lower()}' for name in soundfile.available_formats()) | {
    '.aif', '.oga', '.opus', '.3gp', '.aac', '.amr', '.m4a', '.mka', '.wma'}
"""Extensions of files without video that soundfile and FFmpeg read."""

VIDEO_EXTENSIONS = frozenset({'.asf', '.avi', '.flv', '.m4v', '.mkv', '.mov', '.mp4', '.mpeg',
                              '.mpg', '.mts', '.ts', '.webm', '.wmv'})
"""Extensions of videos, whose audio FFmpeg reads."""


def find_sound_files(folder: Path, extensions: frozenset[str] = SOUND_EXTENSIONS) -> list[Path]:
    """Find the files in a folder, at any depth, that have one of the extensions and are not hidden.

    Links to folders are followed.

    Raises:
        EmotionError: it, or a folder in it, cannot be read.

    """
    def refuse(error: OSError) -> None:
        raise EmotionError(f'folder {str(error.filename)!r} cannot be read: {error.strerror}')

    found, seen = list[Path](), set[str]()
    for place, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:   # links may form a circle
            folders.clear()
            continue
        seen.add(real)
        links = {name for name in folders if os.path.islink(os.path.join(place, name))}
        folders[:] = [*sorted(set(folders) - links), *sorted(links)]
        found += [Path(place, name) for name in names
                  if Path(name).suffix.lower() in extensions and not name.startswith('.')]
    return sorted(found)
