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

"""EMOVO, a corpus of Italian emotional speech."""

from emotion_ros.corpora.named_files import NamedCorpus

EMOVO = NamedCorpus(
    name='emovo',
    title='EMOVO Corpus: an Italian Emotional Speech Database',
    language='it',
    layout='sound files such as f1/dis-f1-b1.wav: emotion, speaker, sentence',
    license='research and other non-commercial use',
    commercial=False,
    citation='Costantini, Iaderola, Paoloni and Todisco: EMOVO Corpus: an Italian Emotional Speech '
             'Database, LREC 2014',
    women=r'f\d',
    men=r'm\d',
    pattern=r'(?P<emotion>dis|gio|neu|pau|rab|sor|tri)-(?P<speaker>[fm][1-3])-([a-z]\d)',
    emotions={'dis': 'disgust', 'gio': 'happiness', 'neu': 'neutral', 'pau': 'fear',
              'rab': 'anger', 'sor': 'surprise', 'tri': 'sadness'})
