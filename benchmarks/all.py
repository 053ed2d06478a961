"""Run all benchmarks but the soak, and write RESULTS.md."""

import datetime
import json
from pathlib import Path
import subprocess
import sys

from measuring import Table

HERE = Path(__file__).resolve().parent
BENCHMARKS = 'features', 'inference', 'end_to_end', 'idle', 'scale', 'training', 'peers'

HEAD = """# Results

Written by `make bench`, on {date}. [README.md](README.md) says what each benchmark does, where the
time goes and what the bars are. Machines differ and this one had other work to do: go by the
ratios, which stand first and compare what was measured in one run, on the same sound.
"""


def main():
    """Run them one after the other."""
    parts = []
    for name in BENCHMARKS:
        print(f'{name} ...', file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, str(HERE / f'{name}.py'), '--json'], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f'{name} failed:\n{done.stderr}')
        found = json.loads(done.stdout)
        if not parts:
            parts.append(HEAD.format(date=datetime.date.today()))
            parts += [f'- {key}: {text}' for key, text in found['machine'].items()]
        parts += ['', f'## `python benchmarks/{name}.py`', '',
                  f'Load before: {found["machine"]["load before"]}.', '']
        parts.append('\n\n'.join(Table(**table).markdown() for table in found['tables']))
    text = '\n'.join(parts) + '\n'
    (HERE / 'RESULTS.md').write_text(text, encoding='utf-8')
    print(text)


if __name__ == '__main__':
    main()
