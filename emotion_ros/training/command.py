"""The command `emotion-ros train`."""

import os

from emotion_ros.errors import EmotionError


def add_parser(subparsers):
    """Add the command to those of a program.

    Args:
        subparsers: of argparse.ArgumentParser.add_subparsers.

    """
    parser = subparsers.add_parser(
        'train', help='train a model on recordings',
        description='Train a model on recordings of emotional speech.')
    parser.add_argument(
        '--corpus', action='append', required=True, metavar='NAME:PATH',
        help='recordings: emodb, ravdess or crema-d and the folder that holds them, or csv and a '
             'CSV file with the columns path, emotion, speaker; may be given several times')
    parser.add_argument(
        '--output', required=True, metavar='DIR', help='folder for the model')
    parser.add_argument(
        '--feature-set', default='ComParE_2016', metavar='NAME',
        help='openSMILE feature set: ComParE_2016 or eGeMAPSv02 (default: %(default)s)')
    parser.add_argument(
        '--classes', metavar='A,B,C',
        help='emotions to tell apart (default: those of neutral, anger, disgust, fear, happiness, '
             'sadness and surprise that the recordings hold); others are left out')
    parser.add_argument(
        '--map', action='append', default=[], metavar='OLD=NEW',
        help='count an emotion as another; may be given several times (calm counts as neutral '
             'unless it is a class)')
    parser.add_argument(
        '--exclude-speakers', metavar='A,B',
        help='speakers used for nothing but the final measurement, such as emodb/03,ravdess/01 '
             '(default: every fifth of each corpus)')
    parser.add_argument(
        '--seed', type=int, default=0, metavar='N',
        help='the same seed gives the same model (default: %(default)s)')
    parser.add_argument(
        '--epochs', type=int, default=120, metavar='N',
        help='how often all recordings are gone through (default: %(default)s)')
    parser.add_argument(
        '--jobs', type=int, default=-1, metavar='N',
        help='processes that compute features; -1 for one a core (default: %(default)s)')
    parser.add_argument(
        '--cache', default='~/.cache/emotion_ros', metavar='DIR',
        help='folder that keeps computed features (default: %(default)s)')
    parser.add_argument(
        '--name', default='emotion', metavar='NAME', help='of the model (default: %(default)s)')
    parser.add_argument(
        '--model-version', default='0.1.0', metavar='VERSION',
        help='of the model (default: %(default)s)')
    parser.set_defaults(run=run)


def run(arguments):
    """Train as the arguments say and print the results.

    Args:
        arguments: of the parser.

    Raises:
        EmotionError: an option or a corpus cannot be used; nothing was written.

    """
    for name, lowest in (('seed', 0), ('epochs', 1)):
        if getattr(arguments, name) < lowest:
            raise EmotionError(f'--{name} is {getattr(arguments, name)}, '
                               f'allowed is at least {lowest}')
    if arguments.jobs < 1 and arguments.jobs != -1:
        raise EmotionError(f'--jobs is {arguments.jobs}, allowed is at least 1, or -1')
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
    os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '0')   # rounds differently by processor
    try:
        from emotion_ros.training.train import train
    except ImportError as error:
        raise EmotionError(f'training needs a package that is missing: {error.name}; '
                           'install what requirements-train.txt lists') from error
    train(
        arguments.corpus,
        output=arguments.output,
        feature_set_name=arguments.feature_set,
        classes=arguments.classes,
        renames=arguments.map,
        exclude_speakers=arguments.exclude_speakers,
        seed=arguments.seed,
        epochs=arguments.epochs,
        jobs=arguments.jobs,
        cache=arguments.cache,
        name=arguments.name,
        version=arguments.model_version)
