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

"""Where utterances begin and end."""

from hypothesis import example, given, settings, strategies as st
import numpy as np
import pytest

from emotion_ros.audio import sample_time
from emotion_ros.audio.mono_stream import Piece
from emotion_ros.errors import EmotionError
from emotion_ros.speech.segmenter import (
    InterimDue,
    PossibleEnd,
    Segmentation,
    Segmenter,
    SpeechAudio,
    SpeechEnded,
    SpeechStarted,
)
from emotion_ros.speech.voice_activity import CHUNK

ORIGIN = 5_000_000_000
SETTINGS = {'pre_roll': 0.064, 'post_roll': 0.032, 'hang_over': 0.16, 'min_speech_duration': 0.1,
            'max_utterance_duration': 1.6, 'interim_interval': 0.32}


class Loudness:
    """Takes the first sample of a chunk for the probability of speech in percent."""

    def probability(self, chunk):
        return chunk.flat[0] / 100

    def reset(self, first_chunk):
        pass


def sound(pattern):
    """Make samples of a pattern: '#' is speech, '-' may be, '.' silence, a chunk each."""
    return np.repeat([{'#': 90, '.': 0, '-': 40}[sign] for sign in pattern], CHUNK).astype(np.int16)


def piece(samples, first_sample=0, *, gap=False):
    return Piece(samples, first_sample, ORIGIN + sample_time(first_sample), gap)


def segment(pattern, *, first_sample=0, sizes=(CHUNK,), flush=False, **changes):
    """Segment a pattern; return utterances as (first chunk, chunks, truncated, interims)."""
    return utterances(follow(pattern, first_sample, sizes, flush, **changes))


def follow(pattern, first_sample=0, sizes=(CHUNK,), flush=False, background=0.0, **changes):
    """Segment a pattern; return the events."""
    segmenter = Segmenter(Segmentation(**{**SETTINGS, **changes}), background=background,
                          voice_activity=Loudness())
    samples = sound(pattern)
    events, position, turn = [], 0, 0
    while position < len(samples):
        size = sizes[turn % len(sizes)]
        events += segmenter.push(piece(
            samples[position:position + size], first_sample + position, gap=position == 0))
        position += size
        turn += 1
    if flush:
        events += segmenter.flush()
    return events


def utterances(events):
    found = []
    for event in events:
        match event:
            case SpeechStarted(first_sample, stamp):
                assert stamp == ORIGIN + sample_time(first_sample)
                found.append([first_sample / CHUNK, 0, None, 0])
            case SpeechAudio(samples):
                found[-1][1] += len(samples) / CHUNK
            case InterimDue():
                found[-1][3] += 1
            case SpeechEnded(truncated):
                found[-1][2] = truncated
    return [tuple(utterance) for utterance in found]


def test_utterance_has_pre_roll_and_post_roll_but_no_more_silence():
    assert segment('.....#####..........') == [(3, 2 + 5 + 1, False, 0)]


def test_pause_shorter_than_the_hang_over_belongs_to_the_utterance():
    assert segment('...####....####.....') == [(1, 2 + 4 + 4 + 4 + 1, False, 1)]


def test_pause_of_the_hang_over_divides():
    assert segment('...####.....####.....') == [(1, 7, False, 0), (10, 7, False, 0)]


def feed(segmenter, pattern, first_chunk):
    """Give a pattern to a Segmenter; return the events."""
    return list(segmenter.push(piece(sound(pattern), first_chunk * CHUNK)))


def test_another_hang_over_holds_from_the_next_chunk_on():
    segmenter = Segmenter(Segmentation(**SETTINGS), voice_activity=Loudness())
    events = feed(segmenter, '...####....', 0)
    segmenter.change(Segmentation(**{**SETTINGS, 'hang_over': 0.32}))
    events += feed(segmenter, '.....###..', 11)   # a pause of 9 chunks
    segmenter.change(Segmentation(**{**SETTINGS, 'hang_over': 0.1}))
    assert utterances(events + feed(segmenter, '.', 21)) == [(1, 2 + 4 + 9 + 3 + 1, False, 1)]


CHANGES = st.builds(
    lambda **changes: Segmentation(**{**SETTINGS, **changes}), post_roll=st.floats(0, 0.1),
    hang_over=st.floats(0.1, 0.5), min_speech_duration=st.floats(0.1, 0.3),
    max_utterance_duration=st.floats(1.0, 2.0), pre_roll=st.floats(0, 0.1),
    speech_threshold=st.floats(0.2, 0.95), interim_interval=st.just(0) | st.floats(0.25, 1))


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(st.tuples(st.text('#.-', max_size=40), CHANGES), max_size=5))
def test_whatever_changes_utterances_follow_each_other_and_end(parts):
    segmenter, events, place = Segmenter(Segmentation(**SETTINGS), voice_activity=Loudness()), [], 0
    for pattern, changed in (*parts, ('.' * 20, Segmentation(**SETTINGS))):
        events += feed(segmenter, pattern, place)
        place += len(pattern)
        segmenter.change(changed)
    end = 0
    for start, chunks, truncated, _ in utterances(events):
        assert start >= end and chunks > 0
        assert truncated is not None, 'never ended'
        end = start + chunks


def test_pre_roll_never_takes_what_the_utterance_before_has():
    first, second = segment('...####.....####.....', post_roll=0.16, pre_roll=0.32)
    assert first[0] + first[1] <= second[0]


