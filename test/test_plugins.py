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

"""Features and networks of another package: the example of docs/plugins.md, installed and used."""

from importlib.metadata import version
import re
import sys

import numpy as np
import pytest

tomllib = pytest.importorskip('tomllib')   # of Python 3.11

from conftest import CLIPS, REPOSITORY, needs_tensorflow  # noqa: E402
from emotion_ros import plugins  # noqa: E402
from emotion_ros.audio.file_source import FileSource  # noqa: E402
from emotion_ros.cli.feature_table import columns_of, whole_of  # noqa: E402
from emotion_ros.errors import EmotionError  # noqa: E402
from emotion_ros.features.blocks import FeatureBlock, find_block  # noqa: E402
from emotion_ros.features.extractor import VoiceFeatures  # noqa: E402
from emotion_ros.offline.pipeline import extract  # noqa: E402


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package: its name, {group: {name: target}} and {module: text}."""
    def clear():
        plugins._entries.cache_clear()
        plugins.load_plugin.cache_clear()

    def installed(name, groups, modules):
        folder = tmp_path / name
        data = folder / f'{name.replace("-", "_")}-1.0.dist-info'
        data.mkdir(parents=True)
        (data / 'METADATA').write_text(f'Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n')
        (data / 'entry_points.txt').write_text('\n'.join(
            f'[{group}]\n' + '\n'.join(f'{entry} = {target}' for entry, target in entries.items())
            for group, entries in groups.items()))
        for module, text in modules.items():
            (folder / f'{module}.py').write_text(text)
        monkeypatch.syspath_prepend(folder)
        clear()

    before = set(sys.modules)
    yield installed
    for module in set(sys.modules) - before:
        if module.startswith('my_'):
            del sys.modules[module]
    clear()


@pytest.fixture
def example(install):
    """Install what docs/plugins.md shows."""
    text = (REPOSITORY / 'docs' / 'plugins.md').read_text()
    [project] = re.findall(r'```toml\n(.*?)```', text, re.S)
    modules = re.findall(r'In `(\w+)\.py`:\n\n```python\n(.*?)```', text, re.S)
    project = tomllib.loads(project)['project']
    install(project['name'], project['entry-points'], dict(modules))
    assert version('my-parts') == project['version']


def test_features_of_another_package(example):
    import my_features
    samples = FileSource(CLIPS[0]).samples()
    expected = my_features.loudness(samples).astype(np.float32)
    whole = whole_of(CLIPS[0], ['loudness', 'eGeMAPSv02'])
    np.testing.assert_array_equal(whole.matrices['loudness'], expected)
    assert columns_of('loudness')[-1] == 'loudness[9]'
    [found] = [features for features in extract(FileSource(CLIPS[0]).frames(), ['loudness'])
               if features.utterance.final]
    assert found.matrices['loudness'].shape == (1, 10)
    assert 20 < found.matrices['loudness'].mean() < 100


@needs_tensorflow
def test_a_network_of_another_package(example, corpus):
    from emotion_ros.model.classifier import EmotionClassifier
    from synthetic import train, voice
    folder = corpus.parent / 'model'
    train(corpus, '--output', folder, '--features', 'loudness', '--network', 'small')
    classifier = EmotionClassifier(folder, confidence_threshold=0)
    assert classifier.description.features == ['loudness']
    emotion = classifier.classify(VoiceFeatures(None, voice('03a01Wa', ['loudness'])))
    assert emotion.emotion in classifier.description.labels
    assert 'The network small from another package.' in (folder / 'MODEL_CARD.md').read_text()


FAULTS = """
from emotion_ros.features.blocks import FeatureBlock

def fail(samples):
    raise OSError('no')

failing = FeatureBlock('failing', 2, framed=False, opensmile=False, compute=fail)
wide = FeatureBlock('wide', 2, framed=False, opensmile=False, compute=lambda samples: [[1, 2, 3]])
other = FeatureBlock('another name', 2, framed=False, opensmile=False, compute=fail)
text = 'no block'
"""


@pytest.mark.parametrize('name, words', [
    ('failing', ["features 'failing' failed: OSError: no"]),
    ('wide', ["features 'wide' must be", 'got shape (1, 3)']),
    ('other', ["'other'", 'FeatureBlock of this name']),
    ('text', ["'text'", 'my_faults:text', 'must be of FeatureBlock, got str']),
    ('missing', ['my_nothing', 'cannot be loaded', 'ModuleNotFoundError']),
    ('unknown', ["got 'unknown'", 'log_mel', 'failing'])])
def test_what_is_broken_is_told_in_a_line(install, name, words):
    entries = {entry: f'my_faults:{entry}' for entry in ('failing', 'wide', 'other', 'text')}
    install('my-faults', {plugins.FEATURES: entries | {'missing': 'my_nothing:block'}},
            {'my_faults': FAULTS})
    assert find_block('eGeMAPSv02').dimensions == 88   # the others are not loaded
    with pytest.raises(EmotionError) as error:
        find_block(name).computed(np.zeros(100, np.int16))
    assert '\n' not in str(error.value) and all(word in str(error.value) for word in words)


def test_two_packages_of_one_name(install):
    for number in '12':
        install(f'my-part{number}', {plugins.FEATURES: {'loud': f'my_part{number}:block'}}, {})
    with pytest.raises(EmotionError, match='must be of one package, got my_part1.*my_part2'):
        plugins.load_plugin(plugins.FEATURES, 'loud', FeatureBlock)
