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

"""The corpora that can be read, by name."""

from dataclasses import replace
import os
from pathlib import Path
import re

from emotion_ros.corpora.ased import ASED
from emotion_ros.corpora.audformat_database import AUDFORMAT
from emotion_ros.corpora.banglaser import BANGLASER
from emotion_ros.corpora.clip import Clip, Dropped
from emotion_ros.corpora.corpus import Corpus
from emotion_ros.corpora.crema_d import CREMA_D
from emotion_ros.corpora.csv_list import CSV
from emotion_ros.corpora.emodb import EMODB
from emotion_ros.corpora.emospeech import EMOSPEECH
from emotion_ros.corpora.emotale import EMOTALE
from emotion_ros.corpora.emotiontts_kr import EMOTIONTTS_KR
from emotion_ros.corpora.emovo import EMOVO
from emotion_ros.corpora.javanese import JAVANESE
from emotion_ros.corpora.nemo import NEMO
from emotion_ros.corpora.ravdess import RAVDESS
from emotion_ros.corpora.rml import RML
from emotion_ros.corpora.savee import SAVEE
from emotion_ros.corpora.tess import TESS
from emotion_ros.corpora.turev_db import TUREV_DB
from emotion_ros.errors import ArgumentError

CORPORA: dict[str, Corpus] = {corpus.name: corpus for corpus in (
    EMODB, RAVDESS, CREMA_D, RML, SAVEE, TESS, EMOVO, NEMO, BANGLASER, JAVANESE, EMOTIONTTS_KR,
    EMOSPEECH, TUREV_DB, ASED, EMOTALE, CSV, AUDFORMAT)}

OWN: dict[str, Corpus] = {corpus.name: corpus for corpus in (CSV, AUDFORMAT)}
"""Corpora that may be given other names."""


def corpus_named(name: str) -> Corpus:
    """Find a corpus by its name: one of CORPORA, or recordings with a given name."""
    return CORPORA.get(name) or replace(CSV, name=name)


def read_corpus(text: str, *, argument: str = 'corpora') -> tuple[list[Clip], list[Dropped]]:
    """Read a corpus.

    Args:
        text: 'NAME:PATH', such as 'emodb:/data/emodb', or 'NAME=csv:PATH', such as
            'family=csv:voices.csv', with a name of your choice, or 'NAME=audformat:PATH'.
        argument: that gives it, for errors.

    Returns:
        [Clip], at least one, and [Dropped].

    Raises:
        EmotionError: the corpus is unknown, missing or empty.

    """
    name, colon, path = text.partition(':')
    name, own, kind = name.partition('=')
    if not (name and colon and path):
        raise ArgumentError(argument, 'must be NAME:PATH with one of the names '
                            f'{", ".join(CORPORA)}, got {text!r}')
    if own and (kind not in OWN or name in CORPORA or not re.fullmatch(r'[\w.-]+', name)):
        raise ArgumentError(argument, 'must be NAME=csv:PATH or NAME=audformat:PATH with a name of '
                            f'letters and digits that is none of {", ".join(CORPORA)}, '
                            f'got {text!r}')
    if not own and name not in CORPORA:
        raise ArgumentError(argument, f'must name one of the corpora {", ".join(CORPORA)}, '
                            f'got {text!r}')
    corpus = replace(OWN[kind], name=name) if own else CORPORA[name]
    entries = list(corpus.read(Path(os.path.expanduser(path))))
    clips = [entry for entry in entries if isinstance(entry, Clip)]
    dropped = [entry for entry in entries if not isinstance(entry, Clip)]
    if not clips and dropped:
        raise ArgumentError(argument, f'{text!r}: none of its {len(dropped)} files can be used, '
                            f'the first is {str(dropped[0].path)!r}: {dropped[0].reason}')
    if not clips:
        raise ArgumentError(argument, f'{text!r} must contain {corpus.layout}, got no clip')
    return clips, dropped
