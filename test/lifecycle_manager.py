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

"""A lifecycle manager, and how its nodes end."""

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState

NODES = ['audio_capture', 'feature_extractor', 'emotion_classifier']

SECONDS = 2.0   # within which a process ends


class Manager:
    """Moves nodes through their life cycle."""

    def __init__(self, listener):
        self._call = listener.call

    def state(self, node):
        """Ask for the state of a node."""
        return self._call(GetState, f'{node}/get_state', GetState.Request()).current_state.label

    def states(self):
        """Ask for the states of all nodes."""
        return [self.state(node) for node in NODES]

    def ask(self, node, transition):
        """Ask for a transition; tell whether it succeeded."""
        if transition == 'shutdown':   # it has one name for each state
            transition = f'{self.state(node)}_shutdown'
        number = getattr(Transition, f'TRANSITION_{transition.upper()}')
        return self._call(ChangeState, f'{node}/change_state', ChangeState.Request(
            transition=Transition(id=number))).success

    def move(self, node, *transitions):
        """Do transitions, which succeed."""
        for transition in transitions:
            assert self.ask(node, transition), f'{transition} of {node}'


def ends_quickly(executable, number):
    """Send a signal; tell whether all went well."""
    executable.process.send_signal(number)
    assert executable.finish(timeout=SECONDS) == 0, executable.output
    assert 'Traceback' not in executable.output, executable.output
    return True
