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

"""Writing a folder or a file, completely or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import tempfile
from typing import BinaryIO, cast

from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.files.paths import expanded


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces a path once it is completely written.

    Only its owner may read it. After a fault, nothing of it is left.

    Raises:
        OSError: it cannot be written.

    """
    with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix='.', suffix='.tmp', delete=False) as file:
        try:
            yield cast(BinaryIO, file)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8; what it names, such as a file, may contain any bytes."""
    path.write_text(text, encoding='utf-8', errors='backslashreplace')


@dataclass(frozen=True)
class OutputFolder:
    """A folder that a command writes.

    Args:
        path: of the folder.
        argument: that gives it, for errors.
        content: of the folder, such as 'model'.
        mark: name of a file that identifies earlier content, which alone may be replaced.
        files: names of the files in it; all others belong to the user.

    """

    path: str | os.PathLike[str]
    argument: str
    content: str
    mark: str
    files: tuple[str, ...] = ()

    def check(self) -> None:
        """Check that it can be written: it is new, is empty, or has earlier content.

        Raises:
            EmotionError: it cannot.

        """
        folder, named = expanded(self.path), repr(str(self.path))
        try:
            if folder.exists() and not folder.is_dir():
                raise ArgumentError(self.argument, f'{named} must be a folder, got a file')
            if folder.is_dir() and any(folder.iterdir()) and not (folder / self.mark).is_file():
                raise ArgumentError(
                    self.argument, f'{named} must be a new or empty folder, or a {self.content} to '
                    f'replace; it is not empty and contains no {self.content}')
            if os.path.ismount(folder):   # which cannot be renamed, at the very end
                raise ArgumentError(self.argument, f'{named} must be a folder that can be replaced '
                                    'as a whole, got a mount point; name a folder in it')
            parent = next(path for path in folder.resolve().parents if path.exists())
        except OSError as error:
            raise self._fault(error) from error
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise ArgumentError(self.argument, f'{named} cannot be written to {str(parent)!r}')

    @contextmanager
    def whole(self) -> Iterator[Path]:
        """Make a temporary folder that replaces it once it is completely written.

        After a fault, nothing of it is left, and the folder is as before. What others have put
        into the folder stays in it.

        Raises:
            EmotionError: see check, or the folder cannot be written.

        """
        self.check()
        folder = expanded(self.path).resolve()
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(
                    prefix=f'.{folder.name}.', dir=folder.parent,
                    ignore_cleanup_errors=True) as work:
                new, old = Path(work, 'new'), Path(work, 'old')
                new.mkdir()
                yield new
                if folder.exists():
                    os.rename(folder, old)
                try:
                    os.rename(new, folder)
                except BaseException:
                    if old.exists():
                        os.rename(old, folder)
                    raise
                self._give_back(old, folder)
        except OSError as error:
            raise self._fault(error) from error

    def _give_back(self, old: Path, folder: Path) -> None:
        """Move what is not of the content from the old folder to the new one."""
        for entry in list(old.iterdir()) if old.exists() else ():
            if entry.name not in self.files and not (folder / entry.name).exists():
                os.rename(entry, folder / entry.name)

    def _fault(self, error: OSError) -> EmotionError:
        return ArgumentError(self.argument, f'{str(self.path)!r} cannot be written: '
                             f'{error.strerror or error}')
