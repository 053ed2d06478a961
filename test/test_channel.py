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

"""One channel of many is heard where the others are not the microphone."""

import numpy as np
import pytest
import soundfile

from conftest import CLIPS
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.frame import Frame
from emotion_ros.audio.resampler import ALL, MEAN
from emotion_ros.bags.reader import open_bag
from emotion_ros.errors import EmotionError
from synthetic_bags import audio, write_bag


@pytest.fixture
def many(tmp_path):
    """A file of three channels: noise, a voice, noise."""
    voice, rate = soundfile.read(CLIPS[0], dtype='int16')
    noise = np.random.default_rng(0).integers(-9000, 9000, (2, len(voice))).astype(np.int16)
    path = tmp_path / 'many.wav'
    soundfile.write(path, np.stack([noise[0], voice, noise[1]], axis=1), rate)
    return path


def test_a_channel_of_a_file_is_heard_as_if_it_were_alone(many):
    alone, chosen = ([frame.samples for frame in frames] for frames in (
        FileSource(CLIPS[0]).frames(), FileSource(many, channel=1).frames()))
    assert np.array_equal(np.concatenate(chosen), np.concatenate(alone))
    with pytest.raises(EmotionError, match='channel must be 0 to 2, got 3'):
        FileSource(many, channel=3)
    with pytest.raises(EmotionError, match='channel must be 0, got 3'):
        FileSource(CLIPS[0], channel=3)


def test_a_channel_of_a_frame():
    frame = Frame(np.arange(12, dtype=np.int16).reshape(4, 3), 16000, 7, 9)
    chosen = frame.select_channel(2)
    assert chosen.samples.tolist() == [[2], [5], [8], [11]]
    assert (chosen.sample_rate, chosen.first_sample, chosen.stamp) == (16000, 7, 9)
    assert chosen.select_channel(5) is chosen, 'one channel is what somebody has chosen'
    assert frame.select_channel(MEAN) is frame.select_channel(ALL) is frame
    with pytest.raises(ValueError, match='channel must be 0 to 2, got 3'):
        frame.select_channel(3)


def test_sound_of_one_channel_in_a_bag_is_taken_as_it_is(tmp_path):
    path = write_bag(tmp_path / 'bag', {'/audio': audio(CLIPS[0])})
    with open_bag(path) as bag:
        [topic] = bag.audio_topics(channel=1)
        frames = [topic.to_frame(*entry) for entry in bag.messages(topic.connections)]
    assert all(frames)
