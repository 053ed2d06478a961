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

"""nEMO, a corpus of Polish emotional speech."""

from emotion_ros.corpora.named_files import NamedCorpus

NEMO = NamedCorpus(
    name='nemo',
    title='nEMO: Dataset of Emotional Speech in Polish',
    language='pl',
    layout='sound files such as samples/EB0_anger_1.wav: speaker, emotion, sentence',
    license='CC BY-NC-SA 4.0',
    commercial=False,
    citation='Christop: nEMO: Dataset of Emotional Speech in Polish, LREC-COLING 2024',
    pattern=r'(?P<speaker>[A-Z]{2}\d)_'
            r'(?P<emotion>anger|fear|happiness|neutral|sadness|surprised)_(\d+)',
    emotions={'anger': 'anger', 'fear': 'fear', 'happiness': 'happiness', 'neutral': 'neutral',
              'sadness': 'sadness', 'surprised': 'surprise'})
