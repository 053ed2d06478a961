"""What the tests share."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource

# Nodes of the tests hear each other and nobody else.
os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 100)
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'

REPOSITORY = Path(__file__).resolve().parents[1]
CLIPS = sorted((REPOSITORY / 'resource' / 'speech').glob('*.flac'))


def read_clip(path):
    """Read a sound file as the nodes do: int16, 16 kHz, with the silence that follows it."""
    return np.concatenate([frame.samples[:, 0] for frame in FileSource(path).frames()])


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
