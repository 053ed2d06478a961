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

"""Signals that request a program to end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import signal
import threading

_REQUESTS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


def on_request(end: Callable[[int], object], *numbers: int) -> None:
    """Call a function on a signal; SIGHUP stays ignored if nohup ignores it.

    Args:
        end: function that takes the number of the signal.
        numbers: of the signals to handle.

    """
    for number in numbers:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: end(number))


def ignore_requests() -> None:
    """Ignore further requests to end, which would interrupt Python while it is ending."""
    for number in _REQUESTS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def deferred_interrupts() -> Iterator[None]:
    """Defer requests to end to the end of this context, in which processes are started.

    A process that is started and left halfway prints a traceback. The new ones never notice
    Ctrl-C, which the terminal sends to all: they end by way of the one they work for, while their
    own Python would print a traceback, even from its first imports.
    """
    if threading.current_thread() is not threading.main_thread():   # which alone gets them
        yield
        return
    came = list[int]()
    handlers = {number: signal.signal(number, lambda number, _: came.append(number))
                for number in _REQUESTS if callable(signal.getsignal(number))}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})   # new processes inherit it
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
