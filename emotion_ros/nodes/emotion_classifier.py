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

"""Node that classifies the features of a voice by emotion."""

import time

from std_srvs.srv import Trigger

from emotion_ros.errors import EmotionError, one_line
from emotion_ros.model.backends import BACKENDS
from emotion_ros.model.classifier import EmotionClassifier as Classifier
from emotion_ros.msg import EmotionStamped, SpeakerStamped, VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.nodes.backlog import Backlog
from emotion_ros.nodes.classify_service import ClassifyService
from emotion_ros.nodes.diagnostics import Delays, Diagnosis
from emotion_ros.nodes.hri import Voices
from emotion_ros.nodes.lifecycle import ACTIVE, ManagedNode
from emotion_ros.nodes.messages import (
    emotion_to_message,
    message_to_features,
    message_to_speaker,
)
from emotion_ros.nodes.parameters import Parameter, SpeakerParameter
from emotion_ros.nodes.run import run, start_thread
from emotion_ros.voices.recognition import known_speakers
from emotion_ros.voices.reported_speakers import ReportedSpeakers

INTERIM_LIMIT, LIMIT = 32, 64
"""Features that wait to be classified; see Backlog."""

FEATURES = 'features'
MALFORMED = 'features malformed'
PUBLISHED = 'emotions published'
SKIPPED = 'interim results skipped'
DROPPED = 'utterances dropped'
FAILED = 'features failed'
SPEAKER_MALFORMED = 'speakers malformed'
WARNINGS = (MALFORMED, SKIPPED, DROPPED, FAILED, SPEAKER_MALFORMED)
FAILURES = MALFORMED, FAILED
COUNTERS = (FEATURES, MALFORMED, PUBLISHED, SKIPPED, DROPPED, FAILED, SPEAKER_MALFORMED)

PARAMETERS = (
    Parameter('model', '', 'Folder of the model, or the name of an installed one: default or open; '
                           'empty is default.'),
    Parameter('backend', 'litert', 'Library that runs the network; tensorflow is for comparison.',
              choices=tuple(BACKENDS)),
    Parameter('confidence_threshold', -1.0,
              'Confidence below which the emotion is "unknown", 0 to 1; -1 is the threshold of the '
              'model.',
              minimum=-1.0, maximum=1.0, read_only=False),
    Parameter('early', False,
              'Also publish the result at a pause that probably ends the utterance, as an interim '
              'result; the final one follows when the end is certain.', read_only=False),
    Parameter('latched', False,
              'Keep the last results for those who subscribe later, transient local.'),
    Parameter('mood', False, 'Also run the node mood; only emotion_pipeline reads this.',
              at_start=True),
    Parameter('profiles', '', 'Folder of the voice profiles of known people; empty is nobody.'),
    SpeakerParameter('speaker', '', 'Who speaks, if that is known from elsewhere; empty lets the '
                                    'voice decide.', read_only=False),
    Parameter('hri', False, 'Also publish the emotions for ROS4HRI (REP-155); needs hri_msgs.'),
    Parameter('voice_id', 'anonymous_speaker', 'Name of the voice of strangers in ROS4HRI.'),
    Parameter('track_voice', True,
              'List the voice on /humans/voices/tracked; false if another node does.'),
)


