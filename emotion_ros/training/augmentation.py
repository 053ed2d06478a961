"""Disturbances of recordings: what lies between a studio and a robot's microphone."""

from dataclasses import dataclass
from functools import lru_cache
import hashlib
from pathlib import Path

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt
import soxr

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.file_source import FileSource
from emotion_ros.audio.power import powers
from emotion_ros.audio.resampler import to_float
from emotion_ros.corpora.named_files import SOUND_EXTENSIONS
from emotion_ros.errors import EmotionError

SPEED = 0.87, 1.15
"""Factors between which speed, and with it pitch, is drawn."""

REVERBERATION = 0.3   # probability
REVERBERATION_TIME = 0.15, 0.7   # until it has fallen by 60 dB [s]
DIRECT_TO_REVERBERANT = -3, 12   # ratio of the energies [dB]

NOISE = 0.75   # probability
COLOURED = 0.5   # probability that it is generated, where there are recordings too
SNR = (0, 5, 10, 15, 20)
"""Signal-to-noise ratios that are drawn [dB] unless the user names others."""

CORNER = 50, 1000
"""Frequencies between which that is drawn from which on the spectrum of generated noise falls
[Hz]."""

SLOPE = 0, 12
"""How fast it falls there [dB an octave]; white noise has 0, brown noise 6."""

NOISE_SPEED = 0.7, 1.4
"""Factors between which the speed of recorded noise is drawn."""

TILT = -4, 4
"""Slopes between which that is drawn by which the spectrum of recorded noise is made to rise [dB
an octave]."""

PIVOT = 1000   # frequency whose level stays as it is [Hz]

TOGETHER = 0.4    # probability that a second noise is added
SECOND = -12, 0   # level of it over that of the first [dB]

SWELL = 0, 6   # standard deviation of the level of generated noise [dB]
SWELL_TIME = 0.2, 2   # between two levels of it [s]

BANDS = ((0.45, None), (0.40, (0, 5400)), (0.15, (300, 3400)))
"""Probabilities of bands [Hz]: the whole one, that of sound sampled at 11 kHz, the telephone's."""

PEAK = -26, 0   # of the samples, of full scale [dB]


@dataclass(frozen=True)
class Noise:
    """Recordings that are mixed into speech.

    Args:
        paths: of the files.
        digests: of what they hold: what was computed with others cannot be used again.

    """

    paths: tuple
    digests: tuple

    def of(self, chosen):
        """Give some of the recordings, a slice of them; None where there are none."""
        return Noise(self.paths[chosen], self.digests[chosen]) if self.paths[chosen] else None


def read_noise(paths, *, option='--noise'):
    """Read noise.

    Args:
        paths: of sound files, and of folders that hold some.
        option: that names them.

    Returns:
        Noise.

    Raises:
        EmotionError: a file is missing, broken, silent or shorter than a second.

    """
    files = []
    if '' in paths:
        raise EmotionError(f'{option} is empty, allowed is the path of a sound file or a folder')
    for path in map(Path, paths):
        found = sound_files(path) if path.is_dir() else [path]
        if not found:
            raise EmotionError(f'{option} {str(path)!r}: no sound file found')
        files += found
    digests = []
    for file in files:
        try:
            samples = read_samples(file)
        except EmotionError as error:
            raise EmotionError(f'{option}: {error}') from error
        if len(samples) < SAMPLE_RATE:
            raise EmotionError(f'{option}: {str(file)!r} lasts {len(samples) / SAMPLE_RATE:.2f} s, '
                               'allowed is 1 s or more')
        if not level(samples):
            raise EmotionError(f'{option}: {str(file)!r} is silent')
        digests.append(hashlib.sha256(samples.tobytes()).hexdigest())
    return Noise(tuple(files), tuple(digests))


def sound_files(folder):
    """Find the files below a folder that soundfile reads, sorted."""
    return sorted(path for path in folder.rglob('*') if path.suffix.lower() in SOUND_EXTENSIONS
                  and not path.name.startswith('.'))


