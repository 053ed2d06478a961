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

"""Speech emotion recognition for robots: voice in, emotion out.

Public are `load`, `Recognizer`, `Stream`, `Result` and `EmotionError`; see docs/python.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:   # __getattr__ imports them otherwise
    from emotion_ros.api import Recognizer, Result, Stream, load
    from emotion_ros.errors import EmotionError

__all__ = ['EmotionError', 'Recognizer', 'Result', 'Stream', 'load']

__version__ = '0.1.0'


def __getattr__(name: str) -> object:
    """Import what is public when it is first used, so that other imports stay fast."""
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module('emotion_ros.api'), name)
