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
from textual.widget import Widget

from emotion_ros.monitor import panels
from emotion_ros.monitor.marks import marks

PERIOD = 0.125
"""The screen is drawn again this often [s] at most, and only where it changed."""


class Panel(Widget):
    """Some lines of text, drawn again when they change."""

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
    """Shows what is heard until it is told to quit.

    Args:
        monitor: state.Monitor.
        namespace: of the node.
        topics: {one of state.TOPICS: full name}.

    """

    # The terminal's own colors: they can be read on a dark and on a light ground.
    CSS = """
    Screen { layout: vertical; overflow: hidden; background: ansi_default; color: ansi_default; }
    Panel { width: 100%; height: 1; background: ansi_default; color: ansi_default; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [
        Binding('q', 'quit', 'quit'),
        Binding('p', 'pause', 'pause'),
        Binding('c', 'clear', 'clear'),
        Binding('ctrl+c', 'quit', show=False, priority=True),
    ]

    def __init__(self, monitor, *, namespace, topics):
        super().__init__(ansi_color=True)
        self._monitor = monitor
        self._setting = panels.Setting(namespace, topics, {})
        self._view = monitor.view()
        self._drawn = None   # what all panels show

    def compose(self):
        """See textual.app.App."""
        for name in (*panels.PANELS, 'keys'):
            yield Panel(id=name)

    def on_mount(self):
        """Begin to draw; signals end the view as q does."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.action_quit)
        self._clock = self.set_interval(PERIOD, self._look)

    def action_quit(self):
        """Empty the screen, since tmux may leave some of it where it was resized; then quit."""
        self._clock.stop()
        for panel in self.query(Panel):
            panel.show(Text())
        self.call_after_refresh(self.exit)

    def action_pause(self):
        """Let the view stand still, or go on."""
        self._setting = replace(self._setting, paused=not self._setting.paused)

    def action_clear(self):
        """Forget what was heard."""
        self._monitor.clear()
        self._view = self._monitor.view()

    def _look(self):
        """Draw the sound, and all else when something changed, such as the second."""
        if not self._setting.paused:
            self._view = self._monitor.view()
        due = self._view.version, math.floor(self._view.now), self._setting.paused, self.size
        if due == self._drawn:
            self._draw('sound')
        else:
            self._drawn = due
            self._draw_all()

    def _draw_all(self):
        """Share the lines of the screen out, but the last, and draw all panels."""
        self._setting = replace(self._setting, marks=marks(self._view.emotions))
        for name, height in panels.heights(self._view, self.size.height - 1).items():
            panel = self.query_one(f'#{name}', Panel)
            panel.display = height > 0
            panel.styles.height = height
            self._draw(name)
        keys = Text()
        for binding in self.BINDINGS:
            if binding.show:
                keys.append(f' {binding.key} ', 'reverse').append(f' {binding.description}  ')
        keys.truncate(self.size.width, overflow='crop')
        self.query_one('#keys', Panel).show(keys)

    def _draw(self, name):
        panel = self.query_one(f'#{name}', Panel)
        if panel.display:
            panel.show(panels.PANELS[name](
                self._view, self._setting, self.size.width, int(panel.styles.height.value)))
