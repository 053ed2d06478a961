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

"""Model folders: the installed one, and all kinds of broken ones."""

import collections
import os
import re
import shutil
import subprocess
import sys

from hypothesis import Phase, given, settings, strategies as st
import pytest
import yaml

from conftest import BACKENDS
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import BLOCKS
from emotion_ros.files.paths import find_model
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.model.saved_model import read_description

FILES = {'litert': 'model.tflite', 'tensorflow': 'model.keras'}


@pytest.fixture
def model(tmp_path):
    """A copy of the installed model."""
    folder = tmp_path / 'model'
    shutil.copytree(find_model(), folder)
    return folder


def change(folder, **changes):
    path = folder / 'model.yaml'
    content = yaml.safe_load(path.read_text())
    for name, value in changes.items():
        if value is None:
            content.pop(name, None)
        else:
            content[name] = value
    path.write_text(yaml.safe_dump(content))


def refused(folder, **options):
    """Return the one line with which a model is refused."""
    with pytest.raises(EmotionError) as caught:
        EmotionClassifier(folder, **options)
    text = str(caught.value)
    assert '\n' not in text
    return text


def test_description_survives_writing(model):
    description = read_description(model)
    description.write(model)
    assert read_description(model) == description


@pytest.mark.parametrize('changes, words', [
    ({'labels': ['anger']}, ['labels', '2 to 64']),
    ({'labels': [str(index) for index in range(65)]}, ['labels', '2 to 64']),
    ({'labels': 'anger'}, ['labels']),
    ({'labels': ['anger', 'anger']}, ['labels']),
    ({'labels': ['anger', 'unknown']}, ['labels', 'unknown']),
    ({'labels': ['anger', 'joy'], 'average_speaker': {}}, ['7 classes', '2 labels']),
    ({'labels': ['anger', 'joy']}, ['average_speaker', 'for each of some labels, 2 scores']),
    ({'average_speaker': {'anger': [0.0] * 6}}, ['average_speaker', '7 scores']),
    ({'average_speaker': {'joy': [0.0] * 7}}, ['average_speaker']),
    ({'average_speaker': {'anger': [float('nan')] * 7}}, ['average_speaker', 'nan']),
    ({'average_speaker': ['anger']}, ['average_speaker', 'anger']),
    ({'labels': None}, ['labels is missing']),
    ({'features': None}, ['features is missing']),
    ({'features': ['mine']}, ["'mine'", 'ComParE_2016']),
    ({'features': 'log_mel'}, ['features', 'list']),
    ({'features': [['log_mel']]}, ['features', 'list']),
    ({'features': []}, ['features', 'none']),
    ({'features': ['log_mel', 'log_mel']}, ['features', 'different']),
    ({'opensmile': None, 'features': ['eGeMAPSv02']}, ['opensmile']),
    ({'feature_set': 'ComParE_2016_full'}, ['feature_set', 'features now', 'train']),
    ({'sample_rate': 8000}, ['sample_rate', '8000', '16000']),
    ({'confidence_threshold': 1.5}, ['confidence_threshold', '1.5']),
    ({'confidence_threshold': float('nan')}, ['confidence_threshold', 'nan']),
    ({'confidence_threshold': 'high'}, ['confidence_threshold', 'high']),
    ({'name': ''}, ['name']),
    ({'version': 1}, ['version']),
])
def test_wrong_description_is_refused_and_named(model, changes, words):
    change(model, **changes)
    text = refused(model)
    for word in ['model', *words]:
        assert word in text


@pytest.mark.parametrize('names', [['eGeMAPSv02'], ['ComParE_2016'], [*BLOCKS]], ids=str)
@pytest.mark.parametrize('backend', BACKENDS)
def test_network_for_other_features_is_refused(model, names, backend):
    change(model, features=names, opensmile='2.6.0')
    text = refused(model, backend=backend)
    assert 'network' in text and 'it takes' in text


def test_openSMILE_needs_no_version_where_nothing_is_of_it(model):
    change(model, features=['log_mel'], opensmile=None)
    assert read_description(model).opensmile == ''


