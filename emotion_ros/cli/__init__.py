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
import signal
import sys

from emotion_ros import __version__
from emotion_ros.errors import EmotionError, complain, one_line
from emotion_ros.signals import ignore_requests, on_request

COMMANDS = {
    'classify': ('emotion_ros.cli.classify:add_arguments',
                 'say which emotions are heard in sound files'),
    'listen': ('emotion_ros.cli.listen:add_arguments',
               'say which emotions a microphone hears'),
    'enroll': ('emotion_ros.cli.enroll:add_arguments',
               'make the voice profile of a person that the robot should know'),
    'train': ('emotion_ros.cli.train:add_arguments', 'train a model on recordings'),
    'evaluate': ('emotion_ros.cli.evaluate:add_arguments',
                 'measure a model, or a way of training, on recordings'),
    'compare': ('emotion_ros.cli.compare:add_arguments',
                'tell by how much reports differ, and whether by chance'),
    'export': ('emotion_ros.cli.export:add_arguments',
               'write the network of a model for other programs, as ONNX'),
    'features': ('emotion_ros.cli.features:add_arguments',
                 'write the features of recordings as a table'),
    'corpora': ('emotion_ros.cli.corpora:add_arguments',
                'list the recordings that can be trained on, or check some'),
    'annotate': ('emotion_ros.cli.annotate:add_arguments',
                 'add the emotions heard in a bag to a copy of it'),
    'plot': ('emotion_ros.cli.plot:add_arguments',
             'draw a bag or a sound file and the emotions heard in it'),
    'doctor': ('emotion_ros.cli.doctor:add_arguments',
               'say what this machine lacks, and how to install it'),
}
"""Commands: the function that fills the parser, as entry points name it, and what they do.

A module is imported when its command is called, so that no command needs the packages of another.
"""


def build_parser(name=None):
    """Make the parser of the command line.

    Args:
        name: command whose arguments it must know; of the others it knows the names.

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
    return parser


def main():
    """Run the command.

    Returns:
        Exit code: 0; 1 when something cannot be used, and one line on stderr says what; 2 when
        the command is not understood.

    """
    _open_streams()
    on_request(_end, signal.SIGTERM, signal.SIGHUP)
    # Names of files may be any bytes; who follows a log wants each line at once.
    sys.stdout.reconfigure(errors='backslashreplace', line_buffering=True)
    try:
        arguments = build_parser(*sys.argv[1:2]).parse_args()
        code = arguments.run(arguments)
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
        name = repr(os.fsdecode(error.filename)) if error.filename else 'the output'
        return complain(f'cannot read or write {name}: {error.strerror or error}')


def _end(number):
    """End as by Ctrl-C, so that nothing half written is left; with the code that shells give."""
    ignore_requests()
    raise SystemExit(128 + number)


def _open_streams():
    """Let the standard streams that the caller has closed lead to nothing.

    Else print() fails, and the next file that is opened gets what is written there.
    """
    for name, mode in (('stdin', 'r'), ('stdout', 'w'), ('stderr', 'w')):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding='utf-8'))


def _give_up_stdout():
    """Let stdout lead to nothing, so that Python does not write there when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
