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

"""Print each message that is heard, a line each: its topic, then it serialized, in hex."""

from diagnostic_msgs.msg import DiagnosticArray
import rclpy

from emotion_ros.msg import AudioFrame, EmotionStamped, VoiceFeatures
from emotion_ros.nodes import qos

TOPICS = {
    'audio': (AudioFrame, qos.AUDIO_HEARD),
    'voice_features': (VoiceFeatures, qos.RESULTS),
    'emotion': (EmotionStamped, qos.RESULTS),
    '/diagnostics': (DiagnosticArray, 10),
}

if __name__ == '__main__':
    rclpy.init()
    node = rclpy.create_node('listener')
    for topic, (message_type, profile) in TOPICS.items():
        node.create_subscription(
            message_type, topic,
            lambda data, topic=topic: print(topic, data.hex(), flush=True), profile, raw=True)
    rclpy.spin(node)
