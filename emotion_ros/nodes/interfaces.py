"""Messages of packages that not everybody has."""

from importlib import import_module

from emotion_ros.errors import EmotionError


def import_messages(package, debian, reason):
    """Import the messages of a package.

    Args:
        package: its name.
        debian: the end of its name among the ROS packages of Debian, after ros-DISTRO-.
        reason: what makes it needed, for the error.

    Returns:
        Module that holds the message types.

    Raises:
        EmotionError: it is not installed.

    """
    try:
        return import_module(f'{package}.msg')
    except ImportError as error:
        raise EmotionError(f'{reason}, but {package} is not installed: '
                           f'sudo apt install ros-$ROS_DISTRO-{debian}') from error
