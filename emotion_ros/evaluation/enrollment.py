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


"""The report on what a model gains from knowing the speaker."""

from dataclasses import asdict
import json
import logging
from pathlib import Path

import numpy as np

from emotion_ros.enrollment.gains import DRAWS, Enrollment, describe_all, draw_gains, measure_gains
from emotion_ros.files.paths import expanded
from emotion_ros.metrics import bootstrap, rounded
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.training.examples import Examples
from emotion_ros.voices.calibration import measure_recognition

_LOGGER = logging.getLogger(__name__)

JSON, MARKDOWN = 'enrollment.json', 'enrollment.md'


def write_enrollment(folder: str | Path, classifier: EmotionClassifier, examples: Examples,
                     enrollments: tuple[Enrollment, ...]) -> None:
    """Measure enrollments; write JSON and MARKDOWN into the folder of a report, and log them."""
    strangers = describe_all(classifier, examples)
    gains = measure_gains(classifier, examples, strangers, enrollments)
    recognition = measure_recognition(
        np.stack([stranger['voice'] for stranger in strangers]), examples.speakers,
        examples.targets, examples.corpora, classifier.voices.calibration, seed=0)
    content = rounded({'gains': [asdict(gain) for gain in gains],
                       'recognition': recognition and asdict(recognition)})
    folder = expanded(folder)
    Path(folder, JSON).write_text(json.dumps(content, indent=2) + '\n', encoding='utf-8')
    table = draw_gains(gains)
    voices = '' if recognition is None else (
        f'\nSpeaker recognition with the threshold of the model, in households of up to four '
        f'speakers of a corpus, each enrolled with one utterance of each emotion: '
        f'{recognition.known:.3f} of their utterances get the right name, '
        f'{recognition.misnamed:.3f} a wrong one; {recognition.strangers_named:.3f} of the '
        f'utterances of others get a name.\n')
    text = f'{table}\n{voices}'
    Path(folder, MARKDOWN).write_text(
        f'# Enrolled speakers\n\nSpeakers are enrolled with some of their utterances and tested on '
        f'the others; results are means over {DRAWS} random choices. The {bootstrap.LEVEL:.0%} '
        f'intervals come from resampling speakers.\n\n{text}', encoding='utf-8')
    _LOGGER.info(text)
