"""openSMILE fed piece by piece gives what it gives for the whole."""

import gc
import os
import subprocess
import sys
import threading

import numpy as np
import opensmile
import pytest

from conftest import CLIPS, needs_tensorflow, read_clip
from emotion_ros.audio.resampler import to_float
from emotion_ros.errors import EmotionError
from emotion_ros.features.opensmile_live import _LIBRARY, FEATURE_SETS, LiveExtraction, feature_set


def whole(name, samples):
    """Let the opensmile package process a whole signal."""
    features = feature_set(name)
    levels = [opensmile.FeatureLevel.Functionals]
    if features.descriptors:
        levels.append(opensmile.FeatureLevel.LowLevelDescriptors)
    parts = [opensmile.Smile(opensmile.FeatureSet[name.removesuffix('_full')], level)
             .process_signal(to_float(samples), 16000).to_numpy() for level in levels]
    if features.descriptors:
        missing = features.functional_rows * features.dimensions - features.functionals
        parts[0] = np.pad(parts[0][0], (0, missing)).reshape(-1, features.dimensions)
    return np.vstack(parts)


def live(name, samples, sizes):
    extraction = LiveExtraction(feature_set(name))
    position = turn = 0
    while position < len(samples):
        size = int(sizes[turn % len(sizes)])
        extraction.write(samples[position:position + size])
        position += size
        turn += 1
    extraction.finish()
    return extraction.result()


@pytest.mark.parametrize('name', FEATURE_SETS)
@pytest.mark.parametrize('path', CLIPS, ids=lambda path: path.stem)
def test_pieces_equal_the_whole_bit_for_bit(name, path):
    samples = read_clip(path)
    expected = whole(name, samples)
    assert feature_set(name).fits(expected.shape)
    sizes = np.random.default_rng(0).integers(1, 3000, 50)
    for pieces in ([512], [160, 7, 4800], sizes, [len(samples)]):
        assert np.array_equal(live(name, samples, pieces), expected)


@pytest.mark.parametrize('name', FEATURE_SETS)
def test_extractions_at_the_same_time_do_not_disturb_each_other(name):
    clips = [read_clip(path) for path in CLIPS]
    extractions = [LiveExtraction(feature_set(name)) for _ in clips]
    for start in range(0, 64000, 512):
        for extraction, samples in zip(extractions, clips):
            extraction.write(samples[start:start + 512])
    for extraction, samples in zip(extractions, clips):
        extraction.finish()
        assert np.array_equal(extraction.result(), whole(name, samples[:64000]))


@pytest.mark.parametrize('name', FEATURE_SETS)
@pytest.mark.parametrize('samples', [
    np.zeros(16000), np.full(16000, 32767), np.where(np.arange(16000) % 100 < 50, 32767, -32768),
    np.random.default_rng(0).integers(-32768, 32768, 16000)],
    ids=['silence', 'full scale', 'square', 'noise'])
def test_extreme_sound_gives_finite_values(name, samples):
    values = live(name, samples.astype(np.int16), [512])
    assert np.isfinite(values).all()


@pytest.mark.parametrize('name', FEATURE_SETS)
@pytest.mark.parametrize('count', [0, 1, 400])
def test_too_short_is_said(name, count):
    with pytest.raises(EmotionError, match='too short'):
        live(name, np.zeros(count, np.int16), [512])


@pytest.mark.parametrize('name, shape, fits', [
    ('eGeMAPSv02', (1, 88), True), ('eGeMAPSv02', (2, 88), False), ('eGeMAPSv02', (1, 87), False),
    ('ComParE_2016', (1, 6373), True), ('ComParE_2016_full', (1, 6373), False),
    ('ComParE_2016_full', (99, 65), False), ('ComParE_2016_full', (100, 65), True),
    ('ComParE_2016_full', (700, 65), True), ('ComParE_2016_full', (700, 66), False)])
def test_shapes(name, shape, fits):
    assert feature_set(name).fits(shape) == fits


def test_unknown_feature_set_is_refused_with_those_there_are():
    with pytest.raises(EmotionError, match="'IS99'.*ComParE_2016.*eGeMAPSv02"):
        feature_set('IS99')


def test_many_utterances_leave_nothing_behind():
    def resident():
        gc.collect()
        with open('/proc/self/statm', encoding='ascii') as file:
            return int(file.read().split()[1]) * 4096

    samples = read_clip(CLIPS[0])
    threads = threading.active_count()
    for number in range(120):
        if number == 40:
            before = resident()
        if number % 2:
            live('ComParE_2016', samples, [4096])
        else:
            extraction = LiveExtraction(feature_set('ComParE_2016'))
            extraction.write(samples)
            extraction.abort()
    assert threading.active_count() == threads
    assert resident() - before < 4_000_000


def test_what_is_finished_takes_no_more():
    samples = read_clip(CLIPS[0])
    extraction = LiveExtraction(feature_set('eGeMAPSv02'))
    extraction.write(samples)
    extraction.finish()
    extraction.finish()
    extraction._thread.join()
    assert extraction._smile._smileobj is None   # it was freed
    with pytest.raises(RuntimeError, match='no more'):
        extraction.write(samples)
    extraction.finish()
    assert np.array_equal(extraction.result(), live('eGeMAPSv02', samples, [512]))


LEFT_ALONE = """
import numpy as np
from emotion_ros.features.opensmile_live import LiveExtraction, feature_set
extractions = [LiveExtraction(feature_set('ComParE_2016_full')) for _ in range(2)]
for extraction in extractions:
    extraction.write(np.random.default_rng(0).normal(0, 1000, 160000).astype(np.int16))
extractions[0].finish()
"""


def test_a_program_ends_well_while_openSMILE_computes():
    done = subprocess.run([sys.executable, '-c', LEFT_ALONE], capture_output=True, text=True,
                          timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


ELSEWHERE = """
import numpy as np
from emotion_ros.features.opensmile_live import LiveExtraction, feature_set
from conftest import CLIPS, read_clip
extraction = LiveExtraction(feature_set('ComParE_2016_full'))
extraction.write(read_clip(CLIPS[0]))
extraction.finish()
print(extraction.result().tobytes().hex())
"""


def values_elsewhere(program, **environment):
    """Extract from a clip in a process of its own: bytes of the values."""
    paths = [*environment.pop('paths', []), os.path.dirname(__file__), *sys.path]
    done = subprocess.run(
        [sys.executable, '-c', program], stdout=subprocess.PIPE, check=True, text=True,
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(paths), **environment})
    return bytes.fromhex(done.stdout)


@needs_tensorflow
def test_tensorflow_may_be_loaded_before(tmp_path):
    expected = live('ComParE_2016_full', read_clip(CLIPS[0]), [512]).tobytes()
    assert values_elsewhere('import tensorflow\n' + ELSEWHERE) == expected


@pytest.mark.parametrize('name', ['jörg', "it's 50% \\ here", os.fsdecode(b'j\xf6rg')],
                         ids=['umlaut', 'signs', 'not UTF-8'])
def test_the_package_may_lie_in_any_folder(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    core = os.path.dirname(_LIBRARY.__file__)
    os.symlink(os.path.dirname(core), folder / 'opensmile')   # openSMILE does not see through
    program = ELSEWHERE + f"""
from emotion_ros.features import opensmile_live
assert str(opensmile_live._CONFIG).startswith({str(folder)!r})
"""
    expected = live('ComParE_2016_full', read_clip(CLIPS[0]), [512]).tobytes()
    assert values_elsewhere(program, paths=[os.fspath(folder)]) == expected
