"""The policy for secured networks grants what the nodes do, and nothing else."""

from xml.etree import ElementTree

import pytest

from conftest import REPOSITORY
from harness import Executable, Listener, wait_until

PIPELINE = 'audio_capture', 'feature_extractor', 'emotion_classifier'
NODES = *PIPELINE, 'behavior'
GRANTS = {
    ('topics', 'publish'): 'get_publisher_names_and_types_by_node',
    ('topics', 'subscribe'): 'get_subscriber_names_and_types_by_node',
    ('services', 'reply'): 'get_service_names_and_types_by_node'}


@pytest.fixture(scope='module')
def enclaves():
    """The enclaves of the policy: {path: {node: profile}}."""
    policy = ElementTree.parse(REPOSITORY / 'config' / 'security' / 'policy.xml')
    return {enclave.get('path'): {profile.get('node'): profile
                                  for profile in enclave.iter('profile')}
            for enclave in policy.iter('enclave')}


def granted(profile, kind, verb):
    """Give the full names that a profile allows."""
    names = [entry.text for part in profile.findall(kind) if part.get(verb) == 'ALLOW'
             for entry in part]
    own = f'/{profile.get("node")}'
    return {name.replace('~', own) if name.startswith('~') else f'/{name.lstrip("/")}'
            for name in names}


def test_each_executable_has_an_enclave(enclaves):
    assert {path: set(profiles) for path, profiles in enclaves.items()} == {
        **{f'/emotion_ros/{node}': {node} for node in NODES},
        '/emotion_ros/emotion_pipeline': set(PIPELINE)}


def test_each_node_may_do_what_it_does_and_nothing_else(enclaves, speech_file):
    with Listener() as listener, \
            Executable('emotion_pipeline', file=speech_file, wait_matching_subscriptions=9,
                       use_sim_time=True) as pipeline, \
            Executable('behavior', use_sim_time=True):
        pipeline.wait_for('waiting for subscribers')
        wait_until(lambda: set(NODES) <= set(listener.node.get_node_names()), what='the nodes')
        for node in NODES:
            profiles = [enclave[node] for enclave in enclaves.values() if node in enclave]
            for (kind, verb), ask in GRANTS.items():
                wanted = granted(profiles[0], kind, verb)
                for profile in profiles[1:]:
                    assert granted(profile, kind, verb) == wanted

                def done():
                    names = getattr(listener.node, ask)(node, '/')
                    return {name for name, _ in names} == wanted

                wait_until(done, what=f'{node} to {verb} {sorted(wanted)}, not '
                                      f'{getattr(listener.node, ask)(node, "/")}')
