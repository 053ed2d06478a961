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

"""The command `emotion-ros plot`."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from emotion_ros.bags import REQUIREMENTS
from emotion_ros.cli.options import classifier as classifier_options, sound as sound_options
from emotion_ros.cli.options.output import output_file
from emotion_ros.errors import EmotionError, packages_of
from emotion_ros.mood.moods import HALF_LIFE, HALF_LIVES

PICTURES = '.png', '.pdf', '.svg'
WIDTH = 7.2   # inch, two columns of a paper
WIDTHS = 3, 40


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of plot.

    Args:
        parser: of argparse.

    """
    parser.description = (
        'Plot the waveform, the utterances, and over time the probability of each emotion and '
        'the confidence. If a bag already has results, these are plotted.')
    parser.add_argument(
        'input', metavar='BAG|FILE', help='folder of a rosbag2, a single .mcap or .db3 file of '
                                          'one, a sound file or a video')
    parser.add_argument(
        '-o', '--output', required=True, metavar='PICTURE', help='.png, .pdf or .svg')
    parser.add_argument(
        '--topic', metavar='TOPIC', help='audio topic of the bag; needed if it has several')
    parser.add_argument('--from', dest='begin', type=float, metavar='S',
                        help='start of the plot [s] (default: 0)')
    parser.add_argument('--to', dest='end', type=float, metavar='S',
                        help='end of the plot [s] (default: the end of the recording)')
    parser.add_argument('--mood', type=float, nargs='?', const=HALF_LIFE, metavar='S',
                        help='also plot the mood, with this half-life [s] (default: '
                             f'{HALF_LIFE:g}); moods in a bag are always plotted')
    parser.add_argument('--title', default='', help='title of the plot')
    parser.add_argument('--width', type=float, default=WIDTH, metavar='INCH',
                        help='width of the plot, 3 to 40 (default: %(default)s, two columns of a '
                             'paper)')
    sound_options.add_sound(parser)
    classifier_options.add_classifier(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Plot a recording and print how many utterances it has.

    Args:
        arguments: of the parser.

    Raises:
        EmotionError: the input, an option or the model cannot be used; nothing was written.

    """
    output = output_file(arguments.output, PICTURES)
    if not WIDTHS[0] <= arguments.width <= WIDTHS[1]:
        raise EmotionError(
            f'--width must be {WIDTHS[0]} to {WIDTHS[1]}, got {arguments.width:g}')
    if arguments.mood is not None and not HALF_LIVES[0] <= arguments.mood <= HALF_LIVES[1]:
        raise EmotionError(f'--mood must be {HALF_LIVES[0]:g} to {HALF_LIVES[1]:g}, '
                           f'got {arguments.mood:g}')
    with packages_of(REQUIREMENTS):
        from emotion_ros.bags.plot import draw
        from emotion_ros.bags.recording import from_bag, from_file, is_bag, moods_of
    classifier = classifier_options.classifier(arguments)
    sound = sound_options.sound(arguments)
    if is_bag(arguments.input):
        recording = from_bag(arguments.input, classifier, topic=arguments.topic, **sound)
    elif arguments.topic:
        raise EmotionError(f'--topic needs a bag, {arguments.input!r} is none')
    else:
        recording = from_file(arguments.input, classifier, **sound)
    if arguments.mood is not None:
        recording = replace(recording, moods=moods_of(recording.results, arguments.mood))
    draw(recording, output, begin=arguments.begin, end=arguments.end, title=arguments.title,
         width=arguments.width)
    finals = sum(utterance.final for utterance, _ in recording.results)
    seconds = (recording.end - recording.begin) / 1e9
    print(f'{output}: utterances: {finals} in {seconds:.1f} s')
    for warning in recording.warnings:
        print(f'  {warning}')
