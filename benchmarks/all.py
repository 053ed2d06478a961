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

"""Run the benchmarks that need no corpora and few minutes, and write RESULTS.md."""

import datetime
import json
from pathlib import Path
import subprocess
import sys

from measuring import Table, machine

HERE = Path(__file__).resolve().parent
BENCHMARKS = 'features', 'inference', 'end_to_end', 'idle', 'scale', 'training', 'peers'

HEAD = """# Results

Written by `make bench`, on {date}. [README.md](README.md) says what each benchmark does, where the
time goes and what the bars are. Machines differ and this one had other work to do: go by the
ratios, which stand first and compare what was measured in one run, on the same sound.
"""


def main():
    """Run them one after the other."""
    here = machine()
    parts = [HEAD.format(date=datetime.date.today())]
    parts += [f'- {key}: {text}' for key, text in here.items()]
    code = 0
    for name in BENCHMARKS:
        print(f'{name} ...', file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, str(HERE / f'{name}.py'), '--json'], capture_output=True,
            text=True)
        parts += ['', f'## `python benchmarks/{name}.py`', '']
        if done.returncode:
            print(f'{name} failed:\n{done.stderr}', file=sys.stderr)
            parts.append('It failed.')
            code = 1
            continue
        found = json.loads(done.stdout)
        parts += [f'Load before: {found["machine"]["load before"]}.', '']
        parts.append('\n\n'.join(Table(**table).markdown() for table in found['tables']))
    text = '\n'.join(parts) + '\n'
    (HERE / 'RESULTS.md').write_text(text, encoding='utf-8')
    print(text)
    return code


if __name__ == '__main__':
    sys.exit(main())
