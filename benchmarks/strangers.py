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

"""What helps to recognize strangers: each corpus is left out in turn, and the others are learned.

Each row is the unweighted average recall over the classes that a corpus shares with the others. By
features, with shrunken linear discriminant analysis: the blocks of the pretrained encoder (of the
last, its attention) and, with --opensmile, ComParE_2016 functionals. By corpora: the same with one
more of them at a time. With --network, the head of the network `encoder` in place of the linear
functions, alone, beside those of the functionals, and with parts of it left away.
"""

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from emotion_ros.features.blocks import LOG_MEL
from emotion_ros.training import batches, encoder_fit, encoder_trainer
from emotion_ros.training.dataset import extract_examples, read_labeled_clips
from emotion_ros.training.encoder_network import BLOCKS
from emotion_ros.training.features import Extraction
import measuring

OPENSMILE = 'ComParE_2016'
LIMIT = 3.0       # of standardized values
SHRINKAGE = 0.5   # of the covariance toward a multiple of the identity
BESIDE = 0.3      # weight of the linear functions beside the network
LEFT_AWAY = {'no mixed examples': (batches, 'MIXUP_FRACTION'),
             'no arousal and valence': (encoder_trainer, 'AFFECT_WEIGHT'),
             'every class in every corpus': (encoder_trainer, 'ABSENT')}
"""Rows without a part of the training: the module and the constant of it that becomes 0."""


def linear(values, examples, train, test):
    """Answer with linear discriminant functions, all classes equally likely."""
    labels = np.unique(examples.targets[train])
    functions = make_pipeline(
        StandardScaler(), FunctionTransformer(np.clip, kw_args={'a_min': -LIMIT, 'a_max': LIMIT}),
        LinearDiscriminantAnalysis(solver='lsqr', shrinkage=SHRINKAGE,
                                   priors=np.full(len(labels), 1 / len(labels))))
    functions.fit(values[train], examples.targets[train])
    return labels, functions.decision_function(values[test]).reshape(test.sum(), -1)


def network(examples, train, test, labels, seed):
    """Answer with the head of the network `encoder`, trained as `emotion-ros train` does."""
    encoder = encoder_fit.pretrained_encoder()
    trained = encoder_fit.train_network(encoder, examples.select(train), None, labels,
                                        seed=seed, epochs=0)
    outputs = encoder_fit.predict_examples(trained, encoder, examples.select(test), epochs=0)
    return np.arange(len(labels)), outputs['logits']


def remembered(answer):
    """Give an answer that is worked out once for each training and test."""
    known = {}

    def recalled(train, test):
        key = train.tobytes(), test.tobytes()
        if key not in known:
            known[key] = answer(train, test)
        return known[key]
    return recalled


def beside(by_network, by_linear):
    """Give an answer whose probabilities are those of a network times those of linear functions."""
    def answer(train, test):
        labels, logits = by_network(train, test)
        found, scores = by_linear(train, test)
        return found, logits[:, np.searchsorted(labels, found)] + BESIDE * scores
    return answer


def recall(examples, train, test, found, scores):
    """Give the recall over the classes that are both trained and tested."""
    shared = np.intersect1d(examples.targets[train], examples.targets[test])
    of_shared = np.isin(examples.targets[test], shared)
    columns = np.flatnonzero(np.isin(found, shared))
    answers = found[columns][scores[:, columns].argmax(axis=1)]
    return recall_score(examples.targets[test][of_shared], answers[of_shared], average='macro',
                        labels=shared)


def row(name, examples, corpora, answer, learned=None):
    """Leave each corpus out; give the row of a table."""
    recalls = []
    for corpus in corpora:
        test = examples.corpora == corpus
        train = ~test & np.isin(examples.corpora, corpora if learned is None else learned)
        recalls.append(recall(examples, train, test, *answer(train, test)))
    return [name, float(np.mean(recalls)), *map(float, recalls)]


def measure(arguments):
    """Give the tables."""
    names = (OPENSMILE, LOG_MEL) if arguments.opensmile else (LOG_MEL,)
    data, _, _ = read_labeled_clips(arguments.corpus, classes=None, renames=[])
    examples = extract_examples(data, Extraction(names, arguments.cache))
    corpora = list(dict.fromkeys(examples.corpora))
    statistics = encoder_fit.pretrained_encoder().describe(
        [entry[LOG_MEL] for entry in examples.values])
    blocks = statistics['late'].astype(np.float32)

    def by(values):
        return lambda train, test: linear(values, examples, train, test)

    rows = [row(f'block {number}', examples, corpora, by(block))
            for number, block in enumerate(np.split(blocks, BLOCKS, axis=1), start=1)]
    rows.append(row(f'blocks 1 to {BLOCKS}', examples, corpora, by(blocks)))
    if arguments.opensmile:
        functionals = np.concatenate([entry[OPENSMILE] for entry in examples.values])
        by_functionals = remembered(by(functionals))
        rows.append(row(OPENSMILE, examples, corpora, by_functionals))
        rows.append(row('both', examples, corpora,
                        by(np.concatenate([blocks, functionals], axis=1))))

    def by_network(seed):
        return lambda train, test: network(examples, train, test, data.labels, seed)

    if arguments.network:
        first = remembered(by_network(0))
        rows += [row(f'network encoder, seed {seed}', examples, corpora,
                     by_network(seed) if seed else first) for seed in range(arguments.seeds)]
        if arguments.opensmile:
            rows.append(row(f'network, seed 0, and {OPENSMILE}, weight {BESIDE:g}', examples,
                            corpora, beside(first, by_functionals)))
        for name, (module, setting) in LEFT_AWAY.items():
            kept = getattr(module, setting)
            setattr(module, setting, 0.0)
            rows.append(row(name, examples, corpora, by_network(0)))
            setattr(module, setting, kept)
    columns = ['learned from the others', 'mean', *corpora]
    tables = [measuring.Table('Each corpus left out', columns, rows, [
        f'{len(examples)} utterances of {len(data)} clips; chance is 1 / classes.'])]
    tables.append(measuring.Table(f'More corpora, blocks 1 to {BLOCKS}', columns, [
        row(' + '.join(corpora[:count]), examples, corpora, by(blocks),
            corpora[:count]) for count in range(2, len(corpora) + 1)], []))
    return tables


def _add_arguments(parser):
    parser.add_argument('--corpus', action='append', required=True, metavar='NAME:PATH',
                        help='recordings, as for `emotion-ros train`; at least three')
    parser.add_argument('--cache', default='~/.cache/emotion_ros', metavar='DIR',
                        help='folder that keeps features of clips (default: %(default)s)')
    parser.add_argument('--opensmile', action='store_true', help=f'{OPENSMILE}, too')
    parser.add_argument('--network', action='store_true',
                        help='the head of the network `encoder`, too, which takes longer')
    parser.add_argument('--seeds', type=int, default=1,
                        help='trainings of the head (default: %(default)s)')


if __name__ == '__main__':
    measuring.run(__doc__, measure, add_arguments=_add_arguments)