def test_too_little_speech_is_a_noise():
    assert segment('....##........#.......') == []


def test_what_is_hardly_speech_is_an_utterance_but_does_not_go_on_with_one():
    assert segment('...-----........') == [(1, 2 + 5 + 1, False, 0)]
    assert segment('...#####-----.....') == [(1, 2 + 5 + 1, False, 0)]
    assert segment('...-----#####-----.......')[0][:2] == (1, 2 + 10 + 1)


def test_long_utterance_is_cut_and_the_rest_is_another():
    found = segment('..' + '#' * 75 + '......')
    assert [(start, chunks, truncated) for start, chunks, truncated, _ in found] == [
        (0, 50, True), (50, 28, False)]


def test_end_of_the_stream_cuts_an_open_utterance():
    assert segment('...#####', flush=True) == [(1, 7, True, 0)]
    assert segment('...##', flush=True) == []


def test_gap_cuts_and_starts_anew():
    segmenter = Segmenter(Segmentation(**SETTINGS), voice_activity=Loudness())
    events = [*segmenter.push(piece(sound('..####'), 0, gap=True)),
              *segmenter.push(piece(sound('####......'), 20 * CHUNK, gap=True))]
    assert utterances(events) == [(0, 6, True, 0), (20, 5, False, 0)]


def test_chunks_lie_on_a_grid_of_the_sample_index():
    # 100 samples into a chunk: the rest of it is not judged.
    (start, _, _, _), = segment('.....#####..........', first_sample=100)
    assert start == int(start)


def test_interim_results_come_at_each_multiple():
    assert segment('..' + '#' * 30 + '......')[0][3] == 3
    assert segment('..' + '#' * 30 + '......', interim_interval=0.0)[0][3] == 0


def test_what_was_heard_before_comes_with_the_start():
    for pattern, kept in (('.....###', 3), ('.###.....##..........###', 10), ('###', 0)):
        *_, started = [event for event in follow(pattern, background=0.32)
                       if isinstance(event, SpeechStarted)]
        assert len(started.background) == kept * CHUNK
    assert len(follow('.....###')[0].background) == 0


def test_channels_stay_together():
    segmenter = Segmenter(Segmentation(**SETTINGS), background=0.32, voice_activity=Loudness())
    samples = sound('.....#####..........')
    channels = np.stack([samples, np.arange(len(samples))], axis=1)
    started, *events = segmenter.push(piece(channels, gap=True))
    heard = np.concatenate([event.samples for event in events if isinstance(event, SpeechAudio)])
    assert np.array_equal(heard, channels[3 * CHUNK:11 * CHUNK])
    assert np.array_equal(started.background, channels[:3 * CHUNK])


@pytest.mark.parametrize('pattern, pauses', [
    ('..####.', 0),                 # half of the silence that ends it, less the post-roll
    ('..####..', 0),
    ('..####...', 1),
    ('..####......', 1),
    ('..####...####', 1),
    ('..####...####.....', 2),
    ('......', 0),
    ('..##....', 0),                # a noise
])
def test_pause_is_told_before_it_is_known_to_be_the_end(pattern, pauses):
    assert follow(pattern).count(PossibleEnd()) == pauses


@settings(max_examples=200, deadline=None)
@given(pattern=st.text('#.-', max_size=100), post_roll=st.integers(0, 5))
@example('..' + '#' * 45 + '...###', 1)   # it goes on, but is too long
def test_what_is_heard_at_a_pause_is_all_if_the_utterance_ends_there(pattern, post_roll):
    events = follow(pattern + '.' * 20, post_roll=0.032 * post_roll)
    for event, following in zip(events, events[1:]):
        if isinstance(event, PossibleEnd):
            assert isinstance(following, (SpeechAudio, SpeechEnded))
        elif following == SpeechEnded(truncated=False):
            assert post_roll == 5, 'the pause was not told'


@pytest.mark.parametrize('wrong, word', [
    ({'post_roll': 0.5, 'hang_over': 0.3}, 'post_roll'),
    ({'max_utterance_duration': 1.0, 'pre_roll': 1.0}, 'max_utterance_duration must be at least'),
    ({'interim_interval': 0.02}, 'interim_interval'),
    ({'hang_over': 9.0}, 'hang_over must be 0.1 to 1.5, got 9.0'),
    ({'speech_threshold': float('nan')}, 'speech_threshold must be 0.2 to 0.95, got nan'),
])
def test_what_is_not_allowed_is_refused_and_named(wrong, word):
    with pytest.raises(EmotionError, match=word):
        Segmentation(**{**SETTINGS, **wrong})


@settings(max_examples=200, deadline=None)
@given(pattern=st.text('#.-', max_size=200))
def test_whatever_is_heard(pattern):
    end = 0
    found = segment(pattern + '.' * 20)
    for start, chunks, truncated, _ in found:
        assert start >= end, 'utterances overlap'
        assert chunks <= 50, 'longer than the longest'
        assert truncated is not None, 'never ended'
        end = start + chunks
        assert set(pattern[int(start):int(end)]) - {'.'}, 'no speech in it'


@settings(max_examples=100, deadline=None)
@given(pattern=st.text('#.-', min_size=1, max_size=100),
       sizes=st.lists(st.integers(1, 2000), min_size=1, max_size=5))
def test_sizes_of_pieces_do_not_matter(pattern, sizes):
    pattern += '.' * 20
    assert segment(pattern, sizes=sizes) == segment(pattern)
