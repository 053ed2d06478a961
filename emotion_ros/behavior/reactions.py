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

"""When a robot reacts to emotions."""

from collections import Counter, deque
from dataclasses import dataclass
import math

from emotion_ros.errors import EmotionError
from emotion_ros.model.saved_model import UNKNOWN

OLD, AHEAD, DOUBLED = STALE = (
    'emotions stale: too old', 'emotions stale: of the future',
    'emotions stale: late or doubled')
UNSURE = 'emotions unsure'
ELSEWHERE = 'emotions from elsewhere'
REACTIONS = 'reactions'


@dataclass(frozen=True, kw_only=True)
class ReactionPolicy:
    """What it takes to react.

    Args:
        confidence: an utterance below it is unsure, 0 to 1. One of unknown emotion always is;
            -1 asks for no more than that, so that the classifier's threshold alone decides.
        agreement: how many of the last utterances must show the emotion, the newest included.
        utterances: how many of the last utterances are considered.
        hold: how long they must have agreed [s], from the start of the first to the end of the
            newest.
        cool_down: minimum time between the end of a reaction and its next beginning [s].
        staleness: an utterance that ended longer ago than this [s] no longer counts. Nor does one
            that ends this far in the future, or that does not come after the last one that counted.

    Raises:
        EmotionError: no reaction could ever begin.

    """

    confidence: float = -1.0
    agreement: int = 2
    utterances: int = 3
    hold: float = 0.0
    cool_down: float = 60.0
    staleness: float = 30.0

    def __post_init__(self) -> None:
        if self.agreement > self.utterances:
            raise EmotionError(f'agreement must be at most the number of utterances, '
                               f'{self.utterances}, got {self.agreement}')


@dataclass(frozen=True)
class Reaction:
    """What is done about an emotion; empty texts are nothing.

    Args:
        name: of the reaction.
        emotion: that it is for.
        sound: to play; see player.find_sound.
        command: to publish.
        service: to call.
        sector: azimuths that it is for [degrees], counterclockwise from the first to the second,
            such as (-30, 30), in front; empty for all.
        policy: what it takes; None for that of the Reactor.

    """

    name: str
    emotion: str
    sound: str = ''
    command: str = ''
    service: str = ''
    sector: tuple = ()
    policy: ReactionPolicy | None = None

    def is_for(self, azimuth: float) -> bool:
        """Tell whether a voice from an azimuth [rad] is meant; NaN is in no sector."""
        if not self.sector:
            return True
        begin, end = self.sector
        return (math.degrees(azimuth) - begin) % 360 <= (end - begin) % 360


@dataclass(frozen=True)
class _Shown:
    """An emotion that somebody showed for sure, from a time to another [ns]."""

    emotion: str
    start: int
    end: int


DEFAULT = ReactionPolicy()


