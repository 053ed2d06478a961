"""How messages are carried: nothing is lost while a reader is at most two seconds late."""

from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions

AUDIO = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST, depth=200)
"""Two seconds of the shortest frames, 10 ms each."""

RESULTS = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST, depth=50)

OVERRIDABLE = QoSOverridingOptions.with_default_policies()
"""Users may set history, depth and reliability by parameters, `qos_overrides./audio...`."""
