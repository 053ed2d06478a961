"""Berlin Database of Emotional Speech."""

from emotion_ros.corpora.named_files import NamedCorpus

EMODB = NamedCorpus(
    name='emodb',
    title='Berlin Database of Emotional Speech (EMO-DB)',
    language='de',
    layout='sound files such as 03a01Fa.wav: speaker, text, emotion, take',
    licence='CC0 1.0 or CC BY 4.0, by distributor',
    citation='Burkhardt, Paeschke, Rolfes, Sendlmeier and Weiss: A database of German emotional '
             'speech, Interspeech 2005',
    pattern=r'(?P<speaker>\d\d)([ab]\d\d)(?P<emotion>[WLEAFTN])([a-f])',
    emotions={'W': 'anger', 'L': 'boredom', 'E': 'disgust', 'A': 'fear', 'F': 'happiness',
              'T': 'sadness', 'N': 'neutral'})
