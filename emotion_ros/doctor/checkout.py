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

"""What `make` has built in a checkout."""

from emotion_ros.doctor.finding import INFO, Finding
from emotion_ros.files.paths import share

MAKE = 'make doctor'


def is_prepared():
    """Return whether this is a checkout that is used in place and has the environment of `make`."""
    return any(share().glob('.venv*/.ready'))


def is_built():
    """Return whether it is fully built by `make`, too."""
    return is_prepared() and any(share().glob('.ros/*/.built'))


def report_build():
    """Report where to find what `make` has built.

    Yields:
        Finding.

    """
    if is_built():
        yield Finding(INFO, f'make has built everything in {share()}, below .venv and '
                            '.ros; this Python does not use it', MAKE)
