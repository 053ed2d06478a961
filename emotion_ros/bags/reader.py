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

"""Reading the sound of a bag."""

from collections import Counter
from contextlib import contextmanager
import os
from pathlib import Path
import shlex

from rosbags.rosbag2 import Reader

from emotion_ros.audio.foreign_messages import ForeignAudio
from emotion_ros.audio.mono_stream import GAPS, LATE_FRAMES
from emotion_ros.audio.resampler import MEAN
from emotion_ros.bags import types
from emotion_ros.errors import EmotionError, one_line
from emotion_ros.messages import message_to_frame, message_to_speaker
from emotion_ros.paths import fault_of
from emotion_ros.speech.own_voice import OwnVoice
from emotion_ros.voices.told import ToldSpeakers

_LISTED = 20   # topics that an error names

_MCAP = b'\x89MCAP0\r\n'   # begins and ends a file

FRAMES = 'frames'
MALFORMED = 'messages malformed'


class Bag:
    """A bag that is read.

    Args:
        path: as the user gave it.
        reader: open rosbags.rosbag2.Reader.

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
        """How it is compressed: 'file', 'message' or None."""
        return self.reader.compression_mode

    @property
    def custom_data(self):
        """What else somebody noted in it: {str: str}."""
        metadata = getattr(self.reader.storage, 'metadata', None)   # of rosbags 0.11 and later
        return (metadata and metadata.custom) or {}

    @property
    def message_count(self):
        """Messages in it."""
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
            connections: that are wanted; all by default.

        Yields:
            (connection, bag time [ns], bytes), by time.

        Raises:
            EmotionError: the bag is broken here.

        """
        with _readable(self.path):
            yield from self.reader.messages(connections)

    def audio_topics(self, names=(), array=None, channel=MEAN):
        """Find the topics with sound.

        Where a namespace has the same sound with stamps and without, AudioDataStamped and
        AudioData, the one without is left out.

        Args:
            names: of the topics that are wanted; all by default.
            array, channel: see AudioTopic.

        Returns:
            [AudioTopic], at least one.

        Raises:
            EmotionError: there is none, or one that is wanted is missing or of another type.

        """
        found = {connection.topic: connection.msgtype for connection in self.connections
                 if connection.msgtype in types.AUDIO_TYPES and connection.topic.isprintable()}
        if not found:
            raise EmotionError(f'bag {str(self.path)!r} has no sound: no topic is of '
                               f'{_sentence(types.AUDIO_TYPES)}; it has {self._listed()}')
        for name in names:
            if name not in found:
                raise EmotionError(f'--topic must be one of {", ".join(found)}, got {name!r}')
        stamped = {sibling(name, '') for name, type_name in found.items()
                   if type_name == types.AUDIO_DATA_STAMPED}
        wanted = names or [name for name, type_name in found.items()
                           if type_name != types.AUDIO_DATA or sibling(name, '') not in stamped]
        return [AudioTopic(self, name, array, channel) for name in dict.fromkeys(wanted)]

    def audio_topic(self, name=None, array=None, channel=MEAN):
        """Find the one topic with sound that is meant.

        Args:
            name: of the topic; needed where there are several.
            array, channel: see AudioTopic.

        Returns:
            AudioTopic.

        Raises:
            EmotionError: there is none, there are several, or the one that is wanted is missing
                or of another type.

        """
        topics = self.audio_topics([name] if name else (), array, channel)
        if len(topics) > 1:
            raise EmotionError(f'bag {str(self.path)!r} has sound on several topics, choose one '
                               f'with --topic: {", ".join(found.name for found in topics)}')
        return topics[0]

    def _listed(self):
        topics = sorted({plain(f'{connection.topic[:100]} ({connection.msgtype[:100]})')
                         for connection in self.connections})
        more = len(topics) - _LISTED
        return (', '.join(topics[:_LISTED]) + (f' and {more} more' if more > 0 else '')
                or 'no topic at all')


