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

"""The launch files with the real launch: every argument, and nothing left at the end."""

import itertools
import os
import tempfile
import unittest

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import EmitEvent, IncludeLaunchDescription, OpaqueFunction, RegisterEventHandler
from launch.event_handlers import OnProcessIO
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
import launch_testing
import launch_testing.actions
from lifecycle_msgs.msg import Transition
import numpy as np
import pytest
import soundfile
from std_msgs.msg import String

from conftest import CLIPS, read_clip
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.files.paths import find_model
from emotion_ros.msg import EmotionStamped
from emotion_ros.nodes import qos
from harness import Listener, wait_until

SHARE = get_package_share_directory('emotion_ros')
PARAMS_FILE = os.path.join(SHARE, 'config', 'emotion.yaml')
FOLDER = tempfile.TemporaryDirectory()   # as long as the tests run
SPEECH = {'file': os.path.join(FOLDER.name, 'speech.wav')}
soundfile.write(SPEECH['file'], np.concatenate([read_clip(clip) for clip in CLIPS]), SAMPLE_RATE)
CALM_DOWN = {'params_file': os.path.join(FOLDER.name, 'calm_down.yaml')}
with open(CALM_DOWN['params_file'], 'w') as file:
    file.write("""
/**/behavior:
  ros__parameters:
    agreement: 1
    reactions: [calm_down]
    calm_down:
      emotion: anger
      command: be quiet
""")

CASES = [
    {'use_sim_time': 'False', 'autostart': 'true', 'log_level': 'debug', **SPEECH},
    {'composed': 'False', 'namespace': 'left', 'model': str(find_model()),
     'params_file': PARAMS_FILE, **SPEECH},
    {'composed': 'false', 'autostart': 'false', **SPEECH},
    {'launch': 'behavior', **CALM_DOWN, **SPEECH},
    {'launch': 'behavior', 'composed': 'false', 'namespace': 'left', 'autostart': 'False',
     **CALM_DOWN, **SPEECH},
]


def _start(transition):
    """Make an event that reaches every node with a life cycle."""
    return EmitEvent(event=ChangeState(
        lifecycle_node_matcher=lambda action: isinstance(action, LifecycleNode),
        transition_id=transition))


def _managed(nodes):
    """Do what a lifecycle manager does: configure the nodes that wait, then activate them.

    Args:
        nodes: how many there are.

    Returns:
        [event handler].

    """
    waiting, configured = itertools.count(start=1), itertools.count(start=1)

    def is_said(event):
        if b'autostart is false' in event.text and next(waiting) == nodes:
            return _start(Transition.TRANSITION_CONFIGURE)

    def is_configured(context):
        if next(configured) == nodes:
            return [_start(Transition.TRANSITION_ACTIVATE)]

    return [RegisterEventHandler(OnProcessIO(on_stderr=is_said, on_stdout=is_said)),
            RegisterEventHandler(OnStateTransition(
                start_state='configuring', goal_state='inactive',
                entities=[OpaqueFunction(function=is_configured)]))]


@pytest.mark.launch_test
@pytest.mark.timeout(400)
@launch_testing.parametrize('arguments', CASES)
def generate_test_description(arguments):
    """Include a launch file, emotion.launch.py unless `launch` names another, with arguments."""
    given = {'launch': 'emotion', **arguments}
    path = os.path.join(SHARE, 'launch', f'{given.pop("launch")}.launch.py')
    return LaunchDescription([
        *(_managed(4 if 'launch' in arguments else 3)
          if arguments.get('autostart') in ('false', 'False') else []),
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(path), launch_arguments=given.items()),
        launch_testing.actions.ReadyToTest()])


class TestWhileItRuns(unittest.TestCase):
    """Speech goes in; the emotion comes out where the arguments say."""

    def test_speech_becomes_emotion(self, arguments, proc_output):
        """Play the file."""
        namespace = f'{arguments["namespace"]}/' if 'namespace' in arguments else ''
        with Listener() as listener:
            emotions = listener.subscribe(EmotionStamped, f'{namespace}emotion', qos.RESULTS)
            commands = listener.subscribe(String, f'{namespace}behavior/command', qos.RESULTS)
            wait_until(lambda: any(message.final for message in emotions), timeout=30,
                       what='an emotion')
            if 'launch' in arguments:
                wait_until(lambda: commands, timeout=30, what='a reaction')
                assert commands[0].data == 'be quiet'
        if arguments.get('log_level') == 'debug':
            proc_output.assertWaitFor('[DEBUG]', timeout=5)


@launch_testing.post_shutdown_test()
class TestAfterwards(unittest.TestCase):
    """Everything has ended as it should."""

    def test_exit_codes(self, proc_info):
        """All is well."""
        launch_testing.asserts.assertExitCodes(proc_info)

    def test_no_traceback(self, proc_output):
        """Nothing crashed."""
        for process in proc_output.processes():
            text = b''.join(output.text for output in proc_output[process])
            assert b'Traceback' not in text, text
