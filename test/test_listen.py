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

"""The ways on for those without ROS: a microphone and a recording."""

from contextlib import nullcontext
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from commands import refused
from conftest import CLIPS, REPOSITORY
from emotion_ros.audio.file_source import FileSource
from emotion_ros.cli import listen
from emotion_ros.errors import EmotionError
from emotion_ros.msg import AudioFrame
from emotion_ros.nodes import qos
from emotion_ros.nodes.messages import frame_to_message
from harness import wait_until
from plane_waves import CIRCLE
from sound_server import array_behind, needs_portaudio
from terminal import in_terminal  # noqa: F401  (fixture)


@needs_portaudio
def test_listen_says_what_an_array_hears_until_ctrl_c(server, speech, tmp_path):
    served = array_behind(server.start(), speech, math.radians(60), tmp_path)
    positions = ','.join(map(str, CIRCLE))
    process = subprocess.Popen(
        [sys.executable, '-m', 'emotion_ros', 'listen', '--json', '--device', 'robot_ear',
         '--array', positions, '--array-channels', '1,2,3,4'],
        env={**os.environ, **served}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        found = json.loads(process.stdout.readline())
        assert 0 <= found['start'] < found['end'] < 60
        assert sum(found['probabilities']) > 0.99
        assert abs(math.degrees(found['azimuth']) - 60) < 5
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "listening to 'robot_ear'" in errors
    assert 'Traceback' not in errors


@needs_portaudio
def test_listen_shows_the_view_of_the_monitor(server, served, in_terminal):
    pytest.importorskip('textual', reason='textual is not installed: requirements-tools.txt')
    server.start()
    variables = [f'{name}={value}' for name, value in served.items()]
    with in_terminal('--device', 'robot_ear', command=[
            'env', *variables, sys.executable, '-m', 'emotion_ros', 'listen', '--monitor']) as view:
        view.wait_for('Last', 'confidence', 'speech')
        view.tmux('send-keys', 'q')
        view.check_restored()


def test_a_fault_ends_the_view(monkeypatch):
    terminal = pytest.importorskip('emotion_ros.monitor.terminal')

    class View:
        return_code, is_running, ended = 0, False, threading.Event()

        def __init__(self, *_, **__):
            pass

        def run(self, **_):
            self.is_running = True
            assert self.ended.wait(10)

        def exit(self):
            self.ended.set()

        def call_from_thread(self, function):
            function()

    class Broken:
        def frames(self):
            raise EmotionError('the model cannot be used')
            yield

        def close(self):
            pass

    monkeypatch.setattr(terminal, 'import_app', lambda: View)
    monkeypatch.setattr(terminal, 'undisturbed', nullcontext)
    with pytest.raises(EmotionError, match='the model cannot be used'):
        listen._show(Broken(), nullcontext())


def test_listen_monitor_without_a_terminal_is_one_line():
    assert '--monitor' in refused('listen', '--monitor')


def test_a_recording_can_be_annotated(listener, tmp_path):
    process = subprocess.Popen(
        [sys.executable, REPOSITORY / 'scripts' / 'record.py', tmp_path / 'talk'],
        stdout=subprocess.PIPE, text=True)
    publisher = listener.node.create_publisher(AudioFrame, 'audio', qos.AUDIO)
    try:
        wait_until(lambda: publisher.get_subscription_count() == 1, what='the recorder')
        frames = list(FileSource(CLIPS[0]).frames(stamp=10**18))
        for frame in frames:
            publisher.publish(frame_to_message(frame, 'ear'))
            time.sleep(0.001)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=10)
    finally:
        process.kill()
    assert f'audio: {len(frames)} messages' in output
    done = subprocess.run(
        [sys.executable, '-m', 'emotion_ros', 'annotate', tmp_path / 'talk', tmp_path / 'out',
         '--replace'], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
