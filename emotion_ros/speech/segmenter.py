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

"""Utterances: where somebody starts and stops speaking."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from emotion_ros.arrays import Int16
from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.mono_stream import Piece
from emotion_ros.errors import EmotionError
from emotion_ros.settings import Settings, setting
from emotion_ros.speech.voice_activity import CHUNK, VoiceActivity

CHUNK_DURATION = CHUNK / SAMPLE_RATE

MIN_INTERIM_INTERVAL = 0.25
"""Minimum time between interim results [s]: each one processes the whole utterance."""

STILL_SPEECH = 0.5
"""Fraction of the greatest probability in an utterance below which audio is no longer its speech:
what people say in the background is often less certain to be speech."""


@dataclass(frozen=True)
class SpeechStarted:
    """An utterance began.

    Args:
        first_sample: index of its first sample at 16 kHz.
        stamp: capture time of that sample [ns].
        background: audio without speech before the utterance, like the samples of SpeechAudio, as
            much as the segmenter keeps.

    """

    first_sample: int
    stamp: int
    background: Int16 = field(
        default_factory=lambda: np.zeros(0, np.int16), compare=False)


@dataclass(frozen=True)
class SpeechAudio:
    """More of the current utterance: int16 samples that follow the earlier ones."""

    samples: Int16


@dataclass(frozen=True)
class InterimDue:
    """The utterance has reached a length at which an interim result is due."""


@dataclass(frozen=True)
class PossibleEnd:
    """The utterance is over unless speech resumes soon."""


@dataclass(frozen=True)
class SpeechEnded:
    """The utterance is over; if truncated, it was cut off while the person was speaking."""

    truncated: bool


Event = SpeechStarted | SpeechAudio | InterimDue | PossibleEnd | SpeechEnded


@dataclass(frozen=True, kw_only=True)
class Segmentation(Settings):
    """How audio is cut into utterances. Durations are rounded to whole chunks of 32 ms.

    Raises:
        EmotionError: a value is not allowed, or durations contradict each other.

    """

    speech_threshold: float = setting(
        0.25, 'Probability from which audio counts as speech.', 0.2, 0.95)
    pre_roll: float = setting(0.192, 'Audio kept before the first speech [s].', 0.0, 1.0)
    post_roll: float = setting(0.096, 'Audio kept after the last speech [s].', 0.0, 1.0)
    hang_over: float = setting(0.48, 'Silence that ends an utterance [s].', 0.1, 1.5)
    min_speech_duration: float = setting(
        0.384, 'Less speech than this counts as noise [s].', 0.1, 2.0)
    max_utterance_duration: float = setting(
        15.0, 'An utterance is cut at this length [s].', 1.0, 60.0)
    interim_interval: float = setting(
        2.0, 'Time between interim results of a long utterance [s], at least 0.25; 0 gives none.',
        0.0, 60.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.post_roll > self.hang_over:
            raise EmotionError(f'post_roll must be at most hang_over, {self.hang_over:g} s, '
                               f'got {self.post_roll:g} s')
        if 0 < self.interim_interval < MIN_INTERIM_INTERVAL:
            raise EmotionError(f'interim_interval must be 0 or at least {MIN_INTERIM_INTERVAL:g} '
                               f's, got {self.interim_interval:g} s')
        shortest = self.pre_roll + self.min_speech_duration + self.post_roll
        if self.max_utterance_duration < shortest:
            raise EmotionError(
                'max_utterance_duration must be at least pre_roll + min_speech_duration + '
                f'post_roll, {shortest:g} s, got {self.max_utterance_duration:g} s')


DEFAULT = Segmentation()


class Segmenter:
    """Cuts a 16 kHz stream, mono or of an array's channels, into utterances.

    Audio is processed in chunks of 32 ms, on a grid fixed by the sample index, so that a listener
    who joins late processes the same chunks. Silence is held back until speech resumes: the silence
    that ends an utterance never becomes part of it, except for the post-roll.

    Args:
        segmentation: Segmentation.
        background: duration of audio without speech that is kept for SpeechStarted [s].
        voice_activity: object with probability(chunk) and reset(first_chunk).

    """

    def __init__(self, segmentation: Segmentation = DEFAULT, *, background: float = 0.0,
                 voice_activity: VoiceActivity | None = None) -> None:
        self.change(segmentation)
        self._background_chunks = _chunks(background)
        self._voice_activity = voice_activity or VoiceActivity()
        self._restart()

    def change(self, segmentation: Segmentation) -> None:
        """Use another segmentation from the next chunk on; the current utterance continues."""
        self._threshold = segmentation.speech_threshold
        self._pre_roll = _chunks(segmentation.pre_roll)
        self._post_roll = _chunks(segmentation.post_roll)
        self._hang_over = max(1, _chunks(segmentation.hang_over))
        # Half of the remaining time: most silences within speech are shorter.
        self._pause = (self._post_roll + self._hang_over) // 2
        self._min_speech = max(1, _chunks(segmentation.min_speech_duration))
        self._max_length = int(segmentation.max_utterance_duration / CHUNK_DURATION)
        self._interim = _chunks(segmentation.interim_interval)

    def _restart(self) -> None:
        self._rest: Int16 | None = None      # samples that do not fill a chunk yet
        self._next_sample = 0                # index of the first of them
        self._stamp = 0                      # and its capture time
        # Chunks that are held back: (samples, index, stamp).
        self._held: deque[tuple[Int16, int, int]] = deque()
        # Chunks without speech, before those.
        self._background: deque[Int16] = deque(maxlen=self._background_chunks)
        self._open = False                   # between SpeechStarted and SpeechEnded
        self._speaking = False               # the newest chunk is speech
        self._speech = 0                     # chunks of speech in what may be a noise
        self._greatest = 0.0                 # probability in the utterance, or what may be one
        self._silence = 0                    # chunks since the last speech
        self._given = 0                      # chunks of the open utterance given out

    def push(self, piece: Piece) -> Iterator[Event]:
        """Take the next piece of the stream.

        Args:
            piece: audio.mono_stream.Piece.

        Yields:
            SpeechStarted, SpeechAudio, InterimDue, PossibleEnd and SpeechEnded, as they happen.

        """
        if piece.gap:
            yield from self.flush()
        samples = piece.samples
        stamp = piece.stamp
        first_sample = piece.first_sample
        if self._rest is None:
            skip = min(-first_sample % CHUNK, len(samples))
            samples = samples[skip:]
            first_sample += skip
            stamp += sample_time(skip)
        if len(samples) == 0:
            return
        if self._rest is None:
            self._rest = samples[:0]
            self._voice_activity.reset(first_sample // CHUNK)
        if len(self._rest) == 0:
            self._next_sample, self._stamp = first_sample, stamp
        samples = np.concatenate([self._rest, samples])
        # The stamp of a chunk is counted from the piece that holds its first sample.
        rest = len(self._rest)
        position = 0
        while position + CHUNK <= len(samples):
            if position >= rest:
                self._stamp = stamp + sample_time(position - rest)
            yield from self._chunk(
                samples[position:position + CHUNK], self._next_sample, self._stamp)
            position += CHUNK
            self._next_sample += CHUNK
        if position >= rest:
            self._stamp = stamp + sample_time(position - rest)
        self._rest = samples[position:]

    def flush(self) -> Iterator[Event]:
        """End the stream here; this cuts off the current utterance.

        Yields:
            SpeechEnded(truncated=True) if there was one.

        """
        if self._open:
            yield SpeechEnded(truncated=True)
        self._restart()

    def _chunk(self, samples: Int16, first_sample: int, stamp: int) -> Iterator[Event]:
        probability = self._voice_activity.probability(samples)
        enough = max(self._threshold, STILL_SPEECH * self._greatest * self._open)
        self._speaking = probability >= enough
        self._greatest = max(self._greatest, probability)
        self._held.append((samples, first_sample, stamp))
        self._silence = 0 if self._speaking else self._silence + 1
        if self._open:
            yield from self._go_on()
        else:
            yield from self._wait()

    def _wait(self) -> Iterator[Event]:
        self._speech += self._speaking
        if self._speech >= self._min_speech:
            while len(self._held) > self._max_length:
                self._held.popleft()
            chunk, first_sample, stamp = self._held[0]
            self._open = True
            self._given = 0
            yield SpeechStarted(first_sample, stamp, np.concatenate([chunk[:0], *self._background]))
            yield from self._give()
        elif self._speech == 0 or self._silence >= self._hang_over:
            self._forget()

    def _go_on(self) -> Iterator[Event]:
        if self._speaking:
            if self._given + len(self._held) > self._max_length:
                yield from self._end(truncated=True)
                self._speech = 1
            else:
                yield from self._give()
            return
        if self._silence <= self._post_roll and self._given < self._max_length:
            yield from self._give()
        if self._silence >= self._hang_over:
            yield from self._end(truncated=False)
            self._forget()
        elif self._silence == self._pause:
            yield PossibleEnd()

    def _give(self) -> Iterator[Event]:
        before = self._given
        self._given += len(self._held)
        yield SpeechAudio(np.concatenate([samples for samples, _, _ in self._held]))
        self._held.clear()
        if self._interim and self._given // self._interim > before // self._interim:
            yield InterimDue()

    def _end(self, *, truncated: bool) -> Iterator[Event]:
        self._open = False
        self._speech = 0
        self._greatest = 0.0
        yield SpeechEnded(truncated)

    def _forget(self) -> None:
        """Keep only the silence that may become the pre-roll of an utterance."""
        self._speech = 0
        self._greatest = 0.0
        while len(self._held) > self._pre_roll:
            samples, _, _ = self._held.popleft()
            self._background.append(samples)


def _chunks(duration: float) -> int:
    return round(duration / CHUNK_DURATION)
