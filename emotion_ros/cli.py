"""The emotion-ros command: what can be done without ROS."""

import argparse
import json
import os
import sys

from emotion_ros import __version__
from emotion_ros.bags import command as bags
from emotion_ros.corpora import command as corpora
from emotion_ros.errors import EmotionError, complain
from emotion_ros.evaluation import command as evaluation
from emotion_ros.model import options
from emotion_ros.offline import classify_file
from emotion_ros.training import command as training


def classify(arguments):
    """Print the emotion of each utterance of each file.

    Returns:
        Exit code; a file that cannot be read does not keep others from being read.

    """
    classifier = options.classifier(arguments)
    write = _json_lines if arguments.json else _table
    code = 0
    for path in arguments.file:
        try:
            write(path, classify_file(path, classifier), classifier.description.labels)
        except EmotionError as error:
            code = complain(error)
    return code


def _json_lines(path, results, labels):
    for utterance, emotion in results:
        print(json.dumps({
            'file': path,
            'start': utterance.stamp / 1e9,
            'end': (utterance.stamp + utterance.duration) / 1e9,
            'utterance': utterance.number,
            'final': utterance.final,
            'emotion': emotion.emotion,
            'confidence': emotion.confidence,
            'labels': labels,
            'probabilities': emotion.probabilities.tolist(),
        }), flush=True)


def _table(path, results, labels):
    finals = 0
    for utterance, emotion in results:
        if not utterance.final:
            continue
        if not finals:
            print(path)
            print(f'{"start":>8} {"end":>8}  {"emotion":<10} {"conf.":>5} ',
                  *(f'{label[:9]:>9}' for label in labels))
        finals += 1
        end = utterance.stamp + utterance.duration
        print(f'{utterance.stamp / 1e9:8.2f} {end / 1e9:8.2f}  '
              f'{emotion.emotion:<10} {emotion.confidence:5.2f} ',
              *(f'{probability:9.2f}' for probability in emotion.probabilities), flush=True)
    if not finals:
        print(path, 'no speech found', sep='\n')
    print()


def _parser():
    parser = argparse.ArgumentParser(
        prog='emotion-ros', description='Hear how people feel, without ROS.')
    parser.add_argument('--version', action='version', version=f'%(prog)s {__version__}')
    commands = parser.add_subparsers(title='commands', required=True)
    command = commands.add_parser(
        'classify', help='say which emotions are heard in sound files',
        description='Find the utterances in sound files and say which emotion each shows. '
                    'The results are those that the ROS nodes publish for the same sound.')
    command.add_argument('file', nargs='+', metavar='FILE',
                         help='sound file of any format, rate and channels that soundfile reads, '
                              'or a video')
    command.add_argument('--json', action='store_true',
                         help='print a JSON object a line, interim results too')
    options.add_classifier(command)
    command.set_defaults(run=classify)
    bags.add_parser(commands)
    training.add_parser(commands)
    evaluation.add_parser(commands)
    corpora.add_parser(commands)
    return parser


def main():
    """Run the command.

    Returns:
        Exit code: 0; 1 when something cannot be used, and one line on stderr says what; 2 when
        the command is not understood.

    """
    sys.stdout.reconfigure(errors='backslashreplace')   # names of files may be any bytes
    arguments = _parser().parse_args()
    try:
        return arguments.run(arguments)
    except EmotionError as error:
        return complain(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) has seen enough; nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
