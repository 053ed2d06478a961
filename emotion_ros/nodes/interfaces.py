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

"""Messages of optional packages."""

from importlib import import_module

from emotion_ros.errors import EmotionError

_REMEDIES = {
    'audio_common_msgs/AudioDataStamped': 'sudo apt install ros-$ROS_DISTRO-audio-common-msgs',
    'audio_common_msgs/AudioStamped':
        'build https://github.com/mgonzs13/audio_common in your workspace',
    'foxglove_msgs/RawAudio': 'sudo apt install ros-$ROS_DISTRO-foxglove-msgs',
    'hri_msgs/Expression': 'sudo apt install ros-$ROS_DISTRO-hri-msgs',
}


def import_messages(name, reason):
    """Import a message, and others of its package.

    Args:
        name: package and message; two packages may have the same name, but not the same messages.
        reason: why it is needed, for the error.

    Returns:
        Module that holds the messages of the package.

    Raises:
        EmotionError: it is not installed.

    """
    package, message = name.split('/')
    try:
        found = import_module(f'{package}.msg')
        getattr(found, message)
    except (ImportError, AttributeError) as error:
        raise EmotionError(f'{reason}, but {name} is not installed: {_REMEDIES[name]}') from error
    return found
