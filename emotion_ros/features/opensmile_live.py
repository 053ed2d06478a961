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

"""openSMILE fed piece by piece (https://audeering.github.io/opensmile/)."""

import atexit
from collections.abc import Mapping, Sequence
import ctypes
import os
from pathlib import Path
import platform
import threading
from typing import Any
import weakref

import numpy as np

from emotion_ros.arrays import Float32, Int16
from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.errors import EmotionError
from emotion_ros.features.private_import import find_part, load_part

_CONFIGS = {
    'ComParE_2016': ('compare/ComParE_2016.conf', 'func'),
    'ComParE_2016_lld': ('compare/ComParE_2016.conf', 'lld'),
    'eGeMAPSv02': ('egemaps/v02/eGeMAPSv02.conf', 'func')}
"""For each block of features.blocks: a configuration in the config folder of the opensmile package,
and the level of it that is the block."""


def _load_library() -> Any:
    """Load the wrapper of the openSMILE library, without the rest of the package.

    The package would import pandas, which takes 100 MB and 0.4 s. The library exports C++ symbols
    that TensorFlow also exports; bound to those of TensorFlow, it would corrupt memory, so it is
    made to look up its own first. The wrapper encodes paths as ASCII, but Linux allows any bytes.
    """
    if hasattr(os, 'RTLD_DEEPBIND'):
        for library in find_part('opensmile', 'core', 'bin').glob(
                f'*linux*_{platform.machine().lower()}/libSMILEapi.so'):
            ctypes.CDLL(os.fspath(library), mode=os.RTLD_DEEPBIND)
    wrapper: Any = load_part('opensmile', 'core', 'lib.py')
    wrapper.bytes = lambda text, _: os.fsencode(text)
    return wrapper


_LIBRARY = _load_library()
_CONFIG = Path(_LIBRARY.__file__).with_name('config')

_SMILES: 'weakref.WeakSet[_Smile]' = weakref.WeakSet()   # all there are
_PATIENCE = 5.0   # for them when Python ends [s]


@atexit.register
def _end_all() -> None:
    """End what an interrupted caller left running.

    A callback from a thread of openSMILE while Python ends would crash the process.
    """
    left = list(_SMILES)
    for smile in left:
        smile.finish()
    for smile in left:
        smile.ended.wait(_PATIENCE)   # join() fails where Thread.start() was interrupted


def _initialized(config: Path, *, sink: str, levels: Mapping[str, str]) -> Any:
    """Create an openSMILE that takes samples piece by piece.

    Args:
        config: path of the configuration.
        sink: 'single' or 'multi', in the terms of openSMILE.
        levels: {option: level} that go to the sink.

    Raises:
        EmotionError: it cannot begin.

    """
    shared = _CONFIG / 'shared'
    options = {
        'source': shared / 'standard_external_wave_input.conf.inc',
        'sampleRate': SAMPLE_RATE,
        'nBits': 16,
        'sink': shared / f'standard_external_data_output_{sink}.conf.inc',
        **levels,
        'bufferModeRbConf': shared / 'BufferModeRb.conf.inc',
        'frameModeFunctionalsConf': shared / 'FrameModeFunctionals.conf.inc'}
    smile = _LIBRARY.OpenSMILE()
    try:
        smile.initialize(str(config), options, loglevel=0)
    except Exception as error:
        smile.free()
        raise EmotionError(f'openSMILE cannot begin with {str(config)!r}: {error}') from error
    return smile


def feature_names(block: str) -> list[str]:
    """Return the names that openSMILE gives to the features of a block, in order."""
    config, level = _CONFIGS[block]
    smile = _initialized(_CONFIG / config, sink='single', levels={'sinkLevel': level})
    try:
        return [smile.external_sink_get_element_name('extsink', number)
                for number in range(smile.external_sink_get_num_elements('extsink'))]
    finally:
        smile.free()


