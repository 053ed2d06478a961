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

"""What a saved model was trained on and must not be tested on."""

import logging

from emotion_ros.display.lists import listed
from emotion_ros.errors import ArgumentError

_LOGGER = logging.getLogger(__name__)

BY_NAME = 'of speakers with the names of training speakers'
BY_CORPUS = ('of a corpus that the model was trained on; model.yaml does not name the training '
             'speakers')
BY_SOUND = 'of speakers whose recordings the model was trained on under other names'


class TrainedOn:
    """What a model folder says about the training; model.yaml may contain anything.

    Args:
        description: model.saved_model.ModelDescription.
        digests: of the training clips; see read_training_clips.

    """

    def __init__(self, description, digests=frozenset()):
        training = description.training if isinstance(description.training, dict) else {}

        def entries(name):
            return training[name] if isinstance(training.get(name), list) else []

        self._corpora = {str(entry.get('name')) for entry in entries('corpora')
                         if isinstance(entry, dict)}
        self._speakers = {str(speaker) for speaker in entries('training_speakers')}
        self._test = {str(speaker) for speaker in entries('test_speakers')}
        self._noise = {str(name) for name in entries('noise')}
        rooms = training.get('impulse_responses')
        self._rooms = set(map(str, rooms)) if isinstance(rooms, dict) else set()
        self._digests = digests
        self._caution = (
            '' if self._digests else 'the model folder lists no training clips: its training '
            'speakers are recognized by name alone' if self._corpora or self._speakers else
            'model.yaml does not say what the model was trained on: it may know the speakers')

    def without_known(self, clips, left_out):
        """Select the clips of speakers that the model was not trained on; log what is left out.

        A speaker is recognized by name or, if the model folder lists its training clips, by audio:
        a single training recording identifies its speaker, whatever the corpus is called now. For
        models that do not name their training speakers, all speakers of their corpora are left
        out, except the test speakers.

        Args:
            clips: [corpora.clip.Clip] with digests.
            left_out: Counter of clips by reason, which is updated.

        Raises:
            EmotionError: no clip remains.

        """
        if self._caution:
            _LOGGER.info(self._caution)
        if self._speakers:
            named, reason = {clip.speaker for clip in clips} & self._speakers, BY_NAME
        else:
            named, reason = {clip.speaker for clip in clips if clip.corpus in self._corpora
                             and clip.speaker not in self._test}, BY_CORPUS
        same = {clip.speaker for clip in clips if clip.digest in self._digests} - named
        for known, why in ((named, reason), (same, BY_SOUND)):
            if known:
                count = sum(clip.speaker in known for clip in clips)
                left_out[why] = count
                _LOGGER.info(f'left out {count} clips {why}: {listed(sorted(known), 10)}')
        unknown = [clip for clip in clips if clip.speaker not in named | same]
        if not unknown:
            raise ArgumentError('model', 'must not be trained on all speakers of the corpora')
        return unknown

    def without_known_rooms(self, conditions):
        """See without_known_rooms; the impulse responses are those of the model's training."""
        return without_known_rooms(conditions, self._rooms)

    def facts(self, conditions):
        """Return facts for the report: what the model may have been trained on."""
        facts = {'caution': self._caution} if self._caution else {}
        same = sorted({path.name for condition in conditions if condition.group == 'snr'
                        for path in condition.change.noise.paths} & self._noise)
        if same:
            _LOGGER.info(f'the model was trained on noise of the same name: {", ".join(same)}')
            facts['noise_that_the_model_was_trained_on'] = same
        return facts


def without_known_rooms(conditions, known):
    """Remove the impulse responses that are used in training from conditions.

    Args:
        conditions: [conditions.Condition].
        known: digests of these impulse responses.

    Raises:
        EmotionError: none would remain in a Condition.

    """
    found = []
    for condition in conditions:
        if condition.group == 'rooms':
            digests = condition.change.rooms.digests()
            new = [index for index, digest in enumerate(digests) if digest not in known]
            if len(new) < len(digests):
                _LOGGER.info(f'{condition.value}: left out {len(digests) - len(new)} of '
                             f'{len(digests)} impulse responses, which are used in training')
            if not new:
                raise ArgumentError('rooms', f'must be new to the model, got {condition.value}, '
                                    'which is used in training')
            condition = condition.select(new)
        found.append(condition)
    return found
