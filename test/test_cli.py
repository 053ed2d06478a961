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

"""The emotion-ros command, as a user runs it."""

import csv
import errno
import json
import logging
import os
from pathlib import Path
import pickle
import shlex
import shutil
import signal
import subprocess
import sys

import pytest

from commands import refused, run, run_alone
from conftest import CLIPS, needs_tensorflow, write_video
from emotion_ros import cli
from emotion_ros.cli.classify import sound_and_films
from emotion_ros.cli.console import show_log
from emotion_ros.cli.options.output import output_file
from emotion_ros.corpora.registry import read_corpus
from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.files.paths import find_model


def test_folders_and_values_with_commas(tmp_path):
    (tmp_path / 'deep').mkdir()
    shutil.copy(CLIPS[0], tmp_path / 'deep' / 'a.flac')
    shutil.copy(CLIPS[1], tmp_path / 'b.FLAC')
    (tmp_path / 'notes.txt').write_text('no sound')
    code, out, err = run_alone('classify', '--csv', tmp_path)
    assert (code, err) == (0, '')
    rows = list(csv.DictReader(out.splitlines()))
    assert {Path(row['file']).name for row in rows} == {'a.flac', 'b.FLAC'}
    assert all(0 <= float(row['anger']) <= 1 for row in rows)
    (tmp_path / 'links').mkdir()
    (tmp_path / 'links' / 'linked').symlink_to(tmp_path / 'deep')
    (tmp_path / 'deep' / 'circle').symlink_to(tmp_path / 'links')
    assert sound_and_films(str(tmp_path / 'links')) == [
        str(tmp_path / 'links' / 'linked' / 'a.flac')]
    (tmp_path / 'beside').symlink_to(tmp_path / 'deep')
    assert sound_and_films(str(tmp_path)) == [
        str(tmp_path / 'b.FLAC'), str(tmp_path / 'deep' / 'a.flac')], 'each file once'
    (tmp_path / 'none').mkdir()
    assert 'must contain sound files' in refused('classify', tmp_path / 'none')


def test_a_folder_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    (tmp_path / 'locked').mkdir()
    scandir = os.scandir

    def refuse(path):   # as it does to those who are not root
        if Path(path).name == 'locked':
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    monkeypatch.setattr(os, 'scandir', refuse)
    with pytest.raises(EmotionError, match="locked' cannot be read: Permission denied"):
        sound_and_films(tmp_path)
    with pytest.raises(EmotionError, match="locked' cannot be read: Permission denied"):
        read_corpus(f'emodb:{tmp_path}')


