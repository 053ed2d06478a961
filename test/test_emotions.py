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

"""The vocabulary of emotions and their places on the circumplex."""

import math

import pytest

from emotion_ros.emotions import AROUSED, EMOTIONS, UNAROUSED, circumplex, in_order


@pytest.mark.parametrize('label', EMOTIONS)
def test_every_emotion_has_a_place(label):
    arousal, valence = circumplex(label)
    assert -1 <= arousal <= 1 and -1 <= valence <= 1
    assert (label in AROUSED) == (arousal > 0.4)
    assert (label in UNAROUSED) == (arousal <= 0)


def test_places_are_those_that_were_published():
    assert circumplex('anger') == (0.59, -0.51)
    assert circumplex('happiness') == (0.51, 0.81)
    assert circumplex('sadness') == (-0.27, -0.63)
    assert circumplex('neutral') == (0, 0)


def test_other_labels_have_no_place():
    assert all(map(math.isnan, circumplex('joy')))


def test_order():
    assert in_order({'zeal', 'fear', 'neutral', 'awe'}) == ['neutral', 'fear', 'awe', 'zeal']
