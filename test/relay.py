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

"""Messages of packages that not everybody has, published and heard in a process apart.

Two packages may have the same name, so none of them is imported by the tests themselves.
"""

import importlib
import json
import subprocess
import sys
import threading

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from harness import Listener, wait_until


class Relay:
    """The process; a context manager.

    Args:
        environment: of interface_packages.environment_with().

    """

    def __init__(self, environment):
        self._process = subprocess.Popen(
            [sys.executable, __file__], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._heard = {}
        threading.Thread(target=self._read, daemon=True).start()

    def subscribe(self, message_type, topic, *, latched=False):
        """Subscribe; give the list that messages are appended to, as dictionaries."""
        received = self._heard.setdefault(topic, [])
        self._order('subscribe', message_type, topic, latched=latched)
        return received

    def publish(self, message_type, topic, *messages, reliable=True):
        """Publish once somebody subscribes.

        Args:
            message_type: such as 'std_msgs/msg/String'.
            topic: name.
            messages: {field: value}; what is left out stays as it is in a new message.
            reliable: or else best effort, as decided by the first call for this topic.

        """
        self._order('publish', message_type, topic, messages=messages, reliable=reliable)

    def _order(self, *order, **options):
        self._process.stdin.write(json.dumps([*order, options]) + '\n')
        self._process.stdin.flush()

    def _read(self):
        for line in self._process.stdout:
            topic, message = json.loads(line)
            self._heard[topic].append(message)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        assert self._process.wait(20.0) == 0


def to_fields(value):
    """Turn a message into a dictionary."""
    if hasattr(value, 'get_fields_and_field_types'):
        return {name: to_fields(getattr(value, name))
                for name in value.get_fields_and_field_types()}
    return value if isinstance(value, (bool, int, float, str)) else [*map(to_fields, value)]


def fill(message, fields):
    """Set fields of a message from a dictionary; return it."""
    for name, value in fields.items():
        if isinstance(value, dict):
            fill(getattr(message, name), value)
        else:
            setattr(message, name, value)
    return message


def main():
    """Do what the lines of the standard input say, until it ends."""
    publishers = {}
    with Listener() as listener:
        for line in sys.stdin:
            verb, type_name, topic, options = json.loads(line)
            package, _, name = type_name.split('/')
            message_type = getattr(importlib.import_module(f'{package}.msg'), name)
            if verb == 'subscribe':
                def said(message, topic=topic):
                    print(json.dumps([topic, to_fields(message)]), flush=True)

                listener.node.create_subscription(message_type, topic, said, QoSProfile(
                    depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL if options['latched']
                    else DurabilityPolicy.VOLATILE))
                continue
            if topic not in publishers:
                publishers[topic] = listener.node.create_publisher(
                    message_type, topic, QoSProfile(
                        depth=1000, reliability=ReliabilityPolicy.RELIABLE if options['reliable']
                        else ReliabilityPolicy.BEST_EFFORT))
                wait_until(publishers[topic].get_subscription_count, what=f'readers of {topic}')
            for fields in options['messages']:
                publishers[topic].publish(fill(message_type(), fields))
    return 0


if __name__ == '__main__':
    sys.exit(main())
