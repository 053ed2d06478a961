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


"""Reading untrusted files: of limited size, as data, and nothing in them is executed."""

import os
from pathlib import Path
from typing import Any

import yaml

from emotion_ros.errors import EmotionError

_MAX_DEPTH = 20
_OPENINGS = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken,
             yaml.BlockSequenceStartToken, yaml.BlockMappingStartToken)
_ENDS = yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken


def read_limited(path: Path, limit: int) -> bytes:
    """Read a file of limited size.

    Raises:
        EmotionError: it cannot be read, or is larger.

    """
    try:
        with path.open('rb') as file:
            # The size is checked first, to avoid reading half a gigabyte only to refuse it.
            if os.fstat(file.fileno()).st_size <= limit:
                content = file.read(limit + 1)
                if len(content) <= limit:
                    return content
    except OSError as error:
        raise EmotionError(f'cannot read {str(path)!r}: {error.strerror}') from error
    raise EmotionError(f'{str(path)!r} must have at most {limit} bytes')


def parse_mapping(content: bytes, file: str) -> dict[Any, Any]:
    """Read a mapping from YAML without anchors, aliases and tags, nested a few levels deep.

    Args:
        content: YAML.
        file: its source, quoted, for messages.

    Raises:
        EmotionError: it is not such a mapping.

    """
    depth = 0
    try:
        for token in yaml.scan(content, Loader=yaml.SafeLoader):
            depth += isinstance(token, _OPENINGS) - isinstance(token, _ENDS)
            if depth > _MAX_DEPTH:   # the time grows with the square of the depth
                raise EmotionError(f'{file}: line {token.start_mark.line + 1} is nested deeper '
                                   f'than {_MAX_DEPTH} levels')
            # A few of these can expand to more than fits into memory.
            if isinstance(token, (yaml.AliasToken, yaml.AnchorToken, yaml.TagToken)):
                raise EmotionError(f'{file}: line {token.start_mark.line + 1} has an anchor, '
                                   'alias or tag, which are not allowed')
        found = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise EmotionError(f'{file}: not valid YAML: {" ".join(str(error).split())}') from error
    if not isinstance(found, dict):
        raise EmotionError(f'{file}: contains no mapping')
    return found


def shown(value: object) -> str:
    """Represent a value in a message, with at most 100 characters."""
    try:
        return repr(value)[:100]
    except ValueError:   # Python refuses to print numbers with thousands of digits
        return 'a huge number'
