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

"""The command `emotion-ros corpora`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
import os
from pathlib import Path
import textwrap

from emotion_ros.corpora import check
from emotion_ros.corpora.registry import CORPORA, corpus_named, read_corpus
from emotion_ros.display.tables import draw_table
from emotion_ros.errors import EmotionError, complain

WIDTH = 100


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of the command.

    Args:
        parser: of argparse.

    """
    parser.description = ('List the supported corpora of emotional speech: name, language, license '
                          'and what the folder must contain.')
    parser.set_defaults(run=show)
    commands = parser.add_subparsers(title='commands')
    command = commands.add_parser(
        'check', help='count the clips of corpora and report problems',
        description='Read a whole corpus, count its clips by speaker and emotion, and report '
                    'problems. If only some clips have problems, the exit code is still 0.')
    command.add_argument(
        'corpus', nargs='+', metavar='NAME:PATH',
        help='corpus that `emotion-ros corpora` lists, with its folder, or csv with a CSV file')
    command.set_defaults(run=check_all)


def show(arguments: Namespace) -> None:
    """Print the corpora that can be read.

    Args:
        arguments: of the parser.

    """
    for corpus in CORPORA.values():
        print(f'{corpus.name}: {corpus.title}')
        for what, text in (('language', corpus.language or 'several'),
                           ('license', corpus.license), ('cite', corpus.citation or 'nothing'),
                           ('layout', corpus.layout)):
            print(_wrap(f'{what:<10}{text}', hang=12))
        print()


def check_all(arguments: Namespace) -> int:
    """Check corpora and print what they hold and what is wrong, with each and between them.

    Args:
        arguments: of the parser.

    Returns:
        Exit code: 1 when one cannot be read or is empty; that does not keep others from being
        checked.

    """
    code, all_sounds = 0, check.Sounds()
    for text in arguments.corpus:
        try:
            all_sounds |= _check(text)
        except EmotionError as error:
            code = complain(error)
    _print_problem('identical audio in several corpora',
                   list(check.same_sound(all_sounds, str, across=True)))
    return code


def _check(text: str) -> check.Sounds:
    clips, dropped = read_corpus(text, argument='corpus')
    print(f'{text}, {corpus_named(clips[0].corpus).title}', flush=True)
    sounds, errors = check.inspect_all(clips)
    if not sounds:
        raise EmotionError(f'corpus {text!r}: none of {len(clips)} clips can be read; {errors[0]}')
    minutes = sum(sound.duration for sound in sounds.values()) / 60
    print(f'{len(sounds)} clips, {minutes:.1f} min', '', draw_table(check.count(sounds)), '',
          sep='\n')
    path = Path(os.path.expanduser(text.partition(':')[2]))
    folder = path if os.path.isdir(path) else path.parent
    found = list(check.problems(sounds, errors, dropped, name=lambda path: _below(path, folder)))
    for headline, lines in found:
        _print_problem(headline, lines)
    if not found:
        print('no problems found', end='\n\n')
    return sounds


def _print_problem(headline: str, lines: Iterable[str]) -> None:
    if lines:
        print(f'{headline}:', *(_wrap(line, hang=4) for line in lines), '', sep='\n')


def _below(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _wrap(text: str, *, hang: int) -> str:
    return textwrap.fill(text, WIDTH, initial_indent='  ', subsequent_indent=' ' * hang,
                         break_long_words=False, break_on_hyphens=False)
