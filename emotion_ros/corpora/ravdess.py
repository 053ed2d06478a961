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

"""Ryerson Audio-Visual Database of Emotional Speech and Song: the speech."""

from emotion_ros.corpora.named_files import NamedCorpus

RAVDESS = NamedCorpus(
    name='ravdess',
    title='Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS), speech',
    language='en',
    layout='sound files of speech such as Actor_12/03-01-05-01-02-01-12.wav: third field the '
           'emotion, seventh the actor',
    license='CC BY-NC-SA 4.0',
    commercial=False,
    citation='Livingstone and Russo: The Ryerson Audio-Visual Database of Emotional Speech and '
             'Song (RAVDESS), PLoS ONE 13(5), 2018',
    women=r'\d[02468]',
    men=r'\d[13579]',
    pattern=r'0[13]-01-(?P<emotion>0[1-8])-(0[12]-0[12]-0[12])-(?P<speaker>\d\d)',
    emotions={'01': 'neutral', '02': 'calm', '03': 'happiness', '04': 'sadness', '05': 'anger',
              '06': 'fear', '07': 'disgust', '08': 'surprise'})