class Reactor:
    """Takes one utterance after another and decides when to react; one reaction at a time.

    An utterance counts if it is neither stale nor unsure, and comes from the sector of the
    reaction to its emotion, if that has one. Of the last ones that count, some must agree before
    there is a reaction to their emotion. What does not count changes nothing.

    Args:
        reactions: [Reaction], one for each emotion.
        policy: of the reactions that have none of their own, and the staleness of all.
        counts: Counter that counts stale utterances by their reason (one of STALE), those that
            are UNSURE or come from ELSEWHERE than the sector of their reaction, and REACTIONS.

    Attributes:
        running: the Reaction that has begun and is not over, or None.
        reason: why the newest utterance began no reaction, for people.

    Raises:
        EmotionError: there are no reactions, or one of them can never be.

    """

    def __init__(self, reactions, policy: ReactionPolicy = DEFAULT, *, counts=None):
        _check(reactions)
        self.running = None
        self.reason = ''
        self._reactions = {reaction.emotion: reaction for reaction in reactions}
        self._policy = policy
        self._staleness = round(policy.staleness * 1e9)
        self._counts = Counter() if counts is None else counts
        self._shown = deque(maxlen=max(
            self._policy_of(reaction.emotion).utterances for reaction in reactions))
        self._since = {}    # of each emotion that they agree on: start of the first [ns]
        self._now = 0       # when the last utterance came [ns]
        self._over = {}     # when each reaction was over the last time [ns]

    def _policy_of(self, emotion):
        """What it takes to react to an emotion."""
        reaction = self._reactions.get(emotion)
        return reaction and reaction.policy or self._policy

    def update(self, emotion, *, confidence, start, end, now, azimuth=math.nan):
        """Take the next utterance.

        Args:
            emotion: its label, or UNKNOWN.
            confidence: in it, 0 to 1.
            start, end: of the utterance [ns].
            now: the time [ns].
            azimuth: that it came from [rad]; NaN where that is not known.

        Returns:
            The Reaction that begins now, or None.

        """
        self._pass_time(now)
        counted, self.reason = self._count(emotion, confidence, start, end, azimuth)
        if counted:
            self.reason = self._missing(emotion, end)
        if self.reason:
            return None
        self.running = self._reactions[emotion]
        self._counts[REACTIONS] += 1
        return self.running

    def _count(self, emotion, confidence, start, end, azimuth):
        """Let an utterance count if it may; tell whether it did, and else why not."""
        stale = self._stale(start, end)
        if stale:
            self._counts[stale] += 1
            return False, f'{stale}, it ended {(self._now - end) / 1e9:.1f} s ago'
        least = self._policy_of(emotion).confidence
        if emotion == UNKNOWN or not confidence >= least:
            self._counts[UNSURE] += 1
            return False, f'{UNSURE}: confidence {confidence:.2f}' + (
                '' if emotion == UNKNOWN else f', required {least:.2f}')
        if emotion in self._reactions and not self._reactions[emotion].is_for(azimuth):
            self._counts[ELSEWHERE] += 1
            return False, ELSEWHERE
        self._shown.append(_Shown(emotion, start, end))
        self._agree()
        return True, ''

    def _missing(self, emotion, end):
        """Tell what a reaction to an emotion that counted still lacks; '' where nothing."""
        if emotion not in self._reactions:
            return 'there is no reaction to it'
        reaction, policy = self._reactions[emotion], self._policy_of(emotion)
        if emotion not in self._since:
            shown = self._last(policy.utterances)
            votes = sum(one.emotion == emotion for one in shown)
            return (f'{votes} of the last {len(shown)} utterances show it, '
                    f'{policy.agreement} must')
        if end - self._since[emotion] < round(policy.hold * 1e9):
            return f'they have agreed for {(end - self._since[emotion]) / 1e9:.1f} s'
        if self.running is not None:
            return f'{self.running.name} is running'
        passed = self._now - self._over.get(reaction.name, -math.inf)
        if passed < round(policy.cool_down * 1e9):
            return f'{passed / 1e9:.1f} s ago {reaction.name} was over'
        return ''

    def done(self, now):
        """Take note that the running reaction is over; `now` is the time [ns]."""
        if self.running is not None:
            self._over[self.running.name] = now
        self.running = None

    def _pass_time(self, now):
        """Forget what is too old."""
        if now < self._now:   # time was set back, as when a bag starts again
            self._shown.clear()
            self._over = {name: min(over, now) for name, over in self._over.items()}
        self._now = now
        self._shown = deque([shown for shown in self._shown if now - shown.end <= self._staleness],
                            self._shown.maxlen)
        self._agree()

    def _stale(self, start, end):
        """Tell why an utterance [ns] does not count, as one of STALE, or None."""
        if self._now - end > self._staleness:
            return OLD
        if end - self._now > self._staleness:
            return AHEAD
        return DOUBLED if self._shown and start <= self._shown[-1].start else None

    def _agree(self):
        """Find the emotions that enough utterances show, and since when without a break."""
        since = {}
        for emotion in {shown.emotion for shown in self._shown}:
            policy = self._policy_of(emotion)
            starts = [shown.start for shown in self._last(policy.utterances)
                      if shown.emotion == emotion]
            if len(starts) >= policy.agreement:
                since[emotion] = self._since.get(emotion, starts[0])
        self._since = since

    def _last(self, count):
        """The last utterances that count, as many as are looked at: [_Shown]."""
        return list(self._shown)[-count:]


def _check(reactions):
    """Check that each reaction can be.

    Raises:
        EmotionError: see Reactor.

    """
    if not reactions:
        raise EmotionError('there must be at least one reaction, got none')
    found = {}
    for reaction in reactions:
        name = f'reaction {reaction.name!r}'
        if reaction.emotion in ('', UNKNOWN):
            raise EmotionError(f"{name} must be for a label of the model, such as 'sadness', "
                               f'got {reaction.emotion!r}')
        if not (reaction.sound or reaction.command or reaction.service):
            raise EmotionError(f'{name} must have a sound, a command, a service or several of '
                               'them, got none')
        if reaction.sector and not (len(reaction.sector) == 2 and all(
                -360 <= edge <= 360 for edge in reaction.sector)):
            raise EmotionError(f'{name} must have a sector [from, to] in degrees, or none, '
                               f'got {list(reaction.sector)}')
        other = found.setdefault(reaction.emotion, reaction)
        if other is not reaction:
            raise EmotionError(f'there must be one reaction for each emotion, got {other.name!r} '
                               f'and {reaction.name!r} for {reaction.emotion!r}')