@pytest.mark.parametrize('name', ['sample_rate', 'confidence_threshold', 'version'])
def test_number_that_cannot_be_printed_is_refused(model, name):
    lines = (model / 'model.yaml').read_text().splitlines()
    lines = [f'{name}: 0x{"f" * 9000}' if line.startswith(name) else line for line in lines]
    (model / 'model.yaml').write_text('\n'.join(lines))
    assert re.search(f'{name} must be .*, got a huge number', refused(model))


@pytest.mark.parametrize('content', [
    b'', b'- a list', b'{', b'\xff\xfe\x00', b'!!python/object/apply:os.system ["true"]',
    b'a: &a [*a]', b'a: &a [x]\nb: [*a, *a]', b'training: !!timestamp x', b'training: !!int ""',
    b'x: ' + b'[' * 99_000, b'x: ' + b'{a: ' * 24_000, b'- ' * 49_000,
    b'training: ' + b'1:' * 20000 + b'1', b'x' * 2_000_000],
    ids=['empty', 'list', 'open', 'binary', 'object', 'recursive', 'alias', 'timestamp', 'integer',
         'deep', 'deep mapping', 'deep list', 'sexagesimal', 'huge'])
def test_rubbish_instead_of_yaml_is_refused(model, content):
    (model / 'model.yaml').write_bytes(content)
    assert 'model.yaml' in refused(model)


@settings(max_examples=30, deadline=None)
@given(content=st.dictionaries(
    st.sampled_from(['name', 'version', 'labels', 'features', 'opensmile',
                     'sample_rate', 'confidence_threshold', 'training', 'metrics']),
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(),
              st.lists(st.text()))))
