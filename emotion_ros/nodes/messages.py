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

"""Messages of rclpy to the types of the stages and back; emotion_ros.messages has the rules."""

from array import array
from collections.abc import Mapping

from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Point, Pose, PoseStamped, Quaternion
from std_msgs.msg import Header

from emotion_ros.messages import stamps
from emotion_ros.messages.conversion import (
    MessageMaker,
    message_to_emotion,
    message_to_features,
    message_to_frame,
    message_to_mood,
    message_to_speaker,
)
from emotion_ros.mood.moods import Mood as MoodState
from emotion_ros.msg import AudioFrame, EmotionStamped, FeatureMatrix, Mood, VoiceFeatures

__all__ = ['direction_to_message', 'emotion_to_message', 'features_to_message', 'frame_to_message',
           'message_number', 'message_to_emotion', 'message_to_features', 'message_to_frame',
           'message_to_mood', 'message_to_speaker', 'mood_to_message']

UNKNOWN_NUMBER = 2**63
"""Values from here on mean that the middleware does not number messages."""

_MAKER = MessageMaker(
    Time=Time, Duration=Duration, Header=Header, PoseStamped=PoseStamped, Pose=Pose, Point=Point,
    Quaternion=Quaternion, AudioFrame=AudioFrame, VoiceFeatures=VoiceFeatures,
    FeatureMatrix=FeatureMatrix, EmotionStamped=EmotionStamped,
    array=lambda values: array(values.dtype.char, values.tobytes()))

frame_to_message = _MAKER.frame
features_to_message = _MAKER.features
emotion_to_message = _MAKER.emotion
direction_to_message = _MAKER.direction


def message_number(info: Mapping[str, int | None]) -> int | None:
    """Return the sequence number that the publisher gave a message.

    None if it gives none, as with Cyclone DDS, or if rclpy does not tell it, as on Humble.
    """
    number = info.get('publication_sequence_number')
    return number if number is not None and 0 < number < UNKNOWN_NUMBER else None


def mood_to_message(mood: MoodState, frame_id: str) -> Mood:
    """Turn a mood.moods.Mood into a message."""
    return Mood(
        header=Header(stamp=Time(**stamps.split(min(mood.stamp, stamps.LAST))), frame_id=frame_id),
        speaker=mood.speaker,
        utterances=mood.utterances,
        since_last=Duration(**stamps.split(min(mood.since_last, stamps.LAST))),
        half_life=mood.half_life,
        weight=mood.weight,
        labels=list(mood.labels),
        probabilities=array('f', mood.probabilities),
        arousal=mood.arousal,
        valence=mood.valence,
        arousal_trend=mood.arousal_trend,
        valence_trend=mood.valence_trend)
