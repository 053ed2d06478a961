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

"""What augmentation does to sound is measured."""

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
import soundfile

from conftest import CLIPS, read_clip
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.resampler import to_float
from emotion_ros.errors import EmotionError

pytest.importorskip('scipy', reason='SciPy is not installed: requirements-train.txt')
pytest.importorskip('joblib', reason='joblib is not installed: requirements-train.txt')

from emotion_ros.training import (  # noqa: E402
    augmentation,
    noise as noise_drawing,
)
from emotion_ros.training.augmentation import BANDS, PEAK, SPEED, Augmentation  # noqa: E402
from emotion_ros.training.codecs import CODECS, encode_and_decode  # noqa: E402
from emotion_ros.training.effects import (  # noqa: E402
    active_level,
    change_speed,
    db_to_amplitude,
    limit_band,
    mix,
    tilt,
)
from emotion_ros.training.noise import colored_noise, recorded_noise, varied_noise  # noqa: E402
from emotion_ros.training.recordings import Recordings, read_noise, read_samples  # noqa: E402
from emotion_ros.training.rooms import GeneratedRooms, MeasuredRooms, reverberate  # noqa: E402


def rng(seed=0):
    return np.random.default_rng(seed)


def white(seconds, seed=0):
    """Make white noise: float32, 16 kHz."""
    return (0.1 * rng(seed).normal(size=round(seconds * SAMPLE_RATE))).astype(np.float32)


def tone(frequency, seconds=1.0):
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.5 * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def rms(samples):
    return np.sqrt(np.mean(np.square(samples, dtype=np.float64)))


def write(path, samples, rate=SAMPLE_RATE):
    soundfile.write(path, samples, rate)
    return path


@pytest.fixture(scope='module')
def spoken():
    """A clip of speech."""
    return to_float(read_clip(CLIPS[0]))


@pytest.fixture
def noise(tmp_path):
    """Three seconds of white noise, and two of a hum."""
    return read_noise([write(tmp_path / 'white.wav', white(3)),
                       write(tmp_path / 'hum.wav', tone(100, 2))])


@pytest.fixture
def hiss(tmp_path):
    return read_noise([write(tmp_path / 'hiss.wav', white(3))])


# Noise

def test_noise_is_read_from_files_and_folders(tmp_path):
    folder = tmp_path / 'noises' / 'more'
    folder.mkdir(parents=True)
    write(folder / 'b.wav', white(1, 1))
    write(folder / 'a.flac', white(1, 2))
    write(folder / '.hidden.wav', white(1, 3))
    (folder / 'LICENSE.txt').write_text('free')
    one = write(tmp_path / 'one.wav', white(3, 4), 44100)
    noise = read_noise([str(one), str(tmp_path / 'noises')])
    assert [path.name for path in noise.paths] == ['one.wav', 'a.flac', 'b.wav']
    assert len(set(noise.digests)) == 3
    assert noise.select(slice(1)) == Recordings(noise.paths[:1], noise.digests[:1])
    assert noise.select(slice(3, None)) is None


def test_digests_are_of_what_is_heard(tmp_path):
    one, same, other = (read_noise([write(tmp_path / f'{name}.wav', white(1, seed))]).digests
                        for name, seed in (('a', 1), ('b', 1), ('c', 2)))
    assert one == same != other


@pytest.mark.parametrize('make, words', [
    (lambda folder: folder / 'none.wav', ['none.wav']),
    (lambda folder: write(folder / 'a.wav', np.zeros(SAMPLE_RATE)), ['a.wav', 'silent']),
    (lambda folder: write(folder / 'a.wav', white(0.5)),
     ['a.wav', 'must last 1 s or more, got 0.50 s']),
    (lambda folder: write(folder / 'a.wav', white(1), 44100), ['a.wav', '0.36 s']),
    (lambda folder: write(folder / 'a.wav', white(0)), ['a.wav']),
    (lambda folder: folder, ['must contain sound files']),
    (lambda folder: [(folder / 'a.wav').write_text('no sound'), folder / 'a.wav'][1], ['a.wav']),
], ids=['missing', 'silent', 'short', 'fast', 'empty', 'folder', 'broken'])
def test_noise_that_cannot_be_used(tmp_path, make, words):
    with pytest.raises(EmotionError) as error:
        read_noise([make(tmp_path)])
    text = str(error.value)
    assert text.startswith('noise ') and '\n' not in text
    for word in words:
        assert word in text


