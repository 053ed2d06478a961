"""Sound: where it comes from, and the one form in which later stages take it.

Every stage after this package works on 16 kHz mono 16-bit samples.
"""

SAMPLE_RATE = 16000
"""Samples a second [Hz] of all sound after the resampler."""


def sample_time(samples):
    """Time that samples at 16 kHz take [ns], exactly.

    Args:
        samples: number of samples; any integer.

    """
    return samples * 1_000_000_000 // SAMPLE_RATE
