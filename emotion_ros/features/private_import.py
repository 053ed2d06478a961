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

"""Files and modules of a package, without importing the package."""

import importlib.util
from pathlib import Path
from types import ModuleType


def find_part(package: str, *names: str) -> Path:
    """Find a file or folder of a package without importing it.

    Args:
        package: name of an installed package.
        names: folders within it, and the file.

    Returns:
        Path; it need not exist.

    Raises:
        ModuleNotFoundError: the package is not installed.

    """
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f'No module named {package!r}', name=package)
    return Path(found.submodule_search_locations[0], *names)


def load_part(package: str, *names: str) -> ModuleType:
    """Load a module alone, without what the package around it imports.

    Args:
        package, names: see find_part.

    Returns:
        The module.

    Raises:
        ModuleNotFoundError: the package is not installed.

    """
    path = find_part(package, *names)
    spec = importlib.util.spec_from_file_location(f'emotion_ros_{package}_{path.stem}', path)
    assert spec is not None and spec.loader is not None   # because path ends in .py
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
