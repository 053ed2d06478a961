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

"""Options of commands that cut sound into utterances: of which channels, and how."""

from argparse import ArgumentParser, Namespace
from typing import TypedDict

from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.cli.options.array import add_array, array, channel
from emotion_ros.cli.options.segmentation import add_segmentation, segmentation
from emotion_ros.speech.segmenter import Segmentation


class Sound(TypedDict):
    """Arguments of offline.pipeline.classify_file."""

    array: MicrophoneArray | None
    channel: int | str
    segmentation: Segmentation


def add_sound(parser: ArgumentParser) -> None:
    """Add the options that sound() reads."""
    add_array(parser)
    add_segmentation(parser)


def sound(arguments: Namespace) -> Sound:
    """Give what the options ask for.

    Raises:
        EmotionError: an option is not allowed, or options contradict each other.

    """
    return Sound(array=array(arguments), channel=channel(arguments),
                 segmentation=segmentation(arguments))
