"""Amharic Speech Emotion Dataset."""

from emotion_ros.corpora.named_files import NamedCorpus

ASED = NamedCorpus(
    name='ased',
    title='Amharic Speech Emotion Dataset (ASED)',
    language='am',
    layout='sound files such as 05Angry/a5-03-01-02-50.wav: emotion, sentence, repetition, sex, '
           'speaker',
    licence='none stated',
    citation='Retta, Almekhlafi, Sutcliffe, Mhamed, Ali and Feng: A New Amharic Speech Emotion '
             'Dataset and Classification Benchmark, ACM Transactions on Asian and Low-Resource '
             'Language Information Processing 22(1), 2023',
    pattern=r'(?P<emotion>n1|f2|h3|s4|S4|a5)-(\d\d)-(\d\d)-(\d\d)-(?P<speaker>\d\d)',
    emotions={'n1': 'neutral', 'f2': 'fear', 'h3': 'happiness', 's4': 'sadness', 'S4': 'sadness',
              'a5': 'anger'})
