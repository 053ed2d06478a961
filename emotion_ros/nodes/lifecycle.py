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

"""The base of the nodes: a life cycle, and a word on /diagnostics."""

from dataclasses import replace
import traceback

from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn

from emotion_ros.errors import one_line
from emotion_ros.nodes.diagnostics import Counts, Level, publish_diagnostics
from emotion_ros.nodes.parameters import Parameter, declare

AUTOSTART = Parameter(
    'autostart', True, 'Configure and activate at start; false waits for a lifecycle manager.')

UNCONFIGURED, INACTIVE, ACTIVE, FINALIZED = 'unconfigured', 'inactive', 'active', 'finalized'


class ManagedNode(LifecycleNode):
    """A node with a life cycle, which goes through it by itself unless `autostart` is false.

    Subclasses say what happens: set_up() when it is configured, start() and stop() when it is
    activated and deactivated, tear_down() when it is cleaned up, diagnose() once a second.

    Args:
        name: of the node.
        parameters: Parameters.
        counters: names of what it counts.
        troubles: of these, the ones that tell of trouble.
        failures: of these, the ones that come in the place of a result.
        node_options: of rclpy's node.

    Attributes:
        stage: UNCONFIGURED, INACTIVE, ACTIVE or FINALIZED.
        counts: diagnostics.Counts.
        fault: exception that ended a thread of the node, or None; run() ends with it.

    Raises:
        EmotionError: a parameter is not allowed.

    """

    def __init__(self, name, parameters, counters, troubles, failures=(), **node_options):
        super().__init__(name, **node_options)
        self.stage = UNCONFIGURED
        self.counts = Counts(counters, troubles, failures)
        self._hopeless = False
        self.fault = None
        self._refusal = None
        self._starting = False
        self._offered = []
        self._autostart = self.offer([AUTOSTART, *parameters])['autostart']
        for service in self.services:
            service.callback = self._answering(service.callback)
        publish_diagnostics(self, self._diagnose)

    def offer(self, parameters):
        """Declare parameters; set_up() gets their values.

        Args:
            parameters: [Parameter].

        Returns:
            {name: value}.

        Raises:
            EmotionError: a parameter is not allowed.

        """
        self._offered += parameters
        return declare(self, parameters)

    def set_up(self, parameters):
        """Make what is needed; what was made is let go again where an error is raised.

        Args:
            parameters: {name: value}.

        Raises:
            EmotionError: a value cannot be used.

        """
        raise NotImplementedError

    def start(self):
        """Begin to work; nothing has begun where an EmotionError is raised."""
        raise NotImplementedError

    def stop(self):
        """End the work; what is in flight is finished first, unless ROS is shutting down."""
        raise NotImplementedError

    def tear_down(self):
        """Let go of what set_up() made."""
        raise NotImplementedError

    def diagnose(self):
        """Tell how the node is, whatever its stage; troubles that were counted are added.

        Returns:
            diagnostics.Diagnosis.

        """
        raise NotImplementedError

    def autostart(self):
        """Configure and activate, unless the parameter autostart is false.

        Raises:
            Exception: why that is impossible.

        """
        if not self._autostart:
            self.get_logger().info('waiting for a lifecycle manager, autostart is false')
            return
        self._starting = True   # what is refused now ends the process, which says it
        for trigger in (self.trigger_configure, self.trigger_activate):
            if trigger() != TransitionCallbackReturn.SUCCESS:
                raise self._refusal
        self._starting = False

    def close(self):
        """Stop and let go, without a transition: for the end of the process."""
        stage, self.stage = self.stage, FINALIZED
        if stage == ACTIVE:
            self.stop()
        if stage in (ACTIVE, INACTIVE):
            self.tear_down()

    def on_configure(self, state):
        """See rclpy.lifecycle.LifecycleNode, as for all transitions here."""
        def work():
            self.set_up({parameter.name: parameter.convert(self.get_parameter(parameter.name).value)
                         for parameter in self._offered})
            return super(ManagedNode, self).on_configure(state)
        return self._go(INACTIVE, work)

    def on_activate(self, state):
        """Let the publishers publish, then start."""
        def work():
            found = super(ManagedNode, self).on_activate(state)
            try:
                self.start()
            except Exception:
                super(ManagedNode, self).on_deactivate(state)
                raise
            return found
        return self._go(ACTIVE, work)

    def on_deactivate(self, state):
        """Stop, then silence the publishers."""
        def work():
            self.stop()
            return super(ManagedNode, self).on_deactivate(state)
        return self._go(INACTIVE, work)

    def on_cleanup(self, state):
        """Let go of everything."""
        def work():
            self.tear_down()
            return super(ManagedNode, self).on_cleanup(state)
        return self._go(UNCONFIGURED, work)

    def on_shutdown(self, state):
        """Stop and let go for good."""
        def work():
            self.close()
            return super(ManagedNode, self).on_shutdown(state)
        return self._go(FINALIZED, work)

    def _answering(self, answer):
        """Let a service give an empty answer where rclpy raises.

        Anyone may ask for what rclpy cannot take, such as a transition that does not fit or a
        parameter of no known type.
        """
        def answering(request, response):
            try:
                return answer(request, response)
            except Exception as error:
                # Quoted and cut: a stranger may have written some of it.
                self.get_logger().error(
                    f'a request failed: {one_line(error)[:300]!r}', throttle_duration_sec=5.0)
                self.get_logger().debug(traceback.format_exc())
                return response
        return answering

    def _go(self, stage, work):
        """Do the work of a transition; what it raises refuses the transition and is said."""
        try:
            found = work()
        except Exception as error:
            self._refusal = error
            self.get_logger().debug(traceback.format_exc())
            if not self._starting:
                self.get_logger().error(one_line(error))
            return TransitionCallbackReturn.FAILURE
        self.stage = stage
        return found

    def _diagnose(self):
        found = self.diagnose()
        news = self.counts.news()
        if news:
            self.get_logger().warning('; '.join(news))
        hopeless = self.counts.hopeless()
        if hopeless and not self._hopeless:
            self.get_logger().error(hopeless)
        self._hopeless = bool(hopeless)
        level = Level.ERROR if hopeless else found.level
        return replace(
            found,
            level=Level.WARN if news and level == Level.OK else level,
            message='; '.join(part for part in (hopeless, found.message, *news) if part),
            values={'state': self.stage, **found.values, **self.counts})
