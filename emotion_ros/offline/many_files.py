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

"""Many sound files at a time, each in a process of its own."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
import multiprocessing
import os
from typing import Any

from emotion_ros.errors import EmotionError
from emotion_ros.features.extractor import Utterance
from emotion_ros.model.classifier import Emotion, EmotionClassifier
from emotion_ros.offline.pipeline import classify_file
from emotion_ros.process.signals import deferred_interrupts

Results = Iterator[tuple[Utterance, Emotion]]

_prepared: list[tuple[EmotionClassifier, dict[str, Any]]] = []
"""In a process of classify_files: the classifier, and the options of classify_file."""


def classify_files(paths: Iterable[str], classifier: EmotionClassifier,
                   new_classifier: Callable[[], EmotionClassifier], *, jobs: int,
                   **options: Any) -> Iterator[Results]:
    """Classify files.

    Args:
        paths: of the files.
        classifier: model.classifier.EmotionClassifier, which serves a single job.
        new_classifier: function that makes one like it for each of several jobs; it is pickled.
        jobs: files that are classified at a time; -1 for one per core.
        options: see pipeline.classify_file.

    Yields:
        For each file, in their order, what classify_file yields. It is the same with any jobs, bit
        for bit; with one job it comes while the file is read.

    """
    paths = list(paths)
    jobs = min(len(paths), os.cpu_count() or 1 if jobs == -1 else jobs)
    if jobs <= 1:
        yield from (classify_file(path, classifier, **options) for path in paths)
        return
    executor = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context('spawn'),
        initializer=_begin, initargs=(new_classifier, options))
    try:
        with deferred_interrupts():
            waiting = [executor.submit(_classified, path) for path in paths]
        for result in waiting:   # never canceled, which the executor would stumble over
            yield _again(*result.result())
    except BrokenProcessPool:
        raise EmotionError('a process died, perhaps for lack of memory; '
                           'try fewer jobs') from None
    finally:
        for process in multiprocessing.active_children():
            process.terminate()
        executor.shutdown()


def _begin(new_classifier: Callable[[], EmotionClassifier], options: dict[str, Any]) -> None:
    """Make ready a process."""
    _prepared[:] = [(new_classifier(), options)]


def _classified(path: str) -> tuple[list[tuple[Utterance, Emotion]], EmotionError | None]:
    """Classify a file; give the results and the fault that ended them, or None."""
    found: list[tuple[Utterance, Emotion]] = []
    [(classifier, options)] = _prepared
    try:
        found.extend(classify_file(path, classifier, **options))
    except EmotionError as error:
        return found, error
    return found, None


def _again(found: Iterable[tuple[Utterance, Emotion]], error: EmotionError | None) -> Results:
    yield from found
    if error is not None:
        raise error
