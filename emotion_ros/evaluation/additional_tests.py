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

"""Additional tests of an evaluation, besides the clips as recorded."""

from dataclasses import dataclass
import logging

from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.evaluation import PICTURES
from emotion_ros.training.dataset import extract_examples

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class AdditionalTests:
    """Additional tests, besides the clips as recorded.

    Args:
        conditions: [conditions.Condition] in which clips are also tested.
        ood: paths of out-of-distribution sounds.
        compare: whether to train a support vector machine as well.
        pictures: format of the plots, one of evaluation.PICTURES.
        enrollments: [enrollment.Enrollment] with which a model is also tested.

    """

    conditions: list
    ood: list
    compare: bool
    pictures: str = PICTURES[0]
    enrollments: tuple = ()

    def facts(self):
        """Return the facts for the report, as plain values."""
        facts = {}
        for condition in self.conditions:
            facts |= condition.facts()
        if self.ood:
            facts['ood_paths'] = [str(path) for path in self.ood]
        return facts


def extract_clean(data, extraction, left_out):
    """Compute the features of clips as recorded; see dataset.extract_examples."""
    shown = [label for label in data.labels if label in data.mapping.values()]
    _LOGGER.info(f'{len(data)} clips of {", ".join(shown)}')
    examples = extract_examples(data, extraction, left_out=left_out)
    left_out.pop('no speech found', None)   # these count as wrong and are not left out
    return examples


def extract_in(condition, data, extraction):
    """Compute the features of clips in a Condition; see dataset.extract_examples."""
    _LOGGER.info(f'clips {condition}')
    try:
        return extract_examples(data, extraction, [condition.change], title=str(condition))
    except EmotionError as error:
        raise ArgumentError(condition.group, f'{condition.written}: {error}') from error
