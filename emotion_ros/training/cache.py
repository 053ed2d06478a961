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

"""Files of the feature cache."""

from pathlib import Path

import numpy as np

from emotion_ros.errors import ArgumentError
from emotion_ros.files.output_folder import whole_file


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays by name to a file, completely or not at all.

    Raises:
        EmotionError: the file cannot be written.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            np.savez(file, **arrays)
    except OSError as error:
        raise ArgumentError(
            'cache', f'{str(path)!r} cannot be written: {error.strerror}') from error
