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

"""Audio from a topic, as AudioFrame or as messages of other packages."""

from emotion_ros.audio.array.geometry import select_microphones
from emotion_ros.audio.resampler import MEAN
from emotion_ros.messages.foreign_audio import ForeignAudio
from emotion_ros.msg import AudioFrame
from emotion_ros.nodes import qos
from emotion_ros.nodes.interfaces import import_messages
from emotion_ros.nodes.messages import message_to_frame

AUDIO_FRAME = 'emotion_ros/AudioFrame'
AUDIO_STAMPED = 'audio_common_msgs/AudioStamped'
AUDIO_DATA_STAMPED = 'audio_common_msgs/AudioDataStamped'
RAW_AUDIO = 'foxglove_msgs/RawAudio'
TYPES = AUDIO_FRAME, AUDIO_STAMPED, AUDIO_DATA_STAMPED, RAW_AUDIO


class AudioInput:
    """Subscribes to `audio`, and to `audio_info` for messages that hold bare bytes.

    Args:
        node: rclpy node that subscribes.
        type_name: one of TYPES.
        array: audio.array.geometry.MicrophoneArray whose microphones become the channels of the
            frames; None for all channels.
        channel: the channel to take without an array, see frame.Frame.select_channel.

    Raises:
        EmotionError: the package of the messages is not installed.

    """

    def __init__(self, node, type_name, array=None, channel=MEAN):
        self._node = node
        self._array = array
        self._channel = channel
        self._type = AudioFrame
        self._info_type = None
        self._qos = qos.AUDIO_HEARD
        if type_name != AUDIO_FRAME:
            messages = import_messages(type_name, f'parameter audio_type is {type_name!r}')
            self._type = getattr(messages, type_name.split('/')[1])
            if type_name == AUDIO_DATA_STAMPED:
                self._info_type = messages.AudioInfo
            else:
                self._qos = qos.AUDIO_BEST_EFFORT
        self._subscriptions = []

    def open(self, on_message, on_error):
        """Subscribe.

        Args:
            on_message: called with each message.
            on_error: called with the ValueError that describes a wrong `audio_info`.

        """
        self._source = ForeignAudio()
        self._subscribe(self._type, 'audio', on_message, self._qos)
        if self._info_type is not None:
            def inform(message):
                try:
                    self._source.inform(message)
                except ValueError as error:
                    on_error(error)

            self._subscribe(self._info_type, 'audio_info', inform, qos.INFO)

    def close(self):
        """Unsubscribe."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []

    def to_frame(self, message):
        """Turn a message into a frame.

        Returns:
            (audio.frame.Frame, frame_id); '' if the message names no microphone.

        Raises:
            ValueError: the message is invalid; the text has the reason.

        """
        if self._type is AudioFrame:
            frame = message_to_frame(message)
        else:
            frame = self._source.frame(
                message, received=self._node.get_clock().now().nanoseconds)
        frame = select_microphones(frame, self._array, self._channel)
        return frame, message.header.frame_id if hasattr(message, 'header') else ''

    def _subscribe(self, message_type, topic, callback, profile):
        self._subscriptions.append(self._node.create_subscription(
            message_type, topic, callback, profile, qos_overriding_options=qos.OVERRIDABLE))
