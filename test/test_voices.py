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


"""Voice profiles, who speaks, and what is made of it."""

from contextlib import contextmanager
from dataclasses import replace
import math
import os
import subprocess
import sys

from builtin_interfaces.msg import Time
import numpy as np
import pytest
from rclpy.parameter import Parameter
import soundfile
from std_msgs.msg import Header
from std_srvs.srv import Trigger
import yaml

from conftest import CLIPS
from emotion_ros.audio.file_source import FileSource
from emotion_ros.cli import enroll as command, main
from emotion_ros.enrollment.game import EnrollmentGame
from emotion_ros.enrollment.profiles import make_profile, measure_worth
from emotion_ros.enrollment.utterances import LabeledUtterance, read_labels, utterances_of_file
from emotion_ros.errors import EmotionError
from emotion_ros.msg import EmotionStamped, SpeakerStamped, VoiceFeatures
from emotion_ros.nodes import emotion_classifier, qos
from emotion_ros.nodes.messages import features_to_message
from emotion_ros.voices.adaptation import adapt, centered_log
from emotion_ros.voices.profile import MAX_SIZE, read_profile, write_profile
from emotion_ros.voices.recognition import MAX_PROFILES, VoiceCalibration
from emotion_ros.voices.reported_speakers import REMEMBERED, ReportedSpeakers
from harness import Listener, wait_until
from plane_waves import CIRCLE, circle, plane_wave, to_int16
from sound_server import array_behind, needs_portaudio
from stub_voices import NetworkWithoutProfiles, StubNetwork, stub_classifier, utterance

LABELS = 'neutral anger disgust fear happiness sadness surprise'


@pytest.fixture
def network():
    return StubNetwork()


@pytest.fixture
def classifier(network):
    return stub_classifier(network)


@pytest.fixture
def clip():
    return CLIPS[0]


@pytest.fixture
def clip_frames(clip):
    return list(FileSource(clip).frames())


def said(classifier, person, emotions=None, times=1):
    """Make labeled utterances of a person: of each emotion by default."""
    return [LabeledUtterance(emotion, utterance(classifier, emotion, person, number + 1))
            for number in range(times) for emotion in emotions or classifier.description.labels]


def enroll(classifier, folder, **people):
    """Write profiles of people: {name: number}; load them."""
    for name, person in people.items():
        write_profile(make_profile(name, said(classifier, person), classifier),
                      folder / f'{name}.yaml')
    assert classifier.load_voices(folder) == []


def label_of(emotion):
    return emotion.labels[int(np.argmax(emotion.probabilities))]


def test_a_profile_is_a_small_file_without_sound(classifier, tmp_path):
    path = tmp_path / 'Anna.yaml'
    profile = make_profile('Anna', said(classifier, 1, times=3), classifier)
    write_profile(profile, path)
    assert path.stat().st_size < 100_000 and path.stat().st_mode & 0o077 == 0
    back = read_profile(path, classifier.voice_network())
    assert back.counts() == dict.fromkeys(classifier.description.labels, 3)
    assert back.label == f'Anna {back.digest[:8]}' and len(back.digest) == 64
    for name in ('embedding', 'voice'):
        assert np.array_equal(getattr(back, name), getattr(profile, name))
    assert np.linalg.norm(back.voice) == pytest.approx(1)
    assert [file.name for file in tmp_path.iterdir()] == ['Anna.yaml']


def test_emotions_weigh_alike_in_a_profile(classifier):
    few = make_profile('Anna', said(classifier, 1, ['anger', 'fear']), classifier)
    many = make_profile('Anna', said(classifier, 1, ['anger', 'fear'])
                        + said(classifier, 1, ['fear'], times=9), classifier)
    np.testing.assert_allclose(few.embedding, many.embedding, atol=1e-6)
    assert many.counts() == {'anger': 1, 'fear': 10}


def test_utterances_are_added_to_a_profile(classifier):
    whole = make_profile('Anna', said(classifier, 1, ['anger', 'fear'], times=2), classifier)
    first = make_profile('Anna', said(classifier, 1, ['anger'], times=2), classifier)
    added = make_profile('Anna', said(classifier, 1, ['fear'], times=2), classifier, first)
    assert added.counts() == whole.counts()
    np.testing.assert_allclose(added.embedding, whole.embedding, atol=1e-6)


