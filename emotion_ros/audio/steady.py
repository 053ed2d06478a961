"""Longer frames while nothing happens, since each frame wakes every node that hears it."""

import numpy as np

from emotion_ros.audio.frame import Frame

SETTLING = 2.0
"""Sound that has kept its level for so long [s] is steady. It is longer than any hang-over, so the
end of speech that changed the level is never waited for."""

LEAST_CHANGE = 2.0
"""Factor by which the level of sound that is not steady changes: 6 dB."""

SILENCE = 16.0
"""Levels below this are one: root mean square, full scale 32768."""


def join_steady(frames, duration):
    """Join frames while the sound is steady; a frame that is not goes out at once.

    Args:
        frames: iterable of Frame, all of one rate and number of channels.
        duration: length of a joined frame [s], about; frames that are as long stay as they are.

    Yields:
        Frame: the same samples in the same order; sound that was lost is still missing.

    """
    held, count = [], 0
    level, kept = 0.0, 0.0   # kept: how long [s]
    for frame in frames:
        if held and frame.first_sample != held[-1].end_sample:
            yield _join(held)
            held, count = [], 0
        found = max(SILENCE, _level(frame.samples))
        if level / LEAST_CHANGE < found < level * LEAST_CHANGE:
            kept += len(frame.samples) / frame.sample_rate
        else:
            level, kept = found, 0.0
        held.append(frame)
        count += len(frame.samples)
        if kept < SETTLING or count + len(frame.samples) / 2 > duration * frame.sample_rate:
            yield _join(held)
            held, count = [], 0
    if held:
        yield _join(held)


def _level(samples):
    wave = samples.ravel().astype(np.float32)
    return float(np.sqrt(wave @ wave / len(wave)))


def _join(frames):
    first = frames[0]
    if len(frames) == 1:
        return first
    return Frame(np.concatenate([frame.samples for frame in frames]), first.sample_rate,
                 first.first_sample, first.stamp)
