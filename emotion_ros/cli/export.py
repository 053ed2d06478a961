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

"""The command `emotion-ros export`."""

import argparse
from collections.abc import Callable
from pathlib import Path

from emotion_ros.cli.options.output import output_file
from emotion_ros.cli.options.training import import_training
from emotion_ros.training.onnx_export import export_onnx

FORMATS = 'onnx',


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Fill the parser of the command.

    Args:
        parser: of argparse.

    """
    parser.description = ('Export the network of a model to ONNX, and check that it gives the same '
                          'results as on LiteRT. Its inputs are the features that '
                          '`emotion-ros features` writes.')
    parser.add_argument('model', metavar='MODEL',
                        help='folder of the model, or the name of an installed one')
    parser.add_argument('--format', default='onnx', choices=FORMATS,
                        help='format of the file (default: %(default)s)')
    parser.add_argument('-o', '--output', required=True, metavar='FILE', help='file to write')
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Export a model.

    Args:
        arguments: of the parser.

    Raises:
        EmotionError: the model cannot be used, the file cannot be written, or what it says
            differs.

    """
    output = output_file(arguments.output)
    export = import_training(_load)
    difference = export(arguments.model, output)
    print(f'saved in {output}; it differs from LiteRT by at most {difference:.4f}')


def _load() -> Callable[[str, Path], float]:
    import tensorflow  # noqa: F401
    return export_onnx