def test_a_known_voice_is_named_and_understood(classifier, tmp_path):
    enroll(classifier, tmp_path, Anna=1, Bela=2)
    known = classifier.classify(utterance(classifier, 'fear', 1))
    assert known.speaker == 'Anna' and known.profile.startswith('Anna ')
    assert known.speaker_confidence > 0.8 and label_of(known) == 'fear'
    assert known.probabilities.sum() == pytest.approx(1) and 0 <= known.confidence <= 1
    stranger = classifier.classify(utterance(classifier, 'fear', 3))
    assert (stranger.speaker, stranger.profile) == ('', '') and stranger.speaker_confidence < 0.5


def test_strangers_lose_nothing(classifier, tmp_path):
    before = classifier.classify(utterance(classifier, 'fear', 3))
    assert np.isnan(before.speaker_confidence)
    enroll(classifier, tmp_path, Anna=1)
    after = classifier.classify(utterance(classifier, 'fear', 3))
    assert np.array_equal(before.probabilities, after.probabilities)
    assert before.confidence == after.confidence


def test_the_network_runs_once_for_strangers_and_twice_for_the_known(
        classifier, network, tmp_path):
    enroll(classifier, tmp_path, Anna=1)
    for person, speaker, count in ((3, '', 1), (1, '', 2), (1, 'Anna', 1), (3, 'nobody', 1)):
        network.runs.clear()
        for _ in range(2):   # the second time it is remembered
            classifier.classify(utterance(classifier, 'anger', person, count), speaker)
        assert len(network.runs) <= count, (person, speaker)


def test_nobody_is_recognized_by_a_model_that_tells_no_threshold(classifier, tmp_path):
    enroll(classifier, tmp_path, Anna=1)
    classifier.voices = replace(classifier.voices, calibration=VoiceCalibration())
    assert classifier.classify(utterance(classifier, 'fear', 1)).speaker == ''
    assert classifier.classify(utterance(classifier, 'fear', 1), 'Anna').profile


def test_who_is_told_to_speak_wins(classifier, tmp_path):
    enroll(classifier, tmp_path, Anna=1, Bela=2)
    told = classifier.classify(utterance(classifier, 'fear', 1), 'Bela')
    assert (told.speaker, told.speaker_confidence) == ('Bela', 1)
    assert told.profile.startswith('Bela ')
    other = classifier.classify(utterance(classifier, 'fear', 1), 'Carl')
    assert (other.speaker, other.profile) == ('Carl', '')
    classifier.speaker = 'Bela'
    assert classifier.classify(utterance(classifier, 'fear', 1)).speaker == 'Bela'
    assert classifier.classify(utterance(classifier, 'fear', 1), 'Anna').speaker == 'Anna'


def test_what_counts_is_what_was_told_last_before():
    speakers = ReportedSpeakers()
    assert speakers.at(0) == ''
    speakers.add(200, 'Bela')
    speakers.add(100, 'Anna')   # may come late
    speakers.add(300, '')
    assert [speakers.at(stamp) for stamp in (99, 100, 199, 200, 299, 300)] == [
        '', 'Anna', 'Anna', 'Bela', 'Bela', '']
    for stamp in range(1000, 1000 + REMEMBERED):
        speakers.add(stamp, 'Carl')
    assert speakers.at(250) == '' and speakers.at(10**6) == 'Carl'


def test_after_time_went_back_the_new_reports_count():
    speakers = ReportedSpeakers()
    for number in range(REMEMBERED):
        speakers.add(number * 10**9, 'Anna')
    speakers.add(10**18, 'Bela')   # a wrong stamp
    for number in range(5, 8):
        speakers.add(number * 10**9 + 1, 'Carl')
        assert speakers.at((number + 1) * 10**9) == 'Carl'
        assert speakers.at((number + 60) * 10**9) == 'Carl'


