"""How the process takes memory from the system."""

import ctypes

_M_ARENA_MAX = -8   # of glibc's mallopt(3)


def keep_flat():
    """Let all threads share one heap; call it before threads are started.

    glibc gives threads heaps of their own. Each utterance is heard by a new thread, and what one
    leaves in its heap fits no other: without this the memory grows by megabytes an hour.
    """
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    except (AttributeError, OSError):
        pass   # another C library, without such heaps
