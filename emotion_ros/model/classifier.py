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

"""From the features of an utterance to its emotion."""

from dataclasses import dataclass, replace
import math
from os import PathLike

import numpy as np

from emotion_ros.arrays import Float32
from emotion_ros.emotions import UNKNOWN
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import BLOCKS, feature_blocks
from emotion_ros.features.extractor import VoiceFeatures
from emotion_ros.files.paths import find_model
from emotion_ros.model.backends import AFFECT, BACKENDS
from emotion_ros.model.saved_model import network_sha256, read_description
from emotion_ros.voices.adaptation import adapt
from emotion_ros.voices.profile import VoiceNetwork, VoiceProfile
from emotion_ros.voices.recognition import EnrolledVoices, VoiceCalibration, read_profiles


@dataclass(frozen=True)
class Emotion:
    """The emotion recognized in an utterance.

    Args:
        emotion: the most probable label, or "unknown" below the threshold.
        labels: of the model.
        probabilities: float32, shape (labels,), calibrated, sum 1.
        confidence: calibrated, 0 to 1; see EmotionStamped.msg.
        threshold: confidence below which the emotion is "unknown", 0 to 1.
        arousal: how excited the voice is, -1 (calm) to 1; NaN if the model does not give it.
        valence: how pleasant the emotion is, -1 to 1; NaN if the model does not give it.
        speaker: who speaks; '' for a stranger.
        speaker_confidence: probability that the voice is that of the most similar enrolled person,
            0 to 1; 1 if another node told who speaks; NaN if no voices were compared.
        profile: name and digest of the profile that was used; '' if none was.

    """

    emotion: str
    labels: list[str]
    probabilities: Float32
    confidence: float
    threshold: float = 0.0
    arousal: float = math.nan
    valence: float = math.nan
    speaker: str = ''
    speaker_confidence: float = math.nan
    profile: str = ''