def test_any_mapping_is_taken_or_refused_in_one_line(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp('model')
    (folder / 'model.yaml').write_text(yaml.safe_dump(content))
    assert refused(folder)


def test_missing_folder_and_files_are_named(model, tmp_path):
    assert 'nowhere' in refused(tmp_path / 'nowhere')
    (model / 'model.tflite').unlink()
    assert 'model.tflite' in refused(model)
    (model / 'model.yaml').unlink()
    assert 'model.yaml' in refused(model)


@pytest.mark.parametrize('backend', BACKENDS)
def test_network_that_is_none_is_refused_by_name(model, backend):
    name = FILES[backend]
    path = model / name
    whole = path.read_bytes()
    for content in (b'', b'rubbish', whole[:1000], whole[:len(whole) // 2]):
        path.write_bytes(content)
        assert name in refused(model, backend=backend)


@pytest.mark.parametrize('name', ['model.yaml', 'model.tflite'])
def test_what_is_no_regular_file_is_refused(model, name):
    (model / name).unlink()
    os.mkfifo(model / name)
    assert name in refused(model)
    (model / name).unlink()
    (model / name).symlink_to('/dev/zero')
    assert name in refused(model)


LOAD = """
import os, pathlib, random, signal, sys
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import BLOCKS
from emotion_ros.model import backends
from emotion_ros.model.classifier import EmotionClassifier

folder, seed, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
healthy = (folder / 'model.tflite').read_bytes()
draw = random.Random(seed)


def damaged():
    content = bytearray(healthy)
    end = len(content)
    least, most = draw.choice([(0, 4000), (end - 60000, end), (0, end)])
    for _ in range(draw.choice([1, 1, 4, 32])):
        content[draw.randrange(least, most)] = draw.randrange(256)
    return bytes(content)


def outcome():
    try:
        EmotionClassifier(folder)
        return 0
    except EmotionError as error:
        return 1 if str(error).isprintable() and len(str(error)) < 400 else 2


os.dup2(os.open(os.devnull, os.O_WRONLY), 2)   # LiteRT says more than the error holds
for _ in range(count):
    content = damaged()
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        backends.read_network = lambda folder, sha256: content
        code = 3
        try:
            code = outcome()
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print({0: 'loaded', 1: 'refused'}.get(code, f'ended with {code}'))
"""
"""Loads a model again and again, each time in its own process, bytes of the network changed."""


@settings(max_examples=2, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32 - 1))
def test_changed_bytes_in_the_network_do_not_end_the_process(seed):
    done = subprocess.run(
        [sys.executable, '-c', LOAD, str(find_model()), str(seed), '25'],
        capture_output=True, text=True, check=True)
    found = collections.Counter(done.stdout.splitlines())
    assert found.total() == 25
    assert set(found) <= {'loaded', 'refused'}, found


@settings(max_examples=60, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1,
                        max_size=8))
def test_changed_bytes_in_the_description_are_taken_or_refused_in_one_line(
        tmp_path_factory, changes):
    folder = tmp_path_factory.mktemp('model')
    content = bytearray((find_model() / 'model.yaml').read_bytes())
    for place, value in changes:
        content[place % len(content)] = value
    (folder / 'model.yaml').write_bytes(content)
    text = refused(folder)   # at the latest since there is no network
    assert text.isprintable()
    assert len(text) < 1000


@pytest.mark.parametrize('backend', BACKENDS)
def test_files_in_the_place_of_one_another_are_refused(model, backend):
    for name, other in [('model.tflite', 'model.keras'), ('model.keras', 'MODEL_CARD.md'),
                        ('model.tflite', 'model.yaml')]:
        shutil.copy(find_model() / other, model / name)
    text = refused(model, backend=backend)
    assert FILES[backend] in text and 'not found' not in text.lower()
    shutil.copy(find_model() / 'model.tflite', model / 'model.yaml')
    assert 'model.yaml' in refused(model, backend=backend)


def test_a_network_too_large_for_memory_is_refused(model):
    os.truncate(model / 'model.tflite', 10**12)   # a file with holes takes no room
    assert 'must have at most' in refused(model)


@pytest.mark.parametrize('name', ['../eGeMAPSv02', '/etc/passwd', 'compare/ComParE_2016.conf',
                                  'ComParE_2016\n', 'eGeMAPSv02\0', '../' * 30])
def test_a_block_is_a_name_and_no_path(model, name):
    change(model, features=[name])
    text = refused(model)
    assert 'ComParE_2016' in text
    assert text.isprintable()


@pytest.mark.parametrize('name', ['name', 'version', 'opensmile'])
@pytest.mark.parametrize('text', ['a\nb', '\x1b[2J', 'x' * 101, 'a\u202eb'],
                         ids=['newline', 'escape', 'long', 'backwards'])
def test_texts_that_would_harm_a_log_are_refused(model, name, text):
    change(model, **{name: text})
    said = refused(model)
    assert name in said
    assert said.isprintable()


def test_a_folder_with_a_newline_in_its_name_is_one_line(tmp_path):
    assert 'there is no such folder' in refused(tmp_path / 'a\nb')
    folder = tmp_path / 'c\nd'
    folder.mkdir()
    assert 'model.yaml' in refused(folder)
    (folder / 'model.yaml').write_text('- a list')
    assert 'model.yaml' in refused(folder)


@pytest.mark.parametrize('name', ['model.yaml', 'model.tflite'])
def test_links_that_lead_round_or_nowhere_are_refused(model, name):
    for target in (name, 'nowhere', '/'):
        (model / name).unlink()
        (model / name).symlink_to(target)
        assert name in refused(model)


def test_links_to_healthy_files_are_followed(model, tmp_path):
    folder = tmp_path / 'linked'
    folder.mkdir()
    for name in ('model.yaml', 'model.tflite'):
        (folder / name).symlink_to(model / name)
    assert EmotionClassifier(folder).model.startswith('default ')


def test_unknown_backend_is_refused_with_those_there_are():
    assert 'litert, tensorflow' in refused(find_model(), backend='torch')


def test_code_in_a_network_is_not_run(model, tmp_path):
    keras = pytest.importorskip('keras', reason='Keras is not installed: requirements-train.txt')
    trace = tmp_path / 'trace'
    code = eval(f'lambda values: __import__("pathlib").Path({str(trace)!r}).touch() or values')
    inputs = keras.Input((None, 80), name='log_mel')
    keras.Model(inputs, keras.layers.Lambda(code, output_shape=lambda shape: shape)(inputs)).save(
        model / 'model.keras')
    trace.unlink(missing_ok=True)   # to build it ran it
    assert 'network' in refused(model, backend='tensorflow')
    assert not trace.exists()


def test_a_threshold_of_another_score_is_refused(model):
    change(model, threshold_on='max_softmax')
    assert 'threshold_on' in refused(model)
    change(model, threshold_on='confidence')
    EmotionClassifier(model)
