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

"""Node that reacts to emotions with a sound, a command or a service call."""

from dataclasses import replace
import functools

from rclpy.clock import Clock, ClockType
from std_msgs.msg import Bool, String
from std_srvs.srv import Trigger

from emotion_ros.audio.devices import LOUDSPEAKERS, DeviceError, retry_after_rescan
from emotion_ros.behavior.player import SoundPlayer, find_sound
from emotion_ros.behavior.reactions import (
    ELSEWHERE,
    REACTIONS,
    STALE,
    UNSURE,
    Reaction,
    ReactionPolicy,
    Reactor,
)
from emotion_ros.errors import EmotionError, one_line
from emotion_ros.msg import EmotionStamped, Reaction as ReactionMessage
from emotion_ros.nodes import qos
from emotion_ros.nodes.diagnostics import Diagnosis
from emotion_ros.nodes.lifecycle import ManagedNode
from emotion_ros.nodes.messages import message_to_emotion
from emotion_ros.nodes.parameters import (
    NumbersParameter,
    OptionalParameter,
    Parameter,
    from_field,
)
from emotion_ros.nodes.run import run, start_thread

EMOTIONS = 'emotions'
MALFORMED = 'emotions malformed'
NO_SOUND = 'sounds failed'
NO_SERVICE = 'services failed'
WARNINGS = (MALFORMED, *STALE, NO_SOUND, NO_SERVICE)
COUNTERS = (EMOTIONS, MALFORMED, *STALE, UNSURE, ELSEWHERE, REACTIONS, NO_SOUND, NO_SERVICE)

PATIENCE = 1.0
"""A loudspeaker that does not stop within this time [s] hangs, and is left behind."""

LATE = 5.0
"""A sound that takes so much longer [s] than it lasts hangs, too."""

PARTS = {
    'emotion': 'Emotion to react to: a label of the model.',
    'sound': 'Sound to play: happy_tune, or the path of a file; empty plays none.',
    'command': 'Text to publish on behavior/command; empty publishes none.',
    'service': 'std_srvs/Trigger service to call; empty calls none.',
}
"""Of a reaction NAME: each is a parameter, NAME.emotion and so on."""

SECTOR = 'Azimuths to react to, [from, to], counterclockwise [degrees]; empty means all.'
"""Of a reaction, too."""


_gate = functools.partial(from_field, ReactionPolicy)

GATES = (
    _gate('confidence', 'Utterances below this confidence do not count, 0 to 1; -1 is the '
          'threshold of the classifier.', -1.0, 1.0),
    _gate('agreement', 'How many of the last utterances must show the emotion.', 1, 100),
    _gate('utterances', 'How many of the last utterances are considered.', 1, 100),
    _gate('hold', 'How long they must have agreed [s].', 0.0, 3600.0),
    _gate('cool_down', 'Minimum time from the end of a reaction until it can begin again [s].',
          0.0, 86400.0),
    _gate('staleness', 'An utterance that ended longer ago than this no longer counts [s].',
          0.1, 3600.0),
)

OWN_GATES = tuple(gate for gate in GATES if gate.name != 'staleness')
"""Each reaction may have its own."""


def _reaction(name, **defaults):
    return [*(Parameter(f'{name}.{part}', defaults.get(part, ''), description)
              for part, description in PARTS.items()),
            NumbersParameter(f'{name}.sector', '', SECTOR, choices=('',)),
            *(OptionalParameter(
                f'{name}.{gate.name}', '', f'{gate.name} for this reaction; empty uses '
                'the common one.', other=gate) for gate in OWN_GATES)]


NAMES = Parameter('reactions', ['cheer_up'], 'Names of the reactions; each has ten parameters.',
                  at_start=True)

PARAMETERS = (
    NAMES,
    *_reaction('cheer_up', emotion='sadness', sound='happy_tune', command='cheer_up'),
    *GATES,
    Parameter('output_device', '',
              'Loudspeaker: its number or part of its name; empty is the default.'),
    Parameter('service_timeout', 10.0, 'Time within which a service must answer [s].',
              minimum=0.1, maximum=600.0),
)


