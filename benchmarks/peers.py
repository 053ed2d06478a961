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

"""Peers that pip installs: what they cost on the same clips, and how right they are.

Each gets the same clips, one at a time, and has a process of its own:
  emotion_ros      all that the nodes do without ROS: voice activity, features, the default model
  openSMILE + SVM  opensmile.Smile.process_signal, ComParE_2016 functionals, a linear support
                   vector machine of scikit-learn: what most articles compare with
  librosa + MLP    means of MFCC, chroma and mel spectrum, a perceptron with one hidden layer of
                   300: what most tutorials build
  pyAudioAnalysis  its mid-term statistics, averaged, and a linear support vector machine, as its
                   file_classification does

The peers bring no model. With --corpus they are trained on the speakers that the default model was
trained on, and all are tested on the other speakers. Without it they are trained on the bundled
clips, which are then heard: that tells what they cost, and nothing of how right they are.
"""

import importlib.util
import json
from pathlib import Path
import subprocess
import tempfile
import time
import warnings

import numpy as np

from emotion_ros.audio.file_source import FileSource
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import find_model
from emotion_ros.speech.segmenter import Segmentation
import measuring
from peer_classifiers import PEERS, load, train

OWN = 'emotion_ros'
TIMES = 10   # that each bundled clip is heard


def load_own():
    """Load the default model; give a function of a path to a label, None where nobody speaks."""
    from emotion_ros.model.classifier import EmotionClassifier
    from emotion_ros.offline.pipeline import classify_file
    classifier = EmotionClassifier(find_model())

    def answer(path):
        found = [emotion.probabilities for utterance, emotion in classify_file(
            path, classifier, segmentation=Segmentation(interim_interval=0)) if utterance.final]
        return classifier.description.labels[np.mean(found, axis=0).argmax()] if found else None
    return answer


def listen(name, folder):
    """Measure a way in a process of its own.

    Returns:
        Time until the first answer [s], times of the clips [s], CPU time for all of them [s],
        greatest memory [MB], and the answers: labels or None.

    """
    test = [path for path, _, _ in read_task(folder)['test']]
    begun = time.monotonic()
    answer = load_own() if name == OWN else load(name, folder)
    answer(test[0])
    start = time.monotonic() - begun
    times, answers, begun = [], [], time.process_time()
    for path in test:
        heard = time.monotonic()
        answers.append(answer(path))
        times.append(time.monotonic() - heard)
    return start, times, time.process_time() - begun, measuring.memory(what='VmHWM'), answers


def child(work, name, folder):
    """Train a peer, or measure a way, in a process of its own."""
    warnings.simplefilter('ignore')   # theirs are of ffmpeg and of the few clips
    if work == 'listen':
        return listen(name, folder)
    task = read_task(folder)
    return train(name, folder, task['training'], task['cache'])


def read_task(folder):
    """Read the task: which clips are for training and for the test, [path, label, speaker]."""
    return json.loads(Path(folder, 'task.json').read_text())


def of_bundled():
    """Give the task without a corpus: the bundled clips, each a class of its own."""
    clips = [(str(path), path.stem, path.stem[:2]) for path in measuring.CLIPS]
    return {'training': clips, 'test': clips * TIMES, 'cache': None}


def of_corpora(corpora, folder):
    """Give the task with corpora.

    Args:
        corpora: ['NAME:PATH'].
        folder: that keeps the peers' features of clips.

    Returns:
        The task.

    Raises:
        EmotionError: the folder cannot be made; a corpus cannot be used, or leaves nothing for
            training or the test.

    """
    from emotion_ros.corpora.classes import choose_classes
    from emotion_ros.evaluation.leakage import TrainedOn
    from emotion_ros.model.saved_model import read_description
    from emotion_ros.training.dataset import read_clips
    from emotion_ros.training.training_clips import read_training_clips
    description = read_description(find_model())
    clips, left_out = read_clips(corpora)
    unknown = TrainedOn(description, read_training_clips(find_model())).without_known(
        clips, left_out)
    known = {clip.speaker for clip in clips} - {clip.speaker for clip in unknown}
    _, mapping = choose_classes([clip.emotion for clip in clips], default=description.labels)
    parts = {'training': [], 'test': []}
    for clip in clips:
        if clip.emotion in mapping:
            parts['training' if clip.speaker in known else 'test'].append(
                (str(clip.path), mapping[clip.emotion], clip.speaker))
    for part, found in parts.items():
        if not found:
            raise EmotionError(f'--corpus: the default model leaves no speaker for {part}')
    kept = Path(folder).expanduser() / 'peers'
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmotionError(f'--cache: cannot make {str(kept)!r}: {error.strerror}') from error
    return parts | {'cache': str(kept)}