@lru_cache(maxsize=64)
def read_samples(path):
    """Read a sound file as the robot hears it.

    Returns:
        float32, one dimension, 16 kHz; not to be changed, since it is kept.

    Raises:
        EmotionError: see audio.file_source.FileSource.

    """
    source = FileSource(path)
    samples = np.concatenate([frame.samples[:, 0] for frame in source.frames()])
    samples = to_float(samples[:round(source.duration * SAMPLE_RATE)])
    samples.flags.writeable = False
    return samples


@dataclass(frozen=True)
class InNoise:
    """Mixes noise into a recording at a fixed ratio.

    Args:
        noise: Noise.
        snr: level of the speech over that of the noise [dB].

    """

    noise: Noise
    snr: float

    def settings(self):
        """Give what the result depends on, as JSON takes it."""
        return {'noise': self.noise.digests, 'snr': self.snr}

    def apply(self, samples, draw):
        """Disturb a recording.

        Args:
            samples: float32, one dimension, 16 kHz.
            draw: numpy.random.Generator.

        Returns:
            float32, one dimension.

        """
        return mix(samples, recorded_noise(self.noise, len(samples), draw), self.snr)


@dataclass(frozen=True)
class Augmentation:
    """Draws a disturbance: speed, room, noise, bandwidth and level.

    Args:
        variant: counts the disturbances of one recording.
        noise: Noise, or None where all noise is generated.
        snr: signal-to-noise ratios to draw from [dB].

    """

    variant: int
    noise: Noise | None = None
    snr: tuple = SNR

    def settings(self):
        """Give what the result depends on, as JSON takes it."""
        return {
            'variant': self.variant, 'noise': self.noise and self.noise.digests,
            'snr': self.snr, 'speed': SPEED, 'bands': BANDS, 'peak': PEAK,
            'probabilities': [REVERBERATION, NOISE, COLOURED, TOGETHER],
            'recorded': [TILT, NOISE_SPEED, SECOND],
            'coloured': [CORNER, SLOPE, SWELL, SWELL_TIME],
            'room': [REVERBERATION_TIME, DIRECT_TO_REVERBERANT]}

    def apply(self, samples, draw):
        """Disturb a recording; see InNoise.apply."""
        samples = change_speed(samples, draw.uniform(*SPEED))
        if draw.random() < REVERBERATION:
            samples = reverberate(samples, draw.uniform(*REVERBERATION_TIME),
                                  draw.uniform(*DIRECT_TO_REVERBERANT), draw)
        if draw.random() < NOISE:
            noise = self._draw_noise(len(samples), draw)
            if draw.random() < TOGETHER:
                noise = mix(noise, self._draw_noise(len(samples), draw), -draw.uniform(*SECOND))
            samples = mix(samples, noise, draw.choice(self.snr))
        band = draw.choice(len(BANDS), p=[probability for probability, _ in BANDS])
        samples = limit_band(samples, BANDS[band][1])
        peak = np.abs(samples).max(initial=0)
        return samples * np.float32(decibels(draw.uniform(*PEAK)) / peak) if peak else samples

    def _draw_noise(self, count, draw):
        if self.noise is None or draw.random() < COLOURED:
            return coloured_noise(count, np.exp(draw.uniform(*np.log(CORNER))),
                                  draw.uniform(*SLOPE), draw)
        return varied_noise(self.noise, count, draw)


def decibels(value):
    """Give the factor of amplitude that a value [dB] stands for."""
    return 10 ** (value / 20)


def level(samples):
    """Compute the level of what is loud in a recording: speech without its pauses.

    Args:
        samples: float32, one dimension.

    Returns:
        Root mean square of the moments of 32 ms within 20 dB of the loudest; 0 for silence.

    """
    power = powers(samples)
    return float(np.sqrt(power[power >= 0.01 * power.max()].mean())) if power.any() else 0.0


def recorded_noise(noise, count, draw):
    """Draw a piece of a drawn recording; one that is too short goes on from its start.

    Args:
        noise: Noise.
        count: of samples.
        draw: numpy.random.Generator.

    Returns:
        float32, shape (count,), 16 kHz.

    """
    recording = read_samples(noise.paths[draw.integers(len(noise.paths))])
    start = draw.integers(len(recording))
    return np.take(recording, np.arange(start, start + count), mode='wrap')


