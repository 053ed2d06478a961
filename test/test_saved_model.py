"""Model folders: the installed one, and all kinds of broken ones."""

import os
import shutil

from hypothesis import given, settings, strategies as st
import pytest
import yaml

from emotion_ros.errors import EmotionError
from emotion_ros.features.opensmile_live import FEATURE_SETS, feature_set
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.model.saved_model import read_description
from emotion_ros.paths import default_model

FEATURES = feature_set(read_description(default_model()).feature_set)
"""What the installed model takes."""

OTHERS = [entry for entry in FEATURE_SETS.values() if entry != FEATURES]


@pytest.fixture
def model(tmp_path):
    """A copy of the installed model."""
    folder = tmp_path / 'model'
    shutil.copytree(default_model(), folder)
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
    ({'labels': ['anger']}, ['labels', 'two']),
    ({'labels': 'anger'}, ['labels']),
    ({'labels': ['anger', 'anger']}, ['labels']),
    ({'labels': ['anger', 'unknown']}, ['labels', 'unknown']),
    ({'labels': ['anger', 'joy']}, ['7 classes', '2 labels']),
    ({'labels': None}, ['labels is missing']),
    ({'feature_set': OTHERS[0].name},
     ['dimensions', str(FEATURES.dimensions), str(OTHERS[0].dimensions)]),
    ({'feature_set': 'mine'}, ['mine', 'ComParE_2016']),
    ({'feature_set': ['mine']}, ['feature_set']),
    ({'dimensions': -1}, ['dimensions', '-1', str(FEATURES.dimensions)]),
    ({'dimensions': True}, ['dimensions']),
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


@pytest.mark.parametrize('other', OTHERS, ids=lambda other: other.name)
@pytest.mark.parametrize('backend', ['litert', 'tensorflow'])
def test_network_for_another_feature_set_is_refused(model, other, backend):
    change(model, feature_set=other.name, dimensions=other.dimensions)
    assert 'network' in refused(model, backend=backend)


@pytest.mark.parametrize('name', ['dimensions', 'confidence_threshold', 'version'])
def test_number_that_cannot_be_printed_is_refused(model, name):
    lines = (model / 'model.yaml').read_text().splitlines()
    lines = [f'{name}: 0x{"f" * 9000}' if line.startswith(name) else line for line in lines]
    (model / 'model.yaml').write_text('\n'.join(lines))
    assert f'{name} is a huge number' in refused(model)


@pytest.mark.parametrize('content', [
    b'', b'- a list', b'{', b'\xff\xfe\x00', b'!!python/object/apply:os.system ["true"]',
    b'a: &a [*a]', b'a: &a [x]\nb: [*a, *a]', b'training: !!timestamp x', b'training: !!int ""',
    b'x: ' + b'[' * 5000, b'training: ' + b'1:' * 20000 + b'1', b'x' * 2_000_000],
    ids=['empty', 'list', 'open', 'binary', 'object', 'recursive', 'alias', 'timestamp', 'integer',
         'deep', 'sexagesimal', 'huge'])
def test_rubbish_instead_of_yaml_is_refused(model, content):
    (model / 'model.yaml').write_bytes(content)
    assert 'model.yaml' in refused(model)


@settings(max_examples=30, deadline=None)
@given(content=st.dictionaries(
    st.sampled_from(['name', 'version', 'labels', 'feature_set', 'dimensions', 'opensmile',
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


@pytest.mark.parametrize('backend, name', [
    ('litert', 'model.tflite'), ('tensorflow', 'model.keras')])
def test_network_that_is_none_is_refused_by_name(model, backend, name):
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


def test_unknown_backend_is_refused_with_those_there_are():
    assert 'litert, tensorflow' in refused(default_model(), backend='torch')
