"""What the tests share."""

from pathlib import Path

import numpy as np
import pytest

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource

REPOSITORY = Path(__file__).resolve().parents[1]
CLIPS = sorted((REPOSITORY / 'resource' / 'speech').glob('*.flac'))


@pytest.fixture(scope='session')
def speech():
    """A few seconds of two people: int16, 16 kHz, 5.7 s with pauses."""
    parts = []
    for clip in CLIPS[:2]:
        frames = np.concatenate([frame.samples[:, 0] for frame in FileSource(clip).frames()])
        parts += [np.zeros(SAMPLE_RATE // 2, np.int16), frames]
    return np.concatenate(parts)