def test_halves_of_a_recording_have_nothing_in_common(tmp_path):
    noise = read_noise([write(tmp_path / 'a.wav', white(2), 16000)])
    whole = noise.read(0)
    first, second = noise.halves()
    np.testing.assert_array_equal(np.concatenate([first.read(0), second.read(0)]), whole)
    assert len(first.read(0)) == len(second.read(0))
    assert first.names() == ['a.wav (first half)'] and noise.names() == ['a.wav']
    assert len({noise.digests, first.digests, second.digests}) == 3, 'each is computed anew'
    rng = np.random.default_rng(0)
    for _ in range(20):   # what is drawn from one half is never of the other
        piece = recorded_noise(first, 16000 * 3, rng)
        assert np.isin(piece, first.read(0)).all()


def test_read_samples_ends_with_the_file(tmp_path):
    samples = read_samples(write(tmp_path / 'a.wav', white(2), 32000))
    assert len(samples) == SAMPLE_RATE
    assert samples.dtype == np.float32
    with pytest.raises(ValueError):
        samples[0] = 1


# The level of speech

def test_the_level_leaves_pauses_out():
    loud = white(1)
    paused = np.concatenate([np.zeros(SAMPLE_RATE, np.float32), loud, 0.01 * white(2)])
    assert active_level(loud) == pytest.approx(0.1, rel=0.02)
    assert active_level(paused) == pytest.approx(active_level(loud), rel=0.02)
    assert active_level(2 * paused) == pytest.approx(2 * active_level(paused))
    for silent in (np.zeros(5000, np.float32), loud[:100], loud[:0]):
        assert active_level(silent) == 0


@pytest.mark.parametrize('snr', [-5, 0, 10, 30])
def test_the_ratio_is_reached(spoken, noise, snr):
    for seed in range(4):
        mixed = mix(spoken, recorded_noise(noise, len(spoken), rng(seed)), snr)
        assert mixed.dtype == np.float32
        assert mixed.shape == spoken.shape
        reached = 20 * np.log10(active_level(spoken) / rms(mixed - spoken))
        assert reached == pytest.approx(snr, abs=0.05)


def test_noise_shorter_than_the_speech_goes_on_from_its_start(hiss):
    period = len(read_samples(hiss.paths[0]))
    piece = recorded_noise(hiss, 2 * period, rng())
    assert piece[:period].tolist() == piece[period:].tolist()


def test_pieces_of_all_noises_are_drawn(noise):
    added = [np.abs(np.fft.rfft(recorded_noise(noise, SAMPLE_RATE, rng(seed))))
             for seed in range(20)]
    hums = [spectrum[100] > 0.5 * spectrum.sum() for spectrum in added]
    assert 3 < sum(hums) < 17


def test_a_silent_part_of_a_noise_changes_nothing(tmp_path):
    late = np.concatenate([np.zeros(60 * SAMPLE_RATE, np.float32), white(1)])
    noise = read_noise([write(tmp_path / 'late.wav', late)])
    speech = white(1, 7)
    assert (mix(speech, recorded_noise(noise, len(speech), rng()), 0) == speech).all()


@pytest.mark.parametrize('slope', [-4, 0, 4])
def test_a_tilt_is_so_steep_above_its_corner(slope):
    samples = white(10)
    change = 20 * np.log10(np.abs(np.fft.rfft(tilt(samples, slope, 50, 1000)))
                           / np.abs(np.fft.rfft(samples)))
    for frequency, octaves in ((20, np.log2(50 / 1000)), (500, -1), (1000, 0), (4000, 2)):
        assert change[10 * frequency] == pytest.approx(slope * octaves, abs=0.01)


