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

"""The command `emotion-ros annotate`."""

from argparse import ArgumentParser, Namespace

from emotion_ros.bags import REQUIREMENTS, STORAGES
from emotion_ros.cli.options import classifier as classifier_options, sound as sound_options
from emotion_ros.errors import packages_of


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of annotate.

    Args:
        parser: of argparse.

    """
    parser.description = (
        'Run the pipeline on every audio topic of a rosbag2 and write a bag with the results '
        'added: those of /left/audio on /left/emotion, as the ROS nodes would publish them.')
    parser.add_argument(
        'bag_in', metavar='BAG_IN', help='folder of a rosbag2, or a single .mcap or .db3 file')
    parser.add_argument('bag_out', metavar='BAG_OUT', help='folder of the new bag')
    parser.add_argument(
        '--topic', action='append', default=[], metavar='TOPIC',
        help='audio topic to process; may be given several times (default: all)')
    parser.add_argument(
        '--features', action='store_true', help='also add the features, on .../voice_features')
    parser.add_argument(
        '--replace', action='store_true',
        help='leave out all results that the bag already has for this audio')
    parser.add_argument(
        '--storage', choices=STORAGES,
        help='format of BAG_OUT (default: that of BAG_IN)')
    sound_options.add_sound(parser)
    classifier_options.add_classifier(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Annotate a bag and print a summary of each topic.

    Args:
        arguments: of the parser.

    Raises:
        EmotionError: a bag or the model cannot be used; nothing was written.

    """
    with packages_of(REQUIREMENTS):
        from emotion_ros.bags.annotate import annotate
    summaries = annotate(
        arguments.bag_in, arguments.bag_out, classifier_options.classifier(arguments),
        topics=arguments.topic, features=arguments.features, replace=arguments.replace,
        storage=arguments.storage, **sound_options.sound(arguments))
    for summary in summaries:
        print(f'{summary.topic} -> {summary.results_topic}: utterances: {summary.utterances}, '
              f'interim results: {summary.interim}')
        for warning in summary.warnings:
            print(f'  {warning}')
