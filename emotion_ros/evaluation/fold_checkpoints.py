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

"""Folds of a cross-validation, whose results are kept so that a stopped run can resume."""

from collections.abc import Callable
from dataclasses import dataclass, field
import hashlib
import json
import logging
from pathlib import Path
import shutil
import time

import numpy as np

from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import expanded
from emotion_ros.metrics.predictions import OF_CLIPS, Predictions
from emotion_ros.training.cache import write_arrays

_LOGGER = logging.getLogger(__name__)

_FRONT_ENDS = {'bags', 'behavior', 'cli', 'display', 'doctor', 'monitor', 'mood', 'nodes'}
"""Parts of the package that the results of folds do not depend on."""

CLIPS = 'clips', ''
"""Key of the predictions of clips as recorded."""


@dataclass
class FoldResult:
    """The results of a fold.

    Args:
        predictions: {(group, value): Predictions}, such as CLIPS
            and ('snr', 10.0) of clips in noise.
        ood: {kind: float, shape (sounds, 2): confidence and maximum probability}.
        threshold: confidence below which the emotion is "unknown".
        findings: caveats to know before relying on the results, one sentence each.

    """

    predictions: dict = field(default_factory=dict)
    ood: dict = field(default_factory=dict)
    threshold: float = 0.0
    findings: tuple = ()


class FoldCheckpoints:
    """The folds of a cross-validation, kept in a folder of the cache until all are complete.

    Args:
        extraction: training.features.Extraction, which names the cache.
        recipe: training.recipe.Recipe.
        clips: [corpora.clip.Clip].
        settings: what else the results depend on, ready for JSON. The code of the package is added,
            so that another version starts over.

    """

    def __init__(self, extraction, recipe, clips: list, settings: dict):
        settings = {
            **settings, 'augmentations': [
                augmentation.settings() for augmentation in recipe.augmentations(extraction)],
            'clips': [(clip.digest, clip.emotion, clip.speaker) for clip in clips]}
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
        package = Path(__file__).parents[1]
        for path in sorted(package.rglob('*.py')):
            if path.relative_to(package).parts[0] not in _FRONT_ENDS:
                digest.update(path.read_bytes())
        self._folder = expanded(extraction.cache) / 'folds' / digest.hexdigest()[:32]

    def read(self, number: int) -> FoldResult | None:
        """Return a kept fold, or None if it cannot be read."""
        try:
            with np.load(self._folder / f'{number}.npz', allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            facts = json.loads(str(arrays['facts']))
            return FoldResult(
                predictions={tuple(key): Predictions(labels, **{
                    name: arrays[f'{index} {name}'] for name in OF_CLIPS})
                    for index, (key, labels) in enumerate(facts['predictions'])},
                ood={kind: arrays[f'ood {kind}'] for kind in facts['ood']},
                threshold=facts['threshold'], findings=tuple(facts['findings']))
        except Exception:   # missing or broken: zipfile may raise anything
            return None

    def write(self, number: int, result: FoldResult) -> None:
        """Keep a fold.

        Raises:
            EmotionError: it cannot be written.

        """
        write_arrays(self._folder / f'{number}.npz', {
            'facts': np.array(json.dumps({
                'predictions': [(key, list(part.labels))
                                for key, part in result.predictions.items()],
                'ood': list(result.ood), 'threshold': float(result.threshold),
                'findings': list(result.findings)})),
            **{f'{index} {name}': getattr(part, name)
               for index, part in enumerate(result.predictions.values()) for name in OF_CLIPS},
            **{f'ood {kind}': scores for kind, scores in result.ood.items()}})

    def remove(self) -> None:
        """Delete all folds, once the report has them."""
        shutil.rmtree(self._folder, ignore_errors=True)


def run_folds(names: list[str], run: Callable[[int], FoldResult], kept: FoldCheckpoints,
              write: Callable[[dict[int, FoldResult]], None],
              clock: Callable[[], float] = time.monotonic) -> None:
    """Run folds one after the other, and write the report of those that are complete.

    A fold that fails becomes a finding, and the others continue. Ctrl-C or SIGTERM ends the run
    with a report of the folds that are complete; the same command resumes with the others. Folds
    are kept until the caller removes them.

    Args:
        names: of the folds, for people.
        run: function that computes the FoldResult of a fold from its index.
        kept: FoldCheckpoints.
        write: function that writes the report of {index: FoldResult}, each with predictions; those
            that failed have only findings.
        clock: function that returns the time [s].

    Raises:
        EmotionError: none of the folds can be run.

    """
    results, durations = {}, []
    _LOGGER.info(f'{len(names)} folds to train; the first one will show how long that takes')
    try:
        for index, name in enumerate(names):
            found = kept.read(index)
            if found is None:
                _LOGGER.info(name)
                begun = clock()
                found = _run(name, run, index)
                if found.predictions:
                    kept.write(index, found)
                    durations.append(clock() - begun)
            else:
                _LOGGER.info(f'{name}: restored from an interrupted run')
            results[index] = found
            for finding in found.findings:
                _LOGGER.info(f'  note: {finding}')
            left = len(names) - index - 1
            if durations and left:
                mean = sum(durations) / len(durations)
                _LOGGER.info(f'  took {_minutes(durations[-1])}; {left} more will take about '
                             f'{_minutes(left * mean)}')
    except (KeyboardInterrupt, SystemExit):
        if any(found.predictions for found in results.values()):
            _LOGGER.info(f'stopped after {len(results)} of {len(names)} folds; run the same '
                         'command again to continue with the next one')
            write(results)
        raise
    if not any(found.predictions for found in results.values()):
        raise EmotionError(results[0].findings[0])
    write(results)


def _run(name, run, index):
    try:
        return run(index)
    except EmotionError as error:   # the results of the other folds are not lost
        return FoldResult(findings=(f'{name.partition(" of ")[0]} was left out: {error}',))


def _minutes(seconds: float) -> str:
    return f'{seconds:.0f} s' if seconds < 90 else f'{seconds / 60:.0f} min'