class LiveExtraction:
    """The blocks of one utterance that openSMILE computes, while the utterance lasts.

    The values are bit-identical to those of `opensmile.Smile.process_signal` on the utterance.
    An instance serves one utterance: write(), then finish() and result(), or abort().

    Args:
        names: of blocks; one openSMILE computes all of the same configuration.

    Raises:
        EmotionError: openSMILE cannot begin.

    """

    def __init__(self, names: Sequence[str]) -> None:
        configs: dict[str, dict[str, str]] = {}
        for name in names:
            config, level = _CONFIGS[name]
            configs.setdefault(config, {})[level] = name
        self._smiles: list[_Smile] = []
        try:
            for config, levels in configs.items():
                self._smiles.append(_Smile(config, levels))
        except Exception:
            self.abort()
            raise

    def write(self, samples: Int16) -> None:
        """Take the next samples: int16, one dimension, 16 kHz."""
        for smile in self._smiles:
            smile.write(samples)

    def finish(self) -> None:
        """End the utterance; returns at once. Another call does nothing.

        openSMILE is freed when it has ended, whether or not the result is used.
        """
        for smile in self._smiles:
            smile.finish()

    def result(self) -> dict[str, Float32]:
        """Wait for the blocks after finish(); it may be called again.

        Returns:
            {name: float32, shape (frames, dimensions)}, finite.

        Raises:
            EmotionError: the utterance is too short (about 60 ms) or has values that are not
                finite.

        """
        return {name: values for smile in self._smiles for name, values in smile.result().items()}

    def abort(self) -> None:
        """Give the utterance up."""
        # The end of the input always ends run(); smile_abort fails if run() has not begun.
        self.finish()
        for smile in self._smiles:
            smile.join()


class _Smile:
    """One openSMILE with its thread; its methods are those of LiveExtraction.

    Args:
        config: configuration file.
        levels: {level: name of the block that it is}.

    """

    def __init__(self, config: str, levels: Mapping[str, str]) -> None:
        self._rows: dict[str, list[Float32]] = {name: [] for name in levels.values()}
        self._error: Exception | None = None
        self._lock = threading.Lock()     # of the next two
        self._finished = False
        self.ended = threading.Event()    # the thread has nothing more to do
        # openSMILE's own names: one sink for a level, or one for each of two.
        if len(levels) > 1:
            output, options = 'multi', {'sinkLevelFunc': 'func', 'sinkLevelLLD': 'lld'}
            sinks = {'extsinkfunc': levels['func'], 'extsinklld': levels['lld']}
        else:
            [(level, name)] = levels.items()
            output, options, sinks = 'single', {'sinkLevel': level}, {'extsink': name}
        self._smile = _initialized(_CONFIG / config, sink=output, levels=options)
        for sink, name in sinks.items():
            self._smile.external_sink_set_callback(
                sink, lambda row, rows=self._rows[name]: rows.append(row.copy()))
        # run() returns at the end of the input and works without Python's lock, as does free(),
        # which takes 2 ms.
        self._thread = threading.Thread(target=self._run, name='opensmile', daemon=True)
        _SMILES.add(self)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._smile.run()
        except Exception as error:   # raised again in result()
            self._error = error
        with self._lock:
            if self._finished:   # otherwise, write() may still be called
                self._smile.free()
            self.ended.set()

    def write(self, samples: Int16) -> None:
        if len(samples) and (self._finished or not self._smile.external_audio_source_write_data(
                'extsource', samples.tobytes())):
            raise RuntimeError('openSMILE took no more samples')

    def finish(self) -> None:
        with self._lock:
            if self._finished:
                return
            self._finished = True
            if self.ended.is_set():   # it failed
                self._smile.free()
            else:
                self._smile.external_audio_source_set_eoi('extsource')

    def join(self) -> None:
        self._thread.join()

    def result(self) -> dict[str, Float32]:
        self.join()
        if self._error is not None:
            raise EmotionError(f'openSMILE failed: {self._error}') from self._error
        if not all(self._rows.values()):
            raise EmotionError('the utterance is too short for openSMILE')
        found = {name: np.stack(rows) for name, rows in self._rows.items()}
        if not all(np.isfinite(values).all() for values in found.values()):
            raise EmotionError('openSMILE gave values that are not finite')
        return found
