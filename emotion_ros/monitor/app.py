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

"""The view on the screen."""

import asyncio
from dataclasses import replace
import math
import signal

from rich.text import Text
from textual.app import App
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from emotion_ros.monitor import layout, panels
from emotion_ros.monitor.marks import marks

PERIOD = 0.125
"""Minimum time between updates of the screen [s]; only what changed is drawn."""


class Panel(Widget):
    """Some lines of text that are drawn again when they change."""

    text = Text()

    def show(self, text):
        """Show a rich Text."""
        if text != self.text:
            self.text = text
            self.refresh()

    def render(self):
        """See textual.widget.Widget."""
        return self.text


class MonitorApp(App):
    """Shows a Monitor until the user quits.

    Args:
        monitor: state.Monitor.
        namespace: of the node.
        topics: {one of state.TOPICS: full name}.

    """

    # The terminal's own colors are readable on dark and on light backgrounds.
    CSS = """
    Vertical, Horizontal { width: 100%; height: auto; background: ansi_default; }
    Horizontal { layout: vertical; }
    .wide Horizontal { layout: horizontal; }
    .wide #left { width: 1fr; margin: 0 1 0 0; }
    .wide #right { width: 1fr; }
    Screen { layout: vertical; overflow: hidden; background: ansi_default; color: ansi_default; }
    Panel { width: 100%; height: 1; background: ansi_default; color: ansi_default; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [
        Binding('q', 'quit', 'quit'),
        Binding('p', 'pause', 'pause'),
        Binding('c', 'clear', 'clear'),
        Binding('question_mark', 'explain', 'explain', key_display='?'),
        Binding('ctrl+c', 'quit', show=False, priority=True),
    ]

    def __init__(self, monitor, *, namespace, topics):
        super().__init__(ansi_color=True)
        self._monitor = monitor
        self._setting = panels.Setting(namespace, topics, {})
        self._view = monitor.view()
        self._drawn = None   # what all panels show
        self._explains = False
        self._panels = {name: Panel(id=name) for name in (
            'heading', *layout.LEFT, *layout.RIGHT, 'timeline', 'explanation', 'keys')}

    def compose(self):
        """See textual.app.App."""
        yield self._panels['heading']
        with Horizontal():
            for side, names in (('left', layout.LEFT), ('right', layout.RIGHT)):
                with Vertical(id=side):
                    yield from map(self._panels.get, names)
        yield from map(self._panels.get, ('timeline', 'explanation', 'keys'))

    def on_mount(self):
        """Start to draw; signals end the view as q does."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.action_quit)
        self._clock = self.set_interval(PERIOD, self._look)

    def action_quit(self):
        """Clear the screen, because tmux may leave parts of it after a resize; then quit."""
        self._clock.stop()
        for panel in self._panels.values():
            panel.show(Text())
        self.call_after_refresh(self.exit)

    def action_pause(self):
        """Pause or resume the view."""
        self._setting = replace(self._setting, paused=not self._setting.paused)

    def action_clear(self):
        """Clear all results."""
        self._monitor.clear()
        self._view = self._monitor.view()

    def action_explain(self):
        """Show or hide the help."""
        self._explains = not self._explains
        self._drawn = None

    def _look(self):
        """Draw the audio, and everything else if something changed, such as the second."""
        if not self._setting.paused:
            self._view = self._monitor.view()
        due = self._view.version, math.floor(self._view.now), self._setting.paused, self.size
        if due == self._drawn:
            for name in layout.MOVING:
                self._draw(name)
        else:
            self._drawn = due
            self._draw_all()

    def _draw_all(self):
        """Distribute all lines of the screen but the last, and draw all panels."""
        self._setting = replace(self._setting, marks=marks(self._view.emotions))
        width, lines = self.size.width, self.size.height - 1
        self.screen.set_class(width >= layout.WIDE, 'wide')
        self._rooms = layout.rooms(self._view, width, lines)
        for name, (_, height) in self._rooms.items():
            panel = self._panels[name]
            panel.display = height > 0 and not self._explains
            panel.styles.height = height
            self._draw(name)
        explanation = self._panels['explanation']
        explanation.display = self._explains
        explanation.styles.height = max(lines, 0)
        explanation.show(layout.explanation(width, lines))
        keys = Text()
        for binding in self.BINDINGS:
            if binding.show:
                key = binding.key_display or binding.key
                keys.append(f' {key} ', 'reverse').append(f' {binding.description}  ')
        keys.truncate(self.size.width, overflow='crop')
        self._panels['keys'].show(keys)

    def _draw(self, name):
        panel = self._panels[name]
        if panel.display:
            panel.show(panels.PANELS[name](self._view, self._setting, *self._rooms[name]))
