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

"""Suppression of lines that libraries write to stderr and that cannot be switched off."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
import os
import re
import sys
import tempfile
import threading

_LOCK = threading.RLock()   # of the single stderr of all threads

_OF_TENSORFLOW = re.compile(
    rb'[IW]\d{4} \d\d:\d\d:|WARNING: All log messages before absl::InitializeLog')
"""Lines about the machine that TensorFlow writes before they can be switched off."""


@contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Import TensorFlow within this context, so that it does not talk about the machine."""
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')   # raises what matters, and says it, too
    os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '0')   # rounds differently by processor
    with without_lines(_OF_TENSORFLOW):
        yield


@contextmanager
def without_lines(unwanted: re.Pattern[bytes]) -> Iterator[None]:
    """Hold back what is written to stderr in this context, and finally write it without some lines.

    Args:
        unwanted: pattern of bytes that matches the beginnings of these lines.

    """
    sys.stderr.flush()
    with _LOCK, ExitStack() as stack:
        try:
            written = stack.enter_context(tempfile.TemporaryFile())
            stderr = os.dup(2)
        except OSError:   # the disk is full, or there is no stderr: suppress nothing
            yield
            return
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            written.seek(0)
            for line in written:
                if not unwanted.match(line):
                    sys.stderr.write(line.decode(errors='backslashreplace'))
