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

"""Settings of stages: dataclasses that know the meaning and range of each number."""

from dataclasses import dataclass, field, fields
from typing import Any

from emotion_ros.errors import EmotionError


def setting(default: float, description: str, minimum: float, maximum: float) -> Any:
    """Define a field of a Settings class.

    Args:
        default: its value unless it is set.
        description: what it does, with its unit, as a sentence.
        minimum, maximum: of the allowed values.

    """
    return field(default=default, metadata={
        'description': description, 'minimum': minimum, 'maximum': maximum})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base class of settings, which checks their values.

    Raises:
        EmotionError: a value is not allowed.

    """

    def __post_init__(self) -> None:
        for entry in fields(self):
            value, limits = getattr(self, entry.name), entry.metadata
            if not limits['minimum'] <= value <= limits['maximum']:   # nor is NaN
                raise EmotionError(f'{entry.name} must be {limits["minimum"]:g} to '
                                   f'{limits["maximum"]:g}, got {value}')
