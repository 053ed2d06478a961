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

"""The option --output of commands that write a file."""

from collections.abc import Collection
import os
from pathlib import Path

from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import expanded, fault_of


def output_file(text: str, extensions: Collection[str] = ()) -> Path:
    """Give the path of the file to write, and check it before the work.

    Args:
        text: as the user wrote it; ~ is the home folder.
        extensions: one of which it must have, in lower case; empty for any.

    Raises:
        EmotionError: it cannot be written.

    """
    path = expanded(text)
    if extensions and path.suffix.lower() not in extensions:
        raise EmotionError(f'--output must end in {" or ".join(extensions)}, got {text!r}')
    if os.path.isdir(path):
        raise EmotionError(f'--output must be a file, got the folder {text!r}')
    fault = fault_of(path.parent, folder=True)
    if not fault and not os.access(path.parent, os.W_OK | os.X_OK):
        fault = 'it is read-only'
    if fault:
        raise EmotionError(f'--output cannot be written to {str(path.parent)!r}: {fault}')
    return path
