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

"""Pictures of recordings show what was heard."""

from dataclasses import replace
import math
import os
import subprocess
import sys

from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.image import imread
import numpy as np
import pytest
import soundfile

from commands import refused, run, run_alone
from conftest import CLIPS, write_video
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.frame import Frame
from emotion_ros.bags import STORAGES, types
from emotion_ros.bags.emotion_palette import COLORS
from emotion_ros.bags.plot import draw, draw_figure
from emotion_ros.bags.recording import BLOCKS, Recording, Waveform, from_bag, from_file, moods_of
from emotion_ros.errors import EmotionError
from emotion_ros.features.extractor import Utterance
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import Emotion, EmotionClassifier
from emotion_ros.mood.moods import Mood
from emotion_ros.offline.pipeline import classify_file
from synthetic_bags import BEGIN, DELAY, audio, message, write_bag

LABELS = ['neutral', 'anger', 'fear']
SECOND = 10**9


@pytest.fixture(scope='module')
def classifier():
    return EmotionClassifier(find_model())


def alike(results):
    """Results in a form that can be compared."""
    return [(utterance, emotion.emotion, emotion.labels, emotion.probabilities.tolist(),
             emotion.confidence) for utterance, emotion in results]


def result(begin, end, emotion, *, number=1, final=True, probabilities=(0.2, 0.7, 0.1),
           confidence=0.6):
    """Make a result; times in s."""
    utterance = Utterance(number, 0, round(begin * SECOND), round((end - begin) * SECOND), final,
                          False)
    return utterance, Emotion(emotion, LABELS, np.float32(probabilities), confidence)


def recording(results, *, length=10.0, threshold=0.5, labels=LABELS, without=()):
    """Make a recording of a tone; without: from when to when there is no sound [s]."""
    times = np.arange(round(length * BLOCKS)) * (SECOND // BLOCKS)
    if without:
        times = times[(times < without[0] * SECOND) | (times >= without[1] * SECOND)]
    high = np.full(len(times), 16384, np.int16)
    return Recording(times, -high, high, results, labels, threshold, 0, round(length * SECOND))


def figure_of(made, begin=0.0, end=10.0, *, title='', width=7.2):
    return draw_figure(made, begin, end, title, width)


def axes_of(figure):
    sound, probabilities, confidence = figure.axes[:3]
    return sound, probabilities, confidence


RESULTS = [result(1, 3, 'unknown', final=False, probabilities=(0.4, 0.4, 0.2), confidence=0.2),
           result(1, 4, 'anger'),
           result(6, 8, 'neutral', number=2, probabilities=(0.9, 0.05, 0.05), confidence=0.9)]


def test_utterances_are_shaded_and_named():
    sound, _, _ = axes_of(figure_of(recording(RESULTS)))
    spans = [(patch.get_x(), patch.get_x() + patch.get_width(), to_hex(patch.get_facecolor()))
             for patch in sound.patches if patch.get_y() == 0]
    assert spans == [(1, 4, COLORS['anger'].lower()), (6, 8, COLORS['neutral'].lower())]
    assert [text.get_text() for text in sound.texts] == ['1 anger', '2 neutral']
    assert [text.xy[0] for text in sound.texts] == [2.5, 7]


def cells_of(figure):
    """Give what the cells of the probabilities show: {(begin, end): [value of each label]}."""
    drawn = [found for found in axes_of(figure)[1].collections
             if isinstance(found, PolyCollection) and found.get_array() is not None]
    cells = {}
    for one in drawn:
        for path, value in zip(one.get_paths(), one.get_array().filled(-1)):
            (begin, _), (end, _) = path.vertices.min(axis=0), path.vertices.max(axis=0)
            cells.setdefault((round(begin, 3), round(end, 3)), []).append(round(float(value), 3))
    return cells


def lines_of(axes):
    """Give the lines of interim results: [[(time, height), ...]]."""
    return [[tuple(point) for point in line.get_xydata().round(3)] for line in axes.lines
            if line.get_marker() == '.']


def test_final_results_take_the_whole_width_and_interim_ones_are_a_line():
    figure = figure_of(recording(RESULTS))
    _, probabilities, confidence = axes_of(figure)
    assert cells_of(figure) == {(1, 4): [0.2, 0.7, 0.1], (6, 8): [0.9, 0.05, 0.05]}
    assert lines_of(probabilities) == [   # row 0 lies from -0.5 to 0.5
        [(3, pytest.approx(row + 0.4 - 0.8 * interim)),
         (4, pytest.approx(row + 0.4 - 0.8 * final))]
        for row, (interim, final) in enumerate([(0.4, 0.2), (0.4, 0.7), (0.2, 0.1)])]
    assert [text.get_text() for text in probabilities.get_yticklabels()] == LABELS
    low, high = probabilities.get_ylim()
    assert low > high, 'the first label is not above'
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in confidence.patches]
    assert bars == [(1, 3, 0.6), (6, 2, 0.9)]
    assert lines_of(confidence) == [[(3, 0.2), (4, 0.6)]]


