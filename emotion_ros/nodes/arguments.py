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

"""Command-line arguments of the executables: --help, and arguments that are not allowed."""

import argparse
from collections.abc import Callable, Iterable
import difflib
import itertools
import json
from pathlib import Path
import sys
import textwrap

from rclpy.utilities import remove_ros_args

from emotion_ros.errors import EmotionError
from emotion_ros.nodes.parameters import Parameter

OF_ROS = 'use_sim_time', 'start_type_description_service'
"""Parameters of every node."""


def check_arguments(description: str, parameters: Iterable[Parameter] = (),
                    add_options: Callable = lambda parser: None) -> argparse.Namespace:
    """Print the help if it is asked for; refuse unknown arguments and parameters.

    Args:
        description: what the executable does.
        parameters: of its nodes; of several with the same name, the first is listed.
        add_options: function that adds the executable's own options to the parser.

    Returns:
        The values of these options.

    Raises:
        EmotionError: an argument or parameter is unknown.
        SystemExit: the help was printed.

    """
    parser = argparse.ArgumentParser(
        prog=Path(sys.argv[0]).name, usage='%(prog)s [-h] [--ros-args [-p NAME:=VALUE] ...]',
        description=description, epilog=_table(parameters),
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    options, others = parser.parse_known_args(remove_ros_args(sys.argv)[1:])
    if others:
        right = others[0] if ':=' in others[0] else 'NAME:=VALUE'
        raise EmotionError(f'argument {others[0]!r} is not known; '
                           f'parameters are given as --ros-args -p {right}, see --help')
    _check_names(parameters)
    return options


def _check_names(parameters):
    """Refuse a parameter that is typed and that nobody has, such as hangover; ROS ignores it.

    Files of parameters may be meant for other nodes, too.
    """
    known = {*OF_ROS, *(name for entry in parameters for name in (entry.name, entry.old_name))}
    for flag, argument in itertools.pairwise(sys.argv):
        name = argument.partition(':=')[0].rpartition(':')[2]
        # Reactions and qos_overrides have a point in their names.
        if flag in ('-p', '--param') and name not in known and '.' not in name:
            near = difflib.get_close_matches(name, known, 1)
            raise EmotionError(f'parameter {name} is not known; '
                               f'{f"did you mean {near[0]}?" if near else "see --help"}')


def _table(parameters):
    """List parameters with their defaults and allowed values."""
    described = {parameter.name: parameter for parameter in reversed(parameters)}
    lines = ['parameters:'] if described else []
    for name, parameter in reversed(described.items()):
        lines += [f'  {name}: {json.dumps(parameter.default)} ({parameter.allowed})',
                  textwrap.fill(parameter.description, 96, initial_indent=' ' * 6,
                                subsequent_indent=' ' * 6)]
    return '\n'.join(lines)
