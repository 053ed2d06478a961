"""Ryerson Multimedia Lab emotion database."""

from emotion_ros.corpora.named_files import SOUND_EXTENSIONS, NamedCorpus

RML = NamedCorpus(
    name='rml',
    title='Ryerson Multimedia Lab emotion database (RML)',
    language='',
    layout='videos, or the sound of them, such as s1/an1.avi or s3/session1/ha4.wav: speaker, '
           'session, emotion, number',
    licence='research and other non-commercial use, on request',
    citation='Wang and Guan: Recognizing human emotional state from audiovisual signals, IEEE '
             'Transactions on Multimedia 10(5), 2008',
    pattern=r'(?P<speaker>s\d)(?:/([^/]+))?/(?P<emotion>an|di|fe|ha|sa|su)(\d+)',
    emotions={'an': 'anger', 'di': 'disgust', 'fe': 'fear', 'ha': 'happiness', 'sa': 'sadness',
              'su': 'surprise'},
    extensions=SOUND_EXTENSIONS | {'.avi'})
