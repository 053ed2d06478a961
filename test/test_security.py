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

"""The policy for secured networks grants what the nodes do, and nothing else."""

from fnmatch import fnmatch
import os
from xml.etree import ElementTree

import pytest
from rclpy.parameter import Parameter

from conftest import REPOSITORY
from emotion_ros.monitor.state import Monitor
from emotion_ros.nodes.emotion_monitor import EmotionMonitor
from harness import Executable, Listener, wait_until
from interface_packages import environment_with

PIPELINE = 'audio_capture', 'feature_extractor', 'emotion_classifier'
NODES = *PIPELINE, 'mood', 'behavior'
GRANTS = {
    ('topics', 'publish'): 'get_publisher_names_and_types_by_node',
    ('topics', 'subscribe'): 'get_subscriber_names_and_types_by_node',
    ('services', 'reply'): 'get_service_names_and_types_by_node'}
FOR_OTHERS = {
    'feature_extractor': {'/audio_info'},
    'emotion_classifier': {'/person_speaking', '/humans/voices/tracked', *(
        f'/humans/voices/*/{topic}' for topic in ('expression', 'features', 'is_speaking'))}}
"""Topics that are there by parameters alone."""


@pytest.fixture(autouse=True)
def domain(monkeypatch):
    """A domain of its own: a node of another test in this process may not have gone yet."""
    monkeypatch.setenv('ROS_DOMAIN_ID', str(1 + (int(os.environ['ROS_DOMAIN_ID']) + 49) % 100))


@pytest.fixture(scope='module')
def enclaves():
    """The enclaves of the policy: {path: {node: profile}}."""
    policy = ElementTree.parse(REPOSITORY / 'config' / 'security' / 'policy.xml')
    return {enclave.get('path'): {profile.get('node'): profile
                                  for profile in enclave.iter('profile')}
            for enclave in policy.iter('enclave')}


def granted(profile, kind, verb):
    """Give the full names that a profile allows."""
    names = [entry.text for part in profile.findall(kind) if part.get(verb) == 'ALLOW'
             for entry in part]
    own = f'/{profile.get("node")}'
    return {name.replace('~', own) if name.startswith('~') else f'/{name.lstrip("/")}'
            for name in names}


def test_each_executable_has_an_enclave(enclaves):
    assert {path: set(profiles) for path, profiles in enclaves.items()} == {
        **{f'/emotion_ros/{node}': {node} for node in (*NODES, 'emotion_monitor')},
        '/emotion_ros/emotion_pipeline': {*PIPELINE, 'mood'}}


def check(listener, profile, *, unused=frozenset()):
    """Check that a node that runs does what its profile grants, but for what is unused."""
    node = profile.get('node')
    wait_until(lambda: node in listener.node.get_node_names(), what=node)
    for (kind, verb), ask in GRANTS.items():
        wanted = granted(profile, kind, verb) - unused

        def found():
            """Give what it does, by the pattern that grants it."""
            return {next((entry for entry in wanted if fnmatch(name, entry)), name)
                    for name, _ in getattr(listener.node, ask)(node, '/')}

        try:
            wait_until(lambda: found() == wanted)
        except AssertionError:
            assert found() == wanted, f'{node} may {verb}'


def test_each_node_may_do_what_it_does_and_nothing_else(enclaves, speech_file):
    with Listener() as listener, \
            Executable('emotion_pipeline', file=speech_file, wait_matching_subscriptions=9,
                       use_sim_time=True, array='respeaker_4_mic', mood=True) as pipeline, \
            Executable('behavior', use_sim_time=True):
        pipeline.wait_for('waiting for subscribers')
        wait_until(lambda: set(NODES) <= set(listener.node.get_node_names()), what='the nodes')
        for node in NODES:
            for profiles in enclaves.values():
                if node in profiles:
                    check(listener, profiles[node], unused=FOR_OTHERS.get(node, set()))


@pytest.mark.parametrize('node, package, parameters', [
    ('feature_extractor', 'ros_drivers/audio_common_msgs',
     {'audio_type': 'audio_common_msgs/AudioDataStamped', 'array': 'respeaker_4_mic'}),
    ('emotion_classifier', 'hri_msgs', {'hri': True})])
def test_what_is_granted_for_others_is_what_they_need(
        enclaves, tmp_path, node, package, parameters):
    environment = environment_with(package, tmp_path)
    with Listener() as listener, Executable(
            node, environment=environment, use_sim_time=True, **parameters).wait_for('ready'):
        for enclave in (node, 'emotion_pipeline'):
            check(listener, enclaves[f'/emotion_ros/{enclave}'][node])


def test_monitor_may_listen_and_nothing_else(enclaves):
    with Listener() as listener:
        node = EmotionMonitor(Monitor(), context=listener.node.context, parameter_overrides=[
            Parameter('use_sim_time', value=True)])
        try:
            check(listener, enclaves['/emotion_ros/emotion_monitor']['emotion_monitor'])
        finally:
            node.destroy_node()
