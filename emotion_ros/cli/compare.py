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

"""emotion-ros compare: reports beside each other, on the clips that they have in common."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
import json
from pathlib import Path
from typing import Any

from emotion_ros.cli.options.training import add_pictures, import_training
from emotion_ros.display.tables import draw_table, shown
from emotion_ros.errors import EmotionError
from emotion_ros.evaluation import PICTURES
from emotion_ros.files.output_folder import OutputFolder, write_text
from emotion_ros.files.paths import readable

CONTENT = 'comparison.json'
TEXT = 'comparison.md'
PICTURE = 'comparison'


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of the command.

    Args:
        parser: of argparse.

    """
    parser.description = ('Compare reports of `emotion-ros evaluate` with the first one, on the '
                          'clips that they all have in common.')
    parser.add_argument('report', nargs='+', metavar='REPORT', help='folder of a report')
    parser.add_argument('--output', metavar='DIR',
                        help='folder for a table, a plot and the numbers as JSON')
    add_pictures(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Compare reports, print the table, and write it where a folder is named.

    Args:
        arguments: of the parser.

    Raises:
        EmotionError: a report cannot be read, or they have too few clips in common.

    """
    if len(arguments.report) < 2:
        raise EmotionError(f'REPORT must be given at least twice, got only {arguments.report[0]!r}')
    if len(set(arguments.report)) < len(arguments.report):
        raise EmotionError(f'REPORT must be different, got {", ".join(arguments.report)}')
    place = arguments.output and OutputFolder(
        arguments.output, 'output', 'comparison', CONTENT, files=(
            CONTENT, TEXT, *(f'{PICTURE}.{kind}' for kind in PICTURES)))
    if place:
        place.check()
    compare_all, draw_differences, rounded, comparison_text = import_training(_load)
    first, *others = arguments.report
    clips, recalls, found = compare_all(arguments.report)
    text = '\n\n'.join([
        f'{clips} clips are in all reports. Differences are relative to {first}.',
        draw_table([['report', 'unweighted average recall', 'difference', '95 % interval',
                     'p (McNemar)'], [first, shown(recalls[first]), '', '', ''],
                    *([name, shown(recalls[name]), f'{found[name]["uar"]:+.3f}',
                       _span(found[name]['uar_interval']), f'{found[name]["mcnemar_p"]:.2g}']
                      for name in others)]),
        *(f'{name}: {comparison_text(first, found[name])}' for name in others)])
    print(text)
    if place:
        with place.whole() as folder:
            picture = f'{PICTURE}.{arguments.pictures}'
            write_text(folder / CONTENT, json.dumps(rounded({
                'clips': clips, 'reports': recalls, 'differences': found}), indent=2) + '\n')
            write_text(
                folder / TEXT,
                f'# Comparison\n\n{text}\n\n![Differences, with 95 % intervals.]({picture})\n')
            titles = _titles(arguments.report)
            draw_differences(folder / picture, {
                f'{titles[name]} minus {titles[first]}': part for name, part in found.items()})
        print(f'comparison in {arguments.output}')


def _titles(reports: Sequence[str]) -> dict[str, str]:
    """Give what reports are called in the plot: the last parts of their paths, if these differ."""
    titles = {name: readable(Path(name).name) for name in reports}
    differ = len(set(titles.values())) == len(titles)
    return titles if differ else {name: readable(name) for name in reports}


def _load() -> tuple[Any, ...]:
    from emotion_ros.evaluation.comparison import compare_reports
    from emotion_ros.evaluation.plots import draw_differences
    from emotion_ros.evaluation.report_text import comparison_text
    from emotion_ros.metrics import rounded
    return compare_reports, draw_differences, rounded, comparison_text


def _span(interval: Sequence[float] | None) -> str:
    return '' if interval is None else f'{interval[0]:+.3f} to {interval[1]:+.3f}'
