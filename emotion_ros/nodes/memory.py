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

"""How the process allocates memory."""

import ctypes

_M_ARENA_MAX = -8   # of glibc's mallopt(3)


def keep_flat():
    """Let all threads share one heap; call it before threads are started.

    By default, glibc gives threads separate heaps. Each utterance is processed by a new thread, and
    what one frees is not reused by others: memory would grow by megabytes an hour.
    """
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    except (AttributeError, OSError):
        pass   # another C library, without such heaps
