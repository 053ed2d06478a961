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


"""The command `emotion-ros enroll`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
import os
from pathlib import Path

from emotion_ros.audio.frame import Frame
from emotion_ros.cli.options import classifier as classifier_options, sound as sound_options
from emotion_ros.cli.options.sound import Sound
from emotion_ros.emotions import NEUTRAL
from emotion_ros.enrollment.game import EnrollmentGame
from emotion_ros.enrollment.profiles import make_profile, measure_worth
from emotion_ros.enrollment.utterances import (
    LABEL_COLUMNS,
    LabeledUtterance,
    read_labels,
    utterances_of_bag,
    utterances_of_file,
)
from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.files.paths import expanded
from emotion_ros.model.classifier import EmotionClassifier
from emotion_ros.voices.profile import SUFFIX, check_name, read_profile, write_profile


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of the command.

    Args:
        parser: of argparse.

    """
    parser.description = (
        'Make the voice profile of a person, so that the robot recognizes the person and '
        'understands their emotions better. Without recordings, this is a game in the terminal '
        'that takes a minute. A profile holds statistics and no audio; make one only with the '
        "person's consent.")
    parser.add_argument('name', metavar='NAME', help='name of the person')
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--from', dest='files', nargs='+', metavar='FILE=EMOTION', default=[],
                        help='sound files of the person, with the emotion that each expresses')
    source.add_argument('--corpus', metavar='NAME:PATH',
                        help='recordings of the person in a corpus, such as csv:anna.csv')
    source.add_argument('--device', default='', metavar='D',
                        help='microphone for the game: its number or part of its name (default: '
                             'the default microphone)')
    source.add_argument('--add', metavar='BAG',
                        help='add the utterances of a bag that --labels lists to the profile')
    parser.add_argument('--speaker', metavar='S',
                        help='speaker of the corpus; needed if it has several')
    parser.add_argument('--labels', metavar='CSV',
                        help='CSV file with the columns ' + ' and '.join(LABEL_COLUMNS) + ', '
                             'numbered as in `emotion-ros classify --json` and /emotion')
    parser.add_argument('--topic', metavar='TOPIC',
                        help='audio topic of the bag; needed if it has several')
    parser.add_argument('--neutral-only', action='store_true',
                        help='use only neutral utterances, for people who do not want to act')
    parser.add_argument('--profiles', default=str(default_folder()), metavar='DIR',
                        help='folder of the profiles (default: %(default)s)')
    parser.add_argument('--replace', action='store_true',
                        help='replace an existing profile')
    sound_options.add_sound(parser)
    classifier_options.add_model(parser)
    parser.set_defaults(run=run)


def default_folder() -> Path:
    """Folder of profiles in the user's home."""
    home = os.environ.get('XDG_DATA_HOME') or os.path.expanduser('~/.local/share')
    return Path(home, 'emotion_ros', 'voices')


def run(arguments: Namespace) -> int:
    """Enroll as the arguments say, and tell what the profile is worth.

    Args:
        arguments: of the parser.

    Raises:
        EmotionError: a recording, the model or the folder cannot be used; nothing was written.

    """
    check_name(arguments.name)
    folder = expanded(arguments.profiles)
    path = folder / f'{arguments.name}{SUFFIX}'
    if bool(arguments.add) != bool(arguments.labels):
        raise EmotionError('--add and --labels must come together')
    if arguments.add and arguments.replace:
        raise EmotionError('--replace makes the profile anew and --add extends it; give one of '
                           'them')
    for option, other in (('speaker', 'corpus'), ('topic', 'add')):
        if getattr(arguments, option) and not getattr(arguments, other):
            raise EmotionError(f'--{option} needs --{other}')
    if path.exists() and not (arguments.add or arguments.replace):
        raise EmotionError(f'profile {str(path)!r} already exists; use --replace to make it anew, '
                           'or --add to extend it')
    sound = sound_options.sound(arguments)
    classifier = EmotionClassifier(arguments.model, backend=arguments.backend)
    network = classifier.voice_network()
    known = read_profile(path, network) if arguments.add else None
    utterances = _utterances(arguments, sound, classifier)
    if arguments.neutral_only:
        utterances = [entry for entry in utterances if entry.emotion == NEUTRAL]
    if not utterances:
        raise EmotionError('there is no utterance to enroll'
                           + (f' that is {NEUTRAL}' if arguments.neutral_only else ''))
    profile = make_profile(arguments.name, utterances, classifier, known)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_profile(profile, path)
    print(f'{path}: ' + ', '.join(f'{emotion} {count}'
                                  for emotion, count in profile.counts().items()))
    print(measure_worth(arguments.name, utterances, classifier).told())
    return 0