def test_adaptation_takes_off_what_is_said_of_all():
    labels = ['a', 'b', 'c']
    said = {label: (3, centered_log(np.exp(np.float32([1, 0, 4]) + 2 * np.eye(3)[number]) / 100))
            for number, label in enumerate(labels)}
    for number in range(len(labels)):
        scores = np.float32([1, 0, 4]) + 2 * np.eye(3, dtype=np.float32)[number]
        probabilities = np.exp(scores) / np.exp(scores).sum()
        assert probabilities.argmax() == 2
        adapted = adapt(probabilities, labels, said, {})
        assert adapted.dtype == np.float32 and adapted.argmax() == number
        assert adapted.sum() == pytest.approx(1)
        assert np.isfinite(adapt(probabilities, labels, {'a': said['a']}, {})).all()
    certain = adapt(np.float32([1, 0, 0]), labels, said, {})
    assert np.isfinite(certain).all() and certain.argmax() == 0


def test_more_utterances_adapt_more():
    labels, probabilities = ['a', 'b', 'c'], np.float32([0.5, 0.2, 0.3])
    near, far = np.array([0.4, -0.5, 0.1]), np.array([-1.0, 2.0, -1.0])
    average = {'a': np.zeros(3)}
    likely = [[adapt(probabilities, labels, {'a': (count, near), 'b': (count, far)}, {})[0],
               adapt(probabilities, labels, {'a': (count, far)}, average)[1]]
              for count in (1, 2, 5, 99)]
    assert (np.diff(np.transpose(likely) * [[1], [-1]], axis=1) > 0).all()


@pytest.mark.parametrize('known', ['neutral', 'neutral fear', LABELS])
def test_what_is_said_of_a_speaker_more_than_of_others_is_subtracted(known):
    labels, rng = LABELS.split(), np.random.default_rng(0)
    average = {label: 2.0 * np.eye(len(labels))[number] for number, label in enumerate(labels)}
    taken_for_disgust = 3.0 * (np.array(labels) == 'disgust')
    said_of_speaker = {label: (99, centered_log(np.exp(average[label] + taken_for_disgust)))
                       for label in known.split()}
    for label in labels:
        scores = average[label] + taken_for_disgust + rng.normal(0, 0.1, len(labels))
        probabilities = (np.exp(scores) / np.exp(scores).sum()).astype(np.float32)
        adapted = adapt(probabilities, labels, said_of_speaker, average)
        assert labels[adapted.argmax()] == label


@pytest.mark.parametrize('average', [{}, {'a': np.array([2.0, -1.0, -1.0])}])
def test_of_an_average_speaker_a_single_emotion_changes_nothing(average):
    probabilities = np.float32([0.5, 0.2, 0.3])
    adapted = adapt(probabilities, ['a', 'b', 'c'], {'a': (9, np.array([2.0, -1.0, -1.0]))},
                    average)
    np.testing.assert_allclose(adapted, probabilities, atol=1e-6)


def test_the_embedding_of_few_emotions_is_nearer_to_that_of_a_stranger(classifier):
    neutral, fear = (said(classifier, 2, [emotion]) for emotion in ('neutral', 'fear'))
    both = make_profile('Anna', neutral + fear, classifier)
    means = [entry.embedding for entry in both.emotions.values()]
    np.testing.assert_allclose(both.embedding, np.mean(means, axis=0) / 2, atol=1e-6)
    assert not make_profile('Anna', neutral, classifier).embedding.any()


def test_worth_is_measured_by_leaving_out(classifier):
    worth = measure_worth('Anna', said(classifier, 1, times=3), classifier)
    assert worth.utterances == worth.judged == worth.recognized == 21
    assert worth.with_profile == 21 and worth.as_stranger < 10
    assert classifier.voices.profiles == ()
    assert measure_worth('Anna', said(classifier, 1, ['fear']), classifier).utterances == 0
    once = measure_worth('Anna', said(classifier, 1), classifier)   # each emotion is shown once
    assert (once.judged, once.with_profile, once.as_stranger) == (0, 0, 0)
    assert 'takes two utterances of an emotion' in once.told()


def broken(content, **changes):
    """Change a profile."""
    return yaml.safe_dump(yaml.safe_load(content) | changes).encode()


