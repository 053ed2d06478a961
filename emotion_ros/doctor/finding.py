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

"""The result of a check."""

from dataclasses import dataclass

OK, INFO, WARNING, MISSING, BROKEN = 'ok', 'info', 'warning', 'missing', 'broken'


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's output.

    Args:
        status: OK; INFO for facts that are good to know; WARNING for possible problems; MISSING or
            BROKEN for something that is required.
        text: what the check found.
        remedy: commands or instructions, one per line; empty if there is nothing to do.

    """

    status: str
    text: str
    remedy: str = ''
