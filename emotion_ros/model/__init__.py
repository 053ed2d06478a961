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

"""The network: its saved form, its backends and its predictions."""

import sys


def register_layers() -> None:
    """Register the layers of saved networks with Keras, which must be installed."""
    from emotion_ros.model import confidence_layers, encoder, layers, old_layers  # noqa: F401


if 'keras' in sys.modules:   # the program means to load a network
    register_layers()