@pytest.mark.parametrize('change, words', [
    (lambda content: b'', 'no mapping'),
    (lambda content: b'\x00\xff', 'not valid YAML'),
    (lambda content: b'!!python/object/apply:os.system ["false"]', 'tag'),
    (lambda content: b'a: &a [x]\nb: *a', 'anchor'),
    (lambda content: b'[' * 50_000, 'nested deeper'),
    (lambda content: content + b' ' * MAX_SIZE, 'must have at most'),
    (lambda content: b'name: Anna', 'model is missing'),
    (lambda content: broken(content, name='../x'), 'name must be'),
    (lambda content: broken(content, name=['x']), 'name must be'),
    (lambda content: broken(content, model='m' * 999), 'model must be'),
    (lambda content: broken(content, model_sha256='0' * 64), 'enroll again'),
    (lambda content: broken(content, features=['log_mel', 'x']), 'enroll again'),
    (lambda content: broken(content, emotions={}), 'emotions must be'),
    (lambda content: broken(content, emotions={'joy': {}}), 'emotions must be'),
    (lambda content: broken(content, emotions={'fear': 3}), 'fear must have'),
    (lambda content: content.replace(b'utterances: 1', b'utterances: 0'), 'utterances must be'),
    (lambda content: content.replace(b'voice: ', b'voice: AAAA'), 'voice must be 4 numbers'),
    (lambda content: content.replace(b'voice: ', b'voice: 7 #'), 'voice must be 4 numbers'),
    (lambda content: content.replace(b'embedding: AAAAAA', b'embedding: AADAfw'),
     'embedding must be 8 numbers')])   # not a number
def test_a_file_that_is_no_profile_is_one_line_and_the_others_are_read(
        classifier, tmp_path, change, words):
    enroll(classifier, tmp_path, Anna=1, Bela=2)
    path = tmp_path / 'Anna.yaml'
    changed = change(path.read_bytes())
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    fault, = classifier.load_voices(tmp_path)
    assert words in fault and 'Anna.yaml' in fault and '\n' not in fault and len(fault) < 500
    assert [profile.name for profile in classifier.voices.profiles] == ['Bela']
    assert classifier.classify(utterance(classifier, 'fear', 1)).speaker == ''


def test_folders_of_profiles_may_hold_anything(classifier, tmp_path):
    enroll(classifier, tmp_path, Anna=1)
    (tmp_path / 'B.yaml').symlink_to('Anna.yaml')
    (tmp_path / 'folder.yaml').mkdir()
    os.mkfifo(tmp_path / 'pipe.yaml')
    for name in ('.hidden.yaml', 'notes.txt'):
        (tmp_path / name).write_text('x')
    faults = classifier.load_voices(tmp_path)
    assert len(faults) == 3 and "'Anna' has one already" in faults[0]
    assert [profile.name for profile in classifier.voices.profiles] == ['Anna']
    for number in range(MAX_PROFILES + 1):
        (tmp_path / f'x{number}.yaml').write_text('')
    assert f'at most {MAX_PROFILES}' in classifier.load_voices(tmp_path)[-1]
    with pytest.raises(EmotionError, match='no such folder'):
        classifier.load_voices(tmp_path / 'missing')
    assert classifier.voices.profiles == ()


def test_models_without_profiles_refuse_in_a_line():
    classifier = stub_classifier(NetworkWithoutProfiles())
    with pytest.raises(EmotionError, match='cannot enroll speakers'):
        classifier.voice_network()
    fault, = classifier.load_voices('anywhere')
    assert 'cannot enroll speakers' in fault
    assert classifier.load_voices('') == []


def test_a_stranger_has_no_name_where_the_voice_is_between():
    calibration = VoiceCalibration(10, -5, 0.9)
    assert calibration.confidence(0.5) == pytest.approx(0.5)
    assert calibration.confidence(-1e9) >= 0 and calibration.confidence(1e9) <= 1


class Frames:
    """Stands for a microphone: each listen() gives the next list of frames."""

    def __init__(self, *recordings):
        self.recordings = list(recordings)

    def __call__(self):
        return self

    def __enter__(self):
        return self.recordings.pop(0)

    def __exit__(self, *_):
        pass


def test_the_game_hears_repeats_and_skips(classifier, clip_frames):
    silence = [frame.__class__(np.zeros_like(frame.samples), frame.sample_rate,
                               frame.first_sample, frame.stamp) for frame in clip_frames] * 9
    answers = iter(['', '', 'r', '', *['s'] * 10])
    lines = []
    microphone = Frames(silence, clip_frames, clip_frames)
    game = EnrollmentGame(classifier, microphone, ask=lambda prompt: (
        lines.append(prompt), next(answers))[1], show=lambda *text, **_: lines.extend(text))
    kept = game.play()
    assert [entry.emotion for entry in kept] == classifier.description.labels[:1]
    assert kept[0].features.utterance.duration > 10**9
    text = '\n'.join(lines)
    assert 'No speech was found' in text and 'r to repeat' in text and '█' in text
    assert 'too loud' not in text


