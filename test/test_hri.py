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

"""Emotions as ROS4HRI has them, with its messages built from the same definitions."""

import re
import signal
import time

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
import pytest
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from std_msgs.msg import Bool

from conftest import REPOSITORY, import_opensmile
from emotion_ros.emotions import EMOTIONS
from emotion_ros.features.voice_summary import BLOCK, VoiceSummary
from emotion_ros.files.paths import find_model
from emotion_ros.model.expressions import EXPRESSIONS
from emotion_ros.model.saved_model import read_description
from emotion_ros.msg import EmotionStamped, VoiceFeatures
from emotion_ros.nodes import qos
from emotion_ros.nodes.hri import voice_id_of
from harness import Executable, Listener, feature_matrices, refusal, wait_until
from interface_packages import environment_with
from lifecycle_manager import ends_quickly
from relay import Relay

EXPRESSION, IDS = 'hri_msgs/msg/Expression', 'hri_msgs/msg/IdsList'
TOPICS = '/humans/voices/visitor/expression', '/humans/voices/tracked'


@pytest.fixture(scope='session')
def hri(tmp_path_factory):
    """An environment with hri_msgs."""
    return environment_with('hri_msgs', tmp_path_factory.mktemp('workspace'))


def features(further=(), **changes):
    """Make features that the default model takes; they begin at the second of their number."""
    message = VoiceFeatures(features=feature_matrices(further=further), **changes)
    message.header.frame_id, message.header.stamp.sec = 'left_ear', message.utterance
    return message


def test_every_label_has_a_word_that_ros4hri_knows():
    lines = (REPOSITORY / 'test' / 'interfaces' / 'hri_msgs' / 'msg' / 'Expression.msg').read_text()
    words = {line.split('"')[1] for line in lines.splitlines() if '"' in line}
    assert set(EXPRESSIONS.values()) <= words
    assert set(EXPRESSIONS) == {*EMOTIONS, *read_description(find_model()).labels}


class Heard:
    """What a classifier says of features that are published; a context manager.

    Args:
        hri: environment with hri_msgs.
        parameters: of the classifier.

    """

    def __init__(self, hri, **parameters):
        self.classifier = Executable('emotion_classifier', environment=hri, hri=True,
                                     voice_id='visitor', **parameters)
        self.relay = Relay(hri)
        self.listener = Listener()

    def __enter__(self):
        for part in (self.listener, self.relay, self.classifier):
            part.__enter__()
        self.classifier.wait_for('ready')
        self.emotions = self.listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
        self.expressions = self.relay.subscribe(EXPRESSION, TOPICS[0])
        self.tracked = self.relay.subscribe(IDS, TOPICS[1], latched=True)
        publisher = self.listener.node.create_publisher(
            VoiceFeatures, 'voice_features', qos.FEATURES)
        self.publish = publisher.publish
        wait_until(self._met, what='the nodes to find each other')
        return self

    def _met(self):
        self.publish(features(utterance=0, final=True))
        time.sleep(0.2)
        return self.emotions and self.expressions

    def wait_for(self, utterance):
        """Wait until an utterance is answered; give what was said but for that of _met()."""
        wait_until(lambda: self.emotions[-1].utterance == utterance)
        wait_until(lambda: self.expressions[-1]['header']['stamp']['sec'] == utterance)
        return ([message for message in self.emotions if message.utterance],
                [message for message in self.expressions if message['header']['stamp']['sec']])

    def change(self, transition):
        """Change the state of the classifier."""
        assert self.listener.call(
            ChangeState, 'emotion_classifier/change_state',
            ChangeState.Request(transition=Transition(id=transition))).success

    def set(self, name, value):
        """Set a parameter of it."""
        self.listener.call(SetParameters, 'emotion_classifier/set_parameters',
                           SetParameters.Request(parameters=[
                               Parameter(name, value=value).to_parameter_msg()]))

    def __exit__(self, *error):
        for part in (self.classifier, self.relay, self.listener):
            part.__exit__(*error)


def test_a_whole_utterance_is_an_expression_of_the_voice(hri):
    with Heard(hri, confidence_threshold=0.0) as heard:
        heard.publish(features(utterance=1, final=False))
        heard.publish(features(utterance=2, final=True))
        (interim, said), (expression,) = heard.wait_for(2)
        assert not interim.final
        assert expression == {
            'header': {'stamp': {'sec': 2, 'nanosec': 0}, 'frame_id': 'left_ear'},
            'expression': EXPRESSIONS[said.emotion],
            'confidence': pytest.approx(said.confidence),
            'valence': pytest.approx(said.valence),
            'arousal': pytest.approx(said.arousal)}


def test_unknown_is_no_expression(hri):
    with Heard(hri, confidence_threshold=0.0) as heard:
        heard.set('confidence_threshold', 1.0)
        heard.publish(features(utterance=1, final=True))
        wait_until(lambda: heard.emotions[-1].utterance == 1)
        heard.set('confidence_threshold', 0.0)
        heard.publish(features(utterance=2, final=True))
        (unknown, _), (_,) = heard.wait_for(2)
        assert unknown.emotion == EmotionStamped.UNKNOWN


