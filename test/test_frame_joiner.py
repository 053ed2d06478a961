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

"""Longer frames while nobody speaks."""

import itertools

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from conftest import CLIPS, read_clip
from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.frame import Frame
from emotion_ros.audio.frame_joiner import WINDOW, join_steady
from emotion_ros.features.extractor import VoiceFeatureExtractor

FRAME = 512
DEFAULT = 0.192   # of the parameter steady_frame_duration
SETTLED = -(-round(WINDOW * SAMPLE_RATE) // FRAME)   # frames


def frames_of(samples, size=FRAME, first_sample=0):
    return [Frame(samples[first:first + size, np.newaxis], SAMPLE_RATE, first_sample + first,
                  sample_time(first_sample + first)) for first in range(0, len(samples), size)]


def noise(seconds, level=100):
    return np.random.default_rng(0).normal(0, level, round(seconds * SAMPLE_RATE)).astype(np.int16)


def lengths(frames, duration=DEFAULT):
    return [len(frame.samples) // FRAME for frame in join_steady(frames, duration)]


@pytest.mark.parametrize('level', [0, 5, 100, 3000])
def test_steady_sound_is_joined_after_a_while(level):
    found = lengths(frames_of(noise(4.0, level)[:124 * FRAME]))
    assert found[:SETTLED - 1] == [1] * (SETTLED - 1)
    assert found[SETTLED - 1:-1] == [6] * (len(found) - SETTLED)


def test_sound_that_changes_goes_out_at_once_with_what_was_held():
    quiet = frames_of(noise(4.0)[:(SETTLED + 9) * FRAME])
    loud = frames_of(noise(1.0, 1000)[:20 * FRAME], first_sample=quiet[-1].end_sample)
    found = list(join_steady([*quiet, *loud], DEFAULT))
    position = next(number for number, frame in enumerate(found)
                    if frame.end_sample > quiet[-1].end_sample)
    assert found[position].end_sample == loud[0].end_sample
    assert [len(frame.samples) for frame in found[position + 1:]] == [FRAME] * 19


@pytest.mark.parametrize('duration, most', [
    (0.0, 1), (0.032, 1), (0.063, 1), (0.064, 2), (0.096, 3), (0.1, 3), (0.192, 6), (0.2, 6)])
def test_joined_frames_are_no_longer_than_wanted(duration, most):
    assert max(lengths(frames_of(noise(4.0)), duration)) == most


def test_sound_that_was_lost_is_still_missing():
    sound = noise(4.0)
    frames = frames_of(sound)
    lost = SETTLED + 10   # in the middle of what would be joined
    assert not any(frame.first_sample == lost * FRAME for frame in join_steady(frames, DEFAULT))
    del frames[lost]
    found = list(join_steady(frames, DEFAULT))
    assert lost * FRAME in [frame.end_sample for frame in found]
    assert (lost + 1) * FRAME in [frame.first_sample for frame in found]


def test_what_is_held_goes_out_before_a_fault():
    def broken():
        yield from frames_of(noise(4.0)[:(SETTLED + 10) * FRAME])
        raise OSError('broken')

    found = []
    with pytest.raises(OSError, match='broken'):
        for frame in join_steady(broken(), DEFAULT):
            found.append(frame)
    assert found[-1].end_sample == (SETTLED + 10) * FRAME


@pytest.mark.parametrize('sizes', [(490, 979), (512, 513), (160,), (1500, 20)])
def test_frames_of_a_resampler_are_joined_within_the_limit(sizes):
    sound, frames, first = noise(8.0), [], 0
    for size in itertools.islice(itertools.cycle(sizes), 100):
        frames += frames_of(sound[first:first + size], size, first)
        first += size
    found = [len(frame.samples) for frame in join_steady(itertools.chain(
        frames, frames_of(noise(4.0), 512, first)), 0.1)]
    assert max(found) <= 1600
    assert sum(found) == first + 4 * SAMPLE_RATE


@settings(max_examples=100, deadline=None)
@given(levels=st.lists(st.tuples(st.integers(1, 100), st.sampled_from([0, 3, 100, 190, 5000])),
                       max_size=8),
       size=st.integers(160, 1600), duration=st.floats(0.0, 0.2),
       lost=st.sets(st.integers(0, 300)))
def test_no_sample_is_lost_moved_or_changed(levels, size, duration, lost):
    sound = np.concatenate([noise(0.032 * count, level) for count, level in levels]
                           or [np.zeros(0, np.int16)])
    frames = [frame for number, frame in enumerate(frames_of(sound, size)) if number not in lost]
    found = list(join_steady(frames, duration))
    for frame in found:
        assert np.array_equal(frame.samples[:, 0], sound[frame.first_sample:frame.end_sample])
        assert frame.stamp == sample_time(frame.first_sample)
        assert len(frame.samples) <= max(size, duration * SAMPLE_RATE)
    assert sum(len(frame.samples) for frame in found) == sum(
        len(frame.samples) for frame in frames)
    starts = [frame.first_sample for frame in found]
    assert starts == sorted(starts)


def test_utterances_end_as_soon_and_as_they_do_without():
    room = noise(3.0, 30)
    sound = np.concatenate([room, read_clip(CLIPS[0]), room])

    def answers(frames):
        extractor = VoiceFeatureExtractor(['log_mel'])
        return [(frame.end_sample, pending.utterance,
                 pending.result().matrices['log_mel'].tobytes())
                for frame in frames for pending in extractor.push(frame)]

    joined = list(join_steady(frames_of(sound), DEFAULT))
    assert len(joined) < len(frames_of(sound)) - 20
    assert answers(joined) == answers(frames_of(sound))
