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

"""Probes of the stages, each of which does its work once, in a separate process."""

from pathlib import Path
import tempfile

from emotion_ros.doctor.finding import BROKEN, INFO, MISSING, OK, WARNING, Finding


def sound_files():
    """Read an audio file as `emotion-ros classify` does.

    Yields:
        Finding.

    """
    import numpy as np
    import soundfile

    from emotion_ros.audio import SAMPLE_RATE
    from emotion_ros.audio.file_source import FileSource
    rate = 44100
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'sound.flac')
        soundfile.write(path, np.zeros((rate, 2)), rate)
        read = sum(len(frame.samples) for frame in FileSource(path).frames())
    if read < SAMPLE_RATE:
        yield Finding(BROKEN, f'sound files: {read} samples of {SAMPLE_RATE} were read')
    else:
        yield Finding(OK, 'sound files can be read')


def opensmile():
    """Compute each openSMILE block of features for one second of noise.

    Yields:
        Finding.

    """
    import numpy as np

    from emotion_ros.audio import SAMPLE_RATE
    from emotion_ros.features.blocks import BLOCKS, opensmile_version
    from emotion_ros.features.opensmile_live import LiveExtraction
    noise = np.random.default_rng(0).normal(0, 1000, SAMPLE_RATE).astype(np.int16)
    names = [block.name for block in BLOCKS.values() if block.opensmile]
    extraction = LiveExtraction(names)
    extraction.write(noise)
    extraction.finish()
    for name, values in extraction.result().items():
        if not BLOCKS[name].fits(values.shape):
            yield Finding(BROKEN, f'openSMILE: {name} has the shape {values.shape}')
            return
    yield Finding(OK, f'openSMILE {opensmile_version()} computes {", ".join(names)}')


def voice_detector():
    """Compute the speech probability of a short silence.

    Yields:
        Finding.

    """
    import numpy as np

    from emotion_ros.speech.voice_activity import CHUNK, VoiceActivity
    probability = VoiceActivity().probability(np.zeros(CHUNK, np.int16))
    if not 0 <= probability < 0.5:
        yield Finding(BROKEN, f'voice detector: silence is speech with probability {probability}')
    else:
        yield Finding(OK, 'the voice activity detector works')


def noise_reduction():
    """Reduce one second of noise.

    Yields:
        Finding.

    """
    import numpy as np

    from emotion_ros.audio import SAMPLE_RATE
    from emotion_ros.features.noise_reduction import RNNoise
    noise = np.random.default_rng(0).normal(0, 1000, SAMPLE_RATE).astype(np.int16)
    left = RNNoise().push(noise)[SAMPLE_RATE // 2:]
    if not 0 < left.std() < noise.std() / 2:
        yield Finding(BROKEN, f'noise reduction: of noise of {noise.std():.0f} is left '
                              f'{left.std():.0f}')
    else:
        yield Finding(OK, 'noise reduction works')


def model(name):
    """Load a model and run its network once.

    Args:
        name: folder of the model, or name of an installed one.

    Yields:
        Finding.

    """
    from emotion_ros.features.blocks import opensmile_version
    from emotion_ros.files.paths import find_model
    from emotion_ros.model.classifier import EmotionClassifier
    classifier = EmotionClassifier(name)
    description = classifier.description
    yield Finding(OK, f'model {classifier.model}, {find_model(name)}: '
                      f'{", ".join(description.labels)}')
    installed = opensmile_version()
    if description.opensmile not in ('', installed):
        yield Finding(
            WARNING, f'the model was trained with openSMILE {description.opensmile}, installed is '
                     f'{installed}: its results may differ slightly',
            f'pip install opensmile=={description.opensmile}')


def sound_devices():
    """Look for microphones and loudspeakers.

    Yields:
        Finding.

    """
    from emotion_ros.audio.devices import LOUDSPEAKERS, MICROPHONES, load_sounddevice
    from emotion_ros.errors import EmotionError
    try:
        sounddevice = load_sounddevice()
    except EmotionError as error:
        yield Finding(MISSING, str(error.__cause__), 'sudo apt install libportaudio2')
        return
    yield Finding(OK, sounddevice.get_portaudio_version()[1].partition(',')[0])
    if not MICROPHONES.present():
        yield Finding(
            WARNING, 'no microphone: only sound files and bags can be processed',
            'connect one; a container needs access to the sound devices of its host')
    for devices in (MICROPHONES, LOUDSPEAKERS):
        present = devices.present()
        default = devices.find('') if present else None
        for device in present:
            yield Finding(INFO, f'{devices.kind} {device.number} {device.name!r}, channels: '
                                f'{device.channels}, {device.sample_rate:g} Hz'
                                f'{", the default" if device == default else ""}')
