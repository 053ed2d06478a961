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

"""Emotions for ROS4HRI (REP-155): the expression of a voice."""

import re

from emotion_ros.errors import EmotionError
from emotion_ros.model.expressions import EXPRESSIONS
from emotion_ros.nodes import qos
from emotion_ros.nodes.interfaces import import_messages

VOICES = '/humans/voices'

MAX_VOICES = 100
"""Most voices that have a publisher at a time: anyone may tell names of speakers."""


def voice_id_of(speaker):
    """Make a part of a topic's name of the name of a speaker."""
    name = re.sub('[^A-Za-z0-9_]', '_', speaker)[:64]
    return name if name[0].isalpha() else f'_{name}'[:64]


class VoiceExpressions:
    """Publishes hri_msgs/Expression on `/humans/voices/<voice_id>/expression`.

    A speaker who is known has a voice of their own, whose id is made of their name.

    Args:
        node: lifecycle.ManagedNode that publishes.
        voice_id: name of the voice of strangers.
        track: list the voice on `/humans/voices/tracked`, too.

    Raises:
        EmotionError: voice_id cannot be part of a topic's name, or hri_msgs is not installed.

    """

    def __init__(self, node, *, voice_id, track):
        if not re.fullmatch('[A-Za-z_][A-Za-z0-9_]{0,63}', voice_id):
            raise EmotionError(f'parameter voice_id is {voice_id!r}, allowed are 1 to 64 letters, '
                               'digits and _, not beginning with a digit')
        self._messages = import_messages('hri_msgs/Expression', 'parameter hri is true')
        self._node = node
        self._voice_id = voice_id
        self._expressions = {}   # publishers by voice, that of strangers first
        self._publisher_of(voice_id)
        self._tracked = track and node.create_lifecycle_publisher(
            self._messages.IdsList, f'{VOICES}/tracked', qos.LATCHED)

    def begin(self):
        """Say that the voice of strangers can be heard; others follow when they are."""
        self._list(list(self._expressions))

    def end(self):
        """Say that none can be heard any longer."""
        self._list([])

    def close(self):
        """Let go of the publishers."""
        for publisher in self._expressions.values():
            self._node.destroy_lifecycle_publisher(publisher)
        if self._tracked:
            self._node.destroy_lifecycle_publisher(self._tracked)

    def publish(self, emotion):
        """Publish the expression of a whole utterance; "unknown" and interim results have none.

        Args:
            emotion: EmotionStamped message.

        """
        expression = EXPRESSIONS.get(emotion.emotion)
        if emotion.final and expression:
            voice_id = voice_id_of(emotion.speaker) if emotion.speaker else self._voice_id
            self._publisher_of(voice_id).publish(self._messages.Expression(
                header=emotion.header, expression=expression, confidence=emotion.confidence,
                valence=emotion.valence, arousal=emotion.arousal))

    def _publisher_of(self, voice_id):
        """Give the publisher of a voice; a new voice takes the place of the oldest of many."""
        if voice_id not in self._expressions:
            publisher = self._node.create_lifecycle_publisher(
                self._messages.Expression, f'{VOICES}/{voice_id}/expression', qos.RESULTS,
                qos_overriding_options=qos.OVERRIDABLE)
            if self._expressions:   # the node is active
                publisher.on_activate(None)
                if len(self._expressions) == MAX_VOICES:
                    oldest = next(name for name in self._expressions if name != self._voice_id)
                    self._node.destroy_lifecycle_publisher(self._expressions.pop(oldest))
                self._list([*self._expressions, voice_id])
            self._expressions[voice_id] = publisher
        return self._expressions[voice_id]

    def _list(self, voice_ids):
        if self._tracked and self._node.context.ok():
            message = self._messages.IdsList(ids=voice_ids)
            message.header.stamp = self._node.get_clock().now().to_msg()
            self._tracked.publish(message)
