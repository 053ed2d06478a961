"""How messages are carried: reliably, and late readers lose nothing for a while."""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions


def _reliable(depth, durability=DurabilityPolicy.VOLATILE):
    return QoSProfile(reliability=ReliabilityPolicy.RELIABLE, durability=durability,
                      history=HistoryPolicy.KEEP_LAST, depth=depth)


AUDIO = _reliable(200)
"""For writers of sound: two seconds of the shortest frames, 10 ms each."""

AUDIO_HEARD = _reliable(2000)
"""For readers of sound: a minute of usual frames, so that a bag may be played at full speed."""

FEATURES = _reliable(64)
"""For features of voices: a message is up to half a megabyte, and DDS keeps room for all."""

RESULTS = _reliable(100)

LATCHED = _reliable(1, DurabilityPolicy.TRANSIENT_LOCAL)
"""For what holds until something else is said: late readers get it, too."""

OVERRIDABLE = QoSOverridingOptions.with_default_policies()
"""Users may set history, depth and reliability by parameters, `qos_overrides./audio...`."""
