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

"""Readers and writers of bags without some faults of rosbags.

rosbags does not quote the path of an SQLite file in its URI, so that `#`, `?` and `%` name another
file; and it finds no messages of a topic if metadata.yaml, which people edit, and the file disagree
on the quality of service that was offered.
"""

from pathlib import Path
from urllib.parse import quote

from rosbags.rosbag2 import Reader, StoragePlugin, Writer
from rosbags.rosbag2.reader import DirectoryReader
from rosbags.rosbag2.storage_sqlite3 import Sqlite3Reader, Sqlite3Writer


class _Sqlite3Reader(Sqlite3Reader):
    """Reads an SQLite file with any name."""

    def __init__(self, path):
        super().__init__(_quoted(path))


class _FolderReader(DirectoryReader):
    """Reads a folder whose files may say otherwise what quality of service was offered."""

    STORAGE_PLUGINS = {**DirectoryReader.STORAGE_PLUGINS, 'sqlite3': _Sqlite3Reader}

    def open(self):
        """Open the files, and take what was offered from metadata.yaml."""
        super().open()
        offered = {}
        for connection in self.connections:
            offered.setdefault((connection.topic, connection.msgtype), []).append(connection.ext)
        for storage in self.storages:
            for index, connection in enumerate(storage.connections):
                known = offered.get((connection.topic, connection.msgtype))
                if known and connection.ext not in known:
                    storage.connections[index] = connection._replace(ext=known[0])


class BagReader(Reader):
    """Reads a bag: a folder, or a single file of one."""

    STORAGE_PLUGINS = {**Reader.STORAGE_PLUGINS, 'dir': _FolderReader, '.db3': _Sqlite3Reader}


class _Sqlite3Writer(Sqlite3Writer):
    """Writes an SQLite file with any name."""

    def __init__(self, path, compression):
        super().__init__(_quoted(path), compression)
        self.path = path / f'{path.name}.db3'


class BagWriter(Writer):
    """Writes a bag."""

    STORAGE_PLUGINS = {**Writer.STORAGE_PLUGINS, StoragePlugin.SQLITE3: _Sqlite3Writer}


def _quoted(path):
    return Path(quote(str(path)))
