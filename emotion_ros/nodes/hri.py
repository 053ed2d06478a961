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

"""Voices for ROS4HRI (REP-155): who speaks, how, and with which expression."""

from dataclasses import asdict, dataclass
from hashlib import blake2b
import re
import threading

from rclpy.lifecycle import LifecyclePublisher
from std_msgs.msg import Bool

from emotion_ros.errors import EmotionError
from emotion_ros.features.voice_summary import BLOCK, VoiceSummary
from emotion_ros.model.expressions import EXPRESSIONS
from emotion_ros.nodes import qos
from emotion_ros.nodes.interfaces import import_messages

VOICES = '/humans/voices'

MAX_VOICES = 100
"""Maximum number of voices with publishers: anyone may publish names of speakers."""


_VOICE_ID = re.compile('[A-Za-z_][A-Za-z0-9_]{0,63}')


def voice_id_of(speaker, strangers):
    """Turn the name of a speaker into a part of a topic name.

    A name that cannot be used as it is gets a short hash, so that no two names have the same id.

    Args:
        speaker: the name.
        strangers: id of the voice of strangers, which no speaker gets.

    """
    if _VOICE_ID.fullmatch(speaker) and speaker != strangers:
        return speaker
    name = re.sub('[^A-Za-z0-9_]', '_', speaker)
    digest = blake2b(speaker.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()
    return f'{"_" if name[0].isdigit() else ""}{name}'[:55] + f'_{digest}'


@dataclass(frozen=True)
class _Voice:
    """The publishers of a voice."""

    expression: LifecyclePublisher
    features: LifecyclePublisher
    is_speaking: LifecyclePublisher

    @property
    def publishers(self):
        return self.expression, self.features, self.is_speaking


class Voices:
    """Publishes `expression`, `features` and `is_speaking` of voices in `/humans/voices/<id>`.

    A known speaker has their own voice, with an id derived from their name.

    Args:
        node: lifecycle.ManagedNode that publishes.
        voice_id: name of the voice of strangers.
        track: whether to list the voices on `/humans/voices/tracked`.

    Raises:
        EmotionError: voice_id cannot be part of a topic name, or hri_msgs is not installed.

    """

    def __init__(self, node, *, voice_id, track):
        if not _VOICE_ID.fullmatch(voice_id):
            raise EmotionError(f'parameter voice_id must be 1 to 64 letters, digits and _, not '
                               f'beginning with a digit, got {voice_id!r}')
        self._messages = import_messages('hri_msgs/Expression', 'parameter hri is true')
        self._node = node
        self._voice_id = voice_id
        self._lock = threading.Lock()   # results and person_speaking arrive in two threads
        self._active = False
        self._speaking = ''   # id of the voice that speaks
        self._voices = {}   # by id, that of strangers first
        self._voice(voice_id)
        self._tracked = track and node.create_lifecycle_publisher(
            self._messages.IdsList, f'{VOICES}/tracked', qos.LATCHED)

    def begin(self):
        """Start to list the voice of strangers; others follow once they speak."""
        self._active = True
        self._list(list(self._voices))
        self._subscription = self._node.create_subscription(
            Bool, 'person_speaking', self._on_speaking, qos.LATCHED_HEARD)

    def end(self):
        """Stop listing voices."""
        self._node.destroy_subscription(self._subscription)
        self.leave()
        self._active = False

    def leave(self):
        """Publish that no voice speaks, and that there is none."""
        with self._lock:
            self._speak('')
        self._list([])

    def close(self):
        """Destroy the publishers."""
        for voice in self._voices.values():
            self._destroy(voice)
        if self._tracked:
            self._node.destroy_lifecycle_publisher(self._tracked)

    def publish(self, emotion, features):
        """Publish the features and expression of a whole utterance, and whose voice it is.

        "unknown" and interim results have no expression.

        Args:
            emotion: EmotionStamped message.
            features: features.extractor.VoiceFeatures; descriptors of the voice are published
                if they contain them.

        """
        with self._lock:
            voice_id = self._id_of(emotion.speaker)
            if self._speaking and self._speaking != voice_id:
                self._speak(voice_id)
            if not emotion.final:
                return
            voice, expression = self._voice(voice_id), EXPRESSIONS.get(emotion.emotion)
            if expression:
                voice.expression.publish(self._messages.Expression(
                    header=emotion.header, expression=expression, confidence=emotion.confidence,
                    valence=emotion.valence, arousal=emotion.arousal))
            if BLOCK in features.matrices:
                found = VoiceSummary.from_functionals(features.matrices[BLOCK])
                voice.features.publish(self._messages.AudioFeatures(**asdict(found)))

    def _on_speaking(self, message):
        with self._lock:
            self._speak(self._id_of(self._node.value('speaker')) if message.data else '')

    def _id_of(self, speaker):
        return voice_id_of(speaker, self._voice_id) if speaker else self._voice_id

    def _speak(self, voice_id):
        """Publish which voice speaks; '' for none."""
        before, self._speaking = self._speaking, voice_id
        for changed in dict.fromkeys((before, voice_id)):
            if changed and before != voice_id and self._node.context.ok():
                self._voice(changed).is_speaking.publish(Bool(data=changed == voice_id))

    def _voice(self, voice_id):
        """Return the publishers of a voice; beyond the maximum, a new voice replaces the oldest."""
        if voice_id not in self._voices:
            voice = _Voice(
                self._publisher(self._messages.Expression, voice_id, 'expression', qos.RESULTS),
                self._publisher(self._messages.AudioFeatures, voice_id, 'features', qos.RESULTS),
                self._publisher(Bool, voice_id, 'is_speaking', qos.LATCHED))
            if self._active:
                for publisher in voice.publishers:
                    publisher.on_activate(None)
                if len(self._voices) == MAX_VOICES:
                    oldest = next(name for name in self._voices
                                  if name not in (self._voice_id, self._speaking))
                    self._destroy(self._voices.pop(oldest))
                self._list([*self._voices, voice_id])
            self._voices[voice_id] = voice
        return self._voices[voice_id]

    def _publisher(self, message_type, voice_id, topic, profile):
        return self._node.create_lifecycle_publisher(
            message_type, f'{VOICES}/{voice_id}/{topic}', profile,
            qos_overriding_options=qos.OVERRIDABLE)

    def _destroy(self, voice):
        for publisher in voice.publishers:
            self._node.destroy_lifecycle_publisher(publisher)

    def _list(self, voice_ids):
        if self._tracked and self._node.context.ok():
            message = self._messages.IdsList(ids=voice_ids)
            message.header.stamp = self._node.get_clock().now().to_msg()
            self._tracked.publish(message)
