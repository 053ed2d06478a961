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

"""The description of a corpus."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emotion_ros.corpora.clip import Clip, Dropped


@dataclass(frozen=True)
class Corpus(ABC):
    """A corpus of emotional speech.

    Args:
        name: in commands.
        title: full name.
        language: ISO 639-1 code of the language, or '' for several.
        layout: required contents of the folder or file, for people.
        license: of the recordings.
        commercial: whether it allows commercial use; None if it does not say.
        citation: of the article on the corpus.

    """

    name: str
    title: str
    language: str
    layout: str
    license: str
    commercial: bool | None
    citation: str

    @abstractmethod
    def read(self, folder: Path) -> Iterator[Clip | Dropped]:
        """Find the clips of a folder or file.

        Raises:
            EmotionError: it is missing or not as in the layout.

        """