def varied_noise(noise, count, draw):
    """Draw a piece of a recording, with speed and tilt of the spectrum drawn: as another place.

    Args and returns as of recorded_noise.

    """
    if not count:
        return np.zeros(0, np.float32)
    speed = draw.uniform(*NOISE_SPEED)
    piece = change_speed(recorded_noise(noise, int(count * speed) + 1, draw), speed)[:count]
    piece = np.pad(piece, (0, count - len(piece)))
    return tilt(piece, draw.uniform(*TILT), CORNER[0], PIVOT).astype(np.float32)


def tilt(samples, slope, corner, pivot=1.0):
    """Make a spectrum rise, or fall where the slope is below 0.

    Args:
        samples: float, one dimension, one at least.
        slope: [dB an octave].
        corner: frequency from which on it rises [Hz]; below it is as at this frequency.
        pivot: frequency whose level stays as it is [Hz].

    Returns:
        float64 of the same length.

    """
    frequencies = np.maximum(np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE), corner)
    spectrum = np.fft.rfft(samples) * decibels(slope * np.log2(frequencies / pivot))
    return np.fft.irfft(spectrum, len(samples))


def coloured_noise(count, corner, slope, draw):
    """Generate noise such as motors, wind and traffic make: it falls towards high frequencies.

    Args:
        count: of samples.
        corner: frequency above which the power density falls [Hz].
        slope: how fast it falls [dB an octave].
        draw: numpy.random.Generator.

    Returns:
        float32, shape (count,), 16 kHz; its level swells and falls.

    """
    if not count:
        return np.zeros(0, np.float32)
    fallen = tilt(draw.normal(size=count), -slope, corner)
    step = draw.uniform(*SWELL_TIME) * SAMPLE_RATE
    levels = draw.normal(0, draw.uniform(*SWELL), int(count / step) + 2)
    swell = np.interp(np.arange(count), step * np.arange(len(levels)), levels)
    noise = fallen * decibels(swell)
    return (noise / np.abs(noise).max()).astype(np.float32)


def mix(samples, noise, snr):
    """Mix noise into a recording.

    Args:
        samples: float32, one dimension, 16 kHz.
        noise: float32 of the same length.
        snr: level of the speech over the root mean square of the noise [dB].

    Returns:
        float32 of the same length.

    """
    if not noise.any():   # a silent part of a recording, or nothing to mix it into
        return samples
    power = np.sqrt(np.mean(noise.astype(np.float64) ** 2))
    return samples + noise * np.float32(level(samples) / power / decibels(snr))


def change_speed(samples, factor):
    """Play a recording faster (factor above 1): shorter, and higher in pitch."""
    return soxr.resample(samples, SAMPLE_RATE * factor, SAMPLE_RATE)


def reverberate(samples, time, ratio, draw):
    """Put a recording into a room: a drawn tail of noise that dies away exponentially.

    Args:
        samples: float32, one dimension, 16 kHz.
        time: until the tail has fallen by 60 dB [s].
        ratio: energy of the direct sound over that of the tail [dB].
        draw: numpy.random.Generator.

    Returns:
        float32 of the same length.

    """
    count = round(time * SAMPLE_RATE)
    tail = draw.normal(size=count) * 10 ** (-3 * np.arange(count) / count)
    tail /= np.sqrt(np.sum(tail ** 2)) * decibels(ratio)
    tail[0] = 1
    return fftconvolve(samples, tail)[:len(samples)].astype(np.float32)


def limit_band(samples, band):
    """Keep a band of a recording.

    Args:
        samples: float32, one dimension, 16 kHz.
        band: lowest and highest frequency [Hz], or None for all.

    Returns:
        float32 of the same length.

    """
    if band is None or not len(samples):
        return samples
    low, high = band
    sections = (butter(6, [low, high], 'bandpass', fs=SAMPLE_RATE, output='sos') if low
                else butter(8, high, fs=SAMPLE_RATE, output='sos'))
    return sosfilt(sections, samples).astype(np.float32)
