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

"""Opening a bag and finding its audio topics."""

from contextlib import contextmanager
import os
from pathlib import Path
import shlex

from emotion_ros.audio.resampler import MEAN
from emotion_ros.bags import EXTENSIONS, types
from emotion_ros.bags.audio_topic import AudioTopic, plain, sibling
from emotion_ros.bags.rosbags_faults import BagReader
from emotion_ros.display.lists import listed
from emotion_ros.errors import ArgumentError, EmotionError, one_line
from emotion_ros.files.paths import fault_of

_MCAP = b'\x89MCAP0\r\n'   # begins and ends a file


class Bag:
    """A bag that is read.

    Args:
        path: as given by the user.
        reader: open rosbags_faults.BagReader.

    """

    def __init__(self, path, reader):
        self.path = path
        self.reader = reader

    @property
    def connections(self):
        """What is in it: [rosbags.interfaces.Connection]."""
        return self.reader.connections

    @property
    def compression(self):
        """Its compression: 'file', 'message' or None."""
        return self.reader.compression_mode

    @property
    def custom_data(self):
        """Its custom metadata: {str: str}."""
        metadata = getattr(self.reader.storage, 'metadata', None)   # of rosbags 0.11 and later
        return (metadata and metadata.custom) or {}

    @property
    def message_count(self):
        """Number of its messages."""
        return self.reader.message_count

    @property
    def storage(self):
        """Its storage format, one of bags.STORAGES."""
        path = Path(self.path)
        files = path.iterdir() if path.is_dir() else [path]
        return 'sqlite3' if any('.db3' in file.suffixes for file in files) else 'mcap'

    def messages(self, connections=()):
        """Read messages.

        Args:
            connections: to read; all by default.

        Yields:
            (connection, bag time [ns], bytes), by time.

        Raises:
            EmotionError: the bag is broken here.

        """
        with _readable(self.path):
            yield from self.reader.messages(connections)

    def audio_topics(self, names=(), array=None, channel=MEAN):
        """Find the audio topics.

        If a namespace has the same audio with and without stamps, AudioDataStamped and AudioData,
        the topic without is left out.

        Args:
            names: of the topics; all by default.
            array, channel: see AudioTopic.

        Returns:
            [AudioTopic], at least one.

        Raises:
            EmotionError: there is none, or a requested one is missing or of another type.

        """
        found = {connection.topic: connection.msgtype for connection in self.connections
                 if connection.msgtype in types.AUDIO_TYPES and connection.topic.isprintable()}
        if not found:
            raise EmotionError(f'bag {str(self.path)!r} has no audio: no topic is of '
                               f'{_sentence(types.AUDIO_TYPES)}; it has {self._listed()}')
        for name in names:
            if name not in found:
                raise ArgumentError('topic', f'must be one of {", ".join(found)}, got {name!r}')
        stamped = {sibling(name, '') for name, type_name in found.items()
                   if type_name == types.AUDIO_DATA_STAMPED}
        wanted = names or [name for name, type_name in found.items()
                           if type_name != types.AUDIO_DATA or sibling(name, '') not in stamped]
        return [AudioTopic(self, name, array, channel) for name in dict.fromkeys(wanted)]

    def audio_topic(self, name=None, array=None, channel=MEAN):
        """Find a single audio topic.

        Args:
            name: of the topic; needed if there are several.
            array, channel: see AudioTopic.

        Returns:
            AudioTopic.

        Raises:
            EmotionError: there is none, there are several, or the requested one is missing or of
                another type.

        """
        topics = self.audio_topics([name] if name else (), array, channel)
        if len(topics) > 1:
            raise ArgumentError('topic', 'must be given, since the bag has audio on several: '
                                f'{", ".join(found.name for found in topics)}')
        return topics[0]

    def _listed(self):
        topics = sorted({plain(f'{connection.topic[:100]} ({connection.msgtype[:100]})')
                         for connection in self.connections})
        return listed(topics) or 'no topic at all'


@contextmanager
def open_bag(path):
    """Open a bag: a folder, or a single file of one.

    Gives:
        Bag.

    Raises:
        EmotionError: it cannot be read.

    """
    is_folder = os.path.isdir(path)
    fault = fault_of(path, folder=is_folder)
    if fault:
        raise EmotionError(f'bag {str(path)!r} cannot be read: {fault}')
    if not is_folder and Path(path).suffix not in EXTENSIONS:
        raise EmotionError(f'bag {str(path)!r} cannot be read: a bag is a folder, or a file that '
                           f'ends in {" or ".join(EXTENSIONS)}')
    _check_finished(Path(path))
    fault = is_folder and fault_of(Path(path, 'metadata.yaml'))
    if fault:
        raise EmotionError(
            f'bag {str(path)!r} cannot be read: metadata.yaml: {fault}; `ros2 bag reindex` makes '
            'one, or give the .mcap or .db3 file in it')
    with _readable(path):
        reader = BagReader(Path(path))
        reader.open()
        if not all(isinstance(text, str) for connection in reader.connections
                   for text in (connection.topic, connection.msgtype)):
            raise EmotionError(f'bag {str(path)!r} cannot be read: a topic has no name or no type')
    try:
        yield Bag(path, reader)
    finally:
        reader.close()


def _check_finished(path):
    """Check that the files of a bag are complete.

    Raises:
        EmotionError: the recorder crashed or its disk was full. rosbags cannot read such an .mcap,
            and `ros2 bag reindex` cannot repair it; of an SQLite file, rosbags would leave out what
            is still in the log beside it.

    """
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        log = file.with_name(f'{file.name}-wal')
        if file.suffix == '.db3' and log.is_file() and log.stat().st_size:
            raise EmotionError(
                f'bag {str(path)!r} cannot be read: messages are still in {log.name}, as where its '
                f'recorder crashed or is running; `sqlite3 {shlex.quote(str(file))} '
                "'PRAGMA wal_checkpoint'` moves them into the file")
        if file.suffix != '.mcap':
            continue
        with _readable(path), file.open('rb') as content:
            begins = content.read(len(_MCAP))
            content.seek(max(0, file.stat().st_size - len(_MCAP)))
            ends = content.read()
        if begins == _MCAP != ends:
            whole = file.with_suffix('.whole.mcap')
            raise EmotionError(
                f'bag {str(path)!r} cannot be read: {file.name} has no end, as where its recorder '
                f'crashed; `mcap recover {shlex.quote(str(file))} -o {shlex.quote(str(whole))}` '
                'saves what is in it, then give that file (mcap: https://mcap.dev/guides/cli)')


@contextmanager
def _readable(path):
    try:
        yield
    except EmotionError:
        raise
    except Exception as error:   # rosbags may raise anything for invalid bags
        raise EmotionError(f'bag {str(path)!r} cannot be read: {one_line(error)}') from error


def _sentence(names):
    return f'{", ".join(names[:-1])} or {names[-1]}'