def test_recordings_are_varied(tmp_path):
    hum = read_noise([write(tmp_path / 'hum.wav', tone(1000, 2) + 0.1 * tone(4000, 2))])
    speeds, tilts = [], []
    for seed in range(60):
        noise = varied_noise(hum, SAMPLE_RATE, rng(seed))
        assert noise.shape == (SAMPLE_RATE,) and noise.dtype == np.float32
        power = np.abs(np.fft.rfft(noise * np.hanning(len(noise)))) ** 2
        pitch = power[500:1600].argmax() + 500
        low, high = (power[place - 10:place + 11].sum() for place in (pitch, 4 * pitch))
        speeds.append(pitch / 1000)
        tilts.append((10 * np.log10(high / low) + 20) / 2)   # over two octaves
    for found, (low, high) in ((speeds, noise_drawing.SPEED), (tilts, noise_drawing.TILT)):
        margin = 0.1 * (high - low)
        assert low - margin / 5 < min(found) < low + margin
        assert high - margin < max(found) < high + margin / 5


@pytest.mark.parametrize('count', [0, 1, 2, 100])
def test_varied_noise_of_any_length(noise, count):
    for seed in range(10):
        piece = varied_noise(noise, count, rng(seed))
        assert piece.shape == (count,) and piece.dtype == np.float32
        assert np.isfinite(piece).all()


@pytest.mark.parametrize('corner', [50, 300, 1000])
@pytest.mark.parametrize('slope', [0, 6, 12])
def test_colored_noise_falls_above_its_corner(corner, slope):
    noise = colored_noise(60 * SAMPLE_RATE, corner, slope, rng())
    assert noise.shape == (60 * SAMPLE_RATE,) and noise.dtype == np.float32
    assert np.abs(noise).max() == pytest.approx(1)
    power = np.abs(np.fft.rfft(noise)) ** 2
    frequencies = np.array([150, 600, 1200, 2400])
    found = [10 * np.log10(power[57 * frequency:63 * frequency].mean())
             for frequency in frequencies]
    expected = -slope * np.log2(np.maximum(frequencies / corner, 1))
    assert np.diff(found) == pytest.approx(np.diff(expected), abs=0.8)


def test_colored_noise_swells():
    swells = []
    for seed in range(12):
        noise = colored_noise(30 * SAMPLE_RATE, 50, 0, rng(seed))
        swells.append(np.std([20 * np.log10(rms(part)) for part in np.split(noise, 300)]))
    assert min(swells) < 2 and 3 < max(swells) < 7


@pytest.mark.parametrize('count', [0, 1, 2, 1000, 1001])
def test_colored_noise_of_any_length(count):
    noise = colored_noise(count, 200, 6, rng())
    assert noise.shape == (count,) and np.isfinite(noise).all()


# Speed

@pytest.mark.parametrize('factor', [0.87, 1.0, 1.15])
def test_speed_changes_length_and_pitch(factor):
    fast = change_speed(tone(1000), factor)
    assert fast.dtype == np.float32
    assert len(fast) == pytest.approx(SAMPLE_RATE / factor, abs=2)
    spectrum = np.abs(np.fft.rfft(fast * np.hanning(len(fast))))
    assert spectrum.argmax() * SAMPLE_RATE / len(fast) == pytest.approx(1000 * factor, abs=2)


# Bands

@pytest.mark.parametrize('band', [band for _, band in BANDS], ids=str)
def test_bands_are_limited(band):
    samples = white(4)
    kept = limit_band(samples, band)
    assert kept.shape == samples.shape and kept.dtype == np.float32
    low, high = band or (0, SAMPLE_RATE / 2)
    change = np.abs(np.fft.rfft(kept)) ** 2 / np.abs(np.fft.rfft(samples)) ** 2
    frequency = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    inside = (frequency > 1.2 * low) & (frequency < 0.9 * high)
    outside = (frequency < 0.5 * low) | (frequency > min(1.3 * high, 7990))
    assert 10 * np.log10(np.median(change[inside])) == pytest.approx(0, abs=0.5)
    if band:
        assert 10 * np.log10(np.median(change[outside])) < -30


