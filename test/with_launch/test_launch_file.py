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

"""What the launch file says of itself, and how a launch ends when one of its nodes does."""

import subprocess
import sys

from launch import LaunchContext, LaunchDescription, LaunchService
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, RegisterEventHandler
from launch.event_handlers import OnProcessExit, OnProcessStart
from launch.launch_description_sources import (
    PythonLaunchDescriptionSource,
    get_launch_description_from_python_launch_file,
)
import pytest

from conftest import REPOSITORY

FILE = str(REPOSITORY / 'launch' / 'emotion.launch.py')
BEHAVIOR = str(REPOSITORY / 'launch' / 'behavior.launch.py')


def test_every_argument_is_described():
    entities = get_launch_description_from_python_launch_file(FILE).entities
    arguments = {entity.name: entity for entity in entities
                 if isinstance(entity, DeclareLaunchArgument)}
    assert set(arguments) == {'composed', 'device', 'file', 'params_file', 'namespace', 'model',
                              'mood', 'profiles',
                              'autostart', 'log_level', 'use_sim_time'}
    for argument in arguments.values():
        assert '.' in argument.description


def test_the_example_of_the_documents_includes_it_with_arguments_that_there_are():
    text = (REPOSITORY / 'docs' / 'behavior.md').read_text()
    blocks = [block.partition('```')[0] for block in text.split('```python\n')]
    example, = [block for block in blocks if 'IncludeLaunchDescription' in block]
    found = {}
    exec(example, found)
    included, node = found['generate_launch_description']().entities
    assert isinstance(included, IncludeLaunchDescription)
    declared = {entity.name for entity in get_launch_description_from_python_launch_file(
        FILE).entities if isinstance(entity, DeclareLaunchArgument)}
    assert {name for name, _ in included.launch_arguments} <= declared
    context = LaunchContext()
    assert included.launch_description_source.get_launch_description(context).entities


@pytest.mark.parametrize('file, composed, processes', [
    (FILE, 'true', 1), (FILE, 'False', 3), (BEHAVIOR, 'True', 2)])
@pytest.mark.timeout(60)
def test_a_launch_ends_when_one_of_its_nodes_does(file, composed, processes):
    codes = []
    service = LaunchService()
    service.include_launch_description(LaunchDescription([
        RegisterEventHandler(OnProcessExit(
            on_exit=lambda event, _: codes.append(event.returncode))),
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(file),
            launch_arguments={'composed': composed, 'device': 'no such device'}.items())]))
    service.run()   # returns when the launch is over
    assert sorted(codes) == [0] * (processes - 1) + [1]


@pytest.mark.timeout(60)
def test_only_the_microphone_that_asks_for_it_gets_behavior():
    started = []
    service = LaunchService()
    service.include_launch_description(LaunchDescription([
        RegisterEventHandler(OnProcessStart(
            on_start=lambda event, _: started.append(event.process_name))),
        *(IncludeLaunchDescription(
            PythonLaunchDescriptionSource(file),
            launch_arguments={'namespace': namespace, 'device': 'no such device'}.items())
          for file, namespace in ((BEHAVIOR, 'left'), (FILE, 'right')))]))
    service.run()
    assert sorted(name.partition('-')[0] for name in started) == [
        'behavior', 'emotion_pipeline', 'emotion_pipeline']


def test_a_launch_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv('TMPDIR', str(tmp_path))
    done = subprocess.run([sys.executable, '-c', f"""
from launch import LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
service = LaunchService()
service.include_launch_description(IncludeLaunchDescription(
    PythonLaunchDescriptionSource({FILE!r}), launch_arguments={{'device': 'no such'}}.items()))
service.run()
"""], capture_output=True, text=True)
    assert "'no such' not found" in done.stdout or 'no microphone' in done.stdout
    assert list(tmp_path.iterdir()) == []
