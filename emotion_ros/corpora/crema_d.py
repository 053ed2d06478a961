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

"""Crowd-sourced Emotional Multimodal Actors Dataset."""

from emotion_ros.corpora.named_files import NamedCorpus

CREMA_D = NamedCorpus(
    name='crema-d',
    title='Crowd-sourced Emotional Multimodal Actors Dataset (CREMA-D)',
    language='en',
    layout='sound files such as 1001_DFA_ANG_XX.wav: speaker, sentence, emotion, level',
    license='ODbL 1.0',
    commercial=True,
    citation='Cao, Cooper, Keutmann, Gur, Nenkova and Verma: CREMA-D: Crowd-sourced Emotional '
             'Multimodal Actors Dataset, IEEE Transactions on Affective Computing 5(4), 2014',
    pattern=r'(?P<speaker>1\d\d\d)_([A-Z]{3})_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_(LO|MD|HI|XX|X)',
    emotions={'ANG': 'anger', 'DIS': 'disgust', 'FEA': 'fear', 'HAP': 'happiness',
              'NEU': 'neutral', 'SAD': 'sadness'})
