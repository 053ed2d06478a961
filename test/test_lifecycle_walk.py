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

"""Nodes on random walks through their life cycle, with sound that comes and goes."""

import time

from hypothesis import Phase, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
import rclpy
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from conftest import CLIPS
from emotion_ros.msg import EmotionStamped
from emotion_ros.nodes import qos
from emotion_ros.nodes.audio_capture import AudioCapture
from emotion_ros.nodes.behavior import Behavior
from emotion_ros.nodes.emotion_classifier import EmotionClassifier
from emotion_ros.nodes.feature_extractor import FeatureExtractor
from emotion_ros.nodes.run import Executor
from harness import nanoseconds

STEPS = {   # of each state: the transitions that leave it, and to where
    'unconfigured': {'configure': 'inactive'},
    'inactive': {'activate': 'active', 'cleanup': 'unconfigured'},
    'active': {'deactivate': 'inactive'},
}
NODES = AudioCapture, FeatureExtractor, EmotionClassifier, Behavior
SETTINGS = {'autostart': False, 'file': str(CLIPS[0]), 'speed': 20.0, 'cheer_up.sound': ''}


class Walk(RuleBasedStateMachine):
    """The nodes of a robot in one process: whatever the walk, then they hear the whole file."""

    def __init__(self):
        super().__init__()
        rclpy.init()
        overrides = [Parameter(name, value=value) for name, value in SETTINGS.items()]
        self.nodes = [node(parameter_overrides=overrides) for node in NODES]
        self.states = ['unconfigured'] * len(NODES)
        self.listener = rclpy.create_node('listener')
        self.emotions = []
        self.listener.create_subscription(
            EmotionStamped, 'emotion', self.emotions.append, qos.RESULTS)
        self.executor = Executor()
        for node in (*self.nodes, self.listener):
            self.executor.add_node(node)

    @rule(number=st.sampled_from(range(len(NODES))), choice=st.integers(0, 1))
    def go(self, number, choice):
        """Let a node do a transition, which succeeds."""
        steps = sorted(STEPS[self.states[number]].items())
        transition, state = steps[choice % len(steps)]
        node = self.nodes[number]
        assert getattr(node, f'trigger_{transition}')() == TransitionCallbackReturn.SUCCESS, (
            node.get_name(), transition)
        self.states[number] = state

    @rule(seconds=st.sampled_from([0.02, 0.1]))
    def live(self, seconds, until=lambda: False):
        """Do what is due for a time, or until something holds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not until():
            self.executor.spin_once(timeout_sec=0.01)

    @invariant()
    def all_is_well(self):
        """No node has a fault, and each is where the walk led."""
        assert [(node.state, node.fault) for node in self.nodes] == [
            (state, None) for state in self.states]

    def teardown(self):
        """Let all be active, the source last; the file is heard from its start to its end."""
        try:
            while self.states[0] == 'active':
                self.go(0, 0)
            for number in (1, 2, 3, 0):
                while self.states[number] != 'active':
                    self.go(number, 0)
            self.live(0.1)
            self.emotions.clear()
            begun = self.listener.get_clock().now().nanoseconds
            self.go(0, 0)
            self.go(0, 0)
            self.live(10.0, until=lambda: any(
                message.final and nanoseconds(message.header.stamp) >= begun
                for message in self.emotions))
            final = [message for message in self.emotions if message.final][-1]
            assert nanoseconds(final.duration) > 1.4e9
            self.all_is_well()
        finally:
            for node in reversed(self.nodes):
                node.close()
            self.executor.shutdown()
            for node in (*self.nodes, self.listener):
                node.destroy_node()
            rclpy.try_shutdown()


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=5, stateful_step_count=12, deadline=None,
                             phases=[Phase.generate])