def test_a_voice_has_features_and_tells_whether_it_speaks(hri):
    with Heard(hri, confidence_threshold=0.0) as heard:
        strangers, hers = (heard.relay.subscribe(
            'std_msgs/msg/Bool', f'/humans/voices/{name}/is_speaking', latched=True)
            for name in ('visitor', 'Anna'))
        numbers = heard.relay.subscribe(
            'hri_msgs/msg/AudioFeatures', '/humans/voices/visitor/features')
        speaking = heard.listener.node.create_publisher(Bool, 'person_speaking', qos.LATCHED)
        wait_until(speaking.get_subscription_count)
        speaking.publish(Bool(data=True))
        wait_until(lambda: strangers == [{'data': True}])
        heard.set('speaker', 'Anna')
        heard.publish(features(utterance=1, final=False))   # now it is known who speaks
        wait_until(lambda: strangers == [{'data': True}, {'data': False}])
        speaking.publish(Bool(data=False))
        wait_until(lambda: hers[-1:] == [{'data': False}])
        heard.set('speaker', '')

        def are_told():
            heard.publish(features(further=[BLOCK], utterance=2, final=True))
            time.sleep(0.2)
            return numbers
        wait_until(are_told, what='the features')
        assert numbers[0] == {'zcr': 0.0, 'rms': 0.0, 'pitch': 0.0, 'hnr': 0.0, 'mfcc': [0.0] * 12}


def test_features_are_those_that_opensmile_names():
    opensmile = import_opensmile()
    smile = opensmile.Smile(feature_set=opensmile.FeatureSet.ComParE_2016,
                            feature_level=opensmile.FeatureLevel.Functionals)
    numbers = {'pcm_zcr_sma_amean': 1.0, 'pcm_RMSenergy_sma_amean': 2.0,
               'F0final_sma_amean': 1500.0, 'logHNR_sma_amean': 4.0,
               **{f'mfcc_sma[{index}]_amean': 10.0 + index for index in range(1, 13)}}
    row = np.array([[numbers.get(name, -1.0) for name in smile.feature_names]], np.float32)
    assert VoiceSummary.from_functionals(row) == VoiceSummary(
        1.0, 2.0, 3.0, 4.0, [10.0 + index for index in range(1, 13)])


def test_the_voice_is_listed_while_the_node_is_active(hri):
    with Heard(hri, confidence_threshold=0.0) as heard:
        wait_until(lambda: heard.tracked)
        heard.change(Transition.TRANSITION_DEACTIVATE)
        wait_until(lambda: len(heard.tracked) == 2)
        heard.change(Transition.TRANSITION_ACTIVATE)
        wait_until(lambda: len(heard.tracked) == 3)
        assert [message['ids'] for message in heard.tracked] == [['visitor'], [], ['visitor']]
        heard.change(Transition.TRANSITION_DEACTIVATE)
        heard.change(Transition.TRANSITION_CLEANUP)
        wait_until(lambda: not any(map(heard.listener.node.count_publishers, TOPICS)))


def test_no_voice_is_listed_once_the_node_has_ended(hri):
    with Heard(hri, confidence_threshold=0.0) as heard:
        wait_until(lambda: heard.tracked)
        assert ends_quickly(heard.classifier, signal.SIGINT)
        wait_until(lambda: len(heard.tracked) == 2)
        assert heard.tracked[-1]['ids'] == []


def test_voices_of_different_people_never_have_the_same_id():
    names = ['Anna', 'Anna_Maria', 'Anna Maria', 'Anna-Maria', 'Иван', 'Олег', '7', '_7', '__7',
             'x' * 64, 'x' * 65, 'x' * 66, 'anonymous_speaker', 'anonymous speaker', '\ud800']
    ids = [voice_id_of(name, 'anonymous_speaker') for name in names]
    assert len({'anonymous_speaker', *ids}) == 1 + len(names)
    assert all(re.fullmatch('[A-Za-z_][A-Za-z0-9_]{0,63}', found) for found in ids)
    assert ids[:2] == names[:2]
    assert re.fullmatch('Anna_Maria_[0-9a-f]{8}', ids[2])


def test_who_is_known_has_a_voice_of_their_own(hri):
    anna = voice_id_of('Anna Maria', 'visitor')
    with Heard(hri, confidence_threshold=0.0) as heard:
        found = heard.relay.subscribe(EXPRESSION, f'/humans/voices/{anna}/expression')
        heard.set('speaker', 'Anna Maria')
        heard.publish(features(utterance=1, final=True))   # nobody may know of the voice yet
        wait_until(lambda: heard.tracked and heard.tracked[-1]['ids'] == ['visitor', anna])
        wait_until(lambda: heard.listener.node.count_publishers(
            f'/humans/voices/{anna}/expression') == 1)
        for number in range(2, 50):
            heard.publish(features(utterance=number, final=True))
            wait_until(lambda: heard.emotions[-1].utterance == number)
            if found:
                break
        wait_until(lambda: found)
        assert found[-1]['header']['frame_id'] == 'left_ear'
        assert heard.emotions[-1].speaker == 'Anna Maria'


def test_the_voice_may_be_listed_by_others(hri):
    with Heard(hri, confidence_threshold=0.0, track_voice=False) as heard:
        assert [heard.listener.node.count_publishers(topic) for topic in TOPICS] == [1, 0]


def test_without_hri_nothing_of_it_is_there():
    with Listener() as listener, Executable('emotion_classifier').wait_for('ready'):
        wait_until(lambda: listener.node.count_publishers('emotion'))
        assert not [topic for topic, _ in listener.node.get_topic_names_and_types()
                    if topic.startswith('/humans')]


def test_missing_package_is_one_line():
    classifier = Executable('emotion_classifier', hri=True)
    assert classifier.finish() == 1
    line, = [line for line in classifier.lines if 'hri_msgs' in line]
    assert 'parameter hri is true' in line and 'sudo apt install ros-$ROS_DISTRO-hri-msgs' in line
    assert 'Traceback' not in classifier.output


@pytest.mark.parametrize('voice_id', ['', '23bd5', 'a/b', 'a b', 'ü', 'x' * 65, 'a\nb'])
def test_voice_id_that_is_no_part_of_a_topic_is_one_line(voice_id):
    assert 'voice_id must be' in refusal('emotion_classifier', hri=True, voice_id=voice_id)
