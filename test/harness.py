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

"""Real nodes in processes of their own, and a listener to what they say."""

from array import array
from functools import cache
from importlib import import_module
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
from tempfile import TemporaryFile
import threading
import time

from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
import pytest
from rcl_interfaces.srv import GetParameters
import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.task import Future

from emotion_ros.features.blocks import feature_blocks, find_block
from emotion_ros.files.paths import find_model
from emotion_ros.model.saved_model import read_description
from emotion_ros.msg import FeatureMatrix
from emotion_ros.nodes import run

EXECUTABLES = next(
    (path for path in (Path(prefix, 'lib', 'emotion_ros')
                       for prefix in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep))
     if path.is_dir()), None)

OFTEN = 0.1
"""Period of diagnostics for tests that wait for them [s]; see Executable."""


def wait_until(condition, *, timeout=20.0, what='it'):
    """Wait for a condition; fail when it does not come."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f'waited {timeout} s in vain for {what}'
        time.sleep(0.01)


def newest(diagnostics, node='audio_capture: state'):
    """Give what a node said last: level and {name: value}."""
    told = [status for message in diagnostics for status in message.status if status.name == node]
    return (told[-1].level, {value.key: value.value for value in told[-1].values}) if told else (
        None, {})


class ReadProcess:
    """A process whose output is read while it runs; a context manager that kills it.

    Args:
        command: of the process.
        read: function that reads its output, a file, to the end.
        arguments: of subprocess.Popen.

    """

    def __init__(self, command, read, **arguments):
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, **arguments)
        self._thread = threading.Thread(target=read, args=[self._process.stdout], daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._thread.join()


def nanoseconds(time_or_duration):
    """Turn a Time or Duration message into nanoseconds [ns]."""
    return time_or_duration.sec * 10**9 + time_or_duration.nanosec


@cache
def model_blocks():
    """Give the blocks that the installed model takes; to read model.yaml takes a while."""
    return feature_blocks(read_description(find_model()).features)


def feature_matrices(fill=0.0, frames=20, further=()):
    """Make the blocks that the installed model takes, all their values the same.

    Args:
        fill: that value.
        frames: rows of those that have a row every 10 ms.
        further: names of blocks that are made beside them.

    Returns:
        [FeatureMatrix].

    """
    found = []
    for block in [*model_blocks(), *map(find_block, further)]:
        rows = frames if block.framed else 1
        values = np.full(rows * block.dimensions, fill, np.float32)
        found.append(FeatureMatrix(name=block.name, frames=rows, dimensions=block.dimensions,
                                   values=array('f', values.tobytes())))
    return found


class Executable:
    """A node's executable; a context manager that ends it as Ctrl-C does.

    Args:
        name: of the executable.
        arguments: further ROS arguments.
        environment: changes to the environment.
        diagnostics: period of what its nodes say on /diagnostics [s]; None leaves it at a second.
        parameters: of the nodes.

    """

    def __init__(self, name, *arguments, environment=None, diagnostics=None, **parameters):
        command = [str(EXECUTABLES / name), *_ros_arguments(arguments, parameters)]
        if diagnostics is not None:
            command[:0] = [sys.executable, Path(__file__).with_name('frequent_diagnostics.py'),
                           str(diagnostics)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, **(environment or {})})
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    @property
    def output(self):
        """All that it has printed."""
        return '\n'.join(self.lines)

    def wait_for(self, text, *, timeout=20.0):
        """Wait until it has printed a text."""
        wait_until(lambda: text in self.output or self.process.poll() is not None,
                   timeout=timeout, what=f'{text!r} in {self.output!r}')
        assert text in self.output, self.output
        return self

    def finish(self, *, timeout=20.0):
        """Wait until it ends by itself; return its exit code."""
        code = self.process.wait(timeout)
        self._reader.join()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.finish(timeout=5.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f'did not end within 5 s of Ctrl-C: {self.output}') from None
        if error[0] is not None:
            print(self.output)   # pytest shows it beside what failed
            return
        assert code == 0, self.output
        assert 'Traceback' not in self.output, self.output


def refusal(name, *arguments, **parameters):
    """Run an executable that must refuse its parameters, in this process, which is quick.

    Args:
        name: of the executable.
        arguments: further ROS arguments.
        parameters: of the nodes.

    Returns:
        The one line that it writes to stderr; its exit code is 1.

    """
    with TemporaryFile('w+') as stderr, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', [name, *_ros_arguments(arguments, parameters)])
        patch.setattr(sys, 'stderr', stderr)
        patch.setattr(run, 'keep_flat', lambda: None)   # it would last as long as this process
        code = import_module(f'emotion_ros.nodes.{name}').main()
        stderr.seek(0)
        line, = stderr.read().splitlines()
    assert code == 1
    assert line.startswith('emotion_ros: '), line
    return line


def _ros_arguments(arguments, parameters):
    """Put ROS arguments and parameters into those of a command."""
    found = ['--ros-args', *map(str, arguments)]
    for parameter, value in parameters.items():
        text = str(value) if isinstance(value, Path) else value
        found += ['-p', f'{parameter}:={json.dumps(text)}'.replace('NaN', '.nan')]
    return found


class Listener:
    """A node of the test, spun in a thread; a context manager."""

    def __init__(self):
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self.node = rclpy.create_node('listener', context=self._context)
        self._clients = {}   # of services, by name
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _spin(self):
        try:
            self._executor.spin()
        except ExternalShutdownException:
            pass

    def subscribe(self, message_type, topic, qos, *, raw=False):
        """Subscribe; return the list that messages are appended to."""
        received = []
        self.node.create_subscription(message_type, topic, received.append, qos, raw=raw)
        self._executor.wake()
        return received

    def wait_for_subscribers(self, *, namespace='', **wanted):
        """Wait until nodes say on /diagnostics that so many hear their results.

        Nobody else can know, and what is published before that may be lost.

        Args:
            namespace: of the nodes, such as 'left/'.
            wanted: {node: number}, of feature_extractor and emotion_classifier.

        """
        topics = {'feature_extractor': 'voice_features', 'emotion_classifier': 'emotion'}
        said = self.subscribe(DiagnosticArray, '/diagnostics', 100)

        def are_there():
            return all(int(newest(said, f'{namespace}{node}: state')[1].get(
                f'subscribers to {topics[node]}', 0)) >= number for node, number in wanted.items())
        wait_until(are_there, what=f'subscribers: {wanted}')

    def call(self, service_type, name, request):
        """Call a service of a node; return the response."""
        client = self._client(service_type, name)
        # A response goes lost where the middleware does not find within 0.1 s whom it is for, as
        # may be while processes get to know each other. So somebody must have been answered.
        greeted = self._client(GetParameters, f'{name.rpartition("/")[0]}/get_parameters')
        greetings = []

        def is_answered():
            greetings.append(greeted.call_async(GetParameters.Request()))
            deadline = time.monotonic() + 0.2
            while time.monotonic() < deadline and not any(map(Future.done, greetings)):
                time.sleep(0.001)
            return any(map(Future.done, greetings))
        wait_until(is_answered, what=name)
        response = client.call_async(request)
        wait_until(response.done, what=name)
        return response.result()

    def _client(self, service_type, name):
        if name not in self._clients:
            self._clients[name] = self.node.create_client(service_type, name)
        assert self._clients[name].wait_for_service(20.0), name
        return self._clients[name]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._executor.shutdown()
        self._thread.join()
        self.node.destroy_node()
        rclpy.shutdown(context=self._context)
