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

"""An utterance on its way to openSMILE, with less noise."""

from collections.abc import Sequence

from emotion_ros.arrays import Int16
from emotion_ros.features.noise_reduction import NoiseReducer
from emotion_ros.features.opensmile_live import LiveExtraction


class OpenSmileFeed:
    """Feeds openSMILE an utterance while it lasts, and again for each interim result.

    After an exception in any method, only close() may be called.

    Args:
        names: of the blocks that openSMILE computes.

    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._reducer = NoiseReducer()
        self._heard: list[Int16] = []   # of the utterance so far, with less noise
        self._extraction = self._begin()
        self._finishing = False   # the extraction was finished at a pause

    def push(self, samples: Int16) -> None:
        """Take the next samples: int16, one dimension, 16 kHz."""
        if self._finishing:   # the person has resumed, so this extraction is abandoned
            self._extraction = self._begin()
            self._finishing = False
        reduced = self._reducer.push(samples)
        self._heard.append(reduced)
        self._extraction.write(reduced)

    def interim(self) -> LiveExtraction:
        """Return a finished LiveExtraction of the utterance so far."""
        extraction = self._begin()   # functionals exist only at the end of the input
        extraction.finish()
        return extraction

    def finish(self) -> LiveExtraction:
        """Return the finished LiveExtraction of the utterance; more may still be pushed."""
        self._extraction.finish()
        self._finishing = True
        return self._extraction

    def close(self) -> None:
        """Discard the utterance."""
        self._extraction.abort()

    def _begin(self) -> LiveExtraction:
        extraction = LiveExtraction(self._names)
        try:
            for samples in self._heard:
                extraction.write(samples)
        except Exception:
            extraction.abort()
            raise
        return extraction
