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

"""The parameters of the node behavior, and the reactions that they define."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from emotion_ros.behavior.reaction import Reaction, ReactionPolicy
from emotion_ros.errors import EmotionError
from emotion_ros.nodes.parameters import (
    NumbersParameter,
    OptionalParameter,
    Parameter,
    from_settings,
    to_settings,
)

TEXTS = {
    'emotion': 'Emotion to react to: a label of the model; empty means any, with arousal or '
               'valence.',
    'sound': 'Sound to play: happy_tune, or the path of a file; empty plays none.',
    'command': 'Text to publish on behavior/command; empty publishes none.',
    'service': 'std_srvs/Trigger service to call; empty calls none.',
}
"""Of a reaction NAME: each is a parameter, NAME.emotion and so on."""

RANGES = {
    'sector': 'Azimuths to react to, [from, to], counterclockwise [degrees]; empty means all.',
    'arousal': 'Arousal to react to, [from, to], -1 to 1; empty means any.',
    'valence': 'Valence to react to, [from, to], -1 to 1; empty means any.',
}
"""Of a reaction, too."""

FIXED = 'sound', 'service'
"""Can be set only while the node is unconfigured: configuring checks that they exist and work."""

GATES = from_settings(ReactionPolicy)

OWN_GATES = tuple(gate for gate in GATES if gate.name != 'staleness')
"""Each reaction may have its own."""


def reaction_parameters(name: str, **defaults: str) -> list[Parameter]:
    """Make the parameters of a reaction; texts are empty, except for `defaults`."""
    return [
        *(Parameter(f'{name}.{part}', defaults.get(part, ''), text, read_only=part in FIXED)
          for part, text in TEXTS.items()),
        Parameter(f'{name}.on_mood', False, 'React to moods instead of utterances.',
                  read_only=False),
        *(NumbersParameter(f'{name}.{part}', '', text, choices=('',), read_only=False)
          for part, text in RANGES.items()),
        *(OptionalParameter(
            f'{name}.{gate.name}', '', f'{gate.name} for this reaction; empty uses the common '
            'one.', read_only=False, other=gate) for gate in OWN_GATES)]


NAMES = Parameter(
    'reactions', ['cheer_up'], 'Names of the reactions; each has parameters of its own.')

PARAMETERS = (
    NAMES,
    *reaction_parameters('cheer_up', emotion='sadness', sound='happy_tune', command='cheer_up'),
    *GATES,
    Parameter('output_device', '',
              'Loudspeaker: its number or part of its name; empty is the default.'),
    Parameter('service_timeout', 10.0, 'Time within which a service must answer [s].',
              minimum=0.1, maximum=600.0),
)


def to_reactions(values: Mapping[str, Any]) -> tuple[list[Reaction], ReactionPolicy]:
    """Make the reactions that parameters define, and their common policy.

    Args:
        values: of all parameters, by name.

    Raises:
        EmotionError: values contradict each other, or a reaction could never begin.

    """
    common = to_settings(ReactionPolicy, values)
    return [Reaction(
        name, policy=_own_policy(name, common, values), on_mood=values[f'{name}.on_mood'],
        **{part: values[f'{name}.{part}'] for part in TEXTS},
        **{part: tuple(values[f'{name}.{part}']) for part in RANGES})
        for name in values[NAMES.name]], common


def _own_policy(name, common, values):
    own = {entry.name: values.get(f'{name}.{entry.name}') for entry in fields(ReactionPolicy)}
    try:
        return replace(common, **{gate: value for gate, value in own.items() if value is not None})
    except EmotionError as error:
        raise EmotionError(f'parameter {name}.{error}') from error


def reaction_names(value: object) -> list[str]:
    """Check the parameter reactions and give its names.

    Raises:
        EmotionError: there is no name, or one is not allowed or occurs twice.

    """
    names = NAMES.convert(value)
    if not names:
        raise EmotionError('parameter reactions must have at least one name, got none')
    for name in names:
        if not name.isidentifier():
            raise EmotionError('parameter reactions must be names of letters, digits and _, '
                               f'got {name!r}')
        if names.count(name) > 1:
            raise EmotionError(f'parameter reactions must have each name once, got {name!r} '
                               f'{names.count(name)} times')
    return names
