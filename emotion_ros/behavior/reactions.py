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

"""When a robot reacts to emotions and moods."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
import math

from emotion_ros.behavior.reaction import Reaction, ReactionPolicy
from emotion_ros.emotions import UNKNOWN
from emotion_ros.errors import EmotionError
from emotion_ros.mood.moods import Mood, keep_newest

OLD, AHEAD, DOUBLED = STALE = (
    'emotions stale: too old', 'emotions stale: from the future',
    'emotions stale: late or doubled')
UNSURE = 'emotions unsure'
ELSEWHERE = 'emotions from elsewhere'
REACTIONS = 'reactions'

DEFAULT = ReactionPolicy()


@dataclass(frozen=True)
class _Vote:
    """An utterance that counts for a reaction: whether it agrees, and when it was [ns]."""

    shows: bool
    start: int
    end: int


@dataclass
class _Evidence:
    """The state of a reaction.

    Attributes:
        votes: of the last utterances that count.
        since: start of the first of those that agree without a break [ns]; None if too few do.
        moods: {(frame_id, speaker): (stamp of the first mood that shows it without a break, when
            the newest came [ns])}.

    """

    votes: list[_Vote] = field(default_factory=list)
    since: int | None = None
    moods: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    def agree(self, policy: ReactionPolicy, oldest: int) -> None:
        """Keep votes of utterances that ended at `oldest` [ns] or later; see if enough agree."""
        self.votes = [vote for vote in self.votes[-policy.utterances:] if vote.end >= oldest]
        starts = [vote.start for vote in self.votes if vote.shows]
        if len(starts) < policy.agreement:
            self.since = None
        else:   # those of another microphone may have begun earlier
            self.since = min(starts if self.since is None else [self.since, *starts])


class Reactor:
    """Decides when to react to utterances and moods; only one reaction runs at a time.

    An utterance counts for a reaction if it is neither stale nor unsure, and comes from the sector
    of the reaction, if that has one. Of the last ones that count, a number must agree; the others
    change nothing. A mood counts while its last utterance is not stale. If several reactions could
    start, the first one does.

    Args:
        reactions: in order of priority.
        policy: of the reactions without their own; the limits of staleness apply to all.
        counts: Counter that counts stale utterances by their reason (one of STALE), those that
            are UNSURE or come from ELSEWHERE than the sectors of all reactions, and REACTIONS.

    Attributes:
        running: the Reaction that is running, or None.
        reason: why the newest utterance or mood started no reaction, for people.

    Raises:
        EmotionError: there are no reactions, or two have the same name.

    """

    def __init__(self, reactions: Sequence[Reaction], policy: ReactionPolicy = DEFAULT, *,
                 counts: Counter | None = None) -> None:
        self.running: Reaction | None = None
        self.reason = ''
        self._counts = Counter() if counts is None else counts
        self._evidence: dict[str, _Evidence] = {}   # by the name of the reaction
        self._now = 0     # when the last utterance or mood came [ns]
        # Start and end of the last utterance that counted for any [ns], by frame_id.
        self._last: dict[str, tuple[int, int]] = {}
        self._over: dict[str, int] = {}   # when each reaction was over the last time [ns]
        self.change(reactions, policy)

    def change(self, reactions: Sequence[Reaction], policy: ReactionPolicy) -> None:
        """Replace reactions and policy; past utterances and the running reaction are kept.

        Args, Raises: see Reactor; after an error, nothing has changed.
        """
        if not reactions:
            raise EmotionError('there must be at least one reaction, got none')
        names = [reaction.name for reaction in reactions]
        for name in names:
            if names.count(name) > 1:
                raise EmotionError(f'reactions must have different names, got {name!r} '
                                   f'{names.count(name)} times')
        self._reactions, self._policy = list(reactions), policy
        self._staleness = round(policy.staleness * 1e9)
        self._evidence = {name: self._evidence.get(name, _Evidence()) for name in names}

    def update(self, emotion: str, *, confidence: float, start: int, end: int, now: int,
               azimuth: float = math.nan, arousal: float = math.nan, valence: float = math.nan,
               frame_id: str = '') -> Reaction | None:
        """Take the next utterance.

        Args:
            emotion: its label, or UNKNOWN.
            confidence: in it, 0 to 1.
            start, end: of the utterance [ns].
            now: the time [ns].
            azimuth: that it came from [rad]; NaN if unknown.
            arousal, valence: -1 to 1; NaN if the model does not give them.
            frame_id: of the microphone.

        Returns:
            The Reaction that begins now, or None.

        """
        self._pass_time(now)
        stale = self._stale(start, end, frame_id)
        if stale:
            self._counts[stale] += 1
            self.reason = f'{stale}, it ended {(now - end) / 1e9:.1f} s ago'
            return None
        found = [reaction for reaction in self._reactions if not reaction.on_mood]
        required = {reaction.name: self._policy_of(reaction).confidence for reaction in found}
        sure = [reaction for reaction in found
                if emotion != UNKNOWN and confidence >= required[reaction.name]]
        near = [reaction for reaction in sure if reaction.is_for(azimuth)]
        if found and not near:
            self._counts[ELSEWHERE if sure else UNSURE] += 1
            text = '' if emotion == UNKNOWN else f', required {min(required.values()):.2f}'
            self.reason = ELSEWHERE if sure else f'{UNSURE}: confidence {confidence:.2f}{text}'
            return None
        keep_newest(self._last, frame_id, (start, end))
        shown = []
        for reaction in near:
            shows = reaction.is_shown(emotion, arousal, valence)
            evidence = self._evidence[reaction.name]
            evidence.votes.append(_Vote(shows, start, end))
            evidence.agree(self._policy_of(reaction), now - self._staleness)
            if shows:
                shown.append((reaction, self._disagree(reaction), evidence.since))
        return self._begin(shown, end)

    def update_mood(self, mood: Mood, *, now: int, frame_id: str = '') -> Reaction | None:
        """Take the next mood of a person.

        Args:
            mood: mood.moods.Mood.
            now: the time [ns], on the clock of its stamp.
            frame_id: of the microphone.

        Returns:
            The Reaction that begins now, or None.

        """
        self._pass_time(now)
        silence = now - mood.stamp + mood.since_last
        counts = mood.utterances > 0 and abs(silence) <= self._staleness
        probability = max(mood.probabilities, default=0.0)
        key, shown = (frame_id, mood.speaker), []
        for reaction in [reaction for reaction in self._reactions if reaction.on_mood]:
            policy, moods = self._policy_of(reaction), self._evidence[reaction.name].moods
            shows = counts and probability >= policy.confidence and reaction.is_shown(
                mood.emotion, mood.arousal, mood.valence)
            few = mood.utterances < policy.agreement
            if not shows or few:
                moods.pop(key, None)
            else:
                first, last = moods.get(key, (mood.stamp, now))
                unbroken = now - last <= self._staleness and first <= mood.stamp
                keep_newest(moods, key, (first if unbroken else mood.stamp, now))
            if shows:
                few = few and (f'it is based on {mood.utterances} utterances; '
                               f'{policy.agreement} are required')
                shown.append((reaction, few or '', moods.get(key, (None, now))[0]))
        found = self._begin(shown, mood.stamp)
        if not counts:
            self.reason = f'the last utterance ended {silence / 1e9:.1f} s ago'
        return found

    def _begin(self, shown: Iterable[tuple[Reaction, str, int | None]], end: int,
               ) -> Reaction | None:
        """Start the first reaction whose conditions are met.

        Args:
            shown: (reaction, reason against it or '', when it was first shown [ns]) of those whose
                emotion is shown.
            end: of what shows it [ns].

        """
        reasons = []
        for reaction, reason, since in shown:
            reasons.append(reason or self._missing(reaction, end - since))
            if not reasons[-1]:
                self.running, self.reason = reaction, ''
                self._counts[REACTIONS] += 1
                return reaction
        self.reason = reasons[0] if reasons else 'there is no reaction to it'
        return None

    def _disagree(self, reaction: Reaction) -> str:
        """Return the reason if too few utterances agree; '' if enough do."""
        evidence = self._evidence[reaction.name]
        if evidence.since is not None:
            return ''
        votes = sum(vote.shows for vote in evidence.votes)
        return (f'{votes} of the last {len(evidence.votes)} utterances show it, '
                f'{self._policy_of(reaction).agreement} must')

    def _missing(self, reaction: Reaction, held: int) -> str:
        """Return the unmet condition of a reaction shown for so long [ns]; '' for none."""
        policy = self._policy_of(reaction)
        if held < round(policy.hold * 1e9):
            return f'they have agreed for {held / 1e9:.1f} s'
        if self.running is not None:
            return f'{self.running.name} is running'
        passed = self._now - self._over.get(reaction.name, -math.inf)
        if passed < round(policy.cool_down * 1e9):
            return f'{passed / 1e9:.1f} s ago {reaction.name} was over'
        return ''

    def done(self, now: int) -> None:
        """End the running reaction; `now` is the time [ns]."""
        if self.running is not None:
            self._over[self.running.name] = now
        self.running = None

    def _policy_of(self, reaction: Reaction) -> ReactionPolicy:
        return reaction.policy or self._policy

    def _pass_time(self, now: int) -> None:
        """Forget what is too old."""
        if now < self._now:   # time went back, as when a bag starts again
            self._evidence = {name: _Evidence() for name in self._evidence}
            self._last = {}
            self._over = {name: min(over, now) for name, over in self._over.items()}
        self._now = now
        for reaction in self._reactions:
            self._evidence[reaction.name].agree(
                self._policy_of(reaction), now - self._staleness)

    def _stale(self, start: int, end: int, frame_id: str) -> str | None:
        """Return why an utterance [ns] does not count, one of STALE, or None."""
        if self._now - end > self._staleness:
            return OLD
        if end - self._now > self._staleness:
            return AHEAD
        last_start, last_end = self._last.get(frame_id, (0, 0))
        is_fresh = self._now - last_end <= self._staleness
        return DOUBLED if is_fresh and start <= last_start else None
