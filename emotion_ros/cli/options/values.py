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

"""Values of options: types for argparse whose errors name the option."""

from collections.abc import Callable
from typing import Any

from emotion_ros.errors import EmotionError


def numbers(option: str, low: float, high: float, number: Callable[[str], float] = float,
            ) -> Callable[[str], tuple[Any, ...]]:
    """Make the type of an option that lists numbers, such as '0,5,10'.

    Args:
        option: name, such as '--snr'.
        low, high: range of each number.
        number: int or float.

    Returns:
        Function of the text that returns a tuple, at least one number; it raises EmotionError.

    """
    def parse(text: str) -> tuple[Any, ...]:
        try:
            values = tuple(number(part) for part in text.split(','))
        except ValueError:
            values = ()
        if not values or not all(low <= value <= high for value in values):
            raise EmotionError(f'{option} must be numbers from {low:g} to {high:g} separated by '
                               f'commas, got {text!r}')
        return values

    return parse


def short_text(option: str) -> Callable[[str], str]:
    """Make the type of an option that is a line of at most 100 characters."""
    def parse(text: str) -> str:
        if not (0 < len(text) <= 100 and text.isprintable()):
            raise EmotionError(f'{option} must be a short text, got {text[:100]!r}')
        return text

    return parse


def check_jobs(jobs: int) -> None:
    """Check the value of --jobs.

    Raises:
        EmotionError: it is neither at least 1 nor -1.

    """
    if jobs < 1 and jobs != -1:
        raise EmotionError(f'--jobs must be at least 1, or -1 for one per core, got {jobs}')
