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

"""Speech is told from what is not."""

import os

import numpy as np
import pytest
import soxr

from conftest import CLIPS, read_clip
from emotion_ros.audio.resampler import to_float
from emotion_ros.speech import voice_activity as voice_activity_module
from emotion_ros.speech.voice_activity import CHUNK, SlowDetector, VoiceActivity


def probabilities(samples):
    voice_activity = VoiceActivity()
    return np.array([
        voice_activity.probability(samples[start:start + CHUNK])
        for start in range(0, len(samples) - CHUNK + 1, CHUNK)])


def test_every_bundled_clip_is_speech():
    for path in CLIPS:
        assert (probabilities(read_clip(path)) > 0.5).sum() * CHUNK / 16000 > 0.5, path


def test_a_voice_much_higher_than_most_is_speech():
    """Silero's detector alone finds nothing at this pitch."""
    samples = read_clip(next(path for path in CLIPS if path.stem == '03a04Fd'))
    high = soxr.resample(samples, 1.7 * 16000, 16000)
    assert (probabilities(high) > 0.4).sum() * CHUNK / 16000 > 0.6


class Listener:
    """In place of Silero's detector: keeps what it hears."""

    def __init__(self):
        self.heard = []

    def process_samples(self, samples):
        self.heard.append(np.array(samples))
        return 0.0

    def reset(self):
        pass


def test_the_detector_hears_soft_noise_in_silence_and_near_a_loud_voice_none(monkeypatch):
    monkeypatch.setattr(voice_activity_module, '_load_detector', Listener)
    voice_activity = VoiceActivity()
    loud = (8000 * np.sin(np.arange(CHUNK))).astype(np.int16)
    for chunk in (np.zeros(CHUNK, np.int16), loud):
        voice_activity.probability(chunk)
    silence, tone = voice_activity._detector.heard
    assert -46 < 20 * np.log10(silence.std()) < -42
    assert 20 * np.log10((tone - to_float(loud)).std()) < -70


def test_silence_noise_and_tones_are_not_speech():
    random = np.random.default_rng(0)
    time = np.arange(48000) / 16000
    for name, sound in {
        'silence': np.zeros(48000),
        'white noise': random.normal(0, 3000, 48000),
        'hum': 8000 * np.sin(2 * np.pi * 50 * time),
        'tone': 8000 * np.sin(2 * np.pi * 1000 * time),
        'clicks': np.where(np.arange(48000) % 4000 < 20, 20000, 0),
    }.items():
        assert (probabilities(sound.astype(np.int16)) > 0.5).sum() <= 3, name


def test_dead_channels_do_not_hide_speech():
    samples = read_clip(CLIPS[0])
    loud = np.random.default_rng(0).normal(0, 8000, len(samples)).astype(np.int16)
    silent = np.zeros_like(samples)
    for channels in ([samples, loud, samples, samples], [samples, silent, samples, samples],
                     [loud, samples, silent, samples], [silent, samples]):
        found = probabilities(np.stack(channels, axis=1)) > 0.5
        assert found.sum() == (probabilities(samples) > 0.5).sum()


def test_reset_forgets():
    voice_activity = VoiceActivity()
    samples = read_clip(CLIPS[0])
    chunks = [samples[start:start + CHUNK] for start in range(0, 16000, CHUNK)][:-1]
    first = [voice_activity.probability(chunk) for chunk in chunks]
    voice_activity.reset()
    assert [voice_activity.probability(chunk) for chunk in chunks] == first


@pytest.mark.parametrize('missed', [1, 3, 7, 13])
def test_who_joins_late_soon_hears_the_same(missed):
    samples = to_float(np.tile(read_clip(CLIPS[2]), 3))
    chunks = [samples[start:start + CHUNK] for start in range(0, len(samples) - CHUNK, CHUNK)]
    early, late = SlowDetector(), SlowDetector()
    late.reset(missed)
    heard = np.array([early.process_samples(chunk) for chunk in chunks])[-60:]
    heard_late = np.array([late.process_samples(chunk) for chunk in chunks[missed:]])[-60:]
    assert np.abs(heard - heard_late).max() < 0.02 < np.ptp(heard)


def test_who_joins_late_hears_the_same_noise(monkeypatch):
    monkeypatch.setattr(voice_activity_module, '_load_detector', Listener)
    early, late = VoiceActivity(), VoiceActivity()
    late.reset(70)
    for voice_activity, chunks in ((early, 80), (late, 10)):
        for _ in range(chunks):
            voice_activity.probability(np.zeros(CHUNK, np.int16))
    heard = np.ravel(early._detector.heard[70:]), np.ravel(late._detector.heard)
    assert np.corrcoef(*heard)[0, 1] > 0.99   # the gain still adapts


def test_environment_is_left_as_it_was():
    before = dict(os.environ)
    VoiceActivity()
    assert dict(os.environ) == before
