"""What `make` has built in a checkout."""

from emotion_ros.doctor.finding import INFO, Finding
from emotion_ros.paths import share

MAKE = 'make doctor'


def is_made():
    """Tell whether this is a checkout, used as it lies there, in which `make` has built all."""
    return any(share().glob('.venv*/.ready')) and any(share().glob('.ros/*/.built'))


def made():
    """Tell where to look for what `make` has built.

    Yields:
        Finding.

    """
    if is_made():
        yield Finding(INFO, f'make has built all that is needed in {share()}, below .venv and '
                            '.ros; this Python does not use it', MAKE)
