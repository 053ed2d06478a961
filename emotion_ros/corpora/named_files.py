"""Corpora whose file names tell the emotion and the speaker."""

from dataclasses import dataclass, field
import re

import soundfile

from emotion_ros.corpora.clip import Clip, Dropped
from emotion_ros.errors import EmotionError

SOUND_EXTENSIONS = {f'.{name.lower()}' for name in soundfile.available_formats()} | {
    '.aif', '.oga', '.opus'}
"""Extensions of the files that soundfile reads."""


@dataclass(frozen=True)
class NamedCorpus:
    """A corpus of sound files in a folder, nested or flat, told apart by their names.

    Args:
        name: as commands say it.
        title: in full.
        language: ISO 639-1 code of what is spoken.
        layout: what the folder must hold, for people.
        licence: of the recordings.
        citation: of the article on the corpus.
        pattern: regular expression that file names without extension match as a whole, with the
            groups emotion and speaker.
        emotions: the name's emotion code to one of EMOTIONS.
        broken: file name without extension to the reason why that file is left out.
        acted: actors play the emotions.

    """

    name: str
    title: str
    language: str
    layout: str
    licence: str
    citation: str
    pattern: str
    emotions: dict
    broken: dict = field(default_factory=dict)
    acted: bool = True

    def read(self, folder):
        """Find the clips below a folder.

        Args:
            folder: Path.

        Yields:
            Clip or Dropped, in the order of the paths.

        Raises:
            EmotionError: there is no such folder.

        """
        if not folder.is_dir():
            raise EmotionError(f'corpus {self.name}: {str(folder)!r} is not a folder, '
                               f'allowed is one with {self.layout}')
        first = {}
        for path in sorted(folder.rglob('*')):
            if path.suffix.lower() not in SOUND_EXTENSIONS or path.name.startswith('.'):
                continue
            fields = re.fullmatch(self.pattern, path.stem)
            if fields is None:
                yield Dropped(path, f'its name is not one of {self.layout}')
            elif path.stem in self.broken:
                yield Dropped(path, self.broken[path.stem])
            elif path.stem in first:
                yield Dropped(path, f'the same clip as {first[path.stem]}')
            else:
                first[path.stem] = path
                yield Clip(path, self.emotions[fields['emotion']],
                           f'{self.name}/{fields["speaker"]}', self.language, self.name)
