"""Node that publishes the sound of a microphone or a file."""

import functools
import threading
import time

from rclpy.node import Node

from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.microphone import Microphone
from emotion_ros.msg import AudioFrame
from emotion_ros.nodes import qos
from emotion_ros.nodes.messages import frame_to_message
from emotion_ros.nodes.parameters import Parameter, declare
from emotion_ros.nodes.run import run, start_thread

PARAMETERS = (
    Parameter('device', '', 'Microphone: its number or a part of its name; empty is the default.'),
    Parameter('file', '', 'Sound file to play instead of a microphone; empty is the microphone.'),
    Parameter('speed', 1.0, 'Speed at which the file is played; 1 is real time.',
              minimum=0.1, maximum=20.0),
    Parameter('wait_matching_subscriptions', 1, 'Subscribers that a file waits for.',
              minimum=0, maximum=1000),
    Parameter('frame_duration', 0.032, 'Length of a frame [s].', minimum=0.01, maximum=0.1),
    Parameter('frame_id', 'microphone', 'frame_id of the messages: the name of the microphone.'),
)


class AudioCapture(Node):
    """Publishes AudioFrame on `audio`: 16 kHz, one channel.

    A file starts to play when enough nodes subscribe.

    Raises:
        EmotionError: a parameter, the device or the file cannot be used.

    """

    def __init__(self, **node_options):
        super().__init__('audio_capture', **node_options)
        parameters = declare(self, PARAMETERS)
        self._frame_id = parameters['frame_id']
        self._closing = threading.Event()
        self._publisher = self.create_publisher(
            AudioFrame, 'audio', qos.AUDIO, qos_overriding_options=qos.OVERRIDABLE)
        frame_duration = parameters['frame_duration']
        self._microphone = None
        if parameters['file']:
            source = FileSource(parameters['file'], frame_duration=frame_duration)
            work = functools.partial(
                self._play, source, speed=parameters['speed'],
                subscribers=parameters['wait_matching_subscriptions'])
        else:
            self._microphone = Microphone(
                device=parameters['device'], frame_duration=frame_duration,
                now=lambda: self.get_clock().now().nanoseconds)
            self._microphone.start()
            self.get_logger().info(f'recording from {self._microphone.name!r} '
                                   f'at {self._microphone.sample_rate} Hz')
            work = self._record
        self._thread = start_thread(self, work)

    def _publish(self, frame):
        self._publisher.publish(frame_to_message(frame, self._frame_id))

    def _record(self):
        for frame in self._microphone.frames():
            self._publish(frame)

    def _play(self, source, *, speed, subscribers):
        if self._publisher.get_subscription_count() < subscribers:
            self.get_logger().info(f'waiting for subscribers to audio: {subscribers}')
        while self._publisher.get_subscription_count() < subscribers:
            if self._closing.wait(0.02):
                return
        while self.get_clock().now().nanoseconds == 0:   # simulated time that has not begun
            if self._closing.wait(0.02):
                return
        self.get_logger().info(f'playing {source.path!r}, {source.duration:.1f} s')
        begun = time.monotonic()
        played = 0.0   # s
        for frame in source.frames(stamp=self.get_clock().now().nanoseconds):
            played += len(frame.samples) / frame.sample_rate
            # A microphone, too, gives a frame when its last sample has been captured.
            if self._closing.wait(max(0.0, begun + played / speed - time.monotonic())):
                return
            self._publish(frame)
        self.get_logger().info(f'end of {source.path!r}')

    def close(self):
        """End the thread and let the microphone go."""
        self._closing.set()
        if self._microphone is not None:
            self._microphone.close()
        self._thread.join()


def main():
    """Run the node."""
    return run(lambda: [AudioCapture()])