def test_what_the_legend_says():
    figure = figure_of(recording([*RESULTS, result(8.1, 10, 'unknown', number=3, confidence=0.1)]))
    _, _, confidence = axes_of(figure)
    assert confidence.patches[-1].get_hatch()
    threshold, = [line for line in confidence.lines if line.get_marker() != '.']
    assert set(threshold.get_ydata()) == {0.5}
    legend, = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        'threshold 0.50', 'below it: unknown', 'interim results']
    colors = {to_hex(line.get_color()) for line in legend.get_lines()}
    assert not colors & {to_hex(color) for color in COLORS.values()}


@pytest.mark.parametrize('gained', [-0.1, -0.02, 0.0, 0.001, 0.02, 0.3])
def test_a_final_result_that_follows_an_interim_one_is_drawn(gained):
    """It may have heard less than that: the silence at the end is no part of it."""
    results = [result(1, 3, 'fear', final=False), result(1, 3 + gained, 'anger'),
               result(3 + gained - 0.1, 5, 'fear', number=2)]   # they overlap: a pre-roll
    end = round(3 + gained, 3)
    figure = figure_of(recording(results))
    assert list(cells_of(figure)) == [(1, end), (round(end - 0.1, 3), 5)]
    assert len(axes_of(figure)[2].patches) == 2
    for axes in axes_of(figure)[1:]:
        for line in lines_of(axes):
            assert [time for time, _ in line] == [min(3, end), end]


@pytest.mark.parametrize('begin, end, drawn', [
    (2, 3, {(1, 4)}), (0, 1.5, {(1, 4)}), (3.9, 6.1, {(1, 4), (6, 8)}), (7.9, 10, {(6, 8)}),
    (4.5, 5.5, set())])
def test_an_utterance_that_reaches_beyond_the_part_is_drawn(begin, end, drawn):
    figure = figure_of(recording(RESULTS), begin, end)
    assert set(cells_of(figure)) == drawn
    sound, _, confidence = axes_of(figure)
    assert confidence.get_xlim() == (begin, end)
    assert len(confidence.patches) == len(drawn)
    assert len([patch for patch in sound.patches if patch.get_y() == 0]) == len(drawn)


def test_an_utterance_without_an_end_is_a_line():
    figure = figure_of(recording([
        result(1, 3, 'anger', final=False), result(5, 7, 'fear', number=2, final=False),
        result(5, 9, 'fear', number=2, final=False)]))
    assert cells_of(figure) == {}
    assert lines_of(axes_of(figure)[2]) == [[(3, 0.6)], [(7, 0.6), (9, 0.6)]]
    assert len(axes_of(figure)[1].texts) == 0, 'somebody spoke'


def test_letters_stand_for_words_that_do_not_fit():
    results = [result(3 * number, 3 * number + (1.2 if number % 4 else 2.9),
                      [*LABELS, 'unknown'][number % 4], number=number) for number in range(11)]
    figure = figure_of(recording(results, length=34.0), end=34.0)
    sound, probabilities, _ = axes_of(figure)
    words = [text.get_text() for text in sound.texts if not text.get_text().isdigit()]
    assert words == ['neutral', 'A', 'F', '?'] * 2 + ['neutral', 'A', 'F']
    assert [text.get_text() for text in probabilities.get_yticklabels()] == [
        'neutral  N', 'anger  A', 'fear  F']
    assert 'below it: unknown (?)' in [text.get_text() for text in figure.legends[0].get_texts()]


def test_unknown_threshold_is_not_drawn():
    figure = figure_of(recording(RESULTS[1:], threshold=None), title='Talk')
    assert not [line for line in axes_of(figure)[2].lines if line.get_linestyle() == '--']
    assert not figure.legends
    assert figure.get_suptitle() == 'Talk'


