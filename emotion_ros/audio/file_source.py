"""Sound from a file."""

from pathlib import Path

import numpy as np
import soundfile

from emotion_ros.audio import SAMPLE_RATE, sample_time
from emotion_ros.audio.frame import MAX_CHANNELS, Frame
from emotion_ros.audio.resampler import Resampler
from emotion_ros.audio.video_sound import VIDEO_EXTENSIONS, VideoSound
from emotion_ros.errors import EmotionError

BLOCK = 65536
"""Samples of each channel that are read at once."""

SAMPLE_RATES = 1000, 1_000_000
"""Lowest and highest rate of a file that is taken [Hz]."""

TRAILING_SILENCE = 1.6
"""Silence that follows a file [s], so that its last utterance ends as a person's would: longer than
any hang-over."""


class FileSource:
    """A sound file as a stream of 16 kHz mono frames, then TRAILING_SILENCE.

    Args:
        path: file of any format, rate and number of channels that soundfile reads, or a video.
        frame_duration: length of a frame [s].

    Raises:
        EmotionError: the file is missing, unreadable or empty.

    """

    def __init__(self, path, *, frame_duration=0.032):
        self.path = str(path)
        self._frame_samples = round(frame_duration * SAMPLE_RATE)
        if not Path(path).is_file():
            reason = 'it is no regular file' if Path(path).exists() else 'there is no such file'
            raise self._unreadable(reason)
        is_video = Path(path).suffix.lower() in VIDEO_EXTENSIONS
        try:
            self._file = (VideoSound if is_video else soundfile.SoundFile)(self.path)
        except (soundfile.SoundFileError, TypeError, UnicodeEncodeError) as error:
            raise self._unreadable(_reason(error)) from error
        except OSError as error:
            raise self._unreadable(error.strerror) from error
        if self._file.channels > MAX_CHANNELS:
            raise EmotionError(f'sound file {self.path!r} has {self._file.channels} channels, '
                               f'allowed are 1 to {MAX_CHANNELS}')
        lowest, highest = SAMPLE_RATES
        if not lowest <= self._file.samplerate <= highest:
            raise EmotionError(f'sound file {self.path!r} has {self._file.samplerate} samples a '
                               f'second, allowed are {lowest} to {highest}')
        if self._file.frames == 0:
            raise EmotionError(f'sound file {self.path!r} is empty')

    @property
    def sample_rate(self):
        """Samples a second of each channel of the file [Hz]."""
        return self._file.samplerate

    @property
    def duration(self):
        """Length of the file [s], without the silence that follows."""
        return self._file.frames / self._file.samplerate

    def frames(self, *, stamp=0):
        """Read the file.

        Args:
            stamp: capture time of the first sample [ns].

        Yields:
            Frame: 16 kHz, one channel, each frame_duration long; silence fills the last one.

        Raises:
            EmotionError: the file is broken further on.

        """
        first_sample = 0
        held = np.zeros(0, np.int16)
        for samples in self._mono():
            held = np.concatenate([held, samples])
            while len(held) >= self._frame_samples:
                yield Frame(held[:self._frame_samples, np.newaxis], SAMPLE_RATE, first_sample,
                            stamp + sample_time(first_sample))
                held = held[self._frame_samples:]
                first_sample += self._frame_samples

    def _mono(self):
        resampler = Resampler(sample_rate=self._file.samplerate)
        with self._file as file:
            try:
                while len(block := file.read(BLOCK, dtype='float32', always_2d=True)):
                    yield resampler.push(block)
            except soundfile.SoundFileError as error:
                raise self._unreadable(_reason(error)) from error
            yield resampler.push(np.zeros((0, file.channels), np.float32), last=True)
        silence = round(TRAILING_SILENCE * SAMPLE_RATE) + self._frame_samples - 1
        yield np.zeros(silence, np.int16)

    def _unreadable(self, reason):
        return EmotionError(f'sound file {self.path!r} cannot be read: {reason}')


def _reason(error):
    return getattr(error, 'error_string', str(error)).strip().rstrip('.')