def test_standard_input_is_heard_and_utterances_are_cut_as_asked():
    with open(CLIPS[0], 'rb') as clip:
        done = subprocess.run([sys.executable, '-m', 'emotion_ros', 'classify', '--json', '-',
                               '--max-utterance-duration', '1.0', '--interim-interval', '0'],
                              stdin=clip, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert results[0]['file'] == '-' and results[0]['truncated']
    assert results[0]['end'] - results[0]['start'] <= 1.0
    assert "--confidence-threshold: must be 0 to 1, got 'high'" in run(
        'classify', '--confidence-threshold', 'high', CLIPS[0])[2]
    assert '--post-roll must be at most' in refused('classify', '--post-roll', '1', CLIPS[0])


def test_jobs_change_nothing_but_the_time(tmp_path):
    broken = tmp_path / 'broken.wav'
    broken.write_bytes(b'RIFF' + bytes(100))
    found = []
    for jobs in ('1', '2'):
        with open(CLIPS[3], 'rb') as clip:   # a pipe is read, too
            done = subprocess.run(
                ['bash', '-c', 'cat | emotion-ros classify --json --jobs "$@"', 'sh', jobs,
                 *map(str, CLIPS[:2]), str(broken), '-'], stdin=clip, capture_output=True)
        found.append((done.returncode, done.stdout, done.stderr))
    (code, out, err), (other_code, other_out, other_err) = found
    assert (other_code, other_err.decode()) == (code, err.decode())
    assert other_out.decode() == out.decode()
    assert code == 1 and f'{str(broken)!r} cannot be read' in err.decode()
    assert [json.loads(line)['file'] for line in out.splitlines()] == [
        str(CLIPS[0]), str(CLIPS[1]), '-']
    assert "sound file '-' is empty" in subprocess.run(
        ['emotion-ros', 'classify', '-'], stdin=subprocess.DEVNULL, capture_output=True,
        text=True).stderr
    for jobs in ('0', '-2'):
        assert f'--jobs must be at least 1, or -1 for one per core, got {jobs}' in refused(
            'classify', '--jobs', jobs, CLIPS[0])


def test_a_request_to_end_at_a_start_with_jobs_is_no_traceback():
    for number, group, code in ((signal.SIGINT, True, 130), (signal.SIGINT, False, 130),
                                (signal.SIGTERM, False, 143)):
        done = subprocess.Popen(
            ['emotion-ros', 'classify', '--jobs', '2', *map(str, CLIPS)], start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while len(Path(f'/proc/{done.pid}/task/{done.pid}/children').read_text().split()) < 3:
            assert done.poll() is None
        (os.killpg if group else os.kill)(done.pid, number)
        _, err = done.communicate(timeout=60)
        assert (done.returncode, err) == (code, '')


def test_table_has_a_line_for_each_utterance():
    code, out, _ = run('classify', *CLIPS)
    assert code == 0
    for clip in CLIPS:
        assert str(clip) in out
    lines = [line.split() for line in out.splitlines() if line[:8].strip()[:1].isdigit()]
    assert len(lines) == len(CLIPS)
    for start, end, _, confidence, arousal, valence, *probabilities in lines:
        assert 0 <= float(start) < float(end) < 3
        assert 0 <= float(confidence) <= 1
        assert -1 <= float(arousal) <= 1 and -1 <= float(valence) <= 1
        assert sum(map(float, probabilities)) == pytest.approx(1, abs=0.05)


def test_json_lines_hold_what_is_documented():
    code, out, _ = run('classify', '--json', CLIPS[0], CLIPS[3])
    assert code == 0
    results = [json.loads(line) for line in out.splitlines()]
    for result in results:
        assert list(result) == [
            'file', 'start', 'end', 'utterance', 'final', 'truncated', 'azimuth',
            'azimuth_certainty', 'emotion', 'confidence', 'threshold', 'arousal', 'valence',
            'speaker', 'speaker_confidence', 'profile',
            'labels', 'probabilities']
        assert sum(result['probabilities']) == pytest.approx(1, abs=1e-5)
    assert [result['file'] for result in results if result['final']] == [
        str(CLIPS[0]), str(CLIPS[3])]


def test_file_without_speech_is_said(tmp_path):
    import numpy as np
    import soundfile
    soundfile.write(tmp_path / 'silence.wav', np.zeros(32000), 16000)
    code, out, _ = run('classify', tmp_path / 'silence.wav')
    assert code == 0
    assert 'no speech found' in out
    assert run('classify', '--json', tmp_path / 'silence.wav')[:2] == (0, '')


def test_video_gives_what_its_sound_gives(tmp_path):
    import soundfile

    def heard(path):
        code, out, _ = run('classify', '--json', path)
        assert code == 0
        return [{**json.loads(line), 'file': ''} for line in out.splitlines()]

    samples, rate = soundfile.read(CLIPS[0], dtype='int16', always_2d=True)
    write_video(tmp_path / 'talk.avi', samples, rate)
    assert heard(tmp_path / 'talk.avi') == heard(CLIPS[0]) != []


def test_what_cannot_be_used_is_one_line(tmp_path):
    (tmp_path / 'rubbish.wav').write_text('rubbish')
    assert 'rubbish.wav' in refused('classify', tmp_path / 'rubbish.wav')
    assert 'nowhere.wav' in refused('classify', tmp_path / 'nowhere.wav')
    code, out, err = run_alone('classify', tmp_path / 'nowhere.wav', CLIPS[0])
    assert code == 1
    assert str(CLIPS[0]) in out, 'a bad file keeps the others from being read'
    assert 'nowhere' in refused('classify', '--model', tmp_path / 'nowhere', CLIPS[0])


TOO_LONG = 'n' * 256


@pytest.mark.parametrize('arguments', [
    ['classify', TOO_LONG], ['classify', '--model', TOO_LONG, CLIPS[0]],
    ['plot', TOO_LONG, '-o', 'picture.png'], ['plot', CLIPS[0], '-o', f'{TOO_LONG}.png'],
    ['annotate', TOO_LONG, 'out'], ['corpora', 'check', f'emodb:{TOO_LONG}']],
    ids=lambda arguments: ' '.join(str(entry)[:20] for entry in arguments))
def test_a_path_that_the_system_refuses_is_one_line(tmp_path, monkeypatch, capfd, arguments):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('sys.argv', ['emotion-ros', *map(str, arguments)])
    assert cli.main() == 1
    out, err = capfd.readouterr()
    assert err.startswith('emotion-ros: ') and TOO_LONG in err and len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_replaced_is_named(tmp_path):
    (tmp_path / 'Anna.yaml').mkdir()
    assert "Anna.yaml': Is a directory" in refused(
        'enroll', 'Anna', '--replace', '--profiles', tmp_path, '--from', f'{CLIPS[0]}=anger')
    assert [path.name for path in tmp_path.iterdir()] == ['Anna.yaml']


def test_a_name_that_is_no_text_is_one_like_others(tmp_path):
    path = tmp_path / os.fsdecode(b'j\xf6rg.flac')
    path.symlink_to(CLIPS[0])
    code, out, err = run_alone('classify', TOO_LONG, path)
    assert code == 1
    assert 'File name too long' in err
    assert '0.00' in out, 'a bad name keeps the others from being read'


@pytest.mark.parametrize('arguments', [['corpora'], ['classify', CLIPS[0]]], ids=str)
def test_output_that_is_full_or_closed_is_no_traceback(arguments):
    command = ['emotion-ros', *map(str, arguments)]
    with open('/dev/full', 'w') as full:
        done = subprocess.run(command, stdout=full, text=True,
                              stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == ('emotion-ros: cannot read or write the output: '
                           'No space left on device\n')
    subprocess.run(f'{shlex.join(command)} <&- >&- 2>&-', shell=True, check=True)


def test_words_that_are_not_understood_exit_with_2():
    assert run_alone()[0] == 2
    assert run('classify')[0] == 2
    code, _, err = run('classify', '--confidence-threshold', '2', CLIPS[0])
    assert code == 2
    assert '0 to 1' in err


def test_help_and_version():
    code, out, _ = run('--help')
    assert code == 0
    assert 'classify' in out
    assert 'train' in out
    assert run('--version')[1].startswith('emotion-ros ')


def test_what_the_library_logs_is_printed_once(capsys):
    logger = logging.getLogger('emotion_ros.training.dataset')
    logger.info('silent, as long as no command runs')
    show_log()
    show_log()
    logger.debug('too much')
    logger.info('100 % of 3 clips')
    logger.warning('a file ends early')
    assert capsys.readouterr() == ('100 % of 3 clips\n', 'a file ends early\n')


def test_a_home_that_cannot_be_written_is_no_warning_of_matplotlib():
    pytest.importorskip('matplotlib', reason='Matplotlib is not installed: requirements-tools.txt')
    code = ('from emotion_ros.cli.console import show_log; show_log(); import matplotlib; '
            'matplotlib.get_configdir()')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                          env=os.environ | {'MPLCONFIGDIR': '/proc/none'})
    assert (done.returncode, done.stderr) == (0, '')


@needs_tensorflow
def test_tensorflow_backend_says_the_same():
    def finals(backend):
        code, out, err = run_alone('classify', '--json', '--backend', backend, CLIPS[1])
        assert (code, err) == (0, ''), 'TensorFlow does not talk about the machine'
        return [json.loads(line) for line in out.splitlines()]

    for one, other in zip(finals('litert'), finals('tensorflow'), strict=True):
        assert one['emotion'] == other['emotion']
        # LiteRT computes with 8 bits.
        assert one['probabilities'] == pytest.approx(other['probabilities'], abs=0.05)


def test_installed_models_are_found_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path('default').mkdir()
    for name in ('', 'default'):
        assert (find_model(name) / 'MODEL_CARD.md').is_file()
    assert find_model('./default').absolute() == tmp_path / 'default'
    assert find_model(tmp_path / 'mine') == tmp_path / 'mine'


@pytest.mark.parametrize('words, argument, named', [
    (['evaluate', '--corpus', 'x', '--model', 'default', '--report', 'x'], 'folds', '--folds'),
    (['evaluate', '--corpus', 'x', '--model', 'default', '--report', 'x'], 'augment', '--augment'),
    (['train', '--corpus', 'x', '--output', 'x'], 'corpora', '--corpus'),
    (['plot', 'in', '-o', 'x'], 'output', '--output'),
    (['plot', 'in', '-o', 'x'], 'begin', '--from'),
    (['annotate', 'in', 'out'], 'bag_out', 'BAG_OUT'),
    (['annotate', 'in', 'out'], 'elsewhere', 'elsewhere')])
def test_faults_of_arguments_name_the_option(words, argument, named):
    def fail(_):
        raise ArgumentError(argument, 'must be 2 to 7, got 1')

    if words[0] in ('evaluate', 'train'):
        pytest.importorskip('joblib', reason='joblib is not installed: requirements-train.txt')
    arguments = cli.build_parser(words[0]).parse_args(words)
    arguments.run = fail
    with pytest.raises(EmotionError, match=f'^{named} must be 2 to 7, got 1$'):
        cli.run(arguments)


@pytest.mark.parametrize('words, expected', [
    (['listen', '--array', '-0.03,0,0,.03,0,0'], ['listen', '--array=-0.03,0,0,.03,0,0']),
    (['train', '--snr', '-.5,0', '--output', 'x'], ['train', '--snr=-.5,0', '--output', 'x']),
    (['x', '--seed', '-1', '-o', '-1,2', '--'], ['x', '--seed', '-1', '-o', '-1,2', '--']),
    (['classify', '--json', 'a,b', '-'], ['classify', '--json', 'a,b', '-'])])
def test_lists_may_begin_with_a_negative_number(words, expected):
    assert cli.with_lists(words) == expected


def test_the_file_of_output_is_checked(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    assert output_file('~/a.CSV', ['.csv']) == tmp_path / 'a.CSV'
    (tmp_path / 'file').touch()
    for given, fault in (('~/a.txt', 'must end in .csv or .npz, got'), ('~', 'must end in'),
                         ('~/file/a.csv', 'written to .*: it is not a folder'),
                         (f'~/{"a" * 300}/b.csv', 'written to .*: File name too long'),
                         ('a\0/b.csv', 'written to .*: embedded null byte')):
        with pytest.raises(EmotionError, match=f'^--output .*{fault}'):
            output_file(given, ['.csv', '.npz'])


def test_faults_of_arguments_come_from_other_processes():
    error = ArgumentError('folds', 'must be 2 to 7, got 1')
    assert str(pickle.loads(pickle.dumps(error))) == 'folds must be 2 to 7, got 1'
