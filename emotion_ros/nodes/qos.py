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

"""Quality of service: publishers are reliable, and keep enough for subscribers that are slow."""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions


def _keep(depth, *, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.VOLATILE):
    return QoSProfile(reliability=reliability, durability=durability,
                      history=HistoryPolicy.KEEP_LAST, depth=depth)


AUDIO = _keep(200)
"""For publishers of audio: two seconds of the shortest frames, 10 ms each."""

AUDIO_HEARD = _keep(2000)
"""For subscribers to audio: a minute of usual frames, so that a bag can be played at full speed."""

AUDIO_BEST_EFFORT = _keep(2000, reliability=ReliabilityPolicy.BEST_EFFORT)
"""For subscribers to audio from best-effort publishers, such as drivers of sensors."""

INFO = _keep(10)
"""For what is published periodically."""

FEATURES = _keep(64)
"""For features: a message has up to a megabyte, and DDS allocates memory for all."""

RESULTS = _keep(100)

RESULTS_KEPT = _keep(100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""For results that late readers may ask for: as many of the last ones as they have room for."""

LATCHED = _keep(1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""For what holds until the next message: late subscribers get it, too."""

LATCHED_HEARD = _keep(100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""For subscribers to that: nothing is skipped if several messages arrive at once."""

OVERRIDABLE = QoSOverridingOptions.with_default_policies()
"""Users may set history, depth and reliability by parameters, `qos_overrides./audio...`."""
