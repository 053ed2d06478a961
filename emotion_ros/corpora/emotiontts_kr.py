"""The emotional part of the Korean EmotionTTS Open DB."""

from emotion_ros.corpora.named_files import NamedCorpus

EMOTIONTTS_KR = NamedCorpus(
    name='emotiontts-kr',
    title='EmotionTTS Open DB, the part Emotional',
    language='ko',
    layout='sound files such as Emotional/emotional-to-emotional/nea/wav/nea00101.wav: speaker, '
           'emotion (000 neutral, 001 happy, 002 sad, 003 angry), sentence',
    licence='CC BY-NC-SA 4.0, for research only',
    citation='Selvas AI and KAIST: EmotionTTS Open DB, '
             'https://github.com/emotiontts/emotiontts_open_db, 2020',
    pattern=r'(?P<speaker>em[a-z]|ne[a-z])(?P<emotion>00[0-3])(\d\d)',
    emotions={'000': 'neutral', '001': 'happiness', '002': 'sadness', '003': 'anger'},
    broken={r'(?!em|ne)[a-z]{3}\d{5}': 'is of another part, in which no emotion is named'})
