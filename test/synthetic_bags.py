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

"""Bags for the tests."""

from rosbags.rosbag2 import StoragePlugin, Writer

from emotion_ros.audio.file_source import FileSource
from emotion_ros.bags.types import AUDIO_FRAME, message_maker, store_of

BEGIN = 1_700_000_000_000_000_000
"""Stamp of the first sample [ns]."""

DELAY = 40_000_000
"""From the stamp of a message to its bag time [ns]."""


def write_bag(path, topics, *, storage='mcap', compression=None, qos=()):
    """Write a rosbag2.

    Args:
        path: of its folder, which is made.
        topics: {name: (type, [(bag time [ns], bytes)])}.
        storage: 'mcap' or 'sqlite3'.
        compression: arguments of Writer.set_compression.
        qos: [rosbags.interfaces.Qos] that the topics offer.

    Returns:
        The path.

    """
    writer = Writer(path, version=9, storage_plugin=StoragePlugin[storage.upper()])
    if compression:
        writer.set_compression(*compression)
    with writer:
        messages = []
        for topic, (name, found) in topics.items():
            connection = writer.add_connection(
                topic, name, typestore=store_of(name), offered_qos_profiles=qos)
            messages += [(time, connection, data) for time, data in found]
        for time, connection, data in sorted(messages, key=lambda message: message[0]):
            writer.write(connection, time, data)
    return path


def audio(path, *, stamp=BEGIN, channel='mean'):
    """Make the messages of a sound file as audio_capture publishes it, for write_bag."""
    maker, store = message_maker(), store_of(AUDIO_FRAME)
    return AUDIO_FRAME, [
        (frame.stamp + DELAY, bytes(store.serialize_cdr(maker.frame(frame, 'ear'), AUDIO_FRAME)))
        for frame in FileSource(path, channel=channel).frames(stamp=stamp)]


def message(name, **fields):
    """Make the bytes of a message; the header is {'stamp': [ns], 'frame_id': str}."""
    store = store_of(name)
    return bytes(store.serialize_cdr(_made(store, name, fields), name))


def _made(store, name, fields):
    made = {}
    for field, value in fields.items():
        kind = dict(store.fielddefs[name][1])[field]
        if field in ('stamp', 'timestamp'):
            value = dict(zip(('sec', 'nanosec'), divmod(value, 10**9)))
        made[field] = _made(store, kind[1], value) if isinstance(value, dict) else value
    return store.types[name](**made)
