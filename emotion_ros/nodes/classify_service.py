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

"""The service that classifies a sound file or samples, besides the live audio."""

from collections.abc import Callable, Iterator
from dataclasses import replace
import queue
import threading

import numpy as np

from emotion_ros.audio.file_source import TRAILING_SILENCE, FileSource
from emotion_ros.audio.frame import Frame
from emotion_ros.errors import EmotionError, one_line
from emotion_ros.nodes.messages import emotion_to_message, features_to_message
from emotion_ros.nodes.run import start_thread
from emotion_ros.offline.pipeline import array_frames, classify_frames
from emotion_ros.speech.segmenter import DEFAULT
from emotion_ros.srv import Classify

WAITING = 4
"""Requests that may wait; more are refused at once."""

MAX_FILE, MAX_SAMPLES = 600.0, 60.0
"""Maximum duration of a file, and of samples [s]."""


class ClassifyService:
    """Serves Classify on `~/classify`, one request at a time, in its own thread.

    Executors of Jazzy accept no coroutine as the callback of a service, and send what a callback
    returns at once; so the response is intercepted there and sent by the thread.

    Args:
        node: lifecycle.ManagedNode that serves.
        new_classifier: function that makes a model.classifier.EmotionClassifier like the node's.
            The thread makes its own at the first request, because a network is not thread-safe.
        adjust: function that applies the current settings of the node to a classifier.

    """

    def __init__(self, node, new_classifier: Callable, adjust: Callable):
        self._node = node
        self._new_classifier = new_classifier
        self._adjust = adjust
        self._classifier = None
        self._requests = queue.Queue(WAITING)
        self._closing = threading.Event()
        self._service = node.create_service(Classify, '~/classify', self._on_request)
        self._respond, self._service.send_response = self._service.send_response, self._queue
        self._thread = start_thread(node, self._work)

    def close(self) -> None:
        """Stop serving; waiting requests are refused, and the current one is abandoned."""
        self._closing.set()
        self._requests.put(None)
        self._thread.join()
        self._node.destroy_service(self._service)

    def _on_request(self, request, response):
        self._request = request   # for _queue, which is called next
        return response

    def _queue(self, response, header):
        try:
            self._requests.put_nowait((self._request, response, header))
        except queue.Full:
            response.message = f'busy: at most {WAITING} requests can wait, try again later'
            self._respond(response, header)

    def _work(self):
        while (entry := self._requests.get()) is not None:
            request, response, header = entry
            try:
                response.emotions = list(self._emotions(request))
                response.success = True
            except Exception as error:   # whatever happens, the next request is served
                response.message = one_line(error)
            if self._node.context.ok():
                self._respond(response, header)

    def _emotions(self, request) -> Iterator:
        """Return EmotionStamped messages for the utterances in a sound.

        Raises:
            EmotionError: the sound cannot be used, or the node is shutting down.

        """
        frames = self._interruptible(_frames(request))
        if self._classifier is None:
            self._classifier = self._new_classifier()
        self._adjust(self._classifier)
        segmentation = replace(DEFAULT, interim_interval=0.0)
        for features, emotion in classify_frames(
                frames, self._classifier, segmentation=segmentation):
            yield emotion_to_message(
                emotion, features_to_message(replace(features, matrices={}), ''),
                self._classifier.model)

    def _interruptible(self, frames):
        for frame in frames:
            if self._closing.is_set():
                raise EmotionError('the node was cleaned up before the end of the audio')
            yield frame


def _frames(request) -> Iterator[Frame]:
    """Return the frames of the requested sound.

    Raises:
        EmotionError: the request is ambiguous, or the sound cannot be used.

    """
    samples = np.frombuffer(request.samples, np.int16)
    if bool(request.path) == bool(len(samples)):
        raise EmotionError('one of path and samples must be given, got '
                           + ('both' if request.path else 'neither'))
    if request.path:
        source = FileSource(request.path)
        if source.duration > MAX_FILE:
            raise EmotionError(f'the file must be at most {MAX_FILE:g} s long, got '
                               f'{source.duration:.0f} s')
        return source.frames()
    frames = array_frames(
        samples[:, np.newaxis], request.sample_rate, silence=TRAILING_SILENCE)
    if len(samples) > MAX_SAMPLES * request.sample_rate:
        raise EmotionError(f'samples must be at most {MAX_SAMPLES:g} s long, got '
                           f'{len(samples) / request.sample_rate:.0f} s')
    return frames
