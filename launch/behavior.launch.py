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

"""Start the way from the microphone to /emotion, and the node that reacts to it."""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import (
    IncludeLaunchDescription,
    SetLaunchConfiguration,
    UnsetLaunchConfiguration,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource


def generate_launch_description():
    """Describe the launch to `ros2 launch`; its arguments are those of emotion.launch.py."""
    return LaunchDescription([
        SetLaunchConfiguration('emotion_ros_behavior', 'true'),
        IncludeLaunchDescription(PythonLaunchDescriptionSource(
            str(Path(__file__).with_name('emotion.launch.py')))),
        UnsetLaunchConfiguration('emotion_ros_behavior')])   # what is included later has none
