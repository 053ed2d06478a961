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

"""Run an executable whose nodes publish diagnostics more often than once a second.

Tests wait for these, again and again.

usage: frequent_diagnostics.py PERIOD EXECUTABLE [ARGUMENT ...]
"""

import os
import runpy
import sys

period, *sys.argv = sys.argv[1:]
sys.path[0] = os.path.dirname(sys.argv[0])   # as if it had been run itself

from emotion_ros.nodes import diagnostics  # noqa: E402

diagnostics.PERIOD = float(period)
runpy.run_path(sys.argv[0], run_name='__main__')
