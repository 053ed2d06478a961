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

"""Node that finds utterances and publishes their features."""

import math
import time

from geometry_msgs.msg import PoseStamped
from rclpy.clock import Clock, ClockType
from std_msgs.msg import Bool

from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.live_source import LiveSource
from emotion_ros.audio.mono_stream import GAPS, LATE_FRAMES, LOST_SOUND
from emotion_ros.audio.resampler import MEAN, parse_channel
from emotion_ros.errors import EmotionError, one_line
from emotion_ros.features.blocks import feature_blocks, split_names
from emotion_ros.features.extractor import TRUNCATED, UTTERANCES, VoiceFeatureExtractor
from emotion_ros.files.paths import find_model
from emotion_ros.model.saved_model import read_description
from emotion_ros.msg import VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.nodes.audio_input import AUDIO_FRAME, TYPES, AudioInput
from emotion_ros.nodes.backlog import Backlog
from emotion_ros.nodes.diagnostics import Delays, Diagnosis, Level
from emotion_ros.nodes.lifecycle import ACTIVE, ManagedNode
from emotion_ros.nodes.messages import direction_to_message, features_to_message
from emotion_ros.nodes.parameters import NumbersParameter, Parameter, from_settings, to_settings
from emotion_ros.nodes.publishers import find_publishers
from emotion_ros.nodes.robot_speaking import TOPIC, RobotSpeaking
from emotion_ros.nodes.run import run, start_thread
from emotion_ros.speech.own_voice import Muting, OwnVoice
from emotion_ros.speech.segmenter import Segmentation

INTERIM_LIMIT, LIMIT = 32, qos.FEATURES.depth
"""Maximum number of unfinished results, see Backlog: as many as can be published at once."""

CHECK_INTERVAL = 0.25
"""Time between checks of whether a live source has ended [s]."""

PATIENCE = 1.0
"""A live source that sends nothing for this long beyond the hang-over [s] has ended."""

FRAMES = 'frames'
MALFORMED = 'frames malformed'
PUBLISHED = 'results published'
SKIPPED = 'interim results skipped'
DROPPED = 'utterances dropped'
FAILED = 'utterances failed'
OPENSMILE_FAILED = 'faults of openSMILE'
WARNINGS = (MALFORMED, LATE_FRAMES, *GAPS, SKIPPED, DROPPED, FAILED, OPENSMILE_FAILED)
FAILURES = FAILED, OPENSMILE_FAILED
COUNTERS = (FRAMES, MALFORMED, LATE_FRAMES, *GAPS, LOST_SOUND, UTTERANCES, TRUNCATED, PUBLISHED,
            SKIPPED, DROPPED, FAILED, OPENSMILE_FAILED)

SEGMENTATION = from_settings(Segmentation, {
    'min_speech_duration': 'shortest_speech', 'max_utterance_duration': 'longest_utterance'})

MUTING = from_settings(Muting)

ARRAY = (
    NumbersParameter('array', '', 'Microphone positions: x, y and z of each [m], or a name from '
                                  'config/arrays.yaml; empty is a single microphone.'),
    NumbersParameter('array_channels', '', 'Channels that belong to the microphones, from 0; empty '
                                           'means those of the named array, or all.',
                     choices=('',)),
)

PARAMETERS = (
    Parameter('audio_type', AUDIO_FRAME, 'Message type of audio.', choices=TYPES),
    Parameter('model', '', 'Folder of the model whose features are computed, or the name of an '
                           'installed one: default or open; empty is default.'),
    Parameter('features', '', 'Feature blocks, separated by commas; empty means those of the '
                              'model.'),
    Parameter('channel', MEAN, 'Channel of audio, from 0, or mean for the average of all; mono '
                               'audio is used as it is.'),
    *ARRAY,
    *SEGMENTATION,
    *MUTING,
)


