"""Ryerson Audio-Visual Database of Emotional Speech and Song: the speech."""

from emotion_ros.corpora.named_files import NamedCorpus

RAVDESS = NamedCorpus(
    name='ravdess',
    title='Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS), speech',
    language='en',
    layout='sound files of speech such as Actor_12/03-01-05-01-02-01-12.wav: third field the '
           'emotion, seventh the actor',
    licence='CC BY-NC-SA 4.0',
    citation='Livingstone and Russo: The Ryerson Audio-Visual Database of Emotional Speech and '
             'Song (RAVDESS), PLoS ONE 13(5), 2018',
    pattern=r'0[13]-01-(?P<emotion>0[1-8])-(0[12]-0[12]-0[12])-(?P<speaker>\d\d)',
    emotions={'01': 'neutral', '02': 'calm', '03': 'happiness', '04': 'sadness', '05': 'anger',
              '06': 'fear', '07': 'disgust', '08': 'surprise'})
