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

"""A topic with audio in a bag: its messages become frames."""

from collections import Counter

from emotion_ros.audio.array.geometry import select_microphones
from emotion_ros.audio.mono_stream import GAPS, LATE_FRAMES
from emotion_ros.audio.resampler import MEAN
from emotion_ros.bags import types
from emotion_ros.errors import EmotionError, one_line
from emotion_ros.messages.conversion import message_to_frame, message_to_speaker
from emotion_ros.messages.foreign_audio import ForeignAudio
from emotion_ros.speech.own_voice import OwnVoice
from emotion_ros.voices.reported_speakers import ReportedSpeakers

FRAMES = 'frames'
MALFORMED = 'messages malformed'


class AudioTopic:
    """An audio topic, whose messages become frames.

    Args:
        bag: Bag.
        name: of the topic.
        array: audio.array.geometry.MicrophoneArray whose microphones become the channels of the
            frames; None for all channels.
        channel: of the frames if there is no array, see frame.Frame.select_channel.

    Attributes:
        name: of the topic.
        connections: whose messages are needed: its own, those with its format, and those of
            robot_speaking and speaker in its namespace.
        reported_speakers: ReportedSpeakers, according to the messages so far.
        counts: Counter of FRAMES and MALFORMED messages; the stages add to it.
        own_voice: speech.own_voice.OwnVoice, according to the messages so far.
        reason: what is wrong with the first malformed message.

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
        self.reported_speakers = ReportedSpeakers()
        self.connections = own + infos + speaking
        self._source = ForeignAudio()
        for connection in self.connections:
            check_type(connection)
        if infos:
            self._inform(bag, infos)
        elif own[0].msgtype in (types.AUDIO_DATA, types.AUDIO_DATA_STAMPED):
            raise EmotionError(f'topic {name!r}: {own[0].msgtype} does not state its format, and '
                               f'its namespace has no topic of {types.AUDIO_INFO}')

    def _inform(self, bag, infos):
        """Find the format, which is published now and then, perhaps after the first audio."""
        reason = 'there are no messages'
        for connection, _, data in bag.messages(infos):
            try:
                self._source.inform(decode(connection, data))
                return
            except ValueError as error:
                reason = error
        raise EmotionError(f'topic {infos[0].topic!r} does not state the format of '
                           f'{self.name!r}: {reason}')

    def to_frame(self, connection, time, data):
        """Process a message of one of its connections.

        Args:
            connection, time, data: as Bag.messages gives them.

        Returns:
            (audio.frame.Frame, frame_id); None if the message is malformed, which is counted, or
            is not audio.

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
                self.reported_speakers.add(*message_to_speaker(message))
                return None
            if connection.msgtype == types.AUDIO_FRAME:
                frame = message_to_frame(message)
            else:
                frame = self._source.frame(message, received=time)
            frame = select_microphones(frame, self._array, self._channel)
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
        """List the problems.

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
            warnings.append('the recording ends during an utterance, which is left out')
        return warnings


def sibling(topic, name):
    """Name a topic of the namespace of another one."""
    return f'{topic.rpartition("/")[0]}/{name}'


def plain(text):
    """Make a text from a bag safe to print in a line."""
    return text if text.isprintable() else repr(text)


def check_type(connection):
    """Check that messages of a connection can be decoded.

    Raises:
        EmotionError: their type is defined differently in the bag than here.

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
    except Exception as error:   # rosbags may raise anything for invalid messages
        raise ValueError(f'it is not a valid {name}: {one_line(error)}') from error
