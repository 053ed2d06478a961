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

"""The ROS4HRI expressions that correspond to the labels of models."""

EXPRESSIONS = {
    'neutral': 'neutral',
    'anger': 'angry',
    'boredom': 'bored',
    'calm': 'neutral',   # ROS4HRI has no word for it; training merges the two as well
    'disgust': 'disgusted',
    'fear': 'scared',
    'happiness': 'happy',
    'sadness': 'sad',
    'surprise': 'surprised',
}
"""{label: value of hri_msgs/Expression}; "unknown" and labels without an equivalent are absent."""
