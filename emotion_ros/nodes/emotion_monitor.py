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

"""Node that shows audio, results and diagnostics in a terminal."""

import os
import shlex
import sys
import threading

from diagnostic_msgs.msg import DiagnosticArray
import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from emotion_ros.errors import EmotionError, one_line
from emotion_ros.monitor.state import (
    AUDIO,
    DIAGNOSTICS,
    EMOTION,
    FEATURES,
    MOOD,
    REACTION,
    STALE,
    TOPICS,
    Monitor,
)
from emotion_ros.monitor.terminal import LOOPBACK, SERVED, import_app, import_server, undisturbed
from emotion_ros.msg import AudioFrame, EmotionStamped, Mood, Reaction, VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.nodes.arguments import check_arguments
from emotion_ros.nodes.messages import (
    message_to_emotion,
    message_to_features,
    message_to_frame,
    message_to_mood,
)
from emotion_ros.nodes.publishers import find_publishers
from emotion_ros.nodes.rclpy_faults import spin_once
from emotion_ros.nodes.robot_speaking import RobotSpeaking
from emotion_ros.process.signals import ignore_requests

PORTS = 1, 65535

LOOK_INTERVAL = 1.0
"""Time between checks of who publishes audio [s]."""


class EmotionMonitor(Node):
    """Subscribes to all topics of the package and passes the messages to a Monitor.

    Args:
        monitor: monitor.state.Monitor.
        node_options: of rclpy's node.

    """

    def __init__(self, monitor, **node_options):
        super().__init__('emotion_monitor', enable_rosout=False, start_parameter_services=False,
                         **node_options)
        self._monitor = monitor
        for topic, message_type, take, profile in (
                (AUDIO, AudioFrame, self._on_audio, qos.AUDIO),
                (FEATURES, VoiceFeatures, self._on_features, qos.FEATURES),
                (EMOTION, EmotionStamped, self._on_emotion, qos.RESULTS),
                (MOOD, Mood, self._on_mood, qos.RESULTS),
                (REACTION, Reaction, self._on_reaction, qos.RESULTS),
                (DIAGNOSTICS, DiagnosticArray, self._on_diagnostics, qos.RESULTS)):
            self.create_subscription(message_type, topic, self._guarded(topic, take), profile,
                                     qos_overriding_options=qos.OVERRIDABLE)
        self._robot_speaking = RobotSpeaking(self)
        self.create_timer(LOOK_INTERVAL, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    @property
    def topics(self):
        """Full names of the topics: {one of monitor.state.TOPICS: name}."""
        return {topic: self.resolve_topic_name(topic) for topic in TOPICS}

    def _guarded(self, topic, take):
        def receive(message):
            try:
                take(message)
            except Exception:   # whatever happens, the next one is processed
                self._monitor.malformed(topic)
        return receive

    def destroy_node(self):
        """See rclpy.node.Node."""
        self._robot_speaking.close()
        super().destroy_node()

    def _look(self):
        self._take_robot_speaking()
        self._monitor.ignored('; '.join(find_publishers(self, AUDIO).ignored))

    def _take_robot_speaking(self):
        for speaking, number in self._robot_speaking.take():
            self._monitor.robot_speaking(speaking, number)

    def _on_audio(self, message):
        self._take_robot_speaking()
        self._monitor.update_audio(message_to_frame(message))

    def _on_features(self, message):
        message_to_features(message)   # it may be wrong
        self._monitor.features()

    def _on_emotion(self, message):
        self._monitor.emotion(*message_to_emotion(message))

    def _on_mood(self, message):
        self._monitor.mood(message.header.frame_id, message_to_mood(message))

    def _on_reaction(self, message):
        self._monitor.reaction(message.name, message.emotion, message.on_mood)

    def _on_diagnostics(self, message):
        for status in message.status:
            level = ord(status.level)
            if level > STALE:
                self._monitor.malformed(DIAGNOSTICS)
            else:
                self._monitor.report(status.name, level, status.message,
                                     {entry.key: entry.value for entry in status.values})


def listen(node, over):
    """Spin a node until an event is set.

    Args:
        node: EmotionMonitor.
        over: threading.Event.

    """
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    while not over.is_set():
        spin_once(executor, node)


def main():
    """Show the view until q or Ctrl-C is typed, or a signal arrives.

    Returns:
        Exit code: 0; 1 if an argument cannot be used, textual is not installed or there is no
        terminal, with a line on stderr.

    """
    try:
        return _show()
    except KeyboardInterrupt:   # before there was a view
        return 0
    except Exception as error:
        print(f'emotion_ros: {one_line(error)}', file=sys.stderr)
        return 1


def _add_options(parser):
    parser.usage = ('%(prog)s [-h] [--web [--host HOST] [--port PORT]] '
                    '[--ros-args [-r __ns:=/left] ...]')
    parser.add_argument('--web', action='store_true',
                        help='show the view in browsers instead; it can only be looked at')
    parser.add_argument('--host', default=LOOPBACK, help='address of this machine on which the '
                        'view is offered; 0.0.0.0 is all (default: %(default)s, to this machine '
                        'alone)')
    parser.add_argument('--port', type=int, default=8000, help='(default: %(default)s)')


def _own_command():
    """Return the shell command that shows the view for the web server."""
    ros = []
    for argument in sys.argv:   # those of ROS end with --, and may begin again
        if argument == '--ros-args' or (ros and ros[-1] != '--'):
            ros.append(argument)
    return shlex.join([sys.executable, sys.argv[0], *ros])


def _show():
    options = check_arguments(
        'Show in a terminal what is heard on audio, voice_features, emotion and mood, what\n'
        'behavior does, and what /diagnostics says; --ros-args -r __ns:=/left is for another\n'
        'namespace. Keys: q quits, p pauses, c clears, ? explains the view.',
        add_options=_add_options)
    if not PORTS[0] <= options.port <= PORTS[1]:
        raise EmotionError(f'--port must be {PORTS[0]} to {PORTS[1]}, got {options.port}')
    app_class = import_app()
    if options.web:
        import_server()(_own_command(), options.host, options.port)
        return 0
    served = SERVED in os.environ
    if not served and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise EmotionError('emotion_monitor needs a terminal')
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)   # the view has its own
    monitor = Monitor()
    node = EmotionMonitor(monitor)
    over = threading.Event()
    thread = threading.Thread(target=listen, args=(node, over), daemon=True)
    thread.start()
    try:
        with undisturbed(1 if served else 2):
            app = app_class(monitor, namespace=node.get_namespace(), topics=node.topics)
            app.run(mouse=False)
        return app.return_code
    finally:
        over.set()
        thread.join()
        node.destroy_node()
        rclpy.try_shutdown()
        ignore_requests()
