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

"""What the library logs, as output of the command."""

import logging
import sys


def show_log() -> None:
    """Print what the library logs: progress on stdout, warnings on stderr."""
    logger = logging.getLogger('emotion_ros')
    logger.setLevel(logging.INFO)
    logger.addHandler(_CONSOLE)
    # It warns where it cannot write a cache of fonts, which it can do without.
    logging.getLogger('matplotlib').setLevel(logging.ERROR)


class _Console(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Print a record; a failure is the command's, unlike with logging.StreamHandler."""
        stream = sys.stdout if record.levelno < logging.WARNING else sys.stderr
        print(self.format(record), file=stream, flush=True)


_CONSOLE = _Console()
