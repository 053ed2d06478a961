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

"""Where a voice comes from, and the sound of that direction."""

import math

import numpy as np
import pytest
from scipy.signal import fftconvolve

from conftest import CLIPS, read_clip
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.array.channels import live_channels
from emotion_ros.audio.array.dereverberation import Dereverberation
from emotion_ros.audio.array.geometry import MicrophoneArray, presets
from emotion_ros.audio.array.spectra import HOP, spectra
from emotion_ros.audio.array.voice import BACKGROUND, ArrayVoice
from emotion_ros.audio.frame import Frame
from emotion_ros.errors import EmotionError
from plane_waves import CIRCLE, circle, diffuse_noise, plane_wave, to_int16

BEFORE = round(BACKGROUND * SAMPLE_RATE)


@pytest.fixture(scope='module')
def voice():
    """Two seconds of speech, at a level of 1000 or so."""
    samples = read_clip(CLIPS[0]).astype(float)
    begin = np.flatnonzero(np.abs(samples) > 500)[0] - 3072
    samples = samples[max(0, begin):][:2 * SAMPLE_RATE]
    return samples * 1000 / samples.std()


def listen(sound, array=None):
    """Hear an utterance that begins after the background; return the ArrayVoice and its sound."""
    heard = ArrayVoice(array or circle(), sound[:BEFORE])
    parts = [heard.push(sound[first:first + 512]) for first in range(BEFORE, len(sound), 512)]
    return heard, np.concatenate([*parts, heard.flush()])


def after_silence(samples):
    """Put the background's length of silence before samples."""
    return np.concatenate([np.zeros(BEFORE), samples])


def off(one, other):
    """Degrees between two azimuths [rad]."""
    return abs(math.degrees(math.remainder(one - other, math.tau)))


@pytest.mark.parametrize('degrees', [0, 37, 90, 135, 180, -91, -45])
def test_direction_of_a_voice_in_noise(voice, degrees):
    sound = plane_wave(after_silence(voice), math.radians(degrees))
    heard, _ = listen(to_int16(sound + diffuse_noise(len(sound), 500)))
    assert off(heard.azimuth, math.radians(degrees)) < 3
    assert heard.certainty > 0.8


@pytest.mark.parametrize('delays, degrees', [((0, 8, 16, 8), 0), ((8, 0, 8, 16), 90)])
def test_the_microphone_that_is_nearest_hears_first(voice, delays, degrees):
    array = MicrophoneArray.select([0.1715, 0, 0, 0, 0.1715, 0, -0.1715, 0, 0, 0, -0.1715, 0])
    sound = np.stack([np.roll(after_silence(voice), delay) for delay in delays], axis=1)
    heard, _ = listen(to_int16(sound), array)
    assert off(heard.azimuth, math.radians(degrees)) < 2


def test_noise_from_one_side_that_was_there_before_is_not_the_voice(voice):
    noise = np.random.default_rng(2).normal(0, 1500, BEFORE + len(voice))
    sound = plane_wave(after_silence(voice), 1.0) + plane_wave(noise, -1.5)
    heard, _ = listen(to_int16(sound))
    assert off(heard.azimuth, 1.0) < 5


def test_echoes_from_elsewhere_are_not_the_voice(voice):
    """They come later, and last longer than the sound that comes straight."""
    sound = plane_wave(after_silence(voice), 1.0)
    for number in range(1, 25):
        echo = np.roll(after_silence(voice), number * 240) * 0.93 ** number
        sound = sound + plane_wave(echo, -1.5 + 0.4 * math.sin(number))
    heard, _ = listen(to_int16(sound / 3))
    assert off(heard.azimuth, 1.0) < 10


def test_a_voice_below_the_noise_has_no_direction_and_is_heard_by_one_microphone(voice):
    rng = np.random.default_rng(4)
    sound = plane_wave(after_silence(voice), 1.0) + rng.normal(0, 9000, (BEFORE + len(voice), 4))
    sound[BEFORE:] *= 0.7   # no frame stands out
    heard, mono = listen(to_int16(sound))
    assert math.isnan(heard.azimuth) and math.isnan(heard.certainty)
    first = to_int16(sound)[BEFORE:BEFORE + len(mono), 0]
    assert np.corrcoef(mono, first)[0, 1] > 0.9


def test_live_microphones_above_one_another_still_work_together(voice):
    array = MicrophoneArray.select([0.03, 0, 0, 0.03, 0, 0.06, -0.03, 0, 0])
    sound = np.stack([after_silence(voice)] * 3, axis=1)
    sound += np.random.default_rng(5).normal(0, 300, sound.shape)
    sound[:, 2] = 0   # dead: the two that are left are on one spot of the plane
    heard, mono = listen(to_int16(sound), array)
    assert heard.dead == (2,) and math.isnan(heard.azimuth)
    alone = listen(to_int16(sound[:, [0, 2, 2]]), array)[1]
    off_by = [np.std(part - voice[:len(part)]) for part in (mono, alone)]
    assert off_by[0] < 0.85 * off_by[1]


