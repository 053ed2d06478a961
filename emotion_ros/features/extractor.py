"""From frames of sound to the features of each utterance: the path every result takes."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from emotion_ros.audio import sample_time
from emotion_ros.audio.dc_blocker import DcBlocker
from emotion_ros.audio.mono_stream import MonoStream
from emotion_ros.features.noise_reduction import NoiseReducer
from emotion_ros.features.opensmile_live import LiveExtraction, feature_set
from emotion_ros.speech.segmenter import Ended, Heard, Lasts, Paused, Segmenter, Started

UTTERANCES = 'utterances'
TRUNCATED = 'utterances truncated'


@dataclass(frozen=True)
class Utterance:
    """An utterance, or the part of it heard so far.

    Args:
        number: counts up from 1.
        first_sample: index of its first sample at 16 kHz.
        stamp: capture time of that sample [ns].
        duration: its length [ns].
        final: it is over.
        truncated: it was cut while the person still spoke.

    """

    number: int
    first_sample: int
    stamp: int
    duration: int
    final: bool
    truncated: bool


@dataclass(frozen=True)
class VoiceFeatures:
    """The features of an utterance.

    Args:
        utterance: which one.
        feature_set: name of the feature set.
        values: float32, shape (frames, dimensions).

    """

    utterance: Utterance
    feature_set: str
    values: np.ndarray


@dataclass(frozen=True)
class PendingFeatures:
    """Features that openSMILE is about to finish."""

    utterance: Utterance
    feature_set: str
    extraction: LiveExtraction

    def result(self):
        """Wait for the VoiceFeatures; call it once.

        Raises:
            EmotionError: see LiveExtraction.result.

        """
        return VoiceFeatures(self.utterance, self.feature_set, self.extraction.result())

    def abort(self):
        """Give them up instead."""
        self.extraction.abort()


class VoiceFeatureExtractor:
    """Hears utterances in frames of sound and computes their features while they last.

    Results depend on the samples and stamps alone, never on when they arrive. Voice activity is
    judged in push(); openSMILE works in a thread of its own for each utterance.

    Args:
        feature_set_name: name of the feature set.
        counts: Counter that counts what audio.mono_stream.MonoStream does, UTTERANCES that began,
            and those that were cut while the person spoke, as TRUNCATED.
        segmentation: arguments of speech.segmenter.Segmenter.

    Raises:
        EmotionError: unknown feature set, contradicting durations.

    """

    def __init__(self, feature_set_name='ComParE_2016', *, counts=None, **segmentation):
        self._features = feature_set(feature_set_name)
        self._counts = Counter() if counts is None else counts
        self._stream = MonoStream(self._counts)
        self._blocker = None   # made anew at each gap, and the first piece is one
        self._segmenter = Segmenter(**segmentation)
        self._started = None
        self._extraction = None
        self._finishing = False   # openSMILE was told, at a pause, that the utterance is over
        self._reducer = None
        self._length = 0   # samples of the utterance so far
        self._heard = []   # these, with less noise

    @property
    def speaking(self):
        """Whether an utterance is open."""
        return self._extraction is not None

    def push(self, frame):
        """Take the next frame.

        Args:
            frame: audio.frame.Frame, any rate and channels.

        Yields:
            PendingFeatures, in the order in which they are to be reported.

        """
        piece = self._stream.push(frame)
        if piece is None:
            return
        if piece.gap:
            self._blocker = DcBlocker()
        piece = replace(piece, samples=self._blocker.push(piece.samples))
        yield from self._follow(self._segmenter.push(piece))

    def flush(self):
        """End the stream here; an utterance that is open is cut. Another stream may follow.

        Yields:
            PendingFeatures of that utterance.

        """
        self._stream = MonoStream(self._counts)
        yield from self._follow(self._segmenter.flush())

    def close(self):
        """Give up an utterance that is open."""
        if self._extraction is not None:
            self._extraction.abort()
            self._extraction = None

    def _follow(self, events):
        for event in events:
            match event:
                case Started():
                    self.close()   # where a fault kept the end of the last one from coming here
                    self._counts[UTTERANCES] += 1
                    self._started = event
                    self._reducer = NoiseReducer()
                    self._length = 0
                    self._heard = []
                    self._begin()
                case _ if self._extraction is None:
                    pass   # openSMILE did not begin
                case Heard(samples):
                    if self._finishing:   # too early, the person goes on: it ends for nothing
                        self._begin()
                    self._length += len(samples)
                    reduced = self._reducer.push(samples)
                    self._heard.append(reduced)
                    self._extraction.write(reduced)
                case Lasts():
                    interim = self._again()   # functionals exist only at the end of the input
                    interim.finish()
                    yield self._pending(interim, final=False, truncated=False)
                case Paused():
                    # Most of the time it is, and then its features are there when that is sure.
                    self._extraction.finish()
                    self._finishing = True
                case Ended(truncated):
                    self._counts[TRUNCATED] += truncated
                    self._extraction.finish()
                    yield self._pending(self._extraction, final=True, truncated=truncated)
                    self._extraction = None

    def _begin(self):
        self._extraction = None   # should openSMILE not begin
        self._extraction = self._again()
        self._finishing = False

    def _again(self):
        """Make an extraction that is given all that was heard of the utterance."""
        extraction = LiveExtraction(self._features)
        try:
            for samples in self._heard:
                extraction.write(samples)
        except Exception:
            extraction.abort()
            raise
        return extraction

    def _pending(self, extraction, *, final, truncated):
        utterance = Utterance(
            number=self._counts[UTTERANCES],
            first_sample=self._started.first_sample,
            stamp=self._started.stamp,
            duration=sample_time(self._length),
            final=final,
            truncated=truncated)
        return PendingFeatures(utterance, self._features.name, extraction)
