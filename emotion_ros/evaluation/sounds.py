"""Sounds that are no emotion that a network knows: what it should be unsure of."""

from pathlib import Path

from emotion_ros.errors import EmotionError
from emotion_ros.training.augmentation import sound_files
from emotion_ros.training.features import extract_clips


def read_sounds(paths, others, extraction):
    """Hear sounds as the robot does.

    Args:
        paths: of sound files, and of folders that hold some; a kind is named after each.
        others: [corpora.clip.Clip] of emotions that are no class; a kind is named after each.
        extraction: training.features.Extraction.

    Returns:
        {kind: [of each sound in which speech was heard, its utterances: list of float32, shape
        (frames, dimensions)]}. In the others nothing would be answered; their number is printed.

    Raises:
        EmotionError: there is no sound at a path.

    """
    kinds = {}
    for path in map(Path, paths):
        files = sound_files(path) if path.is_dir() else [path] if path.is_file() else []
        if not files:
            raise EmotionError(f'--ood {str(path)!r}: no sound file found')
        kinds.setdefault(path.resolve().stem, []).extend(files)
    for clip in others:
        kinds.setdefault(clip.emotion, []).append(clip.path)
    heard = {}
    for kind, files in kinds.items():
        results = list(extract_clips(files, extraction, title=kind))
        faults = [result for result in results if isinstance(result, EmotionError)]
        if len(faults) == len(files):
            raise EmotionError(f'--ood: none of the sounds of {kind} can be read; {faults[0]}')
        heard[kind] = [result for result in results
                       if not isinstance(result, EmotionError) and result]
        print(f'{kind}: in {len(heard[kind])} of {len(files)} sounds speech was heard')
    return {kind: sounds for kind, sounds in heard.items() if sounds}
