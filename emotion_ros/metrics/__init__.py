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

"""Metrics: how well predictions fit the truth, as numbers; below training and evaluation."""

from emotion_ros.metrics.classification import (
    confusion,
    f1_scores,
    precisions,
    recalls,
    unweighted_average_recall,
)
from emotion_ros.metrics.confidence import (
    SCORES,
    Coverage,
    coverage,
    detection,
    error_detection,
    operating_point,
)
from emotion_ros.metrics.reliability import BINS, Reliability, reliability
from emotion_ros.metrics.summary import measure, rounded

__all__ = [
    'BINS', 'SCORES', 'Coverage', 'Reliability', 'confusion', 'coverage', 'detection',
    'error_detection', 'f1_scores', 'measure', 'operating_point', 'precisions', 'recalls',
    'reliability', 'rounded', 'unweighted_average_recall']
