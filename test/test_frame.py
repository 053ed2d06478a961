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

"""Frames refuse what cannot be sound."""

from hypothesis import given, strategies as st
import numpy as np
import pytest

from emotion_ros.audio.frame import Frame


def make(samples=320, channels=1, sample_rate=16000):
    return Frame(np.zeros((samples, channels), np.int16), sample_rate, 0, 0)


@pytest.mark.parametrize('wrong, word', [
    ({'sample_rate': 0}, 'sample_rate'),
    ({'sample_rate': 7999}, 'sample_rate'),
    ({'sample_rate': 4_000_000_000}, 'sample_rate'),
    ({'channels': 0}, 'channels'),
    ({'channels': 65}, 'channels'),
    ({'samples': 0}, '0 samples'),
    ({'samples': 16001}, '16001 samples'),
])
def test_impossible_frame_is_refused_and_named(wrong, word):
    with pytest.raises(ValueError, match=word):
        make(**wrong)


def test_interleaved_samples_are_divided_into_channels():
    data = np.array([1, -1, 2, -2, 3, -3], np.int16)
    frame = Frame.from_interleaved(
        data, channels=2, sample_rate=16000, first_sample=7, stamp=5)
    assert frame.samples.tolist() == [[1, -1], [2, -2], [3, -3]]
    assert frame.end_sample == 10


@given(count=st.integers(0, 2000), channels=st.integers(0, 70), rate=st.integers(0, 2**32 - 1))
def test_any_message_gives_a_frame_or_a_value_error(count, channels, rate):
    data = np.zeros(count, np.int16)
    try:
        frame = Frame.from_interleaved(
            data, channels=channels, sample_rate=rate, first_sample=0, stamp=0)
    except ValueError:
        return
    assert frame.samples.size == count > 0
    assert frame.samples.shape[1] == channels
