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

"""Which clips a model must not be tested on, and what is said of them."""

from collections import Counter
from pathlib import Path
import types

import pytest

from emotion_ros.corpora.clip import Clip
from emotion_ros.errors import EmotionError
from emotion_ros.evaluation.leakage import BY_CORPUS, BY_NAME, BY_SOUND, TrainedOn
from emotion_ros.training.training_clips import (
    TRAINING_CLIPS,
    read_training_clips,
    write_training_clips,
)


def clip(speaker, digest='', corpus='emodb'):
    return Clip('a.wav', 'anger', f'{corpus}/{speaker}', 'de', corpus, digest=digest)


def described(digests=(), **training):
    return TrainedOn(types.SimpleNamespace(training=training), frozenset(digests))


@pytest.mark.parametrize('said', [None, 'emodb', {}, {'corpora': 'emodb'}, {'corpora': [3]},
                                  {'training_speakers': 7}])
def test_a_model_that_does_not_say_what_it_was_trained_on(said, log):
    trained_on = TrainedOn(types.SimpleNamespace(training=said))
    left_out = Counter()
    assert len(trained_on.without_known([clip('a'), clip('b')], left_out)) == 2
    assert not left_out
    assert 'does not say' in log.text
    assert 'caution' in trained_on.facts([])


def test_training_speakers_are_known_by_name(log):
    trained_on = described(['1'], corpora=[{'name': 'emodb'}], training_speakers=['emodb/a', 7],
                           test_speakers=['emodb/b'])
    left_out = Counter()
    found = trained_on.without_known(
        [clip('a'), clip('a'), clip('b'), clip('new'), clip('a', corpus='ravdess')], left_out)
    assert [entry.speaker for entry in found] == ['emodb/b', 'emodb/new', 'ravdess/a']
    assert left_out == {BY_NAME: 2}
    assert f'left out 2 clips {BY_NAME}: emodb/a\n' in log.text
    assert trained_on.facts([]) == {}


def test_a_training_clip_under_another_name_gives_its_speaker_away(log):
    trained_on = described(['1'], corpora=[{'name': 'emodb'}], training_speakers=['emodb/a'])
    left_out = Counter()
    found = trained_on.without_known(
        [clip('x', '1', 'csv'), clip('x', '2', 'csv'), clip('y', '3', 'csv'), clip('a', '4')],
        left_out)
    assert [entry.speaker for entry in found] == ['csv/y']
    assert left_out == {BY_NAME: 1, BY_SOUND: 2}
    assert f'left out 2 clips {BY_SOUND}: csv/x\n' in log.text


def test_an_early_model_knows_its_corpora_but_for_the_test_speakers():
    trained_on = described(corpora=[{'name': 'emodb'}], test_speakers=['emodb/b'])
    left_out = Counter()
    found = trained_on.without_known([clip('a'), clip('b'), clip('a', corpus='tess')], left_out)
    assert [entry.speaker for entry in found] == ['emodb/b', 'tess/a']
    assert left_out == {BY_CORPUS: 1}


def test_nothing_left():
    with pytest.raises(EmotionError, match='model .*all speakers'):
        described(training_speakers=['emodb/a']).without_known([clip('a')], Counter())


def test_noise_of_the_same_name():
    noise = types.SimpleNamespace(paths=[types.SimpleNamespace(name=name)
                                         for name in ('a.wav', 'b.wav')])
    condition = types.SimpleNamespace(group='snr', change=types.SimpleNamespace(noise=noise))
    trained_on = described(['1'], training_speakers=['emodb/a'], noise=['a.wav'])
    assert trained_on.facts([condition]) == {'noise_that_the_model_was_trained_on': ['a.wav']}


def test_training_clips_are_kept(tmp_path):
    assert read_training_clips(tmp_path) == set()
    write_training_clips(tmp_path, [clip('a', 'ff'), clip('b', '0a'), clip('c'), clip('d', 'ff')])
    assert (tmp_path / TRAINING_CLIPS).read_text() == '0a\nff\n'
    assert read_training_clips(tmp_path) == {'0a', 'ff'}


def test_training_clips_that_cannot_be_told_are_said_to(tmp_path, log):
    for content in (b'\xff\0', b'0a\nclip.wav\n'):
        (tmp_path / TRAINING_CLIPS).write_bytes(content)
        with pytest.raises(EmotionError, match=f'{TRAINING_CLIPS}. must have a digest'):
            read_training_clips(tmp_path)
    trained_on = described(training_speakers=['emodb/a'])
    trained_on.without_known([clip('b', 'ff')], Counter())
    assert 'recognized by name alone' in log.text
    assert 'recognized by name alone' in trained_on.facts([])['caution']
    (tmp_path / TRAINING_CLIPS).unlink()
    (tmp_path / TRAINING_CLIPS).mkdir()
    with pytest.raises(EmotionError, match='cannot read'):
        read_training_clips(tmp_path)


def test_rooms_that_a_model_was_trained_in(log):
    pytest.importorskip('scipy', reason='SciPy is not installed: requirements-train.txt')
    from emotion_ros.evaluation.conditions import Condition, InRoom, in_noise
    from emotion_ros.training.recordings import Recordings
    from emotion_ros.training.rooms import MeasuredRooms
    trained_on = described(impulse_responses={16 * 'a': 'hall.wav'})

    def measured(*digests):
        recordings = Recordings(tuple(Path(f'{digest[0]}.wav') for digest in digests), digests)
        return Condition('rooms', 'house', InRoom(MeasuredRooms(recordings)))

    known, new = 64 * 'a', 64 * 'b'
    at_5_db, *_ = conditions = in_noise(Recordings((), ()), [5])
    assert trained_on.without_known_rooms([*conditions, measured(known, new, known)]) == [
        at_5_db, measured(new)]
    assert 'left out 2 of 3 impulse responses' in log.text
    with pytest.raises(EmotionError, match='rooms must be new to the model, got house, which is'):
        trained_on.without_known_rooms([measured(known)])
