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

"""Toronto emotional speech set."""

from emotion_ros.corpora.named_files import NamedCorpus

TESS = NamedCorpus(
    name='tess',
    title='Toronto emotional speech set (TESS)',
    language='en',
    layout='sound files such as OAF_back_angry.wav: speaker, word, emotion (ps for a pleasant '
           'surprise)',
    license='CC BY-NC-ND 4.0',
    commercial=False,
    citation='Pichora-Fuller and Dupuis: Toronto emotional speech set (TESS), Scholars Portal '
             'Dataverse 2020, doi:10.5683/SP2/E8H2MF',
    women='OAF|YAF',
    pattern=r'(?P<speaker>OAF|YAF)_([a-z]+)_(?P<emotion>angry|disgust|fear|happy|neutral|ps|sad)',
    emotions={'angry': 'anger', 'disgust': 'disgust', 'fear': 'fear', 'happy': 'happiness',
              'neutral': 'neutral', 'ps': 'surprise', 'sad': 'sadness'},
    misnamed={r'\d+test(.+?)\d*': r'\1', 'OA_bite_neutral': 'OAF_bite_neutral'})
