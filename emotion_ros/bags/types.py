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

"""The message types of bags: those that are decoded, and the definitions of all others.

Audio is decoded by the definitions in this module, whatever definitions a bag has: no code is ever
generated from the contents of a bag.
"""

from functools import cache

import numpy as np
from rosbags.interfaces import MessageDefinitionFormat
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore

from emotion_ros.files.paths import share
from emotion_ros.messages.conversion import MessageMaker

AUDIO_FRAME = 'emotion_ros/msg/AudioFrame'
VOICE_FEATURES = 'emotion_ros/msg/VoiceFeatures'
FEATURE_MATRIX = 'emotion_ros/msg/FeatureMatrix'
EMOTION_STAMPED = 'emotion_ros/msg/EmotionStamped'
SPEAKER_STAMPED = 'emotion_ros/msg/SpeakerStamped'
MOOD = 'emotion_ros/msg/Mood'
AUDIO_DATA = 'audio_common_msgs/msg/AudioData'
AUDIO_DATA_STAMPED = 'audio_common_msgs/msg/AudioDataStamped'
AUDIO_INFO = 'audio_common_msgs/msg/AudioInfo'
AUDIO = 'audio_common_msgs/msg/Audio'
AUDIO_STAMPED = 'audio_common_msgs/msg/AudioStamped'
RAW_AUDIO = 'foxglove_msgs/msg/RawAudio'
BOOL = 'std_msgs/msg/Bool'
POSE_STAMPED = 'geometry_msgs/msg/PoseStamped'

OWN = AUDIO_FRAME, FEATURE_MATRIX, VOICE_FEATURES, EMOTION_STAMPED, SPEAKER_STAMPED, MOOD
"""Types of this package."""

AUDIO_TYPES = AUDIO_FRAME, AUDIO_STAMPED, AUDIO, AUDIO_DATA_STAMPED, AUDIO_DATA, RAW_AUDIO
"""Types of audio messages."""

# Two packages have this name; see messages.foreign_audio.
_ROS_DRIVERS = {
    AUDIO_DATA: 'uint8[] data\n',
    AUDIO_DATA_STAMPED: 'std_msgs/Header header\naudio_common_msgs/AudioData audio\n',
    AUDIO_INFO: 'uint8 channels\nuint32 sample_rate\nstring sample_format\nuint32 bitrate\n'
                'string coding_format\n'}
_MGONZS13 = {
    AUDIO_DATA: 'float32[] float32_data\nint32[] int32_data\nint16[] int16_data\n'
                'int8[] int8_data\nuint8[] uint8_data\n',
    AUDIO_INFO: 'int32 format\nint32 channels\nint32 rate\nint32 chunk\n',
    AUDIO: 'audio_common_msgs/AudioData audio_data\naudio_common_msgs/AudioInfo info\n',
    AUDIO_STAMPED: 'std_msgs/Header header\naudio_common_msgs/Audio audio\n'}
_FOXGLOVE = {
    RAW_AUDIO: 'builtin_interfaces/Time timestamp\nuint8[] data\nstring format\n'
               'uint32 sample_rate\nuint32 number_of_channels\n'}


@cache
def _store(own):
    """Make the types of ROS 2 and some of our own: {name: definition}, as a tuple of pairs.

    The types are those of Humble, whose bags do not contain definitions.
    """
    store = get_typestore(Stores.ROS2_HUMBLE)
    types = {}
    for name, text in own:
        types.update(get_types_from_msg(text, name))
    store.register(types)
    return store


def store_of(name):
    """Return the types that decode messages of audio, AudioInfo, speakers, moods and results.

    Returns:
        rosbags.typesys.store.Typestore.

    """
    for package in (_ROS_DRIVERS, _MGONZS13, _FOXGLOVE):
        # AudioData and AudioInfo are topics of their own in the first package only.
        if name in package:
            return _store(tuple(package.items()))
    return _store(tuple((one, _text(one)) for one in OWN))


def _text(name):
    """Read the definition of a message of this package."""
    return share('msg', f'{name.rpartition("/")[2]}.msg').read_text('utf-8')


def added_definition(name):
    """Return the definition and hash of a message that is added to bags, as a bag needs them.

    Returns:
        Definition, a text with the types of its fields, and with comments if the message is of
        this package; RIHS01 hash.

    """
    store = store_of(name)
    text, _ = store.generate_msgdef(name, ros_version=2)
    if name in OWN:
        text = _text(name) + text[text.index('=' * 80):]
    return text, store.hash_rihs01(name)


def message_maker():
    """Make messages that store_of(EMOTION_STAMPED) serializes.

    Returns:
        messages.conversion.MessageMaker.

    """
    types = store_of(EMOTION_STAMPED).types
    return MessageMaker(
        Time=types['builtin_interfaces/msg/Time'],
        Duration=types['builtin_interfaces/msg/Duration'],
        Header=types['std_msgs/msg/Header'],
        PoseStamped=types[POSE_STAMPED],
        Pose=types['geometry_msgs/msg/Pose'],
        Point=types['geometry_msgs/msg/Point'],
        Quaternion=types['geometry_msgs/msg/Quaternion'],
        AudioFrame=types[AUDIO_FRAME],
        VoiceFeatures=types[VOICE_FEATURES],
        FeatureMatrix=types[FEATURE_MATRIX],
        EmotionStamped=types[EMOTION_STAMPED],
        array=np.ascontiguousarray)


def definition_of(connection):
    """Return the definition and hash of the type of a connection, as a bag needs them.

    Args:
        connection: rosbags.interfaces.Connection of a bag that is read.

    Returns:
        Definition, a text; its RIHS01 hash; and whether they are known. They are the bag's own if
        it has them, otherwise those of the type of this name in ROS 2 Humble, or else without
        fields.

    """
    text, digest = connection.msgdef.data, connection.digest
    if text and digest:
        return text, digest, True
    try:
        if text:
            return text, _hash(connection), True
        store = store_of(connection.msgtype)
        text, _ = store.generate_msgdef(connection.msgtype, ros_version=2)
        return text, digest or store.hash_rihs01(connection.msgtype), True
    except Exception:   # the bag may contain any definition
        empty = get_typestore(Stores.EMPTY)
        empty.fielddefs[connection.msgtype] = ([], [])
        text = text or '# The bag has no definition of this type.\n'
        return text, digest or empty.hash_rihs01(connection.msgtype), False


def _hash(connection):
    """Compute the hash of a type from the definition that a bag has of it."""
    text, name = connection.msgdef.data, connection.msgtype
    store = get_typestore(Stores.EMPTY)
    if connection.msgdef.format == MessageDefinitionFormat.MSG:
        store.fielddefs.update(get_types_from_msg(text, name))
    else:
        for part in text.split('=' * 80 + '\n'):
            header, _, idl = part.partition('\n')
            store.fielddefs.update(get_types_from_idl(idl if header.startswith('IDL: ') else part))
    return store.hash_rihs01(name)
