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

"""Record the sound and the emotions into a bag until Ctrl-C, without the ros2 command.

usage: record.py BAG    BAG is a folder that is made
"""

import argparse
from pathlib import Path
import sys

import rclpy
from rclpy.executors import ExternalShutdownException
from rosbags.rosbag2 import StoragePlugin, Writer, WriterError

from emotion_ros.bags import types
from emotion_ros.msg import AudioFrame, EmotionStamped
from emotion_ros.nodes import qos

TOPICS = {'audio': (AudioFrame, types.AUDIO_FRAME, qos.AUDIO_HEARD),
          'emotion': (EmotionStamped, types.EMOTION_STAMPED, qos.RESULTS)}


def record(path):
    """Record into a bag; return the number of messages by topic."""
    counts = dict.fromkeys(TOPICS, 0)
    rclpy.init()
    node = rclpy.create_node('record')
    with Writer(path, version=8, storage_plugin=StoragePlugin.MCAP) as writer:
        for topic, (message_type, name, profile) in TOPICS.items():
            text, digest = types.added_definition(name)
            connection = writer.add_connection(
                node.resolve_topic_name(topic), name, msgdef=text, rihs01=digest)

            def write(data, topic=topic, connection=connection):
                writer.write(connection, node.get_clock().now().nanoseconds, data)
                counts[topic] += 1

            node.create_subscription(message_type, topic, write, profile, raw=True)
        print(f'recording into {str(path)!r}, end with Ctrl-C', flush=True)
        try:
            rclpy.spin(node)
        except (KeyboardInterrupt, ExternalShutdownException):
            pass
    rclpy.try_shutdown()
    return counts


def main():
    """Read the command line and record."""
    parser = argparse.ArgumentParser(description='Record sound and emotions into a bag.')
    parser.add_argument('bag', type=Path, metavar='BAG', help='folder that is made')
    path = parser.parse_args().bag
    if path.exists():
        print(f'emotion_ros: BAG must be a folder that does not exist yet, got {str(path)!r}',
              file=sys.stderr)
        return 1
    try:
        counts = record(path)
    except (OSError, WriterError) as error:
        print(f'emotion_ros: cannot write {str(path)!r}: {error}', file=sys.stderr)
        return 1
    print(', '.join(f'{topic}: {count} messages' for topic, count in counts.items()))
    return 0


if __name__ == '__main__':
    sys.exit(main())
