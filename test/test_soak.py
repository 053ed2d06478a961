"""Ten minutes of sound through the nodes: nothing is lost, nothing grows."""

import json
import subprocess
import sys

from conftest import REPOSITORY


def test_ten_minutes_of_sound():
    done = subprocess.run(
        [sys.executable, REPOSITORY / 'benchmarks' / 'soak.py', '--minutes', '10', '--json'],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report['troubles'] == []
    assert report['sound [h]'] >= 1 / 6
    assert report['utterances in'] == report['utterances out'] > 80
    assert report['truncated'] > 5
    assert report['frames late or doubled'] > 10
    assert report['gaps'] > 20
    assert set(report['states']) == {'start', 'warm', 'middle', 'end'}
