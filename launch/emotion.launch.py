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

"""Start the way from the microphone to /emotion."""

import atexit
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode, Node
import yaml

TRUE_OR_FALSE = ['true', 'false', 'True', 'False']

SHARE = Path(get_package_share_directory('emotion_ros'))

ARGUMENTS = (
    DeclareLaunchArgument(
        'composed', default_value='true', choices=TRUE_OR_FALSE,
        description='true: one process. false: a process for each of the three nodes.'),
    DeclareLaunchArgument(
        'device', default_value='',
        description='Microphone: its number or a part of its name. Empty: as in params_file.'),
    DeclareLaunchArgument(
        'file', default_value='',
        description='Sound file to play instead of a microphone. Empty: as in params_file.'),
    DeclareLaunchArgument(
        'params_file', default_value=str(SHARE / 'config' / 'emotion.yaml'),
        description='YAML file with the parameters of all nodes.'),
    DeclareLaunchArgument(
        'namespace', default_value='',
        description='Namespace of nodes and topics, one for each microphone.'),
    DeclareLaunchArgument(
        'model', default_value='',
        description='Folder of the model, or default or open. Empty: as in params_file.'),
    DeclareLaunchArgument(
        'mood', default_value='', choices=['', *TRUE_OR_FALSE],
        description='true: the node mood, too. Empty: as in params_file, where composed.'),
    DeclareLaunchArgument(
        'profiles', default_value='',
        description='Folder of voice profiles. Empty: as in params_file.'),
    DeclareLaunchArgument(
        'autostart', default_value='', choices=['', *TRUE_OR_FALSE],
        description='false: the nodes wait for a lifecycle manager. Empty: as in params_file.'),
    DeclareLaunchArgument(
        'log_level', default_value='info', choices=['debug', 'info', 'warn', 'error', 'fatal'],
        description='Least level of log messages that are shown.'),
    DeclareLaunchArgument(
        'use_sim_time', default_value='', choices=['', *TRUE_OR_FALSE],
        description='true: time comes from /clock, as from a bag. Empty: as in params_file.'),
)


PARAMETERS = {
    'audio_capture': ['device', 'file'],
    'feature_extractor': ['model'],
    'emotion_classifier': ['model', 'profiles'],
    'behavior': [],
    'mood': [],
}
"""Arguments that are parameters, and of which nodes."""

SWITCHES = 'use_sim_time', 'autostart'
"""Arguments that are parameters of all nodes, true or false."""


def nodes(context):
    """Make the nodes; arguments that were given go before params_file."""
    def value(name):
        return LaunchConfiguration(name).perform(context)

    def is_true(name):
        return value(name).lower() == 'true'

    if not Path(value('params_file')).is_file():
        raise FileNotFoundError(f'params_file {value("params_file")!r} does not exist')
    overrides = {}
    for node, names in PARAMETERS.items():
        given = {name: value(name) for name in names if value(name)}
        given |= {name: is_true(name) for name in SWITCHES if value(name)}
        if node == 'emotion_classifier' and value('mood'):
            given['mood'] = is_true('mood')
        if given:
            overrides[f'/**/{node}'] = {'ros__parameters': given}
    params_files = [value('params_file')]
    if overrides:
        # A file, since what launch would write for a dictionary goes behind what params_file says.
        with NamedTemporaryFile('w', prefix='emotion_ros_', suffix='.yaml', delete=False) as file:
            yaml.safe_dump(overrides, file)
        atexit.register(os.remove, file.name)   # nodes may read it as long as the launch lasts
        params_files.append(file.name)

    def described(action, executable, **options):
        def end(context):
            return [] if context.is_shutdown else [Shutdown(reason=f'{executable} ended')]

        return action(
            package='emotion_ros', executable=executable, namespace=value('namespace'),
            parameters=params_files, output='screen',
            ros_arguments=['--log-level', value('log_level')],
            on_exit=OpaqueFunction(function=end), **options)

    composed = is_true('composed')
    alone = [] if composed else ['emotion_classifier', 'feature_extractor', 'audio_capture']
    if not composed and is_true('mood'):
        alone.append('mood')
    if context.launch_configurations.get('emotion_ros_behavior'):   # behavior.launch.py sets it
        alone.append('behavior')
    # Events of launch_ros (ChangeState) reach these; what the one process holds has services.
    return [*(described(LifecycleNode, name, name=name) for name in alone),
            *([described(Node, 'emotion_pipeline')] if composed else [])]


def generate_launch_description():
    """Describe the launch to `ros2 launch`."""
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=nodes)])
