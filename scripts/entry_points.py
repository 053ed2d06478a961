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

"""Write the executables that setup.cfg lists; CMake installs them.

usage: entry_points.py SETUP_CFG FOLDER

The scripts are `FOLDER/bin/NAME` for console_scripts and `FOLDER/lib/NAME` for ros_executables.
They start with the Python that builds the package, as those of ament_python do.
"""

import configparser
from pathlib import Path
import shutil
import sys

TEMPLATE = """#!{python}
import sys

try:
    from {module} import {function}
except ImportError as error:
    sys.exit(f'emotion_ros: {{error}}; `emotion-ros doctor` says what to install')
except KeyboardInterrupt:
    sys.exit(130)
if __name__ == '__main__':   # not in processes that multiprocessing starts
    sys.exit({function}())
"""


def main():
    """Read the entry points and write a script for each."""
    setup_cfg, folder = Path(sys.argv[1]), Path(sys.argv[2])
    config = configparser.ConfigParser()
    config.read_string(setup_cfg.read_text())
    groups = config['options.entry_points']
    for group, place in (('console_scripts', 'bin'), ('ros_executables', 'lib')):
        shutil.rmtree(folder / place, ignore_errors=True)
        (folder / place).mkdir(parents=True)
        for line in groups[group].strip().splitlines():
            name, target = (part.strip() for part in line.split('='))
            module, function = target.split(':')
            script = folder / place / name
            script.write_text(TEMPLATE.format(
                python=sys.executable, module=module, function=function))
            script.chmod(0o755)


if __name__ == '__main__':
    main()
