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

"""What a node reports about itself on /diagnostics, once a second."""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import Enum
import platform

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
import numpy as np
from rclpy.clock import Clock, ClockType

PERIOD = 1.0   # s

STUCK = 2
"""Failures in a row, without a result between them, from which a node counts as stuck."""

REMEMBERED = 200
"""Number of recent delays from which the percentiles are computed."""


class Level(Enum):
    """How a node is."""

    OK = DiagnosticStatus.OK
    WARN = DiagnosticStatus.WARN
    ERROR = DiagnosticStatus.ERROR


@dataclass(frozen=True)
class Diagnosis:
    """How a node is, with details.

    Args:
        level: Level.
        message: why, in a few words.
        values: {name: value}.
        hardware: name of the device; '' stands for the computer.

    """

    level: Level = Level.OK
    message: str = ''
    values: dict = field(default_factory=dict)
    hardware: str = ''


class Delays:
    """Recent delays of something [s]."""

    def __init__(self):
        self._newest = deque(maxlen=REMEMBERED)

    def add(self, delay):
        """Take a delay [s]."""
        self._newest.append(delay)

    def values(self, name):
        """Return {'NAME p50 [ms]': ..., 'NAME p95 [ms]': ...}; empty texts without any delay."""
        found = np.quantile(self._newest, [0.5, 0.95]) if self._newest else [None, None]
        return {f'{name} p{percent} [ms]': '' if value is None else f'{1000 * value:.1f}'
                for percent, value in zip((50, 95), found, strict=True)}


class Counts(Counter):
    """Counters of a node, from its start on; they never decrease.

    Args:
        names: of all counters.
        warnings: names of those that are reported as warnings when they grow.
        failures: names of the warnings that mean a result is missing.

    """

    def __init__(self, names, warnings, failures=()):
        super().__init__(dict.fromkeys(names, 0))
        self._reported = dict.fromkeys(warnings, 0)
        self._reasons = {}
        self._failures = failures
        self._in_a_row = 0   # failures since the last result
        self._newest = ''    # of them, with its reason

    def count_warning(self, name, reason):
        """Count a warning; the first reason since pop_warnings() is kept."""
        self[name] += 1
        self._reasons.setdefault(name, str(reason))
        if name in self._failures:
            self._in_a_row += 1
            self._newest = f'{name}: {reason}'

    def result(self, name):
        """Count a result."""
        self[name] += 1
        self._in_a_row = 0

    def forget_failures(self):
        """Begin anew, as a node does that is configured."""
        self._in_a_row = 0

    def stuck(self):
        """Return why the node gives no results; '' if it gives some, or had no input."""
        if self._in_a_row < STUCK:
            return ''
        return f'no results, {self._in_a_row} failures in a row; {self._newest}'

    def pop_warnings(self):
        """Return each warning that grew since the last call, with its count and a reason."""
        grown = {name: self[name] for name, count in self._reported.items()
                 if self[name] > count}
        self._reported.update(grown)
        return [f'{name}: {shown(count)}' + (
            f' ({self._reasons.pop(name)})' if name in self._reasons else '')
                for name, count in grown.items()]


def shown(value):
    """Format a count, or a time [s], for people."""
    return f'{value:.3f}' if isinstance(value, float) else str(value)


def publish_diagnostics(node, diagnose):
    """Publish a node's diagnosis on /diagnostics once a second, in real time even with /clock.

    Args:
        node: rclpy node.
        diagnose: function that returns the Diagnosis.

    """
    publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
    # Named as by diagnostic_updater; an aggregator treats a leading slash as part of a path.
    name = f'{node.get_fully_qualified_name().removeprefix("/")}: state'
    computer = platform.node() or 'unknown computer'

    def publish():
        found = diagnose()
        message = DiagnosticArray(status=[DiagnosticStatus(
            level=found.level.value, name=name,
            message=found.message or found.level.name, hardware_id=found.hardware or computer,
            values=[KeyValue(key=key, value=shown(value)) for key, value in found.values.items()])])
        message.header.stamp = node.get_clock().now().to_msg()
        publisher.publish(message)

    node.create_timer(PERIOD, publish, clock=Clock(clock_type=ClockType.STEADY_TIME))
