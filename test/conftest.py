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

"""What the tests share."""

from importlib.util import find_spec
import logging
import os
from pathlib import Path
import shutil
import signal
import sys

import numpy as np
import pytest
import soundfile

REPOSITORY = Path(__file__).resolve().parents[1]

# `python -m pytest` looks for packages in the checkout first, whose emotion_ros has no messages:
# the one that was built goes before it.
sys.path.sort(key=lambda entry: Path(entry).resolve() == REPOSITORY)

from emotion_ros.audio import SAMPLE_RATE  # noqa: E402
from emotion_ros.audio.file_source import FileSource  # noqa: E402

# `import opensmile` aborts after TensorFlow.
import emotion_ros.features.opensmile_live  # noqa: E402, F401

_SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
_LOGGER = logging.getLogger('emotion_ros')

# Processes that tests start would ignore a signal that is ignored here, as after nohup.
for _number in _SIGNALS:
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler)

# Nodes of the tests hear each other and nobody else, not even those of tests that run beside them.
_WORKER = int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw'))
os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 50 * 2 + _WORKER % 2)
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'

CLIPS = sorted((REPOSITORY / 'resource' / 'speech').glob('*.flac'))

needs_tensorflow = pytest.mark.skipif(
    find_spec('tensorflow') is None, reason='TensorFlow is not installed: requirements-train.txt')
BACKENDS = ['litert', pytest.param('tensorflow', marks=needs_tensorflow)]


STARVING = 'test_attack', 'test_monitor_node'
"""Tests that fail beside others: they come last, when those without nodes are done."""


@pytest.hookimpl(tryfirst=True)   # before xdist looks at the marks
def pytest_collection_modifyitems(items):
    """Let tests of nodes in processes run one after the other, and the others beside them."""
    items.sort(key=lambda item: item.module.__name__ in STARVING)
    for item in items:
        group = 'nodes' if hasattr(item.module, 'Executable') else item.module.__name__
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def process_as_before(monkeypatch):
    """Undo what a command that runs in this process does to it: to signals, pictures and logs."""
    handlers = [(number, signal.getsignal(number)) for number in _SIGNALS]
    monkeypatch.setenv('MPLBACKEND', '')
    monkeypatch.delenv('MPLBACKEND')   # and so it will be again
    yield
    for number, handler in handlers:
        signal.signal(number, handler)
    _LOGGER.handlers.clear()
    _LOGGER.setLevel(logging.NOTSET)


@pytest.fixture
def log(caplog):
    """Collect what the library logs, progress included; `log.text` is all of it."""
    caplog.set_level(logging.INFO, _LOGGER.name)
    return caplog


def read_clip(path):
    """Read a sound file as the nodes do: int16, 16 kHz, with the silence that follows it."""
    return np.concatenate([frame.samples[:, 0] for frame in FileSource(path).frames()])


def noisy(samples, level):
    """Add noise of a standard deviation."""
    noise = np.random.default_rng(0).normal(0, level, len(samples))
    return np.clip(samples + noise, -32768, 32767).astype(np.int16)


def write_video(path, samples, sample_rate, *, picture=True, codec='pcm_s16le', times=((0, 0),),
                after=0.0):
    """Write a video, its pictures gray.

    Args:
        path: of the file; its extension tells the format.
        samples: int16, shape (samples, channels), one or two channels; None for a silent film.
        sample_rate: of the samples [Hz].
        picture: whether there are pictures, ten a second.
        codec: of the sound, as FFmpeg names it.
        times: (from, at) [s]: sound that follows `from` is stamped as if `at` were its time.
        after: how long the pictures go on after the sound [s].

    """
    av = pytest.importorskip('av', reason='av is not installed: requirements-train.txt')
    seconds = 1 if samples is None else len(samples) / sample_rate
    with av.open(str(path), 'w') as container:
        pictures = container.add_stream('mjpeg', rate=10) if picture else None
        if samples is not None:
            layout = ('mono', 'stereo')[samples.shape[1] - 1]
            sound = container.add_stream(codec, rate=sample_rate, layout=layout)
            sound.bit_rate = 48000
        if picture:
            pictures.width, pictures.height, pictures.pix_fmt = 32, 32, 'yuvj420p'
            for number in range(round((seconds + after) * 10)):
                gray = np.full((32, 32, 3), number % 256, np.uint8)
                frame = av.VideoFrame.from_ndarray(gray, format='rgb24')
                frame.pts = number
                container.mux(pictures.encode(frame))
            container.mux(pictures.encode(None))
        if samples is not None:
            for start in range(0, len(samples), sample_rate // 10):
                part = samples[start:start + sample_rate // 10].reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(part, format='s16', layout=layout)
                begin, at = max(pair for pair in times if pair[0] * sample_rate <= start)
                frame.sample_rate = sample_rate
                frame.pts = start + round((at - begin) * sample_rate)
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))


@pytest.fixture(scope='session')
def speech():
    """A few seconds of two people: int16, 16 kHz, with pauses."""
    parts = []
    for clip in CLIPS[:2]:
        parts += [np.zeros(SAMPLE_RATE // 2, np.int16), read_clip(clip)]
    return np.concatenate(parts)


@pytest.fixture(scope='session')
def speech_file(speech, tmp_path_factory):
    """The same as a file."""
    path = tmp_path_factory.mktemp('speech') / 'speech.wav'
    soundfile.write(path, speech, SAMPLE_RATE)
    return path


def import_opensmile():
    """Give the opensmile package; skip where what it needs refuses an older numpy."""
    try:
        import opensmile
    except ImportError as error:
        pytest.skip(f'the opensmile package cannot be imported: {error}')
    return opensmile


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """A folder of clips with EMO-DB names, whose features are made up; see synthetic."""
    pytest.importorskip('joblib', reason='joblib is not installed: requirements-train.txt')
    from synthetic import make_corpus
    folder = tmp_path / 'speech'
    make_corpus(folder, monkeypatch)
    return folder


# Sound servers and nodes: what they need is imported only by tests that use them.

@pytest.fixture
def ear(speech, tmp_path):
    """Make a microphone: a function of the slave pcm that returns the environment."""
    from sound_server import microphone_of
    return microphone_of(speech, tmp_path)


@pytest.fixture
def server(tmp_path):
    """A sound server that has not been started."""
    from sound_server import SoundServer
    if shutil.which('pulseaudio') is None or shutil.which('pactl') is None:
        pytest.skip('PulseAudio is missing: apt install pulseaudio libasound2-plugins')
    with SoundServer(tmp_path) as found:
        yield found


@pytest.fixture
def served(ear, server):
    """The environment in which the microphone is behind the sound server."""
    return ear(f'{{ type pulse server "{server.address}" }}')


@pytest.fixture
def mouth(server, tmp_path):
    """The environment in which the loudspeaker robot_mouth is behind the sound server."""
    from sound_server import loudspeaker_of
    return loudspeaker_of(server, tmp_path)


@pytest.fixture
def listener():
    """A listener to all topics."""
    from harness import Listener
    with Listener() as found:
        yield found