def test_arousal_and_valence_have_axes_where_they_are_told():
    assert len(figure_of(recording(RESULTS)).axes) == 3
    results = [(utterance, replace(emotion, arousal=0.5, valence=-0.25))
               for utterance, emotion in RESULTS]
    figure = figure_of(recording(results))
    affect = figure.axes[3]
    finals = [utterance for utterance, _ in results if utterance.final]
    spans = [line.get_segments()[0] for line in affect.collections]
    assert [span[0][1] for span in spans] == [0.5, -0.25] * len(finals)
    assert [(span[1][0] - span[0][0]) for span in spans[::2]] == pytest.approx(
        [utterance.duration / SECOND for utterance in finals])
    assert affect.get_xlabel().startswith('time') and not figure.axes[2].get_xlabel()
    assert {'arousal', 'valence'} <= {text.get_text() for text in figure.legends[0].get_texts()}


def test_the_mood_of_each_person_has_axes_where_there_are_moods():
    moods = [Mood(2 * SECOND, 1, labels=('anger', 'fear'), probabilities=(0.75, 0.25),
                  arousal=0.5, valence=-0.5),
             Mood(5 * SECOND, 2, labels=('anger', 'fear'), probabilities=(0.25, 0.75),
                  arousal=0.25, valence=-0.25),
             Mood(6 * SECOND, 1, speaker='Anna', labels=('neutral',), probabilities=(1.0,)),
             Mood(9 * SECOND, speaker='Anna')]
    results = [(utterance, replace(emotion, arousal=0.5, valence=-0.25))
               for utterance, emotion in RESULTS]
    figure = figure_of(replace(recording(results), moods=moods))
    strangers, anna = figure.axes[4:6]
    assert (strangers.get_ylabel(), anna.get_ylabel()) == ('mood', 'mood\nAnna')
    _, anger, fear = strangers.collections
    assert to_hex(anger.get_facecolor()[0]) != to_hex(fear.get_facecolor()[0])
    corners = [{tuple(corner) for corner in drawn.get_paths()[0].vertices}
               for drawn in (anger, fear)]
    assert {(2, 0.75), (5, 0.75), (5, 0.25), (10, 0.25)} <= corners[0]
    assert {(2, 1), (10, 1), (10, 0.25)} <= corners[1]
    affect = figure.axes[3]
    steps = {tuple(line.get_ydata()) for line in affect.lines if line.get_linestyle() == ':'}
    assert {(0.5, 0.25, 0.25), (-0.5, -0.25, -0.25)} <= steps
    assert 'mood' in {text.get_text() for text in figure.legends[0].get_texts()}


def test_axes_have_units_and_the_title_is_no_formula():
    figure = figure_of(recording(RESULTS), title='a $x_1$ b')
    sound, _, confidence = axes_of(figure)
    assert sound.get_ylabel() == 'sound\n[full scale]'
    assert confidence.get_ylabel() == 'confidence'
    assert confidence.get_xlabel() == 'time [s]'
    assert figure.legends[0].get_title().get_text() == 'a \\$x_1\\$ b'
    assert confidence.get_xlim() == (0, 10)


@pytest.mark.parametrize('begin, end, label, first', [
    (0, 1000, 'time [min:s]', '0:00'), (0, 3600, 'time [h:min:s]', '0:00:00'),
    (7000, 7001.5, 'time [h:min:s]', '1:56:40'), (0, 10**9, 'time [h:min:s]', '0:00:00')])
def test_long_times_are_written_in_hours_and_minutes(begin, end, label, first):
    made = recording([], length=1)
    figure = figure_of(made, begin, end)
    _, _, confidence = axes_of(figure)
    figure.draw_without_rendering()
    assert confidence.get_xlabel() == label
    texts = [text.get_text() for text in confidence.get_xticklabels()
             if begin <= text.get_position()[0] <= end]
    assert texts[0] == first
    assert 2 <= len(texts) <= 12


def test_a_part_shows_what_is_in_it():
    sound, probabilities, confidence = axes_of(figure_of(recording(RESULTS), 3.5, 7))
    assert confidence.get_xlim() == (3.5, 7)
    assert [(text.get_text(), text.xy[0]) for text in sound.texts] == [
        ('1 anger', 3.75), ('2 neutral', 6.5)]
    assert [bar.get_height() for bar in confidence.patches] == [0.6, 0.9]


