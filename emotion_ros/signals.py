"""Signals that ask a program to end."""

import signal


def on_request(end, *numbers):
    """Call a function when a signal comes; SIGHUP stays ignored where nohup ignores it.

    Args:
        end: function of the number of the signal.
        numbers: of the signals.

    """
    for number in numbers:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: end(number))


def ignore_requests():
    """Ignore what asks to end: that is under way, and Python would break off while it ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
