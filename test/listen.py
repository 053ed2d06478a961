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
