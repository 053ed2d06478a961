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

"""The peers of peers.py: their features and classifiers, trained and loaded again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
import inspect
from pathlib import Path
import pickle

import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.audio.resampler import to_float
import measuring

COSTS = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]   # C of a support vector machine, to choose from
FOLDS = 3    # of training speakers, to choose it with


@dataclass(frozen=True)
class Peer:
    """A way of others.

    Args:
        packages: modules that it needs.
        values: function of int16 sound, 16 kHz, to a vector of its features.
        machine: function that makes the untrained estimator of scikit-learn.
        grid: its parameters to choose from in training.

    """

    packages: tuple
    values: Callable
    machine: Callable
    grid: dict


@cache
def smile():
    """Make the opensmile object, once."""
    import opensmile
    return opensmile.Smile(feature_set=opensmile.FeatureSet.ComParE_2016,
                           feature_level=opensmile.FeatureLevel.Functionals)


def functionals(samples):
    """Compute the 6373 functionals of openSMILE."""
    return smile().process_signal(to_float(samples), SAMPLE_RATE).to_numpy()[0]


def means(samples):
    """Compute the means of 40 MFCC, 12 chroma and 128 mel bands."""
    import librosa
    signal = to_float(samples)
    spectrum = np.abs(librosa.stft(signal))
    return np.concatenate([part.mean(axis=1) for part in (
        librosa.feature.mfcc(y=signal, sr=SAMPLE_RATE, n_mfcc=40),
        librosa.feature.chroma_stft(S=spectrum, sr=SAMPLE_RATE),
        librosa.feature.melspectrogram(y=signal, sr=SAMPLE_RATE))])


def statistics(samples):
    """Compute the 136 mid-term statistics of pyAudioAnalysis with the windows of its readme."""
    from pyAudioAnalysis import MidTermFeatures
    second, window = SAMPLE_RATE, SAMPLE_RATE // 20
    found, _, _ = MidTermFeatures.mid_feature_extraction(
        samples, SAMPLE_RATE, second, second, window, window)
    return found.mean(axis=1)


def support_vectors():
    """Make a linear support vector machine."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC
    return make_pipeline(StandardScaler(), LinearSVC(class_weight='balanced', random_state=0))


def perceptron():
    """Make a perceptron."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    return make_pipeline(StandardScaler(), MLPClassifier(
        hidden_layer_sizes=(300,), alpha=0.01, max_iter=500, random_state=0))


PEERS = {
    'openSMILE + SVM': Peer(
        ('opensmile', 'sklearn'), functionals, support_vectors, {'linearsvc__C': COSTS}),
    'librosa + MLP': Peer(
        ('librosa', 'sklearn'), means, perceptron, {}),
    'pyAudioAnalysis': Peer(
        ('pyAudioAnalysis', 'sklearn'), statistics, support_vectors, {'linearsvc__C': COSTS}),
}


def train(name, folder, clips, cached):
    """Train a peer and save it.

    Args:
        name: of the peer.
        folder: where it is saved.
        clips: [path, label, speaker].
        cached: folder that keeps its features of clips, or None.

    """
    import joblib
    from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
    peer = PEERS[name]
    values_of = joblib.Memory(cached, verbose=0).cache(_values)
    paths, labels, speakers = zip(*clips)
    way = inspect.getsource(peer.values)
    values = np.array([values_of(name, path, way, Path(path).stat().st_mtime_ns)
                       for path in paths])
    machine = peer.machine()
    if peer.grid and len(set(speakers)) >= FOLDS:
        search = GridSearchCV(machine, peer.grid, scoring='balanced_accuracy',
                              cv=StratifiedGroupKFold(FOLDS))
        machine = search.fit(values, labels, groups=speakers).best_estimator_
    else:
        machine.fit(values, labels)
    Path(folder, name).write_bytes(pickle.dumps(machine))


def _values(name, path, way, changed):   # kept by all of them
    return PEERS[name].values(measuring.sound(path))


def load(name, folder):
    """Load a trained peer; give a function of a path to a label."""
    machine = pickle.loads(Path(folder, name).read_bytes())
    return lambda path: str(machine.predict([PEERS[name].values(measuring.sound(path))])[0])