class EmotionClassifier:
    """A saved model, ready to classify.

    It remembers the outputs of the network for the last features, and reuses them for equal ones:
    at the end of an utterance, the result for the pause before is already known.

    Args:
        model: folder of the saved model, or the name of an installed one; '' for the default.
        backend: 'litert' or 'tensorflow'.
        confidence_threshold: below it the emotion is "unknown", 0 to 1; None for the model's own.

    Attributes:
        voices: voices.recognition.EnrolledVoices, the known speakers.
        speaker: who speaks unless a call says otherwise; '' if the voice decides.

    Raises:
        EmotionError: the model cannot be used; the text says why.

    """

    def __init__(self, model: str | PathLike[str], *, backend: str = 'litert',
                 confidence_threshold: float | None = None) -> None:
        if backend not in BACKENDS:
            raise EmotionError(f'backend must be one of {", ".join(BACKENDS)}, got {backend!r}')
        folder = find_model(model)
        self.description = read_description(folder)
        self._blocks = feature_blocks(self.description.features)
        self._known = BLOCKS | {block.name: block for block in self._blocks}
        self._network = BACKENDS[backend](
            folder, self._blocks, self.description.litert_sha256)
        self._folder = folder
        self.voices = EnrolledVoices(calibration=VoiceCalibration(**self.description.voices))
        self._average = {label: np.array(scores, np.float32)
                         for label, scores in self.description.average_speaker.items()}
        self.speaker = ''
        # The last matrices, and the network's outputs by profile.
        self._last: tuple[dict[str, Float32], dict[bytes, dict[str, Float32]]] = {}, {}
        if self._network.classes != len(self.description.labels):
            raise EmotionError(
                f'model folder {str(folder)!r}: the network tells {self._network.classes} classes '
                f'apart, model.yaml has {len(self.description.labels)} labels')
        self.confidence_threshold = (
            self.description.confidence_threshold if confidence_threshold is None
            else confidence_threshold)

    @property
    def model(self) -> str:
        """Name and version of the model, such as 'default 0.1.0'."""
        return f'{self.description.name} {self.description.version}'

    def check(self, features: VoiceFeatures) -> None:
        """Check that features fit the model.

        Args:
            features: features.extractor.VoiceFeatures.

        Raises:
            ValueError: a block is missing, unknown, of another shape, or has values that are not
                finite.

        """
        for name, values in features.matrices.items():
            if name not in self._known:
                raise ValueError(f'a block is {name[:100]!r}, it must be of '
                                 f'{", ".join(self._known)}')
            block = self._known[name]
            if not block.fits(values.shape):
                raise ValueError(f'block {name} must have {block.rows} frames of '
                                 f'{block.dimensions} values, got shape {values.shape}')
            if not np.isfinite(values).all():
                raise ValueError(f'some values of block {name} are not finite')
        for block in self._blocks:
            if block.name not in features.matrices:
                raise ValueError(f'block {block.name} is missing, there are '
                                 f'{", ".join(features.matrices) or "none"}')

    def classify(self, features: VoiceFeatures, speaker: str = '') -> Emotion:
        """Classify an utterance.

        The network runs without a profile first; if an enrolled voice is recognized, it runs again
        with that profile. If the speaker is given, it runs only once.

        Args:
            features: features.extractor.VoiceFeatures; blocks that the model does not take are
                ignored.
            speaker: name of the speaker, if it is known; '' for the attribute.

        Returns:
            Emotion.

        Raises:
            ValueError: see check.
            EmotionError: an output of the network is not finite.

        """
        self.check(features)
        speaker, matrices = speaker or self.speaker, self._taken(features)
        profile, sure = self._speaker(matrices, speaker)
        outputs = self._run(matrices, profile.embedding if profile else None)
        probabilities, [confidence] = outputs['probabilities'], outputs['confidence'].tolist()
        threshold, labels = self.confidence_threshold, self.description.labels
        if profile:
            adapted = adapt(probabilities, labels, profile.scores, self._average)
            confidence = min(confidence * float(adapted.max() / probabilities.max()), 1.0)
            probabilities = adapted
        emotion = labels[int(np.argmax(probabilities))] if confidence >= threshold else UNKNOWN
        affect = {name: float(np.clip(outputs[name][0], -1, 1))
                  for name in AFFECT if name in outputs}
        return Emotion(
            emotion, labels, probabilities, confidence, threshold, **affect,
            speaker=speaker or (profile.name if profile else ''), speaker_confidence=sure,
            profile=profile.label if profile else '')

    def classify_as(self, features: VoiceFeatures, profile: VoiceProfile) -> Float32:
        """Return the probabilities of an utterance with the profile of its speaker, float32."""
        told = self.describe(features, profile.embedding)
        return adapt(told['probabilities'], self.description.labels, profile.scores,
                     self._average)

    def describe(self, features: VoiceFeatures,
                 embedding: Float32 | None = None) -> dict[str, Float32]:
        """Return the outputs of the network, from which a profile is computed.

        Args:
            features: features.extractor.VoiceFeatures of an utterance.
            embedding: of the profile of the speaker; None for a stranger.

        Returns:
            {output: float32 array}, see LiteRtBackend.run.

        Raises:
            ValueError, EmotionError: see classify.

        """
        self.check(features)
        return self._run(self._taken(features), embedding)

    def voice_network(self) -> VoiceNetwork:
        """Describe the network that profiles must match.

        Returns:
            voices.profile.VoiceNetwork.

        Raises:
            EmotionError: the model does not use profiles.

        """
        if self._network.voice_sizes is None:
            raise EmotionError(f'model {self.model!r} cannot enroll speakers: its network takes '
                               'no profile; one trained with the network encoder does')
        return VoiceNetwork(self.model, network_sha256(self._folder),
                            tuple(self.description.features), tuple(self.description.labels),
                            *self._network.voice_sizes)

    def load_voices(self, folder: str | PathLike[str]) -> list[str]:
        """Load the voice profiles in a folder, replacing the known ones.

        Args:
            folder: of profiles; '' for none.

        Returns:
            [str]: reasons why profiles were left out, one line each.

        Raises:
            EmotionError: the folder cannot be read; nobody is known then.

        """
        try:
            profiles, faults = self._read_profiles(folder) if folder else ((), [])
        except EmotionError:
            self.voices = replace(self.voices, profiles=())
            raise
        self.voices = replace(self.voices, profiles=profiles)   # until now, the known ones counted
        return faults

    def _read_profiles(self, folder: str | PathLike[str],
                       ) -> tuple[tuple[VoiceProfile, ...], list[str]]:
        try:
            network = self.voice_network()
        except EmotionError as error:
            return (), [str(error)]
        return read_profiles(folder, network)

    def _taken(self, features: VoiceFeatures) -> dict[str, Float32]:
        return {block.name: features.matrices[block.name] for block in self._blocks}

    def _speaker(self, matrices: dict[str, Float32],
                 told: str) -> tuple[VoiceProfile | None, float]:
        """Find the profile to use, and how certain the speaker is."""
        if told:
            return self.voices.named(told), 1.0
        if not self.voices.profiles:
            return None, math.nan
        return self.voices.recognize(self._run(matrices, None)['voice'])

    def _run(self, matrices: dict[str, Float32], embedding: Float32 | None) -> dict[str, Float32]:
        """Run the network, unless its last run had these matrices and this profile."""
        last, known = self._last
        if not last or any(not np.array_equal(values, last[name])
                           for name, values in matrices.items()):
            self._last = last, known = matrices, {}
        key = b'' if embedding is None or not embedding.any() else embedding.tobytes()
        if key not in known:
            outputs = self._network.run(matrices, embedding)
            if not all(np.isfinite(values).all() for values in outputs.values()):
                raise EmotionError(f'model {self.model!r} gave values that are not finite')
            known[key] = outputs
        return known[key]
