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

"""A microphone that is lost and comes back, made up."""

import itertools
import queue
import threading
import time

import numpy as np
import pytest

from emotion_ros.audio import SAMPLE_RATE, reconnecting_microphone, sample_time
from emotion_ros.audio.devices import Device, DeviceError
from emotion_ros.audio.frame import Frame
from emotion_ros.audio.reconnecting_microphone import ReconnectingMicrophone
from emotion_ros.errors import EmotionError
from harness import wait_until
from plane_waves import circle

LENGTH = 512   # samples of a frame
MISSING, BUSY, SILENT, FINE = 'missing', 'busy', 'silent', 'fine'


class Desk:
    """Where devices are plugged in and out; time passes only with its sound and its pauses.

    Each entry of `story` is one try to open the device: MISSING, BUSY, SILENT, a number of frames
    after which the device is lost, or FINE, which lasts. After the last all is FINE.
    """

    def __init__(self, *story):
        self.story = iter(story)
        self.now = 10**18          # ns
        self.rates = itertools.repeat(48000)
        self.device_name = 'USB Array: Audio (hw:1,0)'
        self.asked, self.pauses, self.opened, self.open = [], [], 0, []
        self.looked = 0
        self.held = None           # event that a device waits for while it opens

    def find(self, device):
        """See devices.Devices."""
        if device == 'unclear':
            raise EmotionError('fits several devices')
        if device == 'absent':
            raise DeviceError('not found')
        return Device(0, self.device_name, self.channels[0], 48000.0)

    def present(self):
        """See devices.Devices."""
        return [Device(number, name, 1, 48000.0) for number, name in enumerate(self.names)]

    def rescan_devices(self):
        """Stand in for the function of this name; a stream that is open would crash PortAudio."""
        assert not self.open
        self.looked += 1

    def pause(self, seconds):
        """Let the time of a pause pass."""
        self.pauses.append(seconds)
        self.now += round(seconds * 1e9)


class Pauses(threading.Event):
    """An event that is not waited for: a function is called with the time [s]."""

    def __init__(self, pause):
        super().__init__()
        self._pause = pause

    def wait(self, timeout=None):
        """See threading.Event."""
        self._pause(timeout)


class FakeMicrophone:
    """Stands in for Microphone."""

    def __init__(self, desk, *, device, frame_duration, now, channel):
        desk.asked.append(device)
        self._desk, self._now = desk, now
        self.name, self.sample_rate, self.overflows = desk.device_name, next(desk.rates), 0
        self._fate = next(desk.story, FINE)
        self._ended = threading.Event()
        if self._fate == MISSING:
            raise DeviceError('not found')
        if self._fate == BUSY:
            raise DeviceError('cannot open: busy')
        if desk.held is not None:
            desk.held.wait(5.0)
        self._channels = desk.channels[min(desk.opened, len(desk.channels) - 1)]
        desk.opened += 1
        desk.open.append(self)

    def start(self):
        """See Microphone."""
        assert self in self._desk.open, 'started after it was closed'

    def end(self):
        """See Microphone."""
        self._ended.set()

    def close(self):
        """See Microphone."""
        self._desk.open.remove(self)
        self.end()

    def frames(self):
        """See Microphone."""
        if self._fate == SILENT:
            raise DeviceError('gave no samples')
        endless = self._fate == FINE
        for number in itertools.count() if endless else range(self._fate):
            if self._ended.is_set():
                return
            samples = np.zeros((LENGTH, self._channels), np.int16)
            yield Frame(samples, SAMPLE_RATE, number * LENGTH, self._now())
            self._desk.now += sample_time(LENGTH)
            self.overflows += 1
        raise DeviceError('unplugged')


@pytest.fixture
def plug_in(monkeypatch):
    """Make a desk with a story, and its microphone: returns both.

    channels are those of the device each time that it is opened; the last number stays.
    """
    def make(*story, instant=True, devices=('USB Array: Audio (hw:1,0)',), channels=(1,),
             **options):
        desk = Desk(*story)
        desk.names, desk.channels = devices, channels
        monkeypatch.setattr(reconnecting_microphone, 'MICROPHONES', desk)
        monkeypatch.setattr(reconnecting_microphone, 'rescan_devices', desk.rescan_devices)
        monkeypatch.setattr(reconnecting_microphone, 'Microphone',
                            lambda **arguments: FakeMicrophone(desk, **arguments))
        desk.lost, desk.found = [], []
        options = {'on_lost': lambda error: desk.lost.append(str(error)),
                   'closing': Pauses(desk.pause) if instant else None, **options}
        return desk, ReconnectingMicrophone(
            now=lambda: desk.now, on_found=lambda found: desk.found.append(found.sample_rate),
            **options)
    return make


def take(microphone, count):
    """Take frames, then let go."""
    frames = list(itertools.islice(microphone.frames(), count))
    microphone.close()
    return frames


def first_after_loss(frames):
    """Give the last frame before the loss and the first after it."""
    pair, = [(before, after) for before, after in itertools.pairwise(frames)
             if after.first_sample != before.end_sample]
    return pair


