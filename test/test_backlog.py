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

"""A backlog is bounded, keeps its order, and drops interim results first."""

import threading

from hypothesis import given, strategies as st

from emotion_ros.nodes.backlog import Backlog


def test_what_goes_in_comes_out_in_order():
    backlog = Backlog(interim_limit=3, limit=5)
    for number in range(3):
        assert backlog.put(number, final=number == 2) is None
    assert len(backlog) == 3
    assert [backlog.get() for _ in range(3)] == [0, 1, 2]


def test_interim_results_go_first_then_the_oldest():
    backlog = Backlog(interim_limit=2, limit=3)
    backlog.put('a', final=True)
    backlog.put('b', final=False)
    assert backlog.put('c', final=False) == ('c', False)
    assert backlog.put('d', final=True) is None
    assert backlog.put('e', final=True) == ('b', False)
    assert backlog.put('f', final=True) == ('a', True)
    backlog.close()
    assert [backlog.get() for _ in range(4)] == ['d', 'e', 'f', None]


def test_a_waiting_reader_is_woken():
    backlog = Backlog(interim_limit=2, limit=3)
    found = []
    reader = threading.Thread(target=lambda: found.extend([backlog.get(), backlog.get()]))
    reader.start()
    backlog.put('a', final=True)
    backlog.close()
    reader.join(5)
    assert found == ['a', None]


@given(steps=st.lists(st.sampled_from(['final', 'interim', 'take']), max_size=200))
def test_nothing_is_invented_and_nothing_is_lost_unsaid(steps):
    backlog = Backlog(interim_limit=4, limit=8)
    given_in, taken, dropped = [], [], []
    for number, step in enumerate(steps):
        if step == 'take':
            if len(backlog):
                taken.append(backlog.get())
            continue
        entry = number, step == 'final'
        before = list(backlog._entries)
        given_in.append(entry)
        lost = backlog.put(entry, final=entry[1])
        if lost is not None:
            assert lost[0][1] == lost[1]
            dropped.append(lost[0])
            if lost[1]:   # a whole utterance: no interim result was left to drop
                assert all(final for _, final in before)
        assert len(backlog) <= 8
    while len(backlog):
        taken.append(backlog.get())
    assert taken == sorted(taken)
    assert sorted(taken + dropped) == given_in
