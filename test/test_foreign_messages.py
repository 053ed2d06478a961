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

"""Messages of sound of other packages become frames, or are refused."""

from array import array
from types import SimpleNamespace
import warnings

from hypothesis import given, strategies as st
import numpy as np
import pytest

from emotion_ros.audio.frame import Frame
from emotion_ros.audio.mono_stream import JUMPED, LOST, LOST_SOUND, MonoStream
from emotion_ros.messages.foreign_audio import SAMPLE_FORMATS, TOLERANCE, ForeignAudio

SECOND = 10**9
BEGIN = 1_700_000_000 * SECOND
PORTAUDIO = {1: ('float32', 'f'), 2: ('int32', 'i'), 8: ('int16', 'h'), 16: ('int8', 'b'),
             32: ('uint8', 'B')}
"""Numbers of formats, their fields and what type of array holds them."""


def header(stamp):
    """Make a header; stamp [ns] or (s, ns)."""
    sec, nanosec = stamp if isinstance(stamp, tuple) else divmod(stamp, SECOND)
    return SimpleNamespace(stamp=SimpleNamespace(sec=sec, nanosec=nanosec), frame_id='mic')


def with_samples(samples, *, stamp=BEGIN, form=8, channels=1, rate=16000):
    """Make an AudioStamped of mgonzs13."""
    data = {f'{name}_data': array(code) for name, code in PORTAUDIO.values()}
    if form in PORTAUDIO:
        name, code = PORTAUDIO[form]
        data[f'{name}_data'] = array(code, samples)
    info = SimpleNamespace(format=form, channels=channels, rate=rate, chunk=len(samples))
    return SimpleNamespace(header=header(stamp), audio=SimpleNamespace(
        audio_data=SimpleNamespace(**data), info=info))


def with_bytes(data, *, stamp=BEGIN):
    """Make an AudioDataStamped of ros-drivers."""
    return SimpleNamespace(header=header(stamp),
                           audio=SimpleNamespace(data=array('B', bytes(data))))


def raw(data, *, stamp=BEGIN, form='pcm-s16', channels=1, rate=16000):
    """Make a RawAudio of foxglove_msgs."""
    return SimpleNamespace(timestamp=header(stamp).stamp, data=array('B', bytes(data)), format=form,
                           sample_rate=rate, number_of_channels=channels)


def audio_info(*, channels=1, sample_rate=16000, sample_format='S16LE', coding_format='wave'):
    return SimpleNamespace(channels=channels, sample_rate=sample_rate, bitrate=256,
                           sample_format=sample_format, coding_format=coding_format)


def informed(**fields):
    source = ForeignAudio()
    source.inform(audio_info(**fields))
    return source


def steps(kind):
    """Samples of a numpy type at -1, -1/2, 0, 1/2 and nearly 1 of the full scale."""
    dtype = np.dtype(kind)
    if dtype.kind == 'f':
        return np.array([-1, -0.5, 0, 0.5, 0.999999], dtype)
    half = 2**(8 * dtype.itemsize - 1)
    middle = half if dtype.kind == 'u' else 0
    return np.array([middle - half, middle - half // 2, middle, middle + half // 2,
                     middle + half - 1], dtype)


def expected(kind):
    """What steps() become."""
    last = {'i1': 32512, 'u1': 32512}.get(kind, 32767)
    return [-32768, -16384, 0, 16384, last]


@pytest.mark.parametrize('name', SAMPLE_FORMATS)
def test_bytes_of_every_format_become_the_same_sound(name):
    kind = SAMPLE_FORMATS[name]
    frame = informed(sample_format=name).frame(with_bytes(steps(kind).tobytes()), received=0)
    assert frame.samples.dtype == np.int16
    assert frame.samples[:, 0].tolist() == expected(kind)


@pytest.mark.parametrize('form', PORTAUDIO)
def test_samples_of_every_format_become_the_same_sound(form):
    kind = PORTAUDIO[form][1]
    frame = ForeignAudio().frame(
        with_samples(steps(kind).tolist(), form=form, rate=48000), received=0)
    assert frame.samples.dtype == np.int16
    assert frame.samples[:, 0].tolist() == expected(np.dtype(kind).str[1:])
    assert frame.sample_rate == 48000


def test_raw_audio_is_read_as_its_fields_tell():
    source = ForeignAudio()
    samples = np.arange(-512, 512, dtype='<i2')
    first = source.frame(raw(samples.tobytes(), channels=2, rate=48000), received=0)
    assert first.samples.tolist() == samples.reshape(-1, 2).tolist()
    assert (first.sample_rate, first.stamp, first.first_sample) == (48000, BEGIN, 0)
    later = source.frame(raw(samples.tobytes(), channels=2, rate=48000, stamp=0),
                         received=BEGIN + SECOND)
    assert later.first_sample == pytest.approx(48000, abs=16), 'what lies between was lost'
    for wrong, reason in [
            ({'form': 'opus'}, "format must be 'pcm-s16', got 'opus'"), ({'form': ''}, "got ''"),
            ({'channels': 0}, 'channels must be 1 to 64, got 0'), ({'rate': 0}, 'got 0'),
            ({'channels': 3}, 'not a multiple of 3'), ({'stamp': (-1, 0)}, 'timestamp must be')]:
        with pytest.raises(ValueError, match=reason):
            source.frame(raw(samples.tobytes(), **wrong), received=BEGIN)
    with pytest.raises(ValueError, match='multiple'):
        source.frame(raw(bytes(3)), received=BEGIN)


