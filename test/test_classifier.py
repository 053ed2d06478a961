"""What the installed model says, by both back ends."""

import numpy as np
import pytest

from conftest import CLIPS
from emotion_ros.audio.file_source import FileSource
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline import classify_file, extract
from emotion_ros.paths import default_model

UTTERANCE = Utterance(1, 0, 0, 10**9, True, False)


@pytest.fixture(scope='module')
def classifier():
    """The installed model."""
    return EmotionClassifier(default_model())


def features(values, feature_set='ComParE_2016'):
    return VoiceFeatures(UTTERANCE, feature_set, np.asarray(values, np.float32))


@pytest.mark.parametrize('clip', CLIPS, ids=lambda clip: clip.stem)
def test_clip_has_one_utterance_with_probabilities(classifier, clip):
    *_, (utterance, emotion) = classify_file(clip, classifier)
    assert utterance.number == 1
    assert utterance.final
    assert len(emotion.probabilities) == len(emotion.labels) == 7
    assert emotion.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert (emotion.probabilities >= 0).all()
    assert 0 <= emotion.confidence <= 1


def test_both_backends_agree(classifier):
    tensorflow = EmotionClassifier(default_model(), backend='tensorflow')
    for clip in CLIPS:
        for found in extract(FileSource(clip).frames(), 'ComParE_2016'):
            one, other = classifier.classify(found), tensorflow.classify(found)
            np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)
            assert one.confidence == pytest.approx(other.confidence, abs=1e-5)


def test_same_input_same_output_bit_for_bit(classifier):
    found = list(extract(FileSource(CLIPS[0]).frames(), 'ComParE_2016'))[-1]
    first = classifier.classify(found)
    again = EmotionClassifier(default_model()).classify(found)
    assert np.array_equal(first.probabilities, again.probabilities)
    assert first.confidence == again.confidence


def test_threshold_decides_between_label_and_unknown(classifier):
    found = list(extract(FileSource(CLIPS[0]).frames(), 'ComParE_2016'))[-1]
    known = EmotionClassifier(default_model(), confidence_threshold=0.0).classify(found)
    assert known.emotion == known.labels[int(np.argmax(known.probabilities))]
    unsure = EmotionClassifier(default_model(), confidence_threshold=1.0).classify(found)
    assert unsure.confidence < 1
    assert unsure.emotion == 'unknown'


@pytest.mark.parametrize('wrong, word', [
    (features(np.zeros((1, 88)), 'eGeMAPSv02'), 'eGeMAPSv02'),
    (features(np.zeros((1, 88))), '88'),
    (features(np.zeros((2, 6373))), '2, 6373'),
    (features(np.full((1, 6373), np.nan)), 'finite'),
    (features(np.full((1, 6373), np.inf)), 'finite'),
])
def test_features_that_do_not_fit_are_refused(classifier, wrong, word):
    with pytest.raises(ValueError, match=word):
        classifier.classify(wrong)


@pytest.mark.parametrize('scale', [0.0, 1e-30, 1.0, -1e10, 3e38])
def test_extreme_features_give_proper_probabilities(classifier, scale):
    emotion = classifier.classify(features(np.full((1, 6373), scale)))
    assert emotion.probabilities.sum() == pytest.approx(1, abs=1e-5)
