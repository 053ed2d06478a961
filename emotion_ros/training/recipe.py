"""How a network is trained: what `train` and `evaluate` have in common."""

from dataclasses import dataclass

from emotion_ros.training.augmentation import SNR, Augmentation, Noise
from emotion_ros.training.fitting import fit
from emotion_ros.training.material import hear


@dataclass(frozen=True)
class Recipe:
    """Settings of a training.

    Args:
        seed: of everything that is drawn.
        epochs: how often all examples are seen; None for a number that fits how many they are.
        network: one of network.NETWORKS.
        disturbed: disturbed copies that are made of each clip; 0 for none.
        noise: augmentation.Noise that is mixed into these copies beside generated noise, or None.
        snr: signal-to-noise ratios to draw from [dB].

    """

    seed: int
    epochs: int | None
    network: str
    disturbed: int
    noise: Noise | None = None
    snr: tuple = SNR

    def disturb(self, clips, mapping, labels, extraction):
        """Compute the features of disturbed copies of clips; see material.hear.

        Returns:
            Examples, or None.

        """
        if not self.disturbed:
            return None
        variants = [Augmentation(variant, self.noise, self.snr)
                    for variant in range(self.disturbed)]
        return hear(clips, mapping, labels, extraction, variants, title='disturbed features')

    def fit(self, training, disturbed, features, labels):
        """Train a network; see fitting.fit."""
        return fit(training, features, len(labels), seed=self.seed, epochs=self.epochs,
                   disturbed=disturbed, network=self.network)

    def facts(self):
        """Give the settings as plain values, for model.yaml and reports."""
        return {
            'seed': self.seed, 'epochs': self.epochs, 'network': self.network,
            'disturbed': self.disturbed,
            **({'snr': list(self.snr)} if self.disturbed else {}),
            **({'noise': [path.name for path in self.noise.paths]} if self.noise else {})}
