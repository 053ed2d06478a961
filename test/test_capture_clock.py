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

"""Stamps neither jitter nor drift."""

import numpy as np

from emotion_ros.audio.capture_clock import CaptureClock

SECOND = 1_000_000_000
BLOCK = 512


def run(seconds, *, parts_per_million=0, jitter=0, seed=0):
    """Stamp blocks of a device whose clock is off; return stamps and true times [ns]."""
    clock = CaptureClock(sample_rate=16000)
    delays = np.random.default_rng(seed).integers(0, jitter + 1, seconds * 16000 // BLOCK)
    stamps, truth = [], []
    for number, delay in enumerate(delays):
        true = round(number * BLOCK / 16000 * SECOND * (1 + parts_per_million / 1e6))
        stamps.append(clock.stamp(BLOCK, true + int(delay)))
        truth.append(true)
    return np.array(stamps), np.array(truth)


def test_device_that_is_off_does_not_drift_in_an_hour():
    stamps, truth = run(3600, parts_per_million=200, jitter=5_000_000)
    assert np.abs(stamps - truth).max() < 20_000_000


def test_late_readings_do_not_jitter():
    stamps, _ = run(60, jitter=20_000_000)
    steps = np.diff(stamps[100:])
    assert np.abs(steps - BLOCK / 16000 * SECOND).max() < 1_000_000


def test_device_that_gives_too_much_at_once_has_increasing_stamps():
    clock = CaptureClock(sample_rate=16000)
    stamps = [clock.stamp(BLOCK, 10 * SECOND + number) for number in range(100)]
    assert np.all(np.diff(stamps) > 0)


def test_clock_that_is_set_back_is_followed():
    clock = CaptureClock(sample_rate=16000)
    for number in range(10):
        clock.stamp(BLOCK, 3600 * SECOND + number * 32_000_000)
    assert clock.stamp(BLOCK, 5 * SECOND) == 5 * SECOND
    assert clock.stamp(BLOCK, 5 * SECOND + 32_000_000) == 5 * SECOND + 32_000_000


def test_a_long_gap_starts_anew():
    clock = CaptureClock(sample_rate=16000)
    clock.stamp(BLOCK, SECOND)
    assert clock.stamp(BLOCK, 9 * SECOND) == 9 * SECOND
