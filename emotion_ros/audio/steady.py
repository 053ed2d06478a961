"""Longer frames while nobody speaks, since each frame wakes every node that hears it."""

from collections import deque

import numpy as np

from emotion_ros.audio.frame import Frame

WINDOW = 2.0
"""Sound is steady if it was for so long [s]: longer than any hang-over, so that the end of speech
which was louder than its pauses is never waited for."""

RANGE = 2.5
"""In steady sound no frame is louder by more than this factor (8 dB) than the quietest quarter."""

SILENCE = 16.0
"""Levels below this are one: root mean square, full scale 32768."""


def join_steady(frames, duration):
    """Join frames while the sound is steady; a frame that is not goes out at once.

    Args:
        frames: iterable of Frame, all of about one length, and of one rate.
        duration: length of a joined frame [s], about; frames that are as long stay as they are.

    Yields:
        Frame: the same samples in the same order; sound that was lost is still missing.

    """
    held, count = [], 0
    levels = None
    for frame in frames:
        length = len(frame.samples)
        if levels is None:
            levels = deque(maxlen=round(WINDOW * frame.sample_rate / length))
        if held and frame.first_sample != held[-1].end_sample:
            yield _join(held)
            held, count = [], 0
        levels.append(max(SILENCE, _level(frame.samples)))
        held.append(frame)
        count += length
        if not _is_steady(levels) or count + length / 2 > duration * frame.sample_rate:
            yield _join(held)
            held, count = [], 0
    if held:
        yield _join(held)


def _is_steady(levels):
    if len(levels) < levels.maxlen:
        return False
    ordered = sorted(levels)
    return ordered[-1] < RANGE * ordered[len(ordered) // 4]


def _level(samples):
    wave = samples.ravel().astype(np.float32)
    return float(np.sqrt(wave @ wave / len(wave)))


def _join(frames):
    first = frames[0]
    if len(frames) == 1:
        return first
    return Frame(np.concatenate([frame.samples for frame in frames]), first.sample_rate,
                 first.first_sample, first.stamp)
