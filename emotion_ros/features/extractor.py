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

"""From frames of audio to the features of each utterance, for all results alike."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
import math
from typing import TYPE_CHECKING

import numpy as np

from emotion_ros.arrays import Float32, Int16
from emotion_ros.audio import sample_time
from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.audio.array.voice import BACKGROUND, ArrayVoice
from emotion_ros.audio.dc_blocker import DcBlocker
from emotion_ros.audio.frame import Frame
from emotion_ros.audio.mono_stream import MonoStream
from emotion_ros.audio.resampler import ALL, MEAN
from emotion_ros.features.blocks import LOG_MEL, FeatureBlock, feature_blocks
from emotion_ros.features.log_mel import LogMel
from emotion_ros.speech.own_voice import OwnVoice
from emotion_ros.speech.segmenter import (
    DEFAULT,
    Event,
    InterimDue,
    PossibleEnd,
    Segmentation,
    Segmenter,
    SpeechAudio,
    SpeechEnded,
    SpeechStarted,
)

if TYPE_CHECKING:   # at run time, openSMILE is loaded only if it is needed
    from emotion_ros.features.opensmile_live import LiveExtraction

UTTERANCES = 'utterances'
TRUNCATED = 'utterances truncated'


@dataclass(frozen=True)
class Utterance:
    """An utterance, or its beginning so far.

    Args:
        number: counts up from 1.
        first_sample: index of its first sample at 16 kHz.
        stamp: capture time of that sample [ns].
        duration: its length [ns].
        final: it is over.
        truncated: it was cut off while the person was still speaking.
        paused: it is over unless the person resumes soon; if so, these are its final features.
        azimuth: direction that it came from [rad]; NaN with a single microphone.
        azimuth_certainty: certainty of the direction, 0 to 1; NaN if there is none.

    """

    number: int
    first_sample: int
    stamp: int
    duration: int
    final: bool
    truncated: bool
    paused: bool = False
    azimuth: float = math.nan
    azimuth_certainty: float = math.nan


@dataclass(frozen=True)
class VoiceFeatures:
    """The features of an utterance.

    Args:
        utterance: which one.
        matrices: {name of a block of features.blocks: float32, shape (frames, dimensions)}.

    """

    utterance: Utterance
    matrices: dict[str, Float32]


@dataclass(frozen=True)
class PendingFeatures:
    """Features that openSMILE is about to finish.

    Args:
        utterance: which one.
        names: of the blocks, in their order.
        matrices: those already computed, as in VoiceFeatures.
        extraction: opensmile_live.LiveExtraction for those of openSMILE, or None.
        own: [FeatureBlock] that other packages compute from the samples.
        samples: of the utterance, int16, one dimension, 16 kHz; none if nothing needs them.

    """

    utterance: Utterance
    names: tuple[str, ...]
    matrices: dict[str, Float32]
    extraction: 'LiveExtraction | None' = None
    own: tuple[FeatureBlock, ...] = ()
    samples: Int16 = field(default_factory=lambda: np.zeros(0, np.int16))

    def result(self) -> VoiceFeatures:
        """Wait for the features.

        Raises:
            EmotionError: see LiveExtraction.result and FeatureBlock.computed.

        """
        found = self.matrices | (self.extraction.result() if self.extraction else {})
        found |= {block.name: block.computed(self.samples) for block in self.own}
        return VoiceFeatures(self.utterance, {name: found[name] for name in self.names})

    def abort(self) -> None:
        """Discard them instead."""
        if self.extraction:
            self.extraction.abort()


class VoiceFeatureExtractor:
    """Finds utterances in frames of audio and computes their features while they last.

    Results depend only on samples and stamps, never on the time of arrival. Voice activity and the
    spectrogram are computed in push(); openSMILE runs in its own thread for each utterance. Noise
    is reduced only for openSMILE. Neither is loaded if no block needs it.

    Args:
        features: names of the blocks of features.blocks to compute.
        segmentation: how utterances are cut.
        counts: Counter that counts what audio.mono_stream.MonoStream does, UTTERANCES that began,
            and those that were cut while the person spoke, as TRUNCATED.
        array: audio.array.geometry.MicrophoneArray whose microphones are the channels of the
            frames: the direction of each utterance is found, and the features are those of the
            audio from that direction. None for one microphone, or the mean of all channels.
        own_voice: speech.own_voice.OwnVoice, which knows when the robot speaks; what it mutes is
            not processed and ends the current utterance. None for a robot that never speaks.

    Raises:
        EmotionError: a block is unknown.

    Attributes:
        dead_channels: channels of the array that gave no audio in the newest utterance.

    """

    def __init__(self, features: Sequence[str], *, segmentation: Segmentation = DEFAULT,
                 counts: Counter[str] | None = None, array: MicrophoneArray | None = None,
                 own_voice: OwnVoice | None = None) -> None:
        blocks = feature_blocks(features)
        self._names = tuple(block.name for block in blocks)
        self._smile_names = [block.name for block in blocks if block.opensmile]
        self._own = tuple(block for block in blocks if block.compute)
        self._counts = Counter() if counts is None else counts
        self._array = array
        self.dead_channels: tuple[int, ...] = ()
        self._own_voice = own_voice or OwnVoice()
        self._stream = self._new_stream()
        self._blocker = DcBlocker()   # made anew at each gap
        self._segmenter = Segmenter(segmentation, background=BACKGROUND if array else 0.0)
        if self._smile_names:   # otherwise, neither openSMILE nor RNNoise is loaded
            from emotion_ros.features.opensmile_feed import OpenSmileFeed
            self._new_feed = OpenSmileFeed
        self._started: SpeechStarted | None = None   # of the open utterance
        self._length = 0       # its samples so far
        self._news = False     # whether there is audio that no result describes
        self._samples: list[Int16] = []   # these, where a block of another package needs them
        self._feed: OpenSmileFeed | None = None   # of it to openSMILE
        self._log_mel: LogMel | None = None   # its spectrogram
        self._voice: ArrayVoice | None = None   # it, as the array hears it

    def change(self, segmentation: Segmentation) -> None:
        """Use another segmentation from the next audio on."""
        self._segmenter.change(segmentation)

    def check(self) -> None:
        """Start openSMILE once, if it is needed.

        Raises:
            EmotionError: it cannot begin.

        """
        if self._smile_names:
            self._new_feed(self._smile_names).close()

    @property
    def speaking(self) -> bool:
        """Whether an utterance is in progress."""
        return self._started is not None

    def push(self, frame: Frame) -> Iterator[PendingFeatures]:
        """Take the next frame.

        Args:
            frame: audio.frame.Frame of any rate and channels; if there is an array, with its
                channels.

        Yields:
            PendingFeatures, in the order in which to report them.

        """
        piece = self._stream.push(frame)
        if piece is None:
            return
        if piece.gap:
            self._blocker = DcBlocker()
        piece = replace(piece, samples=self._blocker.push(piece.samples))
        muted = self._own_voice.mute(piece.stamp, len(piece.samples))
        if muted:
            yield from self._follow(self._segmenter.flush())
            piece = piece.after(muted)
        yield from self._follow(self._segmenter.push(piece))

    def end(self) -> Iterator[PendingFeatures]:
        """Declare that the audio has ended, as far as is known; this cuts off the utterance.

        If more audio follows after all, it belongs to another utterance.

        Yields:
            PendingFeatures of that utterance.

        """
        self._stream.end()
        yield from self._follow(self._segmenter.flush())

    def flush(self) -> Iterator[PendingFeatures]:
        """End the stream here; this cuts off the utterance. Another stream may follow.

        Yields:
            PendingFeatures of that utterance.

        """
        self._stream = self._new_stream()
        yield from self._follow(self._segmenter.flush())

    def _new_stream(self) -> MonoStream:
        return MonoStream(self._counts, channel=ALL if self._array else MEAN)

    def close(self) -> None:
        """Discard an utterance that is in progress."""
        self._started = None
        if self._feed:
            self._feed.close()
            self._feed = None

    def _follow(self, events: Iterable[Event]) -> Iterator[PendingFeatures]:
        for event in events:
            if isinstance(event, SpeechStarted):
                self._counts[UTTERANCES] += 1
            try:
                pending = self._result(event)
            except Exception:   # from openSMILE
                if not isinstance(event, InterimDue):   # otherwise, only the interim result is lost
                    self.close()
                raise
            if pending is not None:
                yield pending

    def _result(self, event: Event) -> PendingFeatures | None:
        """Process an event; return the PendingFeatures that result, or None."""
        match event:
            case SpeechStarted():
                self._begin(event)
            case _ if self._started is None:
                pass   # openSMILE failed
            case SpeechAudio(samples):
                self._length += len(samples)
                self._describe(self._voice.push(samples) if self._voice else samples)
            case InterimDue():
                if self._news:   # an array gives its audio in blocks
                    return self._pending(self._feed.interim() if self._feed else None)
            case PossibleEnd():
                # Mostly, it is over, and its features are ready once that is certain.
                self._flush_voice()
                return self._pending(self._feed.finish() if self._feed else None, paused=True)
            case SpeechEnded(truncated):
                self._counts[TRUNCATED] += truncated
                self._flush_voice()
                pending = self._pending(
                    self._feed.finish() if self._feed else None, final=True, truncated=truncated)
                self._started = self._feed = None
                return pending
        return None

    def _describe(self, samples: Int16) -> None:
        """Take the next samples of the utterance into its features."""
        if not len(samples):
            return
        self._news = True
        if self._voice:
            self.dead_channels = self._voice.dead
        if self._own:
            self._samples.append(samples)
        if self._log_mel:
            self._log_mel.push(samples)
        if self._feed:
            self._feed.push(samples)

    def _flush_voice(self) -> None:
        if self._voice:
            self._describe(self._voice.flush())

    def _begin(self, started: SpeechStarted) -> None:
        self.close()   # in case a fault prevented the end of the last one
        self._feed = self._new_feed(self._smile_names) if self._smile_names else None
        self._log_mel = LogMel() if LOG_MEL in self._names else None
        self._voice = ArrayVoice(self._array, started.background) if self._array else None
        self._length, self._samples, self._news = 0, [], False
        self._started = started

    def _pending(self, extraction: 'LiveExtraction | None', *, final: bool = False,
                 truncated: bool = False, paused: bool = False) -> PendingFeatures:
        assert self._started is not None
        self._news = self._news and paused   # nobody may hear of a pause
        utterance = Utterance(
            number=self._counts[UTTERANCES],
            first_sample=self._started.first_sample,
            stamp=self._started.stamp,
            duration=sample_time(self._length),
            final=final,
            truncated=truncated,
            paused=paused,
            azimuth=self._voice.azimuth if self._voice else math.nan,
            azimuth_certainty=self._voice.certainty if self._voice else math.nan)
        matrices = {LOG_MEL: self._log_mel.values()} if self._log_mel else {}
        samples = np.concatenate([np.zeros(0, np.int16), *self._samples])
        return PendingFeatures(utterance, self._names, matrices, extraction, self._own, samples)
