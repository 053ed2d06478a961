"""What the installed model says, by both back ends."""


import numpy as np
import pytest

from conftest import CLIPS, needs_tensorflow
from emotion_ros.audio.file_source import FileSource
from emotion_ros.features.extractor import Utterance, VoiceFeatures
from emotion_ros.features.opensmile_live import FEATURE_SETS, feature_set
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline import classify_file, extract
from emotion_ros.model.saved_model import read_description
from emotion_ros.paths import default_model

FEATURES = feature_set(read_description(default_model()).feature_set)
"""What the installed model takes."""

SHAPE = FEATURES.least_frames, FEATURES.dimensions
"""Of the shortest utterance."""

OTHER = next(entry for entry in FEATURE_SETS.values() if entry != FEATURES)

UTTERANCE = Utterance(1, 0, 0, 10**9, True, False)


@pytest.fixture(scope='module')
def classifier():
    """The installed model."""
    return EmotionClassifier(default_model())


def features(values, name=FEATURES.name):
    return VoiceFeatures(UTTERANCE, name, np.asarray(values, np.float32))


def last_of(clip):
    """Compute the features of the last utterance in a clip."""
    return list(extract(FileSource(clip).frames(), FEATURES.name))[-1]


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
    tensorflow = EmotionClassifier(default_model(), backend='tensorflow')
    for clip in CLIPS:
        for found in extract(FileSource(clip).frames(), FEATURES.name):
            one, other = classifier.classify(found), tensorflow.classify(found)
            np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)
            assert one.confidence == pytest.approx(other.confidence, abs=1e-5)


def test_same_input_same_output_bit_for_bit(classifier):
    found = last_of(CLIPS[0])
    first = classifier.classify(found)
    again = EmotionClassifier(default_model()).classify(found)
    assert np.array_equal(first.probabilities, again.probabilities)
    assert first.confidence == again.confidence


def test_threshold_decides_between_label_and_unknown(classifier):
    found = last_of(CLIPS[0])
    known = EmotionClassifier(default_model(), confidence_threshold=0.0).classify(found)
    assert known.emotion == known.labels[int(np.argmax(known.probabilities))]
    unsure = EmotionClassifier(default_model(), confidence_threshold=1.0).classify(found)
    assert unsure.confidence < 1
    assert unsure.emotion == 'unknown'


def test_the_threshold_is_of_the_confidence(classifier, monkeypatch):
    found = last_of(CLIPS[0])
    sure = classifier.classify(found).confidence
    for threshold, known in ((sure - 1e-6, True), (sure + 1e-6, False)):
        monkeypatch.setattr(classifier, 'confidence_threshold', threshold)
        assert (classifier.classify(found).emotion != 'unknown') == known


@pytest.mark.parametrize('wrong, word', [
    (features(np.zeros((OTHER.least_frames, OTHER.dimensions)), OTHER.name), OTHER.name),
    (features(np.zeros((SHAPE[0], SHAPE[1] + 1))), str(SHAPE[1] + 1)),
    (features(np.zeros((SHAPE[0], SHAPE[1] - 1))), str(SHAPE[1] - 1)),
    (features(np.zeros((0, SHAPE[1]))), 'shape'),
    (features(np.zeros((SHAPE[0] + (-1 if FEATURES.descriptors else 1), SHAPE[1]))), 'shape'),
    (features(np.full(SHAPE, np.nan)), 'finite'),
    (features(np.full(SHAPE, np.inf)), 'finite'),
], ids=['set', 'wide', 'narrow', 'empty', 'frames', 'nan', 'inf'])
def test_features_that_do_not_fit_are_refused(classifier, wrong, word):
    with pytest.raises(ValueError, match=word):
        classifier.classify(wrong)


@pytest.mark.skipif(not FEATURES.descriptors, reason='all utterances have one length')
def test_a_long_utterance_does_not_change_what_is_said_of_the_next(classifier):
    short = features(last_of(CLIPS[0]).values[:SHAPE[0] + 50])
    first = classifier.classify(short)
    classifier.classify(features(np.zeros((SHAPE[0] + 6000, SHAPE[1]))))
    again = classifier.classify(short)
    assert np.array_equal(first.probabilities, again.probabilities)
    assert first.confidence == again.confidence


@pytest.mark.parametrize('scale', [0.0, 1e-30, 1.0, -1e10, 3e38])
@pytest.mark.parametrize('more', [0, 100] if FEATURES.descriptors else [0])
def test_extreme_features_give_proper_probabilities(classifier, scale, more):
    emotion = classifier.classify(features(np.full((SHAPE[0] + more, SHAPE[1]), scale)))
    assert emotion.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert 0 <= emotion.confidence <= 1
