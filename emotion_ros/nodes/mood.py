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

"""Node that publishes moods: what each person expresses over minutes, at each microphone."""

from emotion_ros.mood.moods import HALF_LIFE, HALF_LIVES, Moods
from emotion_ros.msg import EmotionStamped, Mood
from emotion_ros.nodes import qos
from emotion_ros.nodes.diagnostics import Diagnosis
from emotion_ros.nodes.lifecycle import ManagedNode
from emotion_ros.nodes.messages import message_to_emotion, mood_to_message
from emotion_ros.nodes.parameters import Parameter
from emotion_ros.nodes.run import run

EMOTIONS = 'emotions'
MALFORMED = 'emotions malformed'
PUBLISHED = 'moods published'
WARNINGS = MALFORMED,
COUNTERS = EMOTIONS, MALFORMED, PUBLISHED

PARAMETERS = (
    Parameter('half_life', HALF_LIFE, 'Time after which an utterance counts half [s].',
              *HALF_LIVES),
    Parameter('period', 10.0, 'Time between moods while nobody speaks [s].',
              minimum=0.1, maximum=3600.0),
)


class MoodNode(ManagedNode):
    """Subscribes to EmotionStamped on `emotion`, publishes Mood on `mood`.

    A mood is published after each utterance, and periodically for each person.

    Raises:
        EmotionError: a parameter is not allowed.

    """

    subscribed = 'emotion',

    def __init__(self, **node_options):
        self._moods = None
        super().__init__('mood', PARAMETERS, COUNTERS, WARNINGS, **node_options)

    def configure(self, parameters):
        """See ManagedNode."""
        self._period = parameters['period']
        self._moods = Moods(parameters['half_life'])
        self._publisher = self.create_lifecycle_publisher(
            Mood, 'mood', qos.RESULTS, qos_overriding_options=qos.OVERRIDABLE)

    def activate(self):
        """See ManagedNode."""
        self._subscription = self.create_subscription(
            EmotionStamped, 'emotion', self._on_emotion, qos.RESULTS,
            qos_overriding_options=qos.OVERRIDABLE)
        self._timer = self.create_timer(self._period, self._on_timer)
        self.get_logger().info('ready')

    def deactivate(self):
        """See ManagedNode."""
        self.destroy_timer(self._timer)
        self.destroy_subscription(self._subscription)

    def cleanup(self):
        """See ManagedNode: the moods are forgotten."""
        self.destroy_lifecycle_publisher(self._publisher)
        self._moods = None

    def diagnose(self):
        """See ManagedNode."""
        return Diagnosis(values={'moods': len(self._moods) if self._moods else 0})

    def _on_emotion(self, message):
        self.counts[EMOTIONS] += 1
        try:
            utterance, emotion = message_to_emotion(message)
        except ValueError as error:
            self.counts.count_warning(MALFORMED, error)
            return
        if utterance.final:
            frame_id = message.header.frame_id
            self._publish(frame_id, self._moods.update(frame_id, utterance, emotion, self._now()))

    def _on_timer(self):
        for frame_id, mood in self._moods.current(self._now()):
            self._publish(frame_id, mood)

    def _publish(self, frame_id, mood):
        self._publisher.publish(mood_to_message(mood, frame_id))
        self.counts[PUBLISHED] += 1

    def _now(self):
        return self.get_clock().now().nanoseconds


def main():
    """Run the node."""
    return run(lambda: [MoodNode()], __doc__, PARAMETERS)
