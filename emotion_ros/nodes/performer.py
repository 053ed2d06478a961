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

"""Sounds and services of reactions."""

from collections.abc import Callable, Hashable, Iterable

from rclpy.clock import Clock, ClockType
from std_msgs.msg import Bool
from std_srvs.srv import Trigger

from emotion_ros.audio.devices import LOUDSPEAKERS, DeviceError, retry_after_rescan
from emotion_ros.behavior.player import SoundPlayer, find_sound
from emotion_ros.behavior.reaction import Reaction
from emotion_ros.errors import EmotionError, one_line
from emotion_ros.nodes import qos
from emotion_ros.nodes.run import start_thread

NO_SOUND = 'sounds failed'
NO_SERVICE = 'services failed'

PATIENCE = 1.0
"""A loudspeaker that does not stop within this time [s] is stuck and is abandoned."""

LATE = 5.0
"""A sound that takes longer than its duration by this much [s] is stuck, too."""


class Performer:
    """Plays the sound of a reaction and calls its service, on behalf of a node.

    Both may take time: a sound has a thread, and a service responds at any time. While a sound is
    played, `robot_speaking` is true.

    Args:
        node: lifecycle.ManagedNode, whose counts NO_SOUND and NO_SERVICE are kept.
        on_over: function that is called when everything that was started has ended.

    """

    def __init__(self, node, on_over: Callable[[], None]) -> None:
        self._node = node
        self._on_over = on_over
        self._parts = {}      # that run: {what: (function to end it, timer)}
        self._thread = None   # that plays a sound
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)

    def configure(self, reactions: Iterable[Reaction], *, output_device: str,
                  service_timeout: float) -> None:
        """Create the sounds and clients that reactions need.

        Args:
            reactions: whose sounds and services are used.
            output_device: loudspeaker, as devices.LOUDSPEAKERS finds it.
            service_timeout: time within which a service must answer [s].

        Raises:
            EmotionError: a sound cannot be read, or the name of a service is invalid.

        """
        self._output_device, self._timeout = output_device, service_timeout
        for reaction in reactions:
            self._check(reaction)
        self._triggers = {reaction.name: self._node.create_client(Trigger, reaction.service)
                          for reaction in reactions if reaction.service}
        self._speaking = self._node.create_lifecycle_publisher(Bool, 'robot_speaking', qos.LATCHED)

    def _check(self, reaction):
        if reaction.sound:
            try:
                self._player(reaction)
            except EmotionError as error:
                raise EmotionError(f'parameter {reaction.name}.sound: {error}') from error
        if reaction.service:
            try:
                self._node.resolve_service_name(reaction.service)
            except RuntimeError as error:
                raise EmotionError(f'parameter {reaction.name}.service must be the name of a '
                                   f'service, got {reaction.service!r}') from error

    def look_for_loudspeaker(self) -> None:
        """Warn if there is no loudspeaker; it may be connected later."""
        if not self._hangs():
            try:
                retry_after_rescan(lambda: LOUDSPEAKERS.find(self._output_device))
            except EmotionError as error:
                self._node.get_logger().warning(f'{error}; trying again for each sound')

    def perform(self, reaction: Reaction) -> bool:
        """Start the sound and service of a reaction; return whether any was started."""
        if reaction.service:
            self._call(reaction)
        if reaction.sound:
            self._play(reaction)
        return bool(self._parts)

    def end(self) -> None:
        """End a sound at once, and do not wait for the response of a service."""
        for part in list(self._parts):
            self._end(part)

    def stop(self) -> None:
        """End all, and wait until the loudspeaker is closed."""
        self.end()
        if self._thread is not None:
            self._thread.join(PATIENCE)
        if self._hangs():
            self._node.get_logger().error('the loudspeaker hangs and is abandoned')

    def close(self) -> None:
        """Release what configure() created."""
        for client in self._triggers.values():
            self._node.destroy_client(client)
        self._node.destroy_lifecycle_publisher(self._speaking)

    def _call(self, reaction):
        client, timeout = self._triggers[reaction.name], self._timeout
        if not client.service_is_ready():
            self._node.counts.count_warning(NO_SERVICE, f'{reaction.service} is not available')
            return
        future = client.call_async(Trigger.Request())
        self._begin(future, lambda: client.remove_pending_request(future), timeout,
                    NO_SERVICE, f'{reaction.service} did not answer within {timeout:g} s')
        future.add_done_callback(lambda _: self._answered(future, reaction.service))

    def _answered(self, future, name):
        if not self._end(future):
            return
        response = future.result()
        if response.success:
            self._node.get_logger().info(f'{name} answers {response.message[:100]!r}')
        else:
            self._node.counts.count_warning(
                NO_SERVICE, f'{name} refuses: {response.message[:100]!r}')

    def _player(self, reaction):
        return SoundPlayer(find_sound(reaction.sound), device=self._output_device)

    def _play(self, reaction):
        try:
            if self._hangs():
                raise DeviceError('the loudspeaker hangs: it has not closed yet')
            player = self._player(reaction)
        except EmotionError as error:
            self._node.counts.count_warning(NO_SOUND, error)
            return
        executor = self._node.executor

        def work():
            error = None
            try:
                player.play()
            except Exception as found:   # whatever happens, the next sound is played
                error = found
            executor.create_task(self._played, player, error)

        def fall_silent():
            player.stop()
            if self._node.context.ok():
                self._speaking.publish(Bool(data=False))

        self._speaking.publish(Bool(data=True))
        self._begin(player, fall_silent, player.duration + LATE,
                    NO_SOUND, 'the loudspeaker hangs and is abandoned')
        self._thread = start_thread(self._node, work)

    def _played(self, player, error):
        if self._end(player):
            self._thread.join()   # it has nothing left to do
            if error is not None:
                self._node.counts.count_warning(NO_SOUND, one_line(error))

    def _hangs(self):
        return self._thread is not None and self._thread.is_alive()

    def _begin(self, part: Hashable, end: Callable[[], None], timeout: float, counter: str,
               reason: str) -> None:
        """Register a part of the reaction that was started.

        Args:
            part: what runs.
            end: function that ends it.
            timeout: after which it is ended [s].
            counter, reason: of the warning that is counted then.

        """
        def give_up():
            self._end(part)
            self._node.counts.count_warning(counter, reason)
        self._parts[part] = end, self._node.create_timer(timeout, give_up, clock=self._steady)

    def _end(self, part):
        """End a part; return whether it had not ended before."""
        if part not in self._parts:
            return False
        end, timer = self._parts.pop(part)
        self._node.destroy_timer(timer)
        end()
        if not self._parts:
            self._on_over()
        return True