def recall(test, answers):
    """Compute the unweighted average recall and its 95 % interval over speakers.

    Args:
        test: clips of the task.
        answers: to them, labels or None.

    Returns:
        The recall, 0 to 1, and the interval as text, None where there is none.

    """
    from emotion_ros.metrics import unweighted_average_recall
    from emotion_ros.metrics.bootstrap import intervals
    from emotion_ros.metrics.predictions import Predictions
    from emotion_ros.model.saved_model import read_description
    labels = read_description(find_model()).labels
    speakers = np.array([speaker for _, _, speaker in test])
    found = Predictions(
        labels=labels,
        targets=np.array([labels.index(label) for _, label, _ in test]),
        probabilities=np.array([[label == answer for label in labels] for answer in answers]),
        confidence=np.ones(len(test)),
        speakers=speakers,
        corpora=np.array([speaker.split('/')[0] for speaker in speakers]),
        has_speech=np.array([answer is not None for answer in answers]),
        affect=np.full((len(test), 2), np.nan),
        rated=np.full((len(test), 2), np.nan))
    interval = intervals(found)['uar']
    return (unweighted_average_recall(found.targets, found.predicted),
            interval and f'{interval[0]:.2f} to {interval[1]:.2f}')


def examine(name, folder, seconds):
    """Train and measure a way.

    Args:
        name: of the way.
        folder: of the task.
        seconds: of sound in the test.

    Returns:
        CPU time a second of sound [ms], median time of a clip [ms], time until the first answer
        [s], greatest memory [MB], the answers; or a text that says why there are none.

    """
    try:
        if name != OWN:
            for package in PEERS[name].packages:
                if importlib.util.find_spec(package) is None:
                    return f'{package} is not installed'
            measuring.in_child('train', name, folder)
        start, times, used, memory, answers = measuring.in_child('listen', name, folder)
    except subprocess.CalledProcessError:
        if name == OWN:
            raise
        return 'failed, its message stands above'
    return 1000 * used / seconds, 1000 * float(np.median(times)), start, memory, answers


def measure(arguments):
    """Compare emotion_ros with its peers."""
    task = of_corpora(arguments.corpus, arguments.cache) if arguments.corpus else of_bundled()
    test = task['test']
    seconds = sum(FileSource(path).duration for path, _, _ in test)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, 'task.json').write_text(json.dumps(task))
        for name in (OWN, *PEERS):
            found = examine(name, folder, seconds)
            if isinstance(found, str):
                rows.append([f'{name}: {found}', *[None] * (6 if arguments.corpus else 4)])
                continue
            *costs, answers = found
            rows.append([name, *costs, *(recall(test, answers) if arguments.corpus else ())])
    measuring.compare(rows, 4)
    measuring.compare(rows, 2)
    columns = ['way', f'CPU / {OWN}', f'memory / {OWN}', 'CPU [ms/s of sound]',
               'a clip, median [ms]', 'to the first answer [s]', 'memory [MB]']
    speakers = {part: len({speaker for _, _, speaker in task[part]})
                for part in ('training', 'test')}
    notes = ['Each works on whole clips that lie there. On a robot the peers can only begin when '
             'somebody else has found the end of the speech; emotion_ros finds it, and its CPU '
             'time, most of which is spent while the person still speaks, holds that too: '
             'features.py compares the delays.']
    if arguments.corpus:
        columns += ['UAR', 'UAR, 95 %']
        notes += [f'Tested on {len(test)} clips of {speakers["test"]} speakers that none was '
                  f'trained on. Peers: trained on the {len(task["training"])} clips of the other '
                  f'{speakers["training"]} speakers. emotion_ros: on all that its model.yaml '
                  'names, these among it, with noise. It may answer classes that these corpora '
                  'lack, and here always answers, however unsure. The clips are heard as they '
                  'are: `emotion-ros evaluate` puts a moment of background before them and so '
                  'finds a somewhat different UAR.']
    else:
        notes += [f'Peers: trained on the {len(task["training"])} bundled clips. How right they '
                  'are is measured with --corpus.']
    return [measuring.Table('One clip at a time, from the file to the answer', columns, rows,
                            notes)]


def _add_arguments(parser):
    parser.add_argument('--corpus', action='append', metavar='NAME:PATH',
                        help='recordings, as for `emotion-ros train`; may be given several times')
    parser.add_argument('--cache', default='~/.cache/emotion_ros', metavar='DIR',
                        help='folder that keeps features of clips (default: %(default)s)')


if __name__ == '__main__':
    measuring.run(__doc__, measure, add_arguments=_add_arguments, child=child)
