"""Indian EmoSpeech Command Dataset."""

from emotion_ros.corpora.named_files import NamedCorpus

EMOSPEECH = NamedCorpus(
    name='emospeech',
    title='Indian EmoSpeech Command Dataset (EmoSpeechCommand)',
    language='',
    layout='sound files such as House/go-safe-fearful-20190710181251-61da3711fc5f.wav: key word, '
           'surroundings, emotion, time, speaker; d14a028c... stands for any unknown speaker',
    licence='CC BY-NC-SA 4.0',
    citation='Banga, Upadhyay, Agarwal, Sharma and Mukherjee: Indian EmoSpeech Command Dataset: A '
             'dataset for emotion based speech recognition in the wild, arXiv 1910.13801, 2019',
    pattern=r'([a-z]+)-([a-z ]+)-(?P<emotion>calm|fearful|angry|happy)-([^-/]+)-'
            r'(?P<speaker>[0-9a-f]{8})[0-9a-f]*',
    emotions={'calm': 'calm', 'fearful': 'fear', 'angry': 'anger', 'happy': 'happiness'},
    broken={r'background-.*': 'is noise, no speech', r'[^-]+-[^-]+-None-.*': 'has no emotion'})
