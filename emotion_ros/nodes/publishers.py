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

"""The publishers of a topic, and which of them a node cannot receive from."""

from dataclasses import dataclass

from rclpy.node import Node
from rclpy.qos import QoSCompatibility, qos_check_compatible
from rclpy.topic_endpoint_info import TopicEndpointInfo


@dataclass(frozen=True)
class Publishers:
    """The publishers of a topic.

    Args:
        matching: number of those that the node receives from; of all while it does not subscribe.
        ignored: why it does not receive from each of the others, for people.

    """

    matching: int
    ignored: list[str]


def find_publishers(node: Node, topic: str) -> Publishers:
    """Find the publishers of a topic, by the name that it has in the node."""
    name = node.resolve_topic_name(topic)
    full_name = node.get_name(), node.get_namespace()
    own = next((info for info in node.get_subscriptions_info_by_topic(name)
                if (info.node_name, info.node_namespace) == full_name), None)
    reasons = [own and _mismatch(info, own) for info in node.get_publishers_info_by_topic(name)]
    ignored = sorted(filter(None, reasons))
    return Publishers(len(reasons) - len(ignored), [
        f'a publisher of {topic} is ignored: {reason}' for reason in ignored])


def _mismatch(publisher: TopicEndpointInfo, subscription: TopicEndpointInfo) -> str:
    """Return why a publisher and a subscription do not match; '' if they do."""
    if publisher.topic_type != subscription.topic_type:
        return f'its type is {publisher.topic_type[:100]!r}, not {subscription.topic_type!r}'
    verdict, reason = qos_check_compatible(publisher.qos_profile, subscription.qos_profile)
    if verdict != QoSCompatibility.ERROR:
        return ''
    # It is 'ERROR: Best effort publisher and reliable subscription;', perhaps several of these.
    return ', '.join(part.partition(': ')[2].lower() for part in reason.split(';') if part)
