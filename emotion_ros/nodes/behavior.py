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

"""Node that reacts to emotions and moods with a sound, a command or a service call."""

from rcl_interfaces.msg import SetParametersResult
from std_msgs.msg import String

from emotion_ros.behavior.reactions import ELSEWHERE, REACTIONS, STALE, UNSURE, Reactor
from emotion_ros.errors import EmotionError
from emotion_ros.mood.moods import Mood as MoodState, keep_newest
from emotion_ros.msg import EmotionStamped, Mood, Reaction as ReactionMessage
from emotion_ros.nodes import qos
from emotion_ros.nodes.behavior_parameters import (
    NAMES,
    PARAMETERS,
    reaction_names,
    reaction_parameters,
    to_reactions,
)
from emotion_ros.nodes.diagnostics import Diagnosis
from emotion_ros.nodes.lifecycle import UNCONFIGURED, ManagedNode
from emotion_ros.nodes.messages import message_to_emotion, message_to_mood, mood_to_message
from emotion_ros.nodes.performer import NO_SERVICE, NO_SOUND, Performer
from emotion_ros.nodes.run import run

EMOTIONS = 'emotions'
MALFORMED = 'emotions malformed'
MOODS = 'moods'
MOODS_MALFORMED = 'moods malformed'
WARNINGS = (MALFORMED, MOODS_MALFORMED, *STALE, NO_SOUND, NO_SERVICE)
COUNTERS = (EMOTIONS, MALFORMED, MOODS, MOODS_MALFORMED, *STALE, UNSURE, ELSEWHERE, REACTIONS,
            NO_SOUND, NO_SERVICE)


