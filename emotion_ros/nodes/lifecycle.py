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

"""The base of the nodes: lifecycle and diagnostics."""

from dataclasses import replace
import traceback

from rcl_interfaces.msg import SetParametersResult
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn

from emotion_ros.errors import EmotionError, one_line
from emotion_ros.nodes.diagnostics import Counts, Level, publish_diagnostics
from emotion_ros.nodes.parameters import Parameter, check_change, declare
from emotion_ros.nodes.publishers import find_publishers
from emotion_ros.nodes.rclpy_faults import check_names, guard_service

AUTOSTART = Parameter(
    'autostart', True, 'Configure and activate at startup; false waits for a lifecycle manager.',
    at_start=True)

UNCONFIGURED, INACTIVE, ACTIVE, FINALIZED = 'unconfigured', 'inactive', 'active', 'finalized'


class ManagedNode(LifecycleNode):
    """A lifecycle node that configures and activates itself unless `autostart` is false.

    Subclasses define configure(), activate(), deactivate() and cleanup(), which the transitions of
    those names call, diagnose(), which is called once a second, and change() where parameters can
    be set at any time.

    Args:
        name: of the node.
        parameters: Parameters.
        counters: names of what it counts.
        warnings: those of them that are reported as warnings when they grow.
        failures: those of the warnings that mean a result is missing.
        node_options: of rclpy's node.

    Attributes:
        subscribed: topics that subclasses subscribe to while active; a publisher that does not
            match is a warning.
        state: UNCONFIGURED, INACTIVE, ACTIVE or FINALIZED.
        counts: diagnostics.Counts.
        fault: exception that ended a thread of the node, or None; run() ends with it.

    Raises:
        EmotionError: a parameter is not allowed.

    """

    subscribed: tuple[str, ...] = ()

    def __init__(self, name, parameters, counters, warnings, failures=(), **node_options):
        super().__init__(name, **node_options)
        self.state = UNCONFIGURED
        self.counts = Counts(counters, warnings, failures)
        self._stuck = False
        self._ignored = []
        self.fault = None
        self._refusal = None
        self._starting = False
        self._declared = {}
        self.add_on_set_parameters_callback(self._on_set)
        self._autostart = self.declare([AUTOSTART, *parameters])['autostart']
        for service in self.services:
            service.callback = guard_service(self, service.callback)
        publish_diagnostics(self, self._diagnose)

    def declare(self, parameters):
        """Declare parameters; configure() gets their values.

        Args:
            parameters: [Parameter].

        Returns:
            {name: value}.

        Raises:
            EmotionError: a parameter is not allowed.

        """
        values = declare(self, parameters)
        self._declared.update({parameter.name: parameter for parameter in parameters})
        return values

    def value(self, name):
        """Return the present value of a declared parameter, of the parameter's own type.

        ROS keeps what a user gave: it may be a whole number for a float, or a number for a text.
        """
        return self._declared[name].convert(self.get_parameter(name).value)

    def configure(self, parameters):
        """Create what is needed, and release it again if an error is raised.

        Args:
            parameters: {name: value}.

        Raises:
            EmotionError: a value cannot be used.

        """
        raise NotImplementedError

    def change(self, parameters):
        """Use other values of the parameters that can be set at any time.

        Args:
            parameters: {name: value}, all.

        Raises:
            EmotionError: they contradict each other; nothing has changed.

        """

    def activate(self):
        """Start working; nothing has been started if an EmotionError is raised."""
        raise NotImplementedError

    def deactivate(self):
        """Stop working; what is in flight is finished first, unless ROS is shutting down."""
        raise NotImplementedError

    def cleanup(self):
        """Release what configure() created."""
        raise NotImplementedError

    def diagnose(self):
        """Report how the node is, in any state; counted warnings are added to it.

        Returns:
            diagnostics.Diagnosis.

        """
        raise NotImplementedError

    def before_shutdown(self):
        """Tell others what will no longer be true; called if active, while ROS still runs."""

    def autostart(self):
        """Configure and activate, unless the parameter autostart is false.

        Raises:
            Exception: why that is impossible.

        """
        if not self._autostart:
            self.get_logger().info('waiting for a lifecycle manager, autostart is false')
            return
        self._starting = True   # a refusal now ends the process, which reports it
        for trigger in (self.trigger_configure, self.trigger_activate):
            if trigger() != TransitionCallbackReturn.SUCCESS:
                raise self._refusal
        self._starting = False

    def close(self):
        """Deactivate and clean up without a transition, at the end of the process."""
        state, self.state = self.state, FINALIZED
        if state == ACTIVE:
            self.deactivate()
        if state in (ACTIVE, INACTIVE):
            self.cleanup()

    def on_configure(self, state):
        """See rclpy.lifecycle.LifecycleNode, as for all transitions here."""
        def work():
            self.counts.forget_failures()
            self.configure(self._values())
            return super(ManagedNode, self).on_configure(state)
        return self._transition(INACTIVE, work)

    def on_activate(self, state):
        """Enable the publishers, then activate."""
        def work():
            found = super(ManagedNode, self).on_activate(state)
            try:
                self.activate()
            except Exception:
                super(ManagedNode, self).on_deactivate(state)
                raise
            return found
        return self._transition(ACTIVE, work)

    def on_deactivate(self, state):
        """Deactivate, then disable the publishers."""
        def work():
            self.deactivate()
            return super(ManagedNode, self).on_deactivate(state)
        return self._transition(INACTIVE, work)

    def on_cleanup(self, state):
        """Clean up."""
        def work():
            self.cleanup()
            return super(ManagedNode, self).on_cleanup(state)
        return self._transition(UNCONFIGURED, work)

    def on_shutdown(self, state):
        """Deactivate and clean up for good."""
        def work():
            self.close()
            return super(ManagedNode, self).on_shutdown(state)
        return self._transition(FINALIZED, work)

    def _values(self):
        return {name: self.value(name) for name in self._declared}

    def _on_set(self, changes):
        """Check new values of parameters; rclpy calls this before it sets them."""
        is_configured = self.state in (INACTIVE, ACTIVE)
        try:
            check_names(changes)
            values = {change.name: check_change(
                self._declared[change.name], change, is_configured=is_configured)
                for change in changes if change.name in self._declared}
            if values and is_configured:
                self.change(self._values() | values)
        except EmotionError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _transition(self, state, work):
        """Do the work of a transition; an exception refuses the transition and is logged."""
        try:
            found = work()
        except Exception as error:
            self._refusal = error
            self.get_logger().debug(traceback.format_exc())
            if not self._starting:
                self.get_logger().error(one_line(error))
            return TransitionCallbackReturn.FAILURE
        self.state = state
        return found

    def _diagnose(self):
        found = self.diagnose()
        ignored = [reason for topic in self.subscribed if self.state == ACTIVE
                   for reason in find_publishers(self, topic).ignored]
        new = [reason for reason in ignored if reason not in self._ignored]
        self._ignored = ignored
        warnings = self.counts.pop_warnings()
        if new or warnings:
            self.get_logger().warning('; '.join(new + warnings))
        warnings = ignored + warnings
        stuck = self.counts.stuck() if self.state == ACTIVE else ''
        if stuck and not self._stuck:
            self.get_logger().error(stuck)
        self._stuck = bool(stuck)
        level = Level.ERROR if stuck else found.level
        return replace(
            found,
            level=Level.WARN if warnings and level == Level.OK else level,
            message='; '.join(part for part in (stuck, found.message, *warnings) if part),
            values={'state': self.state, **found.values, **self.counts})
