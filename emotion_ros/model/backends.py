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

"""The programs that can run the network: LiteRT, and TensorFlow for comparison."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
import re
from typing import Any
import zipfile

import numpy as np

from emotion_ros.arrays import Float32
from emotion_ros.errors import EmotionError
from emotion_ros.features.blocks import FeatureBlock
from emotion_ros.model import register_layers
from emotion_ros.model.saved_model import KERAS, LITERT, find_file, read_network
from emotion_ros.process.stderr import quiet_tensorflow, without_lines

OUTPUTS = 'probabilities', 'confidence'
"""Outputs of every network."""

AFFECT = 'arousal', 'valence'
"""Outputs that a network may have in addition."""

SPEAKER = 'speaker'
"""Input that a network may have besides its blocks: a speaker's profile, 0 for a stranger."""

VOICE = 'embedding', 'voice'
"""Outputs of such a network: the embedding whose mean is a profile, and the voice."""

_DELEGATE = re.compile(rb'INFO: Created TensorFlow Lite XNNPACK delegate for CPU\.\s*$')


class LiteRtBackend:
    """Runs model.tflite on one thread; loads in 0.1 s.

    Args:
        folder: of the saved model.
        blocks: [features.blocks.FeatureBlock], each an input of the network.
        sha256: digest that the file must have; '' for any. The fast kernels (XNNPACK) are used
            only if the file is known to be intact, because a damaged one can crash them.

    Attributes:
        classes: number of classes.
        profile_size: number of values of a speaker's profile; 0 if the network takes none.
        voice_sizes: numbers of values of the outputs VOICE; None if speakers cannot be enrolled.

    Raises:
        EmotionError: the file is missing, is not a network of this package, was changed, or
            takes other blocks.

    """

    def __init__(self, folder: str | PathLike[str], blocks: Sequence[FeatureBlock],
                 sha256: str = '') -> None:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
        path = Path(folder, LITERT)
        content = read_network(folder, sha256)
        kernels = (OpResolverType.AUTO if sha256
                   else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
        try:
            with without_lines(_DELEGATE):   # printed by the first run
                self._load(Interpreter(model_content=content, num_threads=1,
                                       experimental_op_resolver_type=kernels), blocks)
        except (ValueError, RuntimeError, KeyError) as error:
            raise _no_network(path, error) from error

    def _load(self, interpreter: Any, blocks: Sequence[FeatureBlock]) -> None:
        """Check a network and run it once."""
        self._run = interpreter.get_signature_runner('serve')
        inputs = self._run.get_input_details()
        outputs = self._run.get_output_details()
        for name, entry in inputs.items():
            if entry['dtype'] != np.float32:
                raise ValueError(f'input {name} is not of float32')
        shapes = {name: entry['shape'] for name, entry in inputs.items()}
        self.profile_size = _take_profile(shapes)
        _check(blocks, shapes, outputs)
        self.classes = int(outputs['probabilities']['shape'][-1])
        self.voice_sizes = _voice_sizes(self.profile_size, self.run(
            {block.name: np.zeros((1, block.dimensions), np.float32) for block in blocks}))

    def run(self, matrices: Mapping[str, Float32],
            speaker: Float32 | None = None) -> dict[str, Float32]:
        """Run the network.

        Args:
            matrices: {name of a block: float32, shape (frames, dimensions)} for each of its blocks.
            speaker: profile of the speaker, float32, shape (values,); None for a stranger.

        Returns:
            {output: float32 array}: 'probabilities', shape (classes,), 'confidence', shape (1,),
            and, if the network has them, 'arousal' and 'valence', shape (1,), 'embedding' and
            'voice', shape (values,).

        """
        return _first(self._run(**_profiled(self.profile_size, speaker),
                                **{name: values[np.newaxis] for name, values in matrices.items()}))


def load_keras(folder: str | PathLike[str]) -> Any:
    """Load model.keras as data, with the layers of this package; needs TensorFlow.

    Returns:
        keras.Model.

    Raises:
        EmotionError: the file is missing, or is not a network of emotion_ros.

    """
    import keras

    path = find_file(folder, KERAS)
    if not zipfile.is_zipfile(path):   # of which Keras says that it does not exist
        raise _no_network(path, ValueError('it is no zip archive'))
    register_layers()
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:   # with a broken archive, Keras may raise anything
        raise _no_network(path, error) from error


class TensorFlowBackend:
    """Runs model.keras; needs TensorFlow, takes seconds to load and 700 MB of memory.

    Arguments, methods and errors are the same as those of LiteRtBackend.
    """

    def __init__(self, folder: str | PathLike[str], blocks: Sequence[FeatureBlock],
                 sha256: str = '') -> None:
        path = find_file(folder, KERAS)
        try:
            with quiet_tensorflow():
                import tensorflow
            network = load_keras(folder)
        except ImportError as error:
            raise EmotionError(f'backend tensorflow needs a package that is missing: {error.name}; '
                               'install what requirements-train.txt lists') from error
        try:
            shapes = {entry.name: entry.shape for entry in network.inputs}
            self.profile_size = _take_profile(shapes)
            _check(blocks, shapes, network.output)
            self.classes = network.output['probabilities'].shape[-1]
            self.voice_sizes = _voice_sizes(self.profile_size, {
                name: np.zeros(entry.shape[-1]) for name, entry in network.output.items()})
        except Exception as error:   # its outputs may be anything
            raise _no_network(path, error) from error
        inputs = {block.name: (1, None if block.framed else 1, block.dimensions)
                  for block in blocks}
        if self.profile_size:
            inputs[SPEAKER] = (1, 1, self.profile_size)
        self._run = tensorflow.function(
            lambda values: network(values, training=False),
            input_signature=[{name: tensorflow.TensorSpec(shape, tensorflow.float32)
                              for name, shape in inputs.items()}])

    def run(self, matrices: Mapping[str, Float32],
            speaker: Float32 | None = None) -> dict[str, Float32]:
        """Run the network; see LiteRtBackend.run."""
        outputs = self._run({**_profiled(self.profile_size, speaker),
                             **{name: tensor[np.newaxis] for name, tensor in matrices.items()}})
        return _first({name: values.numpy() for name, values in outputs.items()})


def _take_profile(shapes: dict[str, Any]) -> int:
    """Remove the speaker's profile from a network's inputs and return its size.

    Args:
        shapes: {input: shape}; SPEAKER is removed.

    Returns:
        Number of values, or 0 if the network takes no profile.

    """
    if SPEAKER not in shapes:
        return 0
    shape = tuple(shapes.pop(SPEAKER))
    if len(shape) != 3 or shape[1] != 1 or not 1 <= (shape[2] or 0) <= 4096:
        raise ValueError(f'its input {SPEAKER} has shape {tuple(map(str, shape))}, not '
                         '(1, 1, dimensions)')
    return int(shape[2])


def _profiled(size: int, speaker: Float32 | None) -> dict[str, Float32]:
    """Return the input with the profile, if the network takes one."""
    if not size:
        return {}
    values = np.zeros(size, np.float32) if speaker is None else speaker
    return {SPEAKER: values.reshape(1, 1, size)}


def _voice_sizes(size: int, outputs: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the sizes of the outputs VOICE, or None if speakers cannot be enrolled."""
    if not size or any(name not in outputs for name in VOICE):
        return None
    embedding, voice = (int(np.size(outputs[name])) for name in VOICE)
    return (embedding, voice) if embedding == size and 1 <= voice <= 4096 else None


def _check(blocks: Sequence[FeatureBlock], shapes: Mapping[str, Any],
           outputs: Mapping[str, Any]) -> None:
    """Check that a network takes these blocks and has the required outputs.

    Raises:
        ValueError: it does not.

    """
    names = [block.name for block in blocks]
    if set(shapes) != set(names):
        raise ValueError(f'it takes {sorted(shapes)}, model.yaml says {sorted(names)}')
    for block in blocks:
        shape = shapes[block.name]
        if len(shape) != 3 or shape[-1] != block.dimensions:
            raise ValueError(f'its input {block.name} has shape {tuple(map(str, shape))}, not '
                             f'(1, frames, {block.dimensions})')
    for name in OUTPUTS:
        if name not in outputs:
            raise ValueError(f'it has no output {name}')


def _first(outputs: Mapping[str, Any]) -> dict[str, Float32]:
    """Return the outputs for the only utterance of a batch, as arrays of one dimension."""
    return {name: np.asarray(outputs[name], np.float32).reshape(-1)
            for name in (*OUTPUTS, *AFFECT, *VOICE) if name in outputs}


def _no_network(path: Path, error: Exception) -> EmotionError:
    return EmotionError(
        f'{str(path)!r} is not an emotion_ros network: {" ".join(str(error).split())[:200]}')


BACKENDS: dict[str, type[LiteRtBackend | TensorFlowBackend]] = {
    'litert': LiteRtBackend, 'tensorflow': TensorFlowBackend}
