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

"""The command `emotion-ros classify`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
import csv
from functools import partial
import json
import math
import os
from pathlib import Path
import shutil
import sys
import tempfile

from emotion_ros.audio.sound_files import SOUND_EXTENSIONS, VIDEO_EXTENSIONS, find_sound_files
from emotion_ros.cli.options import classifier as classifier_options, sound as sound_options
from emotion_ros.cli.options.values import check_jobs
from emotion_ros.display.progress import progress
from emotion_ros.errors import EmotionError, complain
from emotion_ros.model.backends import AFFECT
from emotion_ros.offline.many_files import Results, classify_files

STDIN = '-'
"""What stands for the standard input."""

FIELDS = ('file', 'start', 'end', 'utterance', 'truncated', 'emotion', 'confidence', 'threshold',
          'arousal', 'valence', 'speaker', 'azimuth', 'azimuth_certainty')
"""Columns of --csv, before a probability for each label."""


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of the command.

    Args:
        parser: of argparse.

    """
    parser.description = (
        'Find the utterances in sound files and say which emotion each expresses. '
        'The results are those that the ROS nodes publish for the same sound.')
    parser.add_argument(
        'file', nargs='+', metavar='FILE',
        help='sound file of any format, rate and channels that soundfile reads; if the package av '
             'is installed, also m4a, wma and the like, and videos; or a folder of these; - is the '
             'standard input')
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        '--json', action='store_true',
        help='print one JSON object per line, also for interim results')
    form.add_argument(
        '--csv', action='store_true', help='print a table of comma-separated values')
    parser.add_argument(
        '--jobs', type=int, default=1, metavar='N',
        help='number of files to classify at the same time, each in its own process; -1 for one '
             'per core (default: %(default)s)')
    sound_options.add_sound(parser)
    classifier_options.add_classifier(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Print the emotion of each utterance of each file.

    Args:
        arguments: of the parser.

    Returns:
        Exit code; a file that cannot be read does not keep others from being read.

    """
    check_jobs(arguments.jobs)
    sound = sound_options.sound(arguments)
    classifier = classifier_options.classifier(arguments)
    labels = classifier.description.labels
    write = json_lines if arguments.json else csv_lines if arguments.csv else table
    if arguments.csv:
        csv.writer(sys.stdout, lineterminator='\n').writerow([*FIELDS, *labels])
    code, paths = 0, list[str]()
    for given in arguments.file:
        try:
            paths += sound_and_films(given)
        except EmotionError as error:
            code = complain(error)
    with _standard_input(paths) as sources:
        results: Iterable[Results] = classify_files(
            sources, classifier, partial(classifier_options.quiet_classifier, arguments),
            jobs=arguments.jobs, **sound)
        if len(paths) > 1 and not sys.stdout.isatty():   # where the results are the progress
            results = progress(results, total=len(paths), title='classify', unit='file')
        for path, source, found in zip(paths, sources, results, strict=True):
            try:
                write(path, found, labels)
            except EmotionError as error:
                code = complain(str(error).replace(repr(source), repr(path)))
    return code


@contextmanager
def _standard_input(paths: list[str]) -> Iterator[list[str]]:
    """Give the files that are read for paths: a copy of the standard input, which may be a pipe."""
    with tempfile.TemporaryDirectory(prefix='emotion_ros_') as folder:
        copy = os.path.join(folder, 'stdin')
        if STDIN in paths:
            with open(copy, 'wb') as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        yield [copy if path == STDIN else path for path in paths]


def sound_and_films(given: str) -> list[str]:
    """Give the files that an argument means: [str].

    Raises:
        EmotionError: it is a folder without sound files.

    """
    folder = Path(given)
    if given == STDIN or not os.path.isdir(given):   # which takes names that are too long
        return [given]
    found = find_sound_files(folder, SOUND_EXTENSIONS | VIDEO_EXTENSIONS)
    if not found:
        raise EmotionError(f'folder {given!r} must contain sound files, got none')
    return [str(path) for path in found]


def csv_lines(path: str, results: Results, labels: Sequence[str]) -> None:
    """Print results of whole utterances as they come, as comma-separated values."""
    writer = csv.writer(sys.stdout, lineterminator='\n')
    for utterance, emotion in results:
        if utterance.final:
            writer.writerow([
                path, utterance.stamp / 1e9, (utterance.stamp + utterance.duration) / 1e9,
                utterance.number, utterance.truncated, emotion.emotion, emotion.confidence,
                emotion.threshold,
                *(_told(getattr(emotion, name)) for name in AFFECT), emotion.speaker,
                _told(utterance.azimuth), _told(utterance.azimuth_certainty),
                *emotion.probabilities.tolist()])


def json_lines(path: str, results: Results, labels: Sequence[str]) -> None:
    """Print results as they come, a JSON object a line; `path` says of what."""
    for utterance, emotion in results:
        print(json.dumps({
            'file': path,
            'start': utterance.stamp / 1e9,
            'end': (utterance.stamp + utterance.duration) / 1e9,
            'utterance': utterance.number,
            'final': utterance.final,
            'truncated': utterance.truncated,
            'azimuth': _told(utterance.azimuth),
            'azimuth_certainty': _told(utterance.azimuth_certainty),
            'emotion': emotion.emotion,
            'confidence': emotion.confidence,
            'threshold': emotion.threshold,
            'arousal': _told(emotion.arousal),
            'valence': _told(emotion.valence),
            'speaker': emotion.speaker,
            'speaker_confidence': _told(emotion.speaker_confidence),
            'profile': emotion.profile,
            'labels': labels,
            'probabilities': emotion.probabilities.tolist(),
        }), flush=True)


def _told(value: float) -> float | None:
    """Give a number, or None for NaN: null in JSON, which has no NaN, and nothing in CSV."""
    return None if math.isnan(value) else value


def table(path: str, results: Results, labels: Sequence[str]) -> None:
    """Print results of whole utterances as they come, a line each; `path` says of what."""
    finals = 0
    for utterance, emotion in results:
        if not utterance.final:
            continue
        if not finals:
            print(path)
            affect = [name for name in AFFECT if not math.isnan(getattr(emotion, name))]
            print(f'{"start":>8} {"end":>8}  {"emotion":<10} {"conf.":>5} ',
                  *(f'{name[:7]:>7}' for name in affect), *(f'{label[:9]:>9}' for label in labels))
        finals += 1
        end = utterance.stamp + utterance.duration
        print(f'{utterance.stamp / 1e9:8.2f} {end / 1e9:8.2f}  '
              f'{emotion.emotion:<10} {emotion.confidence:5.2f} ',
              *(f'{getattr(emotion, name):7.2f}' for name in affect),
              *(f'{probability:9.2f}' for probability in emotion.probabilities),
              *([f' {emotion.speaker}'] if emotion.speaker else []),
              *([] if math.isnan(utterance.azimuth)
                else [f' {round(math.degrees(utterance.azimuth)):+d} deg']), flush=True)
    if not finals:
        print(path, 'no speech found', sep='\n')
    print()
