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

"""What the installed model says, by both back ends."""

import numpy as np
import pytest

from conftest import CLIPS, needs_tensorflow
from emotion_ros.audio.file_source import FileSource
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import BLOCKS, feature_blocks
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.files.paths import find_model
from emotion_ros.model.backends import AFFECT, LiteRtBackend
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.model.saved_model import read_description
from emotion_ros.offline.pipeline import classify_file, extract

FEATURES = feature_blocks(read_description(find_model()).features)
"""What the installed model takes."""

NAMES = [block.name for block in FEATURES]
FRAMED = [block.name for block in FEATURES if block.framed]
OTHER = next(block for block in BLOCKS.values() if block not in FEATURES)

UTTERANCE = Utterance(1, 0, 0, 10**9, True, False)


@pytest.fixture(scope='module')
def classifier():
    """The installed model."""
    return EmotionClassifier(find_model())


def features(fill=0.0, frames=1, **others):
    """Make features of blocks that are filled with a value, or of other arrays; None is none."""
    matrices = {block.name: np.full((frames if block.framed else 1, block.dimensions), fill)
                for block in FEATURES}
    return VoiceFeatures(UTTERANCE, {
        name: np.asarray(values, np.float32) for name, values in (matrices | others).items()
        if values is not None})


def last_of(clip):
    """Compute the features of the last utterance in a clip."""
    return list(extract(FileSource(clip).frames(), NAMES))[-1]


@pytest.mark.parametrize('clip', CLIPS, ids=lambda clip: clip.stem)
def test_clip_has_one_utterance_with_probabilities(classifier, clip):
    *_, (utterance, emotion) = classify_file(clip, classifier)
    assert utterance.number == 1
    assert utterance.final
    assert len(emotion.probabilities) == len(emotion.labels) == 7
    assert emotion.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert (emotion.probabilities >= 0).all()
    assert 0 <= emotion.confidence <= 1


@needs_tensorflow
def test_both_backends_agree(classifier):
    tensorflow = EmotionClassifier(find_model(), backend='tensorflow')
    for clip in CLIPS:
        for found in extract(FileSource(clip).frames(), NAMES):
            one, other = classifier.classify(found), tensorflow.classify(found)
            # LiteRT has the weights rounded to 8 bits.
            np.testing.assert_allclose(one.probabilities, other.probabilities, atol=0.05)
            assert one.confidence == pytest.approx(other.confidence, abs=0.05)


def test_same_input_same_output_bit_for_bit(classifier):
    found = last_of(CLIPS[0])
    first = classifier.classify(found)
    again = EmotionClassifier(find_model()).classify(found)
    assert np.array_equal(first.probabilities, again.probabilities)
    assert first.confidence == again.confidence


def test_threshold_decides_between_label_and_unknown(classifier):
    found = last_of(CLIPS[0])
    known = EmotionClassifier(find_model(), confidence_threshold=0.0).classify(found)
    assert known.emotion == known.labels[int(np.argmax(known.probabilities))]
    unsure = EmotionClassifier(find_model(), confidence_threshold=1.0).classify(found)
    assert unsure.confidence < 1
    assert unsure.emotion == 'unknown'


def test_the_threshold_is_of_the_confidence(classifier, monkeypatch):
    found = last_of(CLIPS[0])
    sure = classifier.classify(found).confidence
    for threshold, known in ((sure - 1e-6, True), (sure + 1e-6, False)):
        monkeypatch.setattr(classifier, 'confidence_threshold', threshold)
        assert (classifier.classify(found).emotion != 'unknown') == known


def test_equal_features_are_not_run_again(classifier, monkeypatch):
    classifier = EmotionClassifier(find_model())
    found, other = last_of(CLIPS[0]), last_of(CLIPS[1])
    runs = []
    run = LiteRtBackend.run
    monkeypatch.setattr(LiteRtBackend, 'run', lambda network, matrices, speaker: (
        runs.append(matrices), run(network, matrices, speaker))[1])
    copied = VoiceFeatures(UTTERANCE, {name: values.copy()
                                       for name, values in found.matrices.items()})
    first, again = classifier.classify(found), classifier.classify(copied)
    assert len(runs) == 1
    assert np.array_equal(first.probabilities, again.probabilities)
    assert first.confidence == again.confidence
    monkeypatch.setattr(classifier, 'confidence_threshold', 1.0)
    assert classifier.classify(found).emotion == 'unknown'   # the threshold is not remembered
    classifier.classify(other)
    assert np.array_equal(classifier.classify(found).probabilities, first.probabilities)
    assert len(runs) == 3