def test_bands_have_probabilities():
    assert sum(probability for probability, _ in BANDS) == pytest.approx(1)


# Codecs

@pytest.mark.parametrize('name, kept', [
    ('mu-law', 0.98), ('A-law', 0.98), ('GSM', 0.9), ('Opus', 0.85)])
def test_a_codec_gives_the_speech_at_the_same_time_and_not_the_same(spoken, name, kept):
    decoded = encode_and_decode(spoken, name, rng())
    assert decoded.dtype == np.float32 and decoded.shape == spoken.shape
    assert kept < np.corrcoef(decoded, spoken)[0, 1] < 0.99999
    assert (encode_and_decode(spoken, name, rng()) == decoded).all()


@pytest.mark.parametrize('name', CODECS)
@pytest.mark.parametrize('count', [0, 1, 100])
def test_a_codec_takes_any_length(name, count):
    assert encode_and_decode(white(1)[:count], name, rng()).shape == (count,)


# All together

def test_speed_and_level_are_within_their_bounds(spoken, noise):
    lengths, peaks = [], []
    for seed in range(25):
        heard = Augmentation(0, noise).apply(spoken, rng(seed))
        assert heard.dtype == np.float32 and heard.ndim == 1
        lengths.append(len(spoken) / len(heard))
        peaks.append(np.abs(heard).max())
    low, high = map(db_to_amplitude, PEAK)
    assert SPEED[0] - 0.001 < min(lengths) < 0.92 and 1.1 < max(lengths) < SPEED[1] + 0.001
    assert low * 0.999 < min(peaks) < 0.1 and 0.5 < max(peaks) <= high * 1.001


def test_each_part_is_drawn_about_as_often_as_it_should(spoken, noise, monkeypatch):
    called = {'reverberate': [], 'mix': [], 'limit_band': [], 'encode_and_decode': []}
    generated = []
    monkeypatch.setattr(noise_drawing, 'colored_noise', lambda count, corner, slope, rng: (
        generated.append((corner, slope)), np.ones(count, np.float32))[1])
    for name, calls in called.items():
        monkeypatch.setattr(augmentation, name, lambda samples, *rest, calls=calls: (
            calls.append(rest), samples)[1])
    for seed in range(300):
        Augmentation(0, noise, (3, 9)).apply(spoken[:1000], rng(seed))
    assert len(called['reverberate']) / 300 == pytest.approx(augmentation.ROOM, abs=0.08)
    codecs = [name for name, _ in called['encode_and_decode']]
    assert len(codecs) / 300 == pytest.approx(augmentation.CODEC, abs=0.06)
    assert set(codecs) == set(CODECS)
    ratios = [float(snr) for _, snr in called['mix']]
    second = [-snr for snr in ratios if snr not in (3, 9)]
    noisy = len(ratios) - len(second)
    assert noisy / 300 == pytest.approx(augmentation.NOISE, abs=0.08)
    assert {3, 9} < set(ratios)
    assert len(second) / noisy == pytest.approx(augmentation.TOGETHER, abs=0.08)
    low, high = augmentation.SECOND
    assert low <= min(second) < 0.9 * low and 0.1 * low < max(second) <= high
    assert len(generated) / len(ratios) == pytest.approx(noise_drawing.COLORED, abs=0.08)
    for drawn, (low, high) in zip(zip(*generated), (noise_drawing.CORNER, noise_drawing.SLOPE)):
        assert low < min(drawn) < 0.1 * high and 0.9 * high < max(drawn) < high
    for probability, band in BANDS:
        assert called['limit_band'].count((band,)) / 300 == pytest.approx(probability, abs=0.08)