class FeatureExtractor(ManagedNode):
    """Subscribes to AudioFrame on `audio`, publishes VoiceFeatures on `voice_features`.

    Bool on `person_speaking`, transient local, is true while somebody speaks. With a microphone
    array, it also publishes PoseStamped on `voice_direction`. While any publisher of
    `robot_speaking` (Bool) has said true, nothing counts as speech. The parameter audio_type
    selects other audio messages; see audio_input.AudioInput.

    Raises:
        EmotionError: a parameter is not allowed.

    """

    subscribed = 'audio', TOPIC

    def __init__(self, **node_options):
        self.features = []
        """Names of the blocks of features, once configured."""
        self._delays = Delays()
        self._publishers_fault = ''   # that was reported
        self._has_received = False
        self._dead_channels = ()   # that were reported
        self._backlog = Backlog(interim_limit=INTERIM_LIMIT, limit=LIMIT)
        super().__init__('feature_extractor', PARAMETERS, COUNTERS, WARNINGS, FAILURES,
                         **node_options)

    def configure(self, parameters):
        """See ManagedNode."""
        array = _array(parameters['array'], parameters['array_channels'])
        channel = parse_channel(parameters['channel'], name='parameter channel')
        if array and isinstance(channel, int):
            raise EmotionError('parameters channel and array contradict each other')
        self._input = AudioInput(self, parameters['audio_type'], array, channel)
        self.features = _features(parameters['model'], split_names(parameters['features']))
        self._own_voice = OwnVoice(to_settings(Muting, parameters))
        segmentation = to_settings(Segmentation, parameters)
        self._extractor = VoiceFeatureExtractor(
            self.features, counts=self.counts, array=array, own_voice=self._own_voice,
            segmentation=segmentation)
        self._source = LiveSource(patience=_patience(segmentation), clocks=(
            lambda: self.get_clock().now().nanoseconds, time.monotonic_ns))
        self._extractor.check()   # if openSMILE fails, it is better now
        self._publisher = self.create_lifecycle_publisher(
            VoiceFeatures, 'voice_features', qos.FEATURES, qos_overriding_options=qos.OVERRIDABLE)
        self._person_speaking = self.create_lifecycle_publisher(
            Bool, 'person_speaking', qos.LATCHED)
        self._direction = array and self.create_lifecycle_publisher(
            PoseStamped, 'voice_direction', qos.RESULTS, qos_overriding_options=qos.OVERRIDABLE)

    def change(self, parameters):
        """See ManagedNode: the new segmentation applies from the next audio on."""
        segmentation = to_settings(Segmentation, parameters)
        self._own_voice.muting = to_settings(Muting, parameters)
        self._extractor.change(segmentation)
        self._source.patience = _patience(segmentation)

    def activate(self):
        """See ManagedNode."""
        self._frame_id = ''
        self._source.reset()
        self._timer = self.create_timer(
            CHECK_INTERVAL, self._check_source, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._own_voice.reset()
        self._speaking = None   # what was last published on person_speaking
        self._tell_speaking()
        self._robot_speaking = RobotSpeaking(self)
        self._input.open(self._on_audio, self._on_error)
        # openSMILE needs time to finish, more for interim results; audio is processed meanwhile.
        self._backlog = Backlog(interim_limit=INTERIM_LIMIT, limit=LIMIT)
        self._thread = start_thread(self, self._deliver)
        self.get_logger().info(f'ready, features {", ".join(self.features)}')

    def deactivate(self):
        """See ManagedNode: an open utterance is ended and published."""
        self.destroy_timer(self._timer)
        self._input.close()
        self._robot_speaking.close()
        self._queue(self._extractor.flush())
        self._tell_speaking()
        self._backlog.close()
        self._thread.join()

    def before_shutdown(self):
        """See ManagedNode: nobody counts as speaking any more."""
        if self._speaking:
            self._person_speaking.publish(Bool(data=False))

    def cleanup(self):
        """See ManagedNode."""
        self._extractor.close()
        self.destroy_lifecycle_publisher(self._publisher)
        self.destroy_lifecycle_publisher(self._person_speaking)
        if self._direction:
            self.destroy_lifecycle_publisher(self._direction)
        self.features = []

    def diagnose(self):
        """See ManagedNode: a warning if audio has no source, several sources, or a dead channel."""
        publishers = find_publishers(self, 'audio')
        message = self._dead_channels_message()
        muted = self.state == ACTIVE and self._own_voice.muted
        message = self._publishers_message(publishers) or message
        return Diagnosis(
            level=Level.WARN if message else Level.OK,
            message=message or ('muted, the robot speaks' if muted else ''),
            values={'features': ', '.join(self.features),
                    'publishers of audio': publishers.matching,
                    'muted': 'true' if muted else 'false',
                    'subscribers to voice_features': (
                        self._publisher.get_subscription_count() if self.state == ACTIVE else 0),
                    'results waiting': len(self._backlog),
                    **self._delays.values('end of utterance to features')})

    def _publishers_message(self, publishers):
        """Return what to report about the publishers of audio; log it if it is new."""
        is_right = self.state != ACTIVE or publishers.matching == 1
        message = '' if is_right else f'audio must have one publisher, got {publishers.matching}'
        is_fault = publishers.matching > 1   # none yet is usual at first
        if is_fault and message and message != self._publishers_fault:
            self.get_logger().warning(message)
        self._publishers_fault = message
        return message

    def _dead_channels_message(self):
        """Return what to report about the array's channels; log it if it is new."""
        dead = self._extractor.dead_channels if self.state == ACTIVE else ()
        message = (f'dead channels of the array, ignored: {", ".join(map(str, dead))}'
                   if dead else '')
        if dead and dead != self._dead_channels:
            self.get_logger().warning(message)
        self._dead_channels = dead
        return message

    def _on_audio(self, message):
        self.counts[FRAMES] += 1
        try:
            frame, frame_id = self._input.to_frame(message)
        except ValueError as error:
            self._on_error(error)
            return
        if not self._has_received and frame.first_sample > 0:
            missed = frame.first_sample / frame.sample_rate
            self.get_logger().warning(
                f'the first frame is {missed:.2f} s into its source: '
                'earlier audio was missed; if it is a bag, start `ros2 bag play` with --delay 3')
        self._has_received = True
        self._frame_id = frame_id
        self._source.update(frame)
        for speaking, number in self._robot_speaking.take():
            self._own_voice.tell(speaking, number)
        self._queue(self._extractor.push(frame))
        self._tell_speaking()

    def _check_source(self):
        if self._source.has_ended():
            self._queue(self._extractor.end())
            self._tell_speaking()

    def _tell_speaking(self):
        """Publish whether an utterance is open if that has changed."""
        speaking = self._extractor.speaking
        if speaking != self._speaking and self.context.ok():
            self._person_speaking.publish(Bool(data=speaking))
            self._speaking = speaking

    def _on_error(self, error):
        self.counts.count_warning(MALFORMED, error)

    def _queue(self, found):
        try:
            for pending in found:
                dropped = self._backlog.put(
                    (pending, self._frame_id, time.monotonic()), final=pending.utterance.final)
                if dropped is not None:
                    (given_up, _, _), final = dropped
                    self.counts[DROPPED if final else SKIPPED] += 1
                    given_up.abort()
        except Exception as error:   # openSMILE could not start, or accepted no more
            self.counts.count_warning(OPENSMILE_FAILED, one_line(error))

    def _deliver(self):
        while (entry := self._backlog.get()) is not None:
            pending, frame_id, ended = entry
            try:
                features = pending.result()
                self._publisher.publish(features_to_message(features, frame_id))
                utterance = features.utterance
                if not (math.isnan(utterance.azimuth) or utterance.paused):
                    self._direction.publish(direction_to_message(utterance, frame_id))
            except Exception as error:   # whatever happens, the next utterance is processed
                if not self.context.ok():
                    return
                self.counts.count_warning(FAILED, one_line(error))
                continue
            self.counts.result(PUBLISHED)
            if pending.utterance.final:
                self._delays.add(time.monotonic() - ended)


def _patience(segmentation):
    """Return the time without audio after which a live source has ended [ns]."""
    return round((segmentation.hang_over + PATIENCE) * 1e9)


def _array(positions, channels):
    """Make the MicrophoneArray that the parameters describe, or None.

    Raises:
        EmotionError: such an array is impossible.

    """
    if positions == '':
        if channels != '':
            raise EmotionError('parameter array_channels needs the parameter array')
        return None
    try:
        return MicrophoneArray.select(positions, channels)
    except EmotionError as error:
        raise EmotionError(f'parameter {error}') from error


def _features(model, wanted):
    """Return the names of the blocks to compute: those requested, or otherwise the model's.

    If both are given, those of the model must be among those requested.

    Raises:
        EmotionError: they are not, a block is unknown, or the model cannot be read.

    """
    if wanted:
        feature_blocks(wanted)
        if not model:
            return wanted
    folder = find_model(model)
    needed = read_description(folder).features
    if wanted and not set(needed) <= set(wanted):
        raise EmotionError(f'parameter features must have what the model {str(folder)!r} takes, '
                           f'{", ".join(needed)}, got {", ".join(wanted)}')
    return wanted or needed


def main():
    """Run the node."""
    return run(lambda: [FeatureExtractor()], __doc__, PARAMETERS)
