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

"""From frames of sound to features, whatever the frames are like."""

from collections import Counter
from dataclasses import replace
import subprocess
import sys
import threading

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from conftest import CLIPS, noisy, read_clip
from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.dc_blocker import DcBlocker
from emotion_ros.audio.frame import Frame
from emotion_ros.features.extractor import VoiceFeatureExtractor
from emotion_ros.features.log_mel import LogMel
from emotion_ros.features.opensmile_live import LiveExtraction
from emotion_ros.speech.segmenter import Segmentation
from harness import wait_until

ORIGIN = 1_700_000_000_123_456_789
FAST = 'eGeMAPSv02'


def extract(samples, *, size=512, names=(FAST,), **segmentation):
    """Extract from samples in frames of a size; return the results and the extractor."""
    extractor = VoiceFeatureExtractor(names, segmentation=Segmentation(**segmentation))
    results = []
    for first in range(0, len(samples), size):
        frame = Frame(samples[first:first + size, np.newaxis], 16000, first,
                      ORIGIN + sample_time(first))
        results += [pending.result() for pending in extractor.push(frame)]
    results += [pending.result() for pending in extractor.flush()]
    return results


def same(one, other):
    return (one.utterance == other.utterance
            and list(one.matrices) == list(other.matrices)
            and all(np.array_equal(values, other.matrices[name])
                    for name, values in one.matrices.items()))


def smile(samples, names=(FAST,)):
    """Let openSMILE compute blocks of a whole utterance."""
    extraction = LiveExtraction(names)
    extraction.write(samples)
    extraction.finish()
    return extraction.result()


def spectrogram(samples):
    found = LogMel()
    found.push(samples)
    return found.values()


def samples_of(utterance, sound):
    """Give the samples of an utterance in sound, without its offset."""
    count = utterance.duration * 16000 // 10**9
    return DcBlocker().push(sound)[utterance.first_sample:][:count]


def test_utterance_is_described_by_its_own_samples(speech):
    names = 'log_mel', 'eGeMAPSv02', 'ComParE_2016_lld', 'ComParE_2016'
    results = extract(speech, names=names, interim_interval=0.5)
    finals = [result for result in results if result.utterance.final]
    assert [result.utterance.number for result in finals] == [1, 2]
    assert len(results) > len(finals)
    for result in results:
        utterance = result.utterance
        assert utterance.stamp == ORIGIN + sample_time(utterance.first_sample)
        samples = samples_of(utterance, speech)
        assert tuple(result.matrices) == names
        assert np.array_equal(result.matrices['log_mel'], spectrogram(samples))
        for name, values in smile(samples, names[1:]).items():
            assert np.array_equal(result.matrices[name], values)


@pytest.mark.parametrize('names', [['log_mel'], ['log_mel', FAST]], ids='+'.join)
def test_the_features_of_a_pause_are_those_of_the_end(speech, names):
    sound = np.concatenate([speech, talk_with_a_pause(speech)])
    results = extract(sound, names=names, interim_interval=0.0)
    kinds = [(result.utterance.number, 'final' if result.utterance.final else 'pause')
             for result in results if result.utterance.final != result.utterance.paused]
    assert kinds == [(1, 'pause'), (1, 'final'), (2, 'pause'), (2, 'final'), (3, 'pause'),
                     (3, 'pause'), (3, 'final')]
    for number in range(1, len(results)):
        before, result = results[number - 1:number + 1]
        if result.utterance.final:
            assert same(replace(before, utterance=result.utterance), result)
            assert before.utterance == replace(result.utterance, final=False, paused=True)
    assert len(results[4].matrices['log_mel']) < len(results[5].matrices['log_mel'])