def test_sound_goes_on_after_a_loss(plug_in):
    desk, microphone = plug_in(3)
    assert len(take(microphone, 8)) == 8
    assert desk.opened == 2


def test_frames_are_joined_while_the_sound_is_steady_but_not_over_a_loss(plug_in):
    frames, lost_at = [], []
    _, microphone = plug_in(103, steady_frame_duration=0.1,
                            on_lost=lambda error: lost_at.append(len(frames)))
    for frame in microphone.frames():
        frames.append(frame)
        if len(frames) == 150:
            microphone.close()
            break
    lengths = [len(frame.samples) // LENGTH for frame in frames]
    before = lengths[:lost_at[0]]
    assert (sum(before), max(before), before[-1]) == (103, 3, 2)
    assert lengths[lost_at[0]:][:62] == [1] * 62, 'steady sound begins anew'


def test_devices_are_looked_for_anew_at_the_start_and_after_each_loss(plug_in):
    desk, microphone = plug_in(3, 3)
    frames = microphone.frames()
    looked = [(next(frames), desk.looked)[1] for _ in range(9)]
    assert looked == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_device_without_samples_for_a_while_is_opened_again(plug_in):
    desk, microphone = plug_in(3, SILENT)
    assert len(take(microphone, 8)) == 8
    assert desk.opened == 3


def test_device_that_is_busy_at_first_is_waited_for(plug_in):
    desk, microphone = plug_in(BUSY, BUSY)
    assert len(take(microphone, 3)) == 3
    assert desk.lost == ['cannot open: busy']


def test_device_may_appear_later_where_it_is_waited_for(plug_in):
    desk, microphone = plug_in(MISSING, MISSING, device='absent', wait=True)
    assert (microphone.name, microphone.sample_rate) == ('', 0)
    assert len(take(microphone, 3)) == 3
    assert (desk.lost, desk.found) == (['not found'], [48000])
    assert (microphone.name, microphone.sample_rate) == (desk.device_name, 48000)


def test_missing_device_is_refused_at_once_where_it_is_not_waited_for(plug_in):
    with pytest.raises(DeviceError, match='not found'):
        plug_in(device='absent')


def test_device_that_is_not_clear_is_refused_even_where_it_is_waited_for(plug_in):
    with pytest.raises(EmotionError, match='several'):
        plug_in(device='unclear', wait=True)


def test_device_without_the_channels_of_the_array_is_refused(plug_in):
    with pytest.raises(EmotionError, match="'USB Array: .*': channels is 1, the array has 4"):
        plug_in(array=circle())


def test_device_that_comes_back_without_the_channels_of_the_array_is_lost(plug_in):
    desk, microphone = plug_in(3, FINE, FINE, array=circle(), channels=(4, 2, 4))
    assert all(frame.samples.shape == (LENGTH, 4) for frame in take(microphone, 6))
    assert desk.lost == ['unplugged'] and desk.opened == 3
    assert len(desk.found) == 2


def test_device_may_come_back_with_another_rate(plug_in):
    desk, microphone = plug_in(3)
    desk.rates = iter([48000, 16000])
    frames = take(microphone, 8)
    assert desk.found == [48000, 16000]
    assert microphone.sample_rate == 16000
    assert {frame.sample_rate for frame in frames} == {SAMPLE_RATE}


@pytest.mark.parametrize('number', [3, '3', ' 3 '])
def test_device_given_by_number_is_tried_again_by_name(plug_in, number):
    desk, microphone = plug_in(3, MISSING, device=number)
    take(microphone, 8)
    assert desk.asked == [number, 'USB Array: Audio', 'USB Array: Audio']


def test_twins_are_told_apart_by_the_number_of_their_card(plug_in):
    twins = 'USB Array: Audio (hw:1,0)', 'USB Array: Audio (hw:2,0)'
    desk, microphone = plug_in(3, device=3, devices=twins)
    take(microphone, 8)
    assert desk.asked[1].startswith('USB Array: Audio (hw:')


@pytest.mark.parametrize('name', ['', 'array', 'hw:3'])
def test_device_given_by_name_is_tried_again_by_the_same_name(plug_in, name):
    desk, microphone = plug_in(3, device=name)
    take(microphone, 8)
    assert desk.asked == [name, name]


def test_pauses_double_up_to_a_limit(plug_in):
    desk, microphone = plug_in(*[MISSING] * 7)
    take(microphone, 1)
    assert desk.pauses == [0.5, 1, 2, 4, 8, 8, 8]


def test_pauses_start_anew_once_there_was_sound(plug_in):
    desk, microphone = plug_in(MISSING, MISSING, MISSING, 2, MISSING)
    take(microphone, 8)
    assert desk.pauses == [0.5, 1, 2, 0.5, 1]


def test_device_that_opens_without_samples_does_not_shorten_the_pauses(plug_in):
    desk, microphone = plug_in(SILENT, SILENT, SILENT)
    take(microphone, 1)
    assert desk.pauses == [0.5, 1, 2]


def test_each_loss_is_said_once(plug_in):
    desk, microphone = plug_in(2, SILENT, BUSY, MISSING, SILENT, 2, SILENT)
    take(microphone, 8)
    assert desk.lost == ['unplugged', 'unplugged']


def test_sound_is_said_each_time_it_is_there_again(plug_in):
    desk, microphone = plug_in(2, SILENT, BUSY, 2)
    take(microphone, 8)
    assert len(desk.found) == 3


def test_trouble_is_told_until_there_is_sound(plug_in):
    told = []
    _, microphone = plug_in(1, closing=Pauses(lambda seconds: told.append(microphone.last_error)))
    frames = microphone.frames()
    next(frames)
    assert microphone.last_error == ''
    next(frames)
    assert (told, microphone.last_error) == (['unplugged'], '')


def test_device_is_said_to_be_lost_before_it_is_closed_which_may_take_long(plug_in):
    open_then = []
    desk, microphone = plug_in(1, on_lost=lambda error: open_then.append(len(desk.open)))
    take(microphone, 3)
    assert open_then == [1]


def test_first_frame_after_a_loss_jumps_by_the_time_that_passed(plug_in):
    _, microphone = plug_in(3, MISSING, MISSING)
    before, after = first_after_loss(take(microphone, 8))
    assert after.first_sample - before.end_sample == round((0.5 + 1 + 2) * SAMPLE_RATE)
    assert after.stamp - before.stamp == pytest.approx(
        sample_time(after.first_sample - before.first_sample), abs=1e6)


def test_indices_and_stamps_agree_over_many_losses(plug_in):
    desk, microphone = plug_in(*[3, BUSY, 2, SILENT, 1] * 5)
    desk.now += 123_456_789
    frames = take(microphone, 60)
    for frame in frames:
        assert frame.stamp - frames[0].stamp == pytest.approx(
            sample_time(frame.first_sample), abs=1e6)


def test_indices_grow_even_where_the_clock_was_set_back(plug_in):
    desk, microphone = plug_in(3)
    frames = microphone.frames()
    taken = [next(frames) for _ in range(3)]
    desk.now -= 3600 * 10**9
    taken += [next(frames) for _ in range(3)]
    assert all(after.first_sample >= before.end_sample
               for before, after in itertools.pairwise(taken))


def test_overflows_are_counted_over_all_devices(plug_in):
    _, microphone = plug_in(3, 3)
    counts = [microphone.overflows for _ in itertools.islice(microphone.frames(), 9)]
    assert counts == [0, 1, 2, 2, 3, 4, 4, 5, 6]


def test_what_is_no_trouble_of_the_device_is_not_hidden(plug_in, monkeypatch):
    desk, microphone = plug_in()
    monkeypatch.setattr(FakeMicrophone, 'start', lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take(microphone, 1)
    assert desk.open == []


@pytest.fixture
def record():
    """Record in a thread: a function of the microphone that gives the frames, and the thread."""
    threads = []

    def start(microphone):
        frames = queue.SimpleQueue()

        def work():
            for frame in microphone.frames():
                frames.put(frame)
                time.sleep(0.001)
        thread = threading.Thread(target=work)
        threads.append(thread)
        thread.start()
        return frames, thread
    yield start
    for thread in threads:
        thread.join(5.0)
        assert not thread.is_alive()


def ends(thread):
    """Whether a thread ends quickly."""
    thread.join(0.5)
    return not thread.is_alive()


def test_close_while_recording(plug_in, record):
    desk, microphone = plug_in(instant=False)
    frames, thread = record(microphone)
    frames.get(timeout=5.0)
    microphone.close()
    assert ends(thread)
    assert desk.open == []


def test_close_during_a_pause(plug_in, record):
    desk, microphone = plug_in(1, *[MISSING] * 100, instant=False)
    _, thread = record(microphone)
    wait_until(lambda: microphone.last_error)
    microphone.close()
    assert ends(thread)
    assert desk.open == []
    assert desk.lost == ['unplugged']


def test_close_while_the_device_opens(plug_in, record):
    desk, microphone = plug_in(instant=False)
    desk.held = threading.Event()
    frames, thread = record(microphone)
    wait_until(lambda: desk.asked)
    microphone.close()
    desk.held.set()
    assert ends(thread)
    assert desk.open == []
    assert frames.empty()


def test_close_before_the_start(plug_in):
    desk, microphone = plug_in()
    microphone.close()
    assert list(microphone.frames()) == []
    assert desk.opened == 0


def test_close_at_any_moment(plug_in, record, monkeypatch):
    monkeypatch.setattr(reconnecting_microphone, 'FIRST_PAUSE', 0.001)
    monkeypatch.setattr(reconnecting_microphone, 'LONGEST_PAUSE', 0.001)
    for delay in np.linspace(0, 0.01, 100):
        desk, microphone = plug_in(*[1, SILENT, MISSING] * 1000, instant=False)
        _, thread = record(microphone)
        time.sleep(delay)
        microphone.close()
        assert ends(thread)
        assert desk.open == []
