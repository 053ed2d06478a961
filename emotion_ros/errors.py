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

"""The exceptions whose text is meant for the user."""

from collections.abc import Iterator
from contextlib import contextmanager
import sys


class EmotionError(Exception):
    """A fault that the user can correct.

    Its text is one line that names what is wrong, what is allowed, and the value.
    Programs print it without a traceback and exit with code 1.
    """


class ArgumentError(EmotionError):
    """A fault of one argument; commands name their option in its place.

    Args:
        argument: its name, such as 'folds'.
        fault: the rest of the line, such as 'must be 2 to 7, got 1'.

    """

    def __init__(self, argument: str, fault: str) -> None:
        super().__init__(argument, fault)   # as these, so that it can be pickled
        self.argument = argument
        self.fault = fault

    def __str__(self) -> str:
        return f'{self.argument} {self.fault}'


@contextmanager
def packages_of(requirements: str) -> Iterator[None]:
    """Import optional packages within this context.

    Args:
        requirements: name of the file that lists the packages.

    Raises:
        EmotionError: a package is missing.

    """
    try:
        yield
    except ImportError as error:
        package = str(error.name).partition('.')[0]
        raise EmotionError(f'this needs a package that is missing: {package}; '
                           f'install what {requirements} lists') from error


def complain(error: object) -> int:
    """Print an EmotionError as the emotion-ros command does.

    Returns:
        Exit code 1.

    """
    print(f'emotion-ros: {error}', file=sys.stderr)
    return 1


def one_line(error: BaseException) -> str:
    """Describe any exception in one line; unless it is an EmotionError, with its type."""
    kind = '' if isinstance(error, EmotionError) else f'{type(error).__name__}: '
    return f'{kind}{" ".join(str(error).split())}'
