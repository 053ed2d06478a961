"""Any rate and any channels to 16 kHz mono, piece by piece."""

import numpy as np
import soxr

from emotion_ros.audio import SAMPLE_RATE


def to_int16(samples):
    """Turn float samples into 16-bit ones; what is beyond full scale is clipped.

    Args:
        samples: float, full scale -1.0 to 1.0, any shape. NaN becomes 0.

    Returns:
        int16 of the same shape.

    """
    scaled = np.nan_to_num(np.rint(np.asarray(samples, dtype=np.float32) * 32768))
    return np.clip(scaled, -32768, 32767).astype(np.int16)


def to_float(samples):
    """Turn 16-bit samples into float ones, full scale -1.0 to 1.0."""
    return samples.astype(np.float32) / 32768


class Resampler:
    """Turns a stream of any rate and channels into 16 kHz mono.

    Channels are averaged. A stream that is 16 kHz mono already passes unchanged, bit for bit.

    Args:
        sample_rate: of the samples that will be pushed [Hz].

    """

    def __init__(self, *, sample_rate):
        self._stream = None
        if sample_rate != SAMPLE_RATE:
            self._stream = soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype='float32')

    def push(self, samples, *, last=False):
        """Take the next samples of the stream.

        Args:
            samples: int16, or float32 of full scale -1.0 to 1.0; shape (samples, channels).
            last: no more samples follow; give out what the filter still holds.

        Returns:
            int16, one dimension, 16 kHz: as much as can be computed by now.

        """
        if samples.dtype == np.int16:
            if self._stream is None and samples.shape[1] == 1:
                return samples[:, 0]
            samples = to_float(samples)
        mono = samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)
        if self._stream is not None:
            # One bad sample must not spread through the filter.
            mono = np.nan_to_num(mono, posinf=1.0, neginf=-1.0)
            mono = self._stream.resample_chunk(np.ascontiguousarray(mono, np.float32), last=last)
        return to_int16(mono)
