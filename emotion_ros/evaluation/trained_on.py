"""What a saved model was trained on, and so must not be tested on."""

from emotion_ros.errors import EmotionError


class TrainedOn:
    """What model.yaml says of the training; as it is for people, it may say anything.

    Args:
        description: model.saved_model.ModelDescription.

    """

    def __init__(self, description):
        said = description.training if isinstance(description.training, dict) else {}

        def entries(name):
            return said[name] if isinstance(said.get(name), list) else []

        self._corpora = {str(entry.get('name')) for entry in entries('corpora')
                         if isinstance(entry, dict)}
        self._test = {str(speaker) for speaker in entries('test_speakers')}
        self._noise = {str(name) for name in entries('noise')}

    def speakers(self, clips):
        """Give the set of those speakers of clips that the model was trained on."""
        return {clip.speaker for clip in clips
                if clip.corpus in self._corpora and clip.speaker not in self._test}

    def without_known(self, clips, left_out):
        """Give the clips of speakers that the model was not trained on; print what is left out."""
        if not self._corpora:
            print('model.yaml does not say what the model was trained on: '
                  'it may have heard the speakers')
        known = self.speakers(clips)
        unknown = [clip for clip in clips if clip.speaker not in known]
        if known:
            count = len(clips) - len(unknown)
            left_out['of speakers that the model was trained on'] = count
            print(f'left out {count} clips of {len(known)} speakers that the model was trained on')
        if not unknown:
            raise EmotionError('--model: it was trained on all speakers of the corpora')
        return unknown

    def facts(self, noise):
        """Give what a reader of the report must know: what the model may have heard before."""
        facts = {} if self._corpora else {
            'caution': 'model.yaml does not say what the model was trained on'}
        heard = [path.name for path in noise.paths if path.name in self._noise] if noise else []
        if heard:
            print(f'the model was trained on noise of the same name: {", ".join(heard)}')
            facts['noise_that_the_model_was_trained_on'] = heard
        return facts
