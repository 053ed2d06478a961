"""Crowd-sourced Emotional Multimodal Actors Dataset."""

from emotion_ros.corpora.named_files import NamedCorpus

CREMA_D = NamedCorpus(
    name='crema-d',
    title='Crowd-sourced Emotional Multimodal Actors Dataset (CREMA-D)',
    language='en',
    layout='sound files such as 1001_DFA_ANG_XX.wav: speaker, sentence, emotion, level',
    licence='ODbL 1.0',
    citation='Cao, Cooper, Keutmann, Gur, Nenkova and Verma: CREMA-D: Crowd-sourced Emotional '
             'Multimodal Actors Dataset, IEEE Transactions on Affective Computing 5(4), 2014',
    pattern=r'(?P<speaker>1\d\d\d)_([A-Z]{3})_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX|X)',
    emotions={'ANG': 'anger', 'DIS': 'disgust', 'FEA': 'fear', 'HAP': 'happiness',
              'NEU': 'neutral', 'SAD': 'sadness'})
