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

"""Berlin Database of Emotional Speech."""

from emotion_ros.corpora.named_files import NamedCorpus

EMODB = NamedCorpus(
    name='emodb',
    title='Berlin Database of Emotional Speech (EMO-DB)',
    language='de',
    layout='sound files such as 03a01Fa.wav: speaker, text, emotion, take',
    license='CC0 1.0 or CC BY 4.0, by distributor',
    commercial=True,
    citation='Burkhardt, Paeschke, Rolfes, Sendlmeier and Weiss: A database of German emotional '
             'speech, Interspeech 2005',
    women='08|09|13|14|16',
    men='03|10|11|12|15',
    pattern=r'(?P<speaker>\d\d)([ab]\d\d)(?P<emotion>[WLEAFTN])([a-f])',
    emotions={'W': 'anger', 'L': 'boredom', 'E': 'disgust', 'A': 'fear', 'F': 'happiness',
              'T': 'sadness', 'N': 'neutral'})
