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

"""What a check has found."""

from dataclasses import dataclass

OK, INFO, WARNING, MISSING, BROKEN = 'ok', 'info', 'warning', 'missing', 'broken'


@dataclass(frozen=True)
class Finding:
    """A line of the doctor.

    Args:
        status: OK; INFO, which is good to know; WARNING, of what may go wrong; MISSING or BROKEN,
            of what is needed.
        text: what was found.
        remedy: what to type, or to do, a line each; empty where nothing is to be done.

    """

    status: str
    text: str
    remedy: str = ''
