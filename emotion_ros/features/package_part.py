"""Loading a module of a package without the package around it."""

import importlib.util
from pathlib import Path


def load_part(package, *names):
    """Load a module alone: nothing that the package imports on its own is loaded.

    Args:
        package: name of an installed package.
        names: of the folders in it and of the file.

    Returns:
        The module.

    Raises:
        ModuleNotFoundError: the package is not installed.

    """
    found = importlib.util.find_spec(package)
    if found is None:
        raise ModuleNotFoundError(f'No module named {package!r}', name=package)
    path = Path(found.submodule_search_locations[0], *names)
    spec = importlib.util.spec_from_file_location(f'emotion_ros_{package}_{path.stem}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
