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

"""The emotion-ros command: what can be done without ROS."""

import argparse
from importlib import import_module
import os
import re
import signal
import sys
from typing import Any, NoReturn, cast

from emotion_ros import __version__
from emotion_ros.cli.console import show_log
from emotion_ros.errors import ArgumentError, EmotionError, complain, one_line
from emotion_ros.process.signals import ignore_requests, on_request

COMMANDS = {
    'classify': ('emotion_ros.cli.classify:add_arguments',
                 'recognize the emotions in sound files'),
    'listen': ('emotion_ros.cli.listen:add_arguments',
               'recognize emotions from a microphone'),
    'enroll': ('emotion_ros.cli.enroll:add_arguments',
               'make the voice profile of a person whom the robot should recognize'),
    'train': ('emotion_ros.cli.train:add_arguments', 'train a model on recordings'),
    'evaluate': ('emotion_ros.cli.evaluate:add_arguments',
                 'evaluate a model, or a way of training, on recordings'),
    'compare': ('emotion_ros.cli.compare:add_arguments',
                'compare reports, and test whether their differences are significant'),
    'export': ('emotion_ros.cli.export:add_arguments',
               'export the network of a model to ONNX, for other programs'),
    'features': ('emotion_ros.cli.features:add_arguments',
                 'write the features of recordings as a table'),
    'corpora': ('emotion_ros.cli.corpora:add_arguments',
                'list the corpora that can be used for training, or check some'),
    'annotate': ('emotion_ros.cli.annotate:add_arguments',
                 'copy a bag and add the recognized emotions'),
    'plot': ('emotion_ros.cli.plot:add_arguments',
             'plot a bag or a sound file with the recognized emotions'),
    'doctor': ('emotion_ros.cli.doctor:add_arguments',
               'check this machine and say how to install what is missing'),
}
"""Commands: the function that fills the parser, in the notation of entry points, and a summary.

A module is imported only when its command is called, so that no command needs the packages of
another.
"""


def build_parser(name: str | None = None) -> argparse.ArgumentParser:
    """Make the parser of the command line.

    Args:
        name: command whose arguments are added; the others are only named.

    Returns:
        argparse.ArgumentParser.

    """
    parser = argparse.ArgumentParser(
        prog='emotion-ros',
        description='Recognize the emotion that a voice expresses, without ROS.')
    parser.add_argument('--version', action='version', version=f'%(prog)s {__version__}')
    commands = parser.add_subparsers(title='commands', required=True)
    for command, (target, purpose) in COMMANDS.items():
        subparser = commands.add_parser(command, help=purpose)
        if command == name:
            module, function = target.split(':')
            getattr(import_module(module), function)(subparser)
            subparser.set_defaults(option_names=_option_names(subparser))
    return parser


def with_lists(words: list[str]) -> list[str]:
    """Join options and lists that begin with a negative number, such as --snr -5,0.

    argparse would take such a list for another option.
    """
    joined: list[str] = []
    for word in words:
        if re.match(r'-\.?\d[^,]*,', word) and joined and re.fullmatch(r'--[a-z-]+', joined[-1]):
            word = f'{joined.pop()}={word}'
        joined.append(word)
    return joined


def run(arguments: argparse.Namespace) -> int | None:
    """Run a command; give its exit code.

    Args:
        arguments: parsed by build_parser.

    Raises:
        EmotionError: something cannot be used; what is wrong with an argument names its option.

    """
    try:
        code: int | None = arguments.run(arguments)
        return code
    except ArgumentError as error:
        option = arguments.option_names.get(error.argument, error.argument)
        raise EmotionError(f'{option} {error.fault}') from error


def _option_names(parser: argparse.ArgumentParser) -> dict[str, str]:
    """Return {argument: the option that sets it, or how help shows a positional one}."""
    return {action.dest: next((option for option in action.option_strings
                               if option.startswith('--')), str(action.metavar))
            for action in parser._actions}


def main() -> int | None:
    """Run the command.

    Returns:
        Exit code: 0; 1 when something cannot be used, and one line on stderr says what; 2 when
        the command is not understood.

    """
    _open_streams()
    on_request(_end, signal.SIGTERM, signal.SIGHUP)
    # File names may hold any bytes; whoever follows a log wants each line at once.
    cast(Any, sys.stdout).reconfigure(errors='backslashreplace', line_buffering=True)
    show_log()
    os.environ['MPLBACKEND'] = 'agg'   # pictures are files, even where a notebook has another one
    try:
        arguments = build_parser(*sys.argv[1:2]).parse_args(with_lists(sys.argv[1:]))
        code = run(arguments)
        sys.stdout.flush()
        return code
    except EmotionError as error:
        return complain(error)
    except ImportError as error:
        return complain(f'{one_line(error)}; `emotion-ros doctor` says what to install')
    except KeyboardInterrupt:
        ignore_requests()
        return 130
    except BrokenPipeError:
        _give_up_stdout()   # the reader (head, less) has seen enough
        return 0
    except OSError as error:
        _give_up_stdout()   # it may be what is full
        path = error.filename2 or error.filename   # what was to be replaced, not a temporary file
        name = repr(os.fsdecode(path)) if path else 'the output'
        return complain(f'cannot read or write {name}: {error.strerror or error}')


def _end(number: int) -> NoReturn:
    """End as on Ctrl-C, so that no half-written file is left, with the exit code of a shell."""
    ignore_requests()
    raise SystemExit(128 + number)


def _open_streams() -> None:
    """Redirect standard streams that the caller has closed to the null device.

    Otherwise, print() fails, or its output ends up in the next file that is opened.
    """
    for name, mode in (('stdin', 'r'), ('stdout', 'w'), ('stderr', 'w')):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding='utf-8'))


def _give_up_stdout() -> None:
    """Redirect stdout to the null device, so that Python writes nothing when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
