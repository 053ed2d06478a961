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

"""BanglaSER, a corpus of Bangla emotional speech."""

from emotion_ros.corpora.named_files import NamedCorpus

BANGLASER = NamedCorpus(
    name='banglaser',
    title='BanglaSER: speech emotion recognition dataset for the Bangla language',
    language='bn',
    layout='sound files such as 03-01-04-02-03-01-15.wav: third field the emotion, in another '
           'order than in RAVDESS, seventh the speaker',
    license='CC BY 4.0',
    commercial=True,
    citation='Das, Islam, Ahmed, Islam, Shatabda and Islam: BanglaSER: A speech emotion '
             'recognition dataset for the Bangla language, Data in Brief 42, 2022',
    pattern=r'0[13]-01-(?P<emotion>0[1-5])-(0[12]-\d\d-\d\d)-(?P<speaker>\d\d)',
    emotions={'01': 'happiness', '02': 'sadness', '03': 'anger', '04': 'surprise',
              '05': 'neutral'})
