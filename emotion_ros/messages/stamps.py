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

"""Conversion of times in messages, seconds and nanoseconds, to and from nanoseconds."""

from typing import Protocol

_SECOND = 1_000_000_000

LAST = (2**31 - 3600) * _SECOND
"""Latest time that is accepted [ns]: an hour before the end of the range of a message."""


class Time(Protocol):
    """A Time or Duration message of any middleware."""

    sec: int
    nanosec: int


def check_time(name: str, nanoseconds: int) -> None:
    """Check that a time or duration [ns] fits into a message.

    Raises:
        ValueError: it does not; the text has the name.

    """
    if not 0 <= nanoseconds <= LAST:
        raise ValueError(
            f'{name} must be 0 s to {LAST // _SECOND} s, got {nanoseconds // _SECOND} s')


def join(name: str, time: Time) -> int:
    """Turn a Time or Duration message into nanoseconds [ns].

    Args:
        name: of the field, for the error.
        time: anything with sec and nanosec.

    Raises:
        ValueError: it is impossible; the text has the name.

    """
    if time.sec < 0 or time.nanosec >= _SECOND:
        raise ValueError(f'{name} must be at least 0 s and 0 ns to 999999999 ns, '
                         f'got {time.sec} s {time.nanosec} ns')
    nanoseconds = time.sec * _SECOND + time.nanosec
    check_time(name, nanoseconds)
    return nanoseconds


def split(nanoseconds: int) -> dict[str, int]:
    """Turn nanoseconds into the fields of a Time or Duration message: {'sec': ..., 'nanosec': ...}.

    Audio that a filter delayed may have begun a moment before time 0; that becomes 0.
    """
    sec, nanosec = divmod(max(0, nanoseconds), _SECOND)
    return {'sec': sec, 'nanosec': nanosec}
