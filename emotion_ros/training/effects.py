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

"""Audio effects: level, noise, speed and bandwidth."""

import numpy as np
from scipy import fft
from scipy.signal import butter, sosfilt
import soxr

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.power import frame_power


def db_to_amplitude(value):
    """Convert decibels to an amplitude factor."""
    return 10 ** (value / 20)


def active_level(samples):
    """Compute the level of the loud parts of a recording: that of speech without its pauses.

    Args:
        samples: float32, one dimension.

    Returns:
        Root mean square of the frames of 32 ms within 20 dB of the loudest; 0 for silence.

    """
    power = frame_power(samples)
    return float(np.sqrt(power[power >= 0.01 * power.max()].mean())) if power.any() else 0.0


def tilt(samples, slope, corner, pivot=1.0):
    """Tilt a spectrum so that it rises with frequency, or falls if the slope is below 0.

    Args:
        samples: float, one dimension, at least one sample.
        slope: [dB per octave].
        corner: frequency above which the spectrum is tilted [Hz]; below it, the gain is constant.
        pivot: frequency whose level does not change [Hz].

    Returns:
        float32 of the same length.

    """
    count = fft.next_fast_len(len(samples), real=True)
    frequencies = np.maximum(fft.rfftfreq(count, 1 / SAMPLE_RATE), corner)
    gains = (frequencies / pivot) ** (slope / (20 * np.log10(2)))
    spectrum = fft.rfft(samples.astype(np.float32), count) * gains.astype(np.float32)
    return fft.irfft(spectrum, count)[:len(samples)]


def mix(samples, noise, snr):
    """Mix noise into a recording.

    Args:
        samples: float32, one dimension, 16 kHz.
        noise: float32 of the same length.
        snr: level of the speech relative to the root mean square of the noise [dB].

    Returns:
        float32 of the same length.

    """
    if not noise.any():   # a silent excerpt, or nothing to mix it into
        return samples
    power = np.sqrt(np.mean(noise.astype(np.float64) ** 2))
    return samples + noise * np.float32(active_level(samples) / power / db_to_amplitude(snr))


def change_speed(samples, factor):
    """Change the speed of a recording; a factor above 1 makes it shorter and higher in pitch."""
    return soxr.resample(samples, SAMPLE_RATE * factor, SAMPLE_RATE)


def limit_band(samples, band):
    """Band-limit a recording.

    Args:
        samples: float32, one dimension, 16 kHz.
        band: lowest and highest frequency [Hz], or None to keep everything.

    Returns:
        float32 of the same length.

    """
    if band is None or not len(samples):
        return samples
    low, high = band
    sections = (butter(6, [low, high], 'bandpass', fs=SAMPLE_RATE, output='sos') if low
                else butter(8, high, fs=SAMPLE_RATE, output='sos'))
    return sosfilt(sections, samples).astype(np.float32)
