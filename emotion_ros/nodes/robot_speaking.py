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

"""The topic on which nodes announce that the robot speaks."""

from collections.abc import Iterator

from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node
from rclpy.type_support import check_is_valid_msg_type
from std_msgs.msg import Bool

from emotion_ros.nodes import qos
from emotion_ros.nodes.messages import message_number

TOPIC = 'robot_speaking'


class RobotSpeaking:
    """Takes the messages of `robot_speaking` on request.

    With a subscription of the node, rclpy's EventsExecutor would not provide the sequence number of
    a message, which tells publishers apart. Taking the messages just before the audio also keeps
    them in order.

    Args:
        node: that subscribes.

    """

    def __init__(self, node: Node) -> None:
        check_is_valid_msg_type(Bool)   # loads its type support
        with node.handle:
            self._subscription = rclpy_implementation.Subscription(
                node.handle, Bool, TOPIC, qos.LATCHED_HEARD.get_c_qos_profile())

    def take(self) -> Iterator[tuple[bool, int | None]]:
        """Return the messages since the last call: whether the robot speaks, and the number."""
        with self._subscription:
            while (found := self._subscription.take_message(Bool, False)) is not None:
                message, info = found
                yield message.data, message_number(info)

    def close(self) -> None:
        """Unsubscribe."""
        self._subscription.destroy_when_not_in_use()
