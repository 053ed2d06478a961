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

"""From corpora to examples, with a log of everything that is left out."""

from collections import Counter
import logging

from emotion_ros.corpora.classes import DEFAULT_CLASSES, choose_classes, own_classes
from emotion_ros.corpora.duplicates import distinct, with_digests
from emotion_ros.corpora.labeled_clips import LabeledClips
from emotion_ros.corpora.registry import read_corpus
from emotion_ros.display.lists import SHOWN, listed
from emotion_ros.errors import ArgumentError, EmotionError
from emotion_ros.training.examples import gather
from emotion_ros.training.features import extract_clips

_LOGGER = logging.getLogger(__name__)


def read_clips(corpora):
    """Read corpora and log their contents; of clips with identical audio, one is kept.

    Args:
        corpora: ['NAME:PATH'].

    Returns:
        [corpora.clip.Clip] with digests, and a Counter of the reasons why files were left out.

    Raises:
        EmotionError: a corpus is unknown, missing or empty, or a file is in two of them.

    """
    clips, left_out = [], Counter()
    for corpus in corpora:
        found, dropped = read_corpus(corpus)
        twice = {clip.path.resolve() for clip in clips} & {clip.path.resolve() for clip in found}
        if twice:
            raise ArgumentError('corpora', f'{corpus!r} has {min(twice).name} and '
                                f'{len(twice) - 1} more files that were already given')
        _LOGGER.info(f'{corpus}: {len(found)} clips of '
                     f'{len({clip.speaker for clip in found})} speakers')
        _log_left_out([f'{entry.path.name}: {entry.reason}' for entry in dropped])
        if dropped:
            left_out['unreadable or not named as the corpus requires'] += len(dropped)
        clips += found
    clips, same = distinct(with_digests(clips))
    _log_left_out([f'{entry.path.name}: {entry.reason}' for entry in same])
    if same:
        left_out['same audio as another clip'] += len(same)
    if not clips:
        raise EmotionError('all clips contradict others that have the same audio')
    return clips, left_out


def read_labeled_clips(corpora, *, classes, renames, own=False):
    """Read corpora and choose the classes; log what is left out.

    Args:
        corpora: ['NAME:PATH'].
        classes, renames: see choose_classes.
        own: whether the emotions of the corpora are the default classes.

    Returns:
        LabeledClips; the clips that have no class; and a Counter of the reasons why clips were left
        out.

    Raises:
        EmotionError: see read_clips and choose_classes.

    """
    clips, left_out = read_clips(corpora)
    emotions = [clip.emotion for clip in clips]
    labels, mapping = choose_classes(
        emotions, classes=classes, renames=renames,
        default=own_classes(emotions, renames) if own else DEFAULT_CLASSES)
    others = [clip for clip in clips if clip.emotion not in mapping]
    return label_clips(clips, labels, mapping, left_out), others, left_out


def label_clips(clips, labels, mapping, left_out):
    """Keep the clips whose emotion has a class; log and count the others as left out.

    Args:
        clips: [Clip].
        labels, mapping: see LabeledClips.
        left_out: Counter that is updated.

    Returns:
        LabeledClips.

    """
    others = Counter(clip.emotion for clip in clips if clip.emotion not in mapping)
    for emotion, count in sorted(others.items()):
        _LOGGER.info(f'left out {count} clips of {emotion!r}, which is not a class, '
                     'and not renamed to one')
    left_out.update({f'{emotion} is not a class': count for emotion, count in others.items()})
    return LabeledClips([clip for clip in clips if clip.emotion in mapping], labels, mapping)


def extract_examples(data, extraction, augmentations=(None,), *, left_out=None, title='features',
                     kind='clips'):
    """Compute the features of clips; log which of them cannot be used.

    Args:
        data: LabeledClips.
        extraction: features.Extraction.
        augmentations: each clip is extracted once with each of these; None for the clip itself.
        left_out: Counter that is updated, or None.
        title: of the progress bar.
        kind: what the clips are called in the log.

    Returns:
        examples.Examples: the utterances, with the indices of their clips. A clip without speech
        has none.

    Raises:
        EmotionError: none of the clips contains speech.

    """
    clips = data.clips
    paths = [clip.path for clip in clips]
    features, faults = [[] for _ in clips], {}
    for augmentation in augmentations:
        results = extract_clips(paths, extraction, augmentation, title=title)
        for clip, utterances, values in zip(clips, features, results, strict=True):
            if isinstance(values, EmotionError):
                faults[clip.path] = f'{clip.path.name}: {values}'
            else:
                utterances += values
    silent = [clip.path.name for clip, utterances in zip(clips, features, strict=True)
              if not utterances and clip.path not in faults]
    _log_left_out(list(faults.values()))
    if silent:
        _LOGGER.info(
            f'no speech was found in {len(silent)} of {len(clips)} {kind}: {listed(silent)}')
    if left_out is not None:
        # Only reasons that apply to some clip.
        left_out.update({reason: count for reason, count in (
            ('features failed', len(faults)), ('no speech found', len(silent))) if count})
    if not any(features):
        raise EmotionError(f'none of the {len(clips)} clips can be used: no speech was found')
    return gather(data, features)


def _log_left_out(lines):
    for line in lines[:SHOWN]:
        _LOGGER.info(f'  left out {line}')
    if len(lines) > SHOWN:
        _LOGGER.info(f'  left out {len(lines) - SHOWN} more')
