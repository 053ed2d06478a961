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

"""The view in a terminal."""

import asyncio
from dataclasses import replace
import math
import unicodedata

from hypothesis import example, given, settings, strategies as st
import numpy as np
import pytest

pytest.importorskip('textual', reason='textual is not installed: requirements-tools.txt')

from conftest import CLIPS  # noqa: E402
from emotion_ros.audio import SAMPLE_RATE  # noqa: E402
from emotion_ros.audio.file_source import FileSource  # noqa: E402
from emotion_ros.audio.frame import Frame  # noqa: E402
from emotion_ros.display.bars import draw_bar  # noqa: E402
from emotion_ros.features.extractor import Utterance  # noqa: E402
from emotion_ros.model.classifier import Emotion  # noqa: E402
from emotion_ros.monitor import layout, panels, state  # noqa: E402
from emotion_ros.monitor.level import FALL, FLOOR, LevelMeter  # noqa: E402
from emotion_ros.monitor.marks import COLORS, marks, printable  # noqa: E402
from emotion_ros.monitor.spectrogram import COLUMN, COLUMNS, Spectrogram  # noqa: E402
from emotion_ros.monitor.state import (  # noqa: E402
    AUDIO,
    EMOTION,
    Monitor,
    Span,
)
from emotion_ros.monitor.timeline import SPAN, cell_duration, cells  # noqa: E402
from emotion_ros.mood.moods import MAX_MOODS, Mood  # noqa: E402

LABELS = ['neutral', 'anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise']
TOPICS = {topic: f'/{topic.strip("/")}' for topic in state.TOPICS}
STAMP = 1_700_000_000_000_000_000   # ns
SIZES = [(80, 24), (120, 40), (50, 20), (20, 8), (3, 3), (1, 1)]

NASTY = st.one_of(st.text(max_size=30), st.sampled_from([
    '[bold red]anger[/]', '[@click=app.quit]x[/]', '\x1b[2J\x1b[31m', '\x1b]0;title\x07',
    'a\nb\r\n', 'a\u202eb', 'z' + '\u0301' * 50, '\N{GRINNING FACE}\ufe0f' * 9, '漢字' * 20,
    'x' * 100, '\x9b2J']))
"""Texts that would do something to a view that shows them as they are."""


