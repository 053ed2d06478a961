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

"""Indian EmoSpeech Command Dataset."""

from emotion_ros.corpora.named_files import NamedCorpus

EMOSPEECH = NamedCorpus(
    name='emospeech',
    title='Indian EmoSpeech Command Dataset (EmoSpeechCommand)',
    language='',
    layout='sound files such as House/go-safe-fearful-20190710181251-61da3711fc5f.wav: key word, '
           'surroundings, emotion, time, speaker; d14a028c... stands for any unknown speaker',
    license='CC BY-NC-SA 4.0',
    commercial=False,
    citation='Banga, Upadhyay, Agarwal, Sharma and Mukherjee: Indian EmoSpeech Command Dataset: A '
             'dataset for emotion based speech recognition in the wild, arXiv 1910.13801, 2019',
    pattern=r'([a-z]+)-([a-z ]+)-(?P<emotion>calm|fearful|angry|happy)-([^-/]+)-'
            r'(?P<speaker>[0-9a-f]{8})[0-9a-f]*',
    emotions={'calm': 'calm', 'fearful': 'fear', 'angry': 'anger', 'happy': 'happiness'},
    broken={r'background-.*': 'is noise, not speech', r'[^-]+-[^-]+-None-.*': 'has no emotion'})