class EmotionClassifier(ManagedNode):
    """Subscribes to VoiceFeatures on `voice_features`, publishes EmotionStamped on `emotion`.

    SpeakerStamped on `speaker` names the speaker; the service `~/reload_profiles` reads the voice
    profiles again, and `~/classify` classifies a file or samples. With the parameter hri, it also
    publishes what hri.Voices does.

    Raises:
        EmotionError: a parameter is not allowed.

    """

    subscribed = 'voice_features', 'speaker'

    def __init__(self, **node_options):
        self._classifier = None
        self._voices = None
        self._delays = Delays()
        self._backlog = Backlog(interim_limit=INTERIM_LIMIT, limit=LIMIT)
        super().__init__('emotion_classifier', PARAMETERS, COUNTERS, WARNINGS, FAILURES,
                         **node_options)

    def configure(self, parameters):
        """See ManagedNode."""
        def new_classifier():
            return Classifier(parameters['model'], backend=parameters['backend'])

        classifier = new_classifier()
        self._profiles = parameters['profiles']
        for fault in classifier.load_voices(self._profiles):
            self.get_logger().warning(fault)
        self._voices = parameters['hri'] and Voices(
            self, voice_id=parameters['voice_id'], track=parameters['track_voice'])
        self._classifier = classifier
        self._publisher = self.create_lifecycle_publisher(
            EmotionStamped, 'emotion', qos.RESULTS_KEPT if parameters['latched'] else qos.RESULTS,
            qos_overriding_options=qos.OVERRIDABLE)
        self._reload = self.create_service(Trigger, '~/reload_profiles', self._on_reload)
        self._service = ClassifyService(self, new_classifier, self._adjust)

    def activate(self):
        """See ManagedNode."""
        self._subscription = self.create_subscription(
            VoiceFeatures, 'voice_features', self._on_features, qos.FEATURES,
            qos_overriding_options=qos.OVERRIDABLE)
        self._reported_speakers = ReportedSpeakers()
        self._speakers = self.create_subscription(
            SpeakerStamped, 'speaker', self._on_speaker, qos.RESULTS,
            qos_overriding_options=qos.OVERRIDABLE)
        # A slow network must not keep the node from answering services, nor results fresh ones.
        self._backlog = Backlog(interim_limit=INTERIM_LIMIT, limit=LIMIT)
        self._thread = start_thread(self, self._classify)
        if self._voices:
            self._voices.begin()
        labels = ', '.join(self._classifier.description.labels)
        self.get_logger().info(f'ready, model {self._classifier.model}, {labels}')

    def deactivate(self):
        """See ManagedNode: waiting features are classified first."""
        self.destroy_subscription(self._subscription)
        self.destroy_subscription(self._speakers)
        self._backlog.close()
        self._thread.join()
        if self._voices:
            self._voices.end()

    def before_shutdown(self):
        """See ManagedNode: no voice is listed any more, and none speaks."""
        if self._voices:
            self._voices.leave()

    def cleanup(self):
        """See ManagedNode."""
        self._service.close()
        self.destroy_lifecycle_publisher(self._publisher)
        self.destroy_service(self._reload)
        if self._voices:
            self._voices.close()
        self._classifier = None

    @property
    def features(self):
        """Names of the blocks of features that the model takes, once configured."""
        return self._classifier.description.features if self._classifier else []

    def diagnose(self):
        """See ManagedNode."""
        return Diagnosis(values={
            'model': self._classifier.model if self._classifier else '',
            'speakers known': len(self._classifier.voices.profiles) if self._classifier else 0,
            'subscribers to emotion': (
                self._publisher.get_subscription_count() if self.state == ACTIVE else 0),
            'features waiting': len(self._backlog),
            **self._delays.values('features to emotion')})

    def _on_features(self, message):
        self.counts[FEATURES] += 1
        try:
            features = message_to_features(message)
            self._classifier.check(features)
        except ValueError as error:
            self.counts.count_warning(MALFORMED, error)
            return
        dropped = self._backlog.put(
            (features, message, time.monotonic()), final=message.final)
        if dropped is not None:
            self.counts[DROPPED if dropped[1] else SKIPPED] += 1

    def _on_speaker(self, message):
        try:
            self._reported_speakers.add(*message_to_speaker(message))
        except ValueError as error:
            self.counts.count_warning(SPEAKER_MALFORMED, error)

    def _on_reload(self, _, response):
        try:
            faults = self._classifier.load_voices(self._profiles)
        except EmotionError as error:
            faults = [str(error)]
        for fault in faults:
            self.get_logger().warning(fault)
        response.success = not faults
        response.message = '; '.join(
            [f'known: {known_speakers(self._classifier.voices.profiles)}', *faults])
        return response

    def _adjust(self, classifier):
        """Apply the current settings to a classifier."""
        threshold = self.value('confidence_threshold')
        classifier.confidence_threshold = (
            classifier.description.confidence_threshold if threshold < 0 else threshold)
        classifier.speaker = self.value('speaker')
        if classifier is not self._classifier:
            classifier.voices = self._classifier.voices

    def _classify(self):
        classifier = self._classifier
        while (entry := self._backlog.get()) is not None:
            features, message, received = entry
            self._adjust(classifier)
            try:
                emotion = classifier.classify(
                    features, self._reported_speakers.speaker_of(features.utterance))
                said = emotion_to_message(emotion, message, classifier.model)
                if self._voices:
                    self._voices.publish(said, features)
                if message.paused and not self.value('early'):
                    continue   # the final message brings the same features, most of the time
                self._publisher.publish(said)
            except Exception as error:   # whatever happens, the next one is classified
                if not self.context.ok():
                    return
                self.counts.count_warning(FAILED, one_line(error))
                continue
            self.counts.result(PUBLISHED)
            self._delays.add(time.monotonic() - received)


def main():
    """Run the node."""
    return run(lambda: [EmotionClassifier()], __doc__, PARAMETERS)
