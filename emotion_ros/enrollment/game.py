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


"""The terminal game in which a person says a sentence in each emotion."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from emotion_ros.audio.array.geometry import MicrophoneArray
from emotion_ros.display.bars import draw_bar
from emotion_ros.emotions import NEUTRAL
from emotion_ros.enrollment.utterances import LabeledUtterance
from emotion_ros.errors import EmotionError
from emotion_ros.features.extractor import VoiceFeatureExtractor, VoiceFeatures
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.monitor.level import FLOOR, LevelMeter
from emotion_ros.speech.segmenter import DEFAULT, Segmentation

PATIENCE = 10.0
"""Time within which the person must begin to speak [s], measured in samples."""

METER = 0.1   # time between two updates of the level [s]
WIDTH = 30    # of the level [characters]
NEUTRAL_ROUNDS = 10

SENTENCES = (
    'The letter is on the kitchen table.',
    'They will be here at seven tonight.',
    'I put the blue bag next to the door.',
    'She called me again this morning.',
    'We have been waiting for the bus.',
)
"""Sentences whose words express no emotion."""

HINTS = {
    'neutral': 'plainly, as you would read out a list',
    'calm': 'calmly, as to a child that falls asleep',
    'anger': 'angrily, as to somebody who did it again',
    'happiness': 'happily, as the best news of the year',
    'sadness': 'sadly, as on the day after a loss',
    'fear': 'in fear, as if somebody stood behind you',
    'disgust': 'in disgust, as about something rotten',
    'surprise': 'in surprise, as if you could not believe it',
    'boredom': 'in boredom, as for the hundredth time',
}
"""How to say the sentences."""


@dataclass(frozen=True)
class EnrollmentGame:
    """Asks for utterances, records them and lets the person repeat them.

    Args:
        classifier: model.classifier.EmotionClassifier.
        listen: function that returns a context manager for an iterable of audio.frame.Frame.
        ask: function that prints a prompt and returns what is typed, like input().
        show: function that prints a text, with the keyword 'end' of print().
        array: geometry.MicrophoneArray whose channels the frames have, or None.
        segmentation: how utterances are cut.

    """

    classifier: EmotionClassifier
    listen: Callable[[], AbstractContextManager]
    ask: Callable[[str], str]
    show: Callable
    array: MicrophoneArray | None = None
    segmentation: Segmentation = DEFAULT

    def play(self, *, neutral_only: bool = False) -> list[LabeledUtterance]:
        """Ask for an utterance in each emotion of the model, or only for neutral ones.

        Returns:
            [LabeledUtterance] that the person kept.

        Raises:
            EmotionError: the microphone delivers nothing.

        """
        labels = self.classifier.description.labels
        if neutral_only and NEUTRAL not in labels:
            raise EmotionError(f'neutral sentences need a model that knows {NEUTRAL}, got one of '
                               f'{", ".join(labels)}')
        rounds = [NEUTRAL] * NEUTRAL_ROUNDS if neutral_only else labels
        self.show('Say each sentence, or one of your own, in any language. Only the tone '
                  'matters, not the words.')
        kept = []
        for index, emotion in enumerate(rounds):
            self.show(f'\n{index + 1} of {len(rounds)}: {emotion}. Say '
                      f'{HINTS.get(emotion, "so that it can be heard")}:\n'
                      f'    "{SENTENCES[index % len(SENTENCES)]}"')
            utterance = self._round(emotion)
            if utterance:
                kept.append(utterance)
        return kept

    def _round(self, emotion):
        """Record an utterance until the person keeps it; None if it is skipped."""
        answer = self.ask('Enter to begin, s to skip: ')
        while answer.strip().lower() != 's':
            features = self._hear()
            if features is None:
                answer = self.ask('No speech was found. Enter to try again, s to skip: ')
                continue
            found = self.classifier.classify(features)
            self.show(f'Heard {features.utterance.duration / 1e9:.1f} s of speech; without a '
                      f'profile, it sounds like {found.labels[int(found.probabilities.argmax())]}.')
            answer = self.ask('Enter to keep it, r to repeat, s to skip: ')
            if not answer.strip():
                return LabeledUtterance(emotion, features)
        return None

    def _hear(self) -> VoiceFeatures | None:
        """Record the next utterance and show the level; None if nobody speaks."""
        extractor = VoiceFeatureExtractor(self.classifier.description.features, array=self.array,
                                          segmentation=self.segmentation)
        try:
            with self.listen() as frames:
                return next(self._finals(extractor, frames), None)
        finally:
            extractor.close()
            self.show('\r' + ' ' * (WIDTH + 20) + '\r', end='')

    def _finals(self, extractor, frames: Iterable) -> Iterator[VoiceFeatures]:
        """Yield the complete utterances in frames, until nobody speaks for PATIENCE."""
        meter, drawn, silent = LevelMeter(), 0.0, 0.0
        for frame in frames:
            duration = len(frame.samples) / frame.sample_rate
            meter.push(frame.samples, frame.sample_rate)
            drawn += duration
            if drawn >= METER:
                drawn = 0.0
                self._draw(meter)
            for pending in extractor.push(frame):
                if pending.utterance.final:
                    yield pending.result()
                else:
                    pending.abort()
            silent = 0.0 if extractor.speaking else silent + duration
            if silent >= PATIENCE:
                return

    def _draw(self, meter):
        bar = draw_bar(1 - meter.rms / FLOOR, WIDTH).ljust(WIDTH)
        self.show(f'\r|{bar}| {"too loud" if meter.clipped else "        "}', end='')