def test_an_array_is_enrolled_as_the_robot_hears_it(run, clip, tmp_path, monkeypatch, classifier,
                                                   capsys):
    samples = FileSource(clip).samples()
    path = tmp_path / 'array.wav'
    soundfile.write(path, to_int16(plane_wave(samples, math.radians(60))), 16000)
    found = utterances_of_file(path, 'anger', classifier, array=circle())
    assert [math.degrees(entry.features.utterance.azimuth) for entry in found] == [
        pytest.approx(60, abs=5)]
    given = []
    monkeypatch.setattr(command, 'utterances_of_file', lambda *arguments, **sound: (
        given.append(sound), found)[1])
    assert run('Anna', '--from', f'{path}=anger', '--array', ','.join(map(str, CIRCLE)),
               '--hang-over', '0.6') == 0
    [sound] = given
    assert sound['segmentation'].hang_over == 0.6 and len(sound['array'].positions) == 4
    assert run('Bela', '--from', f'{path}=anger', '--array', 'nobody') == 1
    assert "'nobody'" in capsys.readouterr().err


@needs_portaudio
def test_the_game_is_played_with_a_microphone_array(server, speech, tmp_path):
    served = array_behind(server.start(), speech, math.radians(60), tmp_path)
    found = subprocess.run(
        [sys.executable, '-m', 'emotion_ros', 'enroll', 'Anna', '--profiles', tmp_path / 'new',
         '--device', 'robot_ear', '--array', ','.join(map(str, CIRCLE)),
         '--array-channels', '1,2,3,4'], input='\n\n' + 's\n' * 6, text=True, timeout=60,
        env={**os.environ, **served}, capture_output=True)
    assert (found.returncode, found.stderr) == (0, '')
    assert 's of speech; without a profile, it sounds like' in found.stdout
    assert 'Anna.yaml: neutral 1' in found.stdout


def test_labels_are_read_from_a_list(tmp_path):
    path = tmp_path / 'labels.csv'
    path.write_text('utterance, emotion\n1, fear\n2,\n3, anger\n')
    assert read_labels(path) == {1: 'fear', 3: 'anger'}
    path.write_text('Utterance;Emotion;Note\n1;fear;\n3;anger;"a, b"\n', encoding='utf-16')
    assert read_labels(path) == {1: 'fear', 3: 'anger'}
    for text, words in (('a,b\n', 'must have the columns'), ('utterance,emotion\n', 'no utterance'),
                        ('utterance,emotion\n1,fear\nx,fear\n',
                         "labels.csv' line 3: utterance must be a number, got 'x'"),
                        ('utterance,emotion\n1,fear\n1,anger\n',
                         'line 3: utterance 1 must have a single emotion, got fear and anger'),
                        ('utterance,emotion\n"1,fear\n',
                         'cannot be read: a quote is never closed')):
        path.write_text(text)
        with pytest.raises(EmotionError, match=words):
            read_labels(path)


@pytest.fixture
def run(monkeypatch, classifier, tmp_path):
    """Run `emotion-ros enroll` with the stub; gives the exit code."""
    monkeypatch.setattr(command, 'EmotionClassifier', lambda *_, **__: classifier)

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', [
            'emotion-ros', 'enroll', *map(str, arguments), '--profiles', str(tmp_path / 'new')])
        return main()
    return run


