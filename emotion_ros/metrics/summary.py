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

"""The results of a test in a few numbers."""

from typing import Any

from emotion_ros.metrics.classification import recalls, unweighted_average_recall
from emotion_ros.metrics.confidence import error_detection
from emotion_ros.metrics.predictions import Predictions


def measure(predictions: Predictions) -> dict[str, Any]:
    """Measure predictions, in total and by corpus.

    Args:
        predictions: metrics.predictions.Predictions, at least one.

    Returns:
        Mapping of plain numbers, rounded.

    """
    def of(part: Predictions) -> dict[str, Any]:
        return rounded({
            'clips': len(part),
            'speakers': len(set(part.speakers)),
            'uar': unweighted_average_recall(part.targets, part.predicted),
            'accuracy': float(part.right.mean()),
            'recall': recalls(part.targets, part.predicted, part.labels),
            'error_auroc': {name: error_detection(part, getattr(part, name))['auroc']
                            for name in ('confidence', 'max_softmax')}})

    return {**of(predictions),
            'corpora': {corpus: of(part) for corpus, part in predictions.by('corpora').items()}}


def rounded(content: Any) -> Any:
    """Round the numbers in nested mappings and lists to 4 places, as files keep them."""
    if isinstance(content, dict):
        return {name: rounded(value) for name, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [rounded(value) for value in content]
    return round(content, 4) if isinstance(content, float) else content
