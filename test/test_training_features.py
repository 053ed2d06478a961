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

"""The features of clips: how they are heard, kept, and computed elsewhere."""

from contextlib import contextmanager
import resource
import shutil
import sys

import numpy as np
import pytest
import soundfile

pytest.importorskip('joblib', reason='joblib is not installed: requirements-train.txt')

from conftest import CLIPS, read_clip  # noqa: E402
from emotion_ros.audio import SAMPLE_RATE, sample_time  # noqa: E402
from emotion_ros.audio.frame import Frame  # noqa: E402
from emotion_ros.audio.resampler import to_float  # noqa: E402
from emotion_ros.corpora.clip import Clip  # noqa: E402
from emotion_ros.corpora.labeled_clips import LabeledClips  # noqa: E402
from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.evaluation.conditions import InNoise  # noqa: E402
from emotion_ros.features.log_mel import LogMel  # noqa: E402
from emotion_ros.offline.pipeline import extract  # noqa: E402
from emotion_ros.speech.segmenter import Segmentation  # noqa: E402
from emotion_ros.training import features  # noqa: E402
from emotion_ros.training.augmentation import Augmentation  # noqa: E402
from emotion_ros.training.dataset import extract_examples  # noqa: E402
from emotion_ros.training.features import Extraction, extract_clips  # noqa: E402
from emotion_ros.training.recordings import read_noise  # noqa: E402
from synthetic import BROKEN, FULL, SMALL, UNHEARD, content, each, voice  # noqa: E402


def compute(paths, cache, augmentation=None, *, names=SMALL, jobs=1, backend='loky'):
    return list(extract_clips(paths, Extraction(names, str(cache), jobs, backend), augmentation))


def same(one, other):
    """Tell whether the values of two lists of clips are equal, bit for bit."""
    return [list(map(content, clip)) for clip in one] == [
        list(map(content, clip)) for clip in other]


def kept(cache):
    return sorted(cache.rglob('*.npz'))


