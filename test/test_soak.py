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

"""Ten minutes of sound through the nodes: nothing is lost, nothing grows."""

import json
import subprocess
import sys

from conftest import REPOSITORY


def test_a_few_minutes_of_sound():
    done = subprocess.run(
        [sys.executable, REPOSITORY / 'benchmarks' / 'soak.py', '--minutes', '3', '--json'],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report['troubles'] == []
    assert report['sound [h]'] >= 1 / 20
    assert report['utterances in'] == report['utterances out'] > 25
    assert report['truncated'] > 1
    assert report['frames late or doubled'] > 3
    assert report['gaps'] > 7
    assert set(report['states']) == {'start', 'warm', 'middle', 'end'}
