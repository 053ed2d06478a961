"""BanglaSER, a corpus of Bangla emotional speech."""

from emotion_ros.corpora.named_files import NamedCorpus

BANGLASER = NamedCorpus(
    name='banglaser',
    title='BanglaSER: speech emotion recognition dataset for the Bangla language',
    language='bn',
    layout='sound files such as 03-01-04-02-03-01-15.wav: third field the emotion, in another '
           'order than in RAVDESS, seventh the speaker',
    licence='CC BY 4.0',
    citation='Das, Islam, Ahmed, Islam, Shatabda and Islam: BanglaSER: A speech emotion '
             'recognition dataset for the Bangla language, Data in Brief 42, 2022',
    pattern=r'0[13]-01-(?P<emotion>0[1-5])-(0[12]-\d\d-\d\d)-(?P<speaker>\d\d)',
    emotions={'01': 'happiness', '02': 'sadness', '03': 'anger', '04': 'surprise',
              '05': 'neutral'})