def test_direction_is_found_again_while_the_utterance_lasts(voice):
    half = len(voice) // 2
    away = np.concatenate([voice[:half], np.zeros(half)])
    first = plane_wave(after_silence(away), -2.0)
    late = plane_wave(after_silence(np.roll(away, half) * 4), 2.0)
    heard = ArrayVoice(circle(), np.zeros((0, 4), np.int16))
    sound = to_int16(first + late)[BEFORE:]
    heard.push(sound[:half])
    heard.flush()
    assert off(heard.azimuth, -2.0) < 5
    heard.push(sound[half:])
    heard.flush()
    assert off(heard.azimuth, 2.0) < 10


def test_voice_alone_passes_unchanged(voice):
    sound = to_int16(plane_wave(after_silence(voice), 0.7))
    _, mono = listen(sound)
    assert len(mono) == len(voice) - HOP
    error = mono - voice[:len(mono)]
    assert np.std(error) < 0.05 * np.std(voice)


def test_microphones_may_differ_by_some_decibels(voice):
    sound = plane_wave(after_silence(voice), 0.7) + diffuse_noise(BEFORE + len(voice), 100)
    alike, mono = listen(to_int16(sound))
    apart, other = listen(to_int16(sound * [1.3, 0.75, 1.1, 0.9]))
    assert off(apart.azimuth, alike.azimuth) < 2
    assert np.std(other / np.std(other) - mono / np.std(mono)) < 0.1


def test_noise_becomes_softer_than_in_one_microphone(voice):
    speech = plane_wave(after_silence(voice), 0.7)
    noises = {
        'everywhere': (diffuse_noise(len(speech), 500), 3.0),
        'one side': (plane_wave(np.random.default_rng(2).normal(0, 500, len(speech)), -1.5), 10.0),
        'microphones': (np.random.default_rng(3).normal(0, 500, speech.shape), 1.0)}
    for noise, gain in noises.values():
        _, mono = listen(to_int16(speech + noise))
        left = np.std(mono - voice[:len(mono)])
        assert 20 * math.log10(500 / left) > gain


def test_sound_depends_on_no_cut(voice):
    sound = to_int16(plane_wave(after_silence(voice), 0.7)
                     + diffuse_noise(BEFORE + len(voice), 300))
    _, expected = listen(sound)
    heard = ArrayVoice(circle(), sound[:BEFORE])
    parts, first = [], BEFORE
    for size in (100, 1, 700, 5000, 3, 100_000):
        parts.append(heard.push(sound[first:first + size]))
        first += size
    assert np.array_equal(np.concatenate([*parts, heard.flush()]), expected)


def test_reverberation_becomes_softer(voice):
    rng = np.random.default_rng(6)
    times = np.arange(8000) / SAMPLE_RATE
    tails = rng.normal(0, 1, (4, 8000)) * 10 ** (-3 * times / 0.5)   # of 0.5 s
    tails[:, :800] = 0   # 50 ms; what is earlier is left as it is
    tails /= np.sqrt((tails ** 2).sum(axis=1, keepdims=True))
    echoes = np.stack([fftconvolve(voice, tail)[:len(voice)] for tail in tails], axis=1)
    direct = np.repeat(voice[:, np.newaxis], 4, axis=1)
    room = Dereverberation(4)
    found = np.concatenate([room.push(block) for block in np.split(
        spectra(direct + echoes), [60, 100], axis=1)], axis=1)
    left = found - spectra(direct)
    assert np.mean(np.abs(left) ** 2) < 0.5 * np.mean(np.abs(spectra(echoes)) ** 2)


def test_what_is_known_of_the_room_applies_to_other_frames():
    rng = np.random.default_rng(7)
    frames = spectra(rng.integers(-3000, 3000, (20000, 4)).astype(np.int16))
    room = Dereverberation(4)
    pushed = room.push(frames)
    np.testing.assert_allclose(room.apply(frames), pushed[:, room.reach:], rtol=1e-9)


@pytest.mark.parametrize('name', [None, 'uma_8'])
def test_short_utterances_in_noise_have_a_direction_and_a_voice(voice, name):
    array = circle() if name is None else MicrophoneArray.select(name)
    short = voice[:10240]   # 0.64 s: with seven microphones, fewer frames than unknowns
    sound = plane_wave(after_silence(short), 0.7, array)
    noise = plane_wave(np.random.default_rng(2).normal(0, 300, len(sound)), -1.5, array)
    heard, mono = listen(to_int16(sound + noise), array)
    assert off(heard.azimuth, 0.7) < 5
    assert np.corrcoef(mono, short[:len(mono)])[0, 1] > 0.95


@pytest.mark.parametrize('sound', [
    np.zeros((4096, 4)), np.full((4096, 4), 32767), np.eye(4096, 4) * 32767,
    np.tile([32767, -32768], (4096, 2))], ids=['zeros', 'constant', 'clicks', 'clipped'])
def test_any_sound_stays_finite_and_no_louder(sound):
    found = spectra(sound.astype(np.int16))
    room = Dereverberation(4)
    for _ in range(3):
        result = room.push(found)
        assert np.isfinite(result).all()
        assert np.mean(np.abs(result) ** 2) <= np.mean(np.abs(found) ** 2) * 1.001 + 1e-9


