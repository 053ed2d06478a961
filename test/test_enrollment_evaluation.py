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


"""What profiles of known people are worth, as the evaluation measures it."""

import json

import numpy as np
import pytest

pytest.importorskip('sklearn', reason='scikit-learn is not installed: requirements-train.txt')

from conftest import CLIPS, needs_tensorflow  # noqa: E402
from emotion_ros.audio.file_source import FileSource  # noqa: E402
from emotion_ros.enrollment.gains import Enrollment, RememberingClassifier  # noqa: E402
from emotion_ros.evaluation.enrollment import write_enrollment  # noqa: E402
from emotion_ros.model.classifier import EmotionClassifier  # noqa: E402
from emotion_ros.offline.pipeline import extract  # noqa: E402
from emotion_ros.training.examples import Examples  # noqa: E402
from emotion_ros.voices.calibration import (  # noqa: E402
    calibrate_voices,
    measure_recognition,
)
from stub_voices import stub_classifier, utterance  # noqa: E402


def test_strangers_are_seldom_named_by_the_calibrated_threshold():
    rng = np.random.default_rng(0)
    speakers, emotions = (values.ravel() for values in np.meshgrid(
        np.arange(12), np.repeat(np.arange(3), 8), indexing='ij'))
    voices = (rng.normal(size=(12, 16))[speakers] + rng.normal(size=(3, 16))[emotions]
              + rng.normal(0, 0.5, (len(speakers), 16))).astype(np.float32)
    about = voices, speakers, emotions, speakers % 2
    found = calibrate_voices(*about, seed=0)
    assert found.slope > 0 and 0.5 < found.threshold < 1
    assert found == calibrate_voices(*about, seed=0)
    told = measure_recognition(*about, found, seed=0)
    assert 0.3 < told.known < 1 and told.misnamed < 0.05
    assert 0.005 < told.strangers_named <= 0.021   # of neither group more
    alone = *about[:3], speakers
    assert calibrate_voices(*alone, seed=0) is None
    assert measure_recognition(*alone, found, seed=0) is None


@needs_tensorflow
def test_the_evaluation_runs_the_encoder_once_and_says_what_the_robot_does():
    classifier, fast = EmotionClassifier('default'), RememberingClassifier('default')
    heard = [features for clip in CLIPS for features in extract(
        FileSource(clip).frames(), classifier.description.features) if features.utterance.final]
    profile = classifier.describe(heard[0])['embedding']
    for features in heard:
        for embedding in (None, profile):
            one, other = (each.describe(features, embedding) for each in (classifier, fast))
            assert np.array_equal(one['embedding'], other['embedding'])
            # LiteRT has the weights in 8 bits.
            np.testing.assert_allclose(one['probabilities'], other['probabilities'], atol=0.02)
        assert not np.array_equal(fast.describe(features)['probabilities'],
                                  fast.describe(features, profile)['probabilities'])


def test_evaluation_tells_what_enrollment_brings(tmp_path, log):
    classifier = stub_classifier()
    labels = classifier.description.labels
    rows = [(person, target, number) for person in (1, 2, 3) for target in range(len(labels))
            for number in range(3)]
    values = np.empty(len(rows), object)
    for row, (person, target, number) in enumerate(rows):
        values[row] = utterance(classifier, labels[target], person, number).matrices
    people, targets, _ = np.array(rows).T
    speakers = np.char.add('a/', people.astype(str))
    examples = Examples(values, targets, np.arange(len(rows)), speakers, np.full(len(rows), 'a'))
    write_enrollment(tmp_path, classifier, examples, (
        Enrollment(0), Enrollment(1), Enrollment(2, neutral=True), Enrollment(3)))
    content = json.loads((tmp_path / 'enrollment.json').read_text())
    plain, known, neutral = content['gains']   # with three nothing is left to test
    assert plain['uar'] == plain['stranger_uar'] < 1 and plain['utterances'] == len(rows)
    assert known['uar'] == 1 and known['high'] > 0.2 and known['speakers'] == 3
    assert neutral['enrolled'] == '2 neutral' and neutral['uar'] >= neutral['stranger_uar']
    assert content['recognition'] == {'known': 1.0, 'misnamed': 0.0, 'strangers_named': 0.0}
    text = (tmp_path / 'enrollment.md').read_text()
    assert '1 of each emotion' in text and 'get the right name' in log.text
