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

"""What networks say of examples that they were trained without: it calibrates, and is reported."""

from keras import ops
import numpy as np

from emotion_ros.metrics import measure, operating_point, reliability, rounded
from emotion_ros.metrics.predictions import Predictions
from emotion_ros.model.confidence_layers import ConfidenceCalibration
from emotion_ros.training.calibration import fit_confidence_calibration, fit_weights, probabilities
from emotion_ros.training.trainer import MAX_THRESHOLD, UNSURE
from emotion_ros.voices.adaptation import centered_log


def calibrate(left_out: list) -> tuple:
    """Fit what makes the outputs honest to examples that were left out.

    Args:
        left_out: a pair for each fold (folds weigh the same): the Examples that were left out,
            and the outputs for them by name: 'logits' and, if there are linear functions,
            'linear_logits', shape (examples, classes), and 'confidence', shape (examples, 1).

    Returns:
        The weights of the logits, float64, shape (1,) or (2,); the
        model.confidence_layers.ConfidenceCalibration, or None if nothing can be learned; and the
        threshold of the confidence.

    """
    parts = [_logits(outputs) for _, outputs in left_out]
    targets = [held.targets for held, _ in left_out]
    weights, _ = fit_weights(
        [np.concatenate(part) for part in zip(*parts, strict=True)], np.concatenate(targets),
        np.concatenate([np.full(len(of_fold), 1 / len(of_fold)) for of_fold in targets]))
    scores = [_scores(outputs, weights) for _, outputs in left_out]
    calibration = fit_confidence_calibration(
        [(outputs, of_fold, 1) for outputs, of_fold in zip(scores, targets, strict=True)],
        test_branch=True)
    unsure = [np.quantile(_confidence(outputs, calibration), UNSURE) for outputs in scores]
    return weights, calibration, min(float(np.mean(unsure)), MAX_THRESHOLD)


def average_speaker(left_out: list, weights: np.ndarray, labels: list) -> dict[str, list[float]]:
    """Give the mean scores of strangers' utterances of each emotion, see voices.adaptation.

    Args:
        left_out: see calibrate; all folds with an emotion weigh the same.
        weights: see calibrate.
        labels: the classes in order.

    """
    found = {}
    for held, outputs in left_out:
        scores = centered_log(probabilities(_logits(outputs), weights))
        for target in np.unique(held.targets):
            found.setdefault(target, []).append(scores[held.targets == target].mean(axis=0))
    return {labels[target]: np.mean(found[target], axis=0).round(3).tolist()
            for target in sorted(found)}


def measure_left_out(left_out: list, weights: np.ndarray,
                     calibration: ConfidenceCalibration | None, threshold: float,
                     labels: list) -> list[dict]:
    """Measure what was said of each corpus.

    Args:
        left_out, weights, calibration, threshold: see calibrate.
        labels: the classes in order.

    Returns:
        Of each corpus, in order of name: 'corpus', 'utterances', 'uar', 'answered' (fraction not
        below the threshold), 'accuracy' of these (None if there are none), 'calibration_error', and
        'error_auroc' of the confidence and of the maximum softmax; plain numbers, rounded.

    """
    found = []
    for held, outputs in left_out:
        scores = _scores(outputs, weights)
        unknown = np.full((len(held), 2), np.nan, np.float32)
        predictions = Predictions(
            labels, held.targets, scores['probabilities'], _confidence(scores, calibration),
            held.speakers, held.corpora, np.ones(len(held), bool), unknown, unknown)
        for corpus, part in predictions.by('corpora').items():
            measures, point = measure(part), operating_point(part, part.confidence, threshold)
            found.append({
                'corpus': str(corpus), 'utterances': len(part), 'uar': measures['uar'],
                'answered': point['coverage'], 'accuracy': point['accuracy'],
                'calibration_error': reliability(part).error,
                'error_auroc': measures['error_auroc']})
    return rounded(sorted(found, key=lambda entry: entry['corpus']))


def _scores(outputs, weights):
    """Give probabilities and the other inputs of a ConfidenceCalibration."""
    return {'confidence': outputs['confidence'],
            'probabilities': probabilities(_logits(outputs), weights),
            'novelty': np.zeros_like(outputs['confidence'])}


def _confidence(scores, calibration):
    """Give the calibrated confidence, shape (examples,)."""
    found = scores['confidence'] if calibration is None else calibration(**scores)
    return ops.convert_to_numpy(found)[:, 0]


def _logits(outputs):
    """Give the logits that are weighed and added: the network's, and those of linear functions."""
    return [outputs[name] for name in ('logits', 'linear_logits') if name in outputs]
