"""The sound of a video file."""

import numpy as np
import soundfile

VIDEO_EXTENSIONS = {'.avi', '.mkv', '.mov', '.mp4', '.mpeg', '.mpg', '.webm', '.wmv'}
"""Extensions of the files whose sound soundfile cannot read."""

LOST = 0.5
"""Sound that may be missing at the end of a video [s]: more than its header counts wrongly."""


class VideoSound:
    """The sound of a video, with what file_source needs of soundfile.SoundFile.

    A part is decoded when it is read; the pictures never are.

    Args:
        path: of the file.

    Attributes:
        samplerate: samples a second of each channel [Hz].
        channels: number of channels.
        frames: samples of each channel, as the header has it.

    Raises:
        soundfile.SoundFileError: the package av is missing, or the file is not a video with sound;
            the text says which.

    """

    def __init__(self, path):
        try:
            import av   # only those who read videos need it
        except ImportError as error:
            raise soundfile.SoundFileError(
                'the sound of a video needs the package av, install what requirements-train.txt '
                'lists') from error
        self._error = av.FFmpegError
        self._file = open(path, 'rb')
        try:
            # Given a name, FFmpeg would take what is before a colon for a protocol.
            self._container = self._said(av.open, self._file)
            self._open_sound(av)
        except BaseException:
            self._file.close()
            raise

    def _open_sound(self, av):
        if not self._container.streams.audio:
            raise soundfile.SoundFileError('it has no sound')
        stream = self._container.streams.audio[0]
        self.samplerate, self.channels = stream.rate, stream.channels
        self._to_float = av.AudioResampler('flt')
        self._packed = self._decode(stream)
        self._held = next(self._packed, None)
        if self._held is None:
            raise soundfile.SoundFileError('it has no sound')
        ticks = stream.duration
        if self._container.format.name == 'avi':
            ticks = stream.frames   # the count of the header, which FFmpeg does not believe
        known = round((ticks or 0) * stream.time_base * self.samplerate)
        self.frames = max(known, len(self._held))
        self._lacking = self.frames

    def _decode(self, stream):
        for frame in self._container.decode(stream):
            for packed in self._to_float.resample(frame):
                yield packed.to_ndarray().reshape(-1, self.channels)

    def _said(self, function, *arguments):
        try:
            return function(*arguments)
        except (self._error, ValueError) as error:
            raise soundfile.SoundFileError(
                getattr(error, 'strerror', None) or str(error)) from error

    def read(self, frames, *, dtype='float32', always_2d=True):
        """Decode the next part.

        Args:
            frames: samples of each channel that are wanted.
            dtype, always_2d: no others are given.

        Returns:
            float32, shape (samples, channels), full scale -1.0 to 1.0; fewer samples than wanted
            at the end, and none after it.

        Raises:
            soundfile.SoundFileError: the file is broken here, or ends before its header says.

        """
        parts, count = [self._held], len(self._held)
        while count < frames:
            part = self._said(next, self._packed, None)
            if part is None:
                break
            parts.append(part)
            count += len(part)
        samples = np.concatenate(parts)
        self._held = samples[frames:]
        self._lacking -= min(frames, count)
        if count < frames and self._lacking > LOST * self.samplerate:
            length = self.frames / self.samplerate
            raise soundfile.SoundFileError(
                f'it breaks off after {length - self._lacking / self.samplerate:.1f} s '
                f'of {length:.1f} s')
        return samples[:frames]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._container.close()
        self._file.close()