WITHOUT_OPENSMILE = """
import sys
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.offline.pipeline import classify_file
classifier = EmotionClassifier(find_model(sys.argv[2]))
assert classifier.description.name == sys.argv[2]
*_, (utterance, emotion) = classify_file(sys.argv[1], classifier)
assert utterance.final and emotion.emotion == 'anger'
print([name for name in sys.modules if 'opensmile' in name or 'rnnoise' in name])
print(any('SMILEapi' in line or 'rnnoise' in line for line in open('/proc/self/maps')))
"""


@pytest.mark.parametrize('model', ['default', 'open'])
def test_nothing_of_openSMILE_is_loaded_where_no_block_is_its_own(model):
    done = subprocess.run([sys.executable, '-c', WITHOUT_OPENSMILE, str(CLIPS[-1]), model],
                          capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ('[]\nFalse\n', '')


def test_interim_results_precede_the_final_one_and_grow(speech):
    first = [result.utterance for result in extract(speech, interim_interval=0.32)
             if result.utterance.number == 1]
    assert [utterance.final for utterance in first] == [False] * (len(first) - 1) + [True]
    durations = [utterance.duration for utterance in first]
    assert durations == sorted(durations)
    assert not any(utterance.truncated for utterance in first)


@settings(max_examples=8, deadline=None)
@given(size=st.integers(16, 16000))
def test_frame_size_changes_nothing(speech, size):
    expected = extract(speech)
    results = extract(speech, size=size)
    assert len(results) == len(expected)
    assert all(map(same, results, expected))


@pytest.mark.parametrize('offset', [-655, 655])   # 2 % of full scale
def test_offset_of_a_cheap_microphone_changes_next_to_nothing(speech, offset):
    speech = speech // 2   # whose loudest samples leave room for it
    plain, moved = (extract(sound.astype(np.int16)) for sound in (speech, speech + offset))
    assert [result.utterance for result in moved] == [result.utterance for result in plain]
    loudness = 10   # its mean
    for one, other in zip(plain, moved):
        assert other.matrices[FAST][0, loudness] == pytest.approx(
            one.matrices[FAST][0, loudness], rel=0.01)


@pytest.mark.parametrize('sound', ['speech', 'talk with a pause'])
def test_noise_is_reduced_before_openSMILE_whatever_the_frames(speech, sound):
    sound = speech if sound == 'speech' else talk_with_a_pause(speech)
    sound = noisy(sound, 1500)
    names = FAST, 'log_mel'
    results = extract(sound, names=names, interim_interval=0.5)
    assert sum(not result.utterance.final for result in results) > 1
    for size in 100, 1600:
        again = extract(sound, names=names, size=size, interim_interval=0.5)
        assert all(map(same, results, again))
    for result in results:
        heard = samples_of(result.utterance, sound)
        loudness = 12   # its 20th percentile: what is soft
        assert result.matrices[FAST][0, loudness] < 0.8 * smile(heard)[FAST][0, loudness]
        assert np.array_equal(result.matrices['log_mel'], spectrogram(heard))   # as it was


def talk_with_a_pause(speech):
    """Make an utterance with a pause in it that is nearly as long as the hang-over."""
    words = speech[8000:20000]
    return np.concatenate([words, np.zeros(round(0.35 * SAMPLE_RATE), np.int16), words,
                           np.zeros(SAMPLE_RATE, np.int16)])


def test_person_who_goes_on_after_a_pause_is_heard_as_a_whole(speech):
    sound = talk_with_a_pause(speech)
    result, = [result for result in extract(sound, interim_interval=0.0)
               if result.utterance.final]
    assert result.utterance.duration > 1_600_000_000
    expected = smile(samples_of(result.utterance, sound))
    assert np.array_equal(result.matrices[FAST], expected[FAST])


def test_openSMILE_ends_before_the_utterance_is_known_to_be_over(speech, monkeypatch):
    finished, waited = {}, []   # extraction: where
    monkeypatch.setattr(LiveExtraction, 'finish', lambda self, finish=LiveExtraction.finish: (
        finished.setdefault(self, first), finish(self)))
    extractor = VoiceFeatureExtractor([FAST], segmentation=Segmentation(interim_interval=0.0))
    for first in range(0, len(speech), 512):
        for pending in extractor.push(Frame(speech[first:first + 512, np.newaxis], 16000, first,
                                            ORIGIN + sample_time(first))):
            if pending.utterance.final:
                waited.append((first - finished[pending.extraction]) / SAMPLE_RATE)
            pending.abort()
    assert waited == pytest.approx([0.192, 0.192])


@pytest.mark.parametrize('interim_interval', [0.0, 0.32])
def test_openSMILE_that_takes_no_more_is_not_left_running(speech, monkeypatch, interim_interval):
    threads = threading.active_count()
    extractor = VoiceFeatureExtractor(
        [FAST], segmentation=Segmentation(interim_interval=interim_interval))
    write, begun = LiveExtraction.write, []

    def take(self, samples):
        if self not in begun:
            begun.append(self)
        if len(begun) > 1:
            raise RuntimeError('no more')
        write(self, samples)

    monkeypatch.setattr(LiveExtraction, 'write', take)
    sound = talk_with_a_pause(speech)
    refused = 0
    for first in range(0, len(sound), 512):
        try:
            for pending in extractor.push(Frame(sound[first:first + 512, np.newaxis], 16000, first,
                                                ORIGIN + sample_time(first))):
                pending.abort()
        except RuntimeError:
            refused += 1
    extractor.close()
    assert refused
    wait_until(lambda: threading.active_count() == threads, what='the end of openSMILE')


def test_utterance_cut_by_the_end_is_truncated(speech):
    *_, last = extract(speech[:8000 + 16000])
    assert last.utterance.final
    assert last.utterance.truncated


def test_long_speech_is_cut_at_the_longest(speech):
    finals = [result.utterance for result in
              extract(np.tile(speech[8000:20000], 8), max_utterance_duration=3.0)
              if result.utterance.final]
    assert max(utterance.duration for utterance in finals) <= 3_000_000_000
    assert any(utterance.truncated for utterance in finals)


def test_silence_and_noise_give_nothing():
    random = np.random.default_rng(0)
    for sound in (np.zeros(80000), random.normal(0, 2000, 80000)):
        assert extract(sound.astype(np.int16)) == []


def test_other_rates_and_channels_are_heard_too():
    import soxr
    samples = read_clip(CLIPS[0])
    wave = soxr.resample(samples, 16000, 44100)
    extractor = VoiceFeatureExtractor([FAST])
    found = []
    for first in range(0, len(wave), 1323):
        block = np.repeat(wave[first:first + 1323, np.newaxis], 2, axis=1)
        found += [pending.result() for pending in extractor.push(
            Frame(block, 44100, first, ORIGIN + first * 10**9 // 44100))]
    *_, expected = extract(samples)
    *_, result = found
    assert result.utterance.duration == expected.utterance.duration
    assert abs(result.utterance.stamp - expected.utterance.stamp) < 1_000_000
    # Loudness and pitch hardly change.
    assert result.matrices[FAST][0, 0] == pytest.approx(expected.matrices[FAST][0, 0], rel=0.02)


def test_close_gives_an_open_utterance_up(speech):
    extractor = VoiceFeatureExtractor([FAST])
    for first in range(0, 24000, 512):
        list(extractor.push(Frame(speech[first:first + 512, np.newaxis], 16000, first,
                                  ORIGIN + sample_time(first))))
    extractor.close()
    extractor.close()


def test_what_lies_between_two_streams_is_no_gap(speech):
    counts = Counter()
    extractor = VoiceFeatureExtractor([FAST], counts=counts)
    for first_sample in (0, 10 * SAMPLE_RATE):
        list(extractor.push(Frame(speech[:320, np.newaxis], SAMPLE_RATE, first_sample,
                                  sample_time(first_sample))))
        list(extractor.flush())
    assert not counts
