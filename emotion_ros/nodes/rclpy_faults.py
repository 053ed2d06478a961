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

"""What the nodes do about faults of rclpy and rcl, each with its issue as far as there is one."""

import traceback

import rclpy.logging

from emotion_ros.errors import EmotionError, one_line


def guard_service(node, callback):
    """Let a service return an empty response where rclpy raises, which would end the node.

    Anyone may request what rclpy cannot handle, such as a transition that does not fit the state
    (https://github.com/ros2/rclpy/issues/1209) or a parameter of an unknown type.

    Args:
        node: that logs.
        callback: of the service.

    Returns:
        The callback to use instead.

    """
    def guarded(request, response):
        try:
            return callback(request, response)
        except Exception as error:
            _log(node, 'a request failed', error)
            return response
    return guarded


PATIENCE = 0.1
"""Seconds that spin_once waits for a callback; signals are handled between two calls."""


def spin_once(executor, node):
    """Run callbacks that are due; what they raise is logged, and the nodes go on.

    An executor raises what a callback raises, and what rclpy itself raises for a message or request
    that it cannot handle: https://github.com/ros2/rclpy/issues/1209.

    Args:
        executor: of rclpy.
        node: that logs.

    """
    try:
        executor.spin_once(timeout_sec=PATIENCE)
    except Exception as error:
        _log(node, 'a message or request failed', error)


def check_names(changes):
    """Refuse parameters without a name, which rclpy would keep.

    Args:
        changes: [rclpy.Parameter] that somebody sets.

    Raises:
        EmotionError: one has no name.

    """
    if not all(change.name for change in changes):
        raise EmotionError('a parameter must have a name')


def silence_lifecycle_log():
    """Keep rcl_lifecycle from logging wrong requests in full, with newlines and texts of 100 kB."""
    rclpy.logging.set_logger_level('rcl_lifecycle', rclpy.logging.LoggingSeverity.FATAL)


def _log(node, text, error):
    # Quoted and shortened: parts may come from anyone on the network.
    node.get_logger().error(f'{text}: {one_line(error)[:300]!r}', throttle_duration_sec=5.0)
    node.get_logger().debug(traceback.format_exc())