@contextmanager
def full_disk():
    """Let no file grow beyond a few bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / 'cache'


@pytest.fixture
def noise(tmp_path):
    """A second of noise."""
    path = tmp_path / 'noise.wav'
    soundfile.write(path, 0.1 * np.random.default_rng(0).normal(size=SAMPLE_RATE), SAMPLE_RATE)
    return read_noise([path])


# What is heard

def test_a_clip_is_heard_after_a_moment_of_its_own_background():
    expected = read_clip(CLIPS[0])
    heard = features.read_with_lead(CLIPS[0])
    lead = len(heard) - len(expected)
    assert lead == features.LEAD * SAMPLE_RATE
    assert heard.dtype == np.int16
    assert np.array_equal(heard[lead:], expected)
    assert 0 < heard[:lead].std() < expected.std() / 10


def test_a_clip_with_an_offset_begins_without_a_step(tmp_path):
    path = tmp_path / 'offset.wav'
    soundfile.write(path, read_clip(CLIPS[0]) // 2 + np.int16(655), SAMPLE_RATE)
    lead = features.read_with_lead(path)[:round(features.LEAD * SAMPLE_RATE)]
    assert lead.mean() == pytest.approx(655, abs=5)


@pytest.mark.parametrize('names', [SMALL, ['log_mel'], [*FULL, 'log_mel']], ids='+'.join)
def test_the_values_are_those_that_the_robot_computes(cache, names):
    samples = features.read_with_lead(CLIPS[1])
    size = 480   # the cut into frames does not matter
    frames = [Frame(samples[start:start + size, np.newaxis], SAMPLE_RATE, start,
                    sample_time(start)) for start in range(0, len(samples), size)]
    live = [entry.matrices for entry in extract(frames, names) if entry.utterance.final]
    found = compute([CLIPS[1]], cache, names=names)
    assert live and same(found, [live])
    assert same(compute([CLIPS[1]], cache, names=names), found)   # from the cache


def test_the_audio_of_utterances_is_that_of_their_features(cache):
    [features_of_clip] = compute([CLIPS[1]], cache, names=['log_mel'])
    for _ in range(2):   # the second comes from the cache
        [with_audio] = compute([CLIPS[1]], cache, names=['log_mel', features.AUDIO])
        assert len(with_audio) == len(features_of_clip) > 0
        for entry, expected in zip(with_audio, features_of_clip, strict=True):
            assert np.array_equal(entry['log_mel'], expected['log_mel'])
            assert entry[features.AUDIO].dtype == np.int16
            log_mel = LogMel()
            log_mel.push(entry[features.AUDIO])
            assert np.array_equal(log_mel.values(), expected['log_mel'])


def test_in_processes_and_in_order(tmp_path, cache):
    paths = [tmp_path / 'silence.wav', CLIPS[0], tmp_path / 'text.wav', tmp_path / 'none.wav']
    soundfile.write(paths[0], np.zeros(SAMPLE_RATE), SAMPLE_RATE)
    paths[2].write_text('no sound')
    silence, speech, text, missing = compute(paths, cache, jobs=2)
    assert silence == []
    assert [each(np.shape, values) for values in speech] == [{'eGeMAPSv02': (1, 88)}]
    assert isinstance(text, EmotionError) and 'text.wav' in str(text)
    assert isinstance(missing, EmotionError) and 'none.wav' in str(missing)
    assert len(kept(cache)) == 2
    assert not list(cache.rglob('*.tmp'))


# Augmentation

class Recorded:
    """An augmentation that keeps what it gives."""

    def __init__(self, augmentation):
        self._augmentation = augmentation
        self.settings = augmentation.settings
        self.given = []

    def apply(self, samples, rng):
        self.given.append(self._augmentation.apply(samples, rng))
        return self.given[-1]


def test_what_is_drawn_depends_on_the_content_of_a_clip_alone(tmp_path, noise):
    first, other = (Recorded(Augmentation(seed, noise)) for seed in (0, 1))
    copy = tmp_path / 'copy.flac'
    shutil.copy(CLIPS[0], copy)
    compute([CLIPS[0], CLIPS[1]], tmp_path / 'one', first)
    compute([CLIPS[1], copy], tmp_path / 'two', first)
    compute([copy], tmp_path / 'two', other)
    one, two, *again = (samples.tobytes() for samples in first.given)
    assert one != two and again == [two, one]
    assert other.given[0].tobytes() != one


def test_the_lead_is_augmented_as_the_clip_is(cache, noise):
    augmentation = Recorded(InNoise(noise, 0))
    compute([CLIPS[0]], cache, augmentation)
    clean = features.read_with_lead(CLIPS[0])
    assert augmentation.given[0].shape == clean.shape
    added = augmentation.given[0] - to_float(clean)
    lead = round(features.LEAD * SAMPLE_RATE)
    assert added[:lead].std() == pytest.approx(added[lead:2 * lead].std(), rel=0.2)
    assert added[:lead].std() > 3 * to_float(clean[:lead]).std()


def test_augmented_values_differ_and_are_repeated(tmp_path, noise):
    clean, one = (compute([CLIPS[0]], tmp_path / 'one', augmentation)
                  for augmentation in (None, InNoise(noise, 5)))
    assert one[0] and not same(clean, one)
    assert same(compute([CLIPS[0]], tmp_path / 'two', InNoise(noise, 5)), one)


# The cache

def test_values_are_kept_in_the_cache(corpus, cache):
    path = corpus / '03a01Wa.wav'
    first = compute([path], cache, names=FULL)
    assert same(first, [[voice('03a01Wa', FULL)]])
    assert all(values.dtype == np.float32 for values in first[0][0].values())
    [file] = kept(cache)
    other = voice('03a01Ta', FULL)
    np.savez(file, **{f'0 {name}': values for name, values in other.items()})
    assert same(compute([path], cache, names=FULL), [[other]])   # not computed again
    assert not list(cache.rglob('*.tmp'))


def test_many_utterances_come_back_in_order(corpus, cache, monkeypatch):
    many = [{'a': np.full((number + 1, 2), number, np.float32), 'b': np.zeros((1, 3), np.float32)}
            for number in range(12)]
    monkeypatch.setattr(features, 'compute_values', lambda *rest: many)
    for _ in range(2):
        [found] = compute([corpus / '03a01Wa.wav'], cache)
        assert same([found], [many])
        assert [each(np.shape, values) for values in found] == [each(np.shape, values)
                                                                for values in many]


@pytest.mark.parametrize('change', ['content', 'features', 'settings', 'version', 'stages'])
def test_the_cache_is_by_content_and_settings(corpus, cache, monkeypatch, change):
    path, names = corpus / '03a01Wa.wav', SMALL
    compute([path], cache)
    if change == 'content':
        soundfile.write(path, np.ones(160) / 2, 11025)
    elif change == 'features':
        names = FULL
    elif change == 'settings':
        monkeypatch.setattr(features, 'SEGMENTATION', Segmentation(hang_over=1.0))
    elif change == 'version':
        monkeypatch.setattr(features, 'opensmile_version', lambda: '99')
    else:
        monkeypatch.setattr(features, 'STAGES', 99)
    compute([path], cache, names=names)
    assert len(kept(cache)) == 2


def test_the_cache_is_by_augmentation_and_noise(corpus, cache, noise, tmp_path):
    louder, moved = tmp_path / 'louder.wav', tmp_path / 'moved.wav'
    soundfile.write(louder, 0.2 * np.random.default_rng(0).normal(size=SAMPLE_RATE), SAMPLE_RATE)
    shutil.copy(noise.paths[0], moved)
    other = read_noise([louder])
    different = [None, Augmentation(0), Augmentation(1), Augmentation(0, noise),
                 Augmentation(0, other), Augmentation(0, noise, (5,)), InNoise(noise, 5),
                 InNoise(noise, 10), InNoise(other, 5)]
    path = corpus / '03a01Wa.wav'
    for number, augmentation in enumerate(different, 1):
        compute([path], cache, augmentation)
        assert len(kept(cache)) == number
    for augmentation in (*different, InNoise(read_noise([moved]), 5)):
        compute([path], cache, augmentation)
    assert len(kept(cache)) == len(different)


def test_a_broken_cache_file_is_made_again(corpus, cache):
    path = corpus / '03a01Wa.wav'
    first = compute([path], cache)
    [file] = kept(cache)
    whole = file.read_bytes()
    flipped = [whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1:]
               for place, bit in ((8, 0), (100, 3), (400, 7), (whole.rindex(b'PK\1\2') + 10, 0),
                                  (whole.rindex(b'PK\1\2') + 8, 0))]
    for content in (b'', whole[:200], whole[:-9], b'nonsense', b'PK\3\4nonsense', *flipped):
        file.write_bytes(content)
        assert same(compute([path], cache), first)
        assert file.read_bytes() == whole or content in flipped
    [[matrices, *_]] = first
    for other in ({'0': np.zeros(3)}, {'0 log_mel': np.zeros((9, 80), np.float32)},
                  {f'0 {name}': values[:, :5] for name, values in matrices.items()}):
        np.savez(file, **other)
        assert same(compute([path], cache), first)


def test_clips_that_cannot_be_used(corpus, cache):
    unheard, broken, missing = compute(
        [corpus / f'{name}.wav' for name in (UNHEARD, BROKEN, 'none')], cache)
    assert unheard == []
    assert 'not finite' in str(broken)
    assert 'none.wav' in str(missing)
    assert len(kept(cache)) == 1


def test_a_cache_that_cannot_be_written(corpus, cache):
    with pytest.raises(EmotionError, match='cache .* cannot be made'):
        compute([corpus / '03a01Wa.wav'], corpus / '03a01Wb.wav')
    with full_disk(), pytest.raises(EmotionError, match='cache .* cannot be written.*too large'):
        compute([corpus / '03a01Wa.wav'], cache)
    assert not [path for path in cache.rglob('*') if path.is_file()]
    compute([corpus / '03a01Wa.wav'], cache)
    assert len(kept(cache)) == 1


def test_an_unknown_block(cache):
    with pytest.raises(EmotionError, match="got 'mine'"):
        compute([], cache, names=['mine'])


# From clips to examples

def test_utterances_of_all_augmentations_keep_the_numbers_of_their_clips(corpus, cache, log):
    names = '03a01Wa', UNHEARD, BROKEN, '08a01Fa'
    clips = [Clip(corpus / f'{name}.wav', emotion, f'emodb/{name[:2]}', 'de', 'emodb')
             for name, emotion in zip(names, ('anger', 'happiness', 'anger', 'happiness'))]
    data = LabeledClips(clips, ['happiness', 'anger'],
                        {'anger': 'anger', 'happiness': 'happiness'})
    left_out = {}
    heard = extract_examples(
        data, Extraction(SMALL, str(cache), 1), [Augmentation(0), Augmentation(1), None],
        left_out=left_out)
    assert heard.clips.tolist() == [0, 0, 0, 3, 3, 3]
    assert heard.targets.tolist() == [1, 1, 1, 0, 0, 0]
    assert left_out == {'features failed': 1, 'no speech found': 1}
    assert 'no speech was found in 1 of 4 clips' in log.text
    assert log.text.count(BROKEN) == 1 and 'not finite' in log.text


def test_reasons_that_no_clip_has_are_not_told(corpus, cache):
    clips = [Clip(corpus / '03a01Wa.wav', 'anger', 'emodb/03', 'de', 'emodb')]
    left_out = {}
    extract_examples(LabeledClips(clips, ['anger', 'fear'], {'anger': 'anger'}),
                     Extraction(SMALL, str(cache), 1), left_out=left_out)
    assert left_out == {}


@pytest.mark.parametrize('augment', [0, 1])
def test_what_an_encoder_is_trained_on(cache, augment, monkeypatch):
    pytest.importorskip('tensorflow')
    from emotion_ros.training import recipe
    data = LabeledClips([Clip(CLIPS[1], 'anger', 'emodb/03', 'de', 'emodb')], ['anger', 'fear'],
                        {'anger': 'anger'})
    extraction = Extraction(('log_mel',), str(cache), 1)
    given = {}
    monkeypatch.setattr(recipe, 'fit_encoder', lambda *_, **options: given.update(options))
    for epochs in (0, 3):
        chosen = recipe.Recipe(seed=1, epochs=epochs, network='encoder', augment=augment)
        training = extract_examples(data, chosen.of_recordings(extraction))
        augmented = chosen.augmented(data, extraction)
        assert len(augmented or []) == augment   # an utterance of each copy
        assert all(set(entry) == {'log_mel'} for part in (training, augmented) if part
                   for entry in part.values)
        assert (training.audio is not None) == bool(epochs)
        if epochs:
            assert len(training.select([True]).audio) == len(training)
        chosen.fit(training, augmented, extraction, data.labels)
        assert given['epochs'] == epochs
        assert ('sources' in given) == bool(epochs)


# Backends

def test_dask_computes_what_this_machine_computes(tmp_path, noise):
    distributed = pytest.importorskip(
        'distributed', reason='distributed is not installed: requirements-test.txt')
    paths = [*CLIPS[:2], tmp_path / 'none.wav']
    here = compute(paths[:2], tmp_path / 'here', InNoise(noise, 5))
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1,
                                  dashboard_address=None) as cluster:
        import dask
        with dask.config.set({'scheduler-address': cluster.scheduler_address}):
            *there, missing = compute(paths, tmp_path / 'there', InNoise(noise, 5), jobs=-1,
                                      backend='dask')
    assert here[0] and same(here, there)
    assert isinstance(missing, EmotionError)
    assert len(kept(tmp_path / 'there')) == 2


def test_a_cluster_that_does_not_answer(cache):
    pytest.importorskip(
        'distributed', reason='distributed is not installed: requirements-test.txt')
    import dask
    with dask.config.set({'scheduler-address': 'tcp://127.0.0.1:1',
                          'distributed.comm.timeouts.connect': '0.2s'}):
        with pytest.raises(EmotionError, match='backend dask: .*127.0.0.1:1'):
            compute([CLIPS[0]], cache, backend='dask')


@pytest.mark.parametrize('backend, missing, words', [
    ('dask', 'dask.distributed', ['dask.distributed', 'pip install distributed']),
    ('dask', 'dask', ['dask', 'pip install distributed']),
    ('ray', 'ray', ['ray', 'pip install ray'])])
def test_a_missing_package_is_named(cache, monkeypatch, backend, missing, words):
    for name in [name for name in sys.modules if name.startswith(f'{missing}.')]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(EmotionError) as error:
        compute([CLIPS[0]], cache, backend=backend)
    text = str(error.value)
    assert '\n' not in text and 'None' not in text
    for word in (f'backend {backend}', *words):
        assert word in text


def test_an_error_without_a_name_names_the_package(cache, monkeypatch):
    class Nameless:
        def __getattr__(self, name):
            raise ImportError('not all of it is installed')

    monkeypatch.setitem(sys.modules, 'dask.distributed', Nameless())
    with pytest.raises(EmotionError, match='missing: distributed; install'):
        compute([CLIPS[0]], cache, backend='dask')


def test_a_package_that_a_feature_lacks_is_not_that_of_a_backend(cache, monkeypatch):
    def fail(*_):
        raise ImportError('No module named parselmouth')

    monkeypatch.setattr(features, 'compute_values', fail)
    with pytest.raises(ImportError, match='parselmouth'):
        compute([CLIPS[0]], cache)


def test_ray_gives_all_results_in_order(cache, corpus, monkeypatch):
    """Ray itself is large; here its place is taken by threads."""
    import types

    import joblib
    calls = []

    def register_ray():
        calls.append('ray')
        joblib.register_parallel_backend(
            'ray', joblib._parallel_backends.ThreadingBackend)

    monkeypatch.setitem(sys.modules, 'ray', types.ModuleType('ray'))
    monkeypatch.setitem(sys.modules, 'ray.util', types.ModuleType('ray.util'))
    monkeypatch.setitem(sys.modules, 'ray.util.joblib',
                        types.SimpleNamespace(register_ray=register_ray))
    found = compute([corpus / '03a01Wa.wav', corpus / '08a01Fa.wav'], cache, backend='ray')
    assert calls == ['ray']
    assert same(found, [[voice('03a01Wa')], [voice('08a01Fa')]])
