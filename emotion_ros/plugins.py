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

"""Parts that other packages provide, found by their entry points."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from emotion_ros.errors import EmotionError, one_line

FEATURES = 'emotion_ros.features'
"""Group of entry points for features.blocks.FeatureBlock."""

NETWORKS = 'emotion_ros.networks'
"""Group of entry points for training.network.Architecture."""


@cache
def _entries(group: str) -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for entry in sorted(entry_points(group=group), key=str):
        found.setdefault(entry.name, []).append(entry)
    return found


def plugin_names(group: str) -> list[str]:
    """List the names that the installed packages provide; nothing is loaded."""
    return list(_entries(group))


@cache
def load_plugin(group: str, name: str, kind: type) -> Any:
    """Load what a package provides.

    Args:
        group: of the entry points.
        name: one of plugin_names().
        kind: required type.

    Raises:
        EmotionError: two packages provide it, it cannot be loaded, or it has another type.

    """
    first, *others = _entries(group)[name]
    for other in others:
        if other.value != first.value:   # a package may be found twice
            raise EmotionError(f'entry point {name!r} of {group} must be of one package, got '
                               f'{first.value} and {other.value}')
    try:
        found = first.load()
    except Exception as error:   # of another package: anything may be raised
        raise EmotionError(f'entry point {name!r} of {group} ({first.value}) cannot be loaded: '
                           f'{one_line(error)}') from error
    if not isinstance(found, kind):
        raise EmotionError(f'entry point {name!r} of {group} ({first.value}) must be of '
                           f'{kind.__name__}, got {type(found).__name__}')
    return found


def plugin_version(group: str, name: str) -> str:
    """Return the package that provides it, with its version: 'package 1.0'."""
    package = _entries(group)[name][0].dist
    return f'{package.name} {package.version}' if package else ''
