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

"""What the layouts for Foxglove and PlotJuggler name is what the nodes publish."""

import importlib
import json
import re
from xml.etree import ElementTree

from diagnostic_msgs.msg import DiagnosticArray
import pytest
import yaml

from conftest import REPOSITORY
from emotion_ros.files.paths import find_model
from emotion_ros.model.saved_model import read_description
from emotion_ros.msg import EmotionStamped
from harness import Executable, Listener, wait_until

TOPICS = {'/emotion': EmotionStamped, '/diagnostics': DiagnosticArray}
FIELD = re.compile(
    r'\.(?P<name>\w+)(?P<index>\[(?:\d+|:)\])?(?:\{(?P<key>\w+)=="(?P<value>[^"]+)"\})?')
NUMBERS = {'float', 'uint32', 'boolean'}


@pytest.fixture(scope='module')
def foxglove():
    """The layout for Foxglove."""
    return json.loads((REPOSITORY / 'config' / 'foxglove.json').read_text())


@pytest.fixture(scope='module')
def plotjuggler():
    """The layout for PlotJuggler."""
    return ElementTree.parse(REPOSITORY / 'config' / 'plotjuggler.xml').getroot()


@pytest.fixture(scope='module')
def said():
    """What the nodes say on /diagnostics: {(node, key)}."""
    with Listener() as listener, Executable('emotion_classifier') as classifier, \
            Executable('feature_extractor') as extractor:
        received = listener.subscribe(DiagnosticArray, '/diagnostics', 10)
        for executable in (classifier, extractor):
            executable.wait_for('ready')
        wait_until(lambda: len({message.status[0].name for message in received}) == 2)
    return {(status.name, entry.key) for message in received for status in message.status
            for entry in status.values}


def field_type(topic, fields):
    """Walk down fields; give the type of the last, and the names that filters ask for."""
    message_type, wanted = TOPICS[topic], []
    assert ''.join(match[0] for match in FIELD.finditer(fields)) == fields
    for match in FIELD.finditer(fields):
        kind = message_type.get_fields_and_field_types()[match['name']]
        inner = re.fullmatch('sequence<(.+)>', kind)
        assert bool(inner) == bool(match['index']), f'{topic}{fields}'
        kind = inner[1] if inner else kind
        if '/' in kind:
            package, name = kind.split('/')
            message_type = getattr(importlib.import_module(f'{package}.msg'), name)
        if match['key']:
            assert match['key'] in message_type.get_fields_and_field_types()
            wanted.append(match['value'])
    return kind, wanted


def panels(layout):
    """Give the names of the panels in a layout, from left and top."""
    if isinstance(layout, str):
        return [layout]
    assert layout['direction'] in ('row', 'column') and 0 < layout['splitPercentage'] < 100
    return panels(layout['first']) + panels(layout['second'])


def test_each_panel_of_foxglove_has_its_place_and_what_it_shows(foxglove):
    assert sorted(panels(foxglove['layout'])) == sorted(foxglove['configById'])


def test_foxglove_shows_what_is_published(foxglove, said):
    shown = []
    for name, config in foxglove['configById'].items():
        kind = name.split('!')[0]
        for topic in (config.get('topicPath'), config.get('topicToRender')):
            assert topic in (None, *TOPICS)
        for series in config.get('paths', []):
            topic, _, fields = series['value'].partition('.')
            found, wanted = field_type(topic, f'.{fields}')
            if wanted:
                assert set(wanted) <= {key for _, key in said}
            else:
                assert found in (NUMBERS if kind == 'Plot' else {'string', 'boolean'})
            shown.append((series['value'], series['label']))
    assert [(f'/emotion.probabilities[{number}]', label) for number, label
            in enumerate(read_description(find_model()).labels)] == [
                entry for entry in shown if 'probabilities' in entry[0]]


def test_plotjuggler_shows_what_is_published(plotjuggler, said):
    shown = []
    for curve in plotjuggler.iter('curve'):
        name, label = curve.get('name'), curve.find('transform').get('alias')
        topic, path = re.fullmatch(r'(/\w+)/(.*)', name).groups()
        if topic == '/diagnostics':
            node, _, key = path.rpartition('/')
            assert (node, key) in said
        else:
            kind, _ = field_type(topic, '.' + path.replace('/', '.'))
            assert kind in NUMBERS
        shown.append((name, label))
    assert [(f'/emotion/probabilities[{number}]', label) for number, label
            in enumerate(read_description(find_model()).labels)] == [
                entry for entry in shown if 'probabilities' in entry[0]]
    assert set(plotjuggler.find('.//selected_topics').get('value').split(';')) == set(TOPICS)


def test_the_analyzers_group_the_nodes_by_their_names(said):
    config = yaml.safe_load((REPOSITORY / 'config' / 'analyzers.yaml').read_text())
    analyzer = config['analyzers']['ros__parameters']['hearing']
    names = {name for name, _ in said} | {'audio_capture: state'}
    assert set(analyzer['expected']) == names
    # diagnostic_aggregator's GenericAnalyzer::match does not look at those that are expected.
    for name in (*names, 'behavior: state', 'mood: state'):
        assert any(name.startswith(start) for start in analyzer['startswith']), name


def test_plotjuggler_is_told_how_many_plots_there_are(plotjuggler):
    for splitter in plotjuggler.iter('DockSplitter'):
        sizes = [float(size) for size in splitter.get('sizes').split(';')]
        assert int(splitter.get('count')) == len(sizes) == len(splitter)
        assert sum(sizes) == pytest.approx(1)
    for transform in plotjuggler.iter('transform'):
        assert transform.find('options').attrib == {
            'time_offset': '0', 'value_offset': '0', 'value_scale': '1'}
