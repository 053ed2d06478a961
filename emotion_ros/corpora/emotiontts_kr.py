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

"""The emotional part of the Korean EmotionTTS Open DB."""

from emotion_ros.corpora.named_files import NamedCorpus

EMOTIONTTS_KR = NamedCorpus(
    name='emotiontts-kr',
    title='EmotionTTS Open DB, the part Emotional',
    language='ko',
    layout='sound files such as Emotional/emotional-to-emotional/nea/wav/nea00101.wav: speaker, '
           'emotion (000 neutral, 001 happy, 002 sad, 003 angry), sentence',
    license='CC BY-NC-SA 4.0, for research only',
    commercial=False,
    citation='Selvas AI and KAIST: EmotionTTS Open DB, '
             'https://github.com/emotiontts/emotiontts_open_db, 2020',
    pattern=r'(?P<speaker>em[a-z]|ne[a-z])(?P<emotion>00[0-3])(\d\d)',
    emotions={'000': 'neutral', '001': 'happiness', '002': 'sadness', '003': 'anger'},
    broken={r'(?!em|ne)[a-z]{3}\d{5}': 'is of another part, in which no emotion is named'})
