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

"""What a node says of itself on /diagnostics, once a second."""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import Enum
import platform

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
import numpy as np
from rclpy.clock import Clock, ClockType

PERIOD = 1.0   # s

HOPELESS = 2
"""So many failures in a row, without a result, are no chance."""

REMEMBERED = 200
"""Newest delays from which the percentiles are computed."""


class Level(Enum):
    """How a node is."""

    OK = DiagnosticStatus.OK
    WARN = DiagnosticStatus.WARN
    ERROR = DiagnosticStatus.ERROR


@dataclass(frozen=True)
class Diagnosis:
    """How a node is, and what it has to show.

    Args:
        level: Level.
        message: why, in a few words.
        values: {name: value}.
        hardware: name of the device; without one the computer is meant.

    """

    level: Level = Level.OK
    message: str = ''
    values: dict = field(default_factory=dict)
    hardware: str = ''


class Delays:
    """The newest delays of something [s]."""

    def __init__(self):
        self._newest = deque(maxlen=REMEMBERED)

    def add(self, delay):
        """Take a delay [s]."""
        self._newest.append(delay)

    def values(self, name):
        """Give {'NAME p50 [ms]': ..., 'NAME p95 [ms]': ...}; empty texts where there is none."""
        found = np.quantile(self._newest, [0.5, 0.95]) if self._newest else [None, None]
        return {f'{name} p{percent} [ms]': '' if value is None else f'{1000 * value:.1f}'
                for percent, value in zip((50, 95), found, strict=True)}


class Counts(Counter):
    """What a node counts, from its start on; no count ever goes back.

    Args:
        names: of all counters.
        troubles: names of those that tell of trouble.
        failures: of these, the ones that come in the place of a result.

    """

    def __init__(self, names, troubles, failures=()):
        super().__init__(dict.fromkeys(names, 0))
        self._told = dict.fromkeys(troubles, 0)
        self._reasons = {}
        self._failures = failures
        self._in_a_row = 0   # failures since the last result
        self._newest = ''    # of them, with its reason

    def trouble(self, name, reason):
        """Count a trouble, and keep why: the first reason since news() is told."""
        self[name] += 1
        self._reasons.setdefault(name, str(reason))
        if name in self._failures:
            self._in_a_row += 1
            self._newest = f'{name}: {reason}'

    def result(self, name):
        """Count a result."""
        self[name] += 1
        self._in_a_row = 0

    def hopeless(self):
        """Tell why nothing comes out of the node; '' where something does, or nothing came in."""
        if self._in_a_row < HOPELESS:
            return ''
        return f'nothing comes out, {self._in_a_row} in a row failed; {self._newest}'

    def news(self):
        """Tell each trouble that grew since this was asked last, with its count and a reason."""
        grown = {name: self[name] for name, told in self._told.items() if self[name] > told}
        self._told.update(grown)
        return [f'{name}: {shown(count)}' + (
            f' ({self._reasons.pop(name)})' if name in self._reasons else '')
                for name, count in grown.items()]


def shown(value):
    """Give a count, or a time [s], as people read it."""
    return f'{value:.3f}' if isinstance(value, float) else str(value)


def publish_diagnostics(node, diagnose):
    """Let a node publish its diagnosis on /diagnostics, in real time whatever /clock says.

    Args:
        node: rclpy node.
        diagnose: function that gives the Diagnosis.

    """
    publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
    # As diagnostic_updater names it; an aggregator takes a slash at the front for a part of a path.
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