def test_names_that_do_not_fit_are_left_out():
    crowded = [result(number / 10, number / 10 + 0.08, 'anger', number=number)
               for number in range(1, 99)]
    sound, _, _ = axes_of(figure_of(recording(crowded)))
    assert len([patch for patch in sound.patches if patch.get_y() == 0]) == 98
    assert not sound.texts


def test_lost_sound_leaves_a_gap():
    for without, parts in (((), 1), ((4, 6), 2)):
        sound, _, _ = axes_of(figure_of(recording([], without=without)))
        outline, = sound.collections
        assert len(outline.get_paths()) == parts
        assert outline.get_datalim(sound.transData).ymax == pytest.approx(0.5)


def test_silence_is_said():
    _, probabilities, _ = axes_of(figure_of(recording([])))
    assert [text.get_text() for text in probabilities.texts] == ['no speech found']
    figure_of(recording([], labels=[]))


def test_labels_of_any_model_are_told_apart():
    labels = [f'feeling {number}' for number in range(9)]
    results = [(Utterance(1, 0, SECOND, SECOND, True, False),
                Emotion(labels[8], labels, np.full(9, 1 / 9, np.float32), 0.9))]
    _, probabilities, _ = axes_of(figure_of(recording(results, labels=labels)))
    swatches = {to_hex(patch.get_facecolor()) for patch in probabilities.patches}
    assert len(swatches) == 9


def test_an_hour_is_drawn(tmp_path):
    hour = [result(6 * number, 6 * number + 4, LABELS[number % 3], number=number)
            for number in range(600)]
    draw(recording(hour, length=3600.0), tmp_path / 'hour.png', width=7.2)
    picture = imread(tmp_path / 'hour.png')
    assert picture.shape[1] == 2160
    assert picture[..., :3].std() > 0.1


@pytest.mark.parametrize('suffix, head', [('.png', b'\x89PNG'), ('.pdf', b'%PDF'),
                                          ('.svg', b'<?xml'), ('.PNG', b'\x89PNG')])
def test_picture_has_the_format_of_its_name(suffix, head, tmp_path):
    path = tmp_path / f'picture{suffix}'
    draw(recording(RESULTS), path, width=3.5)
    assert path.read_bytes().startswith(head)
    if suffix == '.png':
        assert imread(path).shape[1] == 1050   # 300 dots per inch


@pytest.mark.parametrize('part, reason', [
    ({'begin': -1}, 'begin must be 0 s to the end, 10.000 s, got -1 s'),
    ({'begin': 10}, 'got 10 s'), ({'begin': float('nan')}, 'got nan s'),
    ({'begin': 5, 'end': 5}, 'end must be after the beginning, 5 s, got 5 s'),
    ({'end': float('nan')}, 'got nan s')])
def test_part_outside_the_recording_is_refused(part, reason, tmp_path):
    with pytest.raises(EmotionError, match=reason):
        draw(recording(RESULTS), tmp_path / 'no.png', width=7.2, **part)
    assert not (tmp_path / 'no.png').exists()


def test_waveform_keeps_the_extremes_of_any_rate_and_channels():
    waveform = Waveform()
    samples = np.zeros((4410, 2), np.int16)
    samples[1000, 1], samples[3000, 0] = 20000, -30000
    waveform.add(Frame(samples, 44100, 0, 5 * SECOND))
    times, low, high = waveform.extremes()
    assert low.min() == -30000
    assert high.max() == 20000
    assert times[high.argmax()] == pytest.approx(5 * SECOND + 1000 / 44100 * SECOND, abs=2e6)
    assert np.diff(times).max() < 1.1e6


def test_sound_file_has_the_results_of_classify(speech_file, classifier):
    heard = from_file(speech_file, classifier)
    assert alike(heard.results) == alike(classify_file(speech_file, classifier)) != []
    assert heard.end == round(soundfile.info(speech_file).duration * SECOND)
    assert heard.times[-1] < heard.end
    assert (heard.labels, heard.threshold) == (
        classifier.description.labels, classifier.confidence_threshold)


