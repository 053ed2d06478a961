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

"""The list of the clips that a model was trained on, stored with the model."""

from pathlib import Path
import re

from emotion_ros.errors import EmotionError

TRAINING_CLIPS = 'training_clips.txt'
"""File of a model folder: the digest of each clip that the model was trained on, one per line.

It is separate from model.yaml, which the robot reads at startup.
"""

_MAX_BYTES = 50_000_000


def write_training_clips(folder, clips):
    """Write TRAINING_CLIPS.

    Args:
        folder: of the model.
        clips: [corpora.clip.Clip] with digests.

    """
    digests = sorted({clip.digest for clip in clips} - {''})
    Path(folder, TRAINING_CLIPS).write_text(''.join(f'{digest}\n' for digest in digests))


def read_training_clips(folder):
    """Read TRAINING_CLIPS.

    Returns:
        Set of digests, empty if the model folder has no such file.

    Raises:
        EmotionError: the file cannot be read, or has other content.

    """
    try:
        with Path(folder, TRAINING_CLIPS).open('rb') as file:
            digests = set(file.read(_MAX_BYTES).decode(errors='replace').split())
        for digest in digests:
            if not re.fullmatch('[0-9a-f]+', digest):
                raise EmotionError(f'{str(Path(folder, TRAINING_CLIPS))!r} must have a digest, '
                                   f'hexadecimal, in each line, got {digest[:100]!r}')
        return digests
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise EmotionError(f'cannot read {str(Path(folder, TRAINING_CLIPS))!r}: '
                           f'{error.strerror}') from error
