"""What every corpus reader gives."""

from dataclasses import dataclass
from pathlib import Path

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
        digest: of the sound, see duplicates.audio_digest; '' where it is not known.

    """

    path: Path
    emotion: str
    speaker: str
    language: str
    corpus: str
    arousal: float | None = None
    valence: float | None = None
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
