"""Stamps for the samples of a microphone."""


class CaptureClock:
    """Gives each frame of a microphone the time at which its first sample was captured.

    A device counts samples evenly but its rate is off by some parts in a million; the computer's
    clock is right, but each reading of it arrives late by an uneven delay. The stamps follow the
    sample count and are drawn slowly towards the readings, so they neither jitter nor drift.
    They always increase.

    Args:
        sample_rate: nominal rate of the device [Hz].
        gain: part of the difference that is made up with each frame.
        jump: a difference beyond this [ns] is not made up slowly: the count starts anew.

    """

    def __init__(self, *, sample_rate, gain=0.02, jump=200_000_000):
        self._sample_rate = sample_rate
        self._gain = gain
        self._jump = jump
        self._next = None
        self._last = 0

    def stamp(self, count, measured):
        """Stamp a frame.

        Args:
            count: samples in the frame.
            measured: reading of the capture time of its first sample [ns].

        Returns:
            The stamp of the first sample [ns].

        """
        if self._next is None or abs(measured - self._next) > self._jump:
            stamp = measured
        else:
            stamp = self._next + round(self._gain * (measured - self._next))
        stamp = max(stamp, self._last + 1)
        self._last = stamp
        self._next = stamp + count * 1_000_000_000 // self._sample_rate
        return stamp
