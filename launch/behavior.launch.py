"""Start the way from the microphone to /emotion, and the node that reacts to it."""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription, SetLaunchConfiguration
from launch.launch_description_sources import PythonLaunchDescriptionSource


def generate_launch_description():
    """Describe the launch to `ros2 launch`; its arguments are those of emotion.launch.py."""
    return LaunchDescription([
        SetLaunchConfiguration('behavior', 'true'),
        IncludeLaunchDescription(PythonLaunchDescriptionSource(
            str(Path(__file__).with_name('emotion.launch.py'))))])
