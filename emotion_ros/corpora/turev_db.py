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

"""Turkish Emotion-Voice Database."""

from emotion_ros.corpora.named_files import NamedCorpus

TUREV_DB = NamedCorpus(
    name='turev-db',
    title='Turkish Emotion-Voice Database (TurEV-DB)',
    language='tr',
    layout='sound files such as Angry/1157_kz_acik.wav: speaker, emotion (kz angry, sk calm, mt '
           'happy, hl sad), word',
    license='CC BY-NC-ND 4.0',
    commercial=False,
    citation='Canpolat, Ormanoğlu and Zeyrek: Turkish Emotion Voice Database (TurEV-DB), '
             'SLTU-CCURL 2020',
    pattern=r'(?P<speaker>\d{4})_(?P<emotion>kz|sk|mt|hl)_([a-z]+\d?)',
    emotions={'kz': 'anger', 'sk': 'calm', 'mt': 'happiness', 'hl': 'sadness'})