def _utterances(arguments: Namespace, sound: Sound,
                classifier: EmotionClassifier) -> list[LabeledUtterance]:
    """Hear the utterances that the arguments name."""
    if arguments.files:
        return [utterance for text in arguments.files
                for utterance in _of_file(*_split(text), classifier, sound)]
    if arguments.corpus:
        return _of_corpus(arguments.corpus, arguments.speaker, classifier, sound)
    if arguments.add:
        return utterances_of_bag(arguments.add, read_labels(arguments.labels), classifier,
                                 topic=arguments.topic, **sound)
    try:
        game = EnrollmentGame(classifier, lambda: _microphone(arguments.device, sound), input,
                              print, sound['array'], sound['segmentation'])
        return game.play(neutral_only=arguments.neutral_only)
    except EOFError:
        raise EmotionError('the game needs a terminal; use --from for recordings') from None


def _split(text: str) -> tuple[str, str]:
    path, equals, emotion = text.rpartition('=')
    if not (path and equals and emotion):
        raise EmotionError(f'--from must be FILE=EMOTION, got {text!r}')
    return path, emotion


def _of_file(path: str, emotion: str, classifier: EmotionClassifier,
             sound: Sound) -> list[LabeledUtterance]:
    try:
        found = utterances_of_file(path, emotion, classifier, **sound)
    except ArgumentError as error:
        raise EmotionError(f"--from {f'{path}={emotion}'!r}: {error}") from error
    if not found:
        raise EmotionError(f'--from {path!r}: no speech found')
    return found


def _of_corpus(text: str, speaker: str | None, classifier: EmotionClassifier,
               sound: Sound) -> list[LabeledUtterance]:
    """Hear the clips of one speaker whose emotions the model tells; say what is left out."""
    from emotion_ros.corpora.registry import read_corpus
    clips, _ = read_corpus(text, argument='corpus')
    speakers = sorted({clip.speaker for clip in clips})
    wanted = [name for name in speakers
              if speaker is None or speaker in (name, name.partition('/')[2])]
    if len(wanted) != 1:
        raise EmotionError(f'--speaker must be one of {", ".join(speakers)[:300]}, '
                           f'got {speaker or "none"}')
    own = [clip for clip in clips if clip.speaker == wanted[0]]
    told = [clip for clip in own if clip.emotion in classifier.description.labels]
    heard = [utterances_of_file(clip.path, clip.emotion, classifier, **sound) for clip in told]
    for count, reason in ((len(own) - len(told), 'of emotions that the model does not know'),
                          (sum(not found for found in heard), 'without speech')):
        if count:
            print(f'left out {count} clips {reason}')
    return [utterance for found in heard for utterance in found]


@contextmanager
def _microphone(device: str, sound: Sound) -> Iterator[Iterable[Frame]]:
    """Open a microphone; gives its frames. A microphone that is lost ends the command."""
    from emotion_ros.audio.reconnecting_microphone import ReconnectingMicrophone

    def fail(error: EmotionError) -> None:
        raise error

    microphone = ReconnectingMicrophone(device=device, channel=sound['channel'],
                                        array=sound['array'], on_lost=fail)
    with closing(microphone), closing(microphone.frames()) as frames:
        yield frames
