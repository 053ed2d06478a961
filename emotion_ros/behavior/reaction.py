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

"""What a robot reacts to, and how."""

from dataclasses import dataclass
import math

from emotion_ros.emotions import UNKNOWN
from emotion_ros.errors import EmotionError
from emotion_ros.settings import Settings, setting


@dataclass(frozen=True, kw_only=True)
class ReactionPolicy(Settings):
    """The conditions of a reaction.

    An utterance of unknown emotion never counts; with a confidence of -1, all others do, so that
    only the threshold of the classifier decides. The confidence of a mood is the probability of
    its likeliest emotion.

    Raises:
        EmotionError: a value is not allowed, or no reaction could ever start.

    """

    confidence: float = setting(
        -1.0, 'Utterances below this confidence do not count, 0 to 1; -1 is the threshold of the '
        'classifier.', -1.0, 1.0)
    agreement: int = setting(
        2, 'How many of the last utterances must show the emotion; of a mood, on how many it must '
        'be based.', 1, 100)
    utterances: int = setting(3, 'How many of the last utterances are considered.', 1, 100)
    hold: float = setting(0.0, 'How long they must have agreed [s].', 0.0, 3600.0)
    cool_down: float = setting(
        60.0, 'Minimum time from the end of a reaction until it can begin again [s].', 0.0, 86400.0)
    staleness: float = setting(
        30.0, 'An utterance that ended longer ago than this no longer counts [s].', 0.1, 3600.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.agreement > self.utterances:
            raise EmotionError(f'agreement must be at most the number of utterances, '
                               f'{self.utterances}, got {self.agreement}')


@dataclass(frozen=True)
class Reaction:
    """A response to utterances or moods; empty texts do nothing.

    Args:
        name: of the reaction.
        emotion: that starts it; '' for any, if there is a range of arousal or valence.
        sound: to play; see player.find_sound.
        command: to publish.
        service: to call.
        sector: azimuths that start it [degrees], counterclockwise from the first to the second,
            such as (-30, 30) for the front; empty for all.
        arousal, valence: minimum and maximum, within -1 to 1, such as (-1, -0.4); empty for any.
            A model without these outputs never starts it.
        on_mood: whether it is for moods; else it is for utterances.
        policy: its conditions; None for those of the Reactor.

    Raises:
        EmotionError: it could never start, or does nothing.

    """

    name: str
    emotion: str = ''
    sound: str = ''
    command: str = ''
    service: str = ''
    sector: tuple[float, ...] = ()
    arousal: tuple[float, ...] = ()
    valence: tuple[float, ...] = ()
    on_mood: bool = False
    policy: ReactionPolicy | None = None

    def __post_init__(self) -> None:
        name = f'reaction {self.name!r}'
        if self.emotion == UNKNOWN:
            raise EmotionError(f"{name} must be for a label of the model, such as 'sadness', "
                               f'got {UNKNOWN!r}')
        if not (self.emotion or self.arousal or self.valence):
            raise EmotionError(f'{name} must be for an emotion, a range of arousal or a range of '
                               'valence, got none of them')
        if not (self.sound or self.command or self.service):
            raise EmotionError(f'{name} must have a sound, a command, a service or several of '
                               'them, got none')
        if self.sector and not (_is_range(self.sector, 360) and self.sector[0] != self.sector[1]):
            raise EmotionError(f'{name} must have a sector [from, to] in degrees, or none, '
                               f'got {list(self.sector)}')
        if self.sector and self.on_mood:
            raise EmotionError(f'{name} is for moods, which come from no direction: it must have '
                               f'no sector, got {list(self.sector)}')
        for what in ('arousal', 'valence'):
            limits = getattr(self, what)
            if limits and not (_is_range(limits, 1) and limits[0] <= limits[1]):
                raise EmotionError(f'{name} must have a range of {what} [from, to] within -1 to 1, '
                                   f'or none, got {list(limits)}')

    @property
    def purpose(self) -> str:
        """What starts it, for people, such as "'sadness', valence -1 to -0.4"."""
        parts = [repr(self.emotion)] if self.emotion else []
        for what in ('arousal', 'valence'):
            limits = getattr(self, what)
            parts += [f'{what} {limits[0]:g} to {limits[1]:g}'] if limits else []
        return ', '.join(parts)

    def is_for(self, azimuth: float) -> bool:
        """Return whether an azimuth [rad] is in the sector; NaN is in none."""
        if not self.sector:
            return True
        begin, end = self.sector
        if abs(end - begin) >= 360:
            return not math.isnan(azimuth)
        return (math.degrees(azimuth) - begin) % 360 <= (end - begin) % 360

    def is_shown(self, emotion: str, arousal: float, valence: float) -> bool:
        """Return whether an utterance or a mood starts it; NaN is in no range."""
        return self.emotion in ('', emotion) and all(
            not limits or limits[0] <= value <= limits[1]
            for value, limits in ((arousal, self.arousal), (valence, self.valence)))

    def lacks(self, labels: list[str], arousal: float, valence: float) -> str:
        """Return what it needs that the model of this result does not provide; '' for nothing."""
        if self.emotion not in ('', *labels):
            return (f'emotion is {self.emotion!r}, the emotions of the model are '
                    f'{", ".join(labels)[:200]!r}')
        return next((f'{what} is {list(limits)}, but the model does not give {what}'
                     for what, value, limits in (
                         ('arousal', arousal, self.arousal), ('valence', valence, self.valence))
                     if limits and math.isnan(value)), '')


def _is_range(limits, maximum):
    return len(limits) == 2 and all(-maximum <= edge <= maximum for edge in limits)   # NaN is not
