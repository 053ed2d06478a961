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

"""Ryerson Multimedia Lab emotion database."""

from emotion_ros.audio.sound_files import SOUND_EXTENSIONS
from emotion_ros.corpora.named_files import NamedCorpus

RML = NamedCorpus(
    name='rml',
    title='Ryerson Multimedia Lab emotion database (RML)',
    language='',
    layout='videos, or the sound of them, such as s1/an1.avi or s3/session1/ha4.wav: speaker, '
           'session, emotion, number',
    license='research and other non-commercial use, on request',
    commercial=False,
    citation='Wang and Guan: Recognizing human emotional state from audiovisual signals, IEEE '
             'Transactions on Multimedia 10(5), 2008',
    pattern=r'(?P<speaker>s\d)(?:/([^/]+))?/(?P<emotion>an|di|fe|ha|sa|su)(\d+)',
    emotions={'an': 'anger', 'di': 'disgust', 'fe': 'fear', 'ha': 'happiness', 'sa': 'sadness',
              'su': 'surprise'},
    extensions=SOUND_EXTENSIONS | {'.avi'})
