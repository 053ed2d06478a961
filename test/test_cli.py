"""The emotion-ros command, as a user runs it."""

import json
import subprocess

import pytest

from conftest import CLIPS, needs_tensorflow, write_video
from emotion_ros.paths import default_model


def run(*arguments):
    """Run emotion-ros; return exit code, stdout and stderr."""
    done = subprocess.run(
        ['emotion-ros', *map(str, arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def refused(*arguments):
    """Run a command that must fail; return the one line that says why."""
    code, out, err = run(*arguments)
    assert code == 1
    assert 'Traceback' not in err
    line, = [line for line in err.splitlines() if line.startswith('emotion-ros:')]
    return line


def test_table_has_a_line_for_each_utterance():
    code, out, _ = run('classify', *CLIPS)
    assert code == 0
    for clip in CLIPS:
        assert str(clip) in out
    lines = [line.split() for line in out.splitlines() if line[:8].strip()[:1].isdigit()]
    assert len(lines) == len(CLIPS)
    for start, end, _, confidence, *probabilities in lines:
        assert 0 <= float(start) < float(end) < 3
        assert 0 <= float(confidence) <= 1
        assert sum(map(float, probabilities)) == pytest.approx(1, abs=0.05)


def test_json_lines_hold_what_is_documented():
    code, out, _ = run('classify', '--json', CLIPS[0], CLIPS[3])
    assert code == 0
    results = [json.loads(line) for line in out.splitlines()]
    for result in results:
        assert list(result) == ['file', 'start', 'end', 'utterance', 'final', 'emotion',
                                'confidence', 'labels', 'probabilities']
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
    code, out, err = run('classify', tmp_path / 'nowhere.wav', CLIPS[0])
    assert code == 1
    assert str(CLIPS[0]) in out, 'a bad file keeps the others from being read'
    assert 'nowhere' in refused('classify', '--model', tmp_path / 'nowhere', CLIPS[0])


def test_words_that_are_not_understood_exit_with_2():
    assert run()[0] == 2
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


@needs_tensorflow
def test_tensorflow_backend_says_the_same():
    def finals(backend):
        _, out, _ = run('classify', '--json', '--backend', backend, CLIPS[1])
        return [json.loads(line) for line in out.splitlines()]

    for one, other in zip(finals('litert'), finals('tensorflow'), strict=True):
        assert one['emotion'] == other['emotion']
        assert one['probabilities'] == pytest.approx(other['probabilities'], abs=1e-5)


def test_default_model_is_found():
    assert (default_model() / 'MODEL_CARD.md').is_file()
