"""Toronto emotional speech set."""

from emotion_ros.corpora.named_files import NamedCorpus

TESS = NamedCorpus(
    name='tess',
    title='Toronto emotional speech set (TESS)',
    language='en',
    layout='sound files such as OAF_back_angry.wav: speaker, word, emotion (ps for a pleasant '
           'surprise)',
    licence='CC BY-NC-ND 4.0',
    citation='Pichora-Fuller and Dupuis: Toronto emotional speech set (TESS), Scholars Portal '
             'Dataverse 2020, doi:10.5683/SP2/E8H2MF',
    pattern=r'(?P<speaker>OAF|YAF)_([a-z]+)_(?P<emotion>angry|disgust|fear|happy|neutral|ps|sad)',
    emotions={'angry': 'anger', 'disgust': 'disgust', 'fear': 'fear', 'happy': 'happiness',
              'neutral': 'neutral', 'ps': 'surprise', 'sad': 'sadness'},
    misnamed={r'\d+test(.+?)\d*': r'\1', 'OA_bite_neutral': 'OAF_bite_neutral'})
