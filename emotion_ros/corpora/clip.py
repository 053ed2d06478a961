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

"""The output of every corpus reader."""

from dataclasses import dataclass
from pathlib import Path

SPLITS = 'train', 'dev', 'test'
SEXES = 'f', 'm'


@dataclass(frozen=True)
class Clip:
    """A recording of one speaker in one emotion.

    Args:
        path: of the sound file.
        emotion: one of emotion_ros.emotions.EMOTIONS; a csv corpus may have others.
        speaker: name of the speaker after that of the corpus: 'emodb/03'.
        language: ISO 639-1 code, or '' if unknown.
        corpus: name of the corpus.
        arousal, valence: ratings by people, -1 to 1; None if there are none.
        sex: of the speaker, 'f' or 'm', or '' if unknown.
        split: one of SPLITS, as defined by the corpus; '' if it defines none.
        digest: of the audio, see duplicates.audio_digest; '' if unknown.

    """

    path: Path
    emotion: str
    speaker: str
    language: str
    corpus: str
    arousal: float | None = None
    valence: float | None = None
    sex: str = ''
    split: str = ''
    digest: str = ''


@dataclass(frozen=True)
class Dropped:
    """A file that is left out.

    Args:
        path: of the file.
        reason: text for people.

    """

    path: Path
    reason: str
