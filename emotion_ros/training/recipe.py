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

"""How a network is trained: the settings that `train` and `evaluate` share."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from emotion_ros.training.augmentation import SNR, Augmentation
from emotion_ros.training.dataset import extract_examples
from emotion_ros.training.encoder_fit import check_features, fit_encoder
from emotion_ros.training.examples import AUDIO
from emotion_ros.training.network import NETWORKS, functional_block
from emotion_ros.training.recordings import Recordings
from emotion_ros.training.rooms import MeasuredRooms, training_rooms
from emotion_ros.training.scenes import Sources
from emotion_ros.training.trainer import fit


@dataclass(frozen=True)
class Recipe:
    """Settings of a training.

    Args:
        seed: of all random choices.
        epochs: number of passes over all examples; None to choose it by the number of examples.
        network: one of options.NETWORKS, or the name of a plugin.
        augment: number of augmented copies of each clip; 0 for none.
        noise: recordings.Recordings to mix into these copies besides generated noise, or None.
        snr: signal-to-noise ratios to draw from [dB].
        impulse_responses: rooms.MeasuredRooms for these copies, besides other rooms, or None.
        simulated_rooms: number of simulated rooms for these copies.

    """

    seed: int
    epochs: int | None
    network: str
    augment: int
    noise: Recordings | None = None
    snr: tuple = SNR
    impulse_responses: MeasuredRooms | None = None
    simulated_rooms: int = 0

    def check_features(self, features: Iterable[str]) -> None:
        """Check that the network can be trained with blocks, before these are computed.

        Raises:
            EmotionError: it cannot.

        """
        if self.network == 'encoder':
            check_features(features)
        elif self.network in NETWORKS:   # others, of plugins, may take any
            functional_block(features)

    @property
    def trains_encoder(self) -> bool:
        """Whether the pretrained encoder is trained, too."""
        return self.network == 'encoder' and bool(self.epochs)

    @property
    def changes_clips(self) -> bool:
        """Whether clips are put into rooms and noise, for copies or for scenes."""
        return bool(self.augment) or self.trains_encoder

    def of_recordings(self, extraction):
        """Return the features.Extraction of clips as recorded, with audio if that is needed."""
        return replace(extraction, features=(*extraction.features, AUDIO)) if (
            self.trains_encoder) else extraction

    def augmentations(self, extraction):
        """Return the Augmentation of each copy; rooms are simulated if the cache has none.

        Args:
            extraction: features.Extraction, which names the cache.

        """
        return [self._augmentation(variant, extraction) for variant in range(self.augment)]

    def _augmentation(self, variant, extraction):
        rooms = (
            *([training_rooms(self.simulated_rooms, extraction.cache, extraction.jobs)]
              if self.simulated_rooms else []),
            *([self.impulse_responses] if self.impulse_responses else []))
        return Augmentation(variant, self.noise, self.snr, rooms)

    def augmented(self, data, extraction):
        """Compute the features of augmented copies of clips; see dataset.extract_examples.

        Returns:
            Examples, or None.

        """
        return extract_examples(
            data, extraction, self.augmentations(extraction), title='augmented features',
            kind='augmented clips') if self.augment else None

    def fit(self, training, augmented, extraction, labels):
        """Train a network; see trainer.fit and encoder_fit.fit_encoder.

        Args:
            training: Examples, from of_recordings(extraction).
            augmented: Examples, from augmented(), or None.
            extraction: features.Extraction.
            labels: the classes in order.

        """
        if self.network != 'encoder':
            return fit(training, extraction.features, len(labels), seed=self.seed,
                       epochs=self.epochs, augmented=augmented, network=self.network)
        if not self.trains_encoder:
            return fit_encoder(training, augmented, labels, seed=self.seed, epochs=0)
        sources = Sources.drawn(self._augmentation(0, extraction), self.seed)
        return fit_encoder(training, augmented, labels, seed=self.seed, epochs=self.epochs,
                           sources=sources)

    def facts(self):
        """Return the settings as plain values, for model.yaml and reports."""
        facts = {'seed': self.seed, 'epochs': self.epochs, 'network': self.network,
                 'augment': self.augment}
        if self.changes_clips:
            facts |= {'snr': list(self.snr), 'simulated_rooms': self.simulated_rooms}
        if self.noise:
            facts['noise'] = self.noise.names()
        if self.impulse_responses:
            facts['impulse_responses'] = self.impulse_responses.names()
        return facts