class Behavior(ManagedNode):
    """Subscribes to EmotionStamped on `emotion`, publishes String on `behavior/command`.

    Why it reacted is on `behavior/reaction`.

    While a sound of its own lasts it says so on `robot_speaking`.

    What a reaction does may take time: its sound has a thread, its service answers when it likes.
    The reaction is over when both are, or when their time is up.

    Raises:
        EmotionError: a parameter is not allowed.

    """

    def __init__(self, **node_options):
        self._reactor = None
        self._last = ''       # name of the newest reaction
        self._parts = {}      # of the running reaction: {what runs: (function to end it, timer)}
        self._thread = None   # that plays a sound
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        super().__init__('behavior', PARAMETERS, COUNTERS, WARNINGS, **node_options)
        for name in _names(self.get_parameter(NAMES.name).value):
            if name not in NAMES.default:
                self.declare(_reaction(name))

    def configure(self, parameters):
        """See ManagedNode."""
        self._settings = parameters
        policy = ReactionPolicy(**{gate.name: parameters[gate.name] for gate in GATES})
        self._reactions = [
            Reaction(name, sector=tuple(parameters[f'{name}.sector']),
                     policy=_own_policy(name, policy, parameters),
                     **{part: parameters[f'{name}.{part}'] for part in PARTS})
            for name in parameters[NAMES.name]]
        self._reactor = Reactor(self._reactions, policy, counts=self.counts)
        for reaction in self._reactions:
            self._check(reaction)
        self._known = list(self._reactions)   # no message has yet lacked their emotion
        self._triggers = {reaction.name: self.create_client(Trigger, reaction.service)
                          for reaction in self._reactions if reaction.service}
        self._publisher = self.create_lifecycle_publisher(
            String, 'behavior/command', qos.RESULTS, qos_overriding_options=qos.OVERRIDABLE)
        self._reasons = self.create_lifecycle_publisher(
            ReactionMessage, 'behavior/reaction', qos.RESULTS,
            qos_overriding_options=qos.OVERRIDABLE)
        self._speaking = self.create_lifecycle_publisher(Bool, 'robot_speaking', qos.LATCHED)

    def _check(self, reaction):
        """Check what a reaction needs.

        Raises:
            EmotionError: its sound cannot be read, or its service is no name.

        """
        if reaction.sound:
            try:
                self._player(reaction)
            except EmotionError as error:
                raise EmotionError(f'parameter {reaction.name}.sound: {error}') from error
        if reaction.service:
            try:
                self.resolve_service_name(reaction.service)
            except RuntimeError as error:
                raise EmotionError(f'parameter {reaction.name}.service must be the name of a '
                                   f'service, got {reaction.service!r}') from error

    def activate(self):
        """See ManagedNode: a loudspeaker may be missing, it may come later."""
        if any(reaction.sound for reaction in self._reactions) and not self._hangs():
            try:
                retry_after_rescan(lambda: LOUDSPEAKERS.find(self._settings['output_device']))
            except EmotionError as error:
                self.get_logger().warning(f'{error}; it is tried again for each sound')
        self._subscription = self.create_subscription(
            EmotionStamped, 'emotion', self._on_emotion, qos.RESULTS,
            qos_overriding_options=qos.OVERRIDABLE)
        self.get_logger().info('ready, ' + ', '.join(
            f'{reaction.name} where somebody shows {reaction.emotion!r}'
            for reaction in self._reactions))

    def deactivate(self):
        """See ManagedNode: a sound falls silent, the answer of a service is not waited for."""
        self.destroy_subscription(self._subscription)
        for part in list(self._parts):
            self._end(part)
        if self._thread is not None:
            self._thread.join(PATIENCE)
        if self._hangs():
            self.get_logger().error('the loudspeaker hangs, it is left behind')

    def cleanup(self):
        """See ManagedNode."""
        for client in self._triggers.values():
            self.destroy_client(client)
        self.destroy_lifecycle_publisher(self._publisher)
        self.destroy_lifecycle_publisher(self._reasons)
        self.destroy_lifecycle_publisher(self._speaking)

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
        self._look_for_emotions(heard.labels)
        reaction = self._reactor.update(
            heard.emotion, confidence=heard.confidence, start=utterance.stamp,
            end=utterance.stamp + utterance.duration, now=self._now(),
            azimuth=utterance.azimuth)
        if reaction is not None:
            self._reasons.publish(ReactionMessage(
                header=message.header, name=reaction.name, emotion=heard.emotion,
                confidence=heard.confidence, arousal=heard.arousal, valence=heard.valence))
            self._react(reaction)
        else:
            self.get_logger().debug(f'utterance {utterance.number}, {heard.emotion[:100]!r}: no '
                                    f'reaction, {self._reactor.reason}')

    def _look_for_emotions(self, labels):
        """Say it once of each reaction where its emotion is none of the model's."""
        for reaction in [found for found in self._known if found.emotion not in labels]:
            self._known.remove(reaction)
            self.get_logger().warning(
                f'parameter {reaction.name}.emotion is {reaction.emotion!r}, the emotions of the '
                f'model are {", ".join(labels)[:200]!r}')

    def _react(self, reaction):
        self._last = reaction.name
        self.get_logger().info(f'{reaction.name}: somebody shows {reaction.emotion!r}')
        if reaction.command:
            self._publisher.publish(String(data=reaction.command))
        if reaction.service:
            self._call(reaction)
        if reaction.sound:
            self._play(reaction)
        if not self._parts:
            self._reactor.done(self._now())

    def _call(self, reaction):
        client, timeout = self._triggers[reaction.name], self._settings['service_timeout']
        if not client.service_is_ready():
            self.counts.count_warning(NO_SERVICE, f'{reaction.service} is not there')
            return
        future = client.call_async(Trigger.Request())
        self._begin(future, lambda: client.remove_pending_request(future), timeout,
                    NO_SERVICE, f'{reaction.service} gave no answer for {timeout:g} s')
        future.add_done_callback(lambda _: self._answered(future, reaction.service))

    def _answered(self, future, name):
        if not self._end(future):
            return
        response = future.result()
        if response.success:
            self.get_logger().info(f'{name} answers {response.message[:100]!r}')
        else:
            self.counts.count_warning(NO_SERVICE, f'{name} refuses: {response.message[:100]!r}')

    def _player(self, reaction):
        return SoundPlayer(find_sound(reaction.sound), device=self._settings['output_device'])

    def _play(self, reaction):
        try:
            if self._hangs():
                raise DeviceError('the loudspeaker hangs, it has not been closed yet')
            player = self._player(reaction)
        except EmotionError as error:
            self.counts.count_warning(NO_SOUND, error)
            return
        executor = self.executor

        def work():
            error = None
            try:
                player.play()
            except Exception as found:   # whatever it is, the next sound is played
                error = found
            executor.create_task(self._played, player, error)

        def fall_silent():
            player.stop()
            if self.context.ok():
                self._speaking.publish(Bool(data=False))

        self._speaking.publish(Bool(data=True))
        self._begin(player, fall_silent, player.duration + LATE,
                    NO_SOUND, 'the loudspeaker hangs, it is left behind')
        self._thread = start_thread(self, work)

    def _played(self, player, error):
        if self._end(player):
            self._thread.join()   # it has nothing left to do
            if error is not None:
                self.counts.count_warning(NO_SOUND, one_line(error))

    def _hangs(self):
        return self._thread is not None and self._thread.is_alive()

    def _begin(self, part, end, timeout, trouble, reason):
        """Take note of a part of the reaction that has begun.

        Args:
            part: what runs.
            end: function that ends it.
            timeout: time after which it is ended [s].
            trouble, reason: that are counted then.

        """
        def give_up():
            self._end(part)
            self.counts.count_warning(trouble, reason)
        self._parts[part] = end, self.create_timer(timeout, give_up, clock=self._steady)

    def _end(self, part):
        """End a part, if it has not been ended before; the reaction is over with its last one.

        Returns:
            Whether it had not.

        """
        if part not in self._parts:
            return False
        end, timer = self._parts.pop(part)
        self.destroy_timer(timer)
        end()
        if not self._parts:
            self._reactor.done(self._now())
        return True

    def _now(self):
        return self.get_clock().now().nanoseconds


def _own_policy(name, policy, parameters):
    """Make the policy of a reaction: the common one but for what is its own.

    Raises:
        EmotionError: its parameters contradict each other.

    """
    own = {gate.name: parameters[f'{name}.{gate.name}'] for gate in OWN_GATES}
    try:
        return replace(policy, **{gate: value for gate, value in own.items() if value is not None})
    except EmotionError as error:
        raise EmotionError(f'parameter {name}.{error}') from error


def _names(value):
    """Check the parameter reactions.

    Raises:
        EmotionError: a name cannot be one, or is there twice.

    """
    names = NAMES.convert(value)
    for name in names:
        if not name.isidentifier():
            raise EmotionError(f'parameter reactions must be names of letters, digits and _, '
                               f'got {name!r}')
        if names.count(name) > 1:
            raise EmotionError(f'parameter reactions must have each name once, got {name!r} '
                               f'{names.count(name)} times')
    return names


def main():
    """Run the node."""
    return run(lambda: [Behavior()], __doc__, PARAMETERS)
