"""openSMILE fed piece by piece (https://audeering.github.io/opensmile/)."""

import atexit
import ctypes
from dataclasses import dataclass
import importlib.metadata
import os
from pathlib import Path
import platform
import threading
import weakref

import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.errors import EmotionError
from emotion_ros.features.package_part import find_part, load_part


@dataclass(frozen=True)
class FeatureSet:
    """A stock configuration of openSMILE, and what is taken of it.

    The values of an utterance are a matrix. Functionals alone are its only row. Where there are
    low-level descriptors too, the functionals come first, cut into rows of their length, the last
    one filled with zeros; then follow the descriptors, a row every 10 ms.

    Args:
        name: as messages, models and commands say it.
        config: configuration file, below the config folder of the opensmile package.
        functionals: number of functionals.
        descriptors: number of low-level descriptors; 0 where they are not taken.

    """

    name: str
    config: str
    functionals: int
    descriptors: int = 0

    @property
    def dimensions(self):
        """Values in a row."""
        return self.descriptors or self.functionals

    @property
    def functional_rows(self):
        """Rows that the functionals take."""
        return -(-self.functionals // self.dimensions)

    @property
    def least_frames(self):
        """Rows of the shortest utterance."""
        return self.functional_rows + (1 if self.descriptors else 0)

    def fits(self, shape):
        """Tell whether values of this shape can be of this feature set."""
        frames, dimensions = shape
        return dimensions == self.dimensions and (
            frames >= self.least_frames if self.descriptors else frames == 1)


FEATURE_SETS = {entry.name: entry for entry in (
    FeatureSet('ComParE_2016', 'compare/ComParE_2016.conf', 6373),
    FeatureSet('ComParE_2016_full', 'compare/ComParE_2016.conf', 6373, 65),
    FeatureSet('eGeMAPSv02', 'egemaps/v02/eGeMAPSv02.conf', 88),
)}


def feature_set(name):
    """Look a feature set up.

    Raises:
        EmotionError: there is none of that name.

    """
    try:
        return FEATURE_SETS[name]
    except KeyError:
        raise EmotionError(f'feature set {name!r} is unknown, '
                           f'allowed are {", ".join(FEATURE_SETS)}') from None


def opensmile_version():
    """Version of the installed opensmile package, such as '2.6.0'."""
    return importlib.metadata.version('opensmile')


def _load_library():
    """Load the wrapper of openSMILE's library, without the package around it.

    The package brings pandas, 100 MB and 0.4 s. The library exports C++ symbols that TensorFlow
    exports too: where it bound to those of TensorFlow it would corrupt memory, so it is made to
    look for its own first. And the wrapper encodes paths as ASCII; those of Linux are any bytes.
    """
    if hasattr(os, 'RTLD_DEEPBIND'):
        for library in find_part('opensmile', 'core', 'bin').glob(
                f'*linux*_{platform.machine().lower()}/libSMILEapi.so'):
            ctypes.CDLL(os.fspath(library), mode=os.RTLD_DEEPBIND)
    wrapper = load_part('opensmile', 'core', 'lib.py')
    wrapper.bytes = lambda text, _: os.fsencode(text)
    return wrapper


_LIBRARY = _load_library()
_CONFIG = Path(_LIBRARY.__file__).with_name('config')

_EXTRACTIONS = weakref.WeakSet()   # all there are
_PATIENCE = 5.0                    # for them when Python ends [s]


@atexit.register
def _end_all():
    """End what was left by somebody who was interrupted.

    A thread that openSMILE calls back from while Python ends would bring the process down.
    """
    left = list(_EXTRACTIONS)
    for extraction in left:
        extraction.finish()
    for extraction in left:
        extraction.ended.wait(_PATIENCE)   # join() fails where Thread.start() was interrupted


def _initialized(config, *, sink, levels):
    """Make an openSMILE that takes samples piece by piece.

    Args:
        config: path of the configuration.
        sink: 'single' or 'multi', as openSMILE calls its output.
        levels: {option: level}, what goes to the sink.

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


class LiveExtraction:
    """The features of one utterance, computed while it is still being heard.

    The values equal those of `opensmile.Smile.process_signal` on the whole utterance, bit for bit.
    An instance serves one utterance: write(), then finish() and result(), or abort().

    Args:
        features: FeatureSet.

    Raises:
        EmotionError: openSMILE cannot begin.

    """

    def __init__(self, features):
        self._features = features
        self._functionals = []
        self._descriptors = []
        self._error = None
        self._lock = threading.Lock()     # of the next two
        self._finished = False
        self.ended = threading.Event()    # the thread has nothing more to do
        # openSMILE's own names: one sink for a level, or one for each of two.
        both = bool(features.descriptors)
        sinks = ({'extsinkfunc': self._functionals, 'extsinklld': self._descriptors} if both
                 else {'extsink': self._functionals})
        self._smile = _initialized(
            _CONFIG / features.config,
            sink='multi' if both else 'single',
            levels={'sinkLevelFunc': 'func', 'sinkLevelLLD': 'lld'} if both
            else {'sinkLevel': 'func'})
        for sink, rows in sinks.items():
            self._smile.external_sink_set_callback(
                sink, lambda row, rows=rows: rows.append(row.copy()))
        # run() returns at the end of the input; it works without Python's lock. So does free(),
        # which takes 2 ms.
        self._thread = threading.Thread(target=self._run, name='opensmile', daemon=True)
        _EXTRACTIONS.add(self)
        self._thread.start()

    def _run(self):
        try:
            self._smile.run()
        except Exception as error:   # raised again in result(), where somebody waits for it
            self._error = error
        with self._lock:
            if self._finished:   # else somebody may write
                self._smile.free()
            self.ended.set()

    def write(self, samples):
        """Take the next samples: int16, one dimension, 16 kHz."""
        if len(samples) and (self._finished or not self._smile.external_audio_source_write_data(
                'extsource', samples.tobytes())):
            raise RuntimeError('openSMILE took no more samples')

    def finish(self):
        """Say that the utterance is over; returns at once. Saying it again does nothing.

        openSMILE frees itself when it has ended, whether somebody wants the result or not.
        """
        with self._lock:
            if self._finished:
                return
            self._finished = True
            if self.ended.is_set():   # it failed
                self._smile.free()
            else:
                self._smile.external_audio_source_set_eoi('extsource')

    def result(self):
        """Wait for the values after finish().

        Returns:
            float32, shape (frames, dimensions), see FeatureSet; finite.

        Raises:
            EmotionError: the utterance is too short (about 60 ms) or has values that are not
                finite.

        """
        self._thread.join()
        if self._error is not None:
            raise EmotionError(f'openSMILE failed: {self._error}') from self._error
        if not self._functionals or (self._features.descriptors and not self._descriptors):
            raise EmotionError('the utterance is too short for openSMILE')
        values = self._matrix()
        if not np.isfinite(values).all():
            raise EmotionError('openSMILE gave values that are not finite')
        return values

    def _matrix(self):
        [functionals] = self._functionals
        if not self._features.descriptors:
            return functionals[np.newaxis]
        rows, columns = self._features.functional_rows, self._features.dimensions
        head = np.zeros((rows, columns), np.float32)
        head.flat[:len(functionals)] = functionals
        return np.vstack([head, *self._descriptors])

    def abort(self):
        """Give the utterance up."""
        # The end of the input is sure to end run(); smile_abort fails when run() has not begun.
        self.finish()
        self._thread.join()