def test_sound_beyond_full_scale_is_clipped_and_what_is_no_number_is_silence():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        frame = ForeignAudio().frame(
            with_samples([7.0, -3e38, float('inf'), -float('inf'), float('nan')], form=1),
            received=0)
        wide = informed(sample_format='F64LE').frame(
            with_bytes(np.array([1e300, -1e300, np.nan]).tobytes()), received=0)
    assert frame.samples[:, 0].tolist() == [32767, -32768, 32767, -32768, 0]
    assert wide.samples[:, 0].tolist() == [32767, -32768, 0]


def test_channels_stay_apart():
    frame = ForeignAudio().frame(with_samples([1, 2, 3, 4, 5, 6], channels=2), received=0)
    assert frame.samples.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_names_of_formats_may_be_of_any_case():
    source = informed(sample_format='s16le', coding_format='WAVE')
    assert source.frame(with_bytes([1, 0]), received=0).samples.tolist() == [[1]]


def test_message_without_a_stamp_takes_the_time_of_its_arrival():
    source = informed()
    plain = SimpleNamespace(data=array('B', bytes(1024)))
    assert source.frame(plain, received=BEGIN).stamp == BEGIN
    zero = ForeignAudio().frame(with_samples([0] * 512, stamp=0), received=BEGIN)
    assert zero.stamp == BEGIN
    audio = with_samples([5] * 512).audio
    assert ForeignAudio().frame(audio, received=BEGIN).stamp == BEGIN


def listen(source, stamps, *, count=512, rate=16000):
    """Give a source messages with these stamps; return the frames and how they were joined."""
    counts = dict.fromkeys([LOST, JUMPED, LOST_SOUND], 0)
    stream = MonoStream(counts)
    frames = [source.frame(with_samples([0] * count, stamp=stamp, rate=rate), received=0)
              for stamp in stamps]
    for frame in frames:
        assert stream.push(frame) is not None, 'taken for late'
    return frames, counts


