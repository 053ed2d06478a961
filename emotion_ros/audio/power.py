"""How the power of a sound runs over time."""

import numpy as np

MOMENT = 512
"""Samples at 16 kHz over which power is measured: 32 ms."""


def powers(samples):
    """Measure the power of each moment; what does not fill the last one is left out.

    Args:
        samples: one dimension, 16 kHz.

    Returns:
        Mean squares: float64, shape (moments,).

    """
    moments = samples[:len(samples) // MOMENT * MOMENT].reshape(-1, MOMENT)
    return (moments.astype(np.float64) ** 2).mean(axis=1)
