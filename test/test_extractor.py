"""From frames of sound to features, whatever the frames are like."""

from collections import Counter
import threading

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from conftest import CLIPS, noisy, read_clip
from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.dc_blocker import DcBlocker
from emotion_ros.audio.frame import Frame
from emotion_ros.features.extractor import VoiceFeatureExtractor
from emotion_ros.features.opensmile_live import LiveExtraction, feature_set
from harness import wait_until

ORIGIN = 1_700_000_000_123_456_789
FAST = 'eGeMAPSv02'


def extract(samples, *, size=512, name=FAST, **segmentation):
    """Extract from samples in frames of a size; return the results and the extractor."""
    extractor = VoiceFeatureExtractor(name, **segmentation)
    results = []
    for first in range(0, len(samples), size):
        frame = Frame(samples[first:first + size, np.newaxis], 16000, first,
                      ORIGIN + sample_time(first))
        results += [pending.result() for pending in extractor.push(frame)]
    results += [pending.result() for pending in extractor.flush()]
    return results


def same(one, other):
    return (one.utterance == other.utterance and one.feature_set == other.feature_set
            and np.array_equal(one.values, other.values))


@pytest.mark.parametrize('name', ['ComParE_2016', 'eGeMAPSv02'])
def test_utterance_is_described_by_its_own_samples(speech, name):
    heard = DcBlocker().push(speech)
    results = extract(speech, name=name, interim_interval=0.5)
    finals = [result for result in results if result.utterance.final]
    assert [result.utterance.number for result in finals] == [1, 2]
    assert len(results) > len(finals)
    for result in results:
        utterance = result.utterance
        assert utterance.stamp == ORIGIN + sample_time(utterance.first_sample)
        count = utterance.duration * 16000 // 10**9
        extraction = LiveExtraction(feature_set(name))
        extraction.write(heard[utterance.first_sample:utterance.first_sample + count])
        extraction.finish()
        assert np.array_equal(result.values, extraction.result())


def test_interim_results_precede_the_final_one_and_grow(speech):
    first = [result.utterance for result in extract(speech, interim_interval=0.32)
             if result.utterance.number == 1]
    assert [utterance.final for utterance in first] == [False] * (len(first) - 1) + [True]
    durations = [utterance.duration for utterance in first]
    assert durations == sorted(durations)
    assert not any(utterance.truncated for utterance in first)


@settings(max_examples=15, deadline=None)
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
        assert other.values[0, loudness] == pytest.approx(one.values[0, loudness], rel=0.01)


@pytest.mark.parametrize('sound', ['speech', 'talk with a pause'])
def test_noise_is_reduced_before_openSMILE_whatever_the_frames(speech, sound):
    sound = speech if sound == 'speech' else talk_with_a_pause(speech)
    sound = noisy(sound, 1000)
    results = extract(sound, interim_interval=0.5)
    assert sum(not result.utterance.final for result in results) > 1
    for size in 100, 1600:
        assert all(map(same, results, extract(sound, size=size, interim_interval=0.5)))
    for result in results:
        utterance = result.utterance
        count = utterance.duration * 16000 // 10**9
        heard = sound[utterance.first_sample:][:count]
        extraction = LiveExtraction(feature_set(FAST))
        extraction.write(heard)
        extraction.finish()
        loudness = 12   # its 20th percentile: what is soft
        assert result.values[0, loudness] < 0.8 * extraction.result()[0, loudness]


def talk_with_a_pause(speech):
    """Make an utterance with a pause in it that is nearly as long as the hang-over."""
    words = speech[8000:20000]
    return np.concatenate([words, np.zeros(round(0.35 * SAMPLE_RATE), np.int16), words,
                           np.zeros(SAMPLE_RATE, np.int16)])


def test_person_who_goes_on_after_a_pause_is_heard_as_a_whole(speech):
    sound = talk_with_a_pause(speech)
    result, = extract(sound, interim_interval=0.0)
    utterance = result.utterance
    assert utterance.duration > 1_600_000_000
    extraction = LiveExtraction(feature_set(FAST))
    heard = DcBlocker().push(sound)
    extraction.write(heard[utterance.first_sample:][:utterance.duration * 16000 // 10**9])
    extraction.finish()
    assert np.array_equal(result.values, extraction.result())


def test_openSMILE_ends_before_the_utterance_is_known_to_be_over(speech, monkeypatch):
    finished, waited = {}, []   # extraction: where
    monkeypatch.setattr(LiveExtraction, 'finish', lambda self, finish=LiveExtraction.finish: (
        finished.setdefault(self, first), finish(self)))
    extractor = VoiceFeatureExtractor(FAST, interim_interval=0.0)
    for first in range(0, len(speech), 512):
        for pending in extractor.push(Frame(speech[first:first + 512, np.newaxis], 16000, first,
                                            ORIGIN + sample_time(first))):
            waited.append((first - finished[pending.extraction]) / SAMPLE_RATE)
            pending.abort()
    assert waited == pytest.approx([0.192, 0.192])


@pytest.mark.parametrize('interim_interval', [0.0, 0.32])
def test_openSMILE_that_takes_no_more_is_not_left_running(speech, monkeypatch, interim_interval):
    threads = threading.active_count()
    extractor = VoiceFeatureExtractor(FAST, interim_interval=interim_interval)
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
              extract(np.tile(speech[8000:20000], 8), longest_utterance=3.0)
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
    extractor = VoiceFeatureExtractor(FAST)
    found = []
    for first in range(0, len(wave), 1323):
        block = np.repeat(wave[first:first + 1323, np.newaxis], 2, axis=1)
        found += [pending.result() for pending in extractor.push(
            Frame(block, 44100, first, ORIGIN + first * 10**9 // 44100))]
    expected, = extract(samples)
    result, = found
    assert result.utterance.duration == expected.utterance.duration
    assert abs(result.utterance.stamp - expected.utterance.stamp) < 1_000_000
    # Loudness and pitch hardly change.
    assert result.values[0, 0] == pytest.approx(expected.values[0, 0], rel=0.02)


def test_close_gives_an_open_utterance_up(speech):
    extractor = VoiceFeatureExtractor(FAST)
    for first in range(0, 24000, 512):
        list(extractor.push(Frame(speech[first:first + 512, np.newaxis], 16000, first,
                                  ORIGIN + sample_time(first))))
    extractor.close()
    extractor.close()


def test_what_lies_between_two_streams_is_no_gap(speech):
    counts = Counter()
    extractor = VoiceFeatureExtractor('eGeMAPSv02', counts=counts)
    for first_sample in (0, 10 * SAMPLE_RATE):
        list(extractor.push(Frame(speech[:320, np.newaxis], SAMPLE_RATE, first_sample,
                                  sample_time(first_sample))))
        list(extractor.flush())
    assert not counts
