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


"""Whose voice it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
import math
from os import PathLike
from pathlib import Path

import numpy as np

from emotion_ros.arrays import Float32
from emotion_ros.errors import EmotionError
from emotion_ros.files.paths import fault_of
from emotion_ros.voices.profile import SUFFIX, VoiceNetwork, VoiceProfile, read_profile

MAX_PROFILES = 100
"""Maximum number of profiles that are read from a folder."""


@dataclass(frozen=True)
class VoiceCalibration:
    """What the cosine between a voice and a profile means.

    It is fitted on speakers that were not used in training, see voices.calibration, and is stored
    in model.yaml. Without it, nobody is recognized: a wrong name is worse than none.

    Args:
        slope, bias: the confidence that both belong to the same speaker is the logistic function
            of slope * cosine + bias.
        threshold: confidence below which a voice counts as a stranger's.

    """

    slope: float = 6.0
    bias: float = -4.3
    threshold: float = 1.0

    def confidence(self, cosine: float) -> float:
        """Return the confidence that a voice matches a profile."""
        return 1 / (1 + math.exp(-min(max(self.slope * cosine + self.bias, -50), 50)))


@dataclass(frozen=True)
class EnrolledVoices:
    """The known speakers, and which of them speaks.

    Args:
        profiles: [profile.VoiceProfile] of one network, with different names.
        calibration: VoiceCalibration of that network.

    """

    profiles: tuple[VoiceProfile, ...] = ()
    calibration: VoiceCalibration = VoiceCalibration()
    _voices: Float32 | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self.profiles:
            object.__setattr__(self, '_voices',
                               np.stack([profile.voice for profile in self.profiles]))

    def named(self, name: str) -> VoiceProfile | None:
        """Return the profile of a speaker, or None."""
        return next((profile for profile in self.profiles if profile.name == name), None)

    def recognize(self, voice: Float32) -> tuple[VoiceProfile | None, float]:
        """Find out who speaks.

        Args:
            voice: output of the network for the utterance; float32, shape (values,).

        Returns:
            The profile of the speaker, or None for a stranger; and the confidence that the voice
            matches the most similar profile, NaN if there is none.

        """
        if self._voices is None:
            return None, math.nan
        cosines = self._voices @ voice / max(float(np.linalg.norm(voice)), 1e-6)
        best = int(np.argmax(cosines))
        confidence = self.calibration.confidence(float(cosines[best]))
        known = confidence >= self.calibration.threshold
        return self.profiles[best] if known else None, confidence


def read_profiles(folder: str | PathLike[str],
                  network: VoiceNetwork) -> tuple[tuple[VoiceProfile, ...], list[str]]:
    """Read the profiles of a folder, in the order of their files' names.

    Returns:
        The usable profiles, and for each of the others one line with the reason.

    Raises:
        EmotionError: the folder cannot be read.

    """
    fault = fault_of(folder, folder=True)
    if fault:
        raise EmotionError(f'folder of voice profiles {str(folder)!r} cannot be read: {fault}')
    try:
        paths = sorted(path for path in Path(folder).iterdir()
                       if path.suffix == SUFFIX and not path.name.startswith('.'))
    except OSError as error:
        raise EmotionError(f'folder of voice profiles {str(folder)!r} cannot be read: '
                           f'{error.strerror}') from error
    found, faults = {}, []
    for path in paths[:MAX_PROFILES]:
        try:
            profile = read_profile(path, network)
            if profile.name in found:
                raise EmotionError(f'voice profile {str(path)!r}: {profile.name!r} has one '
                                   'already')
            found[profile.name] = profile
        except EmotionError as error:
            faults.append(str(error))
    if len(paths) > MAX_PROFILES:
        faults.append(f'folder of voice profiles {str(folder)!r} must have at most '
                      f'{MAX_PROFILES} of them, got {len(paths)}')
    return tuple(found.values()), faults


def known_speakers(profiles: Iterable[VoiceProfile]) -> str:
    """Describe profiles in one line."""
    return ', '.join(f'{profile.label} ({sum(profile.counts().values())} utterances)'
                     for profile in profiles) or 'nobody'
