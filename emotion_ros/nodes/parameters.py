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

"""Parameters with their descriptions, units and ranges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
import rclpy

from emotion_ros.errors import EmotionError
from emotion_ros.messages.conversion import SPEAKER_NAMES, is_speaker_name
from emotion_ros.settings import Settings


@dataclass(frozen=True)
class Parameter:
    """A parameter of a node: a number, a text, a list of texts, or true or false.

    Args:
        name: as users type it.
        default: its value unless it is set; its type is that of the parameter.
        description: what it does, with its unit.
        minimum, maximum: allowed range of a number.
        choices: allowed values of a text; none means any.
        read_only: it can be set only while the node is unconfigured.
        at_start: it can be set only at start.
        old_name: name in the last release, which still works, with a warning; or ''.

    """

    name: str
    default: bool | float | int | str | list
    description: str
    minimum: float = 0
    maximum: float = 0
    choices: tuple = ()
    read_only: bool = True
    old_name: str = ''
    at_start: bool = False

    @property
    def allowed(self):
        """What is allowed, for messages and tables."""
        if isinstance(self.default, bool):
            return 'true or false'
        if isinstance(self.default, str):
            return ', '.join(self.choices) if self.choices else 'a text'
        if isinstance(self.default, list):
            return 'a list of texts'
        return f'{self.minimum:g} to {self.maximum:g}'

    def convert(self, value):
        """Turn a value that a user gave into one of the parameter's type.

        A whole number is also accepted for a float, and for a text (`device:=2`).

        Raises:
            EmotionError: the value is not allowed.

        """
        wanted = type(self.default)
        if wanted is list and value is None:
            value = []   # which ROS treats as unset
        allowed = {bool: (bool,), float: (float, int), int: (int,), str: (str, float, int),
                   list: (list,)}[wanted]
        if isinstance(value, allowed) and isinstance(value, bool) == (wanted is bool):
            if wanted is bool:
                fits = True
            elif wanted is list:
                fits = all(isinstance(entry, str) for entry in value)
            elif wanted is str:
                fits = not self.choices or value in self.choices
            else:
                fits = self.minimum <= value <= self.maximum
            if fits:
                return wanted(value)
        raise EmotionError(f'parameter {self.name} must be {self.allowed}, got {value!r}')

    def descriptor(self):
        """Describe the parameter to ROS."""
        # Never read_only: the refusal of rclpy would not explain when it can be set.
        descriptor = ParameterDescriptor(description=self.description, dynamic_typing=True)
        if isinstance(self.default, float):
            descriptor.floating_point_range = [
                FloatingPointRange(from_value=self.minimum, to_value=self.maximum)]
        elif isinstance(self.default, int) and not isinstance(self.default, bool):
            descriptor.integer_range = [
                IntegerRange(from_value=self.minimum, to_value=self.maximum)]
        else:
            descriptor.additional_constraints = f'must be {self.allowed}'
        return descriptor


@dataclass(frozen=True)
class SpeakerParameter(Parameter):
    """A parameter that is the name of a speaker, as messages have them; '' is nobody."""

    @property
    def allowed(self):
        """What is allowed, for messages and tables."""
        return SPEAKER_NAMES

    def convert(self, value):
        """Turn a value that a user gave into a name; see Parameter."""
        name = super().convert(value)
        if not is_speaker_name(name):
            raise EmotionError(f'parameter {self.name} must be {self.allowed}, got {name[:100]!r}')
        return name


@dataclass(frozen=True)
class NumbersParameter(Parameter):
    """A parameter that is a list of numbers, or a text; an empty list is an empty text.

    Args:
        choices: ('',) if no other text is allowed.

    """

    @property
    def allowed(self):
        """What is allowed, for messages and tables."""
        return 'a list of numbers' if self.choices else 'a list of numbers or a text'

    def convert(self, value):
        """Turn a value that a user gave into a list of numbers or a text; see Parameter."""
        if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) and all(
                isinstance(entry, Real) and not isinstance(entry, bool) for entry in value):
            return list(value) or ''
        return '' if value is None else super().convert(value)   # ROS treats [] as unset


@dataclass(frozen=True)
class OptionalParameter(Parameter):
    """A parameter that may be empty, in which case another one applies; its default is ''.

    Args:
        other: the one that applies then, and that defines what is allowed.

    """

    other: Parameter | None = None

    @property
    def allowed(self):
        """What is allowed, for messages and tables."""
        return f'{self.other.allowed}, or empty'

    def convert(self, value):
        """Turn a value that a user gave into one of the other's type, or None; see Parameter."""
        if value in ('', None):
            return None
        try:
            return self.other.convert(value)
        except EmotionError:
            raise EmotionError(
                f'parameter {self.name} must be {self.allowed}, got {value!r}') from None


def from_settings(kind: type[Settings], old_names: Mapping[str, str] | None = None,
                  ) -> tuple[Parameter, ...]:
    """Make the parameters of a stage's settings; they can be set at any time.

    Args:
        kind: class of the settings.
        old_names: {name: its name in the last release}.

    """
    return tuple(Parameter(
        entry.name, entry.default, entry.metadata['description'], entry.metadata['minimum'],
        entry.metadata['maximum'], read_only=False,
        old_name=(old_names or {}).get(entry.name, '')) for entry in fields(kind))


def to_settings(kind: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Make the settings from the values of parameters; other parameters are ignored.

    Raises:
        EmotionError: they contradict each other.

    """
    try:
        return kind(**{entry.name: values[entry.name] for entry in fields(kind)})
    except EmotionError as error:
        raise EmotionError(f'parameter {error}') from error


def _renamed(node, parameter):
    """Return the value that is set under the old name, with a warning, or otherwise the default."""
    if not parameter.old_name:
        return parameter.default
    value = node.declare_parameter(
        parameter.old_name, None, ParameterDescriptor(dynamic_typing=True)).value
    node.undeclare_parameter(parameter.old_name)
    if value is None:
        return parameter.default
    node.get_logger().warning(f'parameter {parameter.old_name} is now {parameter.name}; '
                              'the old name will be removed in the next release')
    return value


def declare(node, parameters):
    """Declare the parameters of a node.

    Args:
        node: rclpy node.
        parameters: iterable of Parameter.

    Returns:
        {name: value}.

    Raises:
        EmotionError: a value set at start is not allowed.

    """
    values = {}
    for parameter in parameters:
        # The descriptor follows the check, so that ours is the message that users see.
        given = node.declare_parameter(
            parameter.name, _renamed(node, parameter),
            ParameterDescriptor(dynamic_typing=True)).value
        values[parameter.name] = parameter.convert(given)
        node.set_descriptor(parameter.name, parameter.descriptor())
    return values


def check_change(parameter: Parameter, change: rclpy.Parameter, *, is_configured: bool) -> Any:
    """Check a new value of a parameter.

    Args:
        parameter: to change.
        change: the requested value.
        is_configured: whether the node uses the value that it has.

    Returns:
        The value.

    Raises:
        EmotionError: it is not allowed, or not in this state.

    """
    if change.type_ == rclpy.Parameter.Type.NOT_SET:
        raise EmotionError(f'parameter {parameter.name} cannot be deleted')
    value = parameter.convert(change.value)
    if parameter.at_start:
        raise EmotionError(f'parameter {parameter.name} can only be set at startup; '
                           'restart the node with another value')
    if parameter.read_only and is_configured:
        raise EmotionError(f'parameter {parameter.name} can only be set while the node is '
                           'unconfigured; deactivate and clean it up first')
    return value