@pytest.mark.parametrize('storage', STORAGES)
def test_bag_has_the_results_of_its_sound(storage, speech_file, classifier, tmp_path):
    bag = write_bag(tmp_path / 'bag', {'/ear/audio': audio(speech_file)}, storage=storage)
    heard = from_bag(bag, classifier)
    assert heard.begin == BEGIN
    moved = [(Utterance(one.number, one.first_sample, one.stamp + BEGIN, one.duration, one.final,
                        one.truncated), emotion)
             for one, emotion in classify_file(speech_file, classifier)]
    assert alike(heard.results) == alike(moved)
    assert heard.warnings == []


def emotion_message(*, model, emotion='joy', stamp=BEGIN + SECOND, probabilities=(0.25, 0.75),
                    threshold=0.4):
    """Make an EmotionStamped of a model with two labels."""
    return message(
        types.EMOTION_STAMPED, header={'stamp': stamp, 'frame_id': 'ear'},
        duration=types.store_of(types.EMOTION_STAMPED).types['builtin_interfaces/msg/Duration'](
            sec=1, nanosec=0),
        utterance=3, final=True, truncated=False, emotion=emotion, labels=['grief', 'joy'],
        probabilities=np.float32(probabilities), confidence=0.5, threshold=threshold,
        arousal=math.nan, valence=math.nan, speaker='',
        speaker_confidence=math.nan, profile='', azimuth=math.nan, azimuth_certainty=0.0,
        model=model)


def with_results(path, *messages):
    return write_bag(path, {
        '/audio': audio(CLIPS[0]),
        '/emotion': (types.EMOTION_STAMPED, [(BEGIN + DELAY + SECOND, data) for data in messages])})


def test_results_in_the_bag_are_drawn(classifier, tmp_path):
    heard = from_bag(with_results(tmp_path / 'a', emotion_message(model='other 1.0')), classifier)
    (utterance, emotion), = heard.results
    assert (utterance.number, utterance.stamp, utterance.duration, utterance.final) == (
        3, BEGIN + SECOND, SECOND, True)
    assert (emotion.emotion, emotion.probabilities.tolist()) == ('joy', [0.25, 0.75])
    assert heard.labels == ['grief', 'joy']
    assert heard.threshold == pytest.approx(0.4)
    changed = from_bag(with_results(
        tmp_path / 'b', *(emotion_message(model='other 1.0', threshold=threshold)
                          for threshold in (0.4, 0.6))), classifier)
    assert changed.threshold is None, 'it was changed meanwhile'


def mood_message(**fields):
    """Make a Mood message of one utterance, with any fields."""
    duration = types.store_of(types.MOOD).types['builtin_interfaces/msg/Duration']
    return message(types.MOOD, **{
        'header': {'stamp': BEGIN + 2 * SECOND, 'frame_id': 'ear'}, 'speaker': '', 'utterances': 1,
        'since_last': duration(sec=0, nanosec=0), 'half_life': 60.0, 'weight': 1.0,
        'labels': ['grief', 'joy'], 'probabilities': np.float32([0.25, 0.75]), 'arousal': 0.5,
        'valence': -0.5, 'arousal_trend': math.nan, 'valence_trend': math.nan, **fields})


def test_moods_in_the_bag_are_drawn_and_malformed_ones_counted(classifier, tmp_path):
    wrong = [mood_message(**fields) for fields in (
        {'valence': 2.0}, {'weight': math.nan}, {'utterances': 0}, {'speaker': 'x' * 101},
        {'probabilities': np.float32([1])})]
    bag = write_bag(tmp_path / 'bag', {
        '/audio': audio(CLIPS[0]), '/emotion': (types.EMOTION_STAMPED, [
            (BEGIN + SECOND, emotion_message(model='other 1.0'))]),
        '/mood': (types.MOOD, [(BEGIN + SECOND, data) for data in (
            *wrong, b'\x00', mood_message())])})
    heard = from_bag(bag, classifier)
    mood, = heard.moods
    assert (mood.emotion, mood.valence, mood.stamp) == ('joy', -0.5, BEGIN + 2 * SECOND)
    assert heard.warnings[0].startswith('messages malformed: 6 (')
    code, out, err = run_alone('plot', bag, '-o', tmp_path / 'a.png', '--width', 4)
    assert (code, err) == (0, '')


