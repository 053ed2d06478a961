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

"""A corpus of Javanese emotional speech."""

from emotion_ros.corpora.named_files import NamedCorpus

JAVANESE = NamedCorpus(
    name='javanese',
    title='Sound Emotion Recognition: Javanese Speech Dataset',
    language='jv',
    layout='sound files such as 01-02-03_04.wav: first field the speaker, third the emotion',
    license='MIT',
    commercial=True,
    citation='2black0, https://github.com/2black0/sound-emotion-recognition-javanese, 2022',
    pattern=r'(?P<speaker>\d\d)-(0[1-4])-(?P<emotion>0[1-6])[-_](\d\d)',
    emotions={'01': 'neutral', '02': 'sadness', '03': 'happiness', '04': 'surprise',
              '05': 'fear', '06': 'anger'})
