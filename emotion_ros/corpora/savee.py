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

"""Surrey Audio-Visual Expressed Emotion database."""

from emotion_ros.corpora.named_files import NamedCorpus

SAVEE = NamedCorpus(
    name='savee',
    title='Surrey Audio-Visual Expressed Emotion database (SAVEE)',
    language='en',
    layout='sound files such as DC_a01.wav or AudioData/DC/a01.wav: speaker, emotion, sentence',
    license='research only, on registration',
    commercial=False,
    citation='Haq and Jackson: Multimodal emotion recognition, in Machine Audition: Principles, '
             'Algorithms and Systems, IGI Global 2010',
    men='DC|JE|JK|KL',
    pattern=r'(?P<speaker>DC|JE|JK|KL)[/_](?P<emotion>a|d|f|h|n|sa|su)(\d\d)',
    emotions={'a': 'anger', 'd': 'disgust', 'f': 'fear', 'h': 'happiness', 'n': 'neutral',
              'sa': 'sadness', 'su': 'surprise'})
