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

"""Paths of the files of the package, installed or not, and checks of other paths."""

import os
from pathlib import Path
import stat

from emotion_ros.errors import EmotionError


def share(*parts: str) -> Path:
    """Find a file that the package installs, such as the model at 'models', 'default'.

    If installed by colcon or pip, it is in share/emotion_ros of the prefix that contains this
    module, which may be some folders above, such as local/lib/python3.10/dist-packages; in a
    checkout, it is next to the package.

    Returns:
        Path; it need not exist.

    """
    package = Path(__file__).parents[1]
    if (package.parent / 'package.xml').is_file():
        return package.parent.joinpath(*parts)
    installed = (parent / 'share' / 'emotion_ros' for parent in package.parents)
    return next((found for found in installed if found.is_dir()),
                package.parents[3] / 'share' / 'emotion_ros').joinpath(*parts)


DEFAULT_MODEL = 'default'


def find_model(name: str | os.PathLike[str] = '') -> Path:
    """Find the folder of a model.

    Args:
        name: of a model that the package installs, such as 'open', or a folder; '' for
            DEFAULT_MODEL. A folder with the name of an installed model is written './open'.

    Returns:
        Path; it need not exist.

    """
    name = os.fspath(name) or DEFAULT_MODEL
    models = share('models')
    installed = os.listdir(models) if models.is_dir() else ()
    return models / name if name in installed else Path(name)


def fault_of(path: str | os.PathLike[str], *, folder: bool = False) -> str:
    """Return why a path cannot be used; unlike Path.is_file(), this never raises.

    Args:
        path: given by a user.
        folder: it must be a folder; otherwise, a regular file.

    Returns:
        The reason, or '' if it can be used.

    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return 'there is no such folder' if folder else 'there is no such file'
    except OSError as error:
        return error.strerror or str(error)
    except ValueError as error:   # a zero byte
        return str(error)
    if folder:
        return '' if stat.S_ISDIR(mode) else 'it is not a folder'
    return '' if stat.S_ISREG(mode) else 'it is not a regular file'


def expanded(path: str | os.PathLike[str]) -> Path:
    """Expand ~, which shells leave in --output=~/model.

    Raises:
        EmotionError: the home folder is unknown.

    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise EmotionError(f'the home folder in {os.fspath(path)!r} is unknown: '
                           'set HOME, or give a path without ~') from error


def readable(path: str | os.PathLike[str]) -> str:
    """Return a path as printable text, with escapes for what is not UTF-8."""
    return os.fsencode(path).decode(errors='backslashreplace')