def on_time(number, *, count=512, rate=16000):
    """Stamps of so many messages of a source that is never late."""
    return [BEGIN + index * count * SECOND // rate for index in range(number)]


def test_messages_that_follow_each_other_are_joined():
    frames, counts = listen(ForeignAudio(), on_time(100))
    assert [frame.first_sample for frame in frames] == list(range(0, 51200, 512))
    assert [frame.stamp for frame in frames] == on_time(100)
    assert not any(counts.values())


def test_jitter_is_no_loss_and_is_evened_out():
    late = np.random.default_rng(0).integers(0, TOLERANCE - 10_000_000, 1000).tolist()
    frames, counts = listen(
        ForeignAudio(), [stamp + more for stamp, more in zip(on_time(1000), late)])
    assert not any(counts.values())
    assert frames[-1].end_sample == 512 * 1000
    steps = np.diff([frame.stamp for frame in frames])
    assert abs(steps - 32_000_000).max() <= 0.02 * TOLERANCE


def test_a_hiccup_of_the_source_is_no_loss_after_it_has_caught_up():
    stamps = on_time(100)
    for index, late in enumerate([70, 50, 30, 10]):   # ms
        stamps[50 + index] += late * 1_000_000
    frames, counts = listen(ForeignAudio(), stamps)
    assert not any(counts.values())
    assert frames[-1].end_sample == 51200


@pytest.mark.parametrize('lost', [3, 10, 1000])
def test_lost_messages_are_a_gap_of_their_length(lost):
    stamps = on_time(200 + lost)
    frames, counts = listen(ForeignAudio(), stamps[:100] + stamps[100 + lost:])
    assert counts[LOST] == 1
    assert counts[LOST_SOUND] == pytest.approx(lost * 0.032, abs=0.001)
    assert frames[100].first_sample == pytest.approx(512 * (100 + lost), abs=16)
    assert frames[100].stamp == stamps[100 + lost]


def test_a_clock_that_is_off_is_followed_without_a_gap():
    slow = [BEGIN + round(index * 32_000_000 * 1.0005) for index in range(20_000)]   # ten minutes
    frames, counts = listen(ForeignAudio(), slow)
    assert not any(counts.values())
    assert abs(frames[-1].stamp - slow[-1]) < 20_000_000


def test_a_clock_that_is_set_back_is_no_loss():
    stamps = on_time(100) + [stamp - 3600 * SECOND for stamp in on_time(200)[100:]]
    frames, counts = listen(ForeignAudio(), stamps)
    assert counts == {LOST: 0, LOST_SOUND: 0, JUMPED: 1}
    assert frames[-1].stamp == stamps[-1]
    assert frames[-1].end_sample == 512 * 200


def test_a_new_rate_begins_anew():
    source = ForeignAudio()
    listen(source, on_time(10))
    frames, _ = listen(source, [BEGIN + SECOND], rate=48000)
    assert frames[0].stamp == BEGIN + SECOND
    assert frames[0].first_sample == 5120


def test_a_refused_message_changes_nothing():
    source = ForeignAudio()
    stamps = on_time(10)
    listen(source, stamps[:5])
    for wrong in ({'form': 4}, {'channels': 0}, {'channels': -2}, {'rate': 0}, {'rate': -1},
                  {'channels': 3}, {'stamp': (-1, 0)}, {'stamp': (0, 2**32 - 1)},
                  {'stamp': (2**31 - 1, 0)}):
        with pytest.raises(ValueError):
            source.frame(with_samples([0] * 512, **wrong), received=BEGIN)
    frames, counts = listen(source, stamps[5:])
    assert frames[0].first_sample == 5 * 512
    assert not any(counts.values())


@pytest.mark.parametrize('fields, reason', [
    ({'coding_format': 'mp3'}, "coding_format must be wave, got 'mp3'"),
    ({'sample_format': 'S24LE'}, 'sample_format must be one of S8, U8, S16LE'),
    ({'sample_format': ''}, "got ''"),
])
def test_format_that_cannot_be_read_is_named(fields, reason):
    source = ForeignAudio()
    with pytest.raises(ValueError, match=reason):
        source.inform(audio_info(**fields))
    with pytest.raises(ValueError, match='no AudioInfo has stated'):
        source.frame(with_bytes([0, 0]), received=0)


def test_a_wrong_info_leaves_the_one_before():
    source = informed()
    with pytest.raises(ValueError):
        source.inform(audio_info(coding_format='mp3'))
    assert len(source.frame(with_bytes(bytes(1024)), received=0).samples) == 512


def test_bytes_that_are_no_whole_samples_are_refused():
    with pytest.raises(ValueError, match='multiple'):
        informed().frame(with_bytes(bytes(3)), received=0)
    with pytest.raises(ValueError, match='not a multiple of 2 channels'):
        informed(channels=2).frame(with_bytes(bytes(6)), received=0)
    with pytest.raises(ValueError, match='0 samples'):
        informed().frame(with_bytes(b''), received=0)


INT32, UINT32 = st.integers(-2**31, 2**31 - 1), st.integers(0, 2**32 - 1)
TIMES = st.tuples(INT32 | st.integers(0, 2), UINT32 | st.integers(0, SECOND - 1))
ARRIVALS = st.integers(-2**63, 2**63 - 1)
RATES = INT32 | st.sampled_from([8000, 16000, 192000])
CHANNELS = INT32 | st.integers(1, 3)


def taken_or_refused(source, message, received):
    """Check that a message becomes a sound frame or is refused with a reason."""
    try:
        frame = source.frame(message, received=received)
    except ValueError as error:
        assert str(error)
        return
    assert isinstance(frame, Frame)
    assert frame.samples.dtype == np.int16
    assert frame.stamp >= 0
    assert frame.first_sample >= 0
    MonoStream().push(frame)


@given(st.lists(st.tuples(
    st.builds(with_samples, st.lists(st.integers(0, 127), max_size=8), stamp=TIMES,
              form=INT32 | st.sampled_from([1, 2, 8, 16, 32]), channels=CHANNELS, rate=RATES),
    ARRIVALS), max_size=5))
def test_any_samples_are_taken_or_refused(messages):
    source = ForeignAudio()
    for message, received in messages:
        taken_or_refused(source, message, received)


@given(st.lists(st.tuples(
    st.builds(audio_info, channels=st.integers(0, 255) | st.just(1), sample_rate=RATES.map(abs),
              sample_format=st.text(max_size=5) | st.sampled_from(list(SAMPLE_FORMATS)),
              coding_format=st.text(max_size=5) | st.sampled_from(['wave', 'mp3'])),
    st.builds(with_bytes, st.binary(max_size=64), stamp=TIMES), ARRIVALS), max_size=5))
def test_any_bytes_are_taken_or_refused(messages):
    source = ForeignAudio()
    for info, message, received in messages:
        try:
            source.inform(info)
        except ValueError as error:
            assert str(error)
        taken_or_refused(source, message, received)


@given(st.builds(raw, st.binary(max_size=64), stamp=TIMES, channels=st.integers(0, 2**32 - 1),
                 form=st.text(max_size=5) | st.just('pcm-s16'), rate=RATES.map(abs)), ARRIVALS)
def test_any_raw_audio_is_taken_or_refused(message, received):
    taken_or_refused(ForeignAudio(), message, received)
