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

"""Node that publishes the audio of a microphone or a file."""

import threading
import time

from emotion_ros.audio import sample_time
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.frame_joiner import join_steady
from emotion_ros.audio.reconnecting_microphone import ReconnectingMicrophone
from emotion_ros.audio.resampler import MEAN, parse_channel
from emotion_ros.errors import EmotionError
from emotion_ros.msg import AudioFrame
from emotion_ros.nodes import qos
from emotion_ros.nodes.diagnostics import Diagnosis, Level
from emotion_ros.nodes.lifecycle import ManagedNode
from emotion_ros.nodes.messages import frame_to_message
from emotion_ros.nodes.parameters import Parameter
from emotion_ros.nodes.run import run, start_thread

FRAMES = 'frames published'
OVERFLOWS = 'overflows'
LOSSES = 'losses of the device'
WARNINGS = (OVERFLOWS,)   # a loss is reported at once
COUNTERS = (FRAMES, OVERFLOWS, LOSSES)

PATIENCE = 1.0
"""A microphone that does not close within this time [s] is stuck and is abandoned."""

PARAMETERS = (
    Parameter('device', '', 'Microphone: its number or part of its name; empty is the default.'),
    Parameter('wait_for_device', False,
              'Wait for a microphone that is missing at startup; false ends the node.'),
    Parameter('file', '', 'Sound file to play instead of a microphone; empty is the microphone.'),
    Parameter('channel', MEAN, 'Channel of the microphone or file, from 0; mean for the average '
                               'of all, or all to keep them for an array.'),
    Parameter('speed', 1.0, 'Playback speed of the file; 1 is real time.',
              minimum=0.1, maximum=20.0),
    Parameter('wait_matching_subscriptions', 1, 'Number of subscribers a file waits for.',
              minimum=0, maximum=1000),
    Parameter('frame_duration', 0.032, 'Length of a frame [s].', minimum=0.01, maximum=0.1),
    Parameter('steady_frame_duration', 0.192,
              'Longest frame while the sound is steady [s]; 0 never joins frames.',
              minimum=0.0, maximum=0.2),
    Parameter('frame_id', 'microphone', 'frame_id of the messages: the name of the microphone.'),
)


class AudioCapture(ManagedNode):
    """Publishes AudioFrame on `audio`: 16 kHz, with one channel or, if requested, all.

    A microphone is open only while the node is active; if it is lost, it is opened again. A file
    starts to play when the node is active and enough nodes subscribe.

    Raises:
        EmotionError: a parameter is not allowed.

    """

    def __init__(self, **node_options):
        self._source = None       # the file, while one is played
        self._microphone = None   # while the node is active
        self._thread = None
        super().__init__('audio_capture', PARAMETERS, COUNTERS, WARNINGS, **node_options)

    def configure(self, parameters):
        """See ManagedNode."""
        self._settings = parameters
        self._channel = parse_channel(parameters['channel'], name='parameter channel')
        self._end = 0   # time after the newest sample of a file that was published [ns]
        self._latest = 0   # time of the clock while a file was played [ns]
        if parameters['file']:
            self._source = self._open_file()
        self._publisher = self.create_lifecycle_publisher(
            AudioFrame, 'audio', qos.AUDIO, qos_overriding_options=qos.OVERRIDABLE)

    def activate(self):
        """See ManagedNode."""
        if self._thread is not None and self._thread.is_alive():
            raise EmotionError('the microphone hangs: it has not closed yet')
        self._closing = threading.Event()
        if self._settings['file']:
            self._source = self._open_file()   # a source can be played only once
            self._thread = start_thread(self, self._play)
            return
        self._overflows = 0       # counted of this microphone
        self._microphone = ReconnectingMicrophone(
            device=self._settings['device'], frame_duration=self._settings['frame_duration'],
            channel=self._channel,
            steady_frame_duration=self._settings['steady_frame_duration'],
            now=self._now, wait=self._settings['wait_for_device'],
            on_lost=self._on_lost, on_found=self._on_found)
        self._thread = start_thread(self, self._record)

    def deactivate(self):
        """See ManagedNode: the microphone is closed."""
        self._closing.set()
        if self._microphone is not None:
            self._microphone.close()
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self.get_logger().error('the sound device hangs and is abandoned')
        self._count_overflows()
        self._microphone = None

    def cleanup(self):
        """See ManagedNode."""
        self._source = None
        self.destroy_lifecycle_publisher(self._publisher)

    def diagnose(self):
        """See ManagedNode: an error if the microphone is missing."""
        self._count_overflows()
        microphone = self._microphone
        error = microphone.last_error if microphone else ''
        return Diagnosis(
            level=Level.ERROR if error else Level.OK, message=error,
            hardware=microphone.name if microphone else '',
            values={'source': self._source.path if self._source else 'microphone',
                    'device': microphone.name if microphone else '',
                    'device state': self._device_state(),
                    'device rate [Hz]': microphone.sample_rate if microphone else 0})

    def _device_state(self):
        if self._microphone is None:
            return 'closed'
        return 'lost' if self._microphone.last_error else 'open'

    def _count_overflows(self):
        if self._microphone is not None:
            overflows = self._microphone.overflows
            self.counts[OVERFLOWS] += overflows - self._overflows
            self._overflows = overflows

    def _on_lost(self, error):
        self.counts[LOSSES] += 1
        self.get_logger().error(f'{error}; trying again until it is back')

    def _on_found(self, microphone):
        self.get_logger().info(
            f'recording from {microphone.name!r} at {microphone.sample_rate} Hz')

    def _publish(self, frame):
        self._publisher.publish(frame_to_message(frame, self._settings['frame_id']))
        self.counts[FRAMES] += 1

    def _record(self):
        for frame in self._microphone.frames():
            self._publish(frame)

    def _now(self):
        return self.get_clock().now().nanoseconds

    def _open_file(self):
        return FileSource(
            self._settings['file'], frame_duration=self._settings['frame_duration'],
            channel=self._channel)

    def _play(self):
        source, subscribers = self._source, self._settings['wait_matching_subscriptions']
        for is_there, what in (
                (lambda: self._publisher.get_subscription_count() >= subscribers,
                 f'subscribers to audio: {subscribers}'),
                (lambda: self._now() > 0, '/clock, use_sim_time is true')):
            if not is_there():
                self.get_logger().info(f'waiting for {what}')
            while not is_there():
                if self._closing.wait(0.02):
                    return
        self.get_logger().info(f'playing {source.path!r}, {source.duration:.1f} s')
        begun = time.monotonic()
        played = 0.0   # s
        # A file that is played fast may have run ahead of the clock, and stamps must not go back,
        # unless the clock did.
        now = self._now()
        frames = source.frames(stamp=now if now < self._latest else max(now, self._end))
        self._latest = now
        for frame in join_steady(frames, self._settings['steady_frame_duration']):
            played += len(frame.samples) / frame.sample_rate
            # A microphone also delivers a frame once its last sample has been captured.
            due = begun + played / self._settings['speed']
            if self._closing.wait(max(0.0, due - time.monotonic())):
                return
            self._publish(frame)
            self._end = frame.stamp + sample_time(len(frame.samples))
            self._latest = max(self._latest, self._now())
        self.get_logger().info(f'end of {source.path!r}')


def main():
    """Run the node."""
    return run(lambda: [AudioCapture()], __doc__, PARAMETERS)
