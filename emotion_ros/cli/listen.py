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

"""The command `emotion-ros listen`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
import sys
import threading
import time

from emotion_ros.audio.frame import Frame
from emotion_ros.audio.reconnecting_microphone import ReconnectingMicrophone
from emotion_ros.cli.classify import json_lines, table
from emotion_ros.cli.options import classifier as classifier_options, sound as sound_options
from emotion_ros.errors import EmotionError, complain
from emotion_ros.offline.many_files import Results
from emotion_ros.offline.pipeline import Pipeline


def add_arguments(parser: ArgumentParser) -> None:
    """Fill the parser of the command.

    Args:
        parser: of argparse.

    """
    parser.description = ('Listen to a microphone and say which emotion each utterance shows, '
                          'until Ctrl-C. No ROS is needed.')
    parser.add_argument('--device', default='', metavar='D',
                        help='microphone: its number or part of its name (default: the default '
                             'microphone)')
    form = parser.add_mutually_exclusive_group()
    form.add_argument('--json', action='store_true',
                      help='print one JSON object per line, also for interim results')
    form.add_argument('--monitor', action='store_true',
                      help='show level, voice activity, results and timeline in the terminal')
    sound_options.add_sound(parser)
    classifier_options.add_classifier(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Listen until Ctrl-C, or until q where there is a view.

    Args:
        arguments: of the parser.

    Returns:
        Exit code.

    Raises:
        EmotionError: the model or the microphone cannot be used, or an option is not allowed.

    """
    if arguments.monitor and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise EmotionError('--monitor needs a terminal')
    sound = sound_options.sound(arguments)
    classifier = classifier_options.classifier(arguments)
    begun = time.time_ns()
    microphone = ReconnectingMicrophone(
        device=arguments.device, channel=sound['channel'], array=sound['array'],
        now=lambda: time.time_ns() - begun,
        on_lost=lambda error: complain(f'{error}; trying again until it is back'),
        on_found=lambda found: None if arguments.monitor else print(
            f'listening to {found.name!r}; press Ctrl-C to stop', file=sys.stderr))
    try:
        pipeline = Pipeline(classifier, array=sound['array'], segmentation=sound['segmentation'])
        if arguments.monitor:
            return _show(microphone, pipeline)
        write = json_lines if arguments.json else table
        write('microphone', _results(microphone, pipeline), classifier.description.labels)
    finally:
        microphone.close()
    return 0


def _results(microphone: ReconnectingMicrophone, pipeline: Pipeline,
             on_audio: Callable[[Frame], object] = lambda frame: None) -> Results:
    """Yield (features.extractor.Utterance, model.classifier.Emotion) of what is said."""
    with pipeline:
        for frame in microphone.frames():
            on_audio(frame)
            for features, emotion in pipeline.push(frame):
                yield features.utterance, emotion


def _show(microphone: ReconnectingMicrophone, pipeline: Pipeline) -> int:
    """Show the view of emotion_monitor until q is typed."""
    from emotion_ros.monitor.state import TOPICS, Monitor
    from emotion_ros.monitor.terminal import import_app, undisturbed
    app_class = import_app()
    monitor = Monitor()

    app = app_class(monitor, namespace='/', topics={topic: topic for topic in TOPICS})
    faults: list[Exception] = []
    closed = threading.Event()

    def listen() -> None:
        try:
            for utterance, emotion in _results(microphone, pipeline, monitor.update_audio):
                monitor.emotion(utterance, emotion)
        except Exception as error:
            faults.append(error)
            while not (app.is_running or closed.wait(0.05)):   # it is not yet
                pass
            if app.is_running:
                app.call_from_thread(app.exit)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    with undisturbed():
        app.run(mouse=False)
    closed.set()
    microphone.close()
    thread.join(1.0)
    if faults:
        raise faults[0]
    return app.return_code
