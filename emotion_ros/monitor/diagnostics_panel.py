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

"""The panel of the diagnostics of the nodes."""

import textwrap

from rich.text import Text

from emotion_ros.monitor.lines import fit
from emotion_ros.monitor.marks import printable
from emotion_ros.monitor.state import ERROR, OK, STALE, TEXT, WARN

SHOWN_NODES = 6
"""Nodes that diagnostics want room for."""

BADGES = {OK: ('OK', 'black on green'), WARN: ('WARN', 'black on yellow'),
          ERROR: ('ERROR', 'white on red'), STALE: ('STALE', 'reverse')}


def short_name(name, namespace):
    """Remove the namespace from the name of a topic or a status; None if it is another one."""
    prefix = namespace.rstrip('/') + '/'
    full = '/' + name.removeprefix('/')   # the name of a status has no leading slash
    return full.removeprefix(prefix) if full.startswith(prefix) else None


def diagnostics(view, setting, width, height):
    """Draw the state of the nodes; those of other namespaces are left out first, faults last.

    A node gets two lines if there is room; with a single line for all, it shows the worst.
    """
    def foreign(node):
        return short_name(node, setting.namespace) is None

    nodes = sorted(view.reports, key=lambda node: (foreign(node), node))
    if not nodes:
        return fit([Text('waiting for /diagnostics')], width, height)
    worst = sorted(nodes, key=lambda node: (foreign(node), -view.reports[node].level))
    if height == 1 and view.reports[worst[0]].level == OK:
        return fit([_badge(OK).append(f'nodes: {len(nodes)}')], width, height)
    whole = [line for node in nodes for line in _whole(
        _name(node, setting), view.reports[node], width)]
    if len(whole) <= height:
        return fit(whole, width, height)
    shown = set(worst[:height])
    lines = []
    for node in nodes:
        if node in shown:
            report = view.reports[node]
            line = _badge(report.level).append(_name(node, setting), 'bold')
            if report.level != OK:
                line.append(f'  {printable(report.message, TEXT)}')
            values = Text(_values(report))
            if height >= 2 * len(nodes):
                lines += [line, Text(' ' * 7).append(values)]
            else:
                lines.append(line.append('  ').append(values))
    return fit(lines, width, height)


def _name(node, setting):
    return printable((short_name(node, setting.namespace) or node).removesuffix(': state'))


def _whole(name, report, width):
    """Draw all diagnostics of a node, in as many lines as needed."""
    lines = [_badge(report.level).append(name, 'bold')]
    told = [printable(report.message, TEXT)] if report.level != OK else []
    for text in (*told, _values(report)):
        lines += [Text(' ' * 7 + part) for part in textwrap.wrap(text, max(8, width - 7))]
    return lines


def _values(report):
    """Return the values of a node as text, numbers first, without uninformative ones."""
    told = [(name, value) for name, value in report.values.items()
            if value not in ('', '0', 'active')]
    told.sort(key=lambda entry: not entry[1].replace('.', '').isdecimal())
    return ', '.join(f'{printable(name)} {printable(value)}' for name, value in told)


def _badge(level):
    text, style = BADGES[level]
    return Text().append(text.center(5), style).append('  ')
