"""Where the package's own files lie, installed or not, and what paths of others are like."""

import os
from pathlib import Path
import stat


def share(*parts):
    """Find a file or folder of the package, such as share('models', 'default').

    Installed by colcon or pip it lies in share/emotion_ros of the prefix that holds this module;
    in a checkout it lies beside the package.

    Returns:
        Path; it need not exist.

    """
    package = Path(__file__).parent
    if (package.parent / 'package.xml').is_file():
        return package.parent.joinpath(*parts)
    return package.parents[3].joinpath('share', 'emotion_ros', *parts)


def default_model():
    """Folder of the model that the package installs."""
    return share('models', 'default')


def fault_of(path, *, folder=False):
    """Tell why a path cannot be used, since Path.is_file() and its like may raise.

    Args:
        path: that somebody gave.
        folder: it must be a folder; else a regular file.

    Returns:
        The reason, or '' where there is none.

    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return 'there is no such folder' if folder else 'there is no such file'
    except OSError as error:
        return error.strerror
    except ValueError as error:   # a zero byte
        return str(error)
    if folder:
        return '' if stat.S_ISDIR(mode) else 'it is no folder'
    return '' if stat.S_ISREG(mode) else 'it is no regular file'


def readable(path):
    """Give a path as a text that can be drawn: what is not UTF-8 in it as backslash and number."""
    return os.fsencode(path).decode(errors='backslashreplace')