class Time:
    """A clock that stands still until it is set."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Detector:
    """A voice detector that hears nothing, for what needs none."""

    def probability(self, chunk):
        return 0.0

    def reset(self, first_chunk):
        pass


@pytest.fixture
def clock():
    """A clock."""
    return Time()


@pytest.fixture
def monitor(clock):
    """A monitor that has heard nothing yet."""
    return Monitor(now=clock, voice_activity=Detector())


def told(label='anger', *, number=1, final=True, emotion=None, labels=LABELS, duration=2.0):
    """Make an utterance and what is said of it: 0.7 for a label, confidence 0.6."""
    probabilities = np.full(len(labels), 0.3 / max(1, len(labels) - 1), np.float32)
    probabilities[labels.index(label)] = 0.7
    return (Utterance(number, 0, STAMP + number, round(duration * 1e9), final, False),
            Emotion(emotion or label, labels, probabilities, 0.6))


def felt(label='anger', *, speaker='', labels=LABELS, utterances=3, **affect):
    """Make a mood: 0.7 for a label."""
    _, emotion = told(label, labels=labels)
    return Mood(STAMP, utterances, 2 * 10**9, 60.0, 1.0, tuple(labels), emotion.probabilities,
                speaker=speaker, **affect)


def noise(seconds, level=3000, rate=SAMPLE_RATE):
    """Make frames of noise."""
    samples = np.random.default_rng(0).normal(0, level, (round(seconds * rate), 1))
    samples = samples.clip(-30000, 30000).astype(np.int16)
    size = rate // 32
    return [Frame(samples[begin:begin + size], rate, begin, STAMP + begin * 10**9 // rate)
            for begin in range(0, len(samples), size)]


# Level

def test_full_scale_sine_is_3_db_below_full_scale():
    meter = LevelMeter()
    wave = np.sin(np.arange(2 * 48000) / 48000 * 2 * np.pi * 440)
    for part in np.split((32767 * wave).astype(np.int16), 100):
        meter.push(part[:, None], 48000)
    assert meter.rms == pytest.approx(-3.01, abs=0.05)
    assert meter.peak == pytest.approx(0, abs=0.01)
    assert meter.clipped


def test_peak_falls_and_clipping_is_told_for_a_while():
    meter = LevelMeter()
    meter.push(np.full((160, 2), -32768, np.int16), 16000)
    assert (meter.peak, meter.clipped) == (0, True)
    for _ in range(5):
        meter.push(np.zeros((1600, 2), np.int16), 16000)
    assert meter.peak == pytest.approx(-FALL / 2)
    assert meter.clipped
    for _ in range(60):
        meter.push(np.zeros((1600, 2), np.int16), 16000)
    assert (meter.peak, meter.clipped) == (FLOOR, False)
    assert meter.rms == FLOOR


@given(st.lists(st.lists(st.integers(-32768, 32767), min_size=1, max_size=20), max_size=5),
       st.integers(8000, 192000))
def test_levels_of_any_sound_are_between_the_floor_and_full_scale(parts, rate):
    meter = LevelMeter()
    for part in parts:
        meter.push(np.array(part, np.int16)[:, None], rate)
        assert FLOOR <= meter.rms <= 0
        assert FLOOR <= meter.peak <= 0


# Spectrogram

def tone(hertz, seconds, level=10000):
    """Make a sine of one frequency, 16 kHz."""
    return (level * np.sin(np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE * 2 * np.pi
                           * hertz)).astype(np.int16)


def push(spectrogram, samples, *, speech=False, muted=False):
    """Give samples to a Spectrogram."""
    spectrogram.push(samples, speech=speech, muted=muted)


@given(st.lists(st.integers(0, 3000), max_size=30))
def test_the_picture_is_the_same_in_whatever_pieces_sound_comes(sizes):
    samples = np.random.default_rng(0).integers(-9999, 9999, sum(sizes), np.int16)
    whole, pieces = Spectrogram(), Spectrogram()
    push(whole, samples)
    for piece in np.split(samples, np.cumsum(sizes)[:-1] if sizes else []):
        push(pieces, piece)
    assert len(whole.columns) == len(samples) // COLUMN
    for one, other in zip(whole.columns, pieces.columns, strict=True):
        assert one.level == other.level and np.array_equal(one.bands, other.bands)


def test_only_the_newest_of_the_sound_is_pictured():
    spectrogram = Spectrogram()
    push(spectrogram, tone(500, 0.1 * COLUMNS))
    push(spectrogram, np.zeros(2 * COLUMN, np.int16), muted=True)
    levels = [column.level for column in spectrogram.columns]
    assert len(levels) == COLUMNS and levels[-2:] == [FLOOR, FLOOR]
    assert levels[-3] == pytest.approx(20 * math.log10(10000 / 32768 / math.sqrt(2)), abs=0.1)
    assert [column.muted for column in spectrogram.columns][-3:] == [False, True, True]


def picture(spectrogram, width=37, height=9):
    """Draw a Spectrogram; give the lines."""
    view = replace(Monitor(voice_activity=Detector()).view(), columns=tuple(spectrogram.columns))
    return panels.spectrogram(view, panels.Setting('/', TOPICS, {}), width, height)


def test_a_tone_is_a_line_at_its_frequency_and_silence_is_empty():
    spectrogram = Spectrogram()
    push(spectrogram, np.zeros(SAMPLE_RATE, np.int16))
    push(spectrogram, tone(1000, 1.0), speech=True)
    push(spectrogram, tone(4000, 1.0, level=1000))
    drawn = picture(spectrogram)
    level, *rows = drawn.plain.splitlines()
    assert len(rows) == 8 and {len(line) for line in (level, *rows)} == {7 + 30}
    assert level == 'Sound  ' + ' ' * 10 + '▆' * 10 + '▄' * 10
    assert [row[7:17] for row in rows] == [' ' * 10] * 8, 'silence'
    one = next(row for row in rows if row.startswith('1 kHz'))
    four = next(row for row in rows if row.startswith('4 kHz'))
    assert one[17:] == '█' * 10 + ' ' * 10 and four[27:].strip() and rows.index(four) < 3
    assert rows.index(one) > rows.index(four) and rows[-1][17:].strip() == ''
    begun, ended = 7 + 10, 7 + 20
    assert {span.start for span in drawn.spans if span.style == 'green'} == {*range(begun, ended)}


def test_the_newest_sound_is_at_the_right_and_faint_noise_is_no_pattern():
    spectrogram = Spectrogram()
    push(spectrogram, np.random.default_rng(0).normal(0, 2, SAMPLE_RATE // 2).astype(np.int16))
    assert picture(spectrogram, width=17, height=1).plain[:7 + 5] == 'Sound' + ' ' * 7
    push(spectrogram, np.random.default_rng(0).normal(0, 2, 2 * SAMPLE_RATE).astype(np.int16))
    faint = picture(spectrogram, width=17, height=5).plain
    assert not set('░▒▓█') & set(faint)
    push(spectrogram, tone(300, 0.2))
    level, *rows = picture(spectrogram, width=17, height=5).plain.splitlines()
    assert level[-3] == ' ' != level[-2] and rows[-1][-3:] == ' ██'


# Timeline

def test_utterances_lie_at_their_time():
    found = cells([Span(100, 102, 'anger'), Span(290, 299, 'fear')], now=300, width=100)
    assert cell_duration(100) == 3
    assert found[-1] is None and found[-2] == 'fear'
    assert [cell for cell in found if cell] == ['anger'] * 2 + ['fear'] * 4
    assert found.index('fear') - found.index('anger') == (288 - 99) // 3


def test_an_emotion_that_takes_more_of_a_cell_is_shown_in_it():
    spans = [Span(240.0, 240.2, 'fear'), Span(240.3, 241.5, 'anger'), Span(242, 242.5, 'fear')]
    assert [cell for cell in cells(spans, now=300, width=60) if cell] == ['anger']


@given(st.lists(st.tuples(st.floats(0, 2e9), st.floats(0, 1e9)), max_size=20),
       st.floats(0, 2e9), st.integers(1, 400))
def test_timeline_of_anything_has_its_width(times, now, width):
    spans = [Span(start, start + length, str(number))
             for number, (start, length) in enumerate(sorted(times))]
    found = cells(spans, now=now, width=width)
    assert len(found) == width
    assert set(found) <= {None, *(span.emotion for span in spans)}
    assert width * cell_duration(width) >= SPAN


# What was heard

def test_voice_activity_is_judged_from_the_sound():
    monitor = Monitor()
    spoken, silent = [], None
    for frame in FileSource(CLIPS[0]).frames(stamp=STAMP):
        monitor.update_audio(frame)
        sound = monitor.view().level
        if sound.speaking is not None:
            spoken.append(sound)
        silent = sound
    assert max(sound.speech for sound in spoken) > 0.9
    assert 1 < max(sound.speaking for sound in spoken) < 4
    assert max(sound.rms for sound in spoken) > -40
    assert silent.speaking is None and silent.speech < 0.5, 'the file ends with silence'


def test_the_robot_is_shown_as_muted_while_it_speaks(clock):
    monitor = Monitor(now=clock)
    begin, *rest = FileSource(CLIPS[0]).frames(stamp=STAMP)
    monitor.robot_speaking(True)
    monitor.update_audio(begin)
    text = panels.sound(monitor.view(), panels.Setting('/', TOPICS, {}), 80, 3).plain
    assert 'MUTED' in text
    for frame in rest:
        monitor.update_audio(frame)
        assert monitor.view().level.speaking is None
    monitor.robot_speaking(False)


def test_interim_result_gives_way_to_the_final_one(monitor, clock):
    monitor.emotion(*told('fear', final=False))
    assert monitor.view().newest.emotion.emotion == 'fear'
    assert not monitor.view().results
    clock.now += 1
    monitor.emotion(*told('anger'))
    view = monitor.view()
    assert view.interim is None
    assert [result.emotion.emotion for result in view.results] == ['anger']
    assert view.spans == (Span(999, 1001, 'anger'),)


def test_interim_result_of_an_utterance_that_never_ends_is_forgotten(monitor, clock):
    monitor.emotion(*told('fear', final=False))
    clock.now += state.FORGOTTEN + 1
    assert monitor.view().newest is None


def test_node_that_says_nothing_any_more_is_stale(monitor, clock):
    monitor.report('/ear', state.OK, 'OK', {})
    clock.now += 2
    assert monitor.view().reports['/ear'].level == state.OK
    clock.now += 2
    assert monitor.view().reports['/ear'].level == state.STALE


def test_only_so_much_is_kept(monitor, clock):
    for number in range(2000):
        clock.now += 1
        monitor.emotion(*told(number=number, duration=1e9))
        monitor.report(f'{number}' + 'x' * 10**4, 0, 'x' * 10**4,
                       {f'{entry}' + 'x' * 1000: 'x' * 1000 for entry in range(100)})
        monitor.features()
        monitor.mood(f'{number}', felt())
    view = monitor.view()
    assert (len(view.results), len(view.spans), len(view.reports), len(view.moods)) == (
        state.RESULTS, state.SPANS, state.REPORTERS, MAX_MOODS)
    assert view.results[0].utterance.number == 1999, 'the newest'
    report = list(view.reports.values())[-1]
    assert len(report.message) == state.TEXT and len(report.values) == state.ENTRIES


def test_clear_forgets_all_but_the_sound(monitor):
    monitor.update_audio(noise(0.1)[0])
    monitor.emotion(*told())
    monitor.report('/ear', 0, '', {})
    monitor.malformed(AUDIO)
    monitor.mood('ear', felt())
    monitor.clear()
    view = monitor.view()
    assert not view.results and not view.spans and not view.reports and not view.moods
    assert not view.counts and not view.malformed
    assert view.level is not None


# Marks and texts

@given(st.sets(NASTY, max_size=36))
def test_each_emotion_has_a_letter_of_its_own(emotions):
    found = marks(emotions)
    assert set(found) == emotions
    assert len({mark.letter for mark in found.values()}) == len(emotions)
    assert all(len(mark.letter) == 1 and mark.letter.isprintable() for mark in found.values())


def test_known_emotions_keep_their_marks():
    everything = marks([*COLORS, 'admiration', 'awe'])
    for emotion in COLORS:
        assert marks([emotion])[emotion] == everything[emotion]
    assert everything['sadness'].letter == 'S' and everything['unknown'].letter == '?'


@given(NASTY)
@example('\ud800')
@example('\x7f')
@example('\u2028')
def test_any_text_becomes_one_that_cannot_steer_a_terminal(text):
    for character in printable(text):
        assert character == ' ' or unicodedata.category(character)[0] in 'LNPS', hex(ord(character))


@given(st.floats(-1, 2), st.integers(0, 100))
def test_bar_is_as_long_as_its_number(part, width):
    bar = draw_bar(part, width)
    assert len(bar) <= width
    filled = bar.count('█') + (' ▏▎▍▌▋▊▉'.index(bar[-1]) / 8 if bar and bar[-1] != '█' else 0)
    assert filled == pytest.approx(min(max(part, 0), 1) * width, abs=1 / 16)


# Panels

RUBBISH = st.lists(st.one_of(
    st.tuples(st.just('emotion'), st.lists(NASTY, min_size=1, max_size=15, unique=True),
              st.booleans(), st.integers(0, 2**31 - 3601), st.floats(0, 1)),
    st.tuples(st.just('report'), NASTY, st.integers(0, 3), NASTY,
              st.dictionaries(NASTY, NASTY, max_size=3)),
    st.tuples(st.just('reaction'), NASTY, NASTY, st.booleans()),
    st.tuples(st.just('mood'), NASTY, NASTY, st.lists(NASTY, min_size=1, max_size=15, unique=True),
              st.integers(0, 2**32 - 1), st.floats(-1, 1) | st.just(math.nan)),
    st.tuples(st.just('malformed'), st.sampled_from(state.TOPICS)),
    st.tuples(st.just('ignored'), NASTY),
    st.tuples(st.just('hear'), st.integers(-32768, 32767))), max_size=8)


@settings(deadline=None)
@given(RUBBISH, st.integers(0, 150), st.integers(0, 50), st.booleans())
def test_whatever_comes_panels_keep_to_their_room(rubbish, width, height, paused):
    monitor = Monitor(now=Time(), voice_activity=Detector())
    for kind, *what in rubbish:
        if kind == 'emotion':
            labels, final, seconds, probability = what
            monitor.emotion(
                Utterance(1, 0, seconds * 10**9, seconds * 10**9, final, False),
                Emotion(labels[0], labels, np.full(len(labels), probability, np.float32),
                        probability, arousal=probability, valence=-probability))
        elif kind == 'mood':
            frame_id, speaker, labels, utterances, valence = what
            monitor.mood(frame_id, felt(labels[0], labels=labels, speaker=speaker,
                                        utterances=utterances, valence=valence,
                                        valence_trend=2 * valence))
        elif kind == 'hear':
            monitor.update_audio(Frame(np.full((512, 1), what[0], np.int16), 16000, 0, STAMP))
        else:
            getattr(monitor, kind)(*what)
    view = monitor.view()
    setting = panels.Setting('/', TOPICS, marks(view.emotions), paused)
    rooms = layout.rooms(view, width, height)
    for columns in (layout.LEFT, layout.RIGHT) if width >= layout.WIDE else (rooms,):
        assert sum(rooms[name][1] for name in {'heading', 'timeline', *columns}) <= height
    for name, (cells_wide, room) in rooms.items():
        for given_height in {room, 1, 3}:
            lines = panels.PANELS[name](view, setting, cells_wide, given_height).split('\n')
            assert len(lines) <= max(given_height, 1)
            for line in lines:
                assert line.cell_len <= max(cells_wide, 1), line.plain
                assert line.plain == '' or line.plain.isprintable()


@pytest.mark.parametrize('arousal, words', [(0.5, 'arousal +0.50  valence -0.25'), (math.nan, '')])
def test_arousal_and_valence_are_shown_where_they_are_told(monitor, arousal, words):
    utterance, emotion = told()
    monitor.emotion(utterance, replace(emotion, arousal=arousal, valence=-arousal / 2))
    setting = panels.Setting('/', TOPICS, marks(monitor.view().emotions))
    title = str(panels.newest(monitor.view(), setting, 120, 1))
    assert words in title and ('arousal' in title) == bool(words)


def mood_lines(monitor, width=140, height=4):
    """The lines of the panel of moods."""
    view = monitor.view()
    setting = panels.Setting('/', TOPICS, marks(view.emotions))
    return panels.mood(view, setting, width, height).plain.split('\n')


def test_the_mood_is_shown_once_there_is_one(monitor, clock):
    assert panels.heights(monitor.view(), 40)['mood'] == 0
    monitor.mood('ear', felt('fear', arousal=0.5, arousal_trend=0.3, valence=-0.25,
                             valence_trend=0.01))
    clock.now += 7
    assert panels.heights(monitor.view(), 40)['mood'] == 1
    line, = mood_lines(monitor)
    assert line.startswith('Mood   F fear 0.70  arousal +0.50 ↗  valence -0.25 →  utterances 3, '
                           'last 9 s ago  N')
    assert '█' in line and len(mood_lines(monitor, width=60)[0]) == 60
    monitor.mood('ear', felt(valence=-0.5, valence_trend=-0.1))
    assert 'valence -0.50 ↘  utt' in mood_lines(monitor)[0]
    monitor.mood('ear', Mood(STAMP, half_life=60.0))
    assert mood_lines(monitor) == ['Mood   nobody has spoken for a long time']


def test_each_person_at_each_microphone_has_a_line_for_the_mood(monitor):
    for frame_id, speaker in (('left', 'Anna'), ('left', ''), ('left', 'Bo')):
        monitor.mood(frame_id, felt(speaker=speaker))
    assert [line[:20] for line in mood_lines(monitor)] == [
        'Mood   strangers: A ', '       Anna: A anger', '       Bo: A anger 0']
    assert len(mood_lines(monitor, height=2)) == 2
    monitor.mood('right', felt(speaker='Bo'))
    assert any(line.startswith('       Bo at right: A') for line in mood_lines(monitor))
    assert panels.heights(monitor.view(), 40)['mood'] == 4


def test_what_is_less_important_goes_away_first(monitor):
    monitor.emotion(*told())
    for node in ('/a', '/b', '/c'):
        monitor.report(node, 0, '', {})
    before = {}
    for height in range(60):
        heights = panels.heights(monitor.view(), height)
        assert sum(heights.values()) == height
        assert all(lines >= before.get(name, 0) for name, lines in heights.items())
        before = heights
    assert panels.heights(monitor.view(), 23) == {
        'heading': 1, 'sound': 3, 'spectrogram': 0, 'newest': 8, 'mood': 0, 'reactions': 0,
        'results': 5, 'timeline': 3, 'diagnostics': 3}


# The app

def on_screen(app):
    """What the panels of an app show, line by line."""
    shown = sorted((panel for panel in app.query('Panel') if panel.display),
                   key=lambda panel: panel.region.y)
    return '\n'.join(panel.text.plain for panel in shown)


def in_app(monitor, use, size=(80, 24), namespace='/'):
    """Run the app without a terminal, and let a coroutine function use it.

    Args:
        monitor: Monitor.
        use: coroutine function of the app and textual's pilot.
        size: of the screen.
        namespace: of the node.

    Returns:
        Exit code of the app.

    """
    from emotion_ros.monitor.app import MonitorApp
    app = MonitorApp(monitor, namespace=namespace, topics=TOPICS)

    async def run():
        async with app.run_test(size=size) as pilot:
            await pilot.pause(0.3)
            await use(app, pilot)

    asyncio.run(run())
    return app.return_code


@pytest.mark.parametrize('size', SIZES, ids=str)
def test_view_fits_any_screen(monitor, clock, size):
    for frame in noise(1.0):
        monitor.update_audio(frame)
    for number, label in enumerate(LABELS):
        clock.now += 10
        monitor.emotion(*told(label, number=number))
    monitor.report('feature_extractor: state', state.WARN, 'frames malformed: 3', {'frames': '7'})

    async def use(app, pilot):
        shown = [panel for panel in app.query('Panel') if panel.display]
        assert sum(panel.region.height for panel in shown) <= max(size[1], 1)
        for panel in shown:
            assert panel.region.width == size[0]
            assert panel.region.bottom <= max(size[1], 1)
        if size[0] >= 50:
            text = on_screen(app)
            for word in ('Level', 'Voice', *LABELS, 'confidence 0.60', 'maximum 0.70', 'WARN',
                         'frames malformed: 3', 'q  quit'):
                assert word in text, (word, text)
            assert '█' in text

    in_app(monitor, use, size)


def test_view_follows_the_size_of_the_screen(monitor):
    monitor.emotion(*told())

    async def use(app, pilot):
        assert 'Probabilities' in on_screen(app)
        await pilot.resize_terminal(50, 20)
        await pilot.pause(0.3)
        assert 'Probabilities' not in on_screen(app) and 'anger' in on_screen(app)
        await pilot.resize_terminal(120, 40)
        await pilot.pause(0.3)
        assert 'Probabilities' in on_screen(app)

    in_app(monitor, use)


def test_a_wide_screen_has_two_columns_with_all_that_nodes_say(monitor):
    utterance, emotion = told()
    monitor.emotion(utterance, replace(emotion, confidence=0.25, threshold=0.5))
    monitor.mood('ear', felt())
    monitor.reaction('cheer_up', 'sadness', False)
    for frame in noise(2.0):
        monitor.update_audio(frame)
    message = ' '.join(f'word{number}' for number in range(25))
    monitor.report('ear: state', state.WARN, message, {
        f'counter {number}': str(number) for number in range(1, 31)})

    async def use(app, pilot):
        assert app.query_one('#spectrogram').region.height == 9
        assert '4 kHz  ' in on_screen(app) and '██████████' in on_screen(app)
        left, right = app.query_one('#results').region, app.query_one('#diagnostics').region
        assert left.right < right.x and right.right == 160
        assert app.query_one('#timeline').region.width == 160
        text = on_screen(app)
        assert [name for name in LABELS if name not in text] == []
        assert 'cheer_up  0 s ago, to sadness' in text and 'confidence 0.25 < 0.50' in text
        bar, = [line for line in text.splitlines() if line.startswith('confidence ')]
        assert bar.index('│') == pytest.approx(13 + 0.5 * (79 - 19), abs=1)
        words = text.split()
        assert 'word24' in words and '30' in words, 'all of the diagnostics'

    in_app(monitor, use, (160, 40))


def test_the_view_explains_itself(monitor):
    async def use(app, pilot):
        await pilot.press('?')
        await pilot.pause(0.3)
        shown = on_screen(app)
        assert 'below the threshold' in shown and '? leads back' in shown
        assert 'waiting for' not in shown and '…' not in shown
        await pilot.press('?')
        await pilot.pause(0.3)
        assert 'waiting for /audio' in on_screen(app)

    in_app(monitor, use)


def test_view_says_what_it_waits_for(monitor, clock):
    async def use(app, pilot):
        for topic in ('/audio', '/emotion', '/diagnostics'):
            assert f'waiting for {topic}' in on_screen(app)
        monitor.ignored('its type is another')
        await pilot.pause(0.3)
        assert 'its type is another' in on_screen(app)
        monitor.update_audio(noise(0.1)[0])
        await pilot.pause(0.3)
        assert 'waiting for /audio' not in on_screen(app)
        assert 'its type is another' not in on_screen(app)
        clock.now += 5
        await pilot.pause(0.3)
        assert 'no sound for 5 s' in on_screen(app)

    in_app(monitor, use)


def test_view_tells_interim_results_and_a_doubtful_emotion(monitor):
    async def use(app, pilot):
        monitor.emotion(*told('fear', emotion='unknown', final=False))
        await pilot.pause(0.3)
        assert 'So far unknown (fear?)' in on_screen(app)
        monitor.emotion(*told('fear', emotion='unknown'))
        await pilot.pause(0.3)
        assert 'Last   unknown (fear?)' in on_screen(app)

    in_app(monitor, use)


def test_view_tells_where_a_voice_comes_from(monitor):
    async def use(app, pilot):
        utterance, emotion = told()
        monitor.emotion(replace(utterance, azimuth=-1.0, azimuth_certainty=0.9), emotion)
        await pilot.pause(0.3)
        assert 'from -57°' in on_screen(app)

    in_app(monitor, use)


def test_keys_pause_clear_and_quit(monitor):
    async def use(app, pilot):
        await pilot.press('p')
        monitor.emotion(*told('anger'))
        await pilot.pause(0.3)
        assert 'PAUSED' in on_screen(app) and 'anger' not in on_screen(app)
        await pilot.press('p')
        await pilot.pause(0.3)
        assert 'PAUSED' not in on_screen(app) and 'anger' in on_screen(app)
        await pilot.press('c')
        await pilot.pause(0.3)
        assert 'anger' not in on_screen(app)
        await pilot.press('q')
        await pilot.pause(0.3)
        assert not app.is_running

    assert in_app(monitor, use) == 0


def test_malformed_messages_and_other_namespaces_are_told(monitor):
    async def use(app, pilot):
        monitor.malformed(EMOTION)
        monitor.malformed(EMOTION)
        for node in ('left/b: state', 'left/a: state', 'motor: left', 'right/a: state'):
            monitor.report(node, state.OK, '', {'state': 'active', 'frames': '7', 'lost': '0'})
        await pilot.pause(0.3)
        text = on_screen(app)
        assert ' malformed: 2 ' in text
        places = [text.index(name)
                  for name in (' a  frames 7', ' b  frames 7', 'motor: left', 'right/a')]
        assert places == sorted(places), text
        assert 'lost' not in text and 'active' not in text

    in_app(monitor, use, namespace='/left')


def test_nothing_that_a_stranger_sends_gets_to_the_terminal_as_it_is(monitor):
    nasty = ['[bold]a[/bold]', '\x1b[2Jb', 'c\nd', '[@click=app.quit]e[/]', '\u202ef']

    async def use(app, pilot):
        monitor.emotion(*told(nasty[0], labels=nasty))
        for text in nasty:
            monitor.report(text, state.WARN, text, {text: text})
        await pilot.pause(0.3)
        shown = on_screen(app)
        for text in ('[bold]a[/bold]', r'\x1b[2Jb', r'c\nd', '[@click=ap', r'\u202ef'):
            assert text in shown
        assert '\x1b' not in shown and '\u202e' not in shown

    in_app(monitor, use, (120, 40))
