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

"""Nonsense, and how it is sent."""

import os

from hypothesis import HealthCheck, Phase, given, settings, strategies as st

SCALE = int(os.environ.get('ATTACK_SCALE', '1'))
"""Multiplies the messages: `ATTACK_SCALE=5 make test PYTEST_ARGS=test/test_attack.py` is long."""

DDS_LINE = 'sequence size exceeds remaining buffer'
"""What the middleware itself prints of bytes that are no message; no node can keep it quiet."""

UINT16, UINT32, UINT64 = (st.integers(0, 2**bits - 1) for bits in (16, 32, 64))

TEXTS = st.one_of(
    st.text(max_size=30), st.sampled_from([
        'x' * 100_000, '\n[FATAL] all is lost\n', '\x1b[2J\x1b[31m', '\r\b\x07', 'a\u202eb', '../x',
        '%s%n', '{}', '\N{GRINNING FACE}' * 1000]))


@st.composite
def rubbish(draw, healthy):
    """Bytes in place of a message: any, cut short, or changed; one at least.

    No bytes at all stop the writer that sends them, and only that one.
    """
    head = b'\x00\x01\x00\x00'
    kind = draw(st.sampled_from(['any', 'with head', 'short', 'changed']))
    if kind in ('any', 'with head'):
        return (head if kind == 'with head' else b'') + draw(st.binary(min_size=1, max_size=300))
    if kind == 'short':
        return healthy[:draw(st.integers(1, len(healthy) - 1))]
    changed, places = bytearray(healthy), st.integers(0, min(80, len(healthy) - 1))
    for place, value in draw(st.lists(
            st.tuples(places, st.integers(0, 255)), min_size=1, max_size=8)):
        changed[place] = value
    return bytes(changed)


def attack(strategy, count, send):
    """Send so many, times SCALE, of what a strategy makes up."""
    @settings(max_examples=count * SCALE, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(strategy)
    def send_one(message):
        send(message)
    send_one()
