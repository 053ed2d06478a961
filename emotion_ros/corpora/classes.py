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

"""The classes of a network, and which emotions of the corpora count as each."""

from collections.abc import Iterable, Sequence

from emotion_ros.emotions import UNKNOWN, in_order
from emotion_ros.errors import ArgumentError, EmotionError

DEFAULT_CLASSES = ('neutral', 'anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise')
CALM = {'calm': 'neutral'}
"""What calm counts as if it is not a class itself."""


def choose_classes(emotions: Iterable[str], *, classes: str | None = None,
                   renames: Sequence[str] = (), default: Sequence[str] = DEFAULT_CLASSES,
                   ) -> tuple[list[str], dict[str, str]]:
    """Choose the classes and what counts as each.

    Args:
        emotions: of the clips of the corpora.
        classes: 'a,b,c', or None for those of `default` that occur.
        renames: ['old=new'].
        default: classes in order.

    Returns:
        The classes in order, at least two, and {emotion: class} for the emotions that have one.

    Raises:
        EmotionError: an option is malformed, or names an unknown emotion or class.

    """
    occurring = sorted(set(emotions))
    mapping = {emotion: emotion for emotion in occurring} | _parse(renames, occurring)
    wanted = _split(classes) if classes is not None else default
    for old, new in CALM.items():
        if mapping.get(old) == old and old not in wanted:
            mapping[old] = new
    reached = set(mapping.values())
    if classes is None:
        wanted = [label for label in wanted if label in reached]
    for label in wanted:
        if label not in reached:
            raise ArgumentError('classes', f'must occur in the corpora, which have '
                                f'{", ".join(sorted(reached))}, got {label!r}')
    for rename in renames:
        if rename.partition('=')[2] not in wanted:
            raise ArgumentError('renames', 'must have one of the classes '
                                f'{", ".join(wanted)} after =, got {rename!r}')
    if len(wanted) < 2:
        raise EmotionError(f'the corpora must have at least 2 of the classes, got {len(wanted)}; '
                           f'they have {", ".join(sorted(reached))}')
    return list(wanted), {old: new for old, new in mapping.items() if new in wanted}


def own_classes(emotions: Iterable[str], renames: Sequence[str] = ()) -> list[str]:
    """Return the emotions that occur after renaming, those of EMOTIONS first and in order."""
    occurring = sorted(set(emotions))
    mapping = _parse(renames, occurring)
    return in_order({mapping.get(emotion, emotion) for emotion in occurring})


def _parse(renames: Sequence[str], occurring: Sequence[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for rename in renames:
        old, _, new = rename.partition('=')
        if not (old and new):
            raise ArgumentError('renames', f'must be old=new, got {rename!r}')
        if old not in occurring:
            raise ArgumentError('renames', 'must have one of the emotions '
                                f'{", ".join(occurring)} before =, got {rename!r}')
        if mapping.setdefault(old, new) != new:
            raise ArgumentError('renames', 'must give an emotion a single class, got '
                                f'{old}={mapping[old]} and {rename}')
    return mapping


def _split(classes: str) -> list[str]:
    labels = [label.strip() for label in classes.split(',')]
    if len(labels) < 2 or '' in labels or len(set(labels)) < len(labels) or UNKNOWN in labels:
        raise ArgumentError('classes', 'must be two or more different emotions separated by '
                            f'commas, none of them {UNKNOWN!r}, got {classes!r}')
    return labels