def test_arousal_and_valence_are_told_where_the_network_does(classifier, monkeypatch):
    run = LiteRtBackend.run
    monkeypatch.setattr(LiteRtBackend, 'run', lambda network, matrices, speaker: {
        name: values for name, values in run(network, matrices, speaker).items()
        if name not in AFFECT})
    emotion = classifier.classify(features(0.5))
    assert np.isnan([emotion.arousal, emotion.valence]).all()
    told = {'arousal': np.float32([-0.25]), 'valence': np.float32([1.5])}
    monkeypatch.setattr(LiteRtBackend, 'run', lambda network, matrices, speaker: (
        run(network, matrices) | told))
    emotion = classifier.classify(features(0.25))
    assert (emotion.arousal, emotion.valence) == (-0.25, 1)
    told['arousal'][0] = np.nan
    with pytest.raises(EmotionError, match='not finite'):
        classifier.classify(features(0.125))


def test_blocks_that_the_model_does_not_take_change_nothing(classifier):
    other = np.zeros((1, OTHER.dimensions))
    assert np.array_equal(classifier.classify(features(1.0)).probabilities,
                          classifier.classify(features(1.0, **{OTHER.name: other})).probabilities)


@pytest.mark.parametrize('change, words', [
    (lambda block: {block.name: None}, 'missing'),
    (lambda block: {block.name: np.zeros((1, block.dimensions + 1))}, 'got shape'),
    (lambda block: {block.name: np.zeros((1, block.dimensions - 1))}, 'got shape'),
    (lambda block: {block.name: np.zeros((0, block.dimensions))}, 'got shape'),
    (lambda block: {block.name: np.full((1, block.dimensions), np.nan)}, 'not finite'),
    (lambda block: {block.name: np.full((1, block.dimensions), np.inf)}, 'not finite'),
    (lambda block: {'mine': np.zeros((1, 1))}, "'mine'.*must be of ComParE_2016"),
    (lambda block: {OTHER.name: np.zeros((1, OTHER.dimensions + 1))}, 'got shape'),
], ids=['missing', 'wide', 'narrow', 'empty', 'nan', 'inf', 'unknown', 'other'])
@pytest.mark.parametrize('block', FEATURES, ids=lambda block: block.name)
def test_features_that_do_not_fit_are_refused(classifier, change, words, block):
    with pytest.raises(ValueError, match=words):
        classifier.classify(features(**change(block)))


def test_two_rows_of_functionals_are_refused(classifier):
    for block in FEATURES:
        if not block.framed:
            with pytest.raises(ValueError, match='1 frames'):
                classifier.check(features(**{block.name: np.zeros((2, block.dimensions))}))


@pytest.mark.skipif(not FRAMED, reason='all utterances have one length')
def test_a_long_utterance_does_not_change_what_is_said_of_the_next(classifier):
    found = last_of(CLIPS[0])
    short = VoiceFeatures(UTTERANCE, found.matrices | {
        name: found.matrices[name][:50] for name in FRAMED})
    first = classifier.classify(short)
    classifier.classify(features(frames=6000))
    again = classifier.classify(short)
    assert np.array_equal(first.probabilities, again.probabilities)
    assert first.confidence == again.confidence


@pytest.mark.parametrize('scale', [0.0, 1e-30, 1.0, -1e10, 3e38])
@pytest.mark.parametrize('frames', [1, 100] if FRAMED else [1])
def test_extreme_features_give_proper_probabilities(classifier, scale, frames):
    emotion = classifier.classify(features(scale, frames))
    assert emotion.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert 0 <= emotion.confidence <= 1
