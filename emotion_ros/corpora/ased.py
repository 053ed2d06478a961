# Copyright 2026 emotion_ros maintainers
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except
# in compliance with the License. You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software distributed under the License
# is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express
# or implied. See the License for the specific language governing permissions and limitations under
# the License.

"""Amharic Speech Emotion Dataset."""

from emotion_ros.corpora.named_files import NamedCorpus

ASED = NamedCorpus(
    name='ased',
    title='Amharic Speech Emotion Dataset (ASED)',
    language='am',
    layout='sound files such as 05Angry/a5-03-01-02-50.wav: emotion, sentence, repetition, sex, '
           'speaker',
    license='none stated',
    commercial=None,
    citation='Retta, Almekhlafi, Sutcliffe, Mhamed, Ali and Feng: A New Amharic Speech Emotion '
             'Dataset and Classification Benchmark, ACM Transactions on Asian and Low-Resource '
             'Language Information Processing 22(1), 2023',
    pattern=r'(?P<emotion>n1|f2|h3|s4|S4|a5)-(\d\d)-(\d\d)-(\d\d)-(?P<speaker>\d\d)',
    emotions={'n1': 'neutral', 'f2': 'fear', 'h3': 'happiness', 's4': 'sadness', 'S4': 'sadness',
              'a5': 'anger'})
