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

"""openSMILE fed piece by piece gives what it gives for the whole."""

import gc
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from conftest import CLIPS, import_opensmile, needs_tensorflow, read_clip
from emotion_ros.audio.resampler import to_float
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import BLOCKS, feature_blocks
from emotion_ros.features.opensmile_live import _LIBRARY, LiveExtraction

BOTH = 'ComParE_2016', 'ComParE_2016_lld'
NAMES = ('ComParE_2016',), ('ComParE_2016_lld',), (*BOTH, 'eGeMAPSv02')

each = pytest.mark.parametrize('names', NAMES, ids='+'.join)


def whole(names, samples):
    """Let the opensmile package process a whole signal: {block: values}."""
    opensmile = import_opensmile()
    found = {}
    for name in names:
        level = (opensmile.FeatureLevel.LowLevelDescriptors if name.endswith('_lld')
                 else opensmile.FeatureLevel.Functionals)
        smile = opensmile.Smile(opensmile.FeatureSet[name.removesuffix('_lld')], level)
        found[name] = smile.process_signal(to_float(samples), 16000).to_numpy()
    return found


def same(one, other):
    return one.keys() == other.keys() and all(
        np.array_equal(values, other[name]) for name, values in one.items())


def live(names, samples, sizes):
    extraction = LiveExtraction(names)
    position = turn = 0
    while position < len(samples):
        size = int(sizes[turn % len(sizes)])
        extraction.write(samples[position:position + size])
        position += size
        turn += 1
    extraction.finish()
    return extraction.result()


@each
@pytest.mark.parametrize('path', CLIPS, ids=lambda path: path.stem)
def test_pieces_equal_the_whole_bit_for_bit(names, path):
    samples = read_clip(path)
    expected = whole(names, samples)
    assert all(BLOCKS[name].fits(values.shape) for name, values in expected.items())
    sizes = np.random.default_rng(0).integers(1, 3000, 50)
    for pieces in ([512], [160, 7, 4800], sizes, [len(samples)]):
        assert same(live(names, samples, pieces), expected)


@each
def test_extractions_at_the_same_time_do_not_disturb_each_other(names):
    clips = [read_clip(path) for path in CLIPS]
    extractions = [LiveExtraction(names) for _ in clips]
    for start in range(0, 64000, 512):
        for extraction, samples in zip(extractions, clips):
            extraction.write(samples[start:start + 512])
    for extraction, samples in zip(extractions, clips):
        extraction.finish()
        assert same(extraction.result(), whole(names, samples[:64000]))


@each
@pytest.mark.parametrize('samples', [
    np.zeros(16000), np.full(16000, 32767), np.where(np.arange(16000) % 100 < 50, 32767, -32768),
    np.random.default_rng(0).integers(-32768, 32768, 16000)],
    ids=['silence', 'full scale', 'square', 'noise'])
def test_extreme_sound_gives_finite_values(names, samples):
    for values in live(names, samples.astype(np.int16), [512]).values():
        assert np.isfinite(values).all()


@each
@pytest.mark.parametrize('count', [0, 1, 400])
def test_too_short_is_said(names, count):
    with pytest.raises(EmotionError, match='too short'):
        live(names, np.zeros(count, np.int16), [512])


@pytest.mark.parametrize('name, shape, fits', [
    ('eGeMAPSv02', (1, 88), True), ('eGeMAPSv02', (2, 88), False), ('eGeMAPSv02', (1, 87), False),
    ('ComParE_2016', (1, 6373), True), ('ComParE_2016_lld', (0, 65), False),
    ('ComParE_2016_lld', (1, 65), True), ('ComParE_2016_lld', (700, 65), True),
    ('log_mel', (700, 80), True), ('log_mel', (700, 66), False)])
def test_shapes(name, shape, fits):
    assert BLOCKS[name].fits(shape) == fits


@pytest.mark.parametrize('names, words', [
    (['IS99'], "ComParE_2016, .*eGeMAPSv02, log_mel, got 'IS99'"), ([], 'got none'),
    (['log_mel', 'log_mel'], 'different blocks, got log_mel, log_mel')])
def test_wrong_blocks_are_refused_with_those_there_are(names, words):
    with pytest.raises(EmotionError, match=words):
        feature_blocks(names)


def test_many_utterances_leave_nothing_behind():
    def resident():
        gc.collect()
        with open('/proc/self/statm', encoding='ascii') as file:
            return int(file.read().split()[1]) * 4096

    samples = read_clip(CLIPS[0])[:16000]
    threads = threading.active_count()
    for number in range(120):
        if number == 40:
            before = resident()
        if number % 2:
            live(['ComParE_2016'], samples, [4096])
        else:
            extraction = LiveExtraction(['ComParE_2016'])
            extraction.write(samples)
            extraction.abort()
    assert threading.active_count() == threads
    assert resident() - before < 4_000_000


def test_what_is_finished_takes_no_more():
    samples = read_clip(CLIPS[0])
    extraction = LiveExtraction(['eGeMAPSv02'])
    extraction.write(samples)
    extraction.finish()
    extraction.finish()
    [smile] = extraction._smiles
    smile.join()
    assert smile._smile._smileobj is None   # it was freed
    with pytest.raises(RuntimeError, match='no more'):
        extraction.write(samples)
    extraction.finish()
    assert same(extraction.result(), live(['eGeMAPSv02'], samples, [512]))


LEFT_ALONE = """
import numpy as np
from emotion_ros.features.opensmile_live import LiveExtraction
extractions = [LiveExtraction(['ComParE_2016', 'ComParE_2016_lld']) for _ in range(2)]
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
from emotion_ros.features.opensmile_live import LiveExtraction
from conftest import CLIPS, read_clip
extraction = LiveExtraction(['ComParE_2016', 'ComParE_2016_lld'])
extraction.write(read_clip(CLIPS[0]))
extraction.finish()
print(b''.join(values.tobytes() for values in extraction.result().values()).hex())
"""


def values_elsewhere(program, **environment):
    """Extract from a clip in a process of its own: bytes of the values."""
    paths = [*environment.pop('paths', []), os.path.dirname(__file__), *sys.path]
    done = subprocess.run(
        [sys.executable, '-c', program], stdout=subprocess.PIPE, check=True, text=True,
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(paths), **environment})
    return bytes.fromhex(done.stdout)


def values_here():
    return b''.join(values.tobytes()
                    for values in live(BOTH, read_clip(CLIPS[0]), [512]).values())


@needs_tensorflow
def test_tensorflow_may_be_loaded_before(tmp_path):
    assert values_elsewhere('import tensorflow\n' + ELSEWHERE) == values_here()


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
    assert values_elsewhere(program, paths=[os.fspath(folder)]) == values_here()
