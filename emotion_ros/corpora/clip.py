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

"""What every corpus reader gives."""

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
        speaker: who speaks, with the corpus before it: 'emodb/03'.
        language: ISO 639-1 code, or '' where it is not known.
        corpus: name of the corpus.
        arousal, valence: as people rated them, -1 to 1; None where nobody did.
        sex: of the speaker, 'f' or 'm', or '' where it is not known.
        split: one of SPLITS that the corpus puts the clip in; '' where it does not.
        digest: of the sound, see duplicates.audio_digest; '' where it is not known.

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
        reason: why, for people.

    """

    path: Path
    reason: str