def test_the_mood_of_a_file_is_computed_where_it_is_asked_for(speech_file, classifier, tmp_path):
    results = from_file(speech_file, classifier).results
    first, second = moods_of(results, 20.0)
    assert (first.utterances, second.utterances, second.half_life) == (1, 2, 20.0)
    for number, options in enumerate(([], ['--mood'], ['--mood', '20'])):
        picture = tmp_path / f'{number}.png'
        assert run('plot', speech_file, '-o', picture, *options)[0] == 0
    heights = [imread(tmp_path / f'{number}.png').shape[0] for number in range(3)]
    assert heights[0] < heights[1] == heights[2]


def test_a_topic_without_results_counts_as_none(classifier, tmp_path):
    bag = write_bag(tmp_path / 'bag', {
        '/audio': audio(CLIPS[0]), '/emotion': (types.EMOTION_STAMPED, [])})
    assert len(from_bag(bag, classifier).results) == 1


def test_malformed_results_are_counted(classifier, tmp_path):
    heard = from_bag(with_results(
        tmp_path / 'bag', emotion_message(model='m'), b'\x00', emotion_message(
            model='m', probabilities=(0.5, float('nan'))), emotion_message(
            model='m', probabilities=(1,))), classifier)
    assert len(heard.results) == 1
    assert heard.warnings[0].startswith('messages malformed: 3 (')


def test_command_draws_bags_files_and_videos(speech_file, tmp_path):
    samples, rate = soundfile.read(CLIPS[0], dtype='int16', always_2d=True)
    write_video(tmp_path / 'talk.avi', samples, rate)
    bag = write_bag(tmp_path / 'bag', {'/audio': audio(speech_file)})
    for number, (source, count) in enumerate([
            (speech_file, 2), (bag, 2), (bag / 'bag.mcap', 2), (tmp_path / 'talk.avi', 1)]):
        picture = tmp_path / f'{number}.png'
        code, out, err = run('plot', source, '-o', picture, '--width', 4, '--to', 3)
        assert (code, err) == (0, '')
        assert out.startswith(f'{picture}: utterances: {count} in ')
        assert imread(picture).shape[1] == 1200


@pytest.mark.parametrize('backend', ['TkAgg', 'module://nowhere', 'nonsense'])
def test_needs_no_display(tmp_path, backend):
    program = 'import sys; from emotion_ros.cli import main; ' \
              'sys.exit(main() or int("matplotlib.pyplot" in sys.modules))'
    done = subprocess.run(
        [sys.executable, '-c', program, 'plot', CLIPS[0], '-o', tmp_path / 'a.png'],
        env={**os.environ, 'DISPLAY': '', 'MPLBACKEND': backend}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_cannot_be_used_is_one_line(tmp_path):
    clip = CLIPS[0]
    assert '--output must end in .png or .pdf or .svg' in refused(
        'plot', clip, '-o', tmp_path / 'a.jpg')
    assert '--output cannot be written to' in refused(
        'plot', clip, '-o', tmp_path / 'no' / 'a.png')
    (tmp_path / 'taken.png').mkdir()
    assert '--output must be a file' in refused('plot', clip, '-o', tmp_path / 'taken.png')
    picture = '-o', tmp_path / 'a.png'
    assert '--width must be 3 to 40, got 99' in refused('plot', clip, *picture, '--width', 99)
    assert 'got 99 s' in refused('plot', clip, *picture, '--from', 99)
    assert '--mood must be 1 to 86400, got nan' in refused('plot', clip, *picture, '--mood', 'nan')
    assert '--topic needs a bag' in refused('plot', clip, *picture, '--topic', '/audio')
    assert 'no such file' in refused('plot', tmp_path / 'no.wav', *picture)
    assert 'no such file' in refused('plot', tmp_path / 'no.mcap', *picture)
    assert 'metadata.yaml: there is no such file' in refused('plot', tmp_path, *picture)
    both = write_bag(tmp_path / 'bag', {'/left/audio': audio(clip), '/right/audio': audio(clip)})
    assert '--topic must be given, since the bag has audio on several: /left/audio' in refused(
        'plot', both, *picture)
    assert not (tmp_path / 'a.png').exists()
    assert run('plot', both, *picture, '--topic', '/left/audio')[0] == 0
    mute = write_bag(tmp_path / 'mute', {'/audio': (types.AUDIO_FRAME, [(BEGIN, b'')])})
    assert "'/audio' has no usable audio: it is not a valid emotion_ros" in refused(
        'plot', mute, *picture)


def test_sample_rate_of_the_stages_fits_the_blocks():
    assert SAMPLE_RATE % BLOCKS == 0
