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

"""Where the CPU time goes while nobody speaks: what 32 ms of sound cost in each part.

Each part is measured in the running pipeline, which wakes up for each frame; once as it is, and
once with frames that are not joined while the sound is steady, as in a lively room. And it is
measured in a loop over the same frames, where caches stay warm and the processor awake.
"""

from dataclasses import replace
from functools import partial
import os
from pathlib import Path
import signal
import sys
import tempfile
import threading
import time

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.dc_blocker import DcBlocker
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.mono_stream import MonoStream
from emotion_ros.nodes import audio_capture, emotion_pipeline, feature_extractor, messages
from emotion_ros.speech.segmenter import Segmenter
from emotion_ros.speech.voice_activity import CHUNK, VoiceActivity
from end_to_end import write_quiet
import measuring

SETTLED, SECONDS = 3.0, 12.0   # s until and of the measurement
PARTS = {
    'audio_capture publishes': (audio_capture.AudioCapture, '_publish'),
    '... frame to message': (audio_capture, 'frame_to_message'),
    'feature_extractor hears': (feature_extractor.FeatureExtractor, '_on_audio'),
    '... one 16 kHz stream': (MonoStream, 'push'),
    '... DC blocker': (DcBlocker, 'push'),
    '... voice detector': (VoiceActivity, 'probability'),
}
REST = 'executor, DDS, waiting threads'


def child(path, *parameters):
    """Run the pipeline in this process, with a watch on each part.

    Args:
        path: of the file to hear.
        parameters: as on the command line.

    Returns:
        {part: CPU time for 32 ms of sound [s]}, and that of the process as 'all'.

    """
    spent = dict.fromkeys(PARTS, 0.0)
    for part, (holder, name) in PARTS.items():
        setattr(holder, name, _watched(getattr(holder, name), part, spent))
    found = {}

    def watch():
        time.sleep(SETTLED)
        before, used = dict(spent), time.process_time()
        time.sleep(SECONDS)
        frames = SECONDS * SAMPLE_RATE / CHUNK
        found.update({part: (spent[part] - before[part]) / frames for part in PARTS})
        found['all'] = (time.process_time() - used) / frames
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, daemon=True).start()
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    sys.argv = ['idle', '--ros-args', '--log-level', 'error', '-p', f'file:={path}',
                '-r', f'__ns:=/benchmark_{os.getpid()}',
                *(word for parameter in parameters for word in ('-p', parameter))]
    emotion_pipeline.main()
    return found


def _watched(work, part, spent):
    def watched(*arguments):
        begun = time.thread_time()
        try:
            return work(*arguments)
        finally:
            spent[part] += time.thread_time() - begun
    return watched


def in_a_loop(path):
    """Measure the same parts over the frames of the file in a loop: {part: time a frame [s]}."""
    frames = list(FileSource(path).frames())
    sent = [messages.frame_to_message(frame, 'microphone') for frame in frames]
    stream, segmenter, voice = MonoStream(), Segmenter(), VoiceActivity()
    pieces = [stream.push(frame) for frame in frames]
    stream, blocker = MonoStream(), DcBlocker()

    def hear(message):
        piece = stream.push(messages.message_to_frame(message))
        list(segmenter.push(replace(piece, samples=blocker.push(piece.samples))))

    works = {
        '... frame to message': (partial(messages.frame_to_message, frame_id='microphone'), frames),
        'feature_extractor hears': (hear, sent),
        '... one 16 kHz stream': (MonoStream().push, frames),
        '... DC blocker': (DcBlocker().push, [piece.samples for piece in pieces]),
        '... voice detector': (voice.probability, [
            piece.samples for piece in pieces if len(piece.samples) == CHUNK]),
    }
    found = {}
    for part, (work, subjects) in works.items():
        begun = time.thread_time()
        for subject in subjects:
            work(subject)
        found[part] = (time.thread_time() - begun) / len(subjects)
    return found


def measure(_):
    """Measure the parts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'quiet.wav')
        write_quiet(path, SETTLED + SECONDS + 10)
        running = measuring.in_child(str(path))
        lively = measuring.in_child(str(path), 'steady_frame_duration:=0.0')
        loop = in_a_loop(path)
    for found in (running, lively):
        found[REST] = (found['all'] - found['audio_capture publishes']
                       - found['feature_extractor hears'])
    rows = [[part, running[part] / running['all'], lively[part] / running[part],
             1e6 * running[part], 1e6 * lively[part], 1e6 * loop[part] if part in loop else None]
            for part in ('all', *PARTS, REST)]
    shares = [100 * found['all'] * SAMPLE_RATE / CHUNK for found in (running, lively)]
    return [measuring.Table(
        '32 ms of a room where nobody speaks',
        ['part', 'part of all', 'not joined / joined', 'running [us]', 'not joined [us]',
         'in a loop [us]'], rows,
        [f'All is {shares[0]:.2g} % of a core, not joined {shares[1]:.2g} %, the watch included. '
         'Parts with dots are inside the one above them.'])]


if __name__ == '__main__':
    measuring.run(__doc__, measure, child=child)