def test_two_microphones_tell_the_front_side(voice):
    array = MicrophoneArray.select([0.0, 0.05, 0.0, 0.0, -0.05, 0.0])   # left and right
    for azimuth in (0.6, math.pi - 0.6):
        heard, _ = listen(to_int16(plane_wave(after_silence(voice), azimuth, array)), array)
        assert off(heard.azimuth, 0.6) < 3


@pytest.mark.parametrize('broken', ['zeros', 'noise', 'loud noise', 'two'])
def test_dead_channel_is_found_and_left_out(voice, broken):
    sound = plane_wave(after_silence(voice), -0.5) + diffuse_noise(BEFORE + len(voice), 100)
    rng = np.random.default_rng(4)
    dead = (1, 3) if broken == 'two' else (2,)
    for channel in dead:
        level = {'zeros': 0, 'noise': 30, 'loud noise': 5000, 'two': 300}[broken]
        sound[:, channel] = rng.normal(0, 1, len(sound)) * level
    heard, mono = listen(to_int16(sound))
    assert heard.dead == dead
    expected = abs(-0.5) if broken == 'two' else -0.5   # two are on a line
    assert off(heard.azimuth, expected) < 6
    assert np.corrcoef(mono, voice[:len(mono)])[0, 1] > 0.9


def test_all_channels_of_an_array_live_in_any_noise(voice):
    for level in (1, 100, 3000):
        sound = plane_wave(after_silence(voice), 2.0) + diffuse_noise(BEFORE + len(voice), level)
        assert live_channels(to_int16(sound)).all()


def test_one_channel_that_lives_is_heard_without_a_direction(voice):
    sound = np.zeros((BEFORE + len(voice), 4))
    sound[:, 3] = after_silence(voice)
    heard, mono = listen(to_int16(sound))
    assert heard.dead == (0, 1, 2)
    assert math.isnan(heard.azimuth) and math.isnan(heard.certainty)
    assert np.std(mono - voice[:len(mono)]) < 0.05 * np.std(voice)


def test_dead_channels_are_named_as_in_the_sound(voice):
    array = MicrophoneArray.select(CIRCLE, [1, 2, 3, 4])
    sound = plane_wave(after_silence(voice), 0.0)
    sound[:, 0] = 0
    heard, _ = listen(to_int16(sound), array)
    assert heard.dead == (1,)


def test_channels_that_are_no_microphones_are_left_out():
    frame = Frame(np.arange(12, dtype=np.int16).reshape(2, 6), SAMPLE_RATE, 0, 0)
    array = MicrophoneArray.select(CIRCLE, [1, 2, 4, 3])
    assert array.frame_of(frame).samples.tolist() == [[1, 2, 4, 3], [7, 8, 10, 9]]


@pytest.mark.parametrize('channels, count, reason', [
    ((), 1, 'channels is 1, the array has 4 microphones'),
    ((), 6, 'channels is 6, the array has 4 microphones'),
    ((1, 2, 3, 4), 4, 'channels is 4, array_channels go up to 4'),
])
def test_sound_of_other_channels_is_refused(channels, count, reason):
    with pytest.raises(ValueError, match=reason):
        MicrophoneArray.select(CIRCLE, channels).check(count)


@pytest.mark.parametrize('name', presets())
def test_presets_are_arrays(name):
    array = MicrophoneArray.select(name)
    assert len(array.positions) == len(array.channels)
    assert array.normal is None   # they tell front from back


@pytest.mark.parametrize('value, channels, reason', [
    ('respeaker', (), "array must be x, y and z of each microphone .* got 'respeaker'"),
    ([0.1, 0.0], (), 'array must be x, y and z of each of 2 to 64 microphones, got 2 numbers'),
    ([0.1, 0.0, 0.0], (), 'got 3 numbers'),
    ([0.0] * 7, (), 'got 7 numbers'),
    ([0.1, 0.0, float('nan'), 0.0, 0.0, 0.0], (), 'array must be finite numbers'),
    ([0.1, 0.0, 'left', 0.0, 0.0, 0.0], (), 'array must be finite numbers'),
    ([0.1, 0.0, 0.0, 0.1, 0.0, 0.0], (), 'at least 1 mm apart, got microphones 1 and 2 0 m'),
    ([0.0, 0.0, 0.0, 0.5, 0.0, 0.0, -0.6, 0.0, 0.0], (), 'at most 1 m .* 2 and 3 1.1 m apart'),
    ([0.0, 0.0, 0.0, 0.0, 0.0, 0.1], (), 'above one another'),
    (CIRCLE, [1, 2, 3], r'array_channels must be 4 different channels, .* got \[1, 2, 3\]'),
    (CIRCLE, [1, 2, 3, 3], 'array_channels must be 4 different channels'),
    (CIRCLE, [1, 2, 3, 64], '0 to 63, got'),
])
def test_array_that_cannot_be_is_refused_in_one_line(value, channels, reason):
    with pytest.raises(EmotionError, match=reason) as caught:
        MicrophoneArray.select(value, channels)
    assert '\n' not in str(caught.value)
