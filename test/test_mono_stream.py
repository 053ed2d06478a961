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

"""Frames in any order become one stream with marked gaps."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, strategies as st
import numpy as np
import pytest

from emotion_ros.audio.frame import Frame
from emotion_ros.audio.mono_stream import (
    CHANGED,
    JUMPED,
    LATE_FRAMES,
    LOST,
    LOST_SOUND,
    RESTARTED,
    MonoStream,
)

SECOND = 1_000_000_000


def frame(first_sample, *, samples=320, rate=16000, channels=1, offset=0):
    values = (np.arange(first_sample, first_sample + samples) % 1000).astype(np.int16)
    stamp = 100 * SECOND + first_sample * SECOND // rate + offset
    return Frame(np.repeat(values[:, np.newaxis], channels, axis=1), rate, first_sample, stamp)


def test_frames_that_follow_each_other_are_joined():
    stream = MonoStream()
    pieces = [stream.push(frame(first)) for first in (0, 320, 640)]
    assert [piece.gap for piece in pieces] == [True, False, False]
    assert [piece.first_sample for piece in pieces] == [0, 320, 640]
    assert [piece.stamp for piece in pieces] == [
        100 * SECOND, 100 * SECOND + 20_000_000, 100 * SECOND + 40_000_000]


def test_lost_frame_is_a_gap():
    stream = MonoStream()
    stream.push(frame(0))
    piece = stream.push(frame(640))
    assert piece.gap
    assert piece.first_sample == 640


@pytest.mark.parametrize('again', [0, 320])
def test_doubled_and_late_frames_are_dropped(again):
    stream = MonoStream()
    for first in (0, 320):
        stream.push(frame(first))
    assert stream.push(frame(again)) is None
    assert not stream.push(frame(640)).gap


def test_restarted_source_is_a_gap():
    stream = MonoStream()
    for first in (0, 320):
        stream.push(frame(first))
    piece = stream.push(frame(0, offset=3 * SECOND))
    assert piece.gap
    assert piece.first_sample == 0


@pytest.mark.parametrize('offset', [-10 * SECOND, 10 * SECOND])
def test_jump_of_time_is_a_gap(offset):
    stream = MonoStream()
    stream.push(frame(0))
    assert stream.push(frame(320, offset=offset)).gap


@pytest.mark.parametrize('change', [{'rate': 48000}, {'channels': 2}])
def test_other_format_is_a_gap(change):
    stream = MonoStream()
    stream.push(frame(0))
    assert stream.push(frame(320, **change)).gap


def test_resampled_pieces_are_stamped_by_their_place():
    stream = MonoStream()
    end = 0
    for first in range(0, 48000, 480):
        piece = stream.push(frame(first, samples=480, rate=48000))
        assert piece.first_sample == end
        assert piece.stamp == pytest.approx(100 * SECOND + end * SECOND / 16000, abs=2)
        end += len(piece.samples)
    assert end == pytest.approx(16000, abs=400)


@given(sizes=st.lists(st.integers(1, 900), min_size=1, max_size=20))
def test_frame_size_does_not_matter(sizes):
    stream, first, heard = MonoStream(), 0, []
    for size in sizes:
        heard.append(stream.push(frame(first, samples=size)).samples)
        first += size
    assert np.array_equal(np.concatenate(heard), frame(0, samples=first).samples[:, 0]
                          if first <= 16000 else np.arange(first) % 1000)


@given(firsts=st.lists(st.integers(0, 40), max_size=40))
def test_nothing_is_invented_from_any_order(firsts):
    stream, position = MonoStream(), None
    for first in firsts:
        piece = stream.push(frame(first * 320))
        if piece is None:
            continue
        assert np.array_equal(piece.samples, frame(first * 320).samples[:, 0])
        assert piece.gap or piece.first_sample == position
        position = piece.first_sample + len(piece.samples)


def test_a_source_that_has_ended_may_start_again():
    counts = Counter()
    stream = MonoStream(counts)
    for first in (0, 320):
        stream.push(frame(first))
    stream.end()
    assert stream.push(frame(0, offset=3 * SECOND)).gap
    assert not counts
    stream.push(frame(320, offset=3 * SECOND))
    stream.push(frame(0, offset=6 * SECOND))
    assert counts == {RESTARTED: 1}


@pytest.mark.parametrize('second, expected', [
    (frame(320), {}),
    (frame(640), {LOST: 1, LOST_SOUND: 0.02}),
    (frame(0), {LATE_FRAMES: 1}),
    (frame(0, offset=3 * SECOND), {RESTARTED: 1}),
    (frame(320, offset=-10 * SECOND), {JUMPED: 1}),
    (frame(320, offset=10 * SECOND), {JUMPED: 1}),
    (replace(frame(320), first_sample=2**64 - 1), {JUMPED: 1}),
    (frame(16000 * 3600, offset=SECOND // 2), {LOST: 1, LOST_SOUND: 3599.98}),
    (frame(320, rate=48000), {CHANGED: 1}),
    (frame(320, channels=2), {CHANGED: 1})])
def test_what_happened_is_counted(second, expected):
    counts = Counter()
    stream = MonoStream(counts)
    stream.push(frame(0))
    stream.push(second)
    assert counts == expected
