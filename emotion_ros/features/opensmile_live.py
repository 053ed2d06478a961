"""openSMILE fed piece by piece (https://audeering.github.io/opensmile/)."""

from dataclasses import dataclass
import importlib.metadata
import importlib.util
from pathlib import Path
import threading

import numpy as np

from emotion_ros.audio import SAMPLE_RATE
from emotion_ros.errors import EmotionError


@dataclass(frozen=True)
class FeatureSet:
    """A stock configuration of openSMILE.

    Args:
        name: as messages, models and commands say it.
        config: configuration file, below the config folder of the opensmile package.
        level: of its values: 'func' for functionals, one row an utterance, or 'lld' for low-level
            descriptors, a row every 10 ms.
        dimensions: values in a row.

    """

    name: str
    config: str
    level: str
    dimensions: int


FEATURE_SETS = {entry.name: entry for entry in (
    FeatureSet('ComParE_2016', 'compare/ComParE_2016.conf', 'func', 6373),
    FeatureSet('ComParE_2016_lld', 'compare/ComParE_2016.conf', 'lld', 65),
    FeatureSet('eGeMAPSv02', 'egemaps/v02/eGeMAPSv02.conf', 'func', 88),
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
    """Load opensmile.core.lib alone: the package around it brings pandas, 100 MB and 0.4 s."""
    package = importlib.util.find_spec('opensmile')
    if package is None:
        raise EmotionError('the Python package opensmile is missing: pip install opensmile')
    core = Path(package.submodule_search_locations[0], 'core')
    spec = importlib.util.spec_from_file_location('emotion_ros_opensmile_lib', core / 'lib.py')
    library = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(library)
    return library, core / 'config'


_LIBRARY, _CONFIG = _load_library()


class LiveExtraction:
    """The features of one utterance, computed while it is still being heard.

    The values equal those of `opensmile.Smile.process_signal` on the whole utterance, bit for bit.
    An instance serves one utterance: write(), then finish() and result(), or abort().

    Args:
        features: FeatureSet.

    """

    def __init__(self, features):
        self._features = features
        self._rows = []
        self._error = None
        self._smile = _LIBRARY.OpenSMILE()
        shared = _CONFIG / 'shared'
        self._smile.initialize(
            str(_CONFIG / features.config),
            {
                'source': shared / 'standard_external_wave_input.conf.inc',
                'sampleRate': SAMPLE_RATE,
                'nBits': 16,
                'sink': shared / 'standard_external_data_output_single.conf.inc',
                'sinkLevel': features.level,
                'bufferModeRbConf': shared / 'BufferModeRb.conf.inc',
                'frameModeFunctionalsConf': shared / 'FrameModeFunctionals.conf.inc',
            },
            loglevel=0)
        self._smile.external_sink_set_callback('extsink', lambda row: self._rows.append(row.copy()))
        # run() returns at the end of the input; it works without Python's lock.
        self._thread = threading.Thread(target=self._run, name='opensmile', daemon=True)
        self._thread.start()

    def _run(self):
        try:
            self._smile.run()
        except Exception as error:   # raised again in result(), where somebody waits for it
            self._error = error

    def write(self, samples):
        """Take the next samples: int16, one dimension, 16 kHz."""
        if len(samples) and not self._smile.external_audio_source_write_data(
                'extsource', samples.tobytes()):
            raise RuntimeError('openSMILE took no more samples')

    def finish(self):
        """Say that the utterance is over; returns at once."""
        self._smile.external_audio_source_set_eoi('extsource')

    def result(self):
        """Wait for the values after finish() and free openSMILE.

        Returns:
            float32, shape (frames, dimensions); finite; one frame of functionals.

        Raises:
            EmotionError: the utterance is too short (about 60 ms) or has values that are not
                finite.

        """
        self._end()
        if self._error is not None:
            raise EmotionError(f'openSMILE failed: {self._error}') from self._error
        if not self._rows:
            raise EmotionError('the utterance is too short for openSMILE')
        values = np.vstack(self._rows)
        if not np.isfinite(values).all():
            raise EmotionError('openSMILE gave values that are not finite')
        return values

    def abort(self):
        """Give the utterance up and free openSMILE."""
        # The end of the input is sure to end run(); smile_abort fails when run() has not begun.
        self.finish()
        self._end()

    def _end(self):
        self._thread.join()
        self._smile.free()
