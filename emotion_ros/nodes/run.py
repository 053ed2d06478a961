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

"""Starting nodes, spinning them on one executor, and stopping them."""

import signal
import sys
import threading
import traceback

import rclpy
import rclpy.logging
from rclpy.signals import SignalHandlerOptions

from emotion_ros.errors import EmotionError, one_line
from emotion_ros.nodes.arguments import check_arguments
from emotion_ros.nodes.lifecycle import ACTIVE, AUTOSTART
from emotion_ros.nodes.memory import keep_flat
from emotion_ros.nodes.rclpy_faults import silence_lifecycle_log, spin_once
from emotion_ros.process.signals import ignore_requests, on_request

try:
    # It is notified of events, whereas the other polls all services of all nodes each time:
    # half the CPU while nobody speaks.
    from rclpy.experimental import EventsExecutor as Executor
except ImportError:   # before Jazzy
    from rclpy.executors import SingleThreadedExecutor as Executor


def run(make_nodes, description, parameters):
    """Run nodes until Ctrl-C, SIGTERM, SIGHUP or shutdown.

    Args:
        make_nodes: function that gives the nodes one by one, lifecycle.ManagedNode each, in the
            order in which they start.
        description: of the executable, for --help.
        parameters: [Parameter], for --help.

    Returns:
        Exit code: 0; 1 if an argument, parameter, file, device or model cannot be used, with the
        reason in one line on stderr.

    """
    keep_flat()
    # rclpy's own handlers shut ROS down at any time: what an executor is adding to its nodes then
    # fails halfway, and it aborts when it is destroyed. Python's would raise KeyboardInterrupt
    # anywhere, inside the conversion of a message too.
    interrupted = threading.Event()
    on_request(lambda _: interrupted.set(), signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    nodes, executor = [], None
    try:
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        check_arguments(description, (AUTOSTART, *parameters))
        silence_lifecycle_log()
        executor = Executor()
        for node in make_nodes():
            nodes.append(node)
            _check_name(nodes)
            executor.add_node(node)
            node.autostart()
        while not interrupted.is_set():
            spin_once(executor, nodes[0])
            for node in nodes:
                if node.fault is not None:
                    raise node.fault
    except Exception as error:
        if interrupted.is_set():
            return 0   # a signal ends programs that a node has started, too
        print(f'emotion_ros: {one_line(error)}', file=sys.stderr)
        rclpy.logging.get_logger('emotion_ros').debug(traceback.format_exc())
        return 1
    finally:
        _each([node for node in nodes if node.state == ACTIVE],
              lambda node: node.before_shutdown())
        if executor is not None:
            executor.shutdown()   # it aborts if it is destroyed while it has nodes
        rclpy.try_shutdown()   # nodes do not finish what is in flight now
        _each(reversed(nodes), lambda node: node.close())
        for node in reversed(nodes):
            node.destroy_node()
        ignore_requests()
    return 0


def _each(nodes, end):
    """Do something for each node at the end of the process, even if it fails for some."""
    for node in nodes:
        try:
            end(node)
        except Exception:
            rclpy.logging.get_logger('emotion_ros').debug(traceback.format_exc())


def _check_name(nodes):
    """Refuse a name that all nodes of a process were given, so that none could be asked for."""
    *others, newest = [node.get_fully_qualified_name() for node in nodes]
    if newest in others:
        raise EmotionError(f'two nodes are named {newest}; to rename one of them, put its own name '
                           'first, such as -r audio_capture:__node:=ear')


def start_thread(node, work):
    """Start a thread of a node; a fault in it ends run(), unless ROS is shutting down anyway.

    Args:
        node: that it belongs to.
        work: function without arguments.

    Returns:
        threading.Thread.

    """
    def guarded():
        try:
            work()
        except Exception as error:
            if rclpy.ok():
                node.fault = error

    thread = threading.Thread(target=guarded, name=node.get_name(), daemon=True)
    thread.start()
    return thread