def test_noise_is_in_the_same_room_at_another_place(spoken, monkeypatch):
    rooms = MeasuredRooms(None)
    of_mouth, of_noise = np.ones(30, np.float32), np.arange(40, dtype=np.float32)
    monkeypatch.setattr(MeasuredRooms, 'draw', lambda rooms, rng: [of_mouth, of_noise])
    monkeypatch.setattr(MeasuredRooms, 'settings', lambda rooms: {})
    monkeypatch.setattr(augmentation, 'KINDS', {MeasuredRooms: 1, GeneratedRooms: 0})
    monkeypatch.setattr(augmentation, 'ROOM', 1)
    monkeypatch.setattr(augmentation, 'NOISE', 1)
    monkeypatch.setattr(augmentation, 'TOGETHER', 0)
    dry, mixed = [], []
    monkeypatch.setattr(noise_drawing, 'draw_noise', lambda recordings, count, rng: (
        dry.append(white(1)[:count]), dry[-1])[1])
    monkeypatch.setattr(augmentation, 'mix', lambda samples, added, snr: (
        mixed.append((samples, added)), samples)[1])
    monkeypatch.setattr(augmentation, 'change_speed', lambda samples, factor: samples)
    Augmentation(0, None, (5,), (rooms,)).apply(spoken[:5000], rng())
    [(samples, added)] = mixed
    np.testing.assert_allclose(samples, reverberate(spoken[:5000], of_mouth))
    np.testing.assert_allclose(
        added, np.convolve(dry[0], of_noise, mode='valid'), rtol=1e-3, atol=1e-3)


def test_without_recordings_all_noise_is_generated(spoken, monkeypatch):
    monkeypatch.setattr(noise_drawing, 'recorded_noise', None)   # a call would fail
    for seed in range(10):
        Augmentation(0).apply(spoken[:4000], rng(seed))


def test_the_same_draw_gives_the_same_sound(spoken, noise):
    augmentation = Augmentation(0, noise)
    one, same, other = (augmentation.apply(spoken, rng(seed)) for seed in (1, 1, 2))
    assert one.tobytes() == same.tobytes() != other.tobytes()


def test_settings_tell_all_that_matters(noise, hiss):
    rooms = (MeasuredRooms(hiss),)
    settings = [Augmentation(*arguments).settings() for arguments in (
        (0,), (1,), (0, None, (1, 2)), (0, noise), (0, hiss), (0, noise, (1, 2)),
        (0, noise, (1, 2), rooms))]
    assert all(one != other for number, one in enumerate(settings) for other in settings[:number])


@pytest.mark.parametrize('samples', [0, 1, 100, SAMPLE_RATE])
def test_silence_stays_silent_until_noise_is_added(noise, samples):
    silence = np.zeros(samples, np.float32)
    for seed in range(10):
        heard = Augmentation(0, noise).apply(silence, rng(seed))
        assert not heard.any() and np.isfinite(heard).all()


@settings(max_examples=60, deadline=None)
@given(samples=st.lists(st.integers(-32768, 32767), max_size=1500), seed=st.integers(0, 2**32))
def test_any_sound_gives_finite_sound(noise_of_module, samples, seed):
    samples = to_float(np.array(samples, np.int16))
    heard = Augmentation(0, noise_of_module).apply(samples, rng(seed))
    assert heard.dtype == np.float32
    assert np.isfinite(heard).all()
    assert np.abs(heard).max(initial=0) <= 1.001
    assert len(samples) / SPEED[1] - 2 <= len(heard) <= len(samples) / SPEED[0] + 2


@pytest.fixture(scope='module')
def noise_of_module(tmp_path_factory):
    return read_noise([write(tmp_path_factory.mktemp('noise') / 'a.wav', white(1))])


def test_noise_without_a_path_is_refused():
    with pytest.raises(EmotionError, match='noise must be the path'):
        read_noise([''])