def test_files_are_enrolled_by_the_command(run, clip, tmp_path, capsys, classifier):
    assert run('Anna', '--from', f'{clip}=anger', f'{clip}=fear') == 0
    out = capsys.readouterr().out
    assert 'anger 1, fear 1' in out and 'of 2 utterances' in out
    path = tmp_path / 'new' / 'Anna.yaml'
    assert read_profile(path, classifier.voice_network()).counts() == {'anger': 1, 'fear': 1}
    for arguments, words in (
            (('Anna', '--from', f'{clip}=fear'), 'already exists'),
            (('../x', '--from', f'{clip}=fear'), 'NAME must be'),
            (('Bela', '--from', clip), 'must be FILE=EMOTION'),
            (('Bela', '--from', f'{clip}=joy'), "=joy': emotion must be one of"),
            (('Bela', '--from', f'{clip}=fear', '--neutral-only'), 'no utterance to enroll'),
            (('Bela', '--add', 'bag'), '--labels must come together'),
            (('Anna', '--add', 'bag', '--labels', 'l.csv', '--replace'), 'give one of them'),
            (('Bela', '--from', f'{clip}=fear', '--speaker', 'x'), '--speaker needs --corpus'),
            (('Bela', '--from', f'{clip}=fear', '--topic', 'x'), '--topic needs --add'),
            (('Bela', '--corpus', 'csv:nowhere.csv'), 'nowhere.csv')):
        assert run(*arguments) == 1
        line, = capsys.readouterr().err.splitlines()
        assert words in line
    assert [file.name for file in path.parent.iterdir()] == ['Anna.yaml']


def test_one_speaker_of_a_corpus_is_enrolled(run, clip, tmp_path, capsys):
    (tmp_path / 'list.csv').write_text(
        f'path,emotion,speaker\n{clip},fear,anna\n{clip.parent / "x.wav"},fear,anna\n')
    assert run('Anna', '--corpus', f'csv:{tmp_path / "list.csv"}') == 0
    assert 'fear 1' in capsys.readouterr().out
    assert run('Bela', '--corpus', f'csv:{tmp_path / "list.csv"}', '--speaker', 'bela') == 1
    assert '--speaker must be one of csv/anna, got bela' in capsys.readouterr().err


def test_the_node_tells_who_speaks_and_reads_profiles_again(classifier, tmp_path, monkeypatch):
    monkeypatch.setattr(emotion_classifier, 'Classifier', lambda *_, **__: classifier)
    enroll(classifier, tmp_path, Anna=1)
    (tmp_path / 'Bela.yaml').write_text('broken')
    with Listener() as listener, node_with(listener, profiles=str(tmp_path)) as node:
        emotions = listener.subscribe(EmotionStamped, 'emotion', qos.RESULTS)
        features = listener.node.create_publisher(
            VoiceFeatures, 'voice_features', qos.FEATURES)
        speakers = listener.node.create_publisher(SpeakerStamped, 'speaker', qos.RESULTS)
        wait_until(lambda: features.get_subscription_count() and speakers.get_subscription_count()
                   and listener.node.count_publishers('emotion'))

        def answer(person, number):
            features.publish(features_to_message(
                utterance(classifier, 'fear', person, number), 'microphone'))
            wait_until(lambda: emotions and emotions[-1].utterance == number)
            return emotions[-1].speaker

        wait_until(lambda: node._publisher.get_subscription_count())
        assert answer(1, 1) == 'Anna' and emotions[-1].profile.startswith('Anna ')
        assert answer(3, 2) == ''
        speakers.publish(SpeakerStamped(
            header=Header(stamp=Time(sec=4, nanosec=500_000_000)), speaker='Carl'))
        wait_until(lambda: node._reported_speakers.at(10**10))
        assert answer(1, 3) == 'Anna' and answer(1, 4) == 'Carl'   # of 4 to 5 s
        speakers.publish(SpeakerStamped(header=Header(stamp=Time(sec=5, nanosec=500_000_000))))
        wait_until(lambda: not node._reported_speakers.at(10**10))
        node.set_parameters([Parameter('speaker', value='Dora')])
        assert answer(1, 5) == 'Dora'
        node.set_parameters([Parameter('speaker', value='')])
        (tmp_path / 'Anna.yaml').unlink()
        told = listener.call(Trigger, 'emotion_classifier/reload_profiles', Trigger.Request())
        assert not told.success and told.message.startswith('known: nobody; ')
        assert 'Bela.yaml' in told.message and answer(1, 6) == ''


@contextmanager
def node_with(listener, **parameters):
    """Run an emotion_classifier in this process, on the executor of a harness.Listener."""
    node = emotion_classifier.EmotionClassifier(
        context=listener.node.context, parameter_overrides=[
            Parameter(name, value=value) for name, value in parameters.items()])
    node.autostart()
    listener.node.executor.add_node(node)
    try:
        yield node
    finally:
        listener.node.executor.remove_node(node)
        node.close()
        node._state_machine.destroy_when_not_in_use()
        node.destroy_node()
