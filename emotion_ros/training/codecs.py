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

"""Codecs of telephones, radios and internet calls."""

import io

import numpy as np
import soundfile
import soxr

from emotion_ros.audio import SAMPLE_RATE

CODECS = {   # container, subtype, sample rate [Hz], bounds of the compression level
    'mu-law': ('WAV', 'ULAW', 8000, None),
    'A-law': ('WAV', 'ALAW', 8000, None),
    'GSM': ('WAV', 'GSM610', 8000, None),
    'Opus': ('OGG', 'OPUS', 16000, (0.9, 0.99))}
"""The compression level is libsndfile's: Opus uses 35 kbit/s at 0.9 and 12 kbit/s at 0.99."""


def encode_and_decode(samples, name, rng):
    """Pass a recording through a codec.

    Args:
        samples: float32, one dimension, 16 kHz, full scale -1.0 to 1.0.
        name: one of CODECS.
        rng: numpy.random.Generator, for the compression level.

    Returns:
        float32 of the same length, without delay.

    """
    container, subtype, rate, levels = CODECS[name]
    level = None if levels is None else rng.uniform(*levels)
    if not len(samples):
        return samples
    sent = soxr.resample(samples, SAMPLE_RATE, rate)
    with io.BytesIO() as file:
        soundfile.write(file, np.clip(sent, -1, 1), rate, format=container, subtype=subtype,
                        compression_level=level)
        file.seek(0)
        received, _ = soundfile.read(file, dtype='float32')
    decoded = soxr.resample(received, rate, SAMPLE_RATE)[:len(samples)]
    decoded = np.clip(decoded, -1, 1)
    return np.pad(decoded, (0, len(samples) - len(decoded)))
