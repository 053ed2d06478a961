"""Where the package's own files lie, installed or not."""

from pathlib import Path


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
