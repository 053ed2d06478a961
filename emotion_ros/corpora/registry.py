"""The corpora that can be read, by name."""

from pathlib import Path

from emotion_ros.corpora.clip import Clip
from emotion_ros.corpora.crema_d import CREMA_D
from emotion_ros.corpora.csv_list import CSV
from emotion_ros.corpora.emodb import EMODB
from emotion_ros.corpora.ravdess import RAVDESS
from emotion_ros.errors import EmotionError

CORPORA = {corpus.name: corpus for corpus in (EMODB, RAVDESS, CREMA_D, CSV)}


def read_corpus(text):
    """Read a corpus that an option names.

    Args:
        text: 'NAME:PATH', such as 'emodb:/data/emodb'.

    Returns:
        [Clip], at least one, and [Dropped].

    Raises:
        EmotionError: the corpus is unknown, missing or empty.

    """
    name, colon, path = text.partition(':')
    if not (name and colon and path):
        raise EmotionError(f'--corpus is {text!r}, allowed is NAME:PATH '
                           f'with one of the names {", ".join(CORPORA)}')
    if name not in CORPORA:
        raise EmotionError(f'--corpus {text!r}: corpus {name!r} is unknown, '
                           f'allowed are {", ".join(CORPORA)}')
    entries = list(CORPORA[name].read(Path(path).expanduser()))
    clips = [entry for entry in entries if isinstance(entry, Clip)]
    if not clips:
        raise EmotionError(f'--corpus {text!r}: no clip found, '
                           f'expected are {CORPORA[name].layout}')
    return clips, [entry for entry in entries if not isinstance(entry, Clip)]
