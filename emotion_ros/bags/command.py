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

"""The commands `emotion-ros annotate` and `emotion-ros plot`."""

from dataclasses import replace
import os
from pathlib import Path

from emotion_ros.audio.array import options as array_options
from emotion_ros.bags import STORAGES
from emotion_ros.errors import EmotionError, packages_of
from emotion_ros.model import options
from emotion_ros.mood.moods import HALF_LIFE, HALF_LIVES
from emotion_ros.speech import options as speech_options

PICTURES = '.png', '.pdf', '.svg'
WIDTH = 7.2   # inch, two columns of a paper
WIDTHS = 3, 40
REQUIREMENTS = 'requirements-tools.txt'


def add_annotate(parser):
    """Fill the parser of annotate.

    Args:
        parser: of argparse.

    """
    parser.description = (
        'Run the pipeline over every audio topic of a rosbag2 and write a bag with '
        'the results added: those of /left/audio on /left/emotion, as the ROS nodes '
        'would publish them.')
    parser.add_argument(
        'bag_in', metavar='BAG_IN', help='folder of a rosbag2, or a single .mcap or .db3 file')
    parser.add_argument('bag_out', metavar='BAG_OUT', help='folder that is made')
    parser.add_argument(
        '--topic', action='append', default=[], metavar='TOPIC',
        help='audio topic to hear; may be given several times (default: all)')
    parser.add_argument(
        '--features', action='store_true', help='add the features, too, on .../voice_features')
    parser.add_argument(
        '--replace', action='store_true',
        help='leave out the results that the bag has already on these topics')
    parser.add_argument(
        '--storage', choices=STORAGES,
        help='format of BAG_OUT (default: that of BAG_IN)')
    array_options.add_array(parser)
    speech_options.add_segmentation(parser)
    options.add_classifier(parser)
    parser.set_defaults(run=run_annotate)


def add_plot(parser):
    """Fill the parser of plot.

    Args:
        parser: of argparse.

    """
    parser.description = (
        'Draw the waveform, the utterances, and over time the probability of each '
        'emotion and the confidence. Where a bag has results already, these are '
        'drawn.')
    parser.add_argument(
        'input', metavar='BAG|FILE', help='folder of a rosbag2, a single .mcap or .db3 file of '
                                          'one, a sound file or a video')
    parser.add_argument(
        '-o', '--output', required=True, metavar='PICTURE', help='.png, .pdf or .svg')
    parser.add_argument(
        '--topic', metavar='TOPIC', help='audio topic of the bag; needed where it has several')
    parser.add_argument('--from', dest='begin', type=float, metavar='S',
                        help='draw from this time on [s] (default: 0)')
    parser.add_argument('--to', dest='end', type=float, metavar='S',
                        help='draw to this time [s] (default: the end)')
    array_options.add_array(parser)
    parser.add_argument('--mood', type=float, nargs='?', const=HALF_LIFE, metavar='S',
                        help='draw the mood, too, with this half-life [s] (default: '
                             f'{HALF_LIFE:g}); moods that a bag has are drawn without it')
    parser.add_argument('--title', default='', help='text over the picture')
    parser.add_argument('--width', type=float, default=WIDTH, metavar='INCH',
                        help='width of the picture, 3 to 40 (default: %(default)s, two columns of '
                             'a paper)')
    speech_options.add_segmentation(parser)
    options.add_classifier(parser)
    parser.set_defaults(run=run_plot)


def run_annotate(arguments):
    """Annotate as the arguments say and print what was heard.

    Args:
        arguments: of the parser.

    Raises:
        EmotionError: a bag or the model cannot be used; nothing was written.

    """
    with packages_of(REQUIREMENTS):
        from emotion_ros.bags.annotate import annotate
    summaries = annotate(
        arguments.bag_in, arguments.bag_out, options.classifier(arguments),
        topics=arguments.topic, features=arguments.features, replace=arguments.replace,
        storage=arguments.storage, **_sound(arguments))
    for summary in summaries:
        print(f'{summary.topic} -> {summary.results_topic}: utterances: {summary.utterances}, '
              f'interim results: {summary.interim}')
        for trouble in summary.warnings:
            print(f'  {trouble}')


def run_plot(arguments):
    """Draw as the arguments say and print what was heard.

    Args:
        arguments: of the parser.

    Raises:
        EmotionError: the input, an option or the model cannot be used; nothing was written.

    """
    output = Path(arguments.output)
    if output.suffix.lower() not in PICTURES:
        raise EmotionError(f'-o must be a name that ends in {", ".join(PICTURES)}, '
                           f'got {str(output)!r}')
    if not os.path.isdir(output.parent):
        raise EmotionError(f'-o must be in a folder that exists, got {str(output)!r}')
    if not WIDTHS[0] <= arguments.width <= WIDTHS[1]:
        raise EmotionError(
            f'--width must be {WIDTHS[0]} to {WIDTHS[1]}, got {arguments.width:g}')
    if arguments.mood is not None and not HALF_LIVES[0] <= arguments.mood <= HALF_LIVES[1]:
        raise EmotionError(f'--mood must be {HALF_LIVES[0]:g} to {HALF_LIVES[1]:g}, '
                           f'got {arguments.mood:g}')
    with packages_of(REQUIREMENTS):
        from emotion_ros.bags.plot import draw
        from emotion_ros.bags.recording import from_bag, from_file, is_bag, moods_of
        classifier, sound = options.classifier(arguments), _sound(arguments)
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
    for trouble in recording.warnings:
        print(f'  {trouble}')


def _sound(arguments):
    return {'array': array_options.array(arguments), 'channel': array_options.channel(arguments),
            'segmentation': speech_options.segmentation(arguments)}