class AudioTopic:
    """A topic with sound, whose messages become frames.

    Args:
        bag: Bag.
        name: of the topic.
        array: audio.array.geometry.MicrophoneArray whose microphones become the channels of the
            frames; None where all channels do.
        channel: the one of the frames where there is no array, see frame.Frame.select_channel.

    Attributes:
        name: of the topic.
        connections: whose messages are to be heard: its own, those that tell its format, and those
            of robot_speaking and speaker beside it.
        told: voices.told.ToldSpeakers, what the messages so far tell of who speaks.
        counts: Counter of FRAMES and MALFORMED messages, and for the stages to count in.
        own_voice: speech.own_voice.OwnVoice, which has been told when the robot speaks.
        reason: why the first malformed message is so.

    Raises:
        EmotionError: its type has another definition in this bag, or the bag is broken.

    """

    def __init__(self, bag, name, array=None, channel=MEAN):
        self.name = name
        self._array = array
        self._channel = channel
        self.counts = Counter()
        self.reason = ''
        own = [connection for connection in bag.connections
               if connection.topic == name and connection.msgtype in types.AUDIO_TYPES]
        infos = [connection for connection in bag.connections
                 if connection.msgtype == types.AUDIO_INFO
                 and sibling(connection.topic, '') == sibling(name, '')
                 and own[0].msgtype in (types.AUDIO_DATA, types.AUDIO_DATA_STAMPED)]
        speaking = [connection for connection in bag.connections
                    if (connection.topic, connection.msgtype) in (
                        (sibling(name, 'robot_speaking'), types.BOOL),
                        (sibling(name, 'speaker'), types.SPEAKER_STAMPED))]
        self.own_voice = OwnVoice()
        self.told = ToldSpeakers()
        self.connections = own + infos + speaking
        self._source = ForeignAudio()
        for connection in self.connections:
            check_type(connection)
        if infos:
            self._inform(bag, infos)
        elif own[0].msgtype in (types.AUDIO_DATA, types.AUDIO_DATA_STAMPED):
            raise EmotionError(f'topic {name!r}: {own[0].msgtype} does not tell its format, and '
                               f'its namespace has no topic of {types.AUDIO_INFO}')

    def _inform(self, bag, infos):
        """Find out the format, which is told now and then: sound comes before it, too."""
        reason = 'there is no message'
        for connection, _, data in bag.messages(infos):
            try:
                self._source.inform(decode(connection, data))
                return
            except ValueError as error:
                reason = error
        raise EmotionError(f'topic {infos[0].topic!r} does not tell the format of '
                           f'{self.name!r}: {reason}')

    def to_frame(self, connection, time, data):
        """Take a message of one of its connections.

        Args:
            connection, time, data: as Bag.messages gives them.

        Returns:
            (audio.frame.Frame, frame_id); None where the message is malformed, which is counted,
            or no sound.

        """
        try:
            message = decode(connection, data)
            if connection.msgtype == types.AUDIO_INFO:
                self._source.inform(message)
                return None
            if connection.msgtype == types.BOOL:
                self.own_voice.tell(message.data)
                return None
            if connection.msgtype == types.SPEAKER_STAMPED:
                self.told.tell(*message_to_speaker(message))
                return None
            if connection.msgtype == types.AUDIO_FRAME:
                frame = message_to_frame(message)
            else:
                frame = self._source.frame(message, received=time)
            frame = (frame.select_channel(self._channel) if self._array is None
                     else self._array.frame_of(frame))
        except ValueError as error:
            self.count_malformed(error)
            return None
        self.counts[FRAMES] += 1
        header = getattr(message, 'header', None)
        return frame, header.frame_id if header else ''

    def count_malformed(self, reason):
        """Count a message that is malformed."""
        self.counts[MALFORMED] += 1
        self.reason = self.reason or str(reason)

    def warnings(self, *, speaking):
        """Tell what went wrong.

        Args:
            speaking: whether an utterance is open at the end.

        Returns:
            [str].

        """
        warnings = [f'{name}: {self.counts[name]}' for name in (MALFORMED, LATE_FRAMES, *GAPS)
                    if self.counts[name]]
        if self.counts[MALFORMED]:
            warnings[0] += f' ({self.reason})'
        if speaking:
            warnings.append('somebody still speaks at the end; that utterance is left out')
        return warnings


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
    _check_finished(Path(path))
    fault = is_folder and fault_of(Path(path, 'metadata.yaml'))
    if fault:
        raise EmotionError(
            f'bag {str(path)!r} cannot be read: metadata.yaml: {fault}; `ros2 bag reindex` makes '
            'one, or give the .mcap or .db3 file in it')
    with _readable(path):
        reader = Reader(Path(path))
        reader.open()
    try:
        yield Bag(path, reader)
    finally:
        reader.close()


def _check_finished(path):
    """Check that the recorder of the .mcap files of a bag ended them.

    Raises:
        EmotionError: it crashed, or its disk was full; `ros2 bag reindex` and rosbags want an end.

    """
    for file in sorted(path.glob('*.mcap')) if path.is_dir() else [path]:
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


def sibling(topic, name):
    """Name a topic of the namespace of another one."""
    return f'{topic.rpartition("/")[0]}/{name}'


def plain(text):
    """Make a text from a bag safe to print in a line."""
    return text if text.isprintable() else repr(text)


def check_type(connection):
    """Check that messages of a connection can be decoded.

    Raises:
        EmotionError: their type has another definition in the bag than here.

    """
    known = types.store_of(connection.msgtype).hash_rihs01(connection.msgtype)
    if connection.digest not in ('', known):
        raise EmotionError(f'topic {connection.topic!r}: {connection.msgtype} has another '
                           'definition in the bag than here')


def decode(connection, data):
    """Turn the bytes of a message into fields.

    Raises:
        ValueError: they are no message of this type.

    """
    name = connection.msgtype
    try:
        return types.store_of(name).deserialize_cdr(data, name)
    except Exception as error:   # rosbags fails in many ways on what is no message
        raise ValueError(f'it is no {name}: {one_line(error)}') from error


@contextmanager
def _readable(path):
    try:
        yield
    except EmotionError:
        raise
    except Exception as error:   # rosbags fails in many ways on what is no bag
        raise EmotionError(f'bag {str(path)!r} cannot be read: {one_line(error)}') from error


def _sentence(names):
    return f'{", ".join(names[:-1])} or {names[-1]}'