class Behavior(ManagedNode):
    """Subscribes to EmotionStamped on `emotion` and to Mood on `mood`, and reacts to them.

    It publishes String on `behavior/command`, and the reason for a reaction on
    `behavior/reaction`. While it plays a sound, `robot_speaking` is true. A reaction is over when
    its sound and its service have ended or timed out.

    Raises:
        EmotionError: a parameter is not allowed.

    """

    subscribed = 'emotion', 'mood'

    def __init__(self, **node_options):
        self._reactor = None
        self._last = ''    # name of the newest reaction
        self._moods = {}   # newest of each person, by frame_id and speaker
        super().__init__('behavior', PARAMETERS, COUNTERS, WARNINGS, **node_options)
        self._performer = Performer(self, lambda: self._reactor.done(self._now()))
        self.add_on_set_parameters_callback(self._declare_reactions)
        self._declare(reaction_names(self.value(NAMES.name)))

    def _declare(self, names):
        for name in names:
            if not self.has_parameter(f'{name}.emotion'):
                self.declare(reaction_parameters(name))

    def _declare_reactions(self, changes):
        """Declare the parameters of reactions that are added while the node is unconfigured."""
        for change in changes:
            if change.name == NAMES.name and self.state == UNCONFIGURED:
                try:
                    self._declare(reaction_names(change.value))
                except EmotionError as error:
                    return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def configure(self, parameters):
        """See ManagedNode."""
        self._reactions, policy = to_reactions(parameters)
        reactor = Reactor(self._reactions, policy, counts=self.counts)
        self._performer.configure(
            self._reactions, output_device=parameters['output_device'],
            service_timeout=parameters['service_timeout'])
        self._reactor = reactor
        self._known = list(self._reactions)   # the model may provide all that they need
        self._publisher = self.create_lifecycle_publisher(
            String, 'behavior/command', qos.RESULTS, qos_overriding_options=qos.OVERRIDABLE)
        self._reasons = self.create_lifecycle_publisher(
            ReactionMessage, 'behavior/reaction', qos.RESULTS,
            qos_overriding_options=qos.OVERRIDABLE)

    def change(self, parameters):
        """See ManagedNode: past utterances and the running reaction are kept."""
        reactions, policy = to_reactions(parameters)
        self._reactor.change(reactions, policy)
        self._reactions, self._known = reactions, list(reactions)

    def activate(self):
        """See ManagedNode: a missing loudspeaker is not an error, as it may be connected later."""
        if any(reaction.sound for reaction in self._reactions):
            self._performer.look_for_loudspeaker()
        self._subscriptions_made = [
            self.create_subscription(kind, topic, take, qos.RESULTS,
                                     qos_overriding_options=qos.OVERRIDABLE)
            for kind, topic, take in ((EmotionStamped, 'emotion', self._on_emotion),
                                      (Mood, 'mood', self._on_mood))]
        self.get_logger().info('ready, ' + ', '.join(
            f'{reaction.name} where {_shows(reaction)}' for reaction in self._reactions))

    def deactivate(self):
        """See ManagedNode: a sound is stopped, and the response of a service is not awaited."""
        for subscription in self._subscriptions_made:
            self.destroy_subscription(subscription)
        self._performer.stop()

    def before_shutdown(self):
        """See ManagedNode: a sound is stopped, so that the robot no longer counts as speaking."""
        self._performer.end()

    def cleanup(self):
        """See ManagedNode."""
        self._performer.close()
        self.destroy_lifecycle_publisher(self._publisher)
        self.destroy_lifecycle_publisher(self._reasons)
        self._moods = {}

    def diagnose(self):
        """See ManagedNode."""
        running = self._reactor and self._reactor.running
        return Diagnosis(values={
            'running reaction': running.name if running else '', 'last reaction': self._last})

    def _on_emotion(self, message):
        self.counts[EMOTIONS] += 1
        try:
            utterance, heard = message_to_emotion(message)
        except ValueError as error:
            self.counts.count_warning(MALFORMED, error)
            return
        if not utterance.final:
            return
        self._look_for_lacks(heard)
        frame_id = message.header.frame_id
        reaction = self._reactor.update(
            heard.emotion, confidence=heard.confidence, start=utterance.stamp,
            end=utterance.stamp + utterance.duration, now=self._now(), azimuth=utterance.azimuth,
            arousal=heard.arousal, valence=heard.valence, frame_id=frame_id)
        if reaction is None:
            self.get_logger().debug(f'utterance {utterance.number}, {heard.emotion[:100]!r}: no '
                                    f'reaction, {self._reactor.reason}')
            return
        mood = self._moods.get((frame_id, heard.speaker), MoodState(0))
        self._react(reaction, ReactionMessage(
            header=message.header, name=reaction.name, emotion=heard.emotion,
            confidence=heard.confidence, arousal=heard.arousal, valence=heard.valence,
            mood=mood_to_message(mood, frame_id)))

    def _on_mood(self, message):
        self.counts[MOODS] += 1
        try:
            mood = message_to_mood(message)
        except ValueError as error:
            self.counts.count_warning(MOODS_MALFORMED, error)
            return
        frame_id = message.header.frame_id
        keep_newest(self._moods, (frame_id, mood.speaker), mood)
        reaction = self._reactor.update_mood(mood, now=self._now(), frame_id=frame_id)
        if reaction is None:
            self.get_logger().debug(f'mood {mood.emotion[:100]!r}: no reaction, '
                                    f'{self._reactor.reason}')
            return
        self._react(reaction, ReactionMessage(
            header=message.header, name=reaction.name, on_mood=True, emotion=mood.emotion,
            confidence=float(max(mood.probabilities)), arousal=mood.arousal, valence=mood.valence,
            mood=message))

    def _look_for_lacks(self, heard):
        """Warn, once per reaction, if the model never provides what it needs."""
        for reaction in list(self._known):
            lack = reaction.lacks(heard.labels, heard.arousal, heard.valence)
            if lack:
                self._known.remove(reaction)
                self.get_logger().warning(f'parameter {reaction.name}.{lack}')

    def _react(self, reaction, reason):
        self._last = reaction.name
        self.get_logger().info(f'{reaction.name}: {_shows(reaction)}')
        self._reasons.publish(reason)
        if reaction.command:
            self._publisher.publish(String(data=reaction.command))
        if not self._performer.perform(reaction):
            self._reactor.done(self._now())

    def _now(self):
        return self.get_clock().now().nanoseconds


def _shows(reaction):
    return f"{'the mood is' if reaction.on_mood else 'somebody shows'} {reaction.purpose}"


def main():
    """Run the node."""
    return run(lambda: [Behavior()], __doc__, PARAMETERS)
