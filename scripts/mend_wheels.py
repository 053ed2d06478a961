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

"""Mend two defects of the ROS 2 wheels in the virtual environment that runs this script.

1. The CMake targets of the message packages name the include folders of the machine that built
   them; they get this Python's and this numpy's.
2. Fast DDS's CMake targets link a libtinyxml2 of the building machine; the wheel brings its own
   inside, so the name is taken out.

Running it again changes nothing.
"""

from pathlib import Path
import re
import sys
import sysconfig

import numpy

BUILDER_PYTHON = re.compile(r'/opt/python/[^;"]*/include/python[^;"]*')
BUILDER_NUMPY = re.compile(r'/opt/python/[^;"]*/numpy/_?core/include')
TINYXML2 = re.compile(r'[^;"]*/libtinyxml2\.so;?')


def main():
    """Rewrite every exported CMake target below sys.prefix/share."""
    for path in Path(sys.prefix, 'share').glob('*/cmake/*.cmake'):
        text = path.read_text()
        mended = BUILDER_NUMPY.sub(numpy.get_include(), text)
        mended = BUILDER_PYTHON.sub(sysconfig.get_path('include'), mended)
        mended = TINYXML2.sub('', mended)
        if mended != text:
            path.write_text(mended)


if __name__ == '__main__':
    main()
